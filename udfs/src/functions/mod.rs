//! SQL functions with a file of their own.

mod tunnel_transition;

pub use tunnel_transition::tunnel_transition;
