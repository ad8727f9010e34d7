//! `partition` and `evaluate`.

use chumsky::prelude::*;

use super::Rule;
use super::expression::column;
use super::items::{mark, name, parameters, typed_name, word};
use crate::ast::{Evaluate, Expr, Operator, OutputSchema, Partition, Pipeline};

/// `partition by x ( ... )`.
pub fn partition<'t>(inner: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    word("partition")
        .ignore_then(parameters(&[]))
        .ignore_then(word("by"))
        .ignore_then(expr.clone())
        .then(choice((inner.clone().delimited_by(mark("("), mark(")")), own_source())))
        .map(|(by, query)| Operator::Partition(Partition { by, query }))
        .boxed()
}

/// `{ T | ... }`, which reads another table for each part.
fn own_source<'t>() -> Rule<'t, Pipeline> {
    mark("{")
        .try_map(|_, span| Err(Rich::custom(span, "unsupported:partition with a table of its own in braces")))
        .boxed()
}

/// `evaluate plugin(...) : (schema)`.
pub fn evaluate<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Operator> {
    word("evaluate")
        .ignore_then(parameters(&[]))
        .ignore_then(name())
        .then(column(expr).separated_by(mark(",")).collect::<Vec<_>>().delimited_by(mark("("), mark(")")))
        .then(mark(":").ignore_then(output_schema()).or_not())
        .map(|((plugin, arguments), schema)| Operator::Evaluate(Evaluate { plugin, arguments, schema }))
        .boxed()
}

/// `(a:long, b:string)` or `(*, a:long)`.
fn output_schema<'t>() -> Rule<'t, OutputSchema> {
    let named = typed_name().separated_by(mark(",")).at_least(1).collect::<Vec<_>>();
    let all = mark("*").ignore_then(mark(",").ignore_then(named.clone()).or_not());
    choice((
        all.map(|columns| OutputSchema { all: true, columns: columns.unwrap_or_default() }),
        named.map(|columns| OutputSchema { all: false, columns }),
    ))
    .delimited_by(mark("("), mark(")"))
    .boxed()
}
