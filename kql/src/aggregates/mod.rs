//! Aggregate functions.

use crate::call::Aggregate;

/// Every aggregate function.
pub static AGGREGATES: &[&Aggregate] = &[];

/// The aggregate of that name.
pub fn lookup(name: &str) -> Option<&'static Aggregate> {
    AGGREGATES.iter().copied().find(|f| f.name == name || f.aliases.contains(&name))
}

/// Whether the result depends on the order of the rows.
pub fn is_ordered(function: &str) -> bool {
    function.starts_with("kql_make_list") || matches!(function, "array_agg" | "first_value")
}
