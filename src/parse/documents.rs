//! Documents one after another, with recovery: damage costs one reject and reading goes on at the next document.

use super::core::{Core, Passed};
use super::elements::{Event, Policy, Walker};
use crate::model::{RejectCode, Sink};

/// Takes the events of a walk (never [`Event::Pause`] or [`Event::Broken`]). The second argument is the absolute offset of
/// the buffer's first byte.
pub(crate) type Take<'t> = dyn FnMut(&mut Core, u64, Event, &mut dyn Sink) + 't;

/// A source of JSON documents.
#[derive(Debug)]
pub(crate) struct Documents {
    walker: Walker,
    /// A sound document is known by a line that begins with `{` and this key; empty: by `{` alone.
    resync_key: &'static str,
    lost: Option<Passed>,
}

/// So much of a line is looked at to tell whether a document begins there.
const WINDOW: usize = 64;

impl Documents {
    /// Before the first document.
    pub(crate) fn new(policy: Policy, longest: usize, resync_key: &'static str) -> Self {
        Self { walker: Walker::new(policy, longest), resync_key, lost: None }
    }

    /// Walks through `buf`; returns how many bytes are taken, and counts them.
    pub(crate) fn push(
        &mut self,
        core: &mut Core,
        buf: &[u8],
        eof: bool,
        sink: &mut dyn Sink,
        take: &mut Take<'_>,
    ) -> usize {
        let base = core.offset;
        let mut at = 0;
        let mut seek = 0;
        let taken = loop {
            if let Some(mut lost) = self.lost.take() {
                let resync = self.resync(buf, seek.max(at), eof);
                let (Resync::Here(end) | Resync::Wait(end)) = resync;
                lost.add(buf.get(at..end).unwrap_or_default());
                if matches!(resync, Resync::Wait(_)) && !eof {
                    self.lost = Some(lost);
                    break end;
                }
                lost.reject(RejectCode::Truncated, "damaged or unfinished document", core, sink);
                self.walker.restart(end);
            }
            match self.walker.next(buf, eof, base) {
                Event::Pause => break self.walker.release(),
                Event::Broken(damage) => {
                    self.lost = Some(damage.passed.unwrap_or_else(|| Passed::new(base + damage.start as u64)));
                    (at, seek) = (damage.start, damage.seek);
                }
                event => take(core, base, event, sink),
            }
        };
        if self.lost.is_some() {
            self.walker.restart(0);
        }
        core.consume(taken);
        taken
    }

    /// Looks for a line, not before `from`, where a document begins.
    fn resync(&self, buf: &[u8], from: usize, eof: bool) -> Resync {
        for found in memchr::memchr_iter(b'\n', buf.get(from..).unwrap_or_default()) {
            let newline = from + found;
            let line = buf.get(newline + 1..).unwrap_or_default();
            if line.len() < WINDOW && !eof {
                return Resync::Wait(newline);
            }
            if begins(&line[..line.len().min(WINDOW)], self.resync_key) {
                return Resync::Here(newline + 1);
            }
        }
        Resync::Wait(buf.len())
    }
}

enum Resync {
    /// A document begins here.
    Here(usize),
    /// None does before here.
    Wait(usize),
}

fn begins(line: &[u8], key: &str) -> bool {
    let Some(rest) = line.strip_prefix(b"{") else { return false };
    if key.is_empty() {
        return true;
    }
    let quoted = rest.trim_ascii_start().strip_prefix(b"\"").and_then(|k| k.split_at_checked(key.len()));
    quoted.is_some_and(|(found, after)| found.eq_ignore_ascii_case(key.as_bytes()) && after.first() == Some(&b'"'))
}
