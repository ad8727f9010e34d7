//! What aggregates have in common: names, filters, and values for groups of nothing.

use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::expr::NullTreatment;
use datafusion::logical_expr::{Expr, ExprFunctionExt};
use datafusion::scalar::ScalarValue;

use crate::call::{Call, Column};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, check, wrong};
use crate::types::{Kind, Literal, Typed, scalar};

/// A constant of DataFusion.
pub fn value(value: ScalarValue) -> Expr {
    Expr::Literal(value, None)
}

/// The null of a kind.
pub fn null(kind: Kind) -> ScalarValue {
    scalar(&Literal::Null, kind)
}

/// `prefix_x` for an argument that has a name, else `prefix_`.
pub fn named(call: &Call<'_>, prefix: &str) -> Option<String> {
    let name = call.args.first().and_then(|a| a.name.as_deref()).unwrap_or_default();
    Some(format!("{prefix}_{name}"))
}

/// The one column of most aggregates.
pub fn one(name: Option<String>, expr: Expr, kind: Kind) -> Vec<Column> {
    vec![Column { name, value: Typed::new(expr, kind) }]
}

/// The condition that an argument is, for those that end in `if`.
pub fn condition(call: &Call<'_>, index: usize) -> Result<Expr, KqlError> {
    check(call, index, Want::Bool)?;
    Ok(argument(call, index)?.expr.clone())
}

/// An aggregate of the rows where all conditions hold.
pub fn filtered(aggregate: Expr, conditions: impl IntoIterator<Item = Expr>) -> Result<Expr, KqlError> {
    match conditions.into_iter().reduce(Expr::and) {
        Some(condition) => Ok(aggregate.filter(condition).build()?),
        None => Ok(aggregate),
    }
}

/// An aggregate of the values that are not null, of the rows where all conditions hold. This is no filter: an aggregate
/// with one hides from DataFusion's rule about statistics, which then takes an aggregate below it for it.
pub fn of_values(aggregate: Expr, conditions: impl IntoIterator<Item = Expr>) -> Result<Expr, KqlError> {
    let builder = aggregate.null_treatment(NullTreatment::IgnoreNulls);
    match conditions.into_iter().reduce(Expr::and) {
        Some(condition) => Ok(builder.filter(condition).build()?),
        None => Ok(builder.build()?),
    }
}

/// A value in the place of null.
pub fn or(expr: Expr, instead: ScalarValue) -> Expr {
    coalesce(vec![expr, value(instead)])
}

/// The expression, `""` in the place of null when it is a string.
pub fn never_null_text(expr: Expr, kind: Kind) -> Expr {
    if kind == Kind::String { or(expr, null(kind)) } else { expr }
}

/// Refuses what is no number and none of some other kinds.
pub fn number_or(call: &Call<'_>, index: usize, others: &[Kind]) -> Result<Kind, KqlError> {
    let kind = argument(call, index)?.kind;
    if kind.is_number() || others.contains(&kind) {
        return Ok(kind);
    }
    let names: Vec<String> = others.iter().map(ToString::to_string).collect();
    let more = if names.is_empty() { String::new() } else { format!(", {}", names.join(", ")) };
    let hint = if kind == Kind::Dynamic { "; convert it with tolong() or todouble()" } else { "" };
    Err(wrong(call, index, format!("expected a number{more}, found a {kind}{hint}")))
}
