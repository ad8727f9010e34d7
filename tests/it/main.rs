//! Whole-process and whole-engine tests: one binary, so that the engine is linked once.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::type_complexity,
    clippy::needless_range_loop
)] // tests say what they skip and count

mod access;
mod accounts;
mod azurite;
mod blob;
mod check;
mod cli;
mod completion;
mod config;
mod crash;
mod damage;
mod differential;
mod explain;
mod gateways;
mod growth;
mod help;
mod http;
mod interop;
mod kql;
mod moto;
mod nested;
mod proxy;
mod queries;
mod readme;
mod report;
mod s3;
mod service;
mod shell;
mod slt;
mod support;
mod truth;
mod wire;
