//! What operators compute.

pub mod arithmetic;
pub mod lists;
pub mod never_null;
pub mod pairs;
pub mod path;
pub mod pattern;
pub mod text;
