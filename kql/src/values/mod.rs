//! Kusto's values as text: datetimes, timespans and JSON.

pub mod datetime;
pub mod dynamic;
pub mod json;
pub mod real;
pub mod timespan;
