//! Arrays as sets.

use datafusion::arrow::array::ArrayRef;

use crate::call::Function;
use crate::functions::bind::{Want, simple, variadic};
use crate::functions::{Batch, function};
use crate::types::Kind;
use crate::values::json::Json;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "set_union",
        &[],
        |c| {
            variadic(c, "kql_set_union", Want::Dynamic, 2, Kind::Dynamic, |b| {
                combine(b, |first, others| first.into_iter().chain(others.into_iter().flatten()).collect())
            })
        },
        ("set_union(array, ...)", "The values that are in any of the arrays."),
        Some(("set_union(dynamic([1,2]), dynamic([2,3]))", "[1,2,3]")),
    ),
    function(
        "set_intersect",
        &[],
        |c| {
            variadic(c, "kql_set_intersect", Want::Dynamic, 2, Kind::Dynamic, |b| {
                combine(b, |first, others| first.into_iter().filter(|i| others.iter().all(|o| has(o, i))).collect())
            })
        },
        ("set_intersect(array, ...)", "The values that are in all of the arrays."),
        Some(("set_intersect(dynamic([1,2]), dynamic([2,3]))", "[2]")),
    ),
    function(
        "set_difference",
        &[],
        |c| {
            variadic(c, "kql_set_difference", Want::Dynamic, 2, Kind::Dynamic, |b| {
                combine(b, |first, others| first.into_iter().filter(|i| !others.iter().any(|o| has(o, i))).collect())
            })
        },
        ("set_difference(array, ...)", "The values of the first array that are in none of the others."),
        Some(("set_difference(dynamic([1,2]), dynamic([2,3]))", "[1]")),
    ),
    function(
        "set_has_element",
        &[],
        |c| {
            simple(c, "kql_set_has_element", &[Want::Dynamic, Want::Any], 2, Kind::Bool, |b| {
                let (mut arrays, mut values) = (b.jsons(0), b.jsons(1));
                b.bools(|row| Some(has(arrays.get(row).items()?, values.get(row))))
            })
        },
        ("set_has_element(array, value)", "Whether an array has a value."),
        Some(("set_has_element(dynamic([1,2]), 2)", "true")),
    ),
    function(
        "set_equals",
        &[],
        |c| {
            simple(c, "kql_set_equals", &[Want::Dynamic, Want::Dynamic], 2, Kind::Bool, |b| {
                let (mut left, mut right) = (b.jsons(0), b.jsons(1));
                b.bools(|row| {
                    let (a, b) = (left.get(row).items()?, right.get(row).items()?);
                    Some(a.iter().all(|i| has(b, i)) && b.iter().all(|i| has(a, i)))
                })
            })
        },
        ("set_equals(a, b)", "Whether two arrays have the same values."),
        Some(("set_equals(dynamic([1,2]), dynamic([2,1,1]))", "true")),
    ),
    function(
        "jaccard_index",
        &[],
        |c| simple(c, "kql_jaccard_index", &[Want::Dynamic, Want::Dynamic], 2, Kind::Real, jaccard),
        ("jaccard_index(a, b)", "How alike two sets are: values in both by values in either."),
        Some(("jaccard_index(dynamic([1,2]), dynamic([2,3,4]))", "0.25")),
    ),
];

fn has(items: &[Json], value: &Json) -> bool {
    items.iter().any(|i| i.same(value))
}

/// Each value once, in the order of their first appearance.
fn distinct(items: Vec<Json>) -> Vec<Json> {
    let mut out: Vec<Json> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::new();
    for item in items {
        // Numbers that are equal are one, whether long or real.
        let key = match &item {
            #[allow(clippy::cast_possible_truncation)]
            Json::Real(n) if n.fract() == 0.0 && n.abs() < 9e15 => (*n as i64).to_string(),
            _ => item.to_string(),
        };
        if seen.insert(key) {
            out.push(item);
        }
    }
    out
}

fn combine(b: &Batch, by: fn(Vec<Json>, Vec<Vec<Json>>) -> Vec<Json>) -> ArrayRef {
    b.dynamics(|row| {
        let mut arrays = Vec::with_capacity(b.count());
        for i in 0..b.count() {
            match b.json(i, row) {
                Json::Array(items) => arrays.push(items),
                _ => return Json::Null,
            }
        }
        if arrays.is_empty() {
            return Json::Null;
        }
        let first = arrays.remove(0);
        Json::Array(distinct(by(first, arrays)))
    })
}

#[allow(clippy::cast_precision_loss)]
fn jaccard(b: &Batch) -> ArrayRef {
    b.reals(|row| match (b.json(0, row), b.json(1, row)) {
        (Json::Array(left), Json::Array(right)) => {
            let (left, right) = (distinct(left), distinct(right));
            let both = left.iter().filter(|i| has(&right, i)).count();
            let either = left.len() + right.len() - both;
            Some(if either == 0 { f64::NAN } else { both as f64 / either as f64 })
        }
        _ => None,
    })
}
