//! Functions over numbers.

pub mod bins;
pub mod bits;
pub mod maths;
