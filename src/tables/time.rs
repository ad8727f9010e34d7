//! The table's `time` from what the archive stores: microseconds and the seventh digit.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, TimestampNanosecondArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Int8Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// `stored_time(time, time_100ns)`: nanoseconds, UTC.
#[derive(Debug, PartialEq, Eq, Hash)]
struct StoredTime {
    signature: Signature,
}

/// The function, once.
pub fn stored_time() -> Arc<ScalarUDF> {
    static UDF: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let arguments = vec![DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), DataType::Int8];
        Arc::new(ScalarUDF::from(StoredTime { signature: Signature::exact(arguments, Volatility::Immutable) }))
    });
    Arc::clone(&UDF)
}

impl ScalarUDFImpl for StoredTime {
    fn name(&self) -> &'static str {
        "stored_time"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [time, digit] = arrays.as_slice() else { return exec_err!("stored_time takes two arguments") };
        let time = time.as_primitive::<TimestampMicrosecondType>();
        let digit = digit.as_primitive::<Int8Type>();
        let nanos: TimestampNanosecondArray = if time.nulls().is_none() && digit.nulls().is_none() {
            let values = time.values().iter().zip(digit.values()).map(|(us, d)| us * 1000 + i64::from(*d) * 100);
            values.collect::<Vec<i64>>().into()
        } else {
            time.iter().zip(digit).map(|(us, d)| Some(us? * 1000 + i64::from(d.unwrap_or(0)) * 100)).collect()
        };
        Ok(ColumnarValue::Array(Arc::new(nanos.with_timezone("UTC")) as ArrayRef))
    }

    /// The second argument only breaks ties of the first.
    fn preserves_lex_ordering(&self, _: &[ExprProperties]) -> Result<bool> {
        Ok(true)
    }

    /// Archive files are in the order of (time, time_100ns), so that the sum is in the order of the first.
    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        Ok(match inputs.first().map(|p| p.sort_properties) {
            Some(SortProperties::Ordered(SortOptions { descending: false, nulls_first })) => {
                SortProperties::Ordered(SortOptions { descending: false, nulls_first })
            }
            _ => SortProperties::Unordered,
        })
    }
}
