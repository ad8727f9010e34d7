//! `--now`: a session whose clock stands still, so that reports over old data can be repeated.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::model::{TICKS_PER_SECOND, Ticks};

#[derive(Debug, PartialEq, Eq, Hash)]
struct Pinned {
    name: &'static str,
    aliases: Vec<String>,
    value: ScalarValue,
    signature: Signature,
}

/// The clock's functions, standing still at `now`.
pub fn pinned(now: Ticks) -> Vec<ScalarUDF> {
    let day = now.div_euclid(86_400 * TICKS_PER_SECOND);
    let date = ScalarValue::Date32(i32::try_from(day).ok());
    let time = ScalarValue::TimestampNanosecond(now.checked_mul(100), Some("UTC".into()));
    let of_day = ScalarValue::Time64Nanosecond(Some(now.rem_euclid(86_400 * TICKS_PER_SECOND) * 100));
    [("now", "current_timestamp", time), ("current_date", "today", date), ("current_time", "localtime", of_day)]
        .into_iter()
        .map(|(name, alias, value)| {
            let signature = Signature::nullary(Volatility::Immutable);
            ScalarUDF::from(Pinned { name, aliases: vec![alias.to_owned()], value, signature })
        })
        .collect()
}

/// The same functions as DataFusion has them.
pub fn running() -> Vec<ScalarUDF> {
    let state = SessionStateBuilder::new_with_default_features().build();
    let functions = state.scalar_functions();
    ["now", "current_date", "current_time"].iter().filter_map(|n| Some(functions.get(*n)?.as_ref().clone())).collect()
}

impl ScalarUDFImpl for Pinned {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match &self.value {
            ScalarValue::TimestampNanosecond(..) => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            other => other.data_type(),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if !args.args.is_empty() {
            return exec_err!("{} takes no arguments", self.name);
        }
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}
