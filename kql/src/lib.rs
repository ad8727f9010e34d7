//! Kusto Query Language for DataFusion.

pub mod aggregates;
mod ast;
pub mod call;
pub mod error;
pub mod functions;
mod lex;
mod parse;
pub mod types;
pub mod values;
