//! Whether a time lies in one of many spans, as a filter that the scan applies before it decodes the other columns.

use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

#[derive(Debug, PartialEq, Eq, Hash)]
struct InWindows {
    /// Both ends belong to it; sorted and apart from each other.
    windows: Vec<(i64, i64)>,
    signature: Signature,
}

/// Whether `time` is in one of the spans of nanoseconds, which are sorted and apart. One search a row however many spans
/// there are, where a chain of comparisons would cost each of them.
pub fn in_windows(time: Expr, windows: Vec<(i64, i64)>) -> Expr {
    ScalarUDF::from(InWindows { windows, signature: Signature::any(1, Volatility::Immutable) }).call(vec![time])
}

impl ScalarUDFImpl for InWindows {
    fn name(&self) -> &'static str {
        "in_windows"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [time] = args.args.as_slice() else { return exec_err!("in_windows takes a time") };
        let times = cast(&time.to_array(args.number_rows)?, &DataType::Timestamp(TimeUnit::Nanosecond, None))?;
        let is_in = |at: i64| {
            let after = self.windows.partition_point(|(from, _)| *from <= at);
            after.checked_sub(1).and_then(|i| self.windows.get(i)).is_some_and(|(_, to)| at <= *to)
        };
        let times = times.as_primitive::<TimestampNanosecondType>();
        let found: BooleanArray = times.iter().map(|at| at.map(is_in)).collect();
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}
