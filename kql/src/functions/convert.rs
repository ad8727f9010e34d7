//! Conversions between kinds. What cannot be converted is null.

use datafusion::arrow::array::ArrayRef;

use super::bind::{self, Want, apply, argument, count, simple, wrong};
use super::{Batch, function};
use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::lex::{decimal, guid};
use crate::types::{Kind, Literal, Typed, text_lit};
use crate::values::json::{self, Json};
use crate::values::{datetime, timespan};

/// 100 ns ticks from 0001-01-01 to 1970-01-01.
pub const TICKS_TO_1970: i64 = 621_355_968_000_000_000;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "tostring",
        &[],
        |c| one(c, Kind::String),
        ("tostring(value)", "The value as text; null as nothing."),
        Some(("tostring(1d)", "1.00:00:00")),
    ),
    function(
        "toint",
        &[],
        |c| one(c, Kind::Int),
        ("toint(value)", "The value as an int; a fraction is cut off."),
        Some(("toint('42')", "42")),
    ),
    function(
        "tolong",
        &[],
        |c| one(c, Kind::Long),
        ("tolong(value)", "The value as a long; a datetime or timespan in ticks of 100 ns."),
        Some(("tolong(9.99)", "9")),
    ),
    function(
        "todouble",
        &["toreal"],
        |c| one(c, Kind::Real),
        ("todouble(value)", "The value as a real."),
        Some(("todouble('1.5')", "1.5")),
    ),
    function(
        "todecimal",
        &[],
        |c| one(c, Kind::Decimal),
        ("todecimal(value)", "The value as a decimal."),
        Some(("tostring(todecimal('1.50'))", "1.5")),
    ),
    function(
        "tobool",
        &["toboolean"],
        |c| one(c, Kind::Bool),
        ("tobool(value)", "The value as a bool: true, false, or a number that is not 0."),
        Some(("tobool('true')", "true")),
    ),
    function(
        "todatetime",
        &[],
        |c| one(c, Kind::Datetime),
        ("todatetime(value)", "The value as a datetime; a number counts ticks of 100 ns since the year 1."),
        Some(("tostring(todatetime('2026-03-01 07:30'))", "2026-03-01T07:30:00.0000000Z")),
    ),
    function(
        "totimespan",
        &["totime"],
        |c| one(c, Kind::Timespan),
        ("totimespan(value)", "The value as a timespan; a number counts ticks of 100 ns."),
        Some(("tostring(totimespan('90s'))", "00:01:30")),
    ),
    function(
        "toguid",
        &[],
        |c| one(c, Kind::Guid),
        ("toguid(text)", "The text as a guid."),
        Some(("toguid('74BE27DE1E4E49D9B579FE0B331D3642')", "74be27de-1e4e-49d9-b579-fe0b331d3642")),
    ),
    function(
        "parse_json",
        &["todynamic", "parsejson", "toobject"],
        |c| {
            count(c, 1, 1)?;
            parse_json(argument(c, 0)?)
        },
        ("parse_json(text)", "The value that JSON text stands for; other text as a dynamic string."),
        Some((r#"parse_json('{"a": 1}')"#, r#"{"a":1}"#)),
    ),
    function(
        "dynamic_to_json",
        &[],
        |c| {
            simple(c, "kql_dynamic_to_json", &[Want::Any], 1, Kind::String, |b| {
                b.texts(|row, out| sorted(&b.json(0, row)).write(out))
            })
        },
        ("dynamic_to_json(value)", "The JSON text of a dynamic, with keys in order."),
        Some((r#"dynamic_to_json(dynamic({"b":1,"a":2}))"#, r#"{"a":2,"b":1}"#)),
    ),
    function(
        "gettype",
        &[],
        gettype,
        ("gettype(value)", "The name of the value's type; of a dynamic that of what it holds."),
        Some(("gettype(1s)", "timespan")),
    ),
    function(
        "isnull",
        &[],
        |c| null(c, true),
        ("isnull(value)", "Whether the value is null; a string never is."),
        Some(("isnull(toint('x'))", "true")),
    ),
    function(
        "isnotnull",
        &["notnull"],
        |c| null(c, false),
        ("isnotnull(value)", "Whether the value is not null."),
        Some(("isnotnull('')", "true")),
    ),
    function(
        "isempty",
        &[],
        |c| empty(c, true),
        ("isempty(value)", "Whether the value is the empty string or null."),
        Some(("isempty('')", "true")),
    ),
    function(
        "isnotempty",
        &["notempty"],
        |c| empty(c, false),
        ("isnotempty(value)", "Whether the value is neither the empty string nor null."),
        Some(("isnotempty('a')", "true")),
    ),
];

fn one(call: &Call<'_>, kind: Kind) -> Result<Typed, KqlError> {
    count(call, 1, 1)?;
    let value = argument(call, 0)?;
    let never = match kind {
        Kind::Guid => !matches!(value.kind, Kind::String | Kind::Guid | Kind::Dynamic),
        Kind::Datetime => matches!(value.kind, Kind::Timespan | Kind::Bool | Kind::Guid),
        Kind::Timespan => matches!(value.kind, Kind::Datetime | Kind::Bool | Kind::Guid),
        Kind::Bool => matches!(value.kind, Kind::Datetime | Kind::Timespan | Kind::Guid),
        Kind::String => false,
        _ => value.kind == Kind::Guid,
    };
    if never && value.literal != Some(Literal::Null) {
        return Err(wrong(call, 0, format!("a {} cannot become a {kind}", value.kind)));
    }
    let result = to(value, kind)?;
    // The engine's own range is wider: nothing at all would be a wrong answer.
    if kind == Kind::Datetime
        && result.literal == Some(Literal::Null)
        && matches!(value.literal, Some(Literal::Long(_) | Literal::Real(_)))
    {
        return Err(wrong(call, 0, "this lies outside 1677-09-22 to 2262-04-11, the datetimes that are supported"));
    }
    Ok(result)
}

/// The value as another kind.
pub fn to(value: &Typed, kind: Kind) -> Result<Typed, KqlError> {
    if value.kind == kind {
        return Ok(value.clone());
    }
    if value.literal == Some(Literal::Null) && kind != Kind::String {
        return Ok(Typed::of(Literal::Null, kind));
    }
    let one = std::slice::from_ref(value);
    match kind {
        Kind::String => apply("kql_tostring", tostring_kernel, kind, one),
        Kind::Dynamic => apply("kql_todynamic", dynamic_kernel, kind, one),
        Kind::Int => apply("kql_toint", |b| b.ints(|r| int(b, r)), kind, one),
        Kind::Long if value.kind == Kind::Int => bind::as_kind(value, kind),
        Kind::Long => apply("kql_tolong", |b| b.longs(|r| long(b, r)), kind, one),
        Kind::Real if value.kind.is_integer() => bind::as_kind(value, kind),
        Kind::Real => apply("kql_todouble", |b| b.reals(|r| real(b, r)), kind, one),
        Kind::Decimal => apply("kql_todecimal", todecimal_kernel, kind, one),
        Kind::Bool => apply("kql_tobool", |b| b.bools(|r| truth(b, r)), kind, one),
        Kind::Datetime => apply("kql_todatetime", |b| b.datetimes(|r| point(b, r)), kind, one),
        Kind::Timespan => apply("kql_totimespan", |b| b.timespans(|r| span(b, r)), kind, one),
        Kind::Guid => apply("kql_toguid", toguid, kind, one),
    }
}

/// The text of any value.
pub fn tostring_kernel(b: &Batch) -> ArrayRef {
    b.texts(|row, out| {
        b.write(0, row, out);
    })
}

/// Any value as a dynamic.
pub fn dynamic_kernel(b: &Batch) -> ArrayRef {
    b.dynamics(|row| b.json(0, row))
}

/// Any value as a decimal.
pub fn todecimal_kernel(b: &Batch) -> ArrayRef {
    b.decimals(|row| match b.kind(0) {
        Kind::String => decimal(b.text(0, row).trim()),
        Kind::Dynamic => match b.json(0, row) {
            Json::Text(text) => decimal(text.trim()),
            other => decimal(&other.plain()),
        },
        Kind::Bool => b.bool(0, row).map(|v| i128::from(v) * 1_000_000_000_000_000_000),
        Kind::Real => {
            // By way of the digits: 0.1 shall be 0.1.
            let value = b.real(0, row).filter(|v| v.is_finite())?;
            decimal(&format!("{value:e}"))
        }
        _ => b.decimal(0, row),
    })
}

fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok().and_then(|n| i64::try_from(n).ok()),
        None => text.parse().ok(),
    }
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" | "infinity" | "+infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        lower if lower.bytes().all(|b| b.is_ascii_digit() || b"+-.e".contains(&b)) => text.parse().ok(),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation)]
fn truncated(value: f64) -> Option<i64> {
    (!value.is_nan()).then_some(value as i64)
}

fn ticks(b: &Batch, row: usize) -> Option<i64> {
    let nanos = b.long(0, row)?.div_euclid(100);
    Some(if b.kind(0) == Kind::Datetime { nanos + TICKS_TO_1970 } else { nanos })
}

fn long(b: &Batch, row: usize) -> Option<i64> {
    match b.kind(0) {
        Kind::String => whole(b.text(0, row)),
        Kind::Dynamic => match json::parse(b.maybe_text(0, row)?)? {
            Json::Long(n) => Some(n),
            Json::Real(n) => truncated(n),
            Json::Bool(v) => Some(i64::from(v)),
            Json::Text(text) => whole(&text),
            _ => None,
        },
        Kind::Bool => b.bool(0, row).map(i64::from),
        Kind::Real => truncated(b.real(0, row)?),
        Kind::Decimal => i64::try_from(b.decimal(0, row)? / 1_000_000_000_000_000_000).ok(),
        Kind::Datetime | Kind::Timespan => ticks(b, row),
        _ => b.long(0, row),
    }
}

fn int(b: &Batch, row: usize) -> Option<i64> {
    let value = long(b, row)?;
    match b.kind(0) {
        // Numbers are cut to 32 bits, text that does not fit is none.
        #[allow(clippy::cast_possible_truncation)]
        Kind::Long => Some(i64::from(value as i32)),
        #[allow(clippy::cast_possible_truncation)]
        Kind::Dynamic if !b.text(0, row).starts_with('"') => Some(i64::from(value as i32)),
        Kind::Real => Some(value.clamp(i64::from(i32::MIN), i64::from(i32::MAX))),
        _ => Some(value),
    }
}

#[allow(clippy::cast_precision_loss)]
fn real(b: &Batch, row: usize) -> Option<f64> {
    match b.kind(0) {
        Kind::String => number(b.text(0, row)),
        Kind::Dynamic => match json::parse(b.maybe_text(0, row)?)? {
            Json::Bool(v) => Some(f64::from(u8::from(v))),
            Json::Text(text) => number(&text),
            other => other.number(),
        },
        Kind::Bool => b.bool(0, row).map(|v| f64::from(u8::from(v))),
        Kind::Decimal => {
            // By way of the digits: 0.1 shall be 0.1.
            let mut text = String::new();
            b.write(0, row, &mut text);
            text.parse().ok()
        }
        Kind::Datetime | Kind::Timespan => ticks(b, row).map(|n| n as f64),
        _ => b.real(0, row),
    }
}

fn truth_of(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        other => whole(other).map(|n| n != 0),
    }
}

fn truth(b: &Batch, row: usize) -> Option<bool> {
    match b.kind(0) {
        Kind::String => truth_of(b.text(0, row)),
        Kind::Dynamic => match json::parse(b.maybe_text(0, row)?)? {
            Json::Bool(v) => Some(v),
            Json::Text(text) => truth_of(&text),
            other => other.number().map(|n| n != 0.0),
        },
        _ => b.real(0, row).map(|n| n != 0.0),
    }
}

/// Nanoseconds since 1970 of ticks since the year 1, where they fit.
pub fn from_ticks(ticks: i64) -> Option<i64> {
    ticks.checked_sub(TICKS_TO_1970)?.checked_mul(100)
}

fn point(b: &Batch, row: usize) -> Option<i64> {
    match b.kind(0) {
        Kind::String => datetime::parse(b.text(0, row)),
        Kind::Dynamic => match json::parse(b.maybe_text(0, row)?)? {
            Json::Text(text) => datetime::parse(&text),
            Json::Long(n) => from_ticks(n),
            _ => None,
        },
        _ => from_ticks(long(b, row)?),
    }
}

fn span(b: &Batch, row: usize) -> Option<i64> {
    match b.kind(0) {
        Kind::String => timespan::parse(b.text(0, row)),
        Kind::Dynamic => match json::parse(b.maybe_text(0, row)?)? {
            Json::Text(text) => timespan::parse(&text),
            Json::Long(n) => n.checked_mul(100),
            _ => None,
        },
        _ => long(b, row)?.checked_mul(100),
    }
}

fn toguid(b: &Batch) -> ArrayRef {
    b.maybe_texts(|row, out| {
        let found = match b.kind(0) {
            Kind::Dynamic => guid(&b.json(0, row).plain()),
            _ => guid(b.text(0, row)),
        };
        out.push_str(found.as_deref().unwrap_or_default());
        found.is_some()
    })
}

/// JSON text to a dynamic; a dynamic string is parsed once more.
fn parse_json(value: &Typed) -> Result<Typed, KqlError> {
    match value.kind {
        Kind::String | Kind::Guid | Kind::Dynamic => {
            apply("kql_parse_json", parse_kernel, Kind::Dynamic, std::slice::from_ref(value))
        }
        _ => to(value, Kind::Dynamic),
    }
}

fn parse_kernel(b: &Batch) -> ArrayRef {
    b.dynamics(|row| {
        let Some(text) = b.maybe_text(0, row) else { return Json::Null };
        if b.kind(0) != Kind::Dynamic {
            return parsed(text);
        }
        match json::parse(text) {
            Some(Json::Text(inner)) => parsed(&inner),
            Some(other) => other,
            None => Json::Null,
        }
    })
}

fn parsed(text: &str) -> Json {
    if text.trim().is_empty() {
        return Json::Null;
    }
    json::parse(text).unwrap_or_else(|| Json::Text(text.to_owned()))
}

fn sorted(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        Json::Bag(entries) => {
            let mut entries: Vec<(String, Json)> = entries.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Bag(entries)
        }
        other => other.clone(),
    }
}

fn gettype(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, 1)?;
    let value = argument(call, 0)?;
    if value.kind != Kind::Dynamic {
        return Ok(Typed::of(Literal::String(value.kind.name().to_owned()), Kind::String));
    }
    simple(call, "kql_gettype", &[Want::Any], 1, Kind::String, |b| {
        b.texts(|row, out| {
            out.push_str(match b.json(0, row) {
                Json::Null => "null",
                Json::Bool(_) => "bool",
                Json::Long(_) => "long",
                Json::Real(_) => "double",
                Json::Text(_) => "string",
                Json::Array(_) => "array",
                Json::Bag(_) => "dictionary",
            });
        })
    })
}

fn null(call: &Call<'_>, wanted: bool) -> Result<Typed, KqlError> {
    count(call, 1, 1)?;
    let value = argument(call, 0)?;
    if value.kind == Kind::String {
        return Ok(Typed::of(Literal::Bool(!wanted), Kind::Bool));
    }
    if let Some(literal) = &value.literal {
        return Ok(Typed::of(Literal::Bool((*literal == Literal::Null) == wanted), Kind::Bool));
    }
    let expr = value.expr.clone();
    Ok(Typed::new(if wanted { expr.is_null() } else { expr.is_not_null() }, Kind::Bool))
}

fn empty(call: &Call<'_>, wanted: bool) -> Result<Typed, KqlError> {
    count(call, 1, 1)?;
    let value = argument(call, 0)?;
    match (value.kind, &value.literal) {
        (Kind::String, Some(_)) => {
            let is_empty = value.text().is_none_or(str::is_empty);
            Ok(Typed::of(Literal::Bool(is_empty == wanted), Kind::Bool))
        }
        (Kind::String, None) => {
            let (expr, nothing) = (value.expr.clone(), text_lit(""));
            Ok(Typed::new(if wanted { expr.eq(nothing) } else { expr.not_eq(nothing) }, Kind::Bool))
        }
        (Kind::Dynamic, _) => {
            let text = bind::as_text(value)?;
            let argument = crate::call::Argument {
                value: text,
                ..call.args.first().cloned().ok_or_else(|| KqlError::typed(&call.span, "an argument is missing"))?
            };
            empty(&Call { args: &[argument], ..call.clone() }, wanted)
        }
        _ => null(call, wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_to_numbers() {
        for (text, expected) in [("42", Some(42)), ("0x10", Some(16)), ("12.5", None), ("", None), ("1e3", None)] {
            assert_eq!(whole(text), expected, "{text}");
        }
        assert_eq!(number("1e19"), Some(1e19));
        assert_eq!(number("-inf"), Some(f64::NEG_INFINITY));
        assert_eq!(number("0x10"), None);
        assert_eq!(truth_of("1.0"), None);
        assert_eq!(truth_of("-1"), Some(true));
        assert_eq!(from_ticks(637_134_336_000_000_000), Some(1_577_836_800_000_000_000));
        assert_eq!(from_ticks(0), None);
    }
}
