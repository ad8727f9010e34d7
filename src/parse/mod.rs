//! Bytes to records and rejects. Total: any input is accounted for and nothing panics. No I/O.
//!
//! A source is read front to back in chunks by one [`Parser`]. Its format is told by its first bytes ([`detect`]); a
//! reader of that format ([`formats`]) cuts it into units (lines, array elements, CSV records), and every unit becomes a
//! blank, a record or a reject. All formats map their members to records in one place ([`assemble`]), so that the same event
//! gives the same [`crate::model::Record`] and hash whichever way it was exported ([`identity`]).

mod assemble;
mod bounds;
mod core;
mod detect;
mod documents;
mod elements;
mod formats;
mod frame;
mod identity;
mod json;
mod keys;
mod lines;
mod record_builder;
mod resolve;
mod rest;
mod special;
mod text;
mod times;

use self::core::{Core, Passed};
use self::detect::{Detected, detect};
use self::formats::{Layout, Reader};
use crate::model::{Account, Category, RejectCode, Sink, Ticks};
use std::fmt;

/// What the parser is told about a source before the first byte.
#[derive(Debug, Clone, Default)]
pub struct SourceHints {
    /// Category named by the path (`insights-logs-ikediagnosticlog`), for records that carry none.
    pub category: Option<Category>,
    /// Resource id spelt by the path; empty when the path has none.
    pub resource_id: String,
    /// Time for lines that carry none and cannot inherit one: the path's hour, else the blob's last modification.
    pub fallback_ticks: Option<Ticks>,
}

/// How to parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseOptions {
    /// Keep records of other categories and resources as [`Category::Other`] instead of rejecting them.
    pub keep_unknown: bool,
    /// The longest unit, in bytes. Longer ones are rejects and are passed over in bounded memory.
    pub max_unit_bytes: usize,
    /// Whether to build the JSON text of `Record::properties` and `Record::configuration`. Without it they are empty; the
    /// hash is the same either way.
    pub want_rest: bool,
}

impl Default for ParseOptions {
    /// Known categories only, units up to 64 MiB, all of each record.
    fn default() -> Self {
        Self { keep_unknown: false, max_unit_bytes: 64 * 1024 * 1024, want_rest: true }
    }
}

/// The formats that exports come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Storage account: one record a line.
    JsonLines,
    /// `{"records":[..]}`, an array of records, or pretty-printed records.
    Records,
    /// Log Analytics data export: one table row a line.
    LogAnalyticsRows,
    /// Log Analytics REST API: `{"tables":[..]}`.
    LogAnalyticsTables,
    /// `az monitor log-analytics query -o json`.
    AzArray,
    /// CSV of the Azure portal.
    PortalCsv,
    /// `IkeLogs.txt` of Network Watcher.
    IkeLogs,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::JsonLines,
        Self::Records,
        Self::LogAnalyticsRows,
        Self::LogAnalyticsTables,
        Self::AzArray,
        Self::PortalCsv,
        Self::IkeLogs,
    ];

    fn definition(self) -> &'static formats::Definition {
        // The list holds every format, which a test checks; the first entry only satisfies the type.
        formats::ALL.iter().find(|definition| definition.format == self).unwrap_or(&formats::ALL[0])
    }

    /// Its name for people and scripts, for example `json-lines`.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The format of that [`Format::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        formats::ALL.iter().find(|definition| definition.name == name).map(|definition| definition.format)
    }

    /// Whether reading can go on at an offset without the beginning (see [`Parser::resume`]).
    pub fn resumable(self) -> bool {
        self.definition().resumable
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[derive(Debug)]
enum State {
    /// Nothing is known yet; `true` once the byte order mark is passed, or cannot come any more.
    Detecting(bool),
    Reading(Format, Box<dyn Reader>),
    /// No known format: all is passed over.
    Unknown(Passed, &'static str),
    /// The end of the source was told.
    Done(Option<Format>),
}

/// Reads one source.
#[derive(Debug)]
pub struct Parser {
    state: State,
    core: Core,
    pending: Option<u64>,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Parser {
    /// A parser at the beginning of a source; its format is told by its first bytes.
    pub fn new(hints: SourceHints, options: ParseOptions) -> Self {
        Self { state: State::Detecting(false), core: Core::new(hints, &options, 0, 0), pending: None }
    }

    /// Goes on with a source where an earlier parser stopped: at [`Parser::offset`], after [`Parser::lines`] units, with
    /// its [`Parser::open_end`] and, for `IkeLogs.txt`, its [`Parser::last_ticks`]. The account begins at zero. Sensible
    /// only for formats that are [`Format::resumable`], or at offset 0.
    pub fn resume(
        format: Format,
        hints: SourceHints,
        options: ParseOptions,
        offset: u64,
        lines: u64,
        open_end: bool,
        last_ticks: Option<Ticks>,
    ) -> Self {
        let mut core = Core::new(hints, &options, offset, lines);
        core.open_end = open_end;
        core.last_ticks = last_ticks;
        let reader = (format.definition().open)(Layout::Envelope, &core);
        Self { state: State::Reading(format, reader), core, pending: None }
    }

    /// Takes as many whole units from `buf` as there are, and returns how many bytes that were. The caller keeps the rest,
    /// appends what comes next and calls again; `eof` says that nothing comes next. Then everything is accounted for,
    /// taken or torn tail; later calls take nothing.
    ///
    /// An unfinished unit is not looked at again from its beginning when more of it comes, and a unit longer than
    /// [`ParseOptions::max_unit_bytes`] is taken in parts, so the caller's buffer stays bounded.
    pub fn push(&mut self, buf: &[u8], eof: bool, sink: &mut dyn Sink) -> usize {
        let mut taken = 0;
        loop {
            let rest = buf.get(taken..).unwrap_or_default();
            match &mut self.state {
                State::Detecting(mark_passed) => {
                    if !*mark_passed {
                        if rest.starts_with(BYTE_ORDER_MARK) {
                            taken += BYTE_ORDER_MARK.len();
                            self.core.consume(BYTE_ORDER_MARK.len());
                        } else if BYTE_ORDER_MARK.starts_with(rest) && !eof {
                            return taken;
                        }
                        *mark_passed = true;
                        continue;
                    }
                    if rest.is_empty() && eof {
                        self.state = State::Done(None);
                        return taken;
                    }
                    self.state = match detect(rest, eof) {
                        Detected::Wait => return taken,
                        Detected::Format(format, layout) => {
                            State::Reading(format, (format.definition().open)(layout, &self.core))
                        }
                        Detected::Unknown(detail) => State::Unknown(Passed::new(self.core.offset), detail),
                    };
                }
                State::Reading(format, reader) => {
                    taken += reader.push(&mut self.core, rest, eof, sink);
                    self.pending = reader.pending();
                    if eof {
                        self.state = State::Done(Some(*format));
                    }
                    return taken;
                }
                State::Unknown(passed, detail) => {
                    passed.add(rest);
                    self.core.consume(rest.len());
                    if eof {
                        let (passed, detail) = (passed.clone(), *detail);
                        passed.reject(RejectCode::UnknownFormat, detail, &mut self.core, sink);
                        self.state = State::Done(None);
                    }
                    return buf.len();
                }
                State::Done(_) => return taken,
            }
        }
    }

    /// The account so far, of this parser alone.
    pub fn account(&self) -> Account {
        self.core.account
    }

    /// The format; `None` until it is detected, and for sources of no known format.
    pub fn format(&self) -> Option<Format> {
        match &self.state {
            State::Reading(format, _) => Some(*format),
            State::Done(format) => *format,
            State::Detecting(_) | State::Unknown(..) => None,
        }
    }

    /// Whether another parser can go on where this one stopped ([`Parser::resume`]).
    pub fn resumable(&self) -> bool {
        self.format().is_some_and(Format::resumable)
    }

    /// Absolute offset up to which everything is accounted for; a torn tail and a unit that is still being passed over lie
    /// behind it.
    pub fn offset(&self) -> u64 {
        self.pending.unwrap_or(self.core.offset)
    }

    /// Absolute ordinal of the last unit.
    pub fn lines(&self) -> u64 {
        self.core.lines
    }

    /// Whether the last unit had no line end after it.
    pub fn open_end(&self) -> bool {
        self.core.open_end
    }

    /// The time that the next line without one inherits (`IkeLogs.txt` only).
    pub fn last_ticks(&self) -> Option<Ticks> {
        self.core.last_ticks
    }
}

#[cfg(test)]
mod tests;
