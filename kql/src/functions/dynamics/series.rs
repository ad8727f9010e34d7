//! Arrays of numbers as series.

use datafusion::arrow::array::ArrayRef;

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, simple};
use crate::functions::{Batch, Kernel, function};
use crate::types::{Kind, Typed};
use crate::values::json::Json;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "series_add",
        &[],
        |c| pairs(c, "kql_series_add", |b| both(b, |x, y| Some(x + y))),
        ("series_add(a, b)", "The sums of two series' items."),
        Some(("series_add(dynamic([1,2]), dynamic([3,4]))", "[4.0,6.0]")),
    ),
    function(
        "series_subtract",
        &[],
        |c| pairs(c, "kql_series_subtract", |b| both(b, |x, y| Some(x - y))),
        ("series_subtract(a, b)", "The differences of two series' items."),
        Some(("series_subtract(dynamic([3,2]), dynamic([1,1]))", "[2.0,1.0]")),
    ),
    function(
        "series_multiply",
        &[],
        |c| pairs(c, "kql_series_multiply", |b| both(b, |x, y| Some(x * y))),
        ("series_multiply(a, b)", "The products of two series' items."),
        Some(("series_multiply(dynamic([3,2]), dynamic([2,2]))", "[6.0,4.0]")),
    ),
    function(
        "series_divide",
        &[],
        |c| pairs(c, "kql_series_divide", |b| both(b, |x, y| Some(x / y))),
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
            if c.args.len() > 1 {
                return Err(bind::unsupported(c, "with more than the series"));
            }
            simple(c, "kql_series_fill_linear", &[Want::Dynamic], 1, Kind::Dynamic, |b| {
                fill(b, 1, |items, _, _| linear(&items))
            })
        },
        ("series_fill_linear(series)", "The series with points of the line between where items are missing."),
        Some(("series_fill_linear(dynamic([1,null,3]))", "[1.0,2.0,3.0]")),
    ),
    function(
        "series_stats_dynamic",
        &[],
        |c| simple(c, "kql_series_stats_dynamic", &[Want::Dynamic], 1, Kind::Dynamic, stats),
        ("series_stats_dynamic(series)", "Minimum, maximum, average, deviation and variance of a series as a bag."),
        Some(("series_stats_dynamic(dynamic([1,3])).avg", "2.0")),
    ),
];

fn one(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Dynamic], 1, Kind::Dynamic, kernel)
}

fn pairs(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Dynamic, Want::Dynamic], 2, Kind::Dynamic, kernel)
}

fn each(b: &Batch, f: fn(f64) -> f64) -> ArrayRef {
    let mut series = b.jsons(0);
    b.dynamics(|row| match series.get(row).items() {
        Some(items) => Json::Array(items.iter().map(|i| i.number().map_or(Json::Null, |n| Json::Real(f(n)))).collect()),
        None => Json::Null,
    })
}

/// Item by item; the longer series is filled up with nulls.
fn both(b: &Batch, f: fn(f64, f64) -> Option<f64>) -> ArrayRef {
    let (mut left, mut right) = (b.jsons(0), b.jsons(1));
    b.dynamics(|row| {
        let (Some(x), Some(y)) = (left.get(row).items(), right.get(row).items()) else { return Json::Null };
        let at = |i: usize| f(x.get(i)?.number()?, y.get(i)?.number()?);
        Json::Array((0..x.len().max(y.len())).map(|i| at(i).map_or(Json::Null, Json::Real)).collect())
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

/// Ends without a neighbour take the nearest item.
#[allow(clippy::cast_precision_loss)]
fn linear(items: &[Json]) -> Vec<Json> {
    let known: Vec<(usize, f64)> = items.iter().enumerate().filter_map(|(i, v)| Some((i, v.number()?))).collect();
    (0..items.len())
        .map(|i| {
            let before = known.iter().rev().find(|(at, _)| *at <= i);
            let after = known.iter().find(|(at, _)| *at >= i);
            match (before, after) {
                (Some((a, x)), Some((b, y))) if a != b => Json::Real(x + (y - x) * (i - a) as f64 / (b - a) as f64),
                (Some((_, x)), _) | (None, Some((_, x))) => Json::Real(*x),
                (None, None) => Json::Null,
            }
        })
        .collect()
}

#[allow(clippy::cast_precision_loss)]
fn stats(b: &Batch) -> ArrayRef {
    let mut series = b.jsons(0);
    b.dynamics(|row| {
        let Some(items) = series.get(row).items() else { return Json::Null };
        let known: Vec<(usize, f64)> = items.iter().enumerate().filter_map(|(i, v)| Some((i, v.number()?))).collect();
        let Some(first) = known.first().copied() else { return Json::Null };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::json::parse;

    #[test]
    fn lines() {
        for (series, expected) in [
            ("[1,null,3]", "[1.0,2.0,3.0]"),
            ("[null,2,null,null,5,null]", "[2.0,2.0,3.0,4.0,5.0,5.0]"),
            ("[null]", "[null]"),
            ("[]", "[]"),
        ] {
            let items = parse(series).unwrap();
            assert_eq!(Json::Array(linear(items.items().unwrap())).to_string(), expected);
        }
    }
}
