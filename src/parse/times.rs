//! Times that are not ISO 8601, and times at the beginning of a line.

use crate::model::{Ticks, parse_iso, ticks_from_civil};

/// Reads `2/25/2025, 9:19:25.391 AM` and its kin as UTC: US order, with or without comma, fraction and AM or PM.
pub(crate) fn parse_us(text: &str) -> Option<Ticks> {
    let text = text.trim_ascii();
    us_prefix(text.as_bytes()).filter(|(_, length)| *length == text.len()).map(|(ticks, _)| ticks)
}

/// A time at the beginning of `line`, and the line without it and without the one separator after it.
///
/// Shapes: ISO 8601; `MM/DD/YYYY hh:mm:ss[.fff] [AM|PM]`; `MM/DD/YYYY-HH:MM:SS.fff`; each also in square brackets. The
/// separator is one space, tab, `:` or `-`; after a bracket it may be missing.
pub(crate) fn leading_time(line: &str) -> Option<(Ticks, &str)> {
    let (bracket, body) = match line.strip_prefix('[') {
        Some(body) => (true, body),
        None => (false, line),
    };
    let bytes = body.as_bytes();
    let (ticks, length) = iso_prefix(body).or_else(|| us_prefix(bytes))?;
    let mut rest = body.get(length..)?;
    if bracket {
        rest = rest.strip_prefix(']')?;
    }
    match rest.as_bytes().first() {
        None => Some((ticks, rest)),
        Some(b' ' | b'\t' | b':' | b'-') => Some((ticks, rest.get(1..)?)),
        Some(_) if bracket => Some((ticks, rest)),
        Some(_) => None,
    }
}

/// Reads up to `most` digits from `at`.
fn number(bytes: &[u8], at: &mut usize, most: usize) -> Option<u32> {
    let start = *at;
    let mut value = 0;
    while let Some(digit) = bytes.get(*at).filter(|d| d.is_ascii_digit() && *at - start < most) {
        value = value * 10 + u32::from(digit - b'0');
        *at += 1;
    }
    (*at > start).then_some(value)
}

fn byte(bytes: &[u8], at: &mut usize, want: u8) -> Option<()> {
    (bytes.get(*at) == Some(&want)).then(|| *at += 1)
}

/// The fraction of a second in ticks; digits beyond the seventh are cut.
fn fraction(bytes: &[u8], at: &mut usize) -> Option<u32> {
    if !matches!(bytes.get(*at), Some(b'.')) || !bytes.get(*at + 1).is_some_and(u8::is_ascii_digit) {
        return Some(0);
    }
    *at += 1;
    let start = *at;
    let value = number(bytes, at, 7)?;
    let digits = u32::try_from(*at - start).ok()?;
    while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
        *at += 1;
    }
    Some(value * 10u32.pow(7u32.saturating_sub(digits)))
}

fn us_prefix(bytes: &[u8]) -> Option<(Ticks, usize)> {
    let mut at = 0;
    let month = number(bytes, &mut at, 2)?;
    byte(bytes, &mut at, b'/')?;
    let day = number(bytes, &mut at, 2)?;
    byte(bytes, &mut at, b'/')?;
    let start = at;
    let year = number(bytes, &mut at, 4)?;
    if at - start != 4 {
        return None;
    }
    let _comma = byte(bytes, &mut at, b',');
    if !matches!(bytes.get(at), Some(b' ' | b'-' | b'T')) {
        return None;
    }
    at += 1;
    let mut hour = number(bytes, &mut at, 2)?;
    byte(bytes, &mut at, b':')?;
    let minute = number(bytes, &mut at, 2)?;
    let mut second = 0;
    let mut parts = 0;
    if bytes.get(at) == Some(&b':') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at += 1;
        second = number(bytes, &mut at, 2)?;
        parts = fraction(bytes, &mut at)?;
    }
    // The narrow no-break space is what newer browsers write before AM and PM.
    let rest = bytes.get(at..).unwrap_or_default();
    let space =
        [" ".as_bytes(), "\u{202f}".as_bytes(), "\u{a0}".as_bytes(), b""].into_iter().find(|s| rest.starts_with(s))?;
    if let Some([half @ (b'A' | b'a' | b'P' | b'p'), b'M' | b'm', ..]) = rest.get(space.len()..) {
        if hour == 0 || hour > 12 {
            return None;
        }
        hour = hour % 12 + if half.eq_ignore_ascii_case(&b'p') { 12 } else { 0 };
        at += space.len() + 2;
    }
    Some((ticks_from_civil(i64::from(year), month, day, hour, minute, second, parts)?, at))
}

/// An ISO time with at least hours and minutes at the beginning of `text`.
fn iso_prefix(text: &str) -> Option<(Ticks, usize)> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| bytes.get(from..to).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|b| wanted.contains(b));
    if !(digits(0, 4) && is(4, b"-") && digits(5, 7) && is(7, b"-") && digits(8, 10) && is(10, b"Tt ")) {
        return None;
    }
    if !(digits(11, 13) && is(13, b":") && digits(14, 16)) {
        return None;
    }
    let mut at = 16;
    if is(16, b":") && digits(17, 19) {
        at = 19;
        fraction(bytes, &mut at)?;
    }
    if is(at, b"Zz") {
        at += 1;
    } else if is(at, b"+-") && digits(at + 1, at + 3) && is(at + 3, b":") && digits(at + 4, at + 6) {
        at += 6;
    } else if is(at, b"+-") && digits(at + 1, at + 5) && !digits(at + 5, at + 6) {
        at += 5;
    }
    Some((parse_iso(text.get(..at)?)?, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format_ticks;

    #[test]
    fn us_times() {
        for (text, want) in [
            ("2/25/2025, 9:19:25.391 AM", "2025-02-25T09:19:25.3910000Z"),
            ("2/25/2025, 9:19:25.391\u{202f}PM", "2025-02-25T21:19:25.3910000Z"),
            ("12/1/2025 12:00:00 AM", "2025-12-01T00:00:00.0000000Z"),
            ("12/01/2025 12:00:00 PM", "2025-12-01T12:00:00.0000000Z"),
            ("12/31/2025 23:59:59.12345678", "2025-12-31T23:59:59.1234567Z"),
            ("12/31/2025 23:59", "2025-12-31T23:59:00.0000000Z"),
            (" 1/2/2025 3:04:05PM ", "2025-01-02T15:04:05.0000000Z"),
        ] {
            assert_eq!(parse_us(text).map(format_ticks).as_deref(), Some(want), "{text}");
        }
        for bad in [
            "",
            "2/25/25 9:00",
            "13/1/2025 1:00:00",
            "2/30/2025 1:00:00",
            "1/1/2025 13:00:00 PM",
            "1/1/2025 0:00 AM",
            "1/1/2025",
            "1/1/2025 1:00:00 x",
        ] {
            assert_eq!(parse_us(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_at_the_beginning_of_a_line() {
        let seven = "2026-03-01T07:00:01.5000000Z";
        for (line, rest) in [
            ("2026-03-01T07:00:01.5Z Remote", "Remote"),
            ("2026-03-01 07:00:01.5  Remote", " Remote"),
            ("2026-03-01T08:00:01.5+01:00\tRemote", "Remote"),
            ("2026-03-01T07:00:01.5Z: Remote", " Remote"),
            ("2026-03-01T07:00:01.5-Remote", "Remote"),
            ("[2026-03-01T07:00:01.5Z][SEND]x", "[SEND]x"),
            ("[2026-03-01T07:00:01.5Z] [SEND]x", "[SEND]x"),
            ("03/01/2026 07:00:01.500 AM Remote", "Remote"),
            ("03/01/2026 07:00:01.500 Remote", "Remote"),
            ("3/1/2026 7:00:01.5 Anything", "Anything"),
            ("[03/01/2026-07:00:01.500] Remote", "Remote"),
            ("03/01/2026-07:00:01.500:Remote", "Remote"),
            ("2026-03-01T07:00:01.5Z", ""),
        ] {
            let (ticks, found) = leading_time(line).unwrap_or((0, "no time"));
            assert_eq!((format_ticks(ticks).as_str(), found), (seven, rest), "{line}");
        }
        for none in [
            "",
            "Remote 1.2.3.4:500",
            "[SEND]",
            "2026-03-01",
            "2026-03-01T07:00:01Zx",
            "[2026-03-01T07:00:01Z x",
            "2026-13-01T07:00:01Z x",
            "1/2/3 4",
            "é",
        ] {
            assert_eq!(leading_time(none), None, "{none}");
        }
    }
}
