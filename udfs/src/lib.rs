//! SQL functions over Azure VPN Gateway logs, for any DataFusion program.

pub mod domain;
mod json_text;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
pub use json_text::json_text;

/// Every scalar function of this crate.
pub fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    vec![json_text()]
}
