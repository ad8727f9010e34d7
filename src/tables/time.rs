//! The table's `time` from what the archive stores: microseconds and the seventh digit.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, TimestampNanosecondArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Int8Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::archive::ArchiveError;

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
        let nanos = |us: i64, digit: i8| us.checked_mul(1000)?.checked_add(i64::from(digit) * 100);
        let all: Option<TimestampNanosecondArray> = if time.nulls().is_none() && digit.nulls().is_none() {
            let values = time.values().iter().zip(digit.values()).map(|(us, digit)| nanos(*us, *digit));
            values.collect::<Option<Vec<i64>>>().map(Into::into)
        } else {
            let values = time.iter().zip(digit).map(|(us, digit)| match us {
                Some(us) => nanos(us, digit.unwrap_or(0)).map(Some),
                None => Some(None),
            });
            values.collect()
        };
        // No record with such a time is let in, so that it is not the one that was written.
        let all = all.ok_or_else(|| {
            let text = "a stored time lies outside of the years 1677 to 2262; 'tunnelql verify' says what is damaged";
            super::external(ArchiveError::Damaged(text.to_owned()))
        })?;
        Ok(ColumnarValue::Array(Arc::new(all.with_timezone("UTC")) as ArrayRef))
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
