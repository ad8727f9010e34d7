//! The shell: what helps while someone types, and when something was typed wrongly.
//!
//! | module | holds |
//! |---|---|
//! | `complete` | what could stand at the cursor |
//! | `highlight` | a statement in colours |
//! | `hints` | the names nearest to a wrong one |
//! | `pointing` | an error with the place in the statement |

pub mod complete;
pub mod highlight;
pub mod hints;
mod pointing;

pub use pointing::{pointed, pointed_to};
