//! The sections of the report: one file each, one line in [`ALL`].

mod availability;
mod bgp;
mod configuration;
mod failovers;
mod incidents;
pub mod negotiations;
mod p2s;
mod quality;
mod summary;
mod timeline;

use futures::future::BoxFuture;

use super::ReportError;
use super::context::Context;
use super::document::{Block, Cell, Column, More, Section, Table};
use super::say::{Say, Word};

/// The blocks of a section in the making.
pub type Built<'a> = BoxFuture<'a, Result<Vec<Block>, ReportError>>;

/// A section.
pub struct Spec {
    /// Its name in `--section`, and its anchor.
    pub name: &'static str,
    /// Its heading.
    pub title: Word,
    /// What it says.
    pub build: for<'a> fn(&'a Context<'a>) -> Built<'a>,
}

/// Every section, in the order in which they are read.
pub const ALL: &[Spec] = &[
    summary::SECTION,
    availability::SECTION,
    timeline::SECTION,
    incidents::SECTION,
    failovers::SECTION,
    negotiations::SECTION,
    configuration::SECTION,
    bgp::SECTION,
    p2s::SECTION,
    quality::SECTION,
];

/// The section of a name, in any case.
pub fn find(name: &str) -> Option<&'static Spec> {
    ALL.iter().find(|s| s.name.eq_ignore_ascii_case(name))
}

impl Spec {
    /// Builds it.
    pub async fn section(&self, context: &Context<'_>) -> Result<Section, ReportError> {
        let blocks = (self.build)(context).await?;
        Ok(Section { id: self.name.to_owned(), title: context.say.word(self.title), blocks })
    }
}

/// The same of rows by time, of which the newest stay.
fn newest(caption: String, columns: Vec<Column>, mut rows: Vec<Vec<Cell>>, most: usize, query: &str) -> Table {
    let more = rows.len().saturating_sub(most);
    rows.drain(..more);
    let mut table = capped(caption, columns, rows, most, query);
    table.more = (more > 0).then(|| More { rows: more, query: query.to_owned() });
    table
}

/// A table of at most `most` rows, with the statement that shows all.
fn capped(caption: String, columns: Vec<Column>, mut rows: Vec<Vec<Cell>>, most: usize, query: &str) -> Table {
    let more = rows.len().saturating_sub(most);
    rows.truncate(most);
    let filter = rows.len() > 8;
    let more = (more > 0).then(|| More { rows: more, query: query.to_owned() });
    Table { caption, columns, rows, more, filter }
}

/// A time as a cell.
fn time_cell(say: &Say, row: super::value::Row<'_>, name: &str) -> Cell {
    Cell::shown(row.time(name).map_or_else(|| "–".to_owned(), |t| say.time(t)), row.get(name).clone())
}

/// A length of milliseconds as a cell.
fn millis_cell(say: &Say, row: super::value::Row<'_>, name: &str) -> Cell {
    Cell::shown(row.int(name).map_or_else(|| "–".to_owned(), |ms| say.millis(ms)), row.get(name).clone())
}

/// A length of seconds as a cell.
fn seconds_cell(say: &Say, row: super::value::Row<'_>, name: &str) -> Cell {
    let text = row.int(name).map_or_else(|| "–".to_owned(), |s| say.millis(s.saturating_mul(1000)));
    Cell::shown(text, row.get(name).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_differ() {
        for (i, section) in ALL.iter().enumerate() {
            assert!(ALL[..i].iter().all(|other| other.name != section.name));
            assert!(find(&section.name.to_uppercase()).is_some());
        }
        assert!(find("nothing").is_none());
    }
}
