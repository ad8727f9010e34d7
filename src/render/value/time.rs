//! Instants, dates, times of day and spans to text. Total: any integer of any unit has a text.

use std::str::FromStr;

use arrow::array::timezone::Tz;
use arrow::datatypes::TimeUnit;
use chrono::{DateTime, Offset, TimeZone};

use super::Style;
use super::number::{push_i64, push_pair, push_u64};

const DAY_SECONDS: i64 = 86_400;

/// The zone a timestamp column is shown in.
pub(super) enum Zone {
    /// The column has no zone: the text has none either.
    Naive,
    Utc,
    Other(Tz),
}

impl Zone {
    /// The zone of an Arrow timestamp type. A name that is not known (named zones need Arrow's `chrono-tz`) is shown
    /// in UTC: the same instant.
    pub(super) fn new(name: Option<&str>) -> Self {
        match name {
            None => Zone::Naive,
            Some("UTC" | "utc" | "Z" | "z" | "+00:00" | "+00" | "+0000" | "Etc/UTC" | "GMT") => Zone::Utc,
            Some(other) => Tz::from_str(other).map_or(Zone::Utc, Zone::Other),
        }
    }

    /// The zone of an Arrow timestamp type, or the one that it is to be shown in. Times without a zone are no instants and
    /// keep their look.
    pub(super) fn shown(name: Option<&str>, wanted: Option<Tz>) -> Self {
        match wanted {
            Some(zone) if name.is_some() => Zone::Other(zone),
            _ => Zone::new(name),
        }
    }

    /// Seconds east of UTC at an instant, where the calendar library reaches.
    fn offset(&self, seconds: i64) -> Option<i64> {
        let Zone::Other(zone) = self else { return None };
        let instant = DateTime::from_timestamp(seconds, 0)?.naive_utc();
        Some(zone.offset_from_utc_datetime(&instant).fix().local_minus_utc().into())
    }
}

/// Ticks in a second and nanoseconds in a tick.
fn scale(unit: TimeUnit) -> (i64, i64) {
    match unit {
        TimeUnit::Second => (1, 1_000_000_000),
        TimeUnit::Millisecond => (1_000, 1_000_000),
        TimeUnit::Microsecond => (1_000_000, 1_000),
        TimeUnit::Nanosecond => (1_000_000_000, 1),
    }
}

/// Year, month and day of a day number since 1970-01-01 in the proleptic Gregorian calendar, by Howard Hinnant's
/// `civil_from_days`.
fn civil(days: i64) -> (i64, u32, u32) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

/// Appends `2026-03-01` for days since 1970-01-01. Years outside 0..=9999 get a sign, as ISO 8601 has it.
pub(super) fn push_date(days: i64, out: &mut String) {
    let (year, month, day) = civil(days);
    if (0..=9_999).contains(&year) {
        push_pair((year / 100) as u32, out);
        push_pair((year % 100) as u32, out);
    } else {
        out.push(if year < 0 { '-' } else { '+' });
        let digits = year.unsigned_abs();
        for least in [1_000, 100, 10] {
            if digits < least {
                out.push('0');
            }
        }
        push_u64(digits, out);
    }
    out.push('-');
    push_pair(month, out);
    out.push('-');
    push_pair(day, out);
}

/// Appends `07:00:01` for seconds of a day.
fn push_clock(seconds: i64, out: &mut String) {
    push_pair((seconds / 3_600) as u32, out);
    out.push(':');
    push_pair((seconds / 60 % 60) as u32, out);
    out.push(':');
    push_pair((seconds % 60) as u32, out);
}

/// Appends a point and 3, 6, 7 or 9 digits, as few as are exact, or nothing for 0. Seven are Azure's 100 ns.
fn push_fraction(nanos: i64, out: &mut String) {
    let digits = match nanos {
        0 => return,
        n if n % 1_000_000 == 0 => 3,
        n if n % 1_000 == 0 => 6,
        n if n % 100 == 0 => 7,
        _ => 9,
    };
    push_digits(nanos, digits, out);
}

/// Appends a point and the first `digits` of nine.
fn push_digits(nanos: i64, digits: usize, out: &mut String) {
    let mut text = [b'0'; 10];
    text[0] = b'.';
    let mut rest = nanos;
    for place in text.iter_mut().skip(1).rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.push_str(std::str::from_utf8(&text[..=digits.min(9)]).unwrap_or_default());
}

/// Appends an instant. See [`Style`] for the two looks.
pub(super) fn push_timestamp(value: i64, unit: TimeUnit, zone: &Zone, style: Style, out: &mut String) {
    let (per_second, nanos) = scale(unit);
    let utc = value.div_euclid(per_second);
    let offset = zone.offset(utc);
    let local = utc.saturating_add(offset.unwrap_or(0));
    push_date(local.div_euclid(DAY_SECONDS), out);
    out.push(if style == Style::Display { ' ' } else { 'T' });
    push_clock(local.rem_euclid(DAY_SECONDS), out);
    push_fraction(value.rem_euclid(per_second) * nanos, out);
    match (zone, offset) {
        (Zone::Naive, _) => {}
        (Zone::Other(_), Some(offset)) => push_offset(offset, out),
        (Zone::Utc, _) if style == Style::Display => {}
        _ => out.push('Z'),
    }
}

/// Appends `+01:00`; seconds only in the rare historical offsets that have them.
fn push_offset(offset: i64, out: &mut String) {
    out.push(if offset < 0 { '-' } else { '+' });
    let offset = offset.abs();
    push_pair((offset / 3_600) as u32, out);
    out.push(':');
    push_pair((offset / 60 % 60) as u32, out);
    if offset % 60 != 0 {
        out.push(':');
        push_pair((offset % 60) as u32, out);
    }
}

/// Appends a Date64, milliseconds since 1970-01-01: the date, and the time of day where (against Arrow's rules) it has one.
pub(super) fn push_date_time(millis: i64, style: Style, out: &mut String) {
    if millis.rem_euclid(DAY_SECONDS * 1_000) == 0 {
        push_date(millis.div_euclid(DAY_SECONDS * 1_000), out);
    } else {
        push_timestamp(millis, TimeUnit::Millisecond, &Zone::Naive, style, out);
    }
}

/// Appends a time of day. A value outside the day (which Arrow forbids) is written as a span.
pub(super) fn push_time(value: i64, unit: TimeUnit, out: &mut String) {
    let (per_second, nanos) = scale(unit);
    if (0..DAY_SECONDS).contains(&value.div_euclid(per_second)) {
        push_clock(value / per_second, out);
        push_fraction(value % per_second * nanos, out);
    } else {
        push_duration(value, unit, out);
    }
}

/// Appends nanoseconds as Kusto writes a timespan: `[-][d.]hh:mm:ss[.fffffff]`.
pub(super) fn push_timespan(nanos: i64, out: &mut String) {
    use std::fmt::Write;
    let all = nanos.unsigned_abs();
    let (seconds, ticks) = (all / 1_000_000_000, all % 1_000_000_000 / 100);
    let (days, h, m, s) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    // Writing to a string does not fail.
    let _ = match (nanos < 0, days) {
        (false, 0) => Ok(()),
        (true, 0) => write!(out, "-"),
        (false, _) => write!(out, "{days}."),
        (true, _) => write!(out, "-{days}."),
    };
    let _ = write!(out, "{h:02}:{m:02}:{s:02}");
    if ticks > 0 {
        let _ = write!(out, ".{ticks:07}");
    }
}

/// Appends a UTC time with all seven digits.
pub(super) fn push_datetime(nanos: i64, out: &mut String) {
    use std::fmt::Write;
    let seconds = nanos.div_euclid(1_000_000_000);
    push_date(seconds.div_euclid(DAY_SECONDS), out);
    out.push('T');
    push_clock(seconds.rem_euclid(DAY_SECONDS), out);
    let _ = write!(out, ".{:07}Z", nanos.rem_euclid(1_000_000_000) / 100);
}

/// Appends a span: `1d 02:03:04.5`, `00:00:01`, `-2d 00:00:00`. A day is 24 hours.
pub(super) fn push_duration(value: i64, unit: TimeUnit, out: &mut String) {
    push_span(i128::from(value) * i128::from(scale(unit).1), out);
}

fn push_span(nanos: i128, out: &mut String) {
    const SECOND: u128 = 1_000_000_000;
    if nanos < 0 {
        out.push('-');
    }
    let nanos = nanos.unsigned_abs();
    let seconds = (nanos / SECOND) as u64;
    let day = DAY_SECONDS as u64;
    if seconds >= day {
        push_u64(seconds / day, out);
        out.push_str("d ");
    }
    push_clock((seconds % day) as i64, out);
    let mut fraction = (nanos % SECOND) as i64;
    if fraction != 0 {
        let nanos = fraction;
        let mut digits = 9;
        while fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        push_digits(nanos, digits, out);
    }
}

/// Appends an interval, whose parts keep their own signs since none can be converted into another:
/// `1y 2mon 3d 04:05:06.5`. Parts that are zero are left out; nothing at all is `00:00:00`.
pub(super) fn push_months_days(months: i32, days: i32, nanos: i64, out: &mut String) {
    let mut any = false;
    for (n, unit) in [(months / 12, "y"), (months % 12, "mon"), (days, "d")] {
        if n != 0 {
            if any {
                out.push(' ');
            }
            push_i64(n.into(), out);
            out.push_str(unit);
            any = true;
        }
    }
    if nanos != 0 || !any {
        if any {
            out.push(' ');
        }
        // Hours of an interval do not carry into its days.
        let hours = nanos.unsigned_abs() / 3_600_000_000_000;
        if hours < 24 {
            return push_span(nanos.into(), out);
        }
        let mut clock = String::new();
        push_span((nanos.unsigned_abs() % 3_600_000_000_000).into(), &mut clock);
        if nanos < 0 {
            out.push('-');
        }
        push_u64(hours, out);
        out.push_str(clock.strip_prefix("00").unwrap_or(&clock));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(push: impl Fn(&mut String)) -> String {
        let mut out = String::new();
        push(&mut out);
        out
    }

    #[test]
    fn timestamps_have_as_few_digits_as_are_exact() {
        use TimeUnit::*;
        for (value, unit, zone, display, exact) in [
            (1_772_348_401, Second, Some("UTC"), "2026-03-01 07:00:01", "2026-03-01T07:00:01Z"),
            (1_772_348_401_120, Millisecond, None, "2026-03-01 07:00:01.120", "2026-03-01T07:00:01.120"),
            (
                1_772_348_401_123_456,
                Microsecond,
                Some("UTC"),
                "2026-03-01 07:00:01.123456",
                "2026-03-01T07:00:01.123456Z",
            ),
            (
                1_772_348_401_123_456_700,
                Nanosecond,
                Some("UTC"),
                "2026-03-01 07:00:01.1234567",
                "2026-03-01T07:00:01.1234567Z",
            ),
            (
                1_772_348_401_123_456_789,
                Nanosecond,
                Some("+00:00"),
                "2026-03-01 07:00:01.123456789",
                "2026-03-01T07:00:01.123456789Z",
            ),
            (1_772_348_401, Second, Some("+01:30"), "2026-03-01 08:30:01+01:30", "2026-03-01T08:30:01+01:30"),
            (1_772_348_401, Second, Some("-05:00"), "2026-03-01 02:00:01-05:00", "2026-03-01T02:00:01-05:00"),
            (1_772_348_401, Second, Some("No/Where"), "2026-03-01 07:00:01", "2026-03-01T07:00:01Z"),
            (-1, Millisecond, None, "1969-12-31 23:59:59.999", "1969-12-31T23:59:59.999"),
            (0, Second, None, "1970-01-01 00:00:00", "1970-01-01T00:00:00"),
            (951_782_400, Second, None, "2000-02-29 00:00:00", "2000-02-29T00:00:00"),
            (253_402_300_800, Second, None, "+10000-01-01 00:00:00", "+10000-01-01T00:00:00"),
            (-62_167_219_201, Second, None, "-0001-12-31 23:59:59", "-0001-12-31T23:59:59"),
        ] {
            let zone = Zone::new(zone);
            assert_eq!(text(|out| push_timestamp(value, unit, &zone, Style::Display, out)), display);
            assert_eq!(text(|out| push_timestamp(value, unit, &zone, Style::Exact, out)), exact);
        }
    }

    #[test]
    fn any_integer_has_a_text() {
        for value in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
            for unit in [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond] {
                for zone in [Zone::Naive, Zone::Utc, Zone::new(Some("+13:45"))] {
                    assert!(!text(|out| push_timestamp(value, unit, &zone, Style::Exact, out)).is_empty());
                }
                assert!(!text(|out| push_time(value, unit, out)).is_empty());
                assert!(!text(|out| push_duration(value, unit, out)).is_empty());
            }
            assert!(!text(|out| push_date_time(value, Style::Exact, out)).is_empty());
        }
        for value in [i32::MIN, i32::MAX] {
            assert!(!text(|out| push_date(value.into(), out)).is_empty());
            assert!(!text(|out| push_months_days(value, value, i64::MIN, out)).is_empty());
        }
    }

    #[test]
    fn the_calendar_agrees_with_chrono() {
        // From year 0 to the end of year 9999, where chrono writes four digits too.
        for days in (-719_528..=2_932_896).step_by(97) {
            let date = DateTime::from_timestamp(days * DAY_SECONDS, 0).map(|t| t.format("%Y-%m-%d").to_string());
            assert_eq!(Some(text(|out| push_date(days, out))), date);
        }
    }

    #[test]
    fn times_and_spans() {
        for (value, unit, want) in [
            (25_201, TimeUnit::Second, "07:00:01"),
            (25_201_500, TimeUnit::Millisecond, "07:00:01.500"),
            (86_400, TimeUnit::Second, "1d 00:00:00"),
            (-1, TimeUnit::Second, "-00:00:01"),
        ] {
            assert_eq!(text(|out| push_time(value, unit, out)), want);
        }
        for (value, unit, want) in [
            (93_784_500, TimeUnit::Millisecond, "1d 02:03:04.5"),
            (-93_784_500, TimeUnit::Millisecond, "-1d 02:03:04.5"),
            (0, TimeUnit::Nanosecond, "00:00:00"),
            (1, TimeUnit::Nanosecond, "00:00:00.000000001"),
            (1_234_567_000, TimeUnit::Nanosecond, "00:00:01.234567"),
        ] {
            assert_eq!(text(|out| push_duration(value, unit, out)), want);
        }
    }

    #[test]
    fn intervals_keep_their_parts() {
        for (months, days, nanos, want) in [
            (0, 0, 0, "00:00:00"),
            (14, 0, 0, "1y 2mon"),
            (-14, 0, 0, "-1y -2mon"),
            (0, 3, 0, "3d"),
            (0, 3, -1_500_000_000, "3d -00:00:01.5"),
            (1, 2, 3_600_000_000_000, "1mon 2d 01:00:00"),
            (0, 0, 90_000_000_000_000, "25:00:00"),
            (0, 0, -90_061_000_000_000, "-25:01:01"),
        ] {
            assert_eq!(text(|out| push_months_days(months, days, nanos, out)), want);
        }
    }
}
