//! Kusto Query Language for DataFusion.

pub mod aggregates;
pub mod call;
pub mod error;
pub mod functions;
mod ast;
mod lex;
mod parse;
pub mod types;
pub mod values;
