//! Small rules that many places use: words, names, types, brackets.

use chumsky::prelude::*;

use super::{Input, Place, Rule, expression};
use crate::ast::Name;
use crate::error::Span;
use crate::lex::Token;
use crate::types::{Kind, Literal};

/// A keyword.
pub fn word<'t>(text: &'static str) -> Rule<'t, Span> {
    select! { Token::Word(w) if w == text => () }.labelled(text).map_with(|(), e| place(e.span())).boxed()
}

/// A punctuation mark.
pub fn mark<'t>(text: &'static str) -> Rule<'t, Span> {
    just(Token::Punctuation(text)).map_with(|_, e| place(e.span())).boxed()
}

/// A place as a range.
pub fn place(span: Place) -> Span {
    span.into_range()
}

/// Any word.
pub fn any_word<'t>() -> Rule<'t, Name> {
    select! { Token::Word(text) => text }
        .labelled("a name")
        .map_with(|text, e| Name { text, span: place(e.span()) })
        .boxed()
}

/// A string literal.
pub fn text<'t>() -> Rule<'t, Name> {
    select! { Token::Value(Kind::String, Literal::String(text)) => text }
        .labelled("a string")
        .map_with(|text, e| Name { text, span: place(e.span()) })
        .boxed()
}

/// `['any name']`.
pub fn bracketed<'t>() -> Rule<'t, Name> {
    text()
        .delimited_by(mark("["), mark("]"))
        .map_with(|name, e| Name { text: name.text, span: place(e.span()) })
        .boxed()
}

/// A name that is given or referred to.
pub fn name<'t>() -> Rule<'t, Name> {
    let plain = select! { Token::Word(text) if !expression::is_operator_word(&text) => text }
        .labelled("a name")
        .map_with(|text, e| Name { text, span: place(e.span()) });
    choice((plain, bracketed())).boxed()
}

/// A name that is given to something: some words cannot be, unless in brackets.
pub fn new_name<'t>() -> Rule<'t, Name> {
    // The rule goes on behind such a word, so that the error told is this one.
    let plain = any_word().validate(|name, e, emitter| {
        if expression::is_reserved(&name.text) {
            let text = format!("'{0}' is a keyword; as a name it is written ['{0}']", name.text);
            emitter.emit(Rich::custom(e.span(), text));
        }
        name
    });
    choice((plain, bracketed())).boxed()
}

/// A type's name.
pub fn kind<'t>() -> Rule<'t, Kind> {
    select! { Token::Word(text) => text }
        .try_map(|text: String, span| {
            Kind::from_name(&text).ok_or_else(|| Rich::custom(span, format!("'{text}' is no type; expected bool, int, long, real, decimal, string, datetime, timespan, guid or dynamic")))
        })
        .labelled("a type")
        .boxed()
}

/// `typeof(long)`.
pub fn type_of<'t>() -> Rule<'t, Kind> {
    word("typeof").ignore_then(kind().delimited_by(mark("("), mark(")"))).boxed()
}

/// `name:type`.
pub fn typed_name<'t>() -> Rule<'t, (Name, Kind)> {
    new_name().then_ignore(mark(":")).then(kind()).boxed()
}

/// `a, b, c`.
pub fn list<'t, T: 't>(item: impl Parser<'t, Input<'t>, T, super::Extra<'t>> + 't) -> Rule<'t, Vec<T>> {
    item.separated_by(mark(",")).at_least(1).collect().boxed()
}

/// A name with `*` in it, or a plain one.
pub fn pattern<'t>() -> Rule<'t, Name> {
    let piece = select! {
        Token::Word(text) if !matches!(text.as_str(), "asc" | "desc" | "granny-asc" | "on") => text,
        Token::Punctuation("*") => "*".to_owned(),
    }
    .labelled("a name");
    let glued = piece
        .repeated()
        .at_least(1)
        .collect::<Vec<String>>()
        .map_with(|pieces, e| Name { text: pieces.concat(), span: place(e.span()) });
    choice((bracketed(), glued)).boxed()
}

/// What is set by `name=value` in front of an operator's operands: `kind=inner`, `hint.strategy=shuffle`.
pub fn parameters<'t>(known: &'static [&'static str]) -> Rule<'t, Vec<(Name, Name)>> {
    let plain = select! { Token::Word(w) if known.contains(&w.as_str()) => w };
    let hint = select! { Token::Word(w) if w == "hint" => w }
        .then_ignore(mark("."))
        .then(any_word())
        .map(|(hint, name)| format!("{hint}.{}", name.text));
    let key = choice((hint, plain)).map_with(|text, e| Name { text, span: place(e.span()) });
    let value = choice((
        any_word(),
        bracketed(),
        select! { Token::Value(_, value) => match value {
            Literal::Bool(b) => b.to_string(),
            Literal::String(s) => s,
            Literal::Long(n) => n.to_string(),
            _ => String::new(),
        } }
        .map_with(|text, e| Name { text, span: place(e.span()) }),
    ));
    key.then_ignore(mark("=")).then(value).repeated().collect().boxed()
}
