//! Sums and averages.

use datafusion::arrow::datatypes::DataType;
use datafusion::functions_aggregate::expr_fn::{avg, bit_and, bit_or, bit_xor, sum};
use datafusion::logical_expr::{Expr, cast};
use datafusion::scalar::ScalarValue;

use super::aggregate;
use super::bind::{condition, filtered, named, number_or, one, or};
use crate::call::{Aggregate, Call, Column};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, as_kind, check, count};
use crate::types::{DECIMAL_PRECISION, DECIMAL_SCALE, Kind};

/// The aggregates of this file.
pub static LIST: &[Aggregate] = &[
    aggregate(
        "sum",
        &[],
        |c| total(c, "sum", false),
        ("sum(number)", "The sum; 0 of nothing."),
        Some(("sum(x)", "10")),
    ),
    aggregate(
        "sumif",
        &[],
        |c| total(c, "sumif", true),
        ("sumif(number, condition)", "The sum where the condition holds."),
        Some(("sumif(x, x > 2)", "7")),
    ),
    aggregate(
        "avg",
        &[],
        |c| average(c, "avg", false),
        ("avg(number)", "The average; NaN of nothing."),
        Some(("avg(x)", "2.5")),
    ),
    aggregate(
        "avgif",
        &[],
        |c| average(c, "avgif", true),
        ("avgif(number, condition)", "The average where the condition holds."),
        Some(("avgif(x, x > 2)", "3.5")),
    ),
    aggregate(
        "binary_all_and",
        &[],
        |c| bits(c, "binary_all_and", bit_and),
        ("binary_all_and(number)", "The bits that all have."),
        Some(("binary_all_and(x)", "0")),
    ),
    aggregate(
        "binary_all_or",
        &[],
        |c| bits(c, "binary_all_or", bit_or),
        ("binary_all_or(number)", "The bits that any has."),
        Some(("binary_all_or(x)", "7")),
    ),
    aggregate(
        "binary_all_xor",
        &[],
        |c| bits(c, "binary_all_xor", bit_xor),
        ("binary_all_xor(number)", "The bits that an odd number of them have."),
        Some(("binary_all_xor(x)", "4")),
    ),
];

fn arguments(call: &Call<'_>, conditional: bool) -> Result<Option<Expr>, KqlError> {
    let expected = 1 + usize::from(conditional);
    count(call, expected, expected)?;
    if conditional { condition(call, 1).map(Some) } else { Ok(None) }
}

fn total(call: &Call<'_>, name: &str, conditional: bool) -> Result<Vec<Column>, KqlError> {
    let when = arguments(call, conditional)?;
    let kind = number_or(call, 0, &[Kind::Timespan])?;
    let expr = argument(call, 0)?.expr.clone();
    let (expr, kind) = match kind {
        Kind::Int | Kind::Long => {
            let expr = filtered(sum(cast(expr, DataType::Int64)), when)?;
            (or(expr, ScalarValue::Int64(Some(0))), Kind::Long)
        }
        Kind::Real => (or(filtered(sum(expr), when)?, ScalarValue::Float64(Some(0.0))), kind),
        Kind::Decimal => {
            let zero = ScalarValue::Decimal128(Some(0), DECIMAL_PRECISION, DECIMAL_SCALE);
            (or(filtered(sum(expr), when)?, zero), kind)
        }
        _ => (or(filtered(sum(expr), when)?, ScalarValue::DurationNanosecond(Some(0))), kind),
    };
    Ok(one(named(call, name), expr, kind))
}

fn average(call: &Call<'_>, name: &str, conditional: bool) -> Result<Vec<Column>, KqlError> {
    let when = arguments(call, conditional)?;
    let kind = number_or(call, 0, &[Kind::Timespan, Kind::Datetime])?;
    let expr = argument(call, 0)?.expr.clone();
    let (expr, kind) = match kind {
        Kind::Datetime | Kind::Timespan => {
            // By way of decimals: neither digits are lost nor does the sum overflow.
            let whole = cast(cast(expr, DataType::Int64), DataType::Decimal128(20, 0));
            let average = cast(filtered(avg(whole), when)?, DataType::Int64);
            (cast(average, kind.data_type()), kind)
        }
        Kind::Decimal => (cast(filtered(avg(expr), when)?, kind.data_type()), kind),
        _ => {
            let expr = filtered(avg(cast(expr, DataType::Float64)), when)?;
            (or(expr, ScalarValue::Float64(Some(f64::NAN))), Kind::Real)
        }
    };
    Ok(one(named(call, name), expr, kind))
}

fn bits(call: &Call<'_>, name: &str, of: fn(Expr) -> Expr) -> Result<Vec<Column>, KqlError> {
    count(call, 1, 1)?;
    check(call, 0, Want::Whole)?;
    let value = as_kind(argument(call, 0)?, Kind::Long)?;
    Ok(one(named(call, name), of(value.expr), Kind::Long))
}
