//! Times as Azure writes them: UTC, to 100 ns.

/// 100 ns ticks since 1970-01-01T00:00:00Z.
pub type Ticks = i64;

/// Ticks in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;

/// Ticks of a civil UTC time; `None` when a part is out of range. A leap second (60) counts as the next minute's 0.
pub fn ticks_from_civil(
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    fraction: u32,
) -> Option<Ticks> {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let in_month = *DAYS.get((month as usize).wrapping_sub(1))? + u32::from(leap && month == 2);
    if day == 0 || day > in_month || hour > 23 || minute > 59 || second > 60 || fraction >= 10_000_000 {
        return None;
    }
    // Years outside this range overflow nanoseconds in 64 bits, which is what queries compute with.
    if !(1678..=2261).contains(&year) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let mp = i64::from((month + 9) % 12);
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let days = era * 146_097 + doe - 719_468;
    let seconds = days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(seconds * TICKS_PER_SECOND + i64::from(fraction))
}

/// Reads `2026-03-01T07:00:01.1234567Z` and its kin: `T` or a space, 0 to 7 fraction digits (more are cut),
/// `Z`, an offset (`+01:00`, `+0100`, `+01`) or nothing (UTC). `None` for anything else.
pub fn parse_iso(text: &str) -> Option<Ticks> {
    let b = text.trim_ascii().as_bytes();
    if b.len() < 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let year = digits(&b[0..4])?;
    let (month, day) = (digits(&b[5..7])?, digits(&b[8..10])?);
    let mut at = 10;
    let (mut hour, mut minute, mut second, mut fraction) = (0, 0, 0, 0u32);
    if b.len() > at {
        if !matches!(b[at], b'T' | b't' | b' ') || b.len() < 16 || b[13] != b':' {
            return None;
        }
        hour = digits(&b[11..13])?;
        minute = digits(&b[14..16])?;
        at = 16;
        if b.get(at) == Some(&b':') {
            second = digits(b.get(17..19)?)?;
            at = 19;
            if matches!(b.get(at), Some(b'.' | b',')) {
                at += 1;
                let start = at;
                let mut scale = 1_000_000;
                while let Some(d) = b.get(at).filter(|d| d.is_ascii_digit()) {
                    fraction += u32::from(d - b'0') * scale;
                    scale /= 10;
                    at += 1;
                }
                if at == start {
                    return None;
                }
            }
        }
    }
    let offset_minutes = match &b[at..] {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (h, m) = match rest.len() {
                2 => (digits(rest)?, 0),
                4 => (digits(&rest[..2])?, digits(&rest[2..])?),
                5 if rest[2] == b':' => (digits(&rest[..2])?, digits(&rest[3..])?),
                _ => return None,
            };
            if h > 15 || m > 59 {
                return None;
            }
            let minutes = i64::from(h * 60 + m);
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let civil = ticks_from_civil(i64::from(year), month, day, hour, minute, second, fraction)?;
    Some(civil - offset_minutes * 60 * TICKS_PER_SECOND)
}

/// Writes ticks as RFC 3339 with all seven digits, for example `2026-03-01T07:00:01.1234567Z`.
pub fn format_ticks(ticks: Ticks) -> String {
    let (seconds, fraction) = (ticks.div_euclid(TICKS_PER_SECOND), ticks.rem_euclid(TICKS_PER_SECOND));
    match chrono::DateTime::from_timestamp(seconds, 0) {
        Some(t) => format!("{}.{fraction:07}Z", t.format("%Y-%m-%dT%H:%M:%S")),
        None => format!("{ticks} ticks"),
    }
}

fn digits(b: &[u8]) -> Option<u32> {
    b.iter().try_fold(0u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_times() {
        let base = parse_iso("2026-03-01T07:00:01Z").unwrap();
        assert_eq!(base, 1_772_348_401 * TICKS_PER_SECOND);
        for (text, more) in [
            ("2026-03-01T07:00:01.1234567Z", 1_234_567),
            ("2026-03-01T07:00:01.12345678Z", 1_234_567),
            ("2026-03-01T07:00:01.5", 5_000_000),
            ("2026-03-01 07:00:01.000Z", 0),
            ("2026-03-01T08:00:01+01:00", 0),
            ("2026-03-01T08:00:01+0100", 0),
            ("2026-03-01T06:00:01-01", 0),
            (" 2026-03-01T07:00:01Z ", 0),
        ] {
            assert_eq!(parse_iso(text), Some(base + more), "{text}");
        }
        assert_eq!(parse_iso("2026-03-01T07:00Z"), Some(base - TICKS_PER_SECOND));
        assert_eq!(parse_iso("1970-01-01"), Some(0));
        assert_eq!(
            parse_iso("2024-02-29T00:00:00Z").map(format_ticks).as_deref(),
            Some("2024-02-29T00:00:00.0000000Z")
        );
    }

    #[test]
    fn bad_times() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T07:00:01.Z",
            "2026-03-01T07:00:01+99:00",
            "2026-03-01T07:00:01Zx",
            "2026-03-01X07:00:01Z",
            "x026-03-01T07:00:01Z",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_agrees_with_chrono() {
        let mut day = chrono::NaiveDate::from_ymd_opt(1969, 12, 1).unwrap();
        while day < chrono::NaiveDate::from_ymd_opt(2110, 1, 1).unwrap() {
            let text = day.format("%Y-%m-%dT00:00:00Z").to_string();
            let want = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() * TICKS_PER_SECOND;
            assert_eq!(parse_iso(&text), Some(want), "{text}");
            day = day.succ_opt().unwrap();
        }
    }
}
