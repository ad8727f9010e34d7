//! Tab-separated values, for machines: exact data, one line a row whatever it holds, a header line.
//!
//! Tab, line breaks and backslash are written `\t`, `\n`, `\r`, `\\` and a null `\N`, as PostgreSQL and ClickHouse do.

use super::Spec;
use crate::render::escape;
use crate::render::options::Summary;
use crate::render::streamed::{RowFormat, Streamed};
use crate::render::value::{ColumnText, Style};

pub(super) const SPEC: Spec = Spec {
    name: "tsv",
    extensions: &["tsv"],
    binary: false,
    open: |schema, out, options| {
        let names = schema.fields().iter().map(|f| f.name().clone()).collect();
        Ok(Streamed::open(Tsv { names, safe: options.csv_safe, scratch: String::new() }, schema, out, &options))
    },
};

struct Tsv {
    names: Vec<String>,
    safe: bool,
    scratch: String,
}

/// Appends a field, disarmed when it would run as a formula in a spreadsheet and `safe` asks for that.
fn push_field(text: &str, safe: bool, out: &mut String) {
    if safe && escape::is_formula(text) {
        out.push('\'');
    }
    escape::tsv(text, out);
}

impl RowFormat for Tsv {
    const STYLE: Style = Style::Exact;

    fn begin(&mut self, out: &mut String) {
        for (n, name) in self.names.iter().enumerate() {
            if n > 0 {
                out.push('\t');
            }
            push_field(name, self.safe, out);
        }
        out.push('\n');
    }

    fn row(&mut self, _number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        for (n, column) in columns.iter().enumerate() {
            if n > 0 {
                out.push('\t');
            }
            if column.is_null(row) {
                out.push_str("\\N");
                continue;
            }
            // Numbers and times are not passed through here, so a minus sign is not taken for a formula.
            let safe = self.safe;
            column.write_escaped(row, out, &mut self.scratch, |text, out| push_field(text, safe, out));
        }
        out.push('\n');
    }

    fn end(&mut self, _summary: Summary, _out: &mut String) {}
}
