//! Ticks of a time axis: few, and at times that people think in.

use chrono::{Offset, TimeZone as _};

use crate::report::say::Say;

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps that people think in.
const STEPS: [i64; 20] = [
    1_000_000_000,
    5_000_000_000,
    15_000_000_000,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    56 * DAY,
    91 * DAY,
    364 * DAY,
];

/// Times of ticks with their texts, at most `most` of them.
pub fn ticks(from: i64, to: i64, most: i64, say: &Say) -> Vec<(i64, String)> {
    let span = to.saturating_sub(from).max(1);
    let Some(step) = STEPS.into_iter().find(|step| span / step < most) else { return Vec::new() };
    // Midnight is the reader's.
    let offset = say.zone.get().and_then(|zone| {
        let at = chrono::DateTime::from_timestamp(from.div_euclid(1_000_000_000), 0)?.naive_utc();
        Some(i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc()) * 1_000_000_000)
    });
    let offset = offset.unwrap_or(0);
    let first = (from + offset).div_euclid(step) * step - offset;
    let times = (0..=most + 1).map(|i| first.saturating_add(i.saturating_mul(step)));
    times.filter(|t| (from..=to).contains(t)).map(|t| (t, say.tick(t, step))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::TimeZone;

    #[test]
    fn few_and_round() {
        let from = 1_773_100_800_000_000_000; // 2026-03-10 00:00 UTC
        let texts =
            |span: i64, say: &Say| ticks(from, from + span, 8, say).into_iter().map(|t| t.1).collect::<Vec<_>>();
        let utc = Say::default();
        assert_eq!(texts(4 * HOUR, &utc)[..3], ["03-10 00:00", "03-10 01:00", "03-10 02:00"]);
        let tokyo = Say { zone: TimeZone::parse("Asia/Tokyo").unwrap(), ..Say::default() };
        assert_eq!(texts(4 * DAY, &tokyo)[0], "03-11");
        for span in [1, MINUTE, 7 * HOUR, 40 * DAY, 400 * DAY] {
            assert!(texts(span, &utc).len() <= 9, "{span}");
        }
        assert!(ticks(i64::MIN, i64::MAX, 8, &utc).len() <= 9);
    }
}
