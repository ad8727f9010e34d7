//! Counting.

use datafusion::functions_aggregate::expr_fn::{count, count_distinct};
use datafusion::logical_expr::lit;

use super::aggregate;
use super::bind::{condition, filtered, named, one};
use crate::call::{Aggregate, Call, Column};
use crate::error::KqlError;
use crate::functions::bind::{argument, count as arguments};
use crate::types::Kind;

/// The aggregates of this file.
pub static LIST: &[Aggregate] = &[
    aggregate(
        "count",
        &[],
        |c| {
            // An argument is legal and changes nothing: all rows count.
            arguments(c, 0, 1)?;
            Ok(one(Some("count_".to_owned()), count(lit(1i64)), Kind::Long))
        },
        ("count()", "How many rows there are."),
        Some(("count()", "4")),
    ),
    aggregate(
        "countif",
        &[],
        |c| {
            arguments(c, 1, 1)?;
            let expr = filtered(count(lit(1i64)), [condition(c, 0)?])?;
            Ok(one(named(c, "countif"), expr, Kind::Long))
        },
        ("countif(condition)", "How many rows there are where the condition holds."),
        Some(("countif(x > 2)", "2")),
    ),
    aggregate(
        "dcount",
        &[],
        |c| {
            // An accuracy is legal; the count is exact in any case.
            arguments(c, 1, 2)?;
            distinct(c, "dcount", None)
        },
        ("dcount(value, [accuracy])", "How many different values there are, nulls apart; the count is exact."),
        Some(("dcount(x)", "4")),
    ),
    aggregate(
        "dcountif",
        &[],
        |c| {
            arguments(c, 2, 3)?;
            distinct(c, "dcountif", Some(1))
        },
        ("dcountif(value, condition, [accuracy])", "How many different values there are where the condition holds."),
        Some(("dcountif(x, x > 2)", "2")),
    ),
    aggregate(
        "count_distinct",
        &[],
        |c| {
            arguments(c, 1, 1)?;
            distinct(c, "count_distinct", None)
        },
        ("count_distinct(value)", "How many different values there are, nulls apart."),
        Some(("count_distinct(x)", "4")),
    ),
    aggregate(
        "count_distinctif",
        &[],
        |c| {
            arguments(c, 2, 2)?;
            distinct(c, "count_distinctif", Some(1))
        },
        ("count_distinctif(value, condition)", "How many different values there are where the condition holds."),
        Some(("count_distinctif(x, x > 2)", "2")),
    ),
];

fn distinct(call: &Call<'_>, prefix: &str, when: Option<usize>) -> Result<Vec<Column>, KqlError> {
    let when = when.map(|index| condition(call, index)).transpose()?;
    let expr = filtered(count_distinct(argument(call, 0)?.expr.clone()), when)?;
    Ok(one(named(call, prefix), expr, Kind::Long))
}
