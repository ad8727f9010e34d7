//! A chart as the last step of a result: keeps rows, and draws at the end.

use std::io::Write;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::{ChartError, ChartOptions, draw};
use crate::render::options::Summary;
use crate::render::{RenderError, Renderer};

/// A chart needs all its rows at once; more than these are a question for an aggregate.
const MOST_ROWS: usize = 1_000_000;

/// Draws the rows written to it.
pub struct ChartRenderer<'a> {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    out: Box<dyn Write + Send + 'a>,
    options: ChartOptions,
    rows: u64,
    kept: usize,
}

impl<'a> ChartRenderer<'a> {
    /// A renderer of one result.
    pub fn new(schema: SchemaRef, out: Box<dyn Write + Send + 'a>, options: ChartOptions) -> Self {
        ChartRenderer { schema, batches: Vec::new(), out, options, rows: 0, kept: 0 }
    }
}

impl Renderer for ChartRenderer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        self.rows += batch.num_rows() as u64;
        let room = MOST_ROWS.saturating_sub(self.kept).min(batch.num_rows());
        if room > 0 {
            self.batches.push(batch.slice(0, room));
            self.kept += room;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        let text = match draw(&self.schema, &self.batches, &self.options) {
            Ok(text) => text,
            Err(ChartError::Render(e)) => return Err(e),
            Err(e) => return Err(RenderError::Chart(Box::new(e))),
        };
        self.out.write_all(text.as_bytes())?;
        let summary = Summary { rows: self.rows, shown: self.kept as u64 };
        if summary.is_cut() {
            writeln!(self.out, "only the first {} of {} rows are drawn", summary.shown, summary.rows)?;
        }
        self.out.flush()?;
        Ok(summary)
    }
}
