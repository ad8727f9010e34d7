//! Tokens to a syntax tree, by chumsky.
//!
//! Keywords are names in KQL as well, so that each place decides by itself what a word means. No alternative reads more
//! than a few tokens before it is sure: the time to read a query grows with its length only.

mod evaluate;
mod expression;
mod items;
mod message;
mod operators;
mod pipeline;
mod slips;
mod statement;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stdout)]
mod tests;

use chumsky::error::RichReason;
use chumsky::input::{Input as _, MappedInput};
use chumsky::prelude::*;

use crate::ast::Script;
use crate::error::KqlError;
use crate::lex::{Token, lex};

type Place = SimpleSpan;
type Input<'t> = MappedInput<'t, Token, Place, &'t [(Token, Place)]>;
type Extra<'t> = extra::Err<Rich<'t, Token, Place>>;
/// A parser behind a pointer: the types of composed parsers would otherwise grow without end.
type Rule<'t, T> = Boxed<'t, 't, Input<'t>, T, Extra<'t>>;

/// The tree of a text, or everything that is wrong with it.
pub fn parse(text: &str) -> Result<Script, Vec<KqlError>> {
    let tokens = lex(text).map_err(|e| vec![e])?;
    let tokens: Vec<(Token, Place)> = sources(tokens).into_iter().map(|(t, s)| (t, Place::from(s))).collect();
    let end = Place::from(text.len()..text.len());
    let (script, errors) = statement::script().parse(tokens.as_slice().split_token_span(end)).into_output_errors();
    match script {
        Some(script) if errors.is_empty() => Ok(script),
        _ if errors.is_empty() => Err(vec![KqlError::syntax(&(0..text.len()), "this is no KQL")]),
        _ => {
            let told = |e: &Rich<'_, Token, Place>| match e.reason() {
                RichReason::ExpectedFound { .. } => slips::slip(text, &tokens, e.span().start),
                _ => None,
            };
            Err(errors.iter().map(|e| told(e).unwrap_or_else(|| message::told(e))).collect())
        }
    }
}

/// Marks the words that begin a source of rows (`print`, `range x from` ...), where such a word is no name.
fn sources(mut tokens: Vec<(Token, crate::error::Span)>) -> Vec<(Token, crate::error::Span)> {
    let mut marked = Vec::new();
    for (i, (token, _)) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let may_begin = match i.checked_sub(1).and_then(|i| tokens.get(i)) {
            None => true,
            Some((Token::Punctuation(p), _)) => matches!(*p, ";" | "(" | "{" | "=" | ","),
            // `union kind=outer print ...`, `join kind=inner range ...` are written with brackets.
            Some(_) => false,
        };
        if !may_begin {
            continue;
        }
        let next = tokens.get(i + 1).map(|(t, _)| t);
        let after = tokens.get(i + 2).map(|(t, _)| t);
        let begins = match word.as_str() {
            "range" => matches!((next, after), (Some(Token::Word(_)), Some(Token::Word(from))) if from == "from"),
            "datatable" | "externaldata" => next == Some(&Token::Punctuation("(")),
            "print" | "union" | "search" | "find" => match next {
                // `search in (A, B) "x"`.
                Some(Token::Word(next)) if next == "in" => matches!(word.as_str(), "search" | "find"),
                Some(Token::Word(word)) => !expression::is_operator_word(word) && !matches!(word.as_str(), "on" | "to"),
                Some(Token::Value(..)) => true,
                Some(Token::Punctuation(p)) => matches!(*p, "(" | "[" | "-" | "+" | "*"),
                _ => false,
            },
            _ => false,
        };
        if begins {
            marked.push((i, word.clone()));
        }
    }
    for (i, word) in marked {
        if let Some((token, _)) = tokens.get_mut(i) {
            *token = Token::Source(word);
        }
    }
    tokens
}
