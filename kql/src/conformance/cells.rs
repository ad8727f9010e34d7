//! Rows as JSON, the way the reference data is compared.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{
    Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType,
};
use serde_json::{Map, Value};

use crate::KIND_KEY;
use crate::values::{datetime, timespan};

pub fn rows(batches: &[RecordBatch]) -> Vec<Map<String, Value>> {
    let mut out = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let mut object = Map::new();
            let mut names = Vec::new();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let kind = field.metadata().get(KIND_KEY).expect("every field says its kind");
                names.push(Value::from(field.name().clone()));
                object.insert(field.name().clone(), cell(column, row, kind));
            }
            // The order of the columns, which a JSON object does not keep.
            object.insert("\u{0}names".to_owned(), Value::Array(names));
            out.push(object);
        }
    }
    out
}

fn cell(array: &ArrayRef, row: usize, kind: &str) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match kind {
        "bool" => Value::from(array.as_boolean().value(row)),
        "int" => Value::from(array.as_primitive::<Int32Type>().value(row)),
        "long" => Value::from(array.as_primitive::<Int64Type>().value(row)),
        "real" => {
            let value = array.as_primitive::<Float64Type>().value(row);
            match value {
                v if v.is_nan() => Value::from("NaN"),
                f64::INFINITY => Value::from("Infinity"),
                f64::NEG_INFINITY => Value::from("-Infinity"),
                v => Value::from(v),
            }
        }
        "decimal" => Value::from(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        "datetime" => Value::from(datetime::format(array.as_primitive::<TimestampNanosecondType>().value(row))),
        "timespan" => Value::from(timespan::format(array.as_primitive::<DurationNanosecondType>().value(row))),
        "dynamic" => {
            let text = array.as_string_view().value(row);
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(format!("no JSON: {text}")))
        }
        _ => Value::from(array.as_string_view().value(row)),
    }
}
