//! One line for each value, as psql's expanded display: for rows too wide for a table. Nothing is cut.

use super::Spec;
use crate::render::escape;
use crate::render::layout::display_width;
use crate::render::options::Summary;
use crate::render::streamed::{RowFormat, Streamed};
use crate::render::value::{ColumnText, Style};

pub(super) const SPEC: Spec = Spec {
    name: "vertical",
    extensions: &[],
    binary: false,
    open: |schema, out, options| {
        let escaped = |text: &str| {
            let mut out = String::new();
            escape::terminal(text, &mut out);
            out
        };
        let names: Vec<String> = schema.fields().iter().map(|f| escaped(f.name())).collect();
        let widest = names.iter().map(|n| display_width(n)).max().unwrap_or(0);
        let bar = if options.unicode { " │ " } else { " | " };
        let pad = |name: &String| format!("{name}{}{bar}", " ".repeat(widest - display_width(name)));
        let format = Vertical {
            labels: names.iter().map(pad).collect(),
            rule: (widest + RULE_BEYOND_NAMES).min(options.width.unwrap_or(usize::MAX)),
            null: escaped(&options.null),
            unicode: options.unicode,
            color: options.color,
            scratch: String::new(),
        };
        Ok(Streamed::open(format, schema, out, &options))
    },
};

/// How far the line above a record reaches past the names.
const RULE_BEYOND_NAMES: usize = 40;

struct Vertical {
    /// The names, padded, with the bar.
    labels: Vec<String>,
    rule: usize,
    null: String,
    unicode: bool,
    color: bool,
    scratch: String,
}

impl RowFormat for Vertical {
    const STYLE: Style = Style::Display;

    fn begin(&mut self, _out: &mut String) {}

    fn row(&mut self, number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        let (dim, reset) = if self.color { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        let dash = if self.unicode { "─" } else { "-" };
        let title = format!("[ RECORD {} ]", number.saturating_add(1));
        out.push_str(dim);
        out.push_str(dash);
        out.push_str(&title);
        out.extend(std::iter::repeat_n(dash, self.rule.saturating_sub(title.len() + 1).max(3)));
        out.push_str(reset);
        out.push('\n');
        for (label, column) in self.labels.iter().zip(columns) {
            out.push_str(label);
            if column.is_null(row) {
                out.push_str(dim);
                out.push_str(&self.null);
                out.push_str(reset);
            } else {
                column.write_escaped(row, out, &mut self.scratch, escape::terminal);
            }
            out.push('\n');
        }
    }

    fn end(&mut self, summary: Summary, out: &mut String) {
        out.push_str(&summary.footer(None));
        out.push('\n');
    }
}
