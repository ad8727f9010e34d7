//! Records into Arrow arrays, column by column, only the columns that are wanted.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, Int64Builder, RecordBatch, RecordBatchOptions, TimestampNanosecondBuilder};
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

use super::columns::{Column, ColumnId, Kind, table_columns, table_schema};
use super::row::Row;
use super::text::{Blocks, TextColumn, Whole};
use crate::model::{Category, Position, Record};
use tunnelql_udfs::domain::ike::{self, Reader, lower_case_id};

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
    blocks: Blocks,
    /// The message is wanted, and what is part of it needs no room of its own.
    has_message: bool,
    /// The resource of the row before: most columns that tell it are the same in row after row.
    resource_id: String,
    messages: Reader,
}

struct ColumnBuilder {
    id: ColumnId,
    values: Values,
}

enum Values {
    Text(TextColumn),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Time(TimestampNanosecondBuilder),
}

/// Columns whose long values differ from row to row: remembering them would only cost.
fn differs(id: ColumnId) -> bool {
    use ColumnId as C;
    matches!(id, C::Event | C::Properties | C::SessionId | C::ICookie | C::RCookie | C::Configuration)
}

/// Columns that follow from the resource id.
fn of_resource(id: ColumnId) -> bool {
    use ColumnId as C;
    matches!(id, C::Gateway | C::ResourceGroup | C::SubscriptionId | C::ResourceType | C::ResourceId)
}

impl TableBuilder {
    /// A builder for the table's columns at `projection` (indexes into [`table_columns`]); `None` takes all.
    pub fn new(category: Category, projection: Option<&[usize]>) -> Self {
        Self::expecting(category, projection, 0)
    }

    /// The same with room for about so many rows: growing step by step copies every column several times.
    pub fn expecting(category: Category, projection: Option<&[usize]>, rows: usize) -> Self {
        let all = table_columns(category);
        let wanted: Vec<usize> = projection.map_or_else(|| (0..all.len()).collect(), <[usize]>::to_vec);
        let schema = match projection {
            None => table_schema(category),
            Some(_) => {
                let full = table_schema(category);
                Arc::new(Schema::new(wanted.iter().map(|&i| full.field(i).clone()).collect::<Vec<_>>()))
            }
        };
        let columns = wanted.iter().map(|&i| ColumnBuilder::new(all[i], rows)).collect();
        let has_message = wanted.iter().any(|&i| all[i].id == ColumnId::Message);
        Self {
            schema,
            columns,
            keys: Vec::with_capacity(rows),
            blocks: Blocks::default(),
            has_message,
            resource_id: String::new(),
            messages: Reader::of(wanted.iter().map(|&i| ike::Values::of(all[i].name)).collect()),
        }
    }

    /// Appends a record. Fails only when a text is longer than 2 GiB.
    pub fn push(
        &mut self,
        record: &Record<'_>,
        at: Position,
        source: &str,
        source_rank: u32,
    ) -> Result<(), ArrowError> {
        let mut row = Row::new(record, at, source, &mut self.messages);
        let mut lower = [0u8; 64];
        let same_resource = !self.keys.is_empty() && self.resource_id == record.resource_id;
        if !same_resource {
            record.resource_id.clone_into(&mut self.resource_id);
        }
        let blocks = &mut self.blocks;
        let whole = match record.message {
            Some(text) if self.has_message => Some(Whole { text, at: blocks.store(text).ok_or_else(too_long)? }),
            _ => None,
        };
        for column in &mut self.columns {
            let id = column.id;
            match &mut column.values {
                Values::Text(b) if same_resource && of_resource(id) => b.again(),
                Values::Text(b) if id == ColumnId::Message => match whole {
                    Some(whole) => b.whole(whole),
                    None => b.null(),
                },
                Values::Text(b) => {
                    let mut value = row.text(id);
                    if id == ColumnId::SessionId {
                        value = value.map(|v| lower_case_id(v, &mut lower));
                    }
                    let fits = match value {
                        None => {
                            b.null();
                            true
                        }
                        Some(text) if differs(id) => b.differing(text, whole, blocks),
                        Some(text) => b.repeating(text, blocks),
                    };
                    if !fits {
                        return Err(too_long());
                    }
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
        self.blocks.bytes() + self.len() * (self.columns.len() * 16 + size_of::<RowKey>())
    }

    /// The rows so far, with their keys in the same order; the builder is empty afterwards.
    pub fn finish(&mut self) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let keys = std::mem::take(&mut self.keys);
        let blocks = self.blocks.finish();
        let arrays = self.columns.iter_mut().map(|c| c.finish(&blocks)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(keys.len()));
        Ok((RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?, keys))
    }
}

impl ColumnBuilder {
    fn new(column: &Column, rows: usize) -> Self {
        let values = match column.kind {
            Kind::Text => Values::Text(TextColumn::expecting(rows)),
            Kind::Int32 => Values::Int32(Int32Builder::with_capacity(rows)),
            Kind::Int64 => Values::Int64(Int64Builder::with_capacity(rows)),
            Kind::Time => Values::Time(TimestampNanosecondBuilder::with_capacity(rows).with_timezone("UTC")),
        };
        Self { id: column.id, values }
    }

    fn finish(&mut self, blocks: &Arc<[Buffer]>) -> ArrayRef {
        match &mut self.values {
            Values::Text(b) => b.finish(blocks),
            Values::Int32(b) => Arc::new(b.finish()),
            Values::Int64(b) => Arc::new(b.finish()),
            Values::Time(b) => Arc::new(b.finish().with_timezone("UTC")),
        }
    }
}

fn too_long() -> ArrowError {
    ArrowError::InvalidArgumentError("a text of more than 2 GiB does not fit a column".into())
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
