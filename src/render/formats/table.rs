//! A box fitted to the terminal: names, types, rows, and how many there were.
//!
//! Columns are sized from the rows held back: `max_rows` of them (the first half and, when more come, the last half), or
//! without a limit the first [`SIZING_ROWS`], after which rows are written as they come.

use std::collections::VecDeque;

use ::arrow::datatypes::SchemaRef;
use ::arrow::record_batch::RecordBatch;

use super::Spec;
use crate::render::escape;
use crate::render::layout::{Layout, display_width, fit, prefix, push_cut};
use crate::render::options::{RenderOptions, Summary};
use crate::render::streamed::{TextOut, columns_text};
use crate::render::types::{is_number, type_name};
use crate::render::value::{ColumnText, Style};
use crate::render::{RenderError, Renderer};

pub(super) const SPEC: Spec = Spec {
    name: "table",
    extensions: &["txt"],
    binary: false,
    open: |schema, out, options| Ok(Box::new(Table::new(schema, TextOut::new(out), options))),
};

/// Rows that size the columns when there is no limit.
const SIZING_ROWS: usize = 1_000;

/// A text ready to be put into a cell.
struct Cell {
    text: Box<str>,
    width: usize,
    null: bool,
}

type Row = Box<[Cell]>;

struct Table<'a> {
    schema: SchemaRef,
    out: TextOut<'a>,
    brush: Brush,
    right: Vec<bool>,
    null: String,
    width: Option<usize>,
    /// How many rows from the first, and how many of the last, are shown. Without a limit there are no last ones.
    head_rows: usize,
    tail_rows: usize,
    head: Vec<Row>,
    tail: VecDeque<Row>,
    /// Set once the columns are sized and the header is written.
    layout: Option<Layout>,
    limited: bool,
    summary: Summary,
    scratch: (String, String),
}

impl<'a> Table<'a> {
    fn new(schema: SchemaRef, out: TextOut<'a>, options: RenderOptions) -> Self {
        let mut null = String::new();
        escape::terminal(&options.null, &mut null);
        let (head_rows, tail_rows) = match options.max_rows {
            Some(n) => (n.div_ceil(2), n / 2),
            None => (SIZING_ROWS, 0),
        };
        Table {
            right: schema.fields().iter().map(|f| is_number(f.data_type())).collect(),
            schema,
            out,
            brush: Brush { unicode: options.unicode, color: options.color },
            null,
            width: options.width,
            head_rows,
            tail_rows,
            head: Vec::new(),
            tail: VecDeque::new(),
            layout: None,
            limited: options.max_rows.is_some(),
            summary: Summary::default(),
            scratch: (String::new(), String::new()),
        }
    }

    fn read_row(&mut self, columns: &[ColumnText<'_>], row: usize) -> Row {
        columns.iter().map(|column| self.read_cell(column, row)).collect()
    }

    fn read_cell(&mut self, column: &ColumnText<'_>, row: usize) -> Cell {
        if column.is_null(row) {
            return Cell { text: self.null.as_str().into(), width: display_width(&self.null), null: true };
        }
        let (text, scratch) = &mut self.scratch;
        text.clear();
        // No column gets wider than the terminal, so a longer text is only kept as far as its cut can show.
        let most = self.width.map_or(usize::MAX, |w| w.saturating_add(1));
        let ellipsis = self.brush.ellipsis();
        column.write_escaped(row, text, scratch, |raw, out| {
            let first = first_chars(raw, most);
            escape::terminal(first, out);
            // Marks without width could fill it all and leave nothing for the cut to see.
            if first.len() < raw.len() {
                out.push_str(ellipsis);
            }
        });
        let kept = prefix(text, most);
        Cell { width: display_width(kept), text: kept.into(), null: false }
    }

    /// Sizes the columns from the rows held back and writes the header and the first rows.
    fn start(&mut self) -> Result<(), RenderError> {
        let fields = self.schema.fields();
        let header = |text: &str| {
            let mut escaped = String::new();
            escape::terminal(text, &mut escaped);
            Cell { width: display_width(&escaped), text: escaped.into(), null: false }
        };
        let names: Row = fields.iter().map(|f| header(f.name())).collect();
        let types: Row = fields.iter().map(|f| header(&type_name(f.data_type()))).collect();
        let mut natural = vec![0; fields.len()];
        for row in [&names, &types].into_iter().chain(&self.head).chain(&self.tail) {
            for (width, cell) in natural.iter_mut().zip(row) {
                *width = cell.width.max(*width);
            }
        }
        let firm: Vec<bool> = fields.iter().map(|f| is_number(f.data_type()) || f.data_type().is_temporal()).collect();
        let layout = fit(&natural, &firm, self.width, display_width(self.brush.ellipsis()));
        let out = &mut self.out.buffer;
        if !layout.columns.is_empty() {
            self.brush.rule(&layout, Rule::Top, out);
            self.brush.row(&layout, &names, &self.right, self.width.is_some(), "\x1b[1m", out);
            self.brush.row(&layout, &types, &self.right, self.width.is_some(), "\x1b[2m", out);
            self.brush.rule(&layout, Rule::Middle, out);
        }
        self.layout = Some(layout);
        for row in std::mem::take(&mut self.head) {
            self.draw(&row)?;
        }
        Ok(())
    }

    fn draw(&mut self, row: &Row) -> Result<(), RenderError> {
        if let Some(layout) = self.layout.as_ref().filter(|layout| !layout.columns.is_empty()) {
            self.brush.row(layout, row, &self.right, self.width.is_some(), "", &mut self.out.buffer);
        }
        self.out.flush_if_full()
    }
}

impl Renderer for Table<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        let columns = columns_text(&self.schema, batch, Style::Display)?;
        let rows = batch.num_rows();
        self.summary.rows += rows as u64;

        let to_head = self.head_rows.saturating_sub(self.head.len()).min(rows);
        let to_head = if self.layout.is_some() { 0 } else { to_head };
        for row in 0..to_head {
            let row = self.read_row(&columns, row);
            self.head.push(row);
        }
        if self.limited {
            // Of the rest only the last rows can still be shown.
            for row in to_head.max(rows.saturating_sub(self.tail_rows))..rows {
                let row = self.read_row(&columns, row);
                if self.tail.len() == self.tail_rows {
                    self.tail.pop_front();
                }
                self.tail.push_back(row);
            }
            return Ok(());
        }
        if to_head < rows && self.layout.is_none() {
            self.start()?;
        }
        for row in to_head..rows {
            let row = self.read_row(&columns, row);
            self.draw(&row)?;
        }
        self.out.flush_buffer()
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        let held = self.head.len() + self.tail.len();
        self.summary.shown = if self.limited { held as u64 } else { self.summary.rows };
        if self.layout.is_none() {
            self.start()?;
        }
        let tail = std::mem::take(&mut self.tail);
        if let Some(layout) = self.layout.as_ref().filter(|_| self.summary.is_cut()) {
            self.brush.gap(layout, &self.right, &mut self.out.buffer);
        }
        for row in &tail {
            self.draw(row)?;
        }
        let footer = match &self.layout {
            Some(layout) if !layout.columns.is_empty() => {
                self.brush.rule(layout, Rule::Bottom, &mut self.out.buffer);
                self.summary.footer(Some((layout.columns.len(), self.schema.fields().len())))
            }
            _ => self.summary.footer(None),
        };
        self.brush.line(&footer, "\x1b[2m", &mut self.out.buffer);
        self.out.finish()?;
        Ok(self.summary)
    }
}

/// The first `most` columns' worth of characters and more: several a column, since marks take none.
fn first_chars(text: &str, most: usize) -> &str {
    const CHARS_PER_COLUMN: usize = 4;
    let limit = most.saturating_mul(CHARS_PER_COLUMN);
    if text.len() <= limit {
        return text;
    }
    text.char_indices().nth(limit).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Which horizontal line.
enum Rule {
    Top,
    Middle,
    Bottom,
}

/// Draws lines and rows.
struct Brush {
    unicode: bool,
    color: bool,
}

impl Brush {
    fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    fn rule(&self, layout: &Layout, rule: Rule, out: &mut String) {
        let [left, cross, right, line] = match (self.unicode, rule) {
            (true, Rule::Top) => ["┌", "┬", "┐", "─"],
            (true, Rule::Middle) => ["├", "┼", "┤", "─"],
            (true, Rule::Bottom) => ["└", "┴", "┘", "─"],
            (false, _) => ["+", "+", "+", "-"],
        };
        let mut start = left;
        self.each(layout, |width, _| {
            out.push_str(start);
            out.extend(std::iter::repeat_n(line, width + 2));
            start = cross;
        });
        out.push_str(right);
        out.push('\n');
    }

    /// Calls `draw` with the width and the schema index of each shown column, and `None` for the left-out middle.
    fn each(&self, layout: &Layout, mut draw: impl FnMut(usize, Option<usize>)) {
        let ellipsis_width = display_width(self.ellipsis());
        for (n, (column, width)) in layout.columns.iter().enumerate() {
            if layout.gap == Some(n) {
                draw(ellipsis_width, None);
            }
            draw(*width, Some(*column));
        }
        if layout.gap == Some(layout.columns.len()) {
            draw(ellipsis_width, None);
        }
    }

    /// One line of cells. A cell wider than its column is cut, or when nothing may be cut pushes its line out.
    fn row(&self, layout: &Layout, cells: &[Cell], right: &[bool], cut: bool, color: &str, out: &mut String) {
        let bar = if self.unicode { "│" } else { "|" };
        self.each(layout, |width, column| {
            let cell = column.and_then(|i| cells.get(i));
            let right = column.and_then(|i| right.get(i)).is_some_and(|r| *r);
            let (text, text_width) = cell.map_or((self.ellipsis(), width), |c| (&c.text, c.width));
            let null = cell.is_some_and(|c| c.null);
            let color = if !self.color {
                ""
            } else if null {
                "\x1b[2m"
            } else {
                color
            };
            let pad = width.saturating_sub(text_width);
            out.push_str(bar);
            out.push(' ');
            if right {
                out.extend(std::iter::repeat_n(' ', pad));
            }
            out.push_str(color);
            let limit = if cut { width } else { usize::MAX };
            let used = push_cut(text, text_width, limit, self.ellipsis(), out);
            if !color.is_empty() {
                out.push_str("\x1b[0m");
            }
            // A cut before a wide character can leave one column free.
            let free = width.saturating_sub(used);
            out.extend(std::iter::repeat_n(' ', if right { free - pad.min(free) } else { free }));
            out.push(' ');
        });
        out.push_str(bar);
        out.push('\n');
    }

    /// The row that stands for those not shown.
    fn gap(&self, layout: &Layout, right: &[bool], out: &mut String) {
        if layout.columns.is_empty() {
            return;
        }
        let cell = || Cell { text: self.ellipsis().into(), width: display_width(self.ellipsis()), null: false };
        let cells: Vec<Cell> = right.iter().map(|_| cell()).collect();
        self.row(layout, &cells, right, true, "\x1b[2m", out);
    }

    fn line(&self, text: &str, color: &str, out: &mut String) {
        if self.color {
            out.push_str(color);
        }
        out.push_str(text);
        if self.color {
            out.push_str("\x1b[0m");
        }
        out.push('\n');
    }
}
