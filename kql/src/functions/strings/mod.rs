//! Functions over strings.

pub mod basic;
pub mod build;
pub mod regexes;
