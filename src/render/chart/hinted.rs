//! A result with the chart that its query asks for: on a terminal instead of the rows, in HTML above them.

use std::io::Write;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::{Chart, ChartError, ChartOptions, Hint, SvgOptions, draw_chart, svg};
use crate::render::options::Summary;
use crate::render::{Format, RenderError, RenderOptions, Renderer, escape, renderer};

/// A chart needs all its rows at once; with more the rows alone are written.
const MOST_ROWS: usize = 1_000_000;

/// Keeps rows, and writes them with their chart at the end. Where no chart can be made of them it says why and writes the rows.
pub struct HintedRenderer<'a> {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    kept: usize,
    out: Option<Box<dyn Write + Send + 'a>>,
    format: Format,
    options: RenderOptions,
    chart: ChartOptions,
    hint: Hint,
    /// Writes rows as they come, when they have become too many.
    rows: Option<Box<dyn Renderer + 'a>>,
}

impl<'a> HintedRenderer<'a> {
    /// A renderer of one result in a format for people.
    pub fn new(
        schema: SchemaRef,
        out: Box<dyn Write + Send + 'a>,
        format: Format,
        options: RenderOptions,
        chart: ChartOptions,
        hint: Hint,
    ) -> Self {
        Self { schema, batches: Vec::new(), kept: 0, out: Some(out), format, options, chart, hint, rows: None }
    }

    /// The rows that are kept, in their format.
    fn rows(&mut self, figure: Option<String>) -> Result<Box<dyn Renderer + 'a>, RenderError> {
        let Some(out) = self.out.take() else {
            return Err(RenderError::Unsupported("the result was written already".to_owned()));
        };
        let options = RenderOptions { figure, ..self.options.clone() };
        let mut rows = renderer(self.format, SchemaRef::clone(&self.schema), out, options)?;
        for batch in std::mem::take(&mut self.batches) {
            rows.write(&batch)?;
        }
        Ok(rows)
    }

    /// The rows, and before them why there is no chart.
    fn without(&mut self, why: &str) -> Result<Box<dyn Renderer + 'a>, RenderError> {
        let text = format!("no chart: {why}");
        if self.format == Format::Html {
            let mut note = "<p>".to_owned();
            escape::html(&text, &mut note);
            note.push_str("</p>\n");
            return self.rows(Some(note));
        }
        if let Some(out) = &mut self.out {
            writeln!(out, "{text}")?;
        }
        self.rows(None)
    }
}

impl Renderer for HintedRenderer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        if let Some(rows) = &mut self.rows {
            return rows.write(batch);
        }
        self.kept += batch.num_rows();
        self.batches.push(batch.clone());
        if self.kept > MOST_ROWS {
            self.rows = Some(self.without(&format!("there are more than {MOST_ROWS} rows; sum them up first"))?);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        if let Some(rows) = self.rows.take() {
            return rows.finish();
        }
        match Chart::of(&self.schema, &self.batches, &self.hint, &self.chart.tz) {
            Ok(chart) if self.format == Format::Html => {
                let options = SvgOptions { tz: self.chart.tz.clone(), ..SvgOptions::default() };
                let figure = format!("<figure>{}</figure>\n", svg(&chart, &options));
                self.rows(Some(figure))?.finish()
            }
            Ok(chart) => {
                let summary = Summary { rows: self.kept as u64, shown: self.kept as u64 };
                if let Some(mut out) = self.out.take() {
                    out.write_all(draw_chart(&chart, &self.chart).as_bytes())?;
                    writeln!(out, "{}", summary.footer(None, None))?;
                    out.flush()?;
                }
                Ok(summary)
            }
            Err(ChartError::Render(e)) => Err(e),
            // Nothing to draw is nothing to explain.
            Err(ChartError::Empty) => self.rows(None)?.finish(),
            Err(why) => self.without(&why.to_string())?.finish(),
        }
    }
}
