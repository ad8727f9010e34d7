//! How far values lie apart.

use datafusion::functions_aggregate::expr_fn::{covar_pop, covar_samp, stddev, stddev_pop, var_pop, var_sample};
use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use super::aggregate;
use super::bind::{condition, filtered, named, one, or};
use crate::call::{Aggregate, Call, Column};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, as_kind, check, count};
use crate::types::Kind;

/// The aggregates of this file.
pub static LIST: &[Aggregate] = &[
    aggregate(
        "stdev",
        &[],
        |c| single(c, "stdev", stddev, false),
        ("stdev(number)", "The standard deviation of a sample; 0 of nothing."),
        Some(("stdev(iff(x < 3, 1, 2))", "0.5773502691896257")),
    ),
    aggregate(
        "stdevif",
        &[],
        |c| single(c, "stdevif", stddev, true),
        ("stdevif(number, condition)", "The standard deviation of a sample where the condition holds."),
        Some(("stdevif(x, x == 1)", "0.0")),
    ),
    aggregate(
        "stdevp",
        &[],
        |c| single(c, "stdevp", stddev_pop, false),
        ("stdevp(number)", "The standard deviation of a whole population."),
        Some(("stdevp(iff(x < 3, 1, 2))", "0.5")),
    ),
    aggregate(
        "stdevpif",
        &[],
        |c| single(c, "stdevpif", stddev_pop, true),
        ("stdevpif(number, condition)", "The standard deviation of a whole population where the condition holds."),
        Some(("stdevpif(x, x == 1)", "0.0")),
    ),
    aggregate(
        "variance",
        &[],
        |c| single(c, "variance", var_sample, false),
        ("variance(number)", "The variance of a sample; 0 of nothing."),
        Some(("variance(iff(x < 3, 1, 4))", "3.0")),
    ),
    aggregate(
        "varianceif",
        &[],
        |c| single(c, "varianceif", var_sample, true),
        ("varianceif(number, condition)", "The variance of a sample where the condition holds."),
        Some(("varianceif(x, x == 1)", "0.0")),
    ),
    aggregate(
        "variancep",
        &[],
        |c| single(c, "variancep", var_pop, false),
        ("variancep(number)", "The variance of a whole population."),
        Some(("variancep(x)", "1.25")),
    ),
    aggregate(
        "variancepif",
        &[],
        |c| single(c, "variancepif", var_pop, true),
        ("variancepif(number, condition)", "The variance of a whole population where the condition holds."),
        Some(("variancepif(x, x == 1)", "0.0")),
    ),
    aggregate(
        "covariance",
        &[],
        |c| double(c, "covariance", covar_samp, false),
        ("covariance(a, b)", "The covariance of a sample."),
        Some(("covariance(x, x * 3)", "5.0")),
    ),
    aggregate(
        "covarianceif",
        &[],
        |c| double(c, "covarianceif", covar_samp, true),
        ("covarianceif(a, b, condition)", "The covariance of a sample where the condition holds."),
        Some(("covarianceif(x, x, x < 3)", "0.5")),
    ),
    aggregate(
        "covariancep",
        &[],
        |c| double(c, "covariancep", covar_pop, false),
        ("covariancep(a, b)", "The covariance of a whole population."),
        Some(("covariancep(x, x)", "1.25")),
    ),
    aggregate(
        "covariancepif",
        &[],
        |c| double(c, "covariancepif", covar_pop, true),
        ("covariancepif(a, b, condition)", "The covariance of a whole population where the condition holds."),
        Some(("covariancepif(x, x, x < 3)", "0.25")),
    ),
];

fn real(call: &Call<'_>, index: usize) -> Result<Expr, KqlError> {
    check(call, index, Want::Number)?;
    Ok(as_kind(argument(call, index)?, Kind::Real)?.expr)
}

fn finish(call: &Call<'_>, name: &str, expr: Expr, when: Option<usize>) -> Result<Vec<Column>, KqlError> {
    let when = when.map(|index| condition(call, index)).transpose()?;
    let expr = or(filtered(expr, when)?, ScalarValue::Float64(Some(0.0)));
    Ok(one(named(call, name), expr, Kind::Real))
}

fn single(call: &Call<'_>, name: &str, of: fn(Expr) -> Expr, conditional: bool) -> Result<Vec<Column>, KqlError> {
    let expected = 1 + usize::from(conditional);
    count(call, expected, expected)?;
    finish(call, name, of(real(call, 0)?), conditional.then_some(1))
}

fn double(call: &Call<'_>, name: &str, of: fn(Expr, Expr) -> Expr, conditional: bool) -> Result<Vec<Column>, KqlError> {
    let expected = 2 + usize::from(conditional);
    count(call, expected, expected)?;
    finish(call, name, of(real(call, 0)?, real(call, 1)?), conditional.then_some(2))
}
