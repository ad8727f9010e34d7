//! CSV as the Azure portal exports it: a header with `TimeGenerated [UTC]`, quoted fields that may hold line breaks.
//!
//! A unit is a CSV record, not a physical line. Empty lines between records mean nothing (RFC 4180 has none).

use super::super::core::{Core, Passed};
use super::super::keys::Columns;
use super::super::record_builder::{Problem, utf8};
use super::{Definition, Reader};
use crate::model::{RejectCode, Sink};
use crate::parse::Format;
use csv_core::ReadRecordResult;

pub(crate) const DEFINITION: Definition = Definition {
    format: Format::PortalCsv,
    name: "portal-csv",
    resumable: false,
    open: |_, _| {
        Box::new(PortalCsv {
            reader: Box::new(csv_core::Reader::new()),
            columns: None,
            scanned: 0,
            fields: Vec::new(),
            filled: (0, 0),
            ends: Vec::new(),
            too_long: None,
        })
    },
    #[cfg(test)]
    sample: include_str!("samples/portal_csv.csv"),
};

#[derive(Debug)]
struct PortalCsv {
    reader: Box<csv_core::Reader>,
    /// From the header, once it is read.
    columns: Option<Columns>,
    /// So many bytes of the unfinished record are read already.
    scanned: usize,
    fields: Vec<u8>,
    /// How many bytes of `fields`, and how many of `ends`, are filled.
    filled: (usize, usize),
    ends: Vec<usize>,
    too_long: Option<Passed>,
}

/// The fields of a header line; empty when it is none.
pub(crate) fn header_fields(line: &[u8]) -> Vec<String> {
    let mut reader = csv_core::Reader::new();
    let (mut fields, mut ends) = (vec![0; line.len() + 1], vec![0; line.len() + 1]);
    let (_, read, filled, mut count) = reader.read_record(line, &mut fields, &mut ends);
    if read == line.len() {
        let (_, _, _, more) = reader.read_record(&[], &mut fields[filled..], &mut ends[count..]);
        count += more;
    }
    let mut start = 0;
    let mut out = Vec::new();
    for &end in &ends[..count.min(ends.len())] {
        out.push(String::from_utf8_lossy(fields.get(start..end).unwrap_or_default()).into_owned());
        start = end;
    }
    out
}

impl Reader for PortalCsv {
    fn push(&mut self, core: &mut Core, buf: &[u8], eof: bool, sink: &mut dyn Sink) -> usize {
        let base = core.offset;
        let mut start = 0;
        loop {
            let from = (start + self.scanned).min(buf.len());
            let input = buf.get(from..).unwrap_or_default();
            if input.is_empty() && !eof {
                break;
            }
            let (output, ends) = (&mut self.fields[self.filled.0..], &mut self.ends[self.filled.1..]);
            let (result, read, wrote, ended) = self.reader.read_record(input, output, ends);
            self.scanned += read;
            self.filled.0 += wrote;
            self.filled.1 += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2 + 4096, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2 + 64, 0),
                ReadRecordResult::End => {
                    start = buf.len();
                    break;
                }
                ReadRecordResult::Record => {
                    let end = start + self.scanned;
                    let raw = buf.get(start..end).unwrap_or_default();
                    self.record(core, base + start as u64, raw, input.is_empty(), sink);
                    start = end;
                    (self.scanned, self.filled) = (0, (0, 0));
                    if input.is_empty() {
                        // The source's end has ended this one; asked again, csv-core would bring empty records for ever.
                        break;
                    }
                }
            }
            if self.scanned > core.max_unit_bytes || self.too_long.is_some() {
                let raw = buf.get(start..start + self.scanned).unwrap_or_default();
                pass(&mut self.too_long, base + start as u64, raw);
                start += self.scanned;
                (self.scanned, self.filled) = (0, (0, 0));
            }
        }
        core.consume(start);
        start
    }

    fn pending(&self) -> Option<u64> {
        self.too_long.as_ref().map(|passed| passed.offset)
    }
}

/// Passes over a part of a record that is too long to be held.
fn pass(passed: &mut Option<Passed>, offset: u64, raw: &[u8]) {
    match passed {
        Some(passed) => passed.add(raw),
        None => {
            let (lead, raw) = trim_lead(raw);
            passed.insert(Passed::new(offset + lead)).add(raw);
        }
    }
}

/// The line end of the previous record is read with the next one.
fn trim_lead(raw: &[u8]) -> (u64, &[u8]) {
    let lead = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    (lead as u64, raw.get(lead..).unwrap_or_default())
}

impl PortalCsv {
    /// One whole record. `at_end`: it is the end of the source that ends it.
    fn record(&mut self, core: &mut Core, offset: u64, raw: &[u8], at_end: bool, sink: &mut dyn Sink) {
        if self.too_long.is_some() || self.scanned > core.max_unit_bytes {
            pass(&mut self.too_long, offset, raw);
            // Without its header nothing can be read.
            self.columns.get_or_insert_default();
            if let Some(passed) = self.too_long.take() {
                passed.reject(RejectCode::TooLong, "", core, sink);
            }
            return;
        }
        let (lead, raw) = trim_lead(raw);
        let offset = offset + lead;
        let unit = {
            let unit = raw.strip_suffix(b"\n").unwrap_or(raw);
            unit.strip_suffix(b"\r").unwrap_or(unit)
        };
        let fields = self.fields.get(..self.filled.0).unwrap_or_default();
        let ends = self.ends.get(..self.filled.1).unwrap_or_default();
        let field = |text: &'_ str, i: usize| -> std::ops::Range<usize> {
            let start = if i == 0 { 0 } else { ends.get(i - 1).copied().unwrap_or_default() };
            start..ends.get(i).copied().unwrap_or(text.len())
        };
        let Some(columns) = &self.columns else {
            let text = String::from_utf8_lossy(fields);
            self.columns = Some(Columns::new((0..ends.len()).map(|i| text.get(field(&text, i)).unwrap_or_default())));
            return;
        };
        let result = utf8(raw).and_then(|_| utf8(fields)).and_then(|text| {
            // Quotes come in pairs; an odd one is still open where the source ends.
            if at_end && memchr::memchr_iter(b'"', raw).count() % 2 == 1 {
                return Err(Problem::new(RejectCode::Truncated, "ends inside a quoted field"));
            }
            let texts = (0..ends.len()).map(|i| text.get(field(text, i)).unwrap_or_default());
            core.builder.text_row(core.next(offset), texts, columns, sink)
        });
        core.settle(offset, unit, result, sink);
    }
}
