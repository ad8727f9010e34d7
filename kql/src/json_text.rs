//! Arrow's nested values as JSON text, for tables whose columns are no plain values.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampNanosecondType};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::values::datetime;

/// The values as JSON text.
pub fn to_json(expr: Expr) -> Expr {
    ScalarUDF::from(ToJson { signature: Signature::any(1, Volatility::Immutable) }).call(vec![expr])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ToJson {
    signature: Signature,
}

impl ScalarUDFImpl for ToJson {
    fn name(&self) -> &'static str {
        "kql_to_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [value] = <[ColumnarValue; 1]>::try_from(args.args)
            .map_err(|_| datafusion::common::exec_datafusion_err!("kql_to_json takes one value"))?;
        let array = value.into_array(rows)?;
        let mut out = StringViewBuilder::new();
        for row in 0..array.len() {
            if array.is_null(row) {
                out.append_null();
            } else {
                out.append_value(json(&array, row)?.to_string());
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

fn json(array: &ArrayRef, row: usize) -> Result<serde_json::Value> {
    use serde_json::Value;
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    let all = |list: ArrayRef| (0..list.len()).map(|i| json(&list, i)).collect::<Result<Vec<_>>>().map(Value::Array);
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::List(_) => all(array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => all(array.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => all(array.as_fixed_size_list().value(row))?,
        DataType::Struct(fields) => {
            let columns = array.as_struct();
            let mut object = serde_json::Map::new();
            for (field, column) in fields.iter().zip(columns.columns()) {
                object.insert(field.name().clone(), json(column, row)?);
            }
            Value::Object(object)
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (Some(keys), Some(values)) = (entries.columns().first(), entries.columns().get(1)) else {
                return Ok(Value::Null);
            };
            let mut object = serde_json::Map::new();
            for i in 0..entries.len() {
                let key = match json(keys, i)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                object.insert(key, json(values, i)?);
            }
            Value::Object(object)
        }
        t if t.is_integer() && *t != DataType::UInt64 => {
            let whole = datafusion::arrow::compute::cast(&array.slice(row, 1), &DataType::Int64)?;
            Value::from(whole.as_primitive::<Int64Type>().value(0))
        }
        t if t.is_floating() => {
            let real = datafusion::arrow::compute::cast(&array.slice(row, 1), &DataType::Float64)?;
            Value::from(real.as_primitive::<datafusion::arrow::datatypes::Float64Type>().value(0))
        }
        DataType::Timestamp(..) => {
            let nanos = DataType::Timestamp(TimeUnit::Nanosecond, None);
            let time = datafusion::arrow::compute::cast(&array.slice(row, 1), &nanos)?;
            Value::from(datetime::format(time.as_primitive::<TimestampNanosecondType>().value(0)))
        }
        _ => {
            let options = FormatOptions::default();
            Value::from(ArrayFormatter::try_new(array.as_ref(), &options)?.value(row).try_to_string()?)
        }
    })
}
