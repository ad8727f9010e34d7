//! Kusto Query Language for DataFusion.
//!
//! [`plan`], or [`Query`] in two steps, turns a text into [`LogicalPlan`](datafusion::logical_expr::LogicalPlan)s over the tables of a session, with Kusto's own
//! semantics where they differ from SQL's: texts are never null, equality with null is two-valued, whole numbers divide
//! whole, `has` finds terms, sorting has Kusto's order of nulls. What is not supported is refused by its name.
//!
//! | from | to | by |
//! |---|---|---|
//! | text | tokens | `lex` |
//! | tokens | tree | `parse`, with chumsky |
//! | tree | plan | `plan`; operators of rows in `plan::operators`, one file each |
//! | calls | expressions | [`functions`], [`aggregates`] |
//!
//! Each field of a result says its Kusto type in its metadata, under [`KIND_KEY`]. A session should be [`configure`]d.
//! `CONFORMANCE.md` says how the answers compare with those of the Kusto engine.

pub mod aggregates;
mod ast;
pub mod call;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stdout)]
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
pub use plan::{KIND_KEY, Options, Planned, Query, Refused, plan};

/// Sets what plans of this crate need of a session: DataFusion's rule that moves member accesses down breaks plans with
/// several of them over one aggregate.
pub fn configure(config: &mut datafusion::prelude::SessionConfig) {
    config.options_mut().optimizer.enable_leaf_expression_pushdown = false;
}
