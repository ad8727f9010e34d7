//! A box fitted to the terminal: names, types, rows, and how many there were. The same rows as records, one line for each
//! value, when records were asked for, or when no box that fits says enough.
//!
//! Columns are sized from the rows held back: `max_rows` of them (the first half and, when more come, the last half), or
//! without a limit the first [`SIZING_ROWS`], after which rows are written as they come.

use std::collections::VecDeque;

use ::arrow::datatypes::SchemaRef;
use ::arrow::record_batch::RecordBatch;

use super::Spec;
use crate::render::brush::{Brush, Looks, Rule};
use crate::render::cells::{Cell, Reader, Row};
use crate::render::escape;
use crate::render::layout::{Layout, display_width, fit};
use crate::render::options::{RenderOptions, Summary};
use crate::render::records::Records;
use crate::render::streamed::{TextOut, columns_text};
use crate::render::types::{is_number, shown_zone, type_name};
use crate::render::value::Style;
use crate::render::zone::TimeZone;
use crate::render::{RenderError, Renderer};

pub(super) const SPEC: Spec = Spec {
    name: "table",
    extensions: &["txt"],
    binary: false,
    open: |schema, out, options| Ok(Box::new(Table::new(schema, TextOut::new(out), options, false))),
};

/// Rows that size the columns when there is no limit.
const SIZING_ROWS: usize = 1_000;

/// A column cut below this many terminal columns says nothing.
const TOO_NARROW: usize = 6;

/// How rows are drawn.
enum Shape {
    Box(Layout),
    Records(Records),
}

pub(super) struct Table<'a> {
    schema: SchemaRef,
    out: TextOut<'a>,
    brush: Brush,
    looks: Looks,
    reader: Reader,
    options: RenderOptions,
    /// Records whatever the width is.
    records: bool,
    /// How many rows from the first, and how many of the last, are shown. Without a limit there are no last ones.
    head_rows: usize,
    tail_rows: usize,
    head: Vec<Row>,
    tail: VecDeque<Row>,
    /// Set once the columns are sized and the header is written.
    shape: Option<Shape>,
    summary: Summary,
    /// Rows written.
    drawn: u64,
}

impl<'a> Table<'a> {
    /// A box, or with `records` records.
    pub(super) fn new(schema: SchemaRef, out: TextOut<'a>, options: RenderOptions, records: bool) -> Self {
        let mut null = String::new();
        escape::terminal(&options.null, &mut null);
        let (head_rows, tail_rows) = match options.max_rows {
            Some(n) => (n.div_ceil(2), n / 2),
            None => (SIZING_ROWS, 0),
        };
        let brush = Brush { unicode: options.unicode, color: options.color };
        let explicit = |i: usize| options.column_widths.get(i).is_some_and(|w| *w > 0);
        let looks = Looks {
            right: schema.fields().iter().map(|f| is_number(f.data_type())).collect(),
            cut: (0..schema.fields().len()).map(|i| options.width.is_some() || explicit(i)).collect(),
        };
        // Records are never cut, so what may become some is kept in full.
        let most = if records || options.auto_vertical { usize::MAX } else { most(options.width) };
        let reader = Reader::new(&null, most, brush.ellipsis());
        Table {
            schema,
            out,
            brush,
            looks,
            reader,
            options,
            records,
            head_rows,
            tail_rows,
            head: Vec::new(),
            tail: VecDeque::new(),
            shape: None,
            summary: Summary::default(),
            drawn: 0,
        }
    }

    /// Decides the shape from the rows held back, and writes the header and the first rows.
    fn start(&mut self) -> Result<(), RenderError> {
        let shape =
            if self.records { Shape::Records(Records::new(&self.schema, &self.options)) } else { self.fitted() };
        self.shape = Some(shape);
        for row in std::mem::take(&mut self.head) {
            self.draw(row)?;
        }
        Ok(())
    }

    /// A box and its header; or records where a box would leave columns out or make them too narrow.
    fn fitted(&mut self) -> Shape {
        let fields = self.schema.fields();
        let names: Row = fields.iter().map(|f| Cell::new(f.name())).collect();
        let types: Row = fields.iter().map(|f| Cell::new(&type_name(f.data_type()))).collect();
        let mut natural = vec![0; fields.len()];
        let most = most(self.options.width);
        for row in [&names, &types].into_iter().chain(&self.head).chain(&self.tail) {
            for (width, cell) in natural.iter_mut().zip(row) {
                *width = cell.width.min(most).max(*width);
            }
        }
        let mut firm: Vec<bool> =
            fields.iter().map(|f| is_number(f.data_type()) || f.data_type().is_temporal()).collect();
        for ((natural, firm), wanted) in natural.iter_mut().zip(&mut firm).zip(&self.options.column_widths) {
            if *wanted > 0 {
                (*natural, *firm) = (*wanted, true);
            }
        }
        let layout = fit(&natural, &firm, self.options.width, display_width(self.brush.ellipsis()));
        let narrow = layout.columns.iter().any(|(i, w)| *w < TOO_NARROW && natural.get(*i).is_some_and(|n| n > w));
        if self.options.auto_vertical && fields.len() > 1 && (layout.gap.is_some() || narrow) {
            return Shape::Records(Records::new(&self.schema, &self.options));
        }
        let out = &mut self.out.buffer;
        if !layout.columns.is_empty() {
            self.brush.rule(&layout, Rule::Top, out);
            self.brush.row(&layout, &names, &self.looks, "\x1b[1m", out);
            self.brush.row(&layout, &types, &self.looks, "\x1b[2m", out);
            self.brush.rule(&layout, Rule::Middle, out);
        }
        Shape::Box(layout)
    }

    fn draw(&mut self, mut row: Row) -> Result<(), RenderError> {
        let out = &mut self.out.buffer;
        match &self.shape {
            Some(Shape::Box(layout)) if !layout.columns.is_empty() => {
                if self.options.auto_vertical {
                    let most = most(self.options.width);
                    row.iter_mut().for_each(|cell| cell.limit(most, self.brush.ellipsis()));
                }
                self.brush.row(layout, &row, &self.looks, "", out);
            }
            Some(Shape::Records(records)) => {
                records.title(self.drawn, out);
                for (n, cell) in row.iter().enumerate() {
                    records.label(n, out);
                    if cell.null {
                        records.null(out)
                    } else {
                        out.push_str(&cell.text)
                    }
                    out.push('\n');
                }
            }
            _ => {}
        }
        self.drawn += 1;
        self.out.flush_if_full()
    }
}

/// No column gets wider than the terminal, so a longer text is only kept as far as its cut can show.
fn most(width: Option<usize>) -> usize {
    width.map_or(usize::MAX, |w| w.saturating_add(1))
}

impl Renderer for Table<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        let columns = columns_text(&self.schema, batch, Style::Display, &self.options.tz)?;
        let rows = batch.num_rows();
        self.summary.rows += rows as u64;

        let to_head = self.head_rows.saturating_sub(self.head.len()).min(rows);
        let to_head = if self.shape.is_some() { 0 } else { to_head };
        for row in 0..to_head {
            self.head.push(self.reader.row(&columns, row));
        }
        if self.options.max_rows.is_some() {
            // Of the rest only the last rows can still be shown.
            for row in to_head.max(rows.saturating_sub(self.tail_rows))..rows {
                let row = self.reader.row(&columns, row);
                if self.tail.len() == self.tail_rows {
                    self.tail.pop_front();
                }
                self.tail.push_back(row);
            }
            return Ok(());
        }
        if to_head < rows && self.shape.is_none() {
            self.start()?;
        }
        for row in to_head..rows {
            let row = self.reader.row(&columns, row);
            self.draw(row)?;
        }
        self.out.flush_buffer()
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        let held = self.head.len() + self.tail.len();
        self.summary.shown = if self.options.max_rows.is_some() { held as u64 } else { self.summary.rows };
        if self.shape.is_none() {
            self.start()?;
        }
        let left_out = self.summary.rows - self.summary.shown;
        if left_out > 0 {
            match &self.shape {
                Some(Shape::Box(layout)) => self.brush.gap(layout, left_out, &mut self.out.buffer),
                _ => {
                    let text = self.brush.left_out(left_out);
                    self.brush.line(&text, "\x1b[2m", &mut self.out.buffer);
                }
            }
            self.drawn += left_out;
        }
        for row in std::mem::take(&mut self.tail) {
            self.draw(row)?;
        }
        let zone = shown_zone(&self.schema, &self.options.tz).map(TimeZone::name);
        let footer = match &self.shape {
            Some(Shape::Box(layout)) if !layout.columns.is_empty() => {
                self.brush.rule(layout, Rule::Bottom, &mut self.out.buffer);
                self.summary.footer(Some((layout.columns.len(), self.schema.fields().len())), zone)
            }
            _ => self.summary.footer(None, zone),
        };
        self.brush.line(&footer, "\x1b[2m", &mut self.out.buffer);
        self.out.finish()?;
        Ok(self.summary)
    }
}
