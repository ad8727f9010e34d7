//! JSON Lines as storage accounts hold them: one record a line.

use super::super::core::Core;
use super::super::lines::{LineMeaning, Lines};
use super::super::record_builder::Problem;
use super::{Definition, Reader};
use crate::model::{Position, Sink};
use crate::parse::Format;

pub(crate) const DEFINITION: Definition = Definition {
    format: Format::JsonLines,
    name: "json-lines",
    resumable: true,
    open: |_, _| Box::<JsonLines>::default(),
    #[cfg(test)]
    sample: include_str!("samples/json_lines.json"),
};

/// Reads one JSON object a line.
#[derive(Debug, Default)]
pub(super) struct JsonLines {
    lines: Lines,
}

struct Objects;

impl LineMeaning for Objects {
    #[inline]
    fn line(&mut self, core: &mut Core, at: Position, line: &[u8], sink: &mut dyn Sink) -> Result<(), Problem> {
        core.builder.object(at, line, sink)
    }
}

impl Reader for JsonLines {
    fn push(&mut self, core: &mut Core, buf: &[u8], eof: bool, sink: &mut dyn Sink) -> usize {
        self.lines.push(&mut Objects, core, buf, eof, sink)
    }

    fn pending(&self) -> Option<u64> {
        self.lines.pending()
    }
}
