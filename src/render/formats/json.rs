//! One JSON array of objects, an object a line; `[]` without rows.

use ::arrow::datatypes::Schema;

use super::Spec;
use crate::render::escape;
use crate::render::options::Summary;
use crate::render::streamed::{RowFormat, Streamed};
use crate::render::types::unique_names;
use crate::render::value::{ColumnText, Style};

pub(super) const SPEC: Spec = Spec {
    name: "json",
    extensions: &["json"],
    binary: false,
    open: |schema, out, options| Ok(Streamed::open(Json { keys: Keys::new(&schema) }, schema, out, &options)),
};

struct Json {
    keys: Keys,
}

impl RowFormat for Json {
    const STYLE: Style = Style::Exact;

    fn begin(&mut self, out: &mut String) {
        out.push('[');
    }

    fn row(&mut self, number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        out.push_str(if number == 0 { "\n" } else { ",\n" });
        self.keys.push_object(columns, row, out);
    }

    fn end(&mut self, summary: Summary, out: &mut String) {
        out.push_str(if summary.shown == 0 { "]\n" } else { "\n]\n" });
    }
}

/// The keys of a row's object, escaped once: `"name":`. A second column of the same name gets a suffix.
pub(super) struct Keys(Vec<String>);

impl Keys {
    pub(super) fn new(schema: &Schema) -> Self {
        let key = |name: &String| {
            let mut key = String::new();
            escape::json(name, &mut key);
            key.push(':');
            key
        };
        Keys(unique_names(schema).iter().map(key).collect())
    }

    /// Appends `{"name":value,...}`, keys in column order, nulls written out.
    pub(super) fn push_object(&self, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        out.push('{');
        for (n, (key, column)) in self.0.iter().zip(columns).enumerate() {
            if n > 0 {
                out.push(',');
            }
            out.push_str(key);
            column.write_json(row, out);
        }
        out.push('}');
    }
}
