//! One JSON object a line; nothing at all without rows.

use super::Spec;
use super::json::Keys;
use crate::render::options::Summary;
use crate::render::streamed::{RowFormat, Streamed};
use crate::render::value::{ColumnText, Style};

pub(super) const SPEC: Spec = Spec {
    name: "ndjson",
    extensions: &["ndjson", "jsonl"],
    binary: false,
    open: |schema, out, options| Ok(Streamed::open(Ndjson { keys: Keys::new(&schema) }, schema, out, &options)),
};

struct Ndjson {
    keys: Keys,
}

impl RowFormat for Ndjson {
    const STYLE: Style = Style::Exact;

    fn begin(&mut self, _out: &mut String) {}

    fn row(&mut self, _number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        self.keys.push_object(columns, row, out);
        out.push('\n');
    }

    fn end(&mut self, _summary: Summary, _out: &mut String) {}
}
