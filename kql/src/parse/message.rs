//! What the parser found, in words.

use chumsky::error::{Rich, RichPattern, RichReason};

use super::Place;
use super::operators::OPERATORS;
use crate::error::KqlError;
use crate::lex::Token;

/// The error of chumsky as one of ours.
pub fn told(error: &Rich<'_, Token, Place>) -> KqlError {
    let span = error.span().into_range();
    match error.reason() {
        RichReason::Custom(text) => match text.strip_prefix("unsupported:") {
            Some(name) => KqlError::unsupported(&span, name),
            None => KqlError::syntax(&span, text.clone()),
        },
        RichReason::ExpectedFound { expected, found } => {
            let mut names: Vec<String> = expected.iter().filter_map(pattern).collect();
            // Where an operator may stand, its thirty words are no help.
            if names.iter().any(|n| n == "where") && names.iter().any(|n| n == "summarize") {
                names.retain(|n| !OPERATORS.contains(&n.as_str()) && n != "a name");
                names.push("an operator".to_owned());
            }
            names.sort();
            names.dedup();
            let expected = match names.split_last() {
                None => "something else".to_owned(),
                Some((last, [])) => last.clone(),
                Some((last, before)) => format!("{} or {last}", before.join(", ")),
            };
            let found = found.as_ref().map_or_else(|| "the end of the query".to_owned(), |t| format!("'{}'", &**t));
            KqlError::syntax(&span, format!("expected {expected}, found {found}"))
        }
    }
}

fn pattern(pattern: &RichPattern<'_, Token>) -> Option<String> {
    match pattern {
        RichPattern::Token(token) => Some(format!("'{}'", &**token)),
        RichPattern::Label(label) => Some(label.to_string()),
        RichPattern::EndOfInput => Some("the end of the query".to_owned()),
        RichPattern::Identifier(name) => Some(format!("'{name}'")),
        RichPattern::Any | RichPattern::SomethingElse => None,
        _ => None,
    }
}
