//! Records into Arrow arrays, column by column, only the columns that are wanted.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, Int64Builder, TimestampNanosecondBuilder};
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

use super::columns::{Column, ColumnId, Kind, table_columns, table_schema};
use super::row::Row;
use super::rows::{RowKey, Rows};
use super::text::{Blocks, TextColumn, Whole};
use crate::model::{Category, Position, Record};
use tunnelql_udfs::domain::ike::{self, Reader, lower_case_id};

/// Collects rows of one category.
pub struct TableBuilder {
    schema: SchemaRef,
    columns: Vec<ColumnBuilder>,
    /// Columns with a value for each row.
    each: usize,
    commons: Commons,
    keys: Vec<RowKey>,
    blocks: Blocks,
    /// The message is wanted, and what is part of it needs no room of its own.
    has_message: bool,
    /// The resource of the last common values: most columns that tell it stay the same when another changes.
    resource_id: String,
    messages: Reader,
}

/// What rows have in common.
#[derive(Default)]
struct Commons {
    /// For each row the place of its common values.
    of_rows: Vec<u32>,
    /// How many there are.
    count: u32,
    /// [`Record::alike`] and place of some of them: records of two instances, or of a few kinds, take turns.
    known: [(u64, u32); 4],
    next: usize,
}

impl Commons {
    /// Where the common values of a record are, if they are there already.
    fn find(&self, alike: u64) -> Option<u32> {
        let known = self.known.iter().find(|(known, _)| *known == alike && alike != 0);
        known.map(|(_, place)| *place)
    }

    /// The place of the common values that are about to be appended.
    fn add(&mut self, alike: u64) -> u32 {
        let place = self.count;
        self.count += 1;
        if alike != 0 {
            self.known[self.next] = (alike, place);
            self.next = (self.next + 1) % self.known.len();
        }
        place
    }
}

struct ColumnBuilder {
    id: ColumnId,
    /// The value follows from what records have in common.
    common: bool,
    values: Values,
}

enum Values {
    Text(TextColumn),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Time(TimestampNanosecondBuilder),
}

/// Columns whose values records have in common that differ in time and message alone ([`Record::alike`]).
fn is_common(category: Category, id: ColumnId) -> bool {
    use ColumnId as C;
    match id {
        C::Gateway
        | C::Instance
        | C::InstanceName
        | C::Operation
        | C::Level
        | C::Properties
        | C::ResourceGroup
        | C::SubscriptionId
        | C::ResourceType
        | C::ResourceId
        | C::Source
        | C::Status
        | C::StateChangeReason
        | C::OperationStatus
        | C::Configuration
        | C::CategoryName => true,
        C::RemoteIp => category != Category::Ike,
        _ => false,
    }
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
        let columns: Vec<_> = wanted.iter().map(|&i| ColumnBuilder::new(category, all[i], rows)).collect();
        let has_message = wanted.iter().any(|&i| all[i].id == ColumnId::Message);
        Self {
            schema,
            each: columns.iter().filter(|c| !c.common).count(),
            columns,
            commons: Commons { of_rows: Vec::with_capacity(rows), ..Commons::default() },
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
        let known = self.commons.find(record.alike);
        let same_resource = self.commons.count > 0 && self.resource_id == record.resource_id;
        if known.is_none() && !same_resource {
            record.resource_id.clone_into(&mut self.resource_id);
        }
        let blocks = &mut self.blocks;
        let whole = match record.message {
            Some(text) if self.has_message => Some(Whole { text, at: blocks.store(text).ok_or_else(too_long)? }),
            _ => None,
        };
        for column in &mut self.columns {
            let id = column.id;
            if column.common && (known.is_some() || same_resource && of_resource(id)) {
                if let (None, Values::Text(b)) = (known, &mut column.values) {
                    b.again();
                }
                continue;
            }
            if !column.push(&mut row, whole, blocks) {
                return Err(too_long());
            }
        }
        let common = known.unwrap_or_else(|| self.commons.add(record.alike));
        self.commons.of_rows.push(common);
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

    /// Bytes held, roughly: texts, 16 bytes a value and what each row has beside them.
    pub fn memory(&self) -> usize {
        let values = self.len() * self.each + self.commons.count as usize * (self.columns.len() - self.each);
        self.blocks.bytes() + values * 16 + self.len() * (size_of::<RowKey>() + size_of::<u32>())
    }

    /// The rows so far; the builder is empty afterwards.
    pub fn finish(&mut self) -> Rows {
        let keys = std::mem::take(&mut self.keys);
        let commons = std::mem::take(&mut self.commons).of_rows;
        let blocks = self.blocks.finish();
        let columns = self.columns.iter_mut().map(|c| c.finish(&blocks)).collect();
        Rows { schema: Arc::clone(&self.schema), columns, commons, keys }
    }
}

impl ColumnBuilder {
    fn new(category: Category, column: &Column, rows: usize) -> Self {
        let common = is_common(category, column.id);
        let rows = if common { 0 } else { rows };
        let values = match column.kind {
            Kind::Text => Values::Text(TextColumn::expecting(rows)),
            Kind::Int32 => Values::Int32(Int32Builder::with_capacity(rows)),
            Kind::Int64 => Values::Int64(Int64Builder::with_capacity(rows)),
            Kind::Time => Values::Time(TimestampNanosecondBuilder::with_capacity(rows).with_timezone("UTC")),
        };
        Self { id: column.id, common, values }
    }

    /// Appends a row's value; `false` when it does not fit.
    #[inline]
    fn push(&mut self, row: &mut Row<'_>, whole: Option<Whole<'_>>, blocks: &mut Blocks) -> bool {
        let id = self.id;
        match &mut self.values {
            Values::Text(b) if id == ColumnId::Message => match whole {
                Some(whole) => b.whole(whole),
                None => b.null(),
            },
            Values::Text(b) => {
                let mut lower = [0u8; 64];
                let mut value = row.text(id);
                if id == ColumnId::SessionId {
                    value = value.map(|v| lower_case_id(v, &mut lower));
                }
                return match value {
                    None => {
                        b.null();
                        true
                    }
                    Some(text) if differs(id) => b.differing(text, whole, blocks),
                    Some(text) => b.repeating(text, blocks),
                };
            }
            Values::Int32(b) => b.append_option(row.number(id).and_then(|n| i32::try_from(n).ok())),
            Values::Int64(b) => b.append_option(row.number(id)),
            Values::Time(b) => b.append_value(row.record.ticks * 100),
        }
        true
    }

    fn finish(&mut self, blocks: &Arc<[Buffer]>) -> super::rows::Values {
        let array: ArrayRef = match &mut self.values {
            Values::Text(b) => b.finish(blocks),
            Values::Int32(b) => Arc::new(b.finish()),
            Values::Int64(b) => Arc::new(b.finish()),
            Values::Time(b) => Arc::new(b.finish().with_timezone("UTC")),
        };
        if self.common { super::rows::Values::Common(array) } else { super::rows::Values::Each(array) }
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
            alike: 0,
        }
    }

    #[test]
    fn fills_every_column_from_the_message() {
        let mut b = TableBuilder::new(Category::Ike, None);
        for line in 1..=3 {
            b.push(&record(), Position { line, offset: 0 }, "a/very/long/source/name.json", 0).unwrap();
        }
        assert!(b.memory() > 0);
        let rows = b.finish();
        let (batch, keys) = (rows.batch().unwrap(), rows.keys);
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
    fn what_records_have_in_common_is_kept_once_and_told_for_each() {
        // Six kinds take turns, more than are remembered; and 0 says nothing of what records have in common.
        let kinds = [1, 2, 1, 2, 0, 0, 3, 4, 5, 6, 1, 1, 0];
        let tables: Vec<Rows> = (0..2)
            .map(|table| {
                let mut b = TableBuilder::new(Category::Ike, None);
                for (line, kind) in (1..).zip(kinds) {
                    let level = format!("level {kind} of the table, a text with more than twelve letters");
                    let level = if kind == 0 { format!("{level}, line {line}") } else { level };
                    let gateway = format!("/SUBSCRIPTIONS/S/PROVIDERS/P/VIRTUALNETWORKGATEWAYS/GW{}", kind % 3);
                    let record = Record { alike: kind, level: &level, resource_id: &gateway, ..record() };
                    b.push(&record, Position { line, offset: 0 }, &format!("source {table}"), table).unwrap();
                }
                b.finish()
            })
            .collect();
        let (first, second) = (tables[0].batch().unwrap(), tables[1].batch().unwrap());
        for (row, kind) in kinds.iter().enumerate() {
            let text = |name: &str| first.column_by_name(name).unwrap().as_string_view().value(row).to_owned();
            let ending = if *kind == 0 { format!(", line {}", row + 1) } else { String::new() };
            assert!(text("level").starts_with(&format!("level {kind} ")) && text("level").ends_with(&ending), "{row}");
            assert_eq!(text("gateway"), format!("GW{}", kind % 3));
            assert_eq!(text("event"), "[RECEIVE][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0");
        }
        let commons = |rows: &Rows| rows.commons.iter().max().copied().unwrap() + 1;
        assert_eq!(commons(&tables[0]), 10, "six kinds, the first of them once more, and three without");
        // In any order and from both tables the rows are the same.
        let picks: Vec<(usize, usize)> = (0..kinds.len()).rev().flat_map(|row| [(1, row), (0, row)]).collect();
        let (picked, keys) = Rows::pick(&tables, &picks).unwrap();
        for (at, (table, row)) in picks.into_iter().enumerate() {
            assert_eq!(picked.slice(at, 1), [&first, &second][table].slice(row, 1));
            assert_eq!(keys[at], tables[table].keys[row]);
        }
    }

    #[test]
    fn empty_projection_still_counts() {
        let mut b = TableBuilder::new(Category::Tunnel, Some(&[]));
        b.push(&record(), Position::default(), "s", 0).unwrap();
        assert_eq!(b.finish().batch().unwrap().num_rows(), 1);
    }
}
