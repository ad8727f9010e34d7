//! Records into Arrow arrays, column by column, only the columns that are wanted.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Builder, Int64Builder, RecordBatch, RecordBatchOptions, StringViewBuilder,
    TimestampNanosecondBuilder,
};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use hashbrown::HashMap;

use super::columns::{Column, ColumnId, Kind, table_columns, table_schema};
use super::row::Row;
use crate::model::{Category, Position, Record};
use tunnelql_udfs::domain::ike::lower_case_id;

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

/// Collects rows of one category.
pub struct TableBuilder {
    schema: SchemaRef,
    columns: Vec<ColumnBuilder>,
    keys: Vec<RowKey>,
    text_bytes: usize,
}

struct ColumnBuilder {
    id: ColumnId,
    values: Values,
}

enum Values {
    Text(TextBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Time(TimestampNanosecondBuilder),
}

/// A view builder that stores a repeated value once: most columns say the same few things in row after row.
#[derive(Default)]
struct TextBuilder {
    views: StringViewBuilder,
    last: String,
    last_view: Option<View>,
    seen: HashMap<String, View>,
}

/// Block, offset and length of a stored text.
type View = (u32, u32, u32);

/// Views hold texts up to this length themselves; only longer ones are worth remembering.
const INLINE: usize = 12;

/// Size of the text blocks: small, so that small tables waste little.
const BLOCK: u32 = 64 * 1024;

/// Distinct values remembered per column. Each is a block of its own, and too many blocks make arrays slow.
const MAX_SEEN: usize = 2048;

impl TextBuilder {
    fn new() -> Self {
        Self { views: StringViewBuilder::new().with_fixed_block_size(BLOCK), ..Self::default() }
    }

    /// Appends and returns how many bytes were stored.
    fn push(&mut self, value: Option<&str>, repeats: bool) -> Result<usize, ArrowError> {
        let Some(value) = value else {
            self.views.append_null();
            return Ok(0);
        };
        if value.len() <= INLINE {
            self.views.append_value(value);
            return Ok(0);
        }
        if !repeats {
            self.views.append_value(value);
            return Ok(value.len());
        }
        let known = match self.last_view {
            Some(view) if self.last == value => Some(view),
            _ => self.seen.get(value).copied(),
        };
        let (view, stored) = match known {
            Some(view) => (view, 0),
            None if self.seen.len() < MAX_SEEN => {
                let block = self.views.append_block(value.as_bytes().into());
                let len = u32::try_from(value.len()).map_err(|e| ArrowError::InvalidArgumentError(e.to_string()))?;
                self.seen.insert(value.to_owned(), (block, 0, len));
                ((block, 0, len), value.len())
            }
            None => {
                self.views.append_value(value);
                return Ok(value.len());
            }
        };
        self.views.try_append_view(view.0, view.1, view.2)?;
        if self.last_view != Some(view) {
            self.last_view = Some(view);
            value.clone_into(&mut self.last);
        }
        Ok(stored)
    }
}

/// Columns whose long values differ from row to row: remembering them would only cost.
fn repeats(id: ColumnId) -> bool {
    use ColumnId as C;
    !matches!(id, C::Message | C::Event | C::Properties | C::SessionId | C::ICookie | C::RCookie | C::Configuration)
}

impl TableBuilder {
    /// A builder for the table's columns at `projection` (indexes into [`table_columns`]); `None` takes all.
    pub fn new(category: Category, projection: Option<&[usize]>) -> Self {
        let all = table_columns(category);
        let wanted: Vec<usize> = projection.map_or_else(|| (0..all.len()).collect(), <[usize]>::to_vec);
        let schema = match projection {
            None => table_schema(category),
            Some(_) => {
                let full = table_schema(category);
                Arc::new(Schema::new(wanted.iter().map(|&i| full.field(i).clone()).collect::<Vec<_>>()))
            }
        };
        let columns = wanted.iter().map(|&i| ColumnBuilder::new(all[i])).collect();
        Self { schema, columns, keys: Vec::new(), text_bytes: 0 }
    }

    /// Appends a record. Fails only when a text is longer than 4 GiB.
    pub fn push(
        &mut self,
        record: &Record<'_>,
        at: Position,
        source: &str,
        source_rank: u32,
    ) -> Result<(), ArrowError> {
        let mut row = Row::new(record, at, source);
        let mut lower = [0u8; 64];
        for column in &mut self.columns {
            let id = column.id;
            match &mut column.values {
                Values::Text(b) => {
                    let mut value = row.text(id);
                    if id == ColumnId::SessionId {
                        value = value.map(|v| lower_case_id(v, &mut lower));
                    }
                    self.text_bytes += b.push(value, repeats(id))?;
                }
                Values::Int32(b) => b.append_option(row.number(id).and_then(|n| i32::try_from(n).ok())),
                Values::Int64(b) => b.append_option(row.number(id)),
                Values::Time(b) => b.append_value(record.ticks * 100),
            }
        }
        self.keys.push(RowKey { ticks: record.ticks, source: source_rank, line: at.line, hash: record.hash });
        Ok(())
    }

    /// Rows so far.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Bytes held, roughly: texts, 16 bytes a cell and the keys.
    pub fn memory(&self) -> usize {
        self.text_bytes + self.len() * (self.columns.len() * 16 + size_of::<RowKey>())
    }

    /// The rows so far, with their keys in the same order; the builder is empty afterwards.
    pub fn finish(&mut self) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let keys = std::mem::take(&mut self.keys);
        self.text_bytes = 0;
        let arrays = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(keys.len()));
        Ok((RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?, keys))
    }
}

impl ColumnBuilder {
    fn new(column: &Column) -> Self {
        let values = match column.kind {
            Kind::Text => Values::Text(TextBuilder::new()),
            Kind::Int32 => Values::Int32(Int32Builder::new()),
            Kind::Int64 => Values::Int64(Int64Builder::new()),
            Kind::Time => Values::Time(TimestampNanosecondBuilder::new().with_timezone("UTC")),
        };
        Self { id: column.id, values }
    }

    fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Text(b) => Arc::new(std::mem::replace(b, TextBuilder::new()).views.finish()),
            Values::Int32(b) => Arc::new(b.finish()),
            Values::Int64(b) => Arc::new(b.finish()),
            Values::Time(b) => Arc::new(b.finish().with_timezone("UTC")),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::TimestampNanosecondType;

    use super::*;

    fn record() -> Record<'static> {
        Record {
            ticks: 17_723_484_011_234_567,
            category: Category::Ike,
            category_name: "IKEDiagnosticLog",
            resource_id: "/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/GW1",
            operation: "IKELogEvent",
            level: "",
            message: Some(
                "SESSION_ID :{8CB5875D-4c80-434b-8702-d78ac5b3d154} Remote 77.98.70.226:59780: Local 51.124.63.204:4500: \
                 [RECEIVE][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0",
            ),
            instance: "GatewayTenantWorker_IN_1",
            remote_ip: "",
            status: "",
            state_change_reason: "",
            operation_status: "",
            configuration: "",
            properties: "",
            hash: 7,
        }
    }

    #[test]
    fn fills_every_column_from_the_message() {
        let mut b = TableBuilder::new(Category::Ike, None);
        for line in 1..=3 {
            b.push(&record(), Position { line, offset: 0 }, "a/very/long/source/name.json", 0).unwrap();
        }
        assert!(b.memory() > 0);
        let (batch, keys) = b.finish().unwrap();
        assert_eq!((batch.num_rows(), keys.len(), b.len()), (3, 3, 0));
        let text = |name: &str| batch.column_by_name(name).unwrap().as_string_view().value(2).to_owned();
        assert_eq!(text("session_id"), "8cb5875d-4c80-434b-8702-d78ac5b3d154");
        assert_eq!(text("direction"), "RECEIVED");
        assert_eq!(text("gateway"), "GW1");
        assert_eq!(text("source"), "a/very/long/source/name.json");
        assert!(batch.column_by_name("level").unwrap().is_null(0));
        assert_eq!(
            batch.column_by_name("remote_port").unwrap().as_primitive::<arrow::datatypes::Int32Type>().value(0),
            59780
        );
        assert_eq!(batch.column(0).as_primitive::<TimestampNanosecondType>().value(0), 1_772_348_401_123_456_700);
    }

    #[test]
    fn empty_projection_still_counts() {
        let mut b = TableBuilder::new(Category::Tunnel, Some(&[]));
        b.push(&record(), Position::default(), "s", 0).unwrap();
        assert_eq!(b.finish().unwrap().0.num_rows(), 1);
    }
}
