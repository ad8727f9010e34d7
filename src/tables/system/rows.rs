//! Building the rows of system tables.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Int32Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use datafusion::common::{Result, internal_err};

/// A column of a system table.
pub struct Column {
    pub name: &'static str,
    pub data_type: DataType,
    pub meaning: &'static str,
}

pub const fn text(name: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type: DataType::Utf8, meaning }
}

pub const fn number(name: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type: DataType::Int64, meaning }
}

pub const fn small(name: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type: DataType::Int32, meaning }
}

pub const fn flag(name: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type: DataType::Boolean, meaning }
}

/// A time in UTC; the zone is added with the schema since constants cannot allocate.
pub const fn time(name: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type: DataType::Timestamp(TimeUnit::Microsecond, None), meaning }
}

/// A cell.
pub enum Cell<'a> {
    Text(&'a str),
    Number(i64),
    Flag(bool),
    /// Microseconds since 1970, UTC.
    Time(i64),
    Null,
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(t: &'a str) -> Self {
        Self::Text(t)
    }
}

impl From<u64> for Cell<'_> {
    fn from(n: u64) -> Self {
        i64::try_from(n).map_or(Self::Null, Self::Number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(b: bool) -> Self {
        Self::Flag(b)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(o: Option<T>) -> Self {
        o.map_or(Self::Null, Into::into)
    }
}

enum Builder {
    Text(StringBuilder),
    Int64(Int64Builder),
    Int32(Int32Builder),
    Flag(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

/// Collects rows.
pub struct Rows {
    schema: SchemaRef,
    builders: Vec<Builder>,
}

impl Rows {
    pub fn new(schema: SchemaRef) -> Self {
        let builder = |t: &DataType| match t {
            DataType::Int64 => Builder::Int64(Int64Builder::new()),
            DataType::Int32 => Builder::Int32(Int32Builder::new()),
            DataType::Boolean => Builder::Flag(BooleanBuilder::new()),
            DataType::Timestamp(..) => Builder::Time(TimestampMicrosecondBuilder::new().with_data_type(t.clone())),
            _ => Builder::Text(StringBuilder::new()),
        };
        Self { builders: schema.fields().iter().map(|f| builder(f.data_type())).collect(), schema }
    }

    /// Appends a row; cells stand in the order of the columns.
    pub fn push<'a, const N: usize>(&mut self, cells: [Cell<'a>; N]) -> Result<()> {
        if N != self.builders.len() {
            return internal_err!("{N} cells for {} columns", self.builders.len());
        }
        for (builder, cell) in self.builders.iter_mut().zip(cells) {
            match (builder, cell) {
                (Builder::Text(b), Cell::Text(t)) => b.append_value(t),
                (Builder::Int64(b), Cell::Number(n)) => b.append_value(n),
                (Builder::Int32(b), Cell::Number(n)) => b.append_option(i32::try_from(n).ok()),
                (Builder::Flag(b), Cell::Flag(f)) => b.append_value(f),
                (Builder::Time(b), Cell::Time(us)) => b.append_value(us),
                (Builder::Text(b), _) => b.append_null(),
                (Builder::Int64(b), _) => b.append_null(),
                (Builder::Int32(b), _) => b.append_null(),
                (Builder::Flag(b), _) => b.append_null(),
                (Builder::Time(b), _) => b.append_null(),
            }
        }
        Ok(())
    }

    pub fn finish(self) -> Result<RecordBatch> {
        let arrays = self
            .builders
            .into_iter()
            .map(|b| match b {
                Builder::Text(mut b) => Arc::new(b.finish()) as ArrayRef,
                Builder::Int64(mut b) => Arc::new(b.finish()),
                Builder::Int32(mut b) => Arc::new(b.finish()),
                Builder::Flag(mut b) => Arc::new(b.finish()),
                Builder::Time(mut b) => Arc::new(b.finish()),
            })
            .collect();
        Ok(RecordBatch::try_new(self.schema, arrays)?)
    }
}
