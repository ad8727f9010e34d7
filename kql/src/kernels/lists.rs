//! JSON arrays as lists and back: what `mv-expand` and `make-series` compute.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, Int64Array, Int64Builder, ListArray, ListBuilder, StringViewBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::path;
use crate::types::Kind;
use crate::values::{datetime, timespan};

/// Elements of a series at most.
const SERIES_LIMIT: i64 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Op {
    Elements { as_array: bool },
    Indexes,
    Series,
    Axis(Kind),
    Only,
}

/// The elements of a dynamic value: of an array, of an object as objects of one key each (or as pairs), or the value itself.
pub fn elements(value: Expr, as_array: bool) -> Expr {
    call(Op::Elements { as_array }, vec![value])
}

/// 0, 1, 2 ... for the longest of some lists.
pub fn indexes(lists: Vec<Expr>) -> Expr {
    call(Op::Indexes, lists)
}

/// Starts of bins, their values as arrays of one, the default, from, to and step as a JSON array.
pub fn series(arguments: Vec<Expr>) -> Expr {
    call(Op::Series, arguments)
}

/// From, to and step as a JSON array of all starts of bins.
pub fn axis(arguments: Vec<Expr>, kind: Kind) -> Expr {
    call(Op::Axis(kind), arguments)
}

/// The JSON text of an array's only element.
pub fn only(array: Expr) -> Expr {
    call(Op::Only, vec![array])
}

fn call(op: Op, arguments: Vec<Expr>) -> Expr {
    let signature = Signature::any(arguments.len(), Volatility::Immutable);
    ScalarUDF::from(Lists { op, signature }).call(arguments)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Lists {
    op: Op,
    signature: Signature,
}

impl ScalarUDFImpl for Lists {
    fn name(&self) -> &'static str {
        match self.op {
            Op::Elements { as_array: false } => "kql_elements",
            Op::Elements { as_array: true } => "kql_elements_as_arrays",
            Op::Indexes => "kql_indexes",
            Op::Series => "kql_series",
            Op::Axis(_) => "kql_axis",
            Op::Only => "kql_only",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
        Ok(match self.op {
            Op::Elements { .. } => list(DataType::Utf8View),
            Op::Indexes => list(DataType::Int64),
            Op::Series | Op::Axis(_) | Op::Only => DataType::Utf8View,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let arrays: Vec<ArrayRef> = args.args.into_iter().map(|a| a.into_array(rows)).collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(match self.op {
            Op::Elements { as_array } => expanded(&text(&arrays, 0)?, as_array),
            Op::Indexes => numbered(&arrays, rows),
            Op::Series => filled(&arrays, rows)?,
            Op::Axis(kind) => starts(&arrays, rows, kind)?,
            Op::Only => {
                let array = text(&arrays, 0)?;
                let array = array.as_string_view();
                let mut out = StringViewBuilder::new();
                for json in array {
                    out.append_value(json.and_then(inner).unwrap_or("null"));
                }
                Arc::new(out.finish())
            }
        }))
    }
}

fn argument(arrays: &[ArrayRef], index: usize) -> Result<&ArrayRef> {
    arrays.get(index).ok_or_else(|| exec_datafusion_err!("argument {index} is missing"))
}

fn text(arrays: &[ArrayRef], index: usize) -> Result<ArrayRef> {
    Ok(cast(argument(arrays, index)?, &DataType::Utf8View)?)
}

/// The text between the brackets of an array.
fn inner(json: &str) -> Option<&str> {
    json.trim().strip_prefix('[')?.strip_suffix(']').map(str::trim).filter(|t| !t.is_empty())
}

fn expanded(values: &ArrayRef, as_array: bool) -> ArrayRef {
    let values = values.as_string_view();
    let mut out = ListBuilder::new(StringViewBuilder::new());
    for json in values {
        let json = json.map(str::trim).filter(|j| !j.is_empty() && *j != "null");
        match json {
            // A null is one row; an array without elements is none.
            None => out.values().append_null(),
            Some(json) => {
                if let Some(all) = path::elements(json) {
                    for element in all {
                        out.values().append_option((element != "null").then_some(element));
                    }
                } else if let Some(all) = path::members(json) {
                    for (key, value) in all {
                        let key = serde_json::Value::from(key);
                        out.values().append_value(match as_array {
                            true => format!("[{key},{value}]"),
                            false => format!("{{{key}:{value}}}"),
                        });
                    }
                } else {
                    out.values().append_value(json);
                }
            }
        }
        out.append(true);
    }
    Arc::new(out.finish())
}

fn numbered(lists: &[ArrayRef], rows: usize) -> ArrayRef {
    let lists: Vec<&ListArray> = lists.iter().filter_map(|l| l.as_list_opt::<i32>()).collect();
    let mut out = ListBuilder::new(Int64Builder::new());
    for row in 0..rows {
        let longest = lists.iter().map(|l| l.value_length(row)).max().unwrap_or(0);
        (0..i64::from(longest)).for_each(|i| out.values().append_value(i));
        out.append(true);
    }
    Arc::new(out.finish())
}

fn whole(arrays: &[ArrayRef], index: usize) -> Result<Int64Array> {
    Ok(cast(argument(arrays, index)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// How many bins there are.
fn count(from: i64, to: i64, step: i64) -> Result<i64> {
    if step <= 0 || to <= from {
        return Ok(0);
    }
    let span = i128::from(to) - i128::from(from);
    let bins = (span + i128::from(step) - 1) / i128::from(step);
    i64::try_from(bins)
        .ok()
        .filter(|n| *n <= SERIES_LIMIT)
        .ok_or_else(|| exec_datafusion_err!("make-series would have {bins} bins; at most {SERIES_LIMIT} are made"))
}

fn filled(arrays: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let bins = argument(arrays, 0)?.as_list::<i32>().clone();
    let values = argument(arrays, 1)?.as_list::<i32>().clone();
    let missing = text(arrays, 2)?;
    let missing = missing.as_string_view();
    let (from, to, step) = (whole(arrays, 3)?, whole(arrays, 4)?, whole(arrays, 5)?);
    let mut out = StringViewBuilder::new();
    for row in 0..rows {
        let total = usize::try_from(count(from.value(row), to.value(row), step.value(row))?).unwrap_or(0);
        let default = missing.value(row);
        let mut cells: Vec<Option<String>> = vec![None; total];
        let numbers = bins.value(row);
        let numbers = numbers.as_primitive::<Int64Type>();
        let found = cast(&values.value(row), &DataType::Utf8View)?;
        let found = found.as_string_view();
        let (first, width) = (from.value(row), step.value(row).max(1));
        for (start, json) in numbers.iter().zip(found) {
            let number = start.and_then(|s| s.checked_sub(first)).map(|distance| distance / width);
            let place = number.and_then(|n| usize::try_from(n).ok()).and_then(|n| cells.get_mut(n));
            if let (Some(place), Some(json)) = (place, json) {
                *place = inner(json).map(str::to_owned);
            }
        }
        // A bin whose aggregate is null is as good as empty.
        let cells: Vec<&str> = cells.iter().map(|c| c.as_deref().filter(|c| *c != "null").unwrap_or(default)).collect();
        out.append_value(format!("[{}]", cells.join(",")));
    }
    Ok(Arc::new(out.finish()))
}

fn starts(arrays: &[ArrayRef], rows: usize, kind: Kind) -> Result<ArrayRef> {
    let (from, to, step) = (whole(arrays, 0)?, whole(arrays, 1)?, whole(arrays, 2)?);
    let mut out = StringViewBuilder::new();
    for row in 0..rows {
        let (first, step_width) = (from.value(row), step.value(row));
        let total = count(first, to.value(row), step_width)?;
        let cells: Vec<String> = (0..total)
            .map(|i| {
                let at = first + i * step_width;
                match kind {
                    Kind::Datetime => format!("\"{}\"", datetime::format(at)),
                    Kind::Timespan => format!("\"{}\"", timespan::format(at)),
                    _ => at.to_string(),
                }
            })
            .collect();
        out.append_value(format!("[{}]", cells.join(",")));
    }
    Ok(Arc::new(out.finish()))
}
