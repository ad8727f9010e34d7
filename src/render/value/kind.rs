//! An array resolved to its type, once for each batch.

use std::ops::Range;

use arrow::array::*;
use arrow::datatypes::*;
use arrow::error::ArrowError;

use super::number::Decimal;
use super::time::Zone;
use super::{ColumnText, Look, Style};
use crate::render::RenderError;
use crate::render::types::unique;

/// An array by type, with what writing a value needs at hand.
pub(super) enum Kind<'a> {
    Null,
    Bool(&'a BooleanArray),
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
    F16(&'a Float16Array),
    F32(&'a [f32]),
    F64(&'a [f64]),
    Decimal(Decimal<'a>),
    Timestamp {
        values: &'a [i64],
        unit: TimeUnit,
        zone: Zone,
    },
    Date32(&'a [i32]),
    Date64(&'a [i64]),
    Time32(&'a [i32], TimeUnit),
    Time64(&'a [i64], TimeUnit),
    Duration(&'a [i64], TimeUnit),
    /// Nanoseconds as Kusto writes timespans.
    Timespan(&'a [i64]),
    /// Nanoseconds since 1970 with the seven digits that Kusto writes.
    Datetime(&'a [i64]),
    /// Text that is JSON.
    Json(&'a StringArray),
    YearMonth(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    Binary(&'a BinaryArray),
    LargeBinary(&'a LargeBinaryArray),
    BinaryView(&'a BinaryViewArray),
    FixedBinary(&'a FixedSizeBinaryArray),
    /// A dictionary or run-end encoding: row -> position in `values`.
    Indirect {
        index: Vec<usize>,
        values: Box<ColumnText<'a>>,
    },
    List {
        items: Box<ColumnText<'a>>,
        ranges: Ranges<'a>,
    },
    Struct {
        names: Vec<String>,
        columns: Vec<ColumnText<'a>>,
    },
    Map {
        keys: Box<ColumnText<'a>>,
        values: Box<ColumnText<'a>>,
        ranges: Ranges<'a>,
    },
    /// `offsets` is absent in a sparse union, whose children are as long as the union.
    Union {
        children: Vec<(i8, ColumnText<'a>)>,
        ids: &'a [i8],
        offsets: Option<&'a [i32]>,
    },
}

/// Where the items of a list stand among all items.
pub(super) enum Ranges<'a> {
    Offsets32(&'a [i32]),
    Offsets64(&'a [i64]),
    View32(&'a [i32], &'a [i32]),
    View64(&'a [i64], &'a [i64]),
    Fixed(usize),
}

impl Ranges<'_> {
    /// The items of `row`.
    pub(super) fn of(&self, row: usize) -> Range<usize> {
        match self {
            Ranges::Offsets32(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Ranges::Offsets64(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Ranges::View32(offsets, sizes) => offsets[row] as usize..(offsets[row] + sizes[row]) as usize,
            Ranges::View64(offsets, sizes) => offsets[row] as usize..(offsets[row] + sizes[row]) as usize,
            Ranges::Fixed(length) => row * length..(row + 1) * length,
        }
    }
}

/// The concrete array, or the error that its type is not what it says.
fn cast<T: 'static>(array: &dyn Array) -> Result<&T, RenderError> {
    let wrong = || RenderError::Arrow(ArrowError::CastError(format!("{} array of another kind", array.data_type())));
    array.as_any().downcast_ref::<T>().ok_or_else(wrong)
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array) -> Result<&[T::Native], RenderError> {
    Ok(cast::<PrimitiveArray<T>>(array)?.values())
}

impl<'a> Kind<'a> {
    /// By what the field says of itself besides its type: results of KQL name their Kusto type.
    pub(super) fn of_field(array: &'a dyn Array, field: &Field, look: Look) -> Result<Self, RenderError> {
        match (field.metadata().get("kql.kind").map(String::as_str), array.data_type()) {
            (Some("timespan"), DataType::Duration(TimeUnit::Nanosecond)) => {
                Ok(Kind::Timespan(primitive::<DurationNanosecondType>(array)?))
            }
            (Some("datetime"), DataType::Timestamp(TimeUnit::Nanosecond, _)) if look.style == Style::Exact => {
                Ok(Kind::Datetime(primitive::<TimestampNanosecondType>(array)?))
            }
            (Some("dynamic"), DataType::Utf8) => Ok(Kind::Json(cast(array)?)),
            _ => Self::new(array, look),
        }
    }

    pub(super) fn new(array: &'a dyn Array, look: Look) -> Result<Self, RenderError> {
        use DataType as D;
        let child = |array: &'a dyn Array| ColumnText::new(array, look).map(Box::new);
        Ok(match array.data_type() {
            D::Null => Kind::Null,
            D::Boolean => Kind::Bool(cast(array)?),
            D::Int8 => Kind::I8(primitive::<Int8Type>(array)?),
            D::Int16 => Kind::I16(primitive::<Int16Type>(array)?),
            D::Int32 => Kind::I32(primitive::<Int32Type>(array)?),
            D::Int64 => Kind::I64(primitive::<Int64Type>(array)?),
            D::UInt8 => Kind::U8(primitive::<UInt8Type>(array)?),
            D::UInt16 => Kind::U16(primitive::<UInt16Type>(array)?),
            D::UInt32 => Kind::U32(primitive::<UInt32Type>(array)?),
            D::UInt64 => Kind::U64(primitive::<UInt64Type>(array)?),
            D::Float16 => Kind::F16(cast(array)?),
            D::Float32 => Kind::F32(primitive::<Float32Type>(array)?),
            D::Float64 => Kind::F64(primitive::<Float64Type>(array)?),
            D::Decimal32(_, scale) => Kind::Decimal(Decimal::D32(primitive::<Decimal32Type>(array)?, *scale)),
            D::Decimal64(_, scale) => Kind::Decimal(Decimal::D64(primitive::<Decimal64Type>(array)?, *scale)),
            D::Decimal128(_, scale) => Kind::Decimal(Decimal::D128(primitive::<Decimal128Type>(array)?, *scale)),
            D::Decimal256(_, scale) => Kind::Decimal(Decimal::D256(primitive::<Decimal256Type>(array)?, *scale)),
            D::Timestamp(unit, zone) => {
                let values = match unit {
                    TimeUnit::Second => primitive::<TimestampSecondType>(array)?,
                    TimeUnit::Millisecond => primitive::<TimestampMillisecondType>(array)?,
                    TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(array)?,
                    TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(array)?,
                };
                Kind::Timestamp { values, unit: *unit, zone: Zone::shown(zone.as_deref(), look.zone) }
            }
            D::Date32 => Kind::Date32(primitive::<Date32Type>(array)?),
            D::Date64 => Kind::Date64(primitive::<Date64Type>(array)?),
            D::Time32(TimeUnit::Second) => Kind::Time32(primitive::<Time32SecondType>(array)?, TimeUnit::Second),
            D::Time32(unit) => Kind::Time32(primitive::<Time32MillisecondType>(array)?, *unit),
            D::Time64(TimeUnit::Nanosecond) => {
                Kind::Time64(primitive::<Time64NanosecondType>(array)?, TimeUnit::Nanosecond)
            }
            D::Time64(unit) => Kind::Time64(primitive::<Time64MicrosecondType>(array)?, *unit),
            D::Duration(unit) => {
                let values = match unit {
                    TimeUnit::Second => primitive::<DurationSecondType>(array)?,
                    TimeUnit::Millisecond => primitive::<DurationMillisecondType>(array)?,
                    TimeUnit::Microsecond => primitive::<DurationMicrosecondType>(array)?,
                    TimeUnit::Nanosecond => primitive::<DurationNanosecondType>(array)?,
                };
                Kind::Duration(values, *unit)
            }
            D::Interval(IntervalUnit::YearMonth) => Kind::YearMonth(primitive::<IntervalYearMonthType>(array)?),
            D::Interval(IntervalUnit::DayTime) => Kind::DayTime(primitive::<IntervalDayTimeType>(array)?),
            D::Interval(IntervalUnit::MonthDayNano) => {
                Kind::MonthDayNano(primitive::<IntervalMonthDayNanoType>(array)?)
            }
            D::Utf8 => Kind::Utf8(cast(array)?),
            D::LargeUtf8 => Kind::LargeUtf8(cast(array)?),
            D::Utf8View => Kind::Utf8View(cast(array)?),
            D::Binary => Kind::Binary(cast(array)?),
            D::LargeBinary => Kind::LargeBinary(cast(array)?),
            D::BinaryView => Kind::BinaryView(cast(array)?),
            D::FixedSizeBinary(_) => Kind::FixedBinary(cast(array)?),
            D::Dictionary(..) => {
                let unknown = || RenderError::Unsupported(format!("unknown dictionary {}", array.data_type()));
                let dictionary = array.as_any_dictionary_opt().ok_or_else(unknown)?;
                let values = dictionary.values();
                // An empty dictionary has only null keys.
                let index = if values.is_empty() { vec![] } else { dictionary.normalized_keys() };
                Kind::Indirect { index, values: child(values.as_ref())? }
            }
            D::RunEndEncoded(ends, _) => match ends.data_type() {
                D::Int16 => Self::runs::<Int16Type>(array, look)?,
                D::Int32 => Self::runs::<Int32Type>(array, look)?,
                _ => Self::runs::<Int64Type>(array, look)?,
            },
            D::List(_) => {
                let list: &ListArray = cast(array)?;
                Kind::List { items: child(list.values().as_ref())?, ranges: Ranges::Offsets32(list.value_offsets()) }
            }
            D::LargeList(_) => {
                let list: &LargeListArray = cast(array)?;
                Kind::List { items: child(list.values().as_ref())?, ranges: Ranges::Offsets64(list.value_offsets()) }
            }
            D::ListView(_) => {
                let list: &ListViewArray = cast(array)?;
                let ranges = Ranges::View32(list.value_offsets(), list.value_sizes());
                Kind::List { items: child(list.values().as_ref())?, ranges }
            }
            D::LargeListView(_) => {
                let list: &LargeListViewArray = cast(array)?;
                let ranges = Ranges::View64(list.value_offsets(), list.value_sizes());
                Kind::List { items: child(list.values().as_ref())?, ranges }
            }
            D::FixedSizeList(_, length) => {
                let list: &FixedSizeListArray = cast(array)?;
                let ranges = Ranges::Fixed(usize::try_from(*length).unwrap_or(0));
                Kind::List { items: child(list.values().as_ref())?, ranges }
            }
            D::Struct(fields) => {
                let columns = cast::<StructArray>(array)?.columns().iter();
                let columns = columns.map(|c| ColumnText::new(c.as_ref(), look)).collect::<Result<_, _>>()?;
                Kind::Struct { names: unique(fields.iter().map(|f| f.name().as_str())), columns }
            }
            D::Map(..) => {
                let map: &MapArray = cast(array)?;
                let ranges = Ranges::Offsets32(map.value_offsets());
                Kind::Map { keys: child(map.keys().as_ref())?, values: child(map.values().as_ref())?, ranges }
            }
            D::Union(fields, _) => {
                let union: &UnionArray = cast(array)?;
                let children = fields.iter().map(|(id, _)| Ok((id, ColumnText::new(union.child(id).as_ref(), look)?)));
                let children = children.collect::<Result<_, RenderError>>()?;
                Kind::Union { children, ids: union.type_ids(), offsets: union.offsets().map(|o| &o[..]) }
            }
        })
    }

    fn runs<R: RunEndIndexType>(array: &'a dyn Array, look: Look) -> Result<Self, RenderError> {
        let runs: &RunArray<R> = cast(array)?;
        let index = (0..runs.len()).map(|row| runs.get_physical_index(row)).collect();
        Ok(Kind::Indirect { index, values: Box::new(ColumnText::new(runs.values().as_ref(), look)?) })
    }

    /// The child of a union that holds the value of `row`, and where. `None` for other kinds.
    pub(super) fn union_value(&self, row: usize) -> Option<(&ColumnText<'a>, usize)> {
        let Kind::Union { children, ids, offsets } = self else { return None };
        let id = ids.get(row)?;
        let at = match offsets {
            Some(offsets) => usize::try_from(*offsets.get(row)?).ok()?,
            None => row,
        };
        children.iter().find(|(child, _)| child == id).map(|(_, child)| (child, at))
    }

    /// Whether the text is a JSON number or boolean (floats: when finite).
    pub(super) fn is_json_literal(&self) -> bool {
        use Kind::*;
        matches!(self, Bool(_) | I8(_) | I16(_) | I32(_) | I64(_) | U8(_) | U16(_) | U32(_) | U64(_))
            || matches!(self, F16(_) | F32(_) | F64(_) | Decimal(_))
    }
}
