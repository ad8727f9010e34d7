//! The bookkeeping that all readers share: the account, the absolute offset, the ordinal of the last unit.

use super::record_builder::{Problem, RecordBuilder};
use super::{ParseOptions, SourceHints};
use crate::model::{Account, Position, Reject, RejectCode, Sink, Ticks};

/// What a source's reader writes to beside the sink.
#[derive(Debug)]
pub(crate) struct Core {
    /// The account so far.
    pub account: Account,
    /// Absolute offset of the first byte that is not consumed.
    pub offset: u64,
    /// Absolute ordinal of the last unit.
    pub lines: u64,
    /// The last unit had no separator after it.
    pub open_end: bool,
    /// Time of the last line that had one or inherited one (`IkeLogs.txt`).
    pub last_ticks: Option<Ticks>,
    /// Time for lines before any that has one.
    pub fallback_ticks: Option<Ticks>,
    /// The longest unit.
    pub max_unit_bytes: usize,
    /// Makes records.
    pub builder: RecordBuilder,
}

impl Core {
    /// The bookkeeping of a source that is read from `offset`, after `lines` units.
    pub(crate) fn new(hints: SourceHints, options: &ParseOptions, offset: u64, lines: u64) -> Self {
        Self {
            account: Account::default(),
            offset,
            lines,
            open_end: false,
            last_ticks: None,
            fallback_ticks: hints.fallback_ticks,
            max_unit_bytes: options.max_unit_bytes,
            builder: RecordBuilder::new(hints, options),
        }
    }

    /// Counts consumed bytes.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.account.bytes += bytes as u64;
        self.offset += bytes as u64;
    }

    /// Where the next unit stands, if its first byte is at `offset`.
    #[inline]
    pub(crate) fn next(&self, offset: u64) -> Position {
        Position { line: self.lines + 1, offset }
    }

    /// Counts a blank line.
    #[inline]
    pub(crate) fn blank(&mut self) {
        self.lines += 1;
        self.account.lines += 1;
        self.account.blank += 1;
    }

    /// Counts the unit at [`Core::next`] as what it turned out to be.
    #[inline]
    pub(crate) fn settle(&mut self, offset: u64, unit: &[u8], result: Result<(), Problem>, sink: &mut dyn Sink) {
        match result {
            Ok(()) => {
                self.lines += 1;
                self.account.lines += 1;
                self.account.records += 1;
            }
            Err(problem) => {
                self.reject(problem.code, offset, unit.len() as u64, problem.detail, Reject::excerpt(unit), sink);
            }
        }
    }

    /// Counts and hands over a unit that is no record.
    pub(crate) fn reject(
        &mut self,
        code: RejectCode,
        offset: u64,
        length: u64,
        detail: String,
        excerpt: String,
        sink: &mut dyn Sink,
    ) {
        self.lines += 1;
        self.account.lines += 1;
        self.account.rejects += 1;
        sink.reject(Reject { code, line: self.lines, offset, length, detail, excerpt });
    }
}

/// A stretch of input that is passed over in bounded memory.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    /// Where it begins.
    pub offset: u64,
    /// How long it is so far.
    pub length: u64,
    excerpt: Vec<u8>,
}

impl Passed {
    /// Nothing yet.
    pub(crate) fn new(offset: u64) -> Self {
        Self { offset, length: 0, excerpt: Vec::new() }
    }

    /// Passes over more.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let room = Reject::EXCERPT_BYTES - self.excerpt.len();
        self.excerpt.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Its beginning as text.
    pub(crate) fn excerpt(&self) -> String {
        Reject::excerpt(&self.excerpt)
    }

    /// Ends it as one reject.
    pub(crate) fn reject(self, code: RejectCode, detail: &str, core: &mut Core, sink: &mut dyn Sink) {
        core.reject(code, self.offset, self.length, detail.to_owned(), self.excerpt(), sink);
    }
}
