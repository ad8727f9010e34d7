//! Functions over strings.

pub mod basic;
pub mod build;
pub mod encode;
pub mod parse;
pub mod regexes;
pub mod terms;
