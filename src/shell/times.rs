//! Times and durations as people write them.

use std::time::Duration;

use super::Failure;
use crate::model::{Ticks, parse_iso};
use crate::tables::TimeRange;

/// The clock, in ticks.
pub fn clock() -> Ticks {
    chrono::Utc::now().timestamp_micros().saturating_mul(10)
}

/// A duration such as `90s`, `12h` or `30d`.
pub fn duration(name: &str, text: &str) -> Result<Duration, Failure> {
    humantime::parse_duration(text.trim()).map_err(|_| {
        Failure::usage(format!("{name} '{text}' is no duration; expected for example 90s, 15m, 12h or 30d"))
    })
}

/// A time, or how long before `now` it was.
pub fn time(name: &str, text: &str, now: Ticks) -> Result<Ticks, Failure> {
    if let Some(time) = parse_iso(text) {
        return Ok(time);
    }
    let ago = humantime::parse_duration(text.trim()).map(|d| before(now, d));
    ago.map_err(|_| {
        Failure::usage(format!(
            "{name} '{text}' is no time; expected for example 2026-03-01, 2026-03-01T07:00:00Z or how long ago: 12h, 7d"
        ))
    })
}

/// So long before a time.
pub fn before(now: Ticks, ago: Duration) -> Ticks {
    now.saturating_sub(i64::try_from(ago.as_nanos() / 100).unwrap_or(i64::MAX))
}

/// A range that has something in it.
pub fn checked(range: TimeRange) -> Result<TimeRange, Failure> {
    match (range.start, range.end) {
        (Some(start), Some(end)) if start >= end => {
            Err(Failure::usage("the time range is empty: it begins where or after it ends"))
        }
        _ => Ok(range),
    }
}

/// A time for people: as short as it is exact to the second.
pub fn text(ticks: Ticks) -> String {
    let Some(time) = chrono::DateTime::from_timestamp_micros(ticks.div_euclid(10)) else { return ticks.to_string() };
    let whole_day = ticks.rem_euclid(86_400 * 10_000_000) == 0;
    time.format(if whole_day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

/// A range for people; empty when it is all times.
pub fn range_text(range: TimeRange) -> String {
    match (range.start, range.end) {
        (None, None) => String::new(),
        (Some(start), None) => format!("since {}", text(start)),
        (None, Some(end)) => format!("until {}", text(end)),
        (Some(start), Some(end)) => format!("{} to {}", text(start), text(end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ranges() {
        let now = parse_iso("2026-03-12T00:00:00Z").unwrap();
        let at = |t: &str| time(".since", t, now).map(text).map_err(|e| e.text);
        assert_eq!(at("2026-03-10").unwrap(), "2026-03-10");
        assert_eq!(at("2026-03-10T01:02:03Z").unwrap(), "2026-03-10 01:02:03");
        assert_eq!(at("7d").unwrap(), "2026-03-05");
        assert!(at("soon").unwrap_err().contains("'soon' is no time"));
        let range = |start, end| range_text(TimeRange { start, end });
        assert_eq!(range(None, None), "");
        assert_eq!(range(Some(now), None), "since 2026-03-12");
        assert!(checked(TimeRange { start: Some(now), end: Some(now) }).is_err());
    }
}
