//! Records into Arrow arrays, column by column, only the columns that are wanted.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Builder, Int64Builder, StringViewArray, TimestampNanosecondBuilder};
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

use super::columns::{Column, ColumnId, Kind, table_columns, table_schema};
use super::row::Row;
use super::rows::{Finished, RowKey, Rows};
use super::text::{Blocks, TextColumn, Whole};
use crate::model::{Category, Position, Record};
use tunnelql_udfs::domain::ike::{self, Reader, lower_case_id};

/// Collects rows of one category.
pub struct TableBuilder {
    schema: SchemaRef,
    columns: Vec<ColumnBuilder>,
    /// How many columns keep a value for each row, and how many one for what rows have in common.
    each: usize,
    common: usize,
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

pub(super) struct ColumnBuilder {
    column: &'static Column,
    origin: Origin,
    values: Values,
}

enum Values {
    Text(TextColumn),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Time(TimestampNanosecondBuilder),
    /// Nothing is kept: what it follows from is.
    Later,
}

/// What a column's values follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// What records have in common that differ in time and message alone ([`Record::alike`]).
    Common,
    /// It is the message.
    Message,
    /// The message or the row's key.
    Row,
}

fn origin(category: Category, id: ColumnId) -> Origin {
    use ColumnId as C;
    match id {
        C::Message => Origin::Message,
        C::RemoteIp if category == Category::Ike => Origin::Row,
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
        | C::RemoteIp
        | C::Status
        | C::StateChangeReason
        | C::OperationStatus
        | C::Configuration
        | C::CategoryName => Origin::Common,
        _ => Origin::Row,
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
        let all = table_columns(category);
        let wanted: Vec<usize> = projection.map_or_else(|| (0..all.len()).collect(), <[usize]>::to_vec);
        let full = table_schema(category);
        let schema = match projection {
            None => full,
            Some(_) => Arc::new(Schema::new(wanted.iter().map(|&i| full.field(i).clone()).collect::<Vec<_>>())),
        };
        let columns = wanted.iter().map(|&i| ColumnBuilder::new(category, all[i], 0)).collect();
        Self::of(schema, columns, 0)
    }

    /// A builder for all columns of about so many rows, which keeps the messages and not what follows from them: that is read
    /// when rows are picked ([`Rows::pick`]), so that twice as many are held in the same memory, and only messages are moved
    /// when rows are put in order.
    pub fn deferring(category: Category, rows: usize) -> Self {
        let later = |column: &'static Column| match origin(category, column.id) {
            Origin::Row => ColumnBuilder { column, origin: Origin::Row, values: Values::Later },
            _ => ColumnBuilder::new(category, column, rows),
        };
        Self::of(table_schema(category), table_columns(category).into_iter().map(later).collect(), rows)
    }

    fn of(schema: SchemaRef, columns: Vec<ColumnBuilder>, rows: usize) -> Self {
        let count = |wanted: fn(&ColumnBuilder) -> bool| columns.iter().filter(|c| wanted(c)).count();
        Self {
            schema,
            each: count(|c| c.origin != Origin::Common && !matches!(c.values, Values::Later)),
            common: count(|c| c.origin == Origin::Common),
            has_message: columns.iter().any(|c| c.origin == Origin::Message),
            messages: reader(&columns),
            columns,
            commons: Commons { of_rows: Vec::with_capacity(rows), ..Commons::default() },
            keys: Vec::with_capacity(rows),
            blocks: Blocks::default(),
            resource_id: String::new(),
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
            if column.origin == Origin::Common && (known.is_some() || same_resource && of_resource(column.column.id)) {
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
        let values = self.len() * self.each + self.commons.count as usize * self.common;
        self.blocks.bytes() + values * 16 + self.len() * (size_of::<RowKey>() + size_of::<u32>())
    }

    /// The rows so far; the builder is empty afterwards.
    pub fn finish(&mut self) -> Rows {
        let keys = std::mem::take(&mut self.keys);
        let commons = std::mem::take(&mut self.commons).of_rows;
        let blocks = self.blocks.finish();
        let finished = |column: &mut ColumnBuilder| match (column.finish(&blocks), column.origin) {
            (None, _) => Finished::Later(column.column),
            (Some(array), Origin::Common) => Finished::Common(array),
            (Some(array), _) => Finished::Each(array),
        };
        let columns = self.columns.iter_mut().map(finished).collect();
        Rows { schema: Arc::clone(&self.schema), columns, commons, keys }
    }
}

/// A reader of what the columns ask of messages.
fn reader(columns: &[ColumnBuilder]) -> Reader {
    Reader::of(columns.iter().map(|c| ike::Values::of(c.column.name)).collect())
}

/// The columns that follow from messages and keys, for rows whose messages are at hand.
pub(super) fn later(
    category: Category,
    columns: &[&'static Column],
    messages: &StringViewArray,
    operations: &StringViewArray,
    keys: &[RowKey],
) -> Result<Vec<ArrayRef>, ArrowError> {
    let mut columns: Vec<_> = columns.iter().map(|c| ColumnBuilder::new(category, c, keys.len())).collect();
    let mut reader = reader(&columns);
    let mut blocks = Blocks::after(messages.data_buffers());
    for (at, key) in keys.iter().enumerate() {
        let message = messages.is_valid(at).then(|| messages.value(at));
        let operation = if operations.is_valid(at) { operations.value(at) } else { "" };
        let record = Record { ticks: key.ticks, category, operation, message, ..Record::EMPTY };
        let mut row = Row::new(&record, Position { line: key.line, offset: 0 }, "", &mut reader);
        let whole = message.and_then(|text| Whole::of_view(text, messages.views()[at]));
        for column in &mut columns {
            if !column.push(&mut row, whole, &mut blocks) {
                return Err(too_long());
            }
        }
    }
    let blocks = blocks.finish();
    Ok(columns.iter_mut().filter_map(|column| column.finish(&blocks)).collect())
}

impl ColumnBuilder {
    fn new(category: Category, column: &'static Column, rows: usize) -> Self {
        let origin = origin(category, column.id);
        let rows = if origin == Origin::Common { 0 } else { rows };
        let values = match column.kind {
            Kind::Text => Values::Text(TextColumn::expecting(rows)),
            Kind::Int32 => Values::Int32(Int32Builder::with_capacity(rows)),
            Kind::Int64 => Values::Int64(Int64Builder::with_capacity(rows)),
            Kind::Time => Values::Time(TimestampNanosecondBuilder::with_capacity(rows).with_timezone("UTC")),
        };
        Self { column, origin, values }
    }

    /// Appends a row's value; `false` when it does not fit.
    #[inline]
    fn push(&mut self, row: &mut Row<'_>, whole: Option<Whole<'_>>, blocks: &mut Blocks) -> bool {
        let id = self.column.id;
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
            Values::Later => {}
        }
        true
    }

    /// The values so far; `None` when they were not kept.
    fn finish(&mut self, blocks: &Arc<[Buffer]>) -> Option<ArrayRef> {
        Some(match &mut self.values {
            Values::Text(b) => b.finish(blocks),
            Values::Int32(b) => Arc::new(b.finish()),
            Values::Int64(b) => Arc::new(b.finish()),
            Values::Time(b) => Arc::new(b.finish().with_timezone("UTC")),
            Values::Later => return None,
        })
    }
}

fn too_long() -> ArrowError {
    ArrowError::InvalidArgumentError("a text of more than 2 GiB does not fit a column".into())
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::TimestampNanosecondType;

    use super::*;

    fn record() -> Record<'static> {
        Record {
            ticks: 17_723_484_011_234_567,
            category: Category::Ike,
            category_name: "IKEDiagnosticLog",
            resource_id: "/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/GW1",
            operation: "IKELogEvent",
            message: Some(
                "SESSION_ID :{8CB5875D-4c80-434b-8702-d78ac5b3d154} Remote 77.98.70.226:59780: Local 51.124.63.204:4500: \
                 [RECEIVE][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0",
            ),
            instance: "GatewayTenantWorker_IN_1",
            hash: 7,
            ..Record::EMPTY
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
        let make = |deferring: bool| -> Vec<Rows> {
            let table = |table| {
                let mut b = match deferring {
                    true => TableBuilder::deferring(Category::Ike, 3),
                    false => TableBuilder::new(Category::Ike, None),
                };
                for (line, kind) in (1..).zip(kinds) {
                    let level = format!("level {kind} of the table, a text with more than twelve letters");
                    let level = if kind == 0 { format!("{level}, line {line}") } else { level };
                    let gateway = format!("/SUBSCRIPTIONS/S/PROVIDERS/P/VIRTUALNETWORKGATEWAYS/GW{}", kind % 3);
                    let mut record = Record { alike: kind, level: &level, resource_id: &gateway, ..record() };
                    // Messages of every length: none, one that lies in its view, one with a session id to be changed.
                    record.message = match line % 5 {
                        0 => None,
                        1 => Some("Hello [SEND]"),
                        _ => record.message,
                    };
                    b.push(&record, Position { line, offset: 0 }, &format!("source {table}"), table).unwrap();
                }
                b.finish()
            };
            (0..2).map(table).collect()
        };
        let (tables, deferred) = (make(false), make(true));
        let (first, second) = (tables[0].batch().unwrap(), tables[1].batch().unwrap());
        for (row, kind) in kinds.iter().enumerate() {
            let text = |name: &str| first.column_by_name(name).unwrap().as_string_view().value(row).to_owned();
            let ending = if *kind == 0 { format!(", line {}", row + 1) } else { String::new() };
            assert!(text("level").starts_with(&format!("level {kind} ")) && text("level").ends_with(&ending), "{row}");
            assert_eq!(text("gateway"), format!("GW{}", kind % 3));
            let event = ["", "Hello [SEND]"].get((row + 1) % 5).copied();
            assert_eq!(
                text("event"),
                event.unwrap_or("[RECEIVE][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0")
            );
        }
        let commons = |rows: &Rows| rows.commons.iter().max().copied().unwrap() + 1;
        assert_eq!(commons(&tables[0]), 10, "six kinds, the first of them once more, and three without");
        // In any order and from both tables the rows are the same, and so they are when what follows from messages was deferred.
        let picks: Vec<(usize, usize)> = (0..kinds.len()).rev().flat_map(|row| [(1, row), (0, row)]).collect();
        let (picked, keys) = Rows::pick(Category::Ike, &tables, &picks).unwrap();
        for (at, (table, row)) in picks.iter().copied().enumerate() {
            assert_eq!(picked.slice(at, 1), [&first, &second][table].slice(row, 1));
            assert_eq!(keys[at], tables[table].keys[row]);
        }
        assert_eq!(Rows::pick(Category::Ike, &deferred, &picks).unwrap(), (picked, keys));
        assert!(deferred[0].batch().is_err());
    }

    #[test]
    fn empty_projection_still_counts() {
        let mut b = TableBuilder::new(Category::Tunnel, Some(&[]));
        b.push(&record(), Position::default(), "s", 0).unwrap();
        assert_eq!(b.finish().batch().unwrap().num_rows(), 1);
    }
}
