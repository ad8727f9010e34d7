//! Mathematics over the items of series.

use datafusion::arrow::array::ArrayRef;

use super::series::{both, each, one, pairs};
use crate::call::Function;
use crate::functions::bind::{Want, simple};
use crate::functions::{Batch, function};
use crate::types::Kind;
use crate::values::json::Json;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "series_exp",
        &[],
        |c| one(c, "kql_series_exp", |b| each(b, f64::exp)),
        ("series_exp(series)", "e to the power of each item."),
        Some(("series_exp(dynamic([0]))", "[1.0]")),
    ),
    function(
        "series_log",
        &[],
        |c| one(c, "kql_series_log", |b| each(b, f64::ln)),
        ("series_log(series)", "The natural logarithm of each item."),
        Some(("series_log(dynamic([1]))", "[0.0]")),
    ),
    function(
        "series_ceiling",
        &[],
        |c| one(c, "kql_series_ceiling", |b| each(b, f64::ceil)),
        ("series_ceiling(series)", "Each item rounded up."),
        Some(("series_ceiling(dynamic([1.2]))", "[2.0]")),
    ),
    function(
        "series_floor",
        &[],
        |c| one(c, "kql_series_floor", |b| each(b, f64::floor)),
        ("series_floor(series)", "Each item rounded down."),
        Some(("series_floor(dynamic([1.8]))", "[1.0]")),
    ),
    function(
        "series_sin",
        &[],
        |c| one(c, "kql_series_sin", |b| each(b, f64::sin)),
        ("series_sin(series)", "The sine of each item."),
        Some(("series_sin(dynamic([0]))", "[0.0]")),
    ),
    function(
        "series_cos",
        &[],
        |c| one(c, "kql_series_cos", |b| each(b, f64::cos)),
        ("series_cos(series)", "The cosine of each item."),
        Some(("series_cos(dynamic([0]))", "[1.0]")),
    ),
    function(
        "series_tan",
        &[],
        |c| one(c, "kql_series_tan", |b| each(b, f64::tan)),
        ("series_tan(series)", "The tangent of each item."),
        Some(("series_tan(dynamic([0]))", "[0.0]")),
    ),
    function(
        "series_asin",
        &[],
        |c| one(c, "kql_series_asin", |b| each(b, f64::asin)),
        ("series_asin(series)", "The arcsine of each item."),
        Some(("series_asin(dynamic([0]))", "[0.0]")),
    ),
    function(
        "series_acos",
        &[],
        |c| one(c, "kql_series_acos", |b| each(b, f64::acos)),
        ("series_acos(series)", "The arccosine of each item."),
        Some(("series_acos(dynamic([1]))", "[0.0]")),
    ),
    function(
        "series_atan",
        &[],
        |c| one(c, "kql_series_atan", |b| each(b, f64::atan)),
        ("series_atan(series)", "The arctangent of each item."),
        Some(("series_atan(dynamic([0]))", "[0.0]")),
    ),
    function(
        "series_pow",
        &[],
        |c| pairs(c, "kql_series_pow", |b| both(b, |x, y| Json::Real(x.powf(y)))),
        ("series_pow(a, b)", "The items of one series to the power of those of another."),
        Some(("series_pow(dynamic([2]), dynamic([3]))", "[8.0]")),
    ),
    function(
        "series_equals",
        &[],
        |c| pairs(c, "kql_series_equals", |b| both(b, |x, y| Json::Bool(x == y))),
        ("series_equals(a, b)", "Whether two series' items are equal."),
        Some(("series_equals(dynamic([1]), dynamic([2]))", "[false]")),
    ),
    function(
        "series_not_equals",
        &[],
        |c| pairs(c, "kql_series_not_equals", |b| both(b, |x, y| Json::Bool(x != y))),
        ("series_not_equals(a, b)", "Whether two series' items differ."),
        Some(("series_not_equals(dynamic([1]), dynamic([2]))", "[true]")),
    ),
    function(
        "series_greater",
        &[],
        |c| pairs(c, "kql_series_greater", |b| both(b, |x, y| Json::Bool(x > y))),
        ("series_greater(a, b)", "Whether two series' items compare so: that of the first is greater."),
        Some(("series_greater(dynamic([1]), dynamic([2]))", "[false]")),
    ),
    function(
        "series_greater_equals",
        &[],
        |c| pairs(c, "kql_series_greater_equals", |b| both(b, |x, y| Json::Bool(x >= y))),
        ("series_greater_equals(a, b)", "Whether two series' items compare so: that of the first is greater or equal."),
        Some(("series_greater_equals(dynamic([1]), dynamic([2]))", "[false]")),
    ),
    function(
        "series_less",
        &[],
        |c| pairs(c, "kql_series_less", |b| both(b, |x, y| Json::Bool(x < y))),
        ("series_less(a, b)", "Whether two series' items compare so: that of the first is less."),
        Some(("series_less(dynamic([1]), dynamic([2]))", "[true]")),
    ),
    function(
        "series_less_equals",
        &[],
        |c| pairs(c, "kql_series_less_equals", |b| both(b, |x, y| Json::Bool(x <= y))),
        ("series_less_equals(a, b)", "Whether two series' items compare so: that of the first is less or equal."),
        Some(("series_less_equals(dynamic([1]), dynamic([2]))", "[true]")),
    ),
    function(
        "series_pearson_correlation",
        &[],
        |c| {
            let wants = [Want::Dynamic, Want::Dynamic];
            simple(c, "kql_series_pearson_correlation", &wants, 2, Kind::Real, pearson)
        },
        ("series_pearson_correlation(a, b)", "How far two series go along with each other, from -1 to 1."),
        Some(("series_pearson_correlation(dynamic([1,2,3]), dynamic([2,4,6]))", "1.0")),
    ),
];

#[allow(clippy::cast_precision_loss)]
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let count = x.len() as f64;
    let (of_x, of_y) = (x.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
    let pairs = || x.iter().zip(y).map(|(x, y)| (x - of_x, y - of_y));
    let both: f64 = pairs().map(|(x, y)| x * y).sum();
    let squares = pairs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x * x, b + y * y));
    both / (squares.0 * squares.1).sqrt()
}

fn pearson(b: &Batch) -> ArrayRef {
    let (mut left, mut right) = (b.jsons(0), b.jsons(1));
    b.reals(|row| {
        let (x, y) = (left.get(row).items()?, right.get(row).items()?);
        let numbers = |items: &[Json]| items.iter().map(Json::number).collect::<Option<Vec<f64>>>();
        (x.len() == y.len()).then_some(())?;
        Some(correlation(&numbers(x)?, &numbers(y)?))
    })
}
