//! Kusto Query Language for DataFusion.

pub mod aggregates;
pub mod call;
pub mod error;
pub mod functions;
mod lex;
pub mod types;
pub mod values;
