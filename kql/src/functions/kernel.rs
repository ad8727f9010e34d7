//! How a function reads columns of arguments and builds a column of results, whatever it computes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, DurationNanosecondArray, Float64Array, Int32Array, Int64Array,
    StringViewArray, StringViewBuilder, TimestampNanosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

use crate::types::{DECIMAL_PRECISION, DECIMAL_SCALE, Kind};
use crate::values::json::{self, Json};

/// Computes a batch.
pub type Kernel = fn(&Batch) -> ArrayRef;

enum Values {
    Bool(BooleanArray),
    Int(Int32Array),
    Long(Int64Array),
    Real(Float64Array),
    Decimal(Decimal128Array),
    Text(StringViewArray),
    Datetime(TimestampNanosecondArray),
    Timespan(DurationNanosecondArray),
}

struct Column {
    values: Values,
    kind: Kind,
    /// One value for all rows.
    constant: bool,
}

/// The arguments of some rows.
pub struct Batch {
    columns: Vec<Column>,
    rows: usize,
}

#[allow(clippy::cast_precision_loss)]
fn decimal_as_real(value: i128) -> f64 {
    value as f64 / 1e18
}

impl Batch {
    /// One column of a kind.
    pub fn of(array: &ArrayRef, kind: Kind) -> Result<Self> {
        let rows = array.len();
        Ok(Self { columns: vec![column(&ColumnarValue::Array(Arc::clone(array)), kind)?], rows })
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many arguments.
    pub fn count(&self) -> usize {
        self.columns.len()
    }

    /// The type of an argument.
    pub fn kind(&self, argument: usize) -> Kind {
        self.columns.get(argument).map_or(Kind::Dynamic, |c| c.kind)
    }

    fn at(&self, argument: usize, row: usize) -> Option<(&Values, usize)> {
        let column = self.columns.get(argument)?;
        Some((&column.values, if column.constant { 0 } else { row }))
    }

    /// Text of a string, guid or dynamic; null as such.
    pub fn maybe_text(&self, argument: usize, row: usize) -> Option<&str> {
        match self.at(argument, row)? {
            (Values::Text(a), row) if row < a.len() && a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    /// Text of a string, null as empty.
    pub fn text(&self, argument: usize, row: usize) -> &str {
        self.maybe_text(argument, row).unwrap_or_default()
    }

    /// A whole number, or the nanoseconds of a datetime or timespan.
    pub fn long(&self, argument: usize, row: usize) -> Option<i64> {
        match self.at(argument, row)? {
            (Values::Int(a), row) if a.is_valid(row) => Some(i64::from(a.value(row))),
            (Values::Long(a), row) if a.is_valid(row) => Some(a.value(row)),
            (Values::Datetime(a), row) if a.is_valid(row) => Some(a.value(row)),
            (Values::Timespan(a), row) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    /// Any number as a real.
    #[allow(clippy::cast_precision_loss)]
    pub fn real(&self, argument: usize, row: usize) -> Option<f64> {
        match self.at(argument, row)? {
            (Values::Real(a), row) if a.is_valid(row) => Some(a.value(row)),
            (Values::Decimal(a), row) if a.is_valid(row) => Some(decimal_as_real(a.value(row))),
            _ => self.long(argument, row).map(|n| n as f64),
        }
    }

    /// A decimal, scaled.
    pub fn decimal(&self, argument: usize, row: usize) -> Option<i128> {
        match self.at(argument, row)? {
            (Values::Decimal(a), row) if a.is_valid(row) => Some(a.value(row)),
            (Values::Real(a), row) if a.is_valid(row) => {
                let scaled = a.value(row) * 1e18;
                #[allow(clippy::cast_possible_truncation)]
                (scaled.abs() < 1e38).then_some(scaled as i128)
            }
            _ => self.long(argument, row).map(|n| i128::from(n) * 10i128.pow(DECIMAL_SCALE.unsigned_abs().into())),
        }
    }

    /// A truth value.
    pub fn bool(&self, argument: usize, row: usize) -> Option<bool> {
        match self.at(argument, row)? {
            (Values::Bool(a), row) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    /// Any argument as dynamic: a dynamic as it is, everything else as `pack` puts it.
    pub fn json(&self, argument: usize, row: usize) -> Json {
        match self.at(argument, row) {
            None => Json::Null,
            Some((Values::Text(a), at)) => match (a.is_valid(at), self.kind(argument)) {
                (false, Kind::String) => Json::Text(String::new()),
                (false, _) => Json::Null,
                (true, Kind::Dynamic) => json::parse(a.value(at)).unwrap_or(Json::Null),
                (true, _) => Json::Text(a.value(at).to_owned()),
            },
            Some((Values::Bool(_), _)) => self.bool(argument, row).map_or(Json::Null, Json::Bool),
            Some((Values::Int(_) | Values::Long(_), _)) => self.long(argument, row).map_or(Json::Null, Json::Long),
            Some((Values::Real(_), _)) => self.real(argument, row).map_or(Json::Null, Json::Real),
            Some((Values::Decimal(_) | Values::Datetime(_) | Values::Timespan(_), _)) => {
                let mut text = String::new();
                if self.write(argument, row, &mut text) { Json::Text(text) } else { Json::Null }
            }
        }
    }

    /// The dynamic of an argument for every row; one that is the same for all rows is parsed once.
    pub fn jsons(&self, argument: usize) -> Jsons<'_> {
        let constant = self.columns.get(argument).is_none_or(|c| c.constant);
        Jsons { batch: self, argument, constant: constant.then(|| self.json(argument, 0)), current: Json::Null }
    }

    /// Appends what `tostring` gives. False when it is null, which `tostring` shows as nothing.
    pub fn write(&self, argument: usize, row: usize, out: &mut String) -> bool {
        use std::fmt::Write as _;
        match self.at(argument, row) {
            Some((Values::Text(a), at)) if a.is_valid(at) => {
                if self.kind(argument) == Kind::Dynamic {
                    json::write_plain(a.value(at), out);
                } else {
                    out.push_str(a.value(at));
                }
            }
            Some((Values::Bool(_), _)) => match self.bool(argument, row) {
                Some(value) => out.push_str(if value { "True" } else { "False" }),
                None => return false,
            },
            Some((Values::Int(_) | Values::Long(_), _)) => match self.long(argument, row) {
                // Writing to a string cannot fail.
                Some(value) => {
                    let _ = write!(out, "{value}");
                }
                None => return false,
            },
            Some((Values::Real(_), _)) => match self.real(argument, row) {
                Some(value) => crate::values::real::write(value, out),
                None => return false,
            },
            Some((Values::Decimal(_), _)) => match self.decimal(argument, row) {
                Some(value) => crate::values::real::write_decimal(value, out),
                None => return false,
            },
            Some((Values::Datetime(_), _)) => match self.long(argument, row) {
                Some(value) => out.push_str(&crate::values::datetime::format(value)),
                None => return false,
            },
            Some((Values::Timespan(_), _)) => match self.long(argument, row) {
                Some(value) => out.push_str(&crate::values::timespan::format(value)),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Strings: what the function writes for each row.
    pub fn texts(&self, mut each: impl FnMut(usize, &mut String)) -> ArrayRef {
        self.maybe_texts(|row, out| {
            each(row, out);
            true
        })
    }

    /// Strings or dynamics; null where the function gives false.
    pub fn maybe_texts(&self, mut each: impl FnMut(usize, &mut String) -> bool) -> ArrayRef {
        let mut builder = StringViewBuilder::with_capacity(self.rows);
        let mut out = String::new();
        for row in 0..self.rows {
            out.clear();
            if each(row, &mut out) {
                builder.append_value(&out);
            } else {
                builder.append_null();
            }
        }
        Arc::new(builder.finish())
    }

    /// Strings that are parts of the arguments: nothing is copied on the way.
    pub fn slices<'a>(&'a self, each: impl Fn(usize) -> Option<&'a str>) -> ArrayRef {
        Arc::new((0..self.rows).map(each).collect::<StringViewArray>())
    }

    /// Dynamics.
    pub fn dynamics(&self, mut each: impl FnMut(usize) -> Json) -> ArrayRef {
        self.maybe_texts(|row, out| {
            let value = each(row);
            value.write(out);
            !matches!(value, Json::Null)
        })
    }

    /// Longs.
    pub fn longs(&self, each: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
        Arc::new((0..self.rows).map(each).collect::<Int64Array>())
    }

    /// Ints; what does not fit is null.
    pub fn ints(&self, mut each: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
        Arc::new((0..self.rows).map(|r| each(r).and_then(|n| i32::try_from(n).ok())).collect::<Int32Array>())
    }

    /// Reals.
    pub fn reals(&self, each: impl FnMut(usize) -> Option<f64>) -> ArrayRef {
        Arc::new((0..self.rows).map(each).collect::<Float64Array>())
    }

    /// Decimals.
    pub fn decimals(&self, mut each: impl FnMut(usize) -> Option<i128>) -> ArrayRef {
        let limit = 10i128.pow(DECIMAL_PRECISION.into());
        let values: Decimal128Array =
            (0..self.rows).map(|row| each(row).filter(|d| d.unsigned_abs() < limit.unsigned_abs())).collect();
        match values.with_precision_and_scale(DECIMAL_PRECISION, DECIMAL_SCALE) {
            Ok(values) => Arc::new(values),
            Err(_) => datafusion::arrow::array::new_null_array(&Kind::Decimal.data_type(), self.rows),
        }
    }

    /// Truth values.
    pub fn bools(&self, each: impl FnMut(usize) -> Option<bool>) -> ArrayRef {
        Arc::new((0..self.rows).map(each).collect::<BooleanArray>())
    }

    /// Datetimes.
    pub fn datetimes(&self, each: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
        Arc::new((0..self.rows).map(each).collect::<TimestampNanosecondArray>().with_timezone("UTC"))
    }

    /// Timespans.
    pub fn timespans(&self, each: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
        Arc::new((0..self.rows).map(each).collect::<DurationNanosecondArray>())
    }
}

/// The dynamics of an argument.
pub struct Jsons<'a> {
    batch: &'a Batch,
    argument: usize,
    constant: Option<Json>,
    current: Json,
}

impl Jsons<'_> {
    /// That of a row.
    pub fn get(&mut self, row: usize) -> &Json {
        if let Some(constant) = &self.constant {
            return constant;
        }
        self.current = self.batch.json(self.argument, row);
        &self.current
    }
}

fn column(value: &ColumnarValue, kind: Kind) -> Result<Column> {
    let (array, constant) = match value {
        ColumnarValue::Array(array) => (Arc::clone(array), false),
        ColumnarValue::Scalar(scalar) => (scalar.to_array()?, true),
    };
    let wanted = kind.data_type();
    let array = if *array.data_type() == wanted { array } else { cast(&array, &wanted)? };
    macro_rules! typed {
        ($($kind:pat => $values:ident $array:ty,)*) => {
            match kind {
                $($kind => match array.as_any().downcast_ref::<$array>() {
                    Some(a) => Values::$values(a.clone()),
                    None => return exec_err!("expected {wanted}, found {}", array.data_type()),
                },)*
            }
        };
    }
    let values = typed! {
        Kind::Bool => Bool BooleanArray,
        Kind::Int => Int Int32Array,
        Kind::Long => Long Int64Array,
        Kind::Real => Real Float64Array,
        Kind::Decimal => Decimal Decimal128Array,
        Kind::String | Kind::Guid | Kind::Dynamic => Text StringViewArray,
        Kind::Datetime => Datetime TimestampNanosecondArray,
        Kind::Timespan => Timespan DurationNanosecondArray,
    };
    Ok(Column { values, kind, constant })
}

/// A function of DataFusion over a kernel. The kinds are those of the arguments and of the result.
struct KqlFunction {
    name: &'static str,
    kernel: Kernel,
    kinds: Vec<Kind>,
    output: Kind,
    signature: Signature,
}

impl KqlFunction {
    fn run(&self, args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
        let columns: Vec<Column> =
            args.iter().zip(&self.kinds).map(|(value, kind)| column(value, *kind)).collect::<Result<_>>()?;
        let constant = columns.iter().all(|c| c.constant);
        let batch = Batch { columns, rows: if constant { 1 } else { rows } };
        let array = (self.kernel)(&batch);
        if array.data_type() != &self.output.data_type() {
            return exec_err!("{}() gave {}, declared is {}", self.name, array.data_type(), self.output);
        }
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}

impl fmt::Debug for KqlFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KqlFunction").field("name", &self.name).field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

// A name stands for one kernel.
impl PartialEq for KqlFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.kinds == other.kinds && self.output == other.output
    }
}

impl Eq for KqlFunction {}

impl Hash for KqlFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.kinds.hash(state);
        self.output.hash(state);
    }
}

impl ScalarUDFImpl for KqlFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.output.data_type())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name, self.output.data_type(), self.output != Kind::String)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.run(&args.args, args.number_rows)
    }
}

/// The call of a kernel.
pub fn call(name: &'static str, kernel: Kernel, output: Kind, args: Vec<(Expr, Kind)>) -> Expr {
    let (exprs, kinds): (Vec<Expr>, Vec<Kind>) = args.into_iter().unzip();
    let signature = Signature::variadic_any(Volatility::Immutable);
    ScalarUDF::from(KqlFunction { name, kernel, kinds, output, signature }).call(exprs)
}

/// The value of a kernel on constants.
pub fn evaluate(kernel: Kernel, output: Kind, args: Vec<(ScalarValue, Kind)>) -> Result<ScalarValue> {
    let (values, kinds): (Vec<_>, Vec<Kind>) = args.into_iter().map(|(v, k)| (ColumnarValue::Scalar(v), k)).unzip();
    let signature = Signature::variadic_any(Volatility::Immutable);
    match (KqlFunction { name: "constant", kernel, kinds, output, signature }).run(&values, 1)? {
        ColumnarValue::Scalar(value) => Ok(value),
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0),
    }
}
