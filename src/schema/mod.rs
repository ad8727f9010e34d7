//! Records to Arrow: which columns a table has, what they mean, and how a record fills them.

mod builder;
pub mod columns;
pub mod physical;
mod row;
mod rows;
mod text;
mod types;

pub use builder::TableBuilder;
pub use columns::{Column, ColumnId, Kind};
pub use rows::{RowKey, Rows};
pub use types::type_name;
