//! The smallest and largest, and what stands beside them.

use datafusion::functions::core::expr_fn::{named_struct, nullif};
use datafusion::functions::math::expr_fn::isnan;
use datafusion::functions_aggregate::expr_fn::{bool_or, first_value, max, min};
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, lit, when};
use datafusion::scalar::ScalarValue;

use super::aggregate;
use super::bind::{condition, filtered, named, never_null_text, number_or, of_values, one, or, value};
use super::field;
use crate::call::{Aggregate, Call, Column};
use crate::error::KqlError;
use crate::functions::bind::{argument, count, wrong};
use crate::types::{Kind, Typed, text_lit};

/// The aggregates of this file.
pub static LIST: &[Aggregate] = &[
    aggregate(
        "min",
        &[],
        |c| extreme(c, "min", min, false),
        ("min(value)", "The smallest value; null of nothing."),
        Some(("min(x)", "1")),
    ),
    aggregate(
        "minif",
        &[],
        |c| extreme(c, "minif", min, true),
        ("minif(value, condition)", "The smallest value where the condition holds."),
        Some(("minif(x, x > 2)", "3")),
    ),
    aggregate(
        "max",
        &[],
        |c| extreme(c, "max", max, false),
        ("max(value)", "The largest value; null of nothing."),
        Some(("max(x)", "4")),
    ),
    aggregate(
        "maxif",
        &[],
        |c| extreme(c, "maxif", max, true),
        ("maxif(value, condition)", "The largest value where the condition holds."),
        Some(("maxif(x, x < 3)", "2")),
    ),
    aggregate(
        "arg_max",
        &["argmax"],
        |c| beside(c, false),
        ("arg_max(value, column, ...)", "The largest value and what other columns hold in its row; * for all columns."),
        Some(("arg_max(x, x)", "4")),
    ),
    aggregate(
        "arg_min",
        &["argmin"],
        |c| beside(c, true),
        (
            "arg_min(value, column, ...)",
            "The smallest value and what other columns hold in its row; * for all columns.",
        ),
        Some(("arg_min(x, x)", "1")),
    ),
    aggregate(
        "take_any",
        &["any"],
        |c| {
            count(c, 1, usize::MAX)?;
            if c.args.len() == 1 {
                return single(c, None);
            }
            row(c, 0, Vec::new())
        },
        (
            "take_any(column, ...)",
            "What columns hold in some row; of one column a value that is not empty, if there is one.",
        ),
        Some(("take_any(x)", "1")),
    ),
    aggregate(
        "take_anyif",
        &["anyif"],
        |c| {
            count(c, 2, 2)?;
            single(c, Some(condition(c, 1)?))
        },
        ("take_anyif(column, condition)", "Some value where the condition holds."),
        Some(("take_anyif(x, x > 3)", "4")),
    ),
];

const ORDERED: &[Kind] = &[Kind::Datetime, Kind::Timespan, Kind::String];

fn extreme(call: &Call<'_>, name: &str, of: fn(Expr) -> Expr, conditional: bool) -> Result<Vec<Column>, KqlError> {
    let expected = 1 + usize::from(conditional);
    count(call, expected, expected)?;
    let filter = if conditional { Some(condition(call, 1)?) } else { None };
    let kind = number_or(call, 0, ORDERED)?;
    let expr = argument(call, 0)?.expr.clone();
    let found = filtered(of(expr.clone()), filter.clone())?;
    let found = match kind {
        // What is not a number wins over every number.
        Kind::Real => {
            let any = or(filtered(bool_or(isnan(expr)), filter)?, ScalarValue::Boolean(Some(false)));
            when(any, value(ScalarValue::Float64(Some(f64::NAN)))).otherwise(found)?
        }
        kind => never_null_text(found, kind),
    };
    Ok(one(named(call, name), found, kind))
}

/// The columns of one row, chosen by an order.
fn row(call: &Call<'_>, from: usize, order: Vec<Sort>) -> Result<Vec<Column>, KqlError> {
    let mut fields = Vec::with_capacity(call.args.len() * 2);
    for (index, argument) in call.args.iter().enumerate() {
        fields.push(lit(format!("c{index}")));
        fields.push(argument.value.expr.clone());
    }
    // One aggregate for all columns: they come from the same row even among equals.
    let chosen = first_value(named_struct(fields), order);
    let mut columns = Vec::with_capacity(call.args.len());
    for (index, argument) in call.args.iter().enumerate() {
        let kind = argument.value.kind;
        let expr = never_null_text(field::of(chosen.clone(), index, kind), kind);
        let fallback = if index < from { call.name.trim_start_matches("arg_") } else { "" };
        let name = argument.name.clone().or_else(|| (index < from).then(|| format!("{fallback}_")));
        columns.push(Column { name, value: Typed::new(expr, kind) });
    }
    Ok(columns)
}

fn beside(call: &Call<'_>, least: bool) -> Result<Vec<Column>, KqlError> {
    count(call, 1, usize::MAX)?;
    let by = argument(call, 0)?;
    if by.kind == Kind::Dynamic {
        return Err(wrong(call, 0, "a dynamic has no order; convert it, for example with tolong() or todatetime()"));
    }
    let mut order = Vec::new();
    if by.kind == Kind::Real {
        // What is not a number wins over every number.
        order.push(isnan(by.expr.clone()).sort(false, false));
    }
    order.push(by.expr.clone().sort(least, false));
    row(call, 1, order)
}

fn single(call: &Call<'_>, filter: Option<Expr>) -> Result<Vec<Column>, KqlError> {
    let value = argument(call, 0)?;
    let expr = match value.kind {
        Kind::String => nullif(value.expr.clone(), text_lit("")),
        _ => value.expr.clone(),
    };
    let chosen = of_values(first_value(expr, Vec::new()), filter)?;
    let name = call.args.first().and_then(|a| a.name.clone());
    Ok(one(name, never_null_text(chosen, value.kind), value.kind))
}
