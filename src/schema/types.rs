//! How SQL calls a type.

use std::borrow::Cow;

use arrow::datatypes::DataType;

/// The SQL name of a type, the same wherever types are shown. Encodings (dictionary, view, large) are not told apart.
pub fn type_name(data_type: &DataType) -> Cow<'static, str> {
    use DataType::*;
    Cow::Borrowed(match data_type {
        Null => "null",
        Boolean => "boolean",
        Int8 => "tinyint",
        Int16 => "smallint",
        Int32 => "integer",
        Int64 => "bigint",
        UInt8 => "utinyint",
        UInt16 => "usmallint",
        UInt32 => "uinteger",
        UInt64 => "ubigint",
        Float16 | Float32 => "float",
        Float64 => "double",
        Decimal32(p, s) | Decimal64(p, s) | Decimal128(p, s) | Decimal256(p, s) => {
            return Cow::Owned(format!("decimal({p},{s})"));
        }
        Timestamp(..) => "timestamp",
        Date32 | Date64 => "date",
        Time32(_) | Time64(_) => "time",
        Duration(_) => "duration",
        Interval(_) => "interval",
        Utf8 | LargeUtf8 | Utf8View => "varchar",
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) => "blob",
        List(_) | LargeList(_) | FixedSizeList(..) | ListView(_) | LargeListView(_) => "list",
        Struct(_) => "struct",
        Map(..) => "map",
        Union(..) => "union",
        Dictionary(_, values) => return type_name(values),
        RunEndEncoded(_, values) => return type_name(values.data_type()),
    })
}
