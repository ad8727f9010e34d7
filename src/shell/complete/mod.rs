//! What could stand at the cursor: names, keywords and values that fit the place.
//!
//! Pure and fast, for it runs at every keystroke: it looks at the text and at a [`Vocabulary`], never at data. Only paths
//! are looked up, in the folder that they name.
//!
//! | module | holds |
//! |---|---|
//! | `vocabulary` | what there is to write |
//! | `scope`, `pipeline` | which tables and columns a place in a statement sees, of SQL and of KQL |
//! | `sql`, `kql`, `command` | what fits a place of each language |
//! | `keywords` | keywords by place |
//! | `paths` | files |
//! | `values` | values of columns, gathered in the background |

mod command;
pub mod keywords;
mod kql;
mod paths;
mod pipeline;
mod scope;
mod sql;
#[cfg(test)]
pub(in crate::shell) mod tests;
mod values;
mod vocabulary;

pub use values::{Gatherer, Values};
pub use vocabulary::{Argument, Column, Command, Function, Table, TableFunction, Vocabulary};

use crate::engine::lex::Dialect;

/// Something that could stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What takes the place of the text from the start to the cursor.
    pub replacement: String,
    /// What is shown in a list.
    pub display: String,
    /// What it is.
    pub kind: Kind,
}

/// What a candidate is. Of those that fit equally well the first ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A value of a column.
    Value,
    /// A named argument of a table function.
    Argument,
    /// A column of the statement's tables.
    Column,
    /// A table of the statement, or its alias.
    Relation,
    /// A table or view.
    Table,
    /// A table function.
    TableFunction,
    /// A function.
    Function,
    /// A keyword.
    Keyword,
    /// A dot command.
    Command,
    /// A word that an argument can be.
    Word,
    /// A file or folder.
    Path,
}

/// More are no help.
const MOST: usize = 400;

/// What could stand at `cursor`, a byte of `text`, the best first, and where the text begins that it would replace.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary) -> (usize, Vec<Candidate>) {
    let mut cursor = cursor.min(text.len());
    while !text.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let (start, mut found) = if command::is_command(text) {
        command::complete(text, cursor, vocabulary)
    } else {
        match vocabulary.dialect {
            Dialect::Sql => sql::complete(text, cursor, 0, vocabulary),
            Dialect::Kql => kql::complete(text, cursor, vocabulary),
        }
    };
    found.truncate(MOST);
    (start, found)
}

/// Candidates that fit what is typed, with how well they do.
struct Pool<'t> {
    typed: &'t str,
    lower: String,
    found: Vec<(Fit, Kind, usize, Candidate)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    AnyCase,
    Inside,
}

impl<'t> Pool<'t> {
    fn new(typed: &'t str) -> Self {
        Self { typed, lower: typed.to_lowercase(), found: Vec::new() }
    }

    fn fit(&self, name: &str) -> Option<Fit> {
        if name.starts_with(self.typed) {
            return Some(Fit::Exact);
        }
        let name = name.to_lowercase();
        match name.find(&self.lower) {
            Some(0) => Some(Fit::AnyCase),
            Some(_) if self.typed.chars().count() > 1 => Some(Fit::Inside),
            _ => None,
        }
    }

    /// Adds what begins with, or holds, what is typed.
    fn add(&mut self, name: &str, replacement: String, display: String, kind: Kind) {
        if let Some(fit) = self.fit(name) {
            self.found.push((fit, kind, self.found.len(), Candidate { replacement, display, kind }));
        }
    }

    /// Adds what begins with what is typed.
    fn beginning(&mut self, name: &str, replacement: String, display: String, kind: Kind) {
        if self.fit(name).is_some_and(|fit| fit != Fit::Inside) {
            self.add(name, replacement, display, kind);
        }
    }

    /// The best first, each once.
    fn sorted(mut self) -> Vec<Candidate> {
        self.found.sort_by_key(|(fit, kind, at, _)| (*fit, *kind, *at));
        let mut known = hashbrown::HashSet::new();
        let candidates = self.found.into_iter().map(|(.., candidate)| candidate);
        candidates.filter(|c| known.insert(c.replacement.clone())).collect()
    }
}
