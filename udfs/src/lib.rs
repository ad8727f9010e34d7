//! SQL functions over Azure VPN Gateway logs, for any DataFusion program: [`register_all`] adds them to a session.
//!
//! `domain` is plain Rust and knows neither arrow nor DataFusion; `functions` makes SQL of it.

pub mod domain;
mod functions;

pub use functions::{
    Example, FunctionDoc, Kind, Section, ShareIkeParse, aggregate_functions, constant_text, documentation,
    interval_nanos, json_text, reference, register_all, scalar_functions, table_functions, window_functions,
};
