#![doc = include_str!("ARCHITECTURE.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

// The layers, lowest first. Each imports only from some of those above it; a test holds which. The empty lines keep
// rustfmt from sorting them.

pub mod config;

pub mod model;

pub mod parse;

pub mod store;

pub mod source;

pub mod schema;

pub mod archive;

pub mod import;

pub mod tables;

pub mod engine;

pub mod render;

pub mod rules;

pub mod shell;

pub mod report;

pub mod simulate;

pub mod cli;
