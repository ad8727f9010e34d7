//! The answer of the Log Analytics REST API: `{"tables":[{"name","columns":[{"name","type"}],"rows":[[..]]}]}`.

use super::super::core::Core;
use super::super::documents::Documents;
use super::super::elements::{Action, Event, Policy, ROOT};
use super::super::keys::Columns;
use super::super::record_builder::Problem;
use super::{Definition, Reader};
use crate::model::{Position, Reject, RejectCode, Sink};
use crate::parse::Format;
use serde_json::Value;

pub(crate) const DEFINITION: Definition = Definition {
    format: Format::LogAnalyticsTables,
    name: "log-analytics-tables",
    resumable: false,
    open: |_, core| {
        Box::new(Tables { documents: Documents::new(POLICY, core.max_unit_bytes, "tables"), table: Table::default() })
    },
    #[cfg(test)]
    sample: include_str!("samples/log_analytics_tables.json"),
};

const DOCUMENT: u8 = 1;
const TABLES: u8 = 2;
const TABLE: u8 = 3;
const ROWS: u8 = 4;
const COLUMNS: u8 = 5;
const ROW: u8 = 6;
const ERROR: u8 = 7;
const STRAY: u8 = 8;

const POLICY: Policy = |parent, key, first| match (parent, first) {
    (ROOT, b'{') => Action::Descend(DOCUMENT),
    (DOCUMENT, b'[') if key.eq_ignore_ascii_case("tables") => Action::Descend(TABLES),
    (DOCUMENT, b'{') if key.eq_ignore_ascii_case("error") => Action::Capture(ERROR),
    (TABLES, b'{') => Action::Descend(TABLE),
    (TABLE, b'[') if key.eq_ignore_ascii_case("columns") => Action::Capture(COLUMNS),
    (TABLE, b'[') if key.eq_ignore_ascii_case("rows") => Action::Descend(ROWS),
    (ROWS, _) => Action::Capture(ROW),
    (ROOT, _) => Action::Capture(STRAY),
    _ => Action::Skip,
};

#[derive(Debug)]
struct Tables {
    documents: Documents,
    table: Table,
}

/// The table that is being read.
#[derive(Debug, Default)]
struct Table {
    columns: Option<Columns>,
    /// Rows that came before the columns, with their offsets.
    early: Vec<(u64, Vec<u8>)>,
    early_bytes: usize,
}

impl Reader for Tables {
    fn push(&mut self, core: &mut Core, buf: &[u8], eof: bool, sink: &mut dyn Sink) -> usize {
        let table = &mut self.table;
        let taken = self.documents.push(core, buf, eof, sink, &mut |core, offset, event, sink| match event {
            Event::Value(tag, start, end) => {
                let (unit, offset) = (buf.get(start..end).unwrap_or_default(), offset + start as u64);
                match tag {
                    ROW => table.row(core, offset, unit, sink),
                    COLUMNS => table.set_columns(core, unit, sink),
                    ERROR => partial(core, offset, unit, sink),
                    _ => {
                        let result = core.builder.object(core.next(offset), unit, sink);
                        core.settle(offset, unit, result, sink);
                    }
                }
            }
            Event::TooLong(passed) => passed.reject(RejectCode::TooLong, "", core, sink),
            Event::Close(TABLE) => {
                table.flush(core, sink);
                *table = Table::default();
            }
            _ => {}
        });
        if eof {
            // A document that ended early may have left rows without columns.
            table.flush(core, sink);
        }
        taken
    }
}

impl Table {
    fn row(&mut self, core: &mut Core, offset: u64, unit: &[u8], sink: &mut dyn Sink) {
        match &self.columns {
            Some(columns) => {
                let at = Position { line: core.lines + 1, offset };
                let result = core.builder.array_row(at, unit, columns, sink);
                core.settle(offset, unit, result, sink);
            }
            None if self.early_bytes + unit.len() > core.max_unit_bytes => {
                let problem = Problem::new(RejectCode::TooLong, "too many rows before the columns");
                core.settle(offset, unit, Err(problem), sink);
            }
            None => {
                self.early_bytes += unit.len();
                self.early.push((offset, unit.to_vec()));
            }
        }
    }

    fn set_columns(&mut self, core: &mut Core, unit: &[u8], sink: &mut dyn Sink) {
        let list: Vec<Value> = serde_json::from_slice(unit).unwrap_or_default();
        let names = list.iter().map(|column| match column {
            Value::Object(members) => {
                let name = members.iter().find(|(key, _)| key.eq_ignore_ascii_case("name"));
                name.and_then(|(_, name)| name.as_str()).unwrap_or_default()
            }
            other => other.as_str().unwrap_or_default(),
        });
        self.columns = Some(Columns::new(names));
        self.flush(core, sink);
    }

    /// Reads the rows that waited for the columns; without columns each is a reject.
    fn flush(&mut self, core: &mut Core, sink: &mut dyn Sink) {
        self.early_bytes = 0;
        for (offset, unit) in std::mem::take(&mut self.early) {
            if self.columns.is_some() {
                self.row(core, offset, &unit, sink);
            } else {
                let problem = Problem::new(RejectCode::WrongFieldCount, "the table has no columns");
                core.settle(offset, &unit, Err(problem), sink);
            }
        }
    }
}

/// The service answered in part only: rows are missing, which nobody would see otherwise.
fn partial(core: &mut Core, offset: u64, unit: &[u8], sink: &mut dyn Sink) {
    let error: Value = serde_json::from_slice(unit).unwrap_or_default();
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let detail = [text("code"), text("message")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(": ");
    core.reject(RejectCode::PartialResult, offset, unit.len() as u64, detail, Reject::excerpt(unit), sink);
}
