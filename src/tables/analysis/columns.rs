//! Columns of the analysis tables, and the building of their rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, ListArray, RecordBatch, RecordBatchOptions,
    StringViewBuilder, StructArray, TimestampNanosecondBuilder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use datafusion::common::{Result, internal_err};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Small,
    Number,
    Double,
    Flag,
    /// UTC, to 100 ns.
    Time,
    /// A list of texts.
    Texts,
    /// A list of structs.
    Structs(&'static [(&'static str, Kind)]),
}

/// Rows of logs that prove something.
pub const EVIDENCE: Kind = Kind::Structs(&[("table", Kind::Text), ("time", Kind::Time), ("message", Kind::Text)]);

/// A column with its meaning.
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub meaning: &'static str,
}

pub const fn column(name: &'static str, kind: Kind, meaning: &'static str) -> Column {
    Column { name, kind, meaning }
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::Small => DataType::Int32,
            Self::Number => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Flag => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Self::Texts => DataType::List(item(DataType::Utf8View)),
            Self::Structs(fields) => DataType::List(item(DataType::Struct(of(fields)))),
        }
    }
}

fn item(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("item", data_type, true))
}

fn of(fields: &[(&'static str, Kind)]) -> Fields {
    fields.iter().map(|(name, kind)| Field::new(*name, kind.data_type(), true)).collect()
}

/// The schema of columns.
pub fn schema<'a>(columns: impl IntoIterator<Item = &'a Column>) -> SchemaRef {
    let fields = columns.into_iter().map(|c| Field::new(c.name, c.kind.data_type(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A value.
#[derive(Debug, Clone)]
pub enum Cell {
    Text(String),
    Number(i64),
    Double(f64),
    Flag(bool),
    /// Nanoseconds since 1970, UTC.
    Time(i64),
    Texts(Vec<String>),
    Structs(Vec<Vec<Cell>>),
    Null,
}

impl From<&str> for Cell {
    /// An empty text is one that the log does not have.
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.to_owned()) }
    }
}

impl From<i64> for Cell {
    fn from(n: i64) -> Self {
        Self::Number(n)
    }
}

impl From<i32> for Cell {
    fn from(n: i32) -> Self {
        Self::Number(n.into())
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Self {
        i64::try_from(n).map_or(Self::Null, Self::Number)
    }
}

impl From<usize> for Cell {
    fn from(n: usize) -> Self {
        i64::try_from(n).map_or(Self::Null, Self::Number)
    }
}

impl From<bool> for Cell {
    fn from(b: bool) -> Self {
        Self::Flag(b)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(o: Option<T>) -> Self {
        o.map_or(Self::Null, Into::into)
    }
}

/// A time, where there is one.
pub fn time(nanos: impl Into<Option<i64>>) -> Cell {
    nanos.into().map_or(Cell::Null, Cell::Time)
}

/// Whole milliseconds of nanoseconds.
pub fn millis(nanos: Option<i64>) -> Cell {
    nanos.map(|n| n.div_euclid(1_000_000)).into()
}

enum Builder {
    Text(StringViewBuilder),
    Small(Int32Builder),
    Number(Int64Builder),
    Double(Float64Builder),
    Flag(BooleanBuilder),
    Time(TimestampNanosecondBuilder),
    /// Texts or structs: the values of all lists, and where each ends.
    List {
        values: Vec<Builder>,
        fields: Option<Fields>,
        ends: Vec<i32>,
        valid: Vec<bool>,
    },
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            // Advice, proposals and names come again and again.
            Kind::Text => Self::Text(StringViewBuilder::new().with_deduplicate_strings()),
            Kind::Small => Self::Small(Int32Builder::new()),
            Kind::Number => Self::Number(Int64Builder::new()),
            Kind::Double => Self::Double(Float64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Time => Self::Time(TimestampNanosecondBuilder::new().with_data_type(kind.data_type())),
            Kind::Texts => Self::list(vec![Self::new(Kind::Text)], None),
            Kind::Structs(fields) => {
                Self::list(fields.iter().map(|(_, kind)| Self::new(*kind)).collect(), Some(of(fields)))
            }
        }
    }

    fn list(values: Vec<Self>, fields: Option<Fields>) -> Self {
        Self::List { values, fields, ends: vec![0], valid: Vec::new() }
    }

    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Text(b), Cell::Text(t)) => b.append_value(t),
            (Self::Small(b), Cell::Number(n)) => b.append_option(i32::try_from(n).ok()),
            (Self::Number(b), Cell::Number(n)) => b.append_value(n),
            (Self::Double(b), Cell::Double(n)) => b.append_value(n),
            (Self::Flag(b), Cell::Flag(f)) => b.append_value(f),
            (Self::Time(b), Cell::Time(t)) => b.append_value(t),
            (Self::List { values, ends, valid, .. }, cell) => {
                let rows: Vec<Vec<Cell>> = match cell {
                    Cell::Texts(list) => list.into_iter().map(|t| vec![Cell::Text(t)]).collect(),
                    Cell::Structs(list) => list,
                    _ => Vec::new(),
                };
                valid.push(true);
                ends.push(ends.last().copied().unwrap_or(0) + i32::try_from(rows.len()).unwrap_or(0));
                for row in rows {
                    values.iter_mut().zip(row).for_each(|(b, cell)| b.push(cell));
                }
            }
            (Self::Text(b), _) => b.append_null(),
            (Self::Small(b), _) => b.append_null(),
            (Self::Number(b), _) => b.append_null(),
            (Self::Double(b), _) => b.append_null(),
            (Self::Flag(b), _) => b.append_null(),
            (Self::Time(b), _) => b.append_null(),
        }
    }

    fn finish(self) -> Result<ArrayRef> {
        Ok(match self {
            Self::Text(mut b) => Arc::new(b.finish()),
            Self::Small(mut b) => Arc::new(b.finish()),
            Self::Number(mut b) => Arc::new(b.finish()),
            Self::Double(mut b) => Arc::new(b.finish()),
            Self::Flag(mut b) => Arc::new(b.finish()),
            Self::Time(mut b) => Arc::new(b.finish()),
            Self::List { values, fields, ends, valid } => {
                let mut arrays = values.into_iter().map(Self::finish).collect::<Result<Vec<_>>>()?;
                let values: ArrayRef = match fields {
                    Some(fields) => Arc::new(StructArray::try_new(fields, arrays, None)?),
                    None => arrays.remove(0),
                };
                let offsets = OffsetBuffer::new(ends.into());
                let nulls = NullBuffer::from(valid);
                Arc::new(ListArray::try_new(item(values.data_type().clone()), offsets, values, Some(nulls))?)
            }
        })
    }
}

/// Collects rows.
pub struct Rows {
    schema: SchemaRef,
    builders: Vec<Builder>,
    rows: usize,
}

impl Rows {
    pub fn new(columns: &[Column]) -> Self {
        let builders = columns.iter().map(|c| Builder::new(c.kind)).collect();
        Self { schema: schema(columns), builders, rows: 0 }
    }

    /// Appends a row; cells stand in the order of the columns.
    pub fn push<const N: usize>(&mut self, cells: [Cell; N]) -> Result<()> {
        if N != self.builders.len() {
            return internal_err!("{N} cells for {} columns", self.builders.len());
        }
        self.builders.iter_mut().zip(cells).for_each(|(builder, cell)| builder.push(cell));
        self.rows += 1;
        Ok(())
    }

    pub fn finish(self) -> Result<RecordBatch> {
        let arrays = self.builders.into_iter().map(Builder::finish).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        Ok(RecordBatch::try_new_with_options(self.schema, arrays, &options)?)
    }
}
