//! Kusto Query Language for DataFusion.

pub mod aggregates;
mod ast;
pub mod call;
pub mod error;
pub mod functions;
mod json_text;
mod kernels;
mod lex;
mod parse;
mod plan;
pub mod types;
pub mod values;

pub use ast::Render;
pub use error::KqlError;
pub use plan::{KIND_KEY, Options, Planned, Refused, plan};
