//! Functions that see the rows before and behind. They are window functions without an order: the planner adds that of
//! the serialized rows.

mod evaluate;
mod rows;

pub use rows::LIST;
