//! Rows of one table as they were read: what many rows have in common is kept once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{interleave, take};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use super::{Column, ColumnId};
use crate::model::Category;

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
    pub(super) columns: Vec<Finished>,
    /// For each row the place of its values in columns of [`Finished::Common`].
    pub(super) commons: Vec<u32>,
    /// What identifies and orders each row.
    pub keys: Vec<RowKey>,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) enum Finished {
    /// A value for each row.
    Each(ArrayRef),
    /// A value for many rows.
    Common(ArrayRef),
    /// It follows from the rows' messages and keys, and is made when they are picked.
    Later(&'static Column),
}

impl Rows {
    /// All rows, in the order in which they were read. For tables that defer nothing.
    pub fn batch(&self) -> Result<RecordBatch, ArrowError> {
        let commons = UInt32Array::from_iter_values(self.commons.iter().copied());
        let whole = |column: &Finished| match column {
            Finished::Each(array) => Ok(Arc::clone(array)),
            Finished::Common(array) => take(array, &commons, None),
            Finished::Later(_) => Err(misplaced("a deferred column")),
        };
        let columns = self.columns.iter().map(whole).collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.keys.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }

    /// The rows at `picks` (which of the tables, and which row of it), in that order, with their keys. The tables are of one
    /// category and have the same columns.
    pub fn pick(
        category: Category,
        tables: &[Self],
        picks: &[(usize, usize)],
    ) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let Some(first) = tables.first() else { return Err(misplaced("no table")) };
        let commons: Vec<(usize, usize)> =
            picks.iter().map(|&(table, row)| (table, tables[table].commons[row] as usize)).collect();
        let keys: Vec<RowKey> = picks.iter().map(|&(table, row)| tables[table].keys[row]).collect();
        let picked = |at: usize, column: &Finished| {
            let arrays: Vec<&dyn Array> = tables.iter().filter_map(|rows| rows.columns[at].array()).collect();
            match column {
                Finished::Each(_) => interleave(&arrays, picks).map(Some),
                Finished::Common(_) => interleave(&arrays, &commons).map(Some),
                Finished::Later(_) => Ok(None),
            }
        };
        let columns = first.columns.iter().enumerate().map(|(at, column)| picked(at, column));
        let columns: Vec<Option<ArrayRef>> = columns.collect::<Result<_, _>>()?;
        let later: Vec<&'static Column> = first.columns.iter().filter_map(Finished::later).collect();
        let mut later = match later.is_empty() {
            true => Vec::new(),
            false => {
                let text = |id: ColumnId| {
                    let column = columns.get(first.schema.index_of(id.column().name)?).and_then(Option::as_ref);
                    column.and_then(|c| c.as_string_view_opt()).ok_or_else(|| misplaced(id.column().name))
                };
                super::builder::later(category, &later, text(ColumnId::Message)?, text(ColumnId::Operation)?, &keys)?
            }
        }
        .into_iter();
        let columns = columns.into_iter().map(|column| column.or_else(|| later.next())).collect::<Option<_>>();
        let columns = columns.ok_or_else(|| misplaced("a deferred column"))?;
        let options = RecordBatchOptions::new().with_row_count(Some(picks.len()));
        Ok((RecordBatch::try_new_with_options(Arc::clone(&first.schema), columns, &options)?, keys))
    }
}

impl Finished {
    fn array(&self) -> Option<&dyn Array> {
        match self {
            Self::Each(array) | Self::Common(array) => Some(array),
            Self::Later(_) => None,
        }
    }

    fn later(&self) -> Option<&'static Column> {
        match self {
            Self::Later(column) => Some(column),
            _ => None,
        }
    }
}

fn misplaced(what: &str) -> ArrowError {
    ArrowError::InvalidArgumentError(format!("rows cannot be put together: {what}"))
}
