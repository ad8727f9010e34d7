//! Statements: `let`, `set`, queries.

use chumsky::prelude::*;

use super::Rule;
use super::expression::expression;
use super::items::{any_word, kind, mark, name, new_name, typed_name, word};
use super::pipeline::pipeline;
use crate::ast::{
    Expr, ExprKind, Lambda, LetValue, Name, Parameter, ParameterKind, Pipeline, Script, Source, Statement,
};
use crate::lex::Token;

/// The whole text.
pub fn script<'t>() -> Rule<'t, Script> {
    // Each recursion holds itself weakly, so that the rules are freed after use.
    let query = recursive(|query| {
        let query = query.boxed();
        let expr = recursive(|expr| expression(&expr.boxed(), &query)).boxed();
        pipeline(&query, &expr)
    })
    .boxed();
    let expr = recursive(|expr| expression(&expr.boxed(), &query)).boxed();
    let statement = recursive(|statement| statement_rule(&statement.boxed(), &query, &expr)).boxed();
    let empty = mark(";").repeated();
    empty
        .clone()
        .ignore_then(statement.separated_by(mark(";").repeated().at_least(1)).allow_trailing().collect::<Vec<_>>())
        .then_ignore(end())
        .map(|statements| Script { statements })
        .boxed()
}

fn statement_rule<'t>(
    statement: &Rule<'t, Statement>,
    query: &Rule<'t, Pipeline>,
    expr: &Rule<'t, Expr>,
) -> Rule<'t, Statement> {
    let value = choice((lambda(statement, query, expr).map(LetValue::Function), query.clone().map(bound)));
    // `let` is a name as well when no name follows.
    let bind = word("let")
        .ignore_then(new_name())
        .then_ignore(mark("="))
        .then(value)
        .map(|(name, value)| Statement::Let { name, value });
    let set = word("set")
        .ignore_then(any_word())
        .then(mark("=").ignore_then(any().ignored()).or_not())
        .map(|(name, _)| Statement::Set { name });
    let refused = select! {
        Token::Word(w) if matches!(w.as_str(), "declare" | "restrict" | "alias") => w,
    }
    .then(any_word())
    .then_ignore(none_of(Token::Punctuation(";")).repeated())
    .map(|(w, name)| Statement::Unsupported(Name { text: format!("{w} {}", name.text), span: name.span }));
    choice((bind, set, refused, query.clone().map(Statement::Query))).boxed()
}

fn bound(query: Pipeline) -> LetValue {
    match query {
        Pipeline { source: Source::Expr(expr), operators, .. } if operators.is_empty() => LetValue::Expr(*expr),
        query => {
            let span = query.span.clone();
            LetValue::Expr(Expr::new(ExprKind::Query(Box::new(query)), span))
        }
    }
}

fn lambda<'t>(statement: &Rule<'t, Statement>, query: &Rule<'t, Pipeline>, expr: &Rule<'t, Expr>) -> Rule<'t, Lambda> {
    let table = choice((mark("*").to(Vec::new()), typed_name().separated_by(mark(",")).collect::<Vec<_>>()))
        .delimited_by(mark("("), mark(")"))
        .map(ParameterKind::Table);
    let parameter = name()
        .then_ignore(mark(":"))
        .then(choice((table, kind().map(ParameterKind::Scalar))))
        .then(mark("=").ignore_then(expr.clone()).or_not())
        .map(|((name, kind), default)| Parameter { name, kind, default });
    let parameters = parameter.separated_by(mark(",")).collect::<Vec<_>>().delimited_by(mark("("), mark(")"));
    // Only a `{` behind the brackets makes it a function; `(a)` alone is a value.
    let lets = word("let")
        .rewind()
        .ignore_then(statement.clone())
        .then_ignore(mark(";"))
        .repeated()
        .collect::<Vec<Statement>>();
    let body = lets.then(query.clone()).then_ignore(mark(";").or_not()).delimited_by(mark("{"), mark("}"));
    word("view")
        .or_not()
        .then(parameters)
        .then(body)
        .map(|((view, parameters), (lets, body))| {
            let body = match bound(body) {
                LetValue::Expr(expr) => Box::new(expr),
                LetValue::Function(f) => f.body,
            };
            Lambda { view: view.is_some(), parameters, lets, body }
        })
        .boxed()
}
