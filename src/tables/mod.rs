//! The read path: SQL tables and views over archives and raw exports.

mod analysis;
mod azure;
mod catalog;
mod dataset;
mod first_copy;
mod information_schema;
mod known;
mod log_table;
mod metrics;
mod opening;
pub mod pruning;
mod raw;
pub mod reading;
mod system;
mod time;

pub use catalog::{Data, is_ours, register};
pub use dataset::{Dataset, OnBlobError, RawOptions, ScanCounts, TooMuch};
pub use known::{KnownColumn, KnownParameter, KnownTable, known_tables};
pub use metrics::{empty_note, empty_table};
pub use pruning::TimeRange;

/// What helps a statement that runs out of memory. Tables that cannot spill say before it, as the error's context, what
/// they hold.
pub const OUT_OF_MEMORY: &str = "narrow the time range or raise --memory-limit";

use datafusion::error::DataFusionError;
use datafusion::logical_expr::Documentation;

use crate::model::Category;
use crate::schema::columns::table_columns;

/// An error of storage or of an archive, kept whole for whoever decides the exit code.
fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// What a panic says of its reason.
pub fn said_by(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no reason was given")
}

/// The table functions over the data, with their documentation, and the chapter that they are.
pub fn table_functions() -> (&'static str, Vec<(&'static str, Documentation)>) {
    (analysis::CHAPTER, analysis::ALL.iter().map(|table| (table.name, table.documentation())).collect())
}

/// What a column means; `None` for tables that are not ours.
pub fn meaning(schema: &str, table: &str, column: &str) -> Option<&'static str> {
    if schema.eq_ignore_ascii_case("system") {
        let table = system::ALL.iter().find(|t| t.name.eq_ignore_ascii_case(table))?;
        return table.columns.iter().find(|c| c.name == column).map(|c| c.meaning);
    }
    if azure::is_view(table) {
        return azure::meaning(column);
    }
    if metrics::is_table(table) {
        return metrics::meaning(column);
    }
    if let Some(table) = analysis::find(table) {
        return table.columns().find(|c| c.name == column).map(|c| c.meaning);
    }
    let category = Category::ALL.into_iter().find(|c| c.table().eq_ignore_ascii_case(table))?;
    table_columns(category).into_iter().find(|c| c.name == column).map(|c| c.meaning)
}

/// The parameters of a table function, in order; `None` when it is none of ours.
pub fn function_parameters(name: &str) -> Option<Vec<&'static str>> {
    analysis::find(name).map(|table| table.parameters.iter().map(|p| p.name).collect())
}
