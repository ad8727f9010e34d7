//! Sources and the operators behind them.

use chumsky::prelude::*;

use super::Rule;
use super::expression::column;
use super::items::{kind, list, mark, name, new_name, parameters, place, typed_name, word};
use super::operators::{operator, union_tables};
use crate::ast::{Expr, ExprKind, Find, Name, Operator, Pipeline, Search, Source, Union};
use crate::error::Span;
use crate::lex::Token;

/// A source with its operators.
pub fn pipeline<'t>(pipeline: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>) -> Rule<'t, Pipeline> {
    // Sub-queries of operators without a source of their own, which hold operators again.
    let inner = recursive(|inner| operators_only(&operator(pipeline, expr, &inner.boxed()))).boxed();
    let operator = operator(pipeline, expr, &inner);
    source(pipeline, expr)
        .then(mark("|").ignore_then(recovered(&operator)).repeated().collect::<Vec<_>>())
        .map_with(|(source, operators), e| Pipeline { source, operators, span: place(e.span()) })
        .boxed()
}

/// Operators alone, as in `mv-apply x on (where ... | summarize ...)`.
fn operators_only<'t>(operator: &Rule<'t, Operator>) -> Rule<'t, Pipeline> {
    recovered(operator)
        .separated_by(mark("|"))
        .at_least(1)
        .collect::<Vec<_>>()
        .map_with(|operators, e| Pipeline { source: Source::Input, operators, span: place(e.span()) })
        .boxed()
}

/// After an error the next operator is read, so that its errors are told as well.
fn recovered<'t>(operator: &Rule<'t, Operator>) -> Rule<'t, (Operator, Span)> {
    let skipped =
        none_of([Token::Punctuation("|"), Token::Punctuation(";"), Token::Punctuation(")"), Token::Punctuation("}")])
            .repeated()
            .at_least(1)
            .to(Operator::GetSchema);
    operator.clone().recover_with(via_parser(skipped)).map_with(|o, e| (o, place(e.span()))).boxed()
}

fn source_word<'t>(text: &'static str) -> Rule<'t, ()> {
    select! { Token::Source(w) if w == text => () }.labelled(text).boxed()
}

fn source<'t>(pipeline: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>) -> Rule<'t, Source> {
    let signed = choice((mark("-").to(true), mark("+").to(false)))
        .or_not()
        .then(select! { Token::Value(kind, value) => (kind, value) }.labelled("a literal"))
        .map_with(|(sign, (kind, value)), e| {
            let literal = Expr::new(ExprKind::Literal(kind, value), place(e.span()));
            match sign {
                Some(true) => Expr::new(ExprKind::Negate(Box::new(literal)), place(e.span())),
                _ => literal,
            }
        });
    let values =
        signed.separated_by(mark(",")).allow_trailing().collect::<Vec<Expr>>().delimited_by(mark("["), mark("]"));
    let datatable = source_word("datatable")
        .ignore_then(list(typed_name()).delimited_by(mark("("), mark(")")))
        .then(values)
        .map_with(|(columns, values), e| Source::Datatable { columns, values, span: place(e.span()) });
    let print = source_word("print").ignore_then(list(column(expr))).map(Source::Print);
    let range = source_word("range")
        .ignore_then(new_name())
        .then_ignore(word("from"))
        .then(expr.clone())
        .then_ignore(word("to"))
        .then(expr.clone())
        .then(word("step").ignore_then(expr.clone()).or_not())
        .map(|(((name, from), to), step)| {
            let span = to.span.clone();
            let one = || Expr::new(ExprKind::Literal(crate::types::Kind::Long, crate::types::Literal::Long(1)), span);
            Source::Range { name, from: Box::new(from), to: Box::new(to), step: Box::new(step.unwrap_or_else(one)) }
        });
    let union = source_word("union").ignore_then(union(pipeline)).map(Source::Union);
    let search = source_word("search").ignore_then(search(pipeline, expr)).map(Source::Search);
    let find = source_word("find").ignore_then(find(pipeline, expr)).map(|f| Source::Find(Box::new(f)));
    let refused = select! { Token::Source(w) if w == "externaldata" => w }
        .try_map(|w, span| Err(Rich::custom(span, format!("unsupported:{w}"))));
    let value = expr.clone().map(|e| Source::Expr(Box::new(e)));
    choice((datatable, print, range, union, search, find, refused, value)).boxed()
}

/// What stands behind `union`.
pub fn union<'t>(pipeline: &Rule<'t, Pipeline>) -> Rule<'t, Union> {
    parameters(&["kind", "withsource", "with_source", "isfuzzy"])
        .then(union_tables(pipeline))
        .try_map(|(parameters, tables), _| {
            let mut union = Union { inner: false, with_source: None, fuzzy: false, tables };
            for (key, value) in parameters {
                match (key.text.as_str(), value.text.as_str()) {
                    ("kind", "inner") => union.inner = true,
                    ("kind", "outer") => union.inner = false,
                    ("withsource" | "with_source", _) => union.with_source = Some(value),
                    ("isfuzzy", "true") => union.fuzzy = true,
                    ("isfuzzy", "false") => union.fuzzy = false,
                    (hint, _) if hint.starts_with("hint.") => {}
                    _ => return Err(wrong(&value, "outer or inner for kind, true or false for isfuzzy")),
                }
            }
            Ok(union)
        })
        .boxed()
}

/// An error about a parameter's value.
pub fn wrong<'t>(value: &Name, expected: &str) -> Rich<'t, Token, super::Place> {
    Rich::custom(super::Place::from(value.span.clone()), format!("expected {expected}, found '{}'", value.text))
}

/// What stands behind `search`.
pub fn search<'t>(pipeline: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>) -> Rule<'t, Search> {
    let tables = word("in").ignore_then(union_tables(pipeline).delimited_by(mark("("), mark(")")));
    parameters(&["kind"])
        .then(tables.or_not())
        .then(expr.clone())
        .try_map(|((parameters, tables), predicate), _| {
            let mut search = Search { case_sensitive: false, tables, predicate };
            for (key, value) in parameters {
                match (key.text.as_str(), value.text.as_str()) {
                    ("kind", "case_sensitive") => search.case_sensitive = true,
                    ("kind", "case_insensitive" | "default") => {}
                    ("kind", _) => return Err(wrong(&value, "case_sensitive or case_insensitive")),
                    _ => {}
                }
            }
            Ok(search)
        })
        .boxed()
}

/// What stands behind `find`.
fn find<'t>(pipeline: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>) -> Rule<'t, Find> {
    let tables = word("in").ignore_then(union_tables(pipeline).delimited_by(mark("("), mark(")")));
    // `pack_all()` is the only call that may stand there.
    let wanted =
        name().then(mark(":").ignore_then(kind()).or_not()).then(mark("(").or_not()).try_map(|(column, call), span| {
            match call {
                Some(_) => Err(Rich::custom(span, format!("unsupported:{}() in find", column.0.text))),
                None => Ok(column),
            }
        });
    let columns = choice((word("project-smart").to(None), word("project").ignore_then(list(wanted)).map(Some)));
    parameters(&["withsource"])
        .then(tables.or_not())
        .then_ignore(word("where").or_not())
        .then(expr.clone())
        .then(columns.or_not())
        .map(|(((parameters, tables), predicate), columns)| Find {
            with_source: parameters.into_iter().find(|(key, _)| key.text == "withsource").map(|(_, value)| value),
            tables,
            predicate,
            columns: columns.flatten(),
        })
        .boxed()
}

/// `(key=value, ...)`.
pub fn options<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Vec<(Name, Expr)>> {
    name()
        .then_ignore(mark("="))
        .then(expr.clone())
        .separated_by(mark(","))
        .collect()
        .delimited_by(mark("("), mark(")"))
        .boxed()
}
