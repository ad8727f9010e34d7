//! Functions over dynamic values.

pub mod arrays;
pub mod bags;
pub mod order;
pub mod paths;
pub mod series;
pub mod series_maths;
pub mod sets;
