//! Datetimes, timespans and sizes as text of a wanted form.

use std::fmt::Write as _;

use super::calendar::{SECOND, split};
use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, argument, check, count, simple, wrong};
use crate::functions::function;
use crate::types::{Kind, Typed};
use crate::values::datetime::civil;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "format_datetime",
        &[],
        format_datetime,
        (
            "format_datetime(datetime, format)",
            "A datetime as text; the format is made of y, M, d, H, h, m, s, f, F, tt and punctuation.",
        ),
        Some(("format_datetime(datetime(2026-03-01 19:05:09), 'yy-MM-dd [h:mm tt]')", "26-03-01 [7:05 PM]")),
    ),
    function(
        "format_timespan",
        &[],
        format_timespan,
        (
            "format_timespan(timespan, format)",
            "A timespan as text; the format is made of d, H, h, m, s, f, F and punctuation.",
        ),
        Some(("format_timespan(26h, 'd.hh:mm')", "1.02:00")),
    ),
    function(
        "format_bytes",
        &[],
        format_bytes,
        (
            "format_bytes(bytes, [precision], [unit])",
            "A size as text, in the unit that suits it or the one wanted, with as many digits as asked for.",
        ),
        Some(("format_bytes(10332, 1)", "10.1 KB")),
    ),
];

/// A piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Mark(char),
    /// A letter and how often it stands.
    Field(char, usize),
}

/// Fields of datetimes and how often their letter may stand; the longest is taken.
const DATETIME: &[(char, &[usize])] = &[
    ('y', &[4, 2, 1]),
    ('M', &[2, 1]),
    ('d', &[2, 1]),
    ('H', &[2, 1]),
    ('h', &[2, 1]),
    ('m', &[2, 1]),
    ('s', &[2, 1]),
    ('t', &[2]),
    ('f', &[7, 6, 5, 4, 3, 2, 1]),
    ('F', &[7, 6, 5, 4, 3, 2, 1]),
];

const TIMESPAN: &[(char, &[usize])] = &[
    ('d', &[8, 7, 6, 5, 4, 3, 2, 1]),
    ('H', &[2, 1]),
    ('h', &[2, 1]),
    ('m', &[2, 1]),
    ('s', &[2, 1]),
    ('f', &[7, 6, 5, 4, 3, 2, 1]),
    ('F', &[7, 6, 5, 4, 3, 2, 1]),
];

const MARKS: &str = " /-:,._[]";

fn pieces(format: &str, fields: &[(char, &[usize])]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        let run = rest.chars().take_while(|x| *x == c).count();
        if let Some((_, lengths)) = fields.iter().find(|(f, _)| *f == c)
            && let Some(length) = lengths.iter().find(|l| **l <= run)
        {
            pieces.push(Piece::Field(c, *length));
            rest = rest.get(*length..).unwrap_or_default();
        } else if MARKS.contains(c) {
            pieces.push(Piece::Mark(c));
            rest = rest.get(1..).unwrap_or_default();
        } else {
            let known: String = fields.iter().map(|(f, _)| *f).collect();
            return Err(format!(
                "'{}' is no part of a format; known are the letters {known} and the marks '{MARKS}'",
                c.escape_debug()
            ));
        }
    }
    Ok(pieces)
}

fn checked(call: &Call<'_>, fields: &[(char, &[usize])]) -> Result<(), KqlError> {
    count(call, 2, 2)?;
    pieces(bind::constant(call, 1)?, fields).map(drop).map_err(|e| wrong(call, 1, e))
}

fn push_number(value: i64, width: usize, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{value:0width$}");
}

fn push_fraction(ticks: i64, field: char, width: usize, out: &mut String) {
    let digits = format!("{ticks:07}");
    let digits = digits.get(..width).unwrap_or_default();
    out.push_str(if field == 'F' { digits.trim_end_matches('0') } else { digits });
}

fn datetime_into(nanos: i64, pieces: &[Piece], out: &mut String) {
    let (day, of_day) = split(nanos);
    let (year, month, day) = civil(day);
    let seconds = of_day / SECOND;
    let hour = seconds / 3600;
    for piece in pieces {
        match *piece {
            Piece::Mark(c) => out.push(c),
            Piece::Field('y', 4) => push_number(year, 4, out),
            Piece::Field('y', width) => push_number(year % 100, width, out),
            Piece::Field('M', width) => push_number(month, width, out),
            Piece::Field('d', width) => push_number(day, width, out),
            Piece::Field('H', width) => push_number(hour, width, out),
            Piece::Field('h', width) => push_number((hour + 11) % 12 + 1, width, out),
            Piece::Field('m', width) => push_number(seconds / 60 % 60, width, out),
            Piece::Field('s', width) => push_number(seconds % 60, width, out),
            Piece::Field('t', _) => out.push_str(if hour < 12 { "AM" } else { "PM" }),
            Piece::Field(c, width) => push_fraction(of_day % SECOND / 100, c, width, out),
        }
    }
}

fn timespan_into(nanos: i64, pieces: &[Piece], out: &mut String) {
    let ticks = i64::try_from(nanos.unsigned_abs() / 100).unwrap_or(i64::MAX);
    let seconds = ticks / 10_000_000;
    for piece in pieces {
        match *piece {
            Piece::Mark(c) => out.push(c),
            Piece::Field('d', width) => push_number(seconds / 86_400, width, out),
            Piece::Field('H' | 'h', width) => push_number(seconds / 3600 % 24, width, out),
            Piece::Field('m', width) => push_number(seconds / 60 % 60, width, out),
            Piece::Field('s', width) => push_number(seconds % 60, width, out),
            Piece::Field(c, width) => push_fraction(ticks % 10_000_000, c, width, out),
        }
    }
}

fn format_datetime(call: &Call<'_>) -> Result<Typed, KqlError> {
    checked(call, DATETIME)?;
    simple(call, "kql_format_datetime", &[Want::Datetime, Want::Constant], 2, Kind::String, |b| {
        let pieces = pieces(b.text(1, 0), DATETIME).unwrap_or_default();
        b.texts(|row, out| {
            if let Some(nanos) = b.long(0, row) {
                datetime_into(nanos, &pieces, out);
            }
        })
    })
}

fn format_timespan(call: &Call<'_>) -> Result<Typed, KqlError> {
    checked(call, TIMESPAN)?;
    simple(call, "kql_format_timespan", &[Want::Timespan, Want::Constant], 2, Kind::String, |b| {
        let pieces = pieces(b.text(1, 0), TIMESPAN).unwrap_or_default();
        b.texts(|row, out| {
            if let Some(nanos) = b.long(0, row) {
                timespan_into(nanos, &pieces, out);
            }
        })
    })
}

const UNITS: &[&str] = &["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

fn format_bytes(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, 3)?;
    check(call, 0, Want::Number)?;
    if call.args.len() > 2 {
        let unit = bind::constant(call, 2)?;
        if !UNITS.contains(&unit) {
            return Err(wrong(call, 2, format!("expected {}, found '{unit}'", UNITS.join(", "))));
        }
    }
    if call.args.len() > 1 && argument(call, 1)?.whole().is_some_and(|n| !(0..=10).contains(&n)) {
        return Err(wrong(call, 1, "expected a precision of 0 to 10"));
    }
    let wants = [Want::Number, Want::Whole, Want::Constant];
    simple(call, "kql_format_bytes", &wants, 1, Kind::String, |b| {
        b.texts(|row, out| {
            let Some(value) = b.real(0, row) else { return };
            let precision = if b.count() > 1 { b.long(1, row).unwrap_or(0) } else { 0 };
            let wanted = if b.count() > 2 { UNITS.iter().position(|u| *u == b.text(2, row)) } else { None };
            bytes_into(value, usize::try_from(precision.clamp(0, 10)).unwrap_or(0), wanted, out);
        })
    })
}

fn bytes_into(value: f64, precision: usize, unit: Option<usize>, out: &mut String) {
    let mut size = value;
    let mut at = 0;
    while unit.map_or(size.abs() >= 1024.0, |u| at < u) && at + 1 < UNITS.len() {
        size /= 1024.0;
        at += 1;
    }
    let text = format!("{size:.precision$}");
    // Zeros at the end are not shown.
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let _ = write!(out, "{text} {}", UNITS.get(at).copied().unwrap_or_default());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn datetime(text: &str, format: &str) -> String {
        let mut out = String::new();
        let nanos = crate::values::datetime::parse(text).unwrap();
        datetime_into(nanos, &pieces(format, DATETIME).unwrap(), &mut out);
        out
    }

    #[test]
    fn datetimes() {
        for (text, format, expected) in [
            ("2020-06-15 13:45:09", "M/d/yyyy h:mm:ss tt", "6/15/2020 1:45:09 PM"),
            ("2007-03-09 05:04:03", "dddd, MMMM d, yyyy", "0909, 0303 9, 2007"),
            ("2007-03-09 05:04:03", "ddd MMM", "099 033"),
            ("2007-03-09 00:30:00.05", "hh:mm tt ss.ff F", "12:30 AM 00.05 "),
        ] {
            assert_eq!(datetime(text, format), expected, "{format}");
        }
        for wrong in ["yyyy-MM-ddTHH", "t", "q", "é"] {
            assert!(pieces(wrong, DATETIME).is_err(), "{wrong}");
        }
    }

    #[test]
    fn timespans() {
        for (nanos, format, expected) in [
            (90_061_123_000_000, "d:h:m:s.fff", "1:1:1:1.123"),
            (90_061_123_000_000, "dd:hh:mm:ss", "01:01:01:01"),
            (i64::MIN, "d", "106751"),
        ] {
            let mut out = String::new();
            timespan_into(nanos, &pieces(format, TIMESPAN).unwrap(), &mut out);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn sizes() {
        for (value, precision, unit, expected) in [
            (564.0, 0, None, "564 Bytes"),
            (10332.0, 1, None, "10.1 KB"),
            (20_010_332.0, 0, None, "19 MB"),
            (20_010_332.0, 2, None, "19.08 MB"),
            (20_010_332.0, 0, Some(1), "19541 KB"),
            (f64::INFINITY, 0, None, "inf EB"),
        ] {
            let mut out = String::new();
            bytes_into(value, precision, unit, &mut out);
            assert_eq!(out, expected);
        }
    }
}
