//! What a rule is.

use std::fmt;
use std::time::Duration;

use super::message::Template;
use super::params::Param;
use super::reader::Text;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Somebody should look at it today.
    Warning,
    /// Somebody should look at it now.
    Critical,
}

impl Severity {
    /// Every one, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// Its name in rules and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The severity of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a finding can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Something that is so until it is no longer: its end is told.
    #[default]
    Condition,
    /// Something that happened: told once, and it has no end.
    Event,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Condition, Self::Event];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Event => "event",
        }
    }
}

/// The language of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// SQL; parameters are `$name`.
    #[default]
    Sql,
    /// KQL; parameters are `name`, as if bound by `let`.
    Kql,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sql, Self::Kql];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Kql => "kql",
        }
    }
}

/// A question to the logs, of which each row of the answer is a finding.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Small letters, digits and hyphens.
    pub id: String,
    /// What it finds, in a few words.
    pub title: String,
    /// How bad that is.
    pub severity: Severity,
    /// Whether a finding can end.
    pub kind: Kind,
    /// The language of the query.
    pub language: Language,
    /// The query, with its line in the file.
    pub query: Text,
    /// How far back it looks at least; what is asked for when `None`.
    pub window: Option<Duration>,
    /// Columns that name a finding, so that the same one is known again.
    pub key: Vec<String>,
    /// What is said of a row.
    pub message: Template,
    /// What to do.
    pub advice: Option<Template>,
    /// Where to read more.
    pub url: Option<String>,
    /// What can be set.
    pub params: Vec<Param>,
    /// What it finds and what not.
    pub examples: Vec<Example>,
    /// The file that it stands in.
    pub origin: String,
}

/// Records and what the rule finds in them.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// What `now()` says.
    pub now: i64,
    /// How many findings there are; 0 is quiet.
    pub findings: usize,
    /// What the first one says, where that is given.
    pub message: Option<String>,
    /// Parameters that differ from the defaults.
    pub params: Vec<(String, String)>,
    /// An export, a record a line; one without `resourceId` is of the gateway VPNGW-EXAMPLE.
    pub records: String,
    /// Where it stands in the file, from 1.
    pub line: usize,
}
