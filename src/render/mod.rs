//! Record batches to text: the one place that decides how a value, a table or a file looks.
//!
//! A [`Renderer`] takes batches one at a time and writes to any [`std::io::Write`]. What it keeps in memory does not
//! depend on the number of rows; the exception is [`Format::Table`], which must look at rows to size its columns and
//! holds `max_rows` of them, or the first thousand when no limit is set.
//!
//! | module | holds |
//! |---|---|
//! | `formats` | one file for each format, and the list of them |
//! | `value` | one value to text, the same in every format |
//! | `escape` | text made safe for where it goes: terminal, HTML, Markdown, CSV, TSV, JSON |
//! | `layout` | column widths and cutting a cell to a width |
//! | `chart` | results drawn with characters; one file a kind |
//! | `cells`, `brush`, `records` | rows held back, a box of them, records of them |
//! | `pointer` | the place of a mistake in a statement |
//! | `streamed` | the renderer of every text format that writes row by row |
//! | `zone` | the time zone that people are shown |
//! | `types` | short names of types, alignment, unique column names |
//!
//! This layer knows Arrow and Parquet, nothing of sessions or query engines.

mod brush;
mod cells;
pub mod chart;
mod error;
pub(crate) mod escape;
mod formats;
mod layout;
mod options;
mod plan;
mod pointer;
mod records;
mod streamed;
mod types;
mod value;
mod zone;

#[cfg(test)]
mod tests;

pub use error::RenderError;
pub use formats::Format;
pub use options::{RenderOptions, Summary};
pub use plan::{PlanText, is_plan};
pub use pointer::pointer;
pub use zone::TimeZone;

use std::io::Write;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

/// Where rendered bytes go.
pub(crate) type Output<'a> = Box<dyn Write + Send + 'a>;

/// A renderer that writes to an output of the same lifetime, or why there is none.
pub(crate) type Opened<'a> = Result<Box<dyn Renderer + 'a>, RenderError>;

/// Writes batches of one schema in one format.
pub trait Renderer: Send {
    /// Renders the rows of `batch`, or counts them when the row limit is already reached.
    ///
    /// The batch must have as many columns as the schema given to [`renderer`]. Text formats take any types; Parquet
    /// and Arrow need the types of the schema.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError>;

    /// Writes what is still held back (buffered rows, closing brackets, footers), flushes the output and says how
    /// many rows came and how many are in the output. Without this call the output is incomplete.
    fn finish(self: Box<Self>) -> Result<Summary, RenderError>;
}

/// Starts a renderer of `format` for batches of `schema` that writes to `out`.
///
/// Fails with [`RenderError::Unsupported`] when the format cannot hold one of the schema's types.
pub fn renderer<'a>(
    format: Format,
    schema: SchemaRef,
    out: Box<dyn Write + Send + 'a>,
    options: RenderOptions,
) -> Result<Box<dyn Renderer + 'a>, RenderError> {
    format.open(schema, out, options)
}

/// A text on one line, in which nothing acts on a terminal.
pub fn terminal_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape::terminal(text, &mut out);
    out
}

/// Text of an XML document or a quoted attribute.
pub fn xml_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape::xml(text, &mut out);
    out
}

/// A JSON text on one line, in which nothing acts on a display; it is the same data.
pub fn json_text(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    escape::json_value(json, &mut out);
    out
}

/// A text of several lines for a terminal: line breaks stay, every other control character is made visible. For texts
/// that quote what a log or a path says.
pub fn terminal_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.lines().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        escape::terminal(line, &mut out);
    }
    out
}
