//! Rows of one table as they were read: what many rows have in common is kept once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{interleave, take};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

/// What identifies and orders a row apart from its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// 100 ns ticks since 1970, UTC.
    pub ticks: i64,
    /// Rank of the source among the sources read together.
    pub source: u32,
    /// Ordinal in the source.
    pub line: u64,
    /// Identity of the record apart from its time.
    pub hash: u64,
}

/// Rows of one table, with their keys in the same order.
#[derive(Debug, Clone)]
pub struct Rows {
    pub(super) schema: SchemaRef,
    /// The schema's columns.
    pub(super) columns: Vec<Values>,
    /// For each row the place of its values in columns of [`Values::Common`].
    pub(super) commons: Vec<u32>,
    /// What identifies and orders each row.
    pub keys: Vec<RowKey>,
}

/// The values of a column.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// One for each row.
    Each(ArrayRef),
    /// One for many rows.
    Common(ArrayRef),
}

impl Values {
    fn array(&self) -> &dyn Array {
        match self {
            Self::Each(array) | Self::Common(array) => array,
        }
    }
}

impl Rows {
    /// All rows, in the order in which they were read.
    pub fn batch(&self) -> Result<RecordBatch, ArrowError> {
        let commons = UInt32Array::from_iter_values(self.commons.iter().copied());
        let whole = |values: &Values| match values {
            Values::Each(array) => Ok(Arc::clone(array)),
            Values::Common(array) => take(array, &commons, None),
        };
        let columns = self.columns.iter().map(whole).collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.keys.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }

    /// The rows at `picks` (which of the tables, and which row of it), in that order, with their keys. The tables are of one
    /// category and have the same columns.
    pub fn pick(tables: &[Self], picks: &[(usize, usize)]) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let Some(first) = tables.first() else {
            return Err(ArrowError::InvalidArgumentError("no rows to pick from".into()));
        };
        let commons: Vec<(usize, usize)> =
            picks.iter().map(|&(table, row)| (table, tables[table].commons[row] as usize)).collect();
        let picked = |(at, values): (usize, &Values)| {
            let arrays: Vec<&dyn Array> = tables.iter().map(|rows| rows.columns[at].array()).collect();
            interleave(&arrays, if matches!(values, Values::Each(_)) { picks } else { &commons })
        };
        let columns = first.columns.iter().enumerate().map(picked).collect::<Result<_, _>>()?;
        let keys = picks.iter().map(|&(table, row)| tables[table].keys[row]).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(picks.len()));
        Ok((RecordBatch::try_new_with_options(Arc::clone(&first.schema), columns, &options)?, keys))
    }
}
