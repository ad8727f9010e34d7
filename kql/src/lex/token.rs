//! The tokens.

use std::fmt;

use crate::types::{Kind, Literal};

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A name or a keyword: KQL's keywords are names as well, so that the parser decides.
    Word(String),
    /// A word that begins a source of rows.
    Source(String),
    /// A literal.
    Value(Kind, Literal),
    /// Everything else.
    Punctuation(&'static str),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) | Self::Source(word) => f.write_str(word),
            Self::Punctuation(mark) => f.write_str(mark),
            Self::Value(_, Literal::String(text)) => write!(f, "{text:?}"),
            Self::Value(_, Literal::Bool(value)) => write!(f, "{value}"),
            Self::Value(_, Literal::Long(value)) => write!(f, "{value}"),
            Self::Value(_, Literal::Real(value)) => write!(f, "{value}"),
            Self::Value(kind, _) => write!(f, "a {kind} literal"),
        }
    }
}
