//! SQL functions over Azure VPN Gateway logs, for any DataFusion program.

pub mod domain;
mod functions;
mod json_text;

use std::sync::Arc;

use datafusion::logical_expr::{ScalarUDF, WindowUDF};
pub use functions::tunnel_transition;
pub use json_text::json_text;

/// Every scalar function of this crate.
pub fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    vec![json_text()]
}

/// Every window function of this crate.
pub fn window_functions() -> Vec<Arc<WindowUDF>> {
    vec![Arc::new(tunnel_transition())]
}
