//! Aggregate functions.
//!
//! Each gives expressions over DataFusion's own aggregates. What depends on the order of rows (`make_list`, `make_bag`,
//! `percentile*`) collects them with `array_agg` first, so that a planner that knows an order can add it
//! there.

mod bind;
mod counts;
mod extremes;
mod field;
mod lists;
mod percentiles;
mod set;
mod spread;
mod sums;
mod values;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::call::{Aggregate, Call, Column, Doc};
use crate::error::KqlError;

/// The aggregates, file by file.
static FILES: &[&[Aggregate]] =
    &[counts::LIST, extremes::LIST, percentiles::LIST, spread::LIST, sums::LIST, values::LIST];

/// Every aggregate function.
pub static AGGREGATES: LazyLock<Vec<&'static Aggregate>> =
    LazyLock::new(|| FILES.iter().flat_map(|file| file.iter()).collect());

static NAMES: LazyLock<HashMap<&'static str, &'static Aggregate>> = LazyLock::new(|| {
    AGGREGATES.iter().flat_map(|f| f.aliases.iter().copied().chain([f.name]).map(move |name| (name, *f))).collect()
});

/// The aggregate of that name.
pub fn lookup(name: &str) -> Option<&'static Aggregate> {
    NAMES.get(name).copied()
}

/// An aggregate for a list. Examples are queries over `datatable(x:long)[1,2,3,4]` that end in this aggregate.
const fn aggregate(
    name: &'static str,
    aliases: &'static [&'static str],
    bind: fn(&Call<'_>) -> Result<Vec<Column>, KqlError>,
    (syntax, meaning): (&'static str, &'static str),
    example: Option<(&'static str, &'static str)>,
) -> Aggregate {
    Aggregate { name, aliases, bind, doc: Doc { syntax, meaning, example } }
}

/// Whether the result depends on the order of the rows.
pub fn is_ordered(function: &str) -> bool {
    function.starts_with("kql_make_list") || matches!(function, "array_agg" | "first_value")
}
