//! Choosing between values.

use datafusion::logical_expr::{Expr, not, when};

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, as_kind, check, common, count, wrong};
use crate::functions::function;
use crate::types::{Kind, Literal, Typed, text_lit};

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "iff",
        &["iif"],
        |c| {
            count(c, 3, 3)?;
            choose(c)
        },
        ("iff(condition, a, b)", "The first value where the condition holds, else the second."),
        Some(("iff(1 > 2, 'a', 'b')", "b")),
    ),
    function(
        "case",
        &[],
        |c| {
            count(c, 3, usize::MAX)?;
            if c.args.len() % 2 == 0 {
                let text = "case() takes pairs of condition and value, and a value for all else at the end";
                return Err(KqlError::typed(&c.span, text));
            }
            choose(c)
        },
        ("case(condition, value, ..., else)", "The value behind the first condition that holds."),
        Some(("case(1 > 2, 'a', 2 > 1, 'b', 'c')", "b")),
    ),
    function(
        "coalesce",
        &[],
        coalesce,
        ("coalesce(value, ...)", "The first value that is neither null nor an empty string."),
        Some(("coalesce(toint('x'), 5)", "5")),
    ),
    function(
        "not",
        &[],
        |c| {
            count(c, 1, 1)?;
            check(c, 0, Want::Bool)?;
            let value = argument(c, 0)?;
            Ok(match value.literal {
                Some(Literal::Bool(known)) => Typed::of(Literal::Bool(!known), Kind::Bool),
                Some(_) => Typed::of(Literal::Null, Kind::Bool),
                None => Typed::new(not(value.expr.clone()), Kind::Bool),
            })
        },
        ("not(condition)", "Whether the condition does not hold."),
        Some(("not(1 > 2)", "true")),
    ),
];

/// Pairs of condition and value, then a value.
fn choose(call: &Call<'_>) -> Result<Typed, KqlError> {
    let last = call.args.len() - 1;
    let kind = common(call, (1..last).step_by(2).chain([last]))?;
    let mut cases: Vec<(Expr, Expr)> = Vec::new();
    let mut otherwise = as_kind(argument(call, last)?, kind)?;
    for index in (0..last).step_by(2) {
        check(call, index, Want::Bool)?;
        let (condition, value) = (argument(call, index)?, as_kind(argument(call, index + 1)?, kind)?);
        match condition.literal {
            Some(Literal::Bool(true)) => {
                otherwise = value;
                break;
            }
            Some(_) => {}
            None => cases.push((condition.expr.clone(), value.expr)),
        }
    }
    decide(cases, otherwise, kind)
}

fn decide(cases: Vec<(Expr, Expr)>, otherwise: Typed, kind: Kind) -> Result<Typed, KqlError> {
    let mut cases = cases.into_iter();
    let Some((condition, value)) = cases.next() else { return Ok(otherwise) };
    let mut builder = when(condition, value);
    for (condition, value) in cases {
        builder = builder.when(condition, value);
    }
    Ok(Typed::new(builder.otherwise(otherwise.expr)?, kind))
}

fn coalesce(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, 64)?;
    let kind = common(call, 0..call.args.len())?;
    let mut cases = Vec::new();
    let mut values = call.args.iter().map(|a| as_kind(&a.value, kind)).collect::<Result<Vec<_>, _>>()?;
    let Some(mut otherwise) = values.pop() else { return Err(wrong(call, 0, "expected a value")) };
    let mut found = None;
    for value in values {
        match &value.literal {
            Some(Literal::Null) => {}
            Some(Literal::String(text)) if text.is_empty() => {}
            Some(_) => {
                found = Some(value);
                break;
            }
            None => {
                let expr = value.expr;
                let there = match kind {
                    Kind::String => expr.clone().not_eq(text_lit("")),
                    _ => expr.clone().is_not_null(),
                };
                cases.push((there, expr));
            }
        }
    }
    if let Some(found) = found {
        otherwise = found;
    }
    decide(cases, otherwise, kind)
}
