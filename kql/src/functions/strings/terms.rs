//! Whole terms, as `has` finds them.

use datafusion::arrow::array::ArrayRef;

use crate::call::Function;
use crate::functions::bind::{Want, simple};
use crate::functions::{Batch, function};
use crate::kernels::text::{Needle, Search};
use crate::types::Kind;
use crate::values::json::Json;

/// The functions of this file.
pub static LIST: &[Function] = &[function(
    "has_any_index",
    &[],
    |c| simple(c, "kql_has_any_index", &[Want::Text, Want::Dynamic], 2, Kind::Long, has_any_index),
    ("has_any_index(text, terms)", "The place in an array of the first term that the text has; -1 when it has none."),
    Some(("has_any_index('this is an example', dynamic(['not','example']))", "1")),
)];

fn needles(terms: &Json) -> Vec<Option<Needle>> {
    let terms = terms.items().unwrap_or_default().iter();
    terms.map(|term| Needle::new(Search::Term, false, &term.plain()).ok()).collect()
}

fn has_any_index(b: &Batch) -> ArrayRef {
    let mut terms = b.jsons(1);
    // Terms seldom change from row to row.
    let mut compiled: Option<(Json, Vec<Option<Needle>>)> = None;
    b.longs(|row| {
        let terms = terms.get(row);
        let needles = match &mut compiled {
            Some((known, needles)) if known == terms => needles,
            other => &mut other.insert((terms.clone(), needles(terms))).1,
        };
        let found = needles.iter().position(|n| n.as_ref().is_some_and(|n| n.is_in(b.text(0, row))));
        found.map_or(Some(-1), |at| i64::try_from(at).ok())
    })
}
