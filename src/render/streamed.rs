//! The renderer of every text format that writes row by row. A format says how a row looks; this does the rest.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::escape;
use super::options::{Limit, RenderOptions, Summary};
use super::value::{ColumnText, Look, Style};
use super::zone::TimeZone;
use super::{Output, RenderError, Renderer};

/// Text is handed to the output in pieces of about this many bytes.
const FLUSH_BYTES: usize = 64 * 1024;

/// A text format that needs no look at later rows.
pub(crate) trait RowFormat: Send {
    /// How values are written.
    const STYLE: Style;
    /// What stands before the first row.
    fn begin(&mut self, out: &mut String);
    /// One row. `number` counts rows from 0.
    fn row(&mut self, number: u64, columns: &[ColumnText<'_>], row: usize, out: &mut String);
    /// What stands after the last row.
    fn end(&mut self, summary: Summary, out: &mut String);
}

/// Renders with a [`RowFormat`].
pub(crate) struct Streamed<'a, F> {
    format: F,
    text: TextOut<'a>,
    limit: Limit,
    schema: SchemaRef,
    tz: TimeZone,
}

impl<'a, F: RowFormat + 'a> Streamed<'a, F> {
    /// Starts the output; the beginning is written with the first batch or at the end.
    pub(crate) fn open(
        format: F,
        schema: SchemaRef,
        out: Output<'a>,
        options: &RenderOptions,
    ) -> Box<dyn Renderer + 'a> {
        let mut format = format;
        let mut text = TextOut { visible: options.terminal, ..TextOut::new(out) };
        format.begin(&mut text.buffer);
        Box::new(Streamed { format, text, limit: Limit::new(options.max_rows), schema, tz: options.tz.clone() })
    }
}

impl<F: RowFormat> Renderer for Streamed<'_, F> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        let first = self.limit.summary().shown;
        let rows = self.limit.admit(batch.num_rows());
        if rows == 0 {
            return Ok(());
        }
        let columns = columns_text(&self.schema, batch, F::STYLE, &self.tz)?;
        for row in 0..rows {
            self.format.row(first + row as u64, &columns, row, &mut self.text.buffer);
            self.text.flush_if_full()?;
        }
        self.text.flush_buffer()
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        let summary = self.limit.summary();
        self.format.end(summary, &mut self.text.buffer);
        self.text.finish()?;
        Ok(summary)
    }
}

/// The texts of a batch's columns. A batch with another number of columns than the schema is refused: its values would
/// stand under the wrong names.
pub(crate) fn columns_text<'b>(
    schema: &SchemaRef,
    batch: &'b RecordBatch,
    style: Style,
    tz: &TimeZone,
) -> Result<Vec<ColumnText<'b>>, RenderError> {
    if batch.num_columns() != schema.fields().len() {
        let (want, got) = (schema.fields().len(), batch.num_columns());
        return Err(RenderError::Unsupported(format!("a batch has {got} columns where the result has {want}")));
    }
    let look = Look::new(style, tz);
    let columns = batch.columns().iter().zip(schema.fields());
    columns.map(|(column, field)| ColumnText::of_field(column.as_ref(), field, look)).collect()
}

/// Text on its way to the output.
pub(crate) struct TextOut<'a> {
    out: Output<'a>,
    /// Text not yet handed on.
    pub(crate) buffer: String,
    /// Whether characters that act on a terminal are made visible on the way.
    visible: bool,
}

impl<'a> TextOut<'a> {
    pub(crate) fn new(out: Output<'a>) -> Self {
        TextOut { out, buffer: String::new(), visible: false }
    }

    /// Hands the text on when enough has gathered.
    pub(crate) fn flush_if_full(&mut self) -> Result<(), RenderError> {
        if self.buffer.len() >= FLUSH_BYTES { self.flush_buffer() } else { Ok(()) }
    }

    /// Hands the text on, so that a reader of a pipe sees each batch as it comes.
    pub(crate) fn flush_buffer(&mut self) -> Result<(), RenderError> {
        if self.visible {
            let mut shown = String::with_capacity(self.buffer.len());
            escape::terminal_layout(&self.buffer, &mut shown);
            self.buffer = shown;
        }
        self.out.write_all(self.buffer.as_bytes())?;
        self.buffer.clear();
        Ok(())
    }

    /// Hands everything on and flushes the output.
    pub(crate) fn finish(&mut self) -> Result<(), RenderError> {
        self.flush_buffer()?;
        Ok(self.out.flush()?)
    }
}
