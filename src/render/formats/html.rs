//! One self-contained page: inline style, light and dark, no script, nothing loaded from anywhere.

use ::arrow::datatypes::SchemaRef;

use super::Spec;
use crate::render::escape;
use crate::render::options::Summary;
use crate::render::streamed::{RowFormat, Streamed};
use crate::render::types::{is_number, shown_zone, type_name};
use crate::render::value::{ColumnText, Style};

pub(super) const SPEC: Spec = Spec {
    name: "html",
    extensions: &["html", "htm"],
    binary: false,
    open: |schema, out, options| {
        let mut null = String::new();
        escape::html(&options.null, &mut null);
        let right = schema.fields().iter().map(|f| is_number(f.data_type())).collect();
        let zone = shown_zone(&schema, &options.tz).map(|zone| zone.name().to_owned());
        let figure = options.figure.clone();
        let format = Html { schema: schema.clone(), right, zone, null, figure, scratch: String::new() };
        Ok(Streamed::open(format, schema, out, &options))
    },
};

/// The policy lets nothing but the inline style act, should any text ever get past the escaping.
const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Query result</title>
<style>
:root { color-scheme: light dark; --text: #1b1f24; --page: #ffffff; --line: #d5dae0; --head: #f3f5f7; --faint: #68707a; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e8ec; --page: #14171a; --line: #363c43; --head: #1f2429; --faint: #98a1ab; }
}
body { margin: 1rem; color: var(--text); background: var(--page); font: 14px/1.4 system-ui, sans-serif; }
table { border-collapse: collapse; }
th, td { padding: .25rem .6rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
th { position: sticky; top: 0; background: var(--head); }
th small { display: block; color: var(--faint); font-weight: normal; }
td { white-space: pre-wrap; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.n { text-align: right; }
.null, p { color: var(--faint); }
figure { margin: 0 0 1rem; }
figure svg { max-width: 100%; height: auto; }
</style>
</head>
<body>
"#;

struct Html {
    schema: SchemaRef,
    right: Vec<bool>,
    zone: Option<String>,
    null: String,
    figure: Option<String>,
    scratch: String,
}

impl RowFormat for Html {
    const STYLE: Style = Style::Display;

    fn begin(&mut self, out: &mut String) {
        out.push_str(HEAD);
        out.push_str(self.figure.as_deref().unwrap_or_default());
        out.push_str("<table>\n<thead>\n<tr>");
        for (field, right) in self.schema.fields().iter().zip(&self.right) {
            out.push_str(if *right { "<th class=\"n\">" } else { "<th>" });
            escape::html(field.name(), out);
            out.push_str("<small>");
            out.push_str(&type_name(field.data_type()));
            out.push_str("</small></th>");
        }
        out.push_str("</tr>\n</thead>\n<tbody>\n");
    }

    fn row(&mut self, _number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String) {
        out.push_str("<tr>");
        for (column, right) in columns.iter().zip(&self.right) {
            let null = column.is_null(row);
            out.push_str(match (right, null) {
                (true, true) => "<td class=\"n null\">",
                (true, false) => "<td class=\"n\">",
                (false, true) => "<td class=\"null\">",
                (false, false) => "<td>",
            });
            if null {
                out.push_str(&self.null);
            } else {
                column.write_escaped(row, out, &mut self.scratch, escape::html);
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }

    fn end(&mut self, summary: Summary, out: &mut String) {
        out.push_str("</tbody>\n</table>\n<p>");
        escape::html(&summary.footer(None, self.zone.as_deref()), out);
        out.push_str("</p>\n</body>\n</html>\n");
    }
}
