//! How records look: a rule with the number above each, one line for each value.

use arrow::datatypes::Schema;

use super::escape;
use super::layout::display_width;
use super::options::RenderOptions;

/// How far the line above a record reaches past the names.
const RULE_BEYOND_NAMES: usize = 40;

/// Draws what stands around the values.
pub(crate) struct Records {
    /// The names, padded, with the bar.
    labels: Vec<String>,
    rule: usize,
    null: String,
    unicode: bool,
    color: bool,
}

impl Records {
    pub(crate) fn new(schema: &Schema, options: &RenderOptions) -> Self {
        let escaped = |text: &str| {
            let mut out = String::new();
            escape::terminal(text, &mut out);
            out
        };
        let names: Vec<String> = schema.fields().iter().map(|f| escaped(f.name())).collect();
        let widest = names.iter().map(|n| display_width(n)).max().unwrap_or(0);
        let bar = if options.unicode { " │ " } else { " | " };
        let pad = |name: &String| format!("{name}{}{bar}", " ".repeat(widest - display_width(name)));
        Records {
            labels: names.iter().map(pad).collect(),
            rule: (widest + RULE_BEYOND_NAMES).min(options.width.unwrap_or(usize::MAX)),
            null: escaped(&options.null),
            unicode: options.unicode,
            color: options.color,
        }
    }

    /// The line above the record that is so many after the first.
    pub(crate) fn title(&self, number: u64, out: &mut String) {
        let (dim, reset) = self.dim();
        let dash = if self.unicode { "─" } else { "-" };
        let title = format!("[ RECORD {} ]", number.saturating_add(1));
        out.push_str(dim);
        out.push_str(dash);
        out.push_str(&title);
        out.extend(std::iter::repeat_n(dash, self.rule.saturating_sub(title.len() + 1).max(3)));
        out.push_str(reset);
        out.push('\n');
    }

    /// The name of the n-th column, before its value.
    pub(crate) fn label(&self, column: usize, out: &mut String) {
        out.push_str(self.labels.get(column).map_or("", String::as_str));
    }

    pub(crate) fn null(&self, out: &mut String) {
        let (dim, reset) = self.dim();
        out.push_str(dim);
        out.push_str(&self.null);
        out.push_str(reset);
    }

    fn dim(&self) -> (&'static str, &'static str) {
        if self.color { ("\x1b[2m", "\x1b[0m") } else { ("", "") }
    }
}
