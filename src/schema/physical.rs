//! How rows lie in the archive: the files' columns, and the way from and to what queries see.
//!
//! Delta's timestamp has microseconds; Azure logs 100 ns. `time` therefore keeps the microseconds and `time_100ns` the
//! seventh digit. `row_hash` is the record's identity apart from its time.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Int8Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampNanosecondType};
use arrow::error::ArrowError;

use super::RowKey;
use super::columns::{COLUMNS, Kind, table_columns};
use crate::model::Category;

/// Column with the seventh fraction digit of the time, 0 to 9.
pub const TIME_100NS: &str = "time_100ns";
/// Column with the identity of the record apart from its time.
pub const ROW_HASH: &str = "row_hash";
/// Partition column: which log.
pub const CATEGORY: &str = "category";
/// Partition column: UTC day of the event.
pub const DATE: &str = "date";
/// Partition of the ledger: one row an imported piece of a source.
pub const IMPORTS: &str = "_import";
/// Partition of the rejects.
pub const REJECTS: &str = "_reject";
/// The archive's column for what queries call `category` in `other_log`; `category` itself is the partition.
pub const CATEGORY_NAME: &str = "category_name";

/// Name in the archive of a query column.
pub fn stored_name(name: &str) -> &str {
    if name == "category" { CATEGORY_NAME } else { name }
}

fn stored_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Int32 => DataType::Int32,
        Kind::Int64 => DataType::Int64,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

/// Columns of the whole archive table, partition columns included. All but `category` and `date` are optional, so that
/// a file holds only the columns of its category and later versions may add more.
pub fn archive_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let mut fields = vec![Field::new(CATEGORY, DataType::Utf8, false), Field::new(DATE, DataType::Date32, false)];
        fields.extend(COLUMNS.iter().map(|c| Field::new(stored_name(c.name), stored_type(c.kind), true)));
        fields.push(Field::new(TIME_100NS, DataType::Int8, true));
        fields.push(Field::new(ROW_HASH, DataType::Int64, true));
        Arc::new(Schema::new(fields))
    });
    Arc::clone(&SCHEMA)
}

/// Columns of a data file of one category.
pub fn file_schema(category: Category) -> SchemaRef {
    static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
        Category::ALL
            .iter()
            .map(|&category| {
                let mut fields = Vec::new();
                for column in table_columns(category) {
                    // Texts are views in memory; in the file both are plain strings.
                    let data_type = match column.kind {
                        Kind::Text => DataType::Utf8View,
                        kind => stored_type(kind),
                    };
                    fields.push(Field::new(stored_name(column.name), data_type, true));
                    if column.kind == Kind::Time {
                        fields.push(Field::new(TIME_100NS, DataType::Int8, true));
                    }
                }
                fields.push(Field::new(ROW_HASH, DataType::Int64, true));
                Arc::new(Schema::new(fields))
            })
            .collect()
    });
    Arc::clone(&SCHEMAS[category as usize])
}

/// Columns of the ledger's and the rejects' files.
pub fn system_file_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        Arc::new(Schema::new(vec![
            Field::new("time", stored_type(Kind::Time), true),
            Field::new("operation", DataType::Utf8View, true),
            Field::new("message", DataType::Utf8View, true),
            Field::new("properties", DataType::Utf8View, true),
            Field::new("source", DataType::Utf8View, true),
            Field::new("source_line", DataType::Int64, true),
        ]))
    });
    Arc::clone(&SCHEMA)
}

/// Turns rows as queries see them into rows as files hold them. `batch` has all columns of the category's table.
pub fn to_file(category: Category, batch: &RecordBatch, keys: &[RowKey]) -> Result<RecordBatch, ArrowError> {
    let schema = file_schema(category);
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for array in batch.columns() {
        if let Some(time) = array.as_primitive_opt::<TimestampNanosecondType>() {
            let micros: TimestampMicrosecondArray = time.unary(|ns| ns.div_euclid(1000));
            let digits: Int8Array = time.unary(|ns| i8::try_from(ns.rem_euclid(1000) / 100).unwrap_or_default());
            columns.push(Arc::new(micros.with_timezone("UTC")));
            columns.push(Arc::new(digits));
        } else {
            columns.push(Arc::clone(array));
        }
    }
    columns.push(Arc::new(keys.iter().map(|k| Some(k.hash.cast_signed())).collect::<Int64Array>()));
    debug_assert_eq!(columns[0].len(), keys.len());
    RecordBatch::try_new(schema, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_columns_are_archive_columns() {
        let archive = archive_schema();
        for category in Category::ALL {
            for field in file_schema(category).fields() {
                assert!(archive.field_with_name(field.name()).is_ok(), "{}", field.name());
            }
        }
        for field in system_file_schema().fields() {
            assert!(archive.field_with_name(field.name()).is_ok());
        }
    }
}
