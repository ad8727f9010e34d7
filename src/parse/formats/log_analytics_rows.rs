//! Log Analytics data export: one table row a line, as a flat JSON object.
//!
//! Read like [`super::json_lines`]: whether an object is a row or a record is seen from its keys, object by object, so
//! that files put together from both are read right.

use super::{Definition, json_lines};
use crate::parse::Format;

pub(crate) const DEFINITION: Definition = Definition {
    format: Format::LogAnalyticsRows,
    name: "log-analytics-rows",
    resumable: true,
    open: |_, _| Box::<json_lines::JsonLines>::default(),
    #[cfg(test)]
    sample: include_str!("samples/log_analytics_rows.json"),
};
