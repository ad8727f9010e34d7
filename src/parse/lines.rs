//! Splits a line format into lines: newline or CR LF, the last one maybe without.

use super::core::{Core, Passed};
use super::record_builder::Problem;
use crate::model::{Position, RejectCode, Sink};

/// What one line means. The line is not blank and has no line end.
pub(crate) trait LineMeaning {
    /// Hands the record to the sink, or says why there is none.
    fn line(&mut self, core: &mut Core, at: Position, line: &[u8], sink: &mut dyn Sink) -> Result<(), Problem>;
}

/// Where the splitter stands between two calls.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// So many bytes of the unfinished line are known to hold no newline.
    scanned: usize,
    /// A line that is too long, while its end is sought.
    too_long: Option<Passed>,
}

/// A line without its CR.
fn trim_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[inline]
fn is_blank(line: &[u8]) -> bool {
    match line.first() {
        Some(b'{' | b'[') => false,
        _ => line.trim_ascii().is_empty(),
    }
}

impl Lines {
    /// Where a line that is being passed over began.
    pub(crate) fn pending(&self) -> Option<u64> {
        self.too_long.as_ref().map(|passed| passed.offset)
    }

    /// Takes as many lines from `buf` as there are; returns how many bytes that were. At the end of the source an
    /// unfinished line is left over as the torn tail, and counted as such.
    pub(crate) fn push(
        &mut self,
        meaning: &mut dyn LineMeaning,
        core: &mut Core,
        buf: &[u8],
        eof: bool,
        sink: &mut dyn Sink,
    ) -> usize {
        let start = core.offset;
        let mut at = 0;
        while let Some(newline) = self.newline(buf, at) {
            let raw = &buf[at..newline];
            self.scanned = 0;
            if let Some(mut passed) = self.too_long.take() {
                passed.add(raw);
                passed.reject(RejectCode::TooLong, "", core, sink);
            } else {
                self.line(meaning, core, start + at as u64, raw, sink);
            }
            core.open_end = false;
            at = newline + 1;
        }
        let tail = &buf[at..];
        self.scanned = tail.len();
        if self.too_long.is_some() || tail.len() > core.max_unit_bytes {
            // Not held in memory: the bytes count as consumed and the line goes on.
            self.too_long.get_or_insert_with(|| Passed::new(start + at as u64)).add(tail);
            self.scanned = 0;
            at = buf.len();
        }
        if eof {
            at = self.end(meaning, core, start, buf, at, sink);
        }
        core.consume(at);
        at
    }

    #[inline]
    fn newline(&self, buf: &[u8], at: usize) -> Option<usize> {
        let from = at + self.scanned;
        memchr::memchr(b'\n', buf.get(from..)?).map(|found| from + found)
    }

    #[inline]
    fn line(&mut self, meaning: &mut dyn LineMeaning, core: &mut Core, offset: u64, raw: &[u8], sink: &mut dyn Sink) {
        let line = trim_cr(raw);
        if is_blank(line) {
            // After an open end this is only the line end of a line that is counted already.
            if !core.open_end {
                core.blank();
            }
        } else if raw.len() > core.max_unit_bytes {
            let mut passed = Passed::new(offset);
            passed.add(raw);
            passed.reject(RejectCode::TooLong, "", core, sink);
        } else {
            let result = meaning.line(core, core.next(offset), line, sink);
            core.settle(offset, line, result, sink);
        }
    }

    /// The last line, which has no newline. Returns up to where the input is consumed.
    fn end(
        &mut self,
        meaning: &mut dyn LineMeaning,
        core: &mut Core,
        start: u64,
        buf: &[u8],
        at: usize,
        sink: &mut dyn Sink,
    ) -> usize {
        self.scanned = 0;
        if let Some(passed) = self.too_long.take() {
            passed.reject(RejectCode::TooLong, "", core, sink);
            core.open_end = true;
            return buf.len();
        }
        let (line, offset) = (trim_cr(&buf[at..]), start + at as u64);
        if at == buf.len() {
            return at;
        }
        let mut torn = false;
        if is_blank(line) {
            // The line end, or space before it, of a line that is counted already; else the beginning of a line.
            torn = !core.open_end;
        } else {
            match meaning.line(core, core.next(offset), line, sink) {
                Err(problem) if problem.early => torn = true,
                result => core.settle(offset, line, result, sink),
            }
        }
        if torn {
            let bytes = (buf.len() - at) as u64;
            core.account.bytes += bytes;
            core.account.torn_bytes = bytes;
            return at;
        }
        core.open_end = true;
        buf.len()
    }
}
