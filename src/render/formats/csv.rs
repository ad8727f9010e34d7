//! CSV after RFC 4180, for machines: exact data, `\n` line ends, a header line.
//!
//! A null is an empty field and an empty text is `""`, so that the two can be told apart. With a single column a null is
//! `""` too, since readers skip empty lines and would lose the row.

use super::Spec;
use crate::render::escape;
use crate::render::options::Summary;
use crate::render::streamed::{RowFormat, Streamed};
use crate::render::value::{ColumnText, Style};

pub(super) const SPEC: Spec = Spec {
    name: "csv",
    extensions: &["csv"],
    binary: false,
    open: |schema, out, options| {
        let names = schema.fields().iter().map(|f| f.name().clone()).collect();
        Ok(Streamed::open(Csv { names, safe: options.csv_safe, scratch: String::new() }, schema, out, &options))
    },
};

struct Csv {
    names: Vec<String>,
    safe: bool,
    scratch: String,
}

/// Appends a field, disarmed when it would run as a formula in a spreadsheet and `safe` asks for that.
fn push_field(text: &str, safe: bool, out: &mut String) {
    if safe && escape::is_formula(text) {
        escape::csv(&format!("'{text}"), out);
    } else {
        escape::csv(text, out);
    }
}

impl RowFormat for Csv {
    const STYLE: Style = Style::Exact;

    fn begin(&mut self, out: &mut String) {
        for (n, name) in self.names.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            push_field(name, self.safe, out);
        }
        out.push('\n');
    }

    fn row(&mut self, _number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        for (n, column) in columns.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            // Numbers and times are not passed through here, so a minus sign is not taken for a formula.
            let safe = self.safe;
            column.write_escaped(row, out, &mut self.scratch, |text, out| push_field(text, safe, out));
        }
        if columns.len() == 1 && columns.iter().all(|c| c.is_null(row)) {
            out.push_str("\"\"");
        }
        out.push('\n');
    }

    fn end(&mut self, _summary: Summary, _out: &mut String) {}
}
