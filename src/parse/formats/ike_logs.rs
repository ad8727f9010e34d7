//! `IkeLogs.txt` of Network Watcher's VPN troubleshooting: classic IKE messages, one a line, with or without a time.
//!
//! Any line is a record: nothing is dropped because it looks unfamiliar.

use super::super::core::Core;
use super::super::lines::{LineMeaning, Lines};
use super::super::record_builder::{Problem, utf8};
use super::super::times::leading_time;
use super::{Definition, Reader};
use crate::model::{Position, RejectCode, Sink};
use crate::parse::Format;

pub(crate) const DEFINITION: Definition = Definition {
    format: Format::IkeLogs,
    name: "ike-logs",
    resumable: true,
    open: |_, _| Box::<IkeLogs>::default(),
    #[cfg(test)]
    sample: include_str!("samples/ike_logs.txt"),
};

/// Whether a line has something that only IKE messages have.
///
/// Source: the published message families of the IKE diagnostic log.
pub(crate) fn is_ike(line: &[u8]) -> bool {
    const MARKS: [&str; 9] = [
        "SESSION_ID",
        "[SEND]",
        "[RECEIVED]",
        "[LOCAL_MSG]",
        "[IkeEvent]",
        "IkeCleanup",
        "IkeFindPayload",
        "Network Packet]",
        "Remote ",
    ];
    let has = |mark: &str| memchr::memmem::find(line, mark.as_bytes()).is_some();
    MARKS.iter().any(|mark| has(mark) && (*mark != "Remote " || has("Local ")))
}

#[derive(Debug, Default)]
struct IkeLogs {
    lines: Lines,
}

struct Messages;

impl LineMeaning for Messages {
    fn line(&mut self, core: &mut Core, at: Position, line: &[u8], sink: &mut dyn Sink) -> Result<(), Problem> {
        let text = utf8(line)?;
        if let Some((ticks, message)) = leading_time(text) {
            core.last_ticks = Some(ticks);
            return core.builder.ike_line(at, ticks, message, None, sink);
        }
        match core.last_ticks.or(core.fallback_ticks) {
            Some(ticks) => core.builder.ike_line(at, ticks, text, Some(at.line), sink),
            None => Err(Problem::new(RejectCode::NoTime, "")),
        }
    }
}

impl Reader for IkeLogs {
    fn push(&mut self, core: &mut Core, buf: &[u8], eof: bool, sink: &mut dyn Sink) -> usize {
        self.lines.push(&mut Messages, core, buf, eof, sink)
    }

    fn pending(&self) -> Option<u64> {
        self.lines.pending()
    }
}
