//! Arrays of numbers as series.

use datafusion::arrow::array::ArrayRef;

use crate::call::{Call, Column, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, apply, count, simple, unsupported};
use crate::functions::convert::to;
use crate::functions::{Batch, Kernel, function};
use crate::types::{Kind, Literal, Typed};
use crate::values::json::Json;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "series_add",
        &[],
        |c| pairs(c, "kql_series_add", |b| both(b, |x, y| Json::Real(x + y))),
        ("series_add(a, b)", "The sums of two series' items."),
        Some(("series_add(dynamic([1,2]), dynamic([3,4]))", "[4.0,6.0]")),
    ),
    function(
        "series_subtract",
        &[],
        |c| pairs(c, "kql_series_subtract", |b| both(b, |x, y| Json::Real(x - y))),
        ("series_subtract(a, b)", "The differences of two series' items."),
        Some(("series_subtract(dynamic([3,2]), dynamic([1,1]))", "[2.0,1.0]")),
    ),
    function(
        "series_multiply",
        &[],
        |c| pairs(c, "kql_series_multiply", |b| both(b, |x, y| Json::Real(x * y))),
        ("series_multiply(a, b)", "The products of two series' items."),
        Some(("series_multiply(dynamic([3,2]), dynamic([2,2]))", "[6.0,4.0]")),
    ),
    function(
        "series_divide",
        &[],
        |c| pairs(c, "kql_series_divide", |b| both(b, |x, y| Json::Real(x / y))),
        ("series_divide(a, b)", "The quotients of two series' items."),
        Some(("series_divide(dynamic([3,2]), dynamic([2,2]))", "[1.5,1.0]")),
    ),
    function(
        "series_abs",
        &[],
        |c| one(c, "kql_series_abs", |b| each(b, f64::abs)),
        ("series_abs(series)", "The items without their signs."),
        Some(("series_abs(dynamic([-1.5,2]))", "[1.5,2.0]")),
    ),
    function(
        "series_sign",
        &[],
        |c| one(c, "kql_series_sign", |b| each(b, |x| if x == 0.0 || x.is_nan() { x } else { x.signum() })),
        ("series_sign(series)", "-1, 0 or 1 for each item."),
        Some(("series_sign(dynamic([-5,0]))", "[-1.0,0.0]")),
    ),
    function(
        "series_sum",
        &[],
        |c| {
            simple(c, "kql_series_sum", &[Want::Dynamic], 1, Kind::Real, |b| {
                let mut series = b.jsons(0);
                b.reals(|row| series.get(row).items()?.iter().map(Json::number).sum::<Option<f64>>())
            })
        },
        ("series_sum(series)", "The sum of a series' items."),
        Some(("series_sum(dynamic([1,2,3]))", "6.0")),
    ),
    function(
        "series_dot_product",
        &[],
        |c| {
            simple(c, "kql_series_dot_product", &[Want::Dynamic, Want::Dynamic], 2, Kind::Real, |b| {
                let (mut left, mut right) = (b.jsons(0), b.jsons(1));
                b.reals(|row| {
                    let (x, y) = (left.get(row).items()?, right.get(row).items()?);
                    x.iter().zip(y).map(|(x, y)| Some(x.number()? * y.number()?)).sum::<Option<f64>>()
                })
            })
        },
        ("series_dot_product(a, b)", "The sum of the products of two series' items."),
        Some(("series_dot_product(dynamic([1,2]), dynamic([3,4]))", "11.0")),
    ),
    function(
        "series_fill_const",
        &[],
        |c| {
            simple(c, "kql_series_fill_const", &[Want::Dynamic, Want::Any, Want::Any], 2, Kind::Dynamic, |b| {
                fill(b, 2, |items, missing, row| {
                    let constant = b.json(1, row);
                    items.into_iter().map(|i| if i.same(missing) { constant.clone() } else { i }).collect()
                })
            })
        },
        ("series_fill_const(series, constant, [missing])", "The series with a constant where an item is missing."),
        Some(("series_fill_const(dynamic([1,null]), 0)", "[1,0]")),
    ),
    function(
        "series_fill_forward",
        &[],
        |c| {
            simple(c, "kql_series_fill_forward", &[Want::Dynamic, Want::Any], 1, Kind::Dynamic, |b| {
                fill(b, 1, |items, missing, _| carried(items.into_iter(), missing))
            })
        },
        ("series_fill_forward(series, [missing])", "The series with the item before where one is missing."),
        Some(("series_fill_forward(dynamic([null,1,null]))", "[null,1,1]")),
    ),
    function(
        "series_fill_backward",
        &[],
        |c| {
            simple(c, "kql_series_fill_backward", &[Want::Dynamic, Want::Any], 1, Kind::Dynamic, |b| {
                fill(b, 1, |items, missing, _| {
                    let mut filled = carried(items.into_iter().rev(), missing);
                    filled.reverse();
                    filled
                })
            })
        },
        ("series_fill_backward(series, [missing])", "The series with the item behind where one is missing."),
        Some(("series_fill_backward(dynamic([null,1,null]))", "[1,1,null]")),
    ),
    function(
        "series_fill_linear",
        &[],
        |c| {
            let wants = [Want::Dynamic, Want::Any, Want::Bool, Want::Any];
            simple(c, "kql_series_fill_linear", &wants, 1, Kind::Dynamic, |b| {
                fill(b, 1, |items, missing, row| {
                    let edges = b.count() < 3 || b.bool(2, row).unwrap_or(true);
                    let constant = if b.count() > 3 { b.json(3, row) } else { Json::Long(0) };
                    linear(items, missing, edges, &constant)
                })
            })
        },
        (
            "series_fill_linear(series, [missing], [edges], [constant])",
            "The series with points of the line between where items are missing.",
        ),
        Some(("series_fill_linear(dynamic([1,null,3]))", "[1,2,3]")),
    ),
    function(
        "series_stats_dynamic",
        &[],
        |c| simple(c, "kql_series_stats_dynamic", &[Want::Dynamic], 1, Kind::Dynamic, stats),
        ("series_stats_dynamic(series)", "Minimum, maximum, average, deviation and variance of a series as a bag."),
        Some(("series_stats_dynamic(dynamic([1,3])).avg", "2.0")),
    ),
];

pub(super) fn one(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Dynamic], 1, Kind::Dynamic, kernel)
}

pub(super) fn pairs(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Dynamic, Want::Dynamic], 2, Kind::Dynamic, kernel)
}

pub(super) fn each(b: &Batch, f: fn(f64) -> f64) -> ArrayRef {
    let mut series = b.jsons(0);
    b.dynamics(|row| match series.get(row).items() {
        Some(items) => Json::Array(items.iter().map(|i| i.number().map_or(Json::Null, |n| Json::Real(f(n)))).collect()),
        None => Json::Null,
    })
}

/// Item by item; the longer series is filled up with nulls.
pub(super) fn both(b: &Batch, f: fn(f64, f64) -> Json) -> ArrayRef {
    let (mut left, mut right) = (b.jsons(0), b.jsons(1));
    b.dynamics(|row| {
        let (Some(x), Some(y)) = (left.get(row).items(), right.get(row).items()) else { return Json::Null };
        let at = |i: usize| Some(f(x.get(i)?.number()?, y.get(i)?.number()?));
        Json::Array((0..x.len().max(y.len())).map(|i| at(i).unwrap_or(Json::Null)).collect())
    })
}

/// Series whose missing items, null or what the argument says, are filled.
fn fill(b: &Batch, missing_at: usize, f: impl Fn(Vec<Json>, &Json, usize) -> Vec<Json>) -> ArrayRef {
    b.dynamics(|row| {
        let Json::Array(items) = b.json(0, row) else { return Json::Null };
        Json::Array(f(items, &b.json(missing_at, row), row))
    })
}

fn carried(items: impl Iterator<Item = Json>, missing: &Json) -> Vec<Json> {
    let mut last: Option<Json> = None;
    items
        .map(|item| {
            if item.same(missing) {
                last.clone().unwrap_or(item)
            } else {
                last = Some(item.clone());
                item
            }
        })
        .collect()
}

/// Ends without a neighbour take the nearest item if wanted, a series of nothing the constant. A series of longs stays
/// one.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
fn linear(items: Vec<Json>, missing: &Json, edges: bool, constant: &Json) -> Vec<Json> {
    let there = |item: &Json| if item.same(missing) { None } else { item.number() };
    let known: Vec<(usize, f64)> = items.iter().enumerate().filter_map(|(i, v)| Some((i, there(v)?))).collect();
    if known.is_empty() {
        return items.iter().map(|_| constant.clone()).collect();
    }
    let whole = items.iter().all(|i| matches!(i, Json::Long(_) | Json::Null));
    let point = |value: f64| if whole { Json::Long(value as i64) } else { Json::Real(value) };
    // The known items before and behind move along with the series.
    let mut next = 0;
    let mut out = Vec::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        while known.get(next).is_some_and(|(at, _)| *at < i) {
            next += 1;
        }
        let before = next.checked_sub(1).and_then(|n| known.get(n));
        out.push(match (before, known.get(next)) {
            (_, Some((at, _))) if *at == i => item,
            (Some((a, x)), Some((b, y))) => point(x + (y - x) * (i - a) as f64 / (b - a) as f64),
            (Some((_, x)), None) | (None, Some((_, x))) if edges => point(*x),
            _ => item,
        });
    }
    out
}

#[allow(clippy::cast_precision_loss)]
fn stats(b: &Batch) -> ArrayRef {
    let mut series = b.jsons(0);
    b.dynamics(|row| {
        let Some(items) = series.get(row).items() else { return Json::Null };
        let known: Vec<(usize, f64)> = items.iter().enumerate().filter_map(|(i, v)| Some((i, v.number()?))).collect();
        let Some(first) = known.first().copied() else { return Json::Null };
        if known.len() < items.len() || known.iter().any(|(_, v)| !v.is_finite()) {
            return Json::Null;
        }
        let count = known.len() as f64;
        let average = known.iter().map(|(_, v)| v).sum::<f64>() / count;
        let squares: f64 = known.iter().map(|(_, v)| (v - average) * (v - average)).sum();
        let variance = if known.len() > 1 { squares / (count - 1.0) } else { 0.0 };
        let least = known.iter().fold(first, |a, b| if b.1 < a.1 { *b } else { a });
        let most = known.iter().fold(first, |a, b| if b.1 > a.1 { *b } else { a });
        let index = |i: usize| i64::try_from(i).map_or(Json::Null, Json::Long);
        Json::Bag(
            [
                ("min", Json::Real(least.1)),
                ("min_idx", index(least.0)),
                ("max", Json::Real(most.1)),
                ("max_idx", index(most.0)),
                ("avg", Json::Real(average)),
                ("stdev", Json::Real(variance.sqrt())),
                ("variance", Json::Real(variance)),
                ("sum", Json::Real(average * count)),
                ("len", index(items.len())),
            ]
            .map(|(k, v)| (k.to_owned(), v))
            .into(),
        )
    })
}

/// The columns of `series_stats`.
pub fn stats_columns(call: &Call<'_>) -> Result<Vec<Column>, KqlError> {
    count(call, 1, 2)?;
    if call.args.len() > 1 {
        return Err(unsupported(call, "with more than the series"));
    }
    let bag = one(call, "kql_series_stats_dynamic", stats)?;
    let series = call.args.first().and_then(|a| a.name.as_deref()).unwrap_or_default();
    let column = |name: &str, kind| {
        let key = Typed::of(Literal::String(name.to_owned()), Kind::String);
        let found = apply("kql_bag_value", value, Kind::Dynamic, &[bag.clone(), key])?;
        Ok(Column { name: Some(format!("series_stats_{series}_{name}")), value: to(&found, kind)? })
    };
    [
        ("min", Kind::Real),
        ("min_idx", Kind::Long),
        ("max", Kind::Real),
        ("max_idx", Kind::Long),
        ("avg", Kind::Real),
        ("stdev", Kind::Real),
        ("variance", Kind::Real),
    ]
    .into_iter()
    .map(|(name, kind)| column(name, kind))
    .collect()
}

fn value(b: &Batch) -> ArrayRef {
    let mut bags = b.jsons(0);
    b.dynamics(|row| bags.get(row).get(b.text(1, row)).cloned().unwrap_or(Json::Null))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::values::json::parse;

    #[test]
    fn lines() {
        for (series, expected) in [
            ("[1,null,3]", "[1,2,3]"),
            ("[null,111,null,36,41,null,null,16]", "[111,111,73,36,41,32,24,16]"),
            ("[null,2.0,null,null,5,null]", "[2.0,2.0,3.0,4.0,5,5.0]"),
            ("[null]", "[0]"),
            ("[]", "[]"),
        ] {
            let Json::Array(items) = parse(series).unwrap() else { panic!("{series}") };
            let filled = linear(items, &Json::Null, true, &Json::Long(0));
            assert_eq!(Json::Array(filled).to_string(), expected);
        }
    }
}
