//! One line for each value, as psql's expanded display: for rows too wide for a table. Nothing is cut.

use super::Spec;
use super::table::Table;
use crate::render::escape;
use crate::render::options::Summary;
use crate::render::records::Records;
use crate::render::streamed::{RowFormat, Streamed, TextOut};
use crate::render::types::shown_zone;
use crate::render::value::{ColumnText, Style};

pub(super) const SPEC: Spec = Spec {
    name: "vertical",
    extensions: &[],
    binary: false,
    open: |schema, out, options| {
        // The last rows are only known at the end.
        if options.max_rows.is_some() {
            return Ok(Box::new(Table::new(schema, TextOut::new(out), options, true)));
        }
        let format = Vertical {
            records: Records::new(&schema, &options),
            zone: shown_zone(&schema, &options.tz).map(|zone| zone.name().to_owned()),
            scratch: String::new(),
        };
        Ok(Streamed::open(format, schema, out, &options))
    },
};

struct Vertical {
    records: Records,
    zone: Option<String>,
    scratch: String,
}

impl RowFormat for Vertical {
    const STYLE: Style = Style::Display;

    fn begin(&mut self, _out: &mut String) {}

    fn row(&mut self, number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        self.records.title(number, out);
        for (n, column) in columns.iter().enumerate() {
            self.records.label(n, out);
            if column.is_null(row) {
                self.records.null(out);
            } else {
                column.write_escaped(row, out, &mut self.scratch, escape::terminal);
            }
            out.push('\n');
        }
    }

    fn end(&mut self, summary: Summary, out: &mut String) {
        out.push_str(&summary.footer(None, self.zone.as_deref()));
        out.push('\n');
    }
}
