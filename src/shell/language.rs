//! The language of statements, and the one place where a text of it becomes a statement.

use super::Failure;
use super::script::Item;
use crate::engine::{AnyStatement, Engine};

/// A query language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lang {
    /// SQL.
    #[default]
    Sql,
    /// The Kusto Query Language.
    Kql,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Sql, Self::Kql];

    /// Its name in options and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Kql => "kql",
        }
    }

    /// The language of a name, in any case.
    pub fn from_name(name: &str) -> Result<Self, Failure> {
        Self::ALL
            .into_iter()
            .find(|l| l.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| Failure::usage(format!("'{name}' is no language; expected sql or kql")))
    }

    /// The language of a file: that of its name's end, or else `self`.
    pub fn of_file(self, label: &str) -> Self {
        match std::path::Path::new(label).extension().and_then(|e| e.to_str()) {
            Some(e) if e.eq_ignore_ascii_case("kql") || e.eq_ignore_ascii_case("csl") => Self::Kql,
            Some(e) if e.eq_ignore_ascii_case("sql") => Self::Sql,
            _ => self,
        }
    }

    /// Statements of an item of a text. They are parsed as if nothing but space stood before them, so that errors name
    /// and point at places of the whole text.
    pub fn parse(self, engine: &Engine, text: &str, item: &Item<'_>) -> Result<Vec<AnyStatement>, Failure> {
        match self {
            Self::Sql => {
                let padded = "\n".repeat(item.line.saturating_sub(1)) + &" ".repeat(item.column) + item.text;
                engine.parse(&padded).map(|all| all.into_iter().map(AnyStatement::from).collect())
            }
            Self::Kql => engine.parse_kql(&item.in_place(text)).map(|statement| vec![statement]),
        }
        .map_err(|e| Failure::pointed(e, text))
    }
}
