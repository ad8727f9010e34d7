//! The formats, one file each, listed once.

mod az_array;
pub(crate) mod ike_logs;
mod json_lines;
mod log_analytics_rows;
mod log_analytics_tables;
pub(crate) mod portal_csv;
mod records;

use super::Format;
use super::core::Core;
use crate::model::Sink;

/// Reads one source of one format.
pub(crate) trait Reader: Send + std::fmt::Debug {
    /// See [`super::Parser::push`]; the byte order mark is gone, and the bytes taken are counted in `core`.
    fn push(&mut self, core: &mut Core, buf: &[u8], eof: bool, sink: &mut dyn Sink) -> usize;

    /// Absolute offset of a unit of which bytes are taken but which is not settled yet.
    fn pending(&self) -> Option<u64> {
        None
    }
}

/// How the units of a document stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Layout {
    /// In an array: `{"records":[..]}` or `[..]`.
    #[default]
    Envelope,
    /// One after another, each on several lines.
    Sequence,
}

/// A format's entry in [`ALL`].
pub(crate) struct Definition {
    /// Which.
    pub format: Format,
    /// Its name for people and scripts.
    pub name: &'static str,
    /// Whether reading can go on at an offset without the beginning.
    pub resumable: bool,
    /// Makes its reader.
    pub open: fn(Layout, &Core) -> Box<dyn Reader>,
    /// A small synthetic source of that format.
    #[cfg(test)]
    pub sample: &'static str,
}

/// Every format.
pub(crate) const ALL: [Definition; 7] = [
    json_lines::DEFINITION,
    records::DEFINITION,
    log_analytics_rows::DEFINITION,
    log_analytics_tables::DEFINITION,
    az_array::DEFINITION,
    portal_csv::DEFINITION,
    ike_logs::DEFINITION,
];
