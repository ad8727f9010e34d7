//! Whole-process and whole-engine tests: one binary, so that the engine is linked once.
#![allow(clippy::unwrap_used, missing_docs)]

mod accounts;
mod azurite;
mod blob;
mod crash;
mod differential;
mod growth;
mod support;
