//! Aggregate functions.

use crate::call::Aggregate;

/// Every aggregate function.
pub static AGGREGATES: &[&Aggregate] = &[];

/// The aggregate of that name.
pub fn lookup(name: &str) -> Option<&'static Aggregate> {
    AGGREGATES.iter().copied().find(|f| f.name == name || f.aliases.contains(&name))
}
