//! Kusto Query Language for DataFusion.

pub mod aggregates;
mod ast;
pub mod call;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod conformance;
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

/// Sets what plans of this crate need of a session: DataFusion's rule that moves member accesses down breaks plans with
/// several of them over one aggregate.
pub fn configure(config: &mut datafusion::prelude::SessionConfig) {
    config.options_mut().optimizer.enable_leaf_expression_pushdown = false;
}
