//! One value to text, the same in every text format.
//!
//! A [`ColumnText`] is made once for each column of a batch: it resolves the array's type then, so that a cell costs one
//! `match` and no look-up of types. There is a text for every Arrow type.
//!
//! | type | text |
//! |---|---|
//! | integers, decimals | all digits |
//! | floats | the shortest text that reads back as the same number, `1.0`, `1e16`; `NaN`, `Infinity`, `-Infinity` |
//! | timestamps | UTC, or the column's time zone, with 0, 3, 6, 7 or 9 fraction digits, as few as are exact |
//! | durations, intervals | `1d 02:03:04.5`, `1y 2mon 3d 00:00:04` |
//! | binary | hexadecimal digits |
//! | lists, structs, maps | `[a, b]`, `{k: v}` for people ([`Style::Display`]), JSON for machines ([`Style::Exact`]) |

mod kind;
mod number;
mod time;

use arrow::array::Array;
use arrow::array::timezone::Tz;
use arrow::buffer::NullBuffer;
use arrow::datatypes::Field;

use super::RenderError;
use super::escape;
use super::zone::TimeZone;
use kind::Kind;
use number::{push_float, push_hex, push_i64, push_u64};
use time::{
    push_date, push_date_time, push_datetime, push_duration, push_months_days, push_time, push_timespan, push_timestamp,
};

/// Who reads the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// People: `2026-03-01 07:00:01.5`, UTC unmarked; nested values as `{k: v}` with nulls written `NULL`.
    Display,
    /// Machines: RFC 3339, `2026-03-01T07:00:01.5Z`, without the zone where the column has none; nested values as JSON.
    Exact,
}

/// How a column's values are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    style: Style,
    /// Shown instead of a column's own zone; `None` leaves it.
    zone: Option<Tz>,
}

impl Look {
    /// The style, and for people the zone.
    pub(crate) fn new(style: Style, tz: &TimeZone) -> Self {
        Look { style, zone: tz.get().filter(|_| style == Style::Display) }
    }
}

/// The texts of one column of one batch. Row indices must be below the array's length.
pub(crate) struct ColumnText<'a> {
    nulls: Option<&'a NullBuffer>,
    kind: Kind<'a>,
    style: Style,
}

impl<'a> ColumnText<'a> {
    /// Prepares `array`. Fails only on a type this program does not know.
    pub(crate) fn new(array: &'a dyn Array, look: Look) -> Result<Self, RenderError> {
        Ok(ColumnText { nulls: array.nulls(), kind: Kind::new(array, look)?, style: look.style })
    }

    /// Prepares a column of a result.
    pub(crate) fn of_field(array: &'a dyn Array, field: &Field, look: Look) -> Result<Self, RenderError> {
        Ok(ColumnText { nulls: array.nulls(), kind: Kind::of_field(array, field, look)?, style: look.style })
    }

    /// Whether the value is null; a dictionary's or union's value counts, not only its key.
    pub(crate) fn is_null(&self, row: usize) -> bool {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return true;
        }
        match &self.kind {
            Kind::Null => true,
            Kind::Indirect { index, values } => values.is_null_at(index.get(row).copied()),
            Kind::Union { .. } => self.kind.union_value(row).is_none_or(|(child, at)| child.is_null(at)),
            _ => false,
        }
    }

    fn is_null_at(&self, row: Option<usize>) -> bool {
        row.is_none_or(|row| self.is_null(row))
    }

    /// The value itself when it is a text, without copying. `None` for nulls and other types.
    pub(crate) fn text(&self, row: usize) -> Option<&'a str> {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        match &self.kind {
            Kind::Utf8(a) => Some(a.value(row)),
            Kind::LargeUtf8(a) => Some(a.value(row)),
            Kind::Utf8View(a) => Some(a.value(row)),
            Kind::Indirect { index, values } => index.get(row).and_then(|at| values.text(*at)),
            Kind::Union { .. } => self.kind.union_value(row).and_then(|(child, at)| child.text(at)),
            _ => None,
        }
    }

    /// Whether texts can hold characters of the data, so that they must be escaped. The others are made of digits,
    /// ASCII letters, space and `+-:.`.
    fn needs_escape(&self) -> bool {
        match &self.kind {
            Kind::Utf8(_) | Kind::LargeUtf8(_) | Kind::Utf8View(_) | Kind::Json(_) => true,
            Kind::List { .. } | Kind::Struct { .. } | Kind::Map { .. } | Kind::Union { .. } => true,
            Kind::Indirect { values, .. } => values.needs_escape(),
            _ => false,
        }
    }

    /// Appends the value's text, passed through `escape` where it can hold characters of the data. A null appends
    /// nothing. `scratch` is overwritten.
    pub(crate) fn write_escaped(
        &self,
        row: usize,
        out: &mut String,
        scratch: &mut String,
        escape: impl Fn(&str, &mut String),
    ) {
        if let Some(text) = self.text(row) {
            escape(text, out);
        } else if let Some((child, at)) = self.kind.union_value(row) {
            child.write_escaped(at, out, scratch, &escape as &dyn Fn(&str, &mut String));
        } else if self.is_null(row) {
        } else if self.needs_escape() {
            scratch.clear();
            self.write(row, scratch);
            escape(scratch, out);
        } else {
            self.write(row, out);
        }
    }

    /// Appends the value's text, not escaped. A null appends nothing.
    pub(crate) fn write(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            return;
        }
        match &self.kind {
            Kind::Null => {}
            Kind::Bool(a) => out.push_str(if a.value(row) { "true" } else { "false" }),
            Kind::I8(v) => push_i64(v[row].into(), out),
            Kind::I16(v) => push_i64(v[row].into(), out),
            Kind::I32(v) => push_i64(v[row].into(), out),
            Kind::I64(v) => push_i64(v[row], out),
            Kind::U8(v) => push_u64(v[row].into(), out),
            Kind::U16(v) => push_u64(v[row].into(), out),
            Kind::U32(v) => push_u64(v[row].into(), out),
            Kind::U64(v) => push_u64(v[row], out),
            Kind::F16(a) => push_float(a.value(row).to_f32(), out),
            Kind::F32(v) => push_float(v[row], out),
            Kind::F64(v) => push_float(v[row], out),
            Kind::Decimal(decimal) => decimal.push(row, out),
            Kind::Timestamp { values, unit, zone } => push_timestamp(values[row], *unit, zone, self.style, out),
            Kind::Date32(v) => push_date(v[row].into(), out),
            Kind::Date64(v) => push_date_time(v[row], self.style, out),
            Kind::Time32(v, unit) => push_time(v[row].into(), *unit, out),
            Kind::Time64(v, unit) => push_time(v[row], *unit, out),
            Kind::Timespan(v) => push_timespan(v[row], out),
            Kind::Datetime(v) => push_datetime(v[row], out),
            Kind::Json(a) => out.push_str(a.value(row)),
            Kind::Duration(v, unit) => push_duration(v[row], *unit, out),
            Kind::YearMonth(v) => push_months_days(v[row], 0, 0, out),
            Kind::DayTime(v) => push_months_days(0, v[row].days, i64::from(v[row].milliseconds) * 1_000_000, out),
            Kind::MonthDayNano(v) => push_months_days(v[row].months, v[row].days, v[row].nanoseconds, out),
            Kind::Utf8(a) => out.push_str(a.value(row)),
            Kind::LargeUtf8(a) => out.push_str(a.value(row)),
            Kind::Utf8View(a) => out.push_str(a.value(row)),
            Kind::Binary(a) => push_hex(a.value(row), out),
            Kind::LargeBinary(a) => push_hex(a.value(row), out),
            Kind::BinaryView(a) => push_hex(a.value(row), out),
            Kind::FixedBinary(a) => push_hex(a.value(row), out),
            Kind::Indirect { index, values } => values.write(index[row], out),
            Kind::Union { .. } => {
                if let Some((child, at)) = self.kind.union_value(row) {
                    child.write(at, out);
                }
            }
            Kind::List { .. } | Kind::Struct { .. } | Kind::Map { .. } if self.style == Style::Exact => {
                self.write_json(row, out);
            }
            Kind::List { items, ranges } => {
                out.push('[');
                for (n, at) in ranges.of(row).enumerate() {
                    push_separator(n, ", ", out);
                    items.write_or_null(at, out);
                }
                out.push(']');
            }
            Kind::Struct { names, columns } => {
                out.push('{');
                for (n, (name, column)) in names.iter().zip(columns).enumerate() {
                    push_separator(n, ", ", out);
                    out.push_str(name);
                    out.push_str(": ");
                    column.write_or_null(row, out);
                }
                out.push('}');
            }
            Kind::Map { keys, values, ranges } => {
                out.push('{');
                for (n, at) in ranges.of(row).enumerate() {
                    push_separator(n, ", ", out);
                    keys.write_or_null(at, out);
                    out.push_str(": ");
                    values.write_or_null(at, out);
                }
                out.push('}');
            }
        }
    }

    /// Appends the text of a value inside a nested one.
    fn write_or_null(&self, row: usize, out: &mut String) {
        if self.is_null(row) { out.push_str("NULL") } else { self.write(row, out) }
    }

    /// Appends the value as JSON: numbers and booleans bare (64 bits and decimals with all digits), a null as `null`,
    /// what JSON has no type for as a string of its text.
    pub(crate) fn write_json(&self, row: usize, out: &mut String) {
        if let Some(text) = self.text(row) {
            return escape::json(text, out);
        }
        if self.is_null(row) {
            return out.push_str("null");
        }
        let not_finite = match &self.kind {
            Kind::F16(a) => !a.value(row).to_f32().is_finite(),
            Kind::F32(v) => !v[row].is_finite(),
            Kind::F64(v) => !v[row].is_finite(),
            _ => false,
        };
        match &self.kind {
            Kind::Json(a) => escape::json_value(a.value(row), out),
            Kind::Indirect { index, values } => values.write_json(index[row], out),
            Kind::Union { .. } => {
                if let Some((child, at)) = self.kind.union_value(row) {
                    child.write_json(at, out);
                }
            }
            Kind::List { items, ranges } => {
                out.push('[');
                for (n, at) in ranges.of(row).enumerate() {
                    push_separator(n, ",", out);
                    items.write_json(at, out);
                }
                out.push(']');
            }
            Kind::Struct { names, columns } => {
                out.push('{');
                for (n, (name, column)) in names.iter().zip(columns).enumerate() {
                    push_separator(n, ",", out);
                    escape::json(name, out);
                    out.push(':');
                    column.write_json(row, out);
                }
                out.push('}');
            }
            Kind::Map { keys, values, ranges } => {
                out.push('{');
                let mut key = String::new();
                for (n, at) in ranges.of(row).enumerate() {
                    push_separator(n, ",", out);
                    key.clear();
                    keys.write(at, &mut key);
                    escape::json(&key, out);
                    out.push(':');
                    values.write_json(at, out);
                }
                out.push('}');
            }
            kind if kind.is_json_literal() && !not_finite => self.write(row, out),
            _ => {
                out.push('"');
                self.write(row, out);
                out.push('"');
            }
        }
    }
}

/// Appends `separator` before every element but the first.
fn push_separator(n: usize, separator: &str, out: &mut String) {
    if n > 0 {
        out.push_str(separator);
    }
}
