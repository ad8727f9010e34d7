//! What is wrong with a query, and where.

use std::fmt;
use std::ops::Range;

/// A place in the query: bytes from `start` to before `end`.
pub type Span = Range<usize>;

/// Why a query cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KqlError {
    /// The text is no KQL.
    Syntax {
        /// Where.
        span: Span,
        /// What was found and expected.
        text: String,
    },
    /// A name that nothing has.
    Unknown {
        /// What the name would be: a column, function, table or operator.
        what: &'static str,
        /// The name.
        name: String,
        /// Where.
        span: Span,
        /// The nearest known name, or another way.
        hint: Option<String>,
    },
    /// KQL that is not supported.
    Unsupported {
        /// The feature, as KQL calls it.
        name: String,
        /// Where.
        span: Span,
    },
    /// Values of the wrong type or number.
    Type {
        /// Where.
        span: Span,
        /// What was expected and found.
        text: String,
    },
    /// The engine's own refusal.
    Engine(String),
}

impl KqlError {
    /// The text is no KQL.
    pub fn syntax(span: &Span, text: impl Into<String>) -> Self {
        Self::Syntax { span: span.clone(), text: text.into() }
    }

    /// Values of the wrong type or number.
    pub fn typed(span: &Span, text: impl Into<String>) -> Self {
        Self::Type { span: span.clone(), text: text.into() }
    }

    /// KQL that is not supported.
    pub fn unsupported(span: &Span, name: impl Into<String>) -> Self {
        Self::Unsupported { name: name.into(), span: span.clone() }
    }

    /// A name that nothing has, with the nearest of those that exist.
    pub fn unknown<'a>(what: &'static str, name: &str, span: &Span, known: impl IntoIterator<Item = &'a str>) -> Self {
        let hint = nearest(name, known).map(|n| format!("did you mean '{n}'?"));
        Self::Unknown { what, name: name.to_owned(), span: span.clone(), hint }
    }

    /// Where in the query.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Syntax { span, .. }
            | Self::Unknown { span, .. }
            | Self::Unsupported { span, .. }
            | Self::Type { span, .. } => Some(span.clone()),
            Self::Engine(_) => None,
        }
    }

    /// The error with line, column and the line itself.
    pub fn at(&self, query: &str) -> String {
        let Some(span) = self.span() else { return self.to_string() };
        let mut start = span.start.min(query.len());
        while !query.is_char_boundary(start) {
            start -= 1;
        }
        let (before, after) = query.split_at(start);
        let line_number = before.matches('\n').count() + 1;
        let head = before.rsplit('\n').next().unwrap_or_default();
        let tail = after.split('\n').next().unwrap_or_default();
        let column = head.chars().count() + 1;
        let width = query
            .get(start..span.end.min(query.len()))
            .map_or(1, |t| t.split('\n').next().map_or(1, |l| l.chars().count()));
        let line = format!("{head}{tail}").replace('\t', " ");
        let marks = "^".repeat(width.max(1));
        format!(
            "line {line_number}, column {column}: {self}\n  {}\n  {}{marks}",
            line.trim_end(),
            " ".repeat(column - 1)
        )
    }
}

impl fmt::Display for KqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { text, .. } | Self::Type { text, .. } | Self::Engine(text) => f.write_str(text),
            Self::Unknown { what, name, hint, .. } => {
                write!(f, "unknown {what} '{name}'")?;
                match hint {
                    Some(hint) => write!(f, "; {hint}"),
                    None => Ok(()),
                }
            }
            Self::Unsupported { name, .. } => write!(f, "not supported: {name}"),
        }
    }
}

impl std::error::Error for KqlError {}

impl From<datafusion::error::DataFusionError> for KqlError {
    fn from(e: datafusion::error::DataFusionError) -> Self {
        Self::Engine(e.strip_backtrace())
    }
}

/// The known name that is nearest to `name`, when one is near at all.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let limit = (name.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|k| (datafusion::common::utils::datafusion_strsim::levenshtein(&folded, &k.to_lowercase()), k))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, k)| (*distance, k.len()))
        .map(|(_, k)| k)
}
