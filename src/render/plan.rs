//! `EXPLAIN` as people read it: the plan's own lines, not a box of one endless cell.

use std::io::Write;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Schema;

use super::escape;
use super::{RenderError, Renderer, Summary};

/// Whether rows of this schema are plans.
pub fn is_plan(schema: &Schema) -> bool {
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    names == ["plan_type", "plan"]
}

/// Writes each plan under its type.
pub struct PlanText<'a> {
    out: Box<dyn Write + Send + 'a>,
    rows: u64,
}

impl<'a> PlanText<'a> {
    /// A renderer onto `out`.
    pub fn new(out: Box<dyn Write + Send + 'a>) -> Self {
        Self { out, rows: 0 }
    }
}

impl Renderer for PlanText<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        let columns = batch.columns().iter().map(|c| c.as_string_opt::<i32>()).collect::<Option<Vec<_>>>();
        let Some([types, plans]) = columns.as_deref() else {
            return Err(RenderError::Unsupported("a plan is two columns of text".into()));
        };
        for (kind, plan) in types.iter().zip(plans.iter()) {
            let mut text = String::new();
            for line in plan.unwrap_or_default().lines() {
                text.push_str("  ");
                escape::terminal(line, &mut text);
                text.push('\n');
            }
            write!(self.out, "{}\n{text}", kind.unwrap_or_default()).map_err(RenderError::Io)?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        self.out.flush().map_err(RenderError::Io)?;
        Ok(Summary { rows: self.rows, shown: self.rows })
    }
}
