//! Rows whose cells are arrays, as `make-series` gives them, as a row for each element.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray, TimestampNanosecondArray, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::record_batch::RecordBatch;
use serde_json::Value;

use super::ChartError;
use crate::render::RenderError;

/// More points than a chart can show anyway.
const MOST: usize = 2_000_000;

/// The rows with every array of a dynamic column unrolled; `None` when there is none.
pub(super) fn unrolled(schema: &Schema, batches: &[RecordBatch]) -> Result<Option<(Schema, RecordBatch)>, ChartError> {
    let failed = |e: arrow::error::ArrowError| ChartError::Render(RenderError::from(e));
    let is_dynamic = |f: &Field| f.metadata().get("kql.kind").is_some_and(|kind| kind == "dynamic");
    let dynamic: Vec<usize> = (0..schema.fields().len()).filter(|i| is_dynamic(schema.field(*i))).collect();
    if dynamic.is_empty() {
        return Ok(None);
    }
    let whole = arrow::compute::concat_batches(&Arc::new(schema.clone()), batches).map_err(failed)?;
    let mut cells: Vec<(usize, Vec<Option<Vec<Value>>>)> = Vec::new();
    for index in dynamic {
        let texts = cast(whole.column(index), &DataType::Utf8).map_err(failed)?;
        let parse = |text: Option<&str>| match text.map(serde_json::from_str::<Value>) {
            Some(Ok(Value::Array(all))) => Some(all),
            _ => None,
        };
        let arrays: Vec<_> = texts.as_string::<i32>().iter().map(parse).collect();
        if arrays.iter().any(Option::is_some) {
            cells.push((index, arrays));
        }
    }
    if cells.is_empty() {
        return Ok(None);
    }
    let mut rows: Vec<u32> = Vec::new();
    let mut flat: Vec<Vec<Value>> = vec![Vec::new(); cells.len()];
    for row in 0..whole.num_rows() {
        let length = |(_, arrays): &(usize, Vec<Option<Vec<Value>>>)| {
            arrays.get(row).and_then(Option::as_ref).map_or(1, Vec::len)
        };
        let longest = cells.iter().map(length).max().unwrap_or(1).min(MOST.saturating_sub(rows.len()));
        rows.extend(std::iter::repeat_n(u32::try_from(row).unwrap_or(u32::MAX), longest));
        for ((_, arrays), out) in cells.iter_mut().zip(&mut flat) {
            let elements = arrays.get_mut(row).and_then(Option::take).unwrap_or_default();
            out.extend(elements.into_iter().chain(std::iter::repeat(Value::Null)).take(longest));
        }
    }
    let taken = UInt32Array::from(rows);
    let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (index, field) in schema.fields().iter().enumerate() {
        match cells.iter().position(|(i, _)| *i == index) {
            Some(position) => {
                let column = typed(flat.get(position).map(Vec::as_slice).unwrap_or_default());
                fields.push(Field::new(field.name(), column.data_type().clone(), true));
                columns.push(column);
            }
            None => {
                fields.push(field.as_ref().clone());
                columns.push(take(whole.column(index), &taken, None).map_err(failed)?);
            }
        }
    }
    let schema = Schema::new(fields);
    let batch = RecordBatch::try_new(Arc::new(schema.clone()), columns).map_err(failed)?;
    Ok(Some((schema, batch)))
}

/// Elements as numbers, as times, or as texts, whichever all of them are.
fn typed(values: &[Value]) -> ArrayRef {
    let some = || values.iter().filter(|v| !v.is_null());
    if some().all(|v| v.is_number() || v.as_str().is_some_and(is_odd_number)) {
        let number = |v: &Value| v.as_f64().or_else(|| v.as_str().and_then(|t| t.parse().ok()));
        return Arc::new(values.iter().map(number).collect::<Float64Array>());
    }
    let time = |v: &Value| v.as_str().and_then(nanos);
    if some().all(|v| time(v).is_some()) {
        let times: TimestampNanosecondArray = values.iter().map(time).collect();
        let utc = times.with_timezone("UTC");
        debug_assert_eq!(utc.data_type(), &DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())));
        return Arc::new(utc);
    }
    let text = |v: &Value| match v {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    Arc::new(values.iter().map(text).collect::<StringArray>())
}

/// How JSON texts say what JSON numbers cannot.
fn is_odd_number(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

fn nanos(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt()
}
