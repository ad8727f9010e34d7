//! Expressions.

use chumsky::pratt::{infix, left, none, postfix, prefix};
use chumsky::prelude::*;

use super::Rule;
use super::items::{any_word, bracketed, mark, name, new_name, place, type_of, word};
use crate::ast::{BinaryOp, Expr, ExprKind, InKind, Name, Pipeline};
use crate::lex::Token;

/// Operators between texts.
pub const TEXT_OPERATORS: &[&str] = &[
    "has",
    "!has",
    "has_cs",
    "!has_cs",
    "hasprefix",
    "!hasprefix",
    "hasprefix_cs",
    "!hasprefix_cs",
    "hassuffix",
    "!hassuffix",
    "hassuffix_cs",
    "!hassuffix_cs",
    "contains",
    "!contains",
    "contains_cs",
    "!contains_cs",
    "startswith",
    "!startswith",
    "startswith_cs",
    "!startswith_cs",
    "endswith",
    "!endswith",
    "endswith_cs",
    "!endswith_cs",
    "like",
    "notlike",
    "likecs",
    "notlikecs",
];

/// Whether the word is an operator and can be no name.
pub fn is_operator_word(word: &str) -> bool {
    word.starts_with('!')
        || word.ends_with('~')
        || TEXT_OPERATORS.contains(&word)
        || matches!(
            word,
            "and"
                | "or"
                | "in"
                | "between"
                | "matches"
                | "has_any"
                | "has_all"
                | "contains"
                | "notcontains"
                | "containscs"
                | "notcontainscs"
        )
}

/// Whether a name must stand in brackets.
pub fn is_reserved(word: &str) -> bool {
    is_operator_word(word) || matches!(word, "asc" | "desc" | "first" | "last" | "missing" | "true" | "false")
}

fn node(kind: ExprKind, span: super::Place) -> Expr {
    Expr::new(kind, place(span))
}

/// `name = expression`, `(a, b) = expression` or an expression.
pub fn column<'t>(expr: &Rule<'t, Expr>) -> Rule<'t, Expr> {
    let named = new_name()
        .then_ignore(mark("="))
        .then(expr.clone())
        .map_with(|(name, value), e| node(ExprKind::Named(name, Box::new(value)), e.span()));
    let several = new_name()
        .separated_by(mark(","))
        .at_least(1)
        .collect::<Vec<Name>>()
        .delimited_by(mark("("), mark(")"))
        .then_ignore(mark("="))
        .then(expr.clone())
        .map_with(|(names, value), e| node(ExprKind::NamedList(names, Box::new(value)), e.span()));
    // Two tokens decide; otherwise a reserved word would be told where an expression is wrong.
    let starts_named = choice((any_word().ignored(), bracketed().ignored())).then(mark("=")).rewind();
    choice((starts_named.ignore_then(named), several, expr.clone())).boxed()
}

/// The expression rule.
pub fn expression<'t>(expr: &Rule<'t, Expr>, pipeline: &Rule<'t, Pipeline>) -> Rule<'t, Expr> {
    // A query where an expression may stand is an expression when nothing follows it.
    let inner = pipeline.clone().map_with(|query, e| unwrapped(query, e.span())).boxed();
    let atom = atom(expr, &inner);
    let list = inner.clone().separated_by(mark(",")).collect::<Vec<Expr>>().delimited_by(mark("("), mark(")")).boxed();
    let in_list = select! {
        Token::Word(w) if w == "in" => InKind::In { negated: false, fold: false },
        Token::Word(w) if w == "!in" => InKind::In { negated: true, fold: false },
        Token::Word(w) if w == "in~" => InKind::In { negated: false, fold: true },
        Token::Word(w) if w == "!in~" => InKind::In { negated: true, fold: true },
        Token::Word(w) if w == "has_any" => InKind::HasAny,
        Token::Word(w) if w == "has_all" => InKind::HasAll,
    }
    .labelled("an operator")
    .then(list);
    let between = select! {
        Token::Word(w) if w == "between" => false,
        Token::Word(w) if w == "!between" => true,
    }
    .labelled("an operator")
    .then(expr.clone().then_ignore(mark("..")).then(expr.clone()).delimited_by(mark("("), mark(")")));
    let text = choice((
        select! {
            Token::Word(w) if TEXT_OPERATORS.contains(&w.as_str()) => spelled(&w),
            Token::Punctuation("=~") => "=~",
            Token::Punctuation("!~") => "!~",
            Token::Punctuation(":") => ":",
        },
        word("matches").then(word("regex")).to("matches regex"),
    ))
    .labelled("an operator")
    .map(BinaryOp::Text);
    let of = |marks: &'static [(&'static str, BinaryOp)]| {
        select! { Token::Punctuation(p) if marks.iter().any(|(m, _)| *m == p) => p }
            .labelled("an operator")
            .map(move |p| marks.iter().find(|(m, _)| *m == p).map_or(BinaryOp::Equal, |(_, op)| *op))
    };
    let named =
        |text: &'static str, op: BinaryOp| select! { Token::Word(w) if w == text => () }.labelled("an operator").to(op);
    let binary =
        |a: Expr, op: BinaryOp, b: Expr, span: super::Place| node(ExprKind::Binary(op, Box::new(a), Box::new(b)), span);
    atom.pratt((
        prefix(8, mark("-"), |_, a: Expr, e| node(ExprKind::Negate(Box::new(a)), e.span())),
        prefix(8, mark("+"), |_, a: Expr, e| node(ExprKind::Plus(Box::new(a)), e.span())),
        infix(left(7), text, move |a, op, b, e| binary(a, op, b, e.span())),
        infix(
            left(6),
            of(&[("*", BinaryOp::Multiply), ("/", BinaryOp::Divide), ("%", BinaryOp::Modulo)]),
            move |a, op, b, e| binary(a, op, b, e.span()),
        ),
        infix(left(5), of(&[("+", BinaryOp::Add), ("-", BinaryOp::Subtract)]), move |a, op, b, e| {
            binary(a, op, b, e.span())
        }),
        infix(
            none(4),
            of(&[
                ("<", BinaryOp::Less),
                ("<=", BinaryOp::LessEqual),
                (">", BinaryOp::Greater),
                (">=", BinaryOp::GreaterEqual),
            ]),
            move |a, op, b, e| binary(a, op, b, e.span()),
        ),
        infix(
            none(3),
            of(&[("==", BinaryOp::Equal), ("!=", BinaryOp::NotEqual), ("<>", BinaryOp::NotEqual)]),
            move |a, op, b, e| binary(a, op, b, e.span()),
        ),
        postfix(3, in_list, |a: Expr, (kind, list), e| node(ExprKind::In(kind, Box::new(a), list), e.span())),
        postfix(3, between, |a: Expr, (negated, (low, high)), e| {
            let kind = ExprKind::Between { negated, value: Box::new(a), low: Box::new(low), high: Box::new(high) };
            node(kind, e.span())
        }),
        infix(left(2), named("and", BinaryOp::And), move |a, op, b, e| binary(a, op, b, e.span())),
        infix(left(1), named("or", BinaryOp::Or), move |a, op, b, e| binary(a, op, b, e.span())),
    ))
    .labelled("an expression")
    .boxed()
}

fn atom<'t>(expr: &Rule<'t, Expr>, inner: &Rule<'t, Expr>) -> Rule<'t, Expr> {
    // Adjacent strings are one.
    let strings = super::items::text().repeated().at_least(1).collect::<Vec<Name>>().map_with(|parts, e| {
        let text = parts.into_iter().map(|p| p.text).collect::<String>();
        node(ExprKind::Literal(crate::types::Kind::String, crate::types::Literal::String(text)), e.span())
    });
    let literal = select! { Token::Value(kind, value) if kind != crate::types::Kind::String => (kind, value) }
        .labelled("a literal")
        .map_with(|(kind, value), e| node(ExprKind::Literal(kind, value), e.span()));
    let star = mark("*").map_with(|_, e| node(ExprKind::Star, e.span()));
    let typed = type_of().map_with(|kind, e| node(ExprKind::TypeOf(kind), e.span()));
    let argument = {
        let named = name()
            .then_ignore(mark("="))
            .then(inner.clone())
            .map_with(|(name, value), e| node(ExprKind::Named(name, Box::new(value)), e.span()));
        choice((named, inner.clone())).boxed()
    };
    let arguments = argument.separated_by(mark(",")).collect::<Vec<Expr>>().delimited_by(mark("("), mark(")")).boxed();
    let named = name().then(arguments.or_not()).map_with(|(name, arguments), e| match arguments {
        Some(arguments) => node(ExprKind::Call(name, arguments), e.span()),
        None => node(ExprKind::Name(name.text), e.span()),
    });
    let grouped = inner.clone().delimited_by(mark("("), mark(")"));
    enum Step {
        Member(Name),
        Index(Expr),
    }
    let member = mark(".").ignore_then(choice((any_word(), bracketed()))).map(Step::Member);
    let index = expr.clone().delimited_by(mark("["), mark("]")).map(Step::Index);
    choice((strings, literal, typed, named, grouped, star))
        .foldl_with(choice((member, index)).repeated(), |base, step, e| match step {
            Step::Member(name) => node(ExprKind::Member(Box::new(base), name), e.span()),
            Step::Index(index) => node(ExprKind::Index(Box::new(base), Box::new(index)), e.span()),
        })
        .boxed()
}

/// A query of a source alone is the expression that it is.
fn unwrapped(query: Pipeline, span: super::Place) -> Expr {
    match query {
        Pipeline { source: crate::ast::Source::Expr(expr), operators, .. } if operators.is_empty() => *expr,
        query => node(ExprKind::Query(Box::new(query)), span),
    }
}

/// The operator's one spelling; old names of some are synonyms.
fn spelled(word: &str) -> &'static str {
    TEXT_OPERATORS.iter().copied().find(|o| *o == word).unwrap_or("has")
}
