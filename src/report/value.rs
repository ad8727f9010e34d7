//! Rows of the engine as plain values: what sections reckon with.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StringViewArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef, TimeUnit, TimestampNanosecondType};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;

use super::redact::Redactor;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The log does not have it.
    Null,
    /// A text as logged, or its pseudonym.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// Nanoseconds since 1970, UTC.
    Time(i64),
    /// A list.
    List(Vec<Value>),
    /// Values by name.
    Struct(Vec<(String, Value)>),
}

impl Value {
    /// The value as JSON; times in ISO 8601, UTC.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => text.clone().into(),
            Self::Int(n) => (*n).into(),
            // What is no number in JSON either.
            Self::Float(n) => serde_json::Number::from_f64(*n).map_or(Json::Null, Json::Number),
            Self::Bool(b) => (*b).into(),
            Self::Time(nanos) => iso(*nanos).into(),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Struct(fields) => {
                Json::Object(fields.iter().map(|(name, value)| (name.clone(), value.json())).collect())
            }
        }
    }
}

/// A time in ISO 8601 with Azure's seven digits.
pub fn iso(nanos: i64) -> String {
    crate::model::format_ticks(nanos.div_euclid(100))
}

/// The rows of a statement.
#[derive(Debug, Default)]
pub struct Rows {
    names: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    names: &'a [String],
    values: &'a [Value],
}

impl Rows {
    /// Takes the values out of batches, with pseudonyms in place of what is to be kept back.
    pub fn new(schema: &SchemaRef, batches: &[RecordBatch], redactor: &Redactor) -> Result<Self, ArrowError> {
        let names = schema.fields().iter().map(|f| f.name().clone()).collect();
        let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
        for batch in batches {
            let mut columns = Vec::with_capacity(batch.num_columns());
            for column in batch.columns() {
                columns.push(values(column, redactor)?.into_iter());
            }
            rows.extend(
                (0..batch.num_rows())
                    .map(|_| columns.iter_mut().map(|column| column.next().unwrap_or(Value::Null)).collect()),
            );
        }
        Ok(Self { names, rows })
    }

    /// Names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Row<'_>> + ExactSizeIterator {
        self.rows.iter().map(|values| Row { names: &self.names, values })
    }

    /// The first.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }
}

impl<'a> Row<'a> {
    /// All values, in the order of the columns.
    pub fn values(&self) -> &'a [Value] {
        self.values
    }

    /// A value; null where there is no such column.
    pub fn get(&self, name: &str) -> &'a Value {
        let at = self.names.iter().position(|n| n == name);
        at.and_then(|at| self.values.get(at)).unwrap_or(&Value::Null)
    }

    /// A text; empty when it is null.
    pub fn text(&self, name: &str) -> &'a str {
        field_text(self.get(name))
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Value::Int(n) => Some(*n),
            Value::Float(n) => Some(*n as i64),
            _ => None,
        }
    }

    /// A whole number, where null is none.
    pub fn count(&self, name: &str) -> i64 {
        self.int(name).unwrap_or(0)
    }

    /// Nanoseconds since 1970.
    pub fn time(&self, name: &str) -> Option<i64> {
        field_time(self.get(name))
    }

    /// True or false; null is false.
    pub fn flag(&self, name: &str) -> bool {
        *self.get(name) == Value::Bool(true)
    }

    /// A list; null is empty.
    pub fn list(&self, name: &str) -> &'a [Value] {
        match self.get(name) {
            Value::List(values) => values,
            _ => &[],
        }
    }
}

/// A field of a struct; null where there is none.
pub fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    match value {
        Value::Struct(fields) => fields.iter().find(|(n, _)| n == name).map_or(&Value::Null, |(_, v)| v),
        _ => &Value::Null,
    }
}

/// A text; empty when it is none.
pub fn field_text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

/// A time.
pub fn field_time(value: &Value) -> Option<i64> {
    match value {
        Value::Time(nanos) => Some(*nanos),
        _ => None,
    }
}

/// A batch with pseudonyms in its texts, whatever holds them.
pub fn redacted(batch: &RecordBatch, redactor: &Redactor) -> Result<RecordBatch, ArrowError> {
    if !redactor.what().is_any() {
        return Ok(batch.clone());
    }
    let columns =
        batch.columns().iter().map(|column| redacted_array(column, redactor)).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(batch.schema(), columns)
}

fn redacted_array(array: &ArrayRef, redactor: &Redactor) -> Result<ArrayRef, ArrowError> {
    Ok(match array.data_type() {
        t @ (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => {
            let texts = cast(array, &DataType::Utf8View)?;
            let texts: StringViewArray = texts.as_string_view().iter().map(|v| v.map(|t| redactor.text(t))).collect();
            cast(&texts, t)?
        }
        t @ DataType::Dictionary(_, inner) => cast(&redacted_array(&cast(array, inner)?, redactor)?, t)?,
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let values = redacted_array(list.values(), redactor)?;
            Arc::new(ListArray::try_new(Arc::clone(field), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        DataType::Struct(fields) => {
            let of = array.as_struct();
            let columns = of.columns().iter().map(|c| redacted_array(c, redactor)).collect::<Result<Vec<_>, _>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, of.nulls().cloned())?)
        }
        _ => Arc::clone(array),
    })
}

fn values(array: &ArrayRef, redactor: &Redactor) -> Result<Vec<Value>, ArrowError> {
    let n = array.len();
    let text = |t: &str| {
        Value::Text(match redactor.text(t) {
            Cow::Borrowed(same) => same.to_owned(),
            Cow::Owned(other) => other,
        })
    };
    let or_null = |i: usize, value: Value| if array.is_null(i) { Value::Null } else { value };
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Null; n],
        DataType::Boolean => {
            let array = array.as_boolean();
            (0..n).map(|i| or_null(i, Value::Bool(array.value(i)))).collect()
        }
        DataType::Utf8View | DataType::Utf8 | DataType::LargeUtf8 => {
            let array = cast(array, &DataType::Utf8View)?;
            let array = array.as_string_view();
            array.iter().map(|t| t.map_or(Value::Null, text)).collect()
        }
        DataType::Dictionary(_, inner) => return values(&cast(array, inner)?, redactor),
        DataType::Timestamp(_, zone) => {
            let array = cast(array, &DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()))?;
            array.as_primitive::<TimestampNanosecondType>().iter().map(|t| t.map_or(Value::Null, Value::Time)).collect()
        }
        t if t.is_integer() => {
            let array = cast(array, &DataType::Int64)?;
            array.as_primitive::<Int64Type>().iter().map(|v| v.map_or(Value::Null, Value::Int)).collect()
        }
        t if t.is_numeric() => {
            let array = cast(array, &DataType::Float64)?;
            array.as_primitive::<Float64Type>().iter().map(|v| v.map_or(Value::Null, Value::Float)).collect()
        }
        DataType::List(_) => {
            let array = array.as_list::<i32>();
            let mut out = Vec::with_capacity(n);
            for i in 0..n {
                out.push(if array.is_null(i) { Value::Null } else { Value::List(values(&array.value(i), redactor)?) });
            }
            out
        }
        DataType::Struct(fields) => {
            let array = array.as_struct();
            let mut columns = Vec::with_capacity(fields.len());
            for column in array.columns() {
                columns.push(values(column, redactor)?.into_iter());
            }
            (0..n)
                .map(|i| {
                    let of = fields.iter().zip(&mut columns);
                    let row = of.map(|(f, c)| (f.name().clone(), c.next().unwrap_or(Value::Null))).collect();
                    or_null(i, Value::Struct(row))
                })
                .collect()
        }
        _ => {
            let mut out = Vec::with_capacity(n);
            for i in 0..n {
                out.push(if array.is_null(i) { Value::Null } else { text(&array_value_to_string(array, i)?) });
            }
            out
        }
    })
}
