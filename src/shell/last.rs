//! The last result, kept so that it can be shown again without running.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

/// Most bytes of a result that are kept.
const MOST_BYTES: usize = 64 << 20;

/// Rows of the last statement.
#[derive(Debug, Clone)]
pub struct LastResult {
    /// Their columns.
    pub schema: SchemaRef,
    /// The rows that were kept: the first ones.
    pub batches: Vec<RecordBatch>,
    /// All rows that the statement had.
    pub rows: u64,
    bytes: usize,
    full: bool,
}

impl LastResult {
    /// A result of which no rows have come yet.
    pub fn new(schema: SchemaRef) -> Self {
        Self { schema, batches: Vec::new(), rows: 0, bytes: 0, full: false }
    }

    /// Keeps rows as long as they fit.
    pub fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        // A slice counts its whole buffers, so that the limit holds for what is really held.
        let bytes = batch.get_array_memory_size();
        self.full |= self.bytes.saturating_add(bytes) > MOST_BYTES;
        if !self.full {
            self.bytes += bytes;
            self.batches.push(batch.clone());
        }
    }

    /// Rows that were kept.
    pub fn kept(&self) -> u64 {
        self.batches.iter().map(|b| b.num_rows() as u64).sum()
    }

    /// What to say when rows are missing.
    pub fn note(&self) -> Option<String> {
        let kept = self.kept();
        (kept < self.rows).then(|| {
            format!("only the first {kept} of {} rows were kept; run the statement again for all of them", self.rows)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Utf8, false)]));
        let big = StringArray::from(vec!["x".repeat(MOST_BYTES / 3)]);
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(big)]).unwrap();
        let mut last = LastResult::new(schema);
        last.add(&batch);
        assert_eq!((last.kept(), last.note()), (1, None));
        for _ in 0..5 {
            last.add(&batch);
        }
        assert_eq!((last.kept(), last.rows), (2, 6));
        assert!(last.note().unwrap().contains("first 2 of 6 rows"));
    }
}
