#![doc = include_str!("ARCHITECTURE.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

// The layers, lowest first. Each imports only from those above it in this list; a test holds it.
pub mod archive;
pub mod cli;
pub mod engine;
pub mod import;
pub mod model;
pub mod parse;
pub mod render;
pub mod schema;
pub mod simulate;
pub mod source;
pub mod store;
pub mod tables;
