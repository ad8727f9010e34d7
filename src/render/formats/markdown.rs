//! A GitHub Markdown table, numbers aligned to the right.

use ::arrow::datatypes::SchemaRef;

use super::Spec;
use crate::render::escape;
use crate::render::options::Summary;
use crate::render::streamed::{RowFormat, Streamed};
use crate::render::types::{has_zone, is_number};
use crate::render::value::{ColumnText, Style};
use crate::render::zone::TimeZone;

pub(super) const SPEC: Spec = Spec {
    name: "markdown",
    extensions: &["md", "markdown"],
    binary: false,
    open: |schema, out, options| {
        let mut null = String::new();
        escape::markdown(&options.null, &mut null);
        let format = Markdown { schema: schema.clone(), zone: options.tz.clone(), null, scratch: String::new() };
        Ok(Streamed::open(format, schema, out, &options))
    },
};

struct Markdown {
    schema: SchemaRef,
    zone: TimeZone,
    null: String,
    scratch: String,
}

impl RowFormat for Markdown {
    const STYLE: Style = Style::Display;

    fn begin(&mut self, out: &mut String) {
        if self.schema.fields().is_empty() {
            return;
        }
        for field in self.schema.fields() {
            out.push_str("| ");
            escape::markdown(field.name(), out);
            if !self.zone.is_utc() && has_zone(field.data_type()) {
                out.push_str(" (");
                escape::markdown(self.zone.name(), out);
                out.push(')');
            }
            out.push(' ');
        }
        out.push_str("|\n");
        for field in self.schema.fields() {
            out.push_str(if is_number(field.data_type()) { "| ---: " } else { "| --- " });
        }
        out.push_str("|\n");
    }

    fn row(&mut self, _number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        for column in columns {
            out.push_str("| ");
            if column.is_null(row) {
                out.push_str(&self.null);
            } else {
                column.write_escaped(row, out, &mut self.scratch, escape::markdown);
            }
            out.push(' ');
        }
        if !columns.is_empty() {
            out.push_str("|\n");
        }
    }

    fn end(&mut self, _summary: Summary, _out: &mut String) {}
}
