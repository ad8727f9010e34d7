//! What people read: words in their language, times in their zone, durations and numbers.

use chrono::TimeZone as _;

use super::value::iso;
pub use super::words::{Lang, Word};
use crate::render::TimeZone;

/// A language and a time zone.
#[derive(Debug, Clone, Default)]
pub struct Say {
    /// The language.
    pub lang: Lang,
    /// The zone of every time that people read.
    pub zone: TimeZone,
}

const SECOND: i64 = 1_000_000_000;

impl Say {
    /// A word or sentence.
    pub fn word(&self, word: Word) -> String {
        word.text(self.lang).to_owned()
    }

    /// A sentence with values in place of `{0}`, `{1}` ...
    pub fn fill(&self, word: Word, values: &[&str]) -> String {
        let mut out = String::new();
        let mut rest = word.text(self.lang);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((number, after)) = after.split_once('}') else { break };
            out.push_str(number.parse::<usize>().ok().and_then(|n| values.get(n)).copied().unwrap_or_default());
            rest = after;
        }
        out + rest
    }

    /// A count with its noun; English needs two.
    pub fn count(&self, n: i64, one: Word, many: Word) -> String {
        self.fill(if n == 1 { one } else { many }, &[&grouped(n)])
    }

    fn formatted(&self, nanos: i64, format: &str) -> String {
        let Some(time) = chrono::DateTime::from_timestamp(nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND) as u32)
        else {
            return iso(nanos);
        };
        match self.zone.get() {
            None => time.format(format).to_string(),
            Some(zone) => zone.from_utc_datetime(&time.naive_utc()).format(format).to_string(),
        }
    }

    /// A time to the second. The zone is named at the top of the page and on every axis.
    pub fn time(&self, nanos: i64) -> String {
        self.formatted(nanos, "%Y-%m-%d %H:%M:%S")
    }

    /// A time to the millisecond: rows of a negotiation are that near.
    pub fn exact_time(&self, nanos: i64) -> String {
        self.formatted(nanos, "%Y-%m-%d %H:%M:%S%.3f")
    }

    /// A time of day to the millisecond.
    pub fn clock(&self, nanos: i64) -> String {
        self.formatted(nanos, "%H:%M:%S%.3f")
    }

    /// A time that may be missing.
    pub fn time_or(&self, nanos: Option<i64>, missing: Word) -> String {
        nanos.map_or_else(|| self.word(missing), |t| self.time(t))
    }

    /// A day. Buckets of days begin at midnight UTC, so they are not shifted.
    pub fn day(&self, nanos: i64) -> String {
        Self::default().formatted(nanos, "%Y-%m-%d")
    }

    /// A month.
    pub fn month(&self, nanos: i64) -> String {
        Self::default().formatted(nanos, "%Y-%m")
    }

    /// A tick of an axis.
    pub fn tick(&self, nanos: i64, step_nanos: i64) -> String {
        let format = match step_nanos / SECOND {
            0..60 => "%H:%M:%S",
            60..86_400 => "%m-%d %H:%M",
            86_400..2_419_200 => "%m-%d",
            _ => "%Y-%m",
        };
        self.formatted(nanos, format)
    }

    /// A length of time in its two largest units.
    pub fn millis(&self, ms: i64) -> String {
        let (ja, s) = (self.lang == Lang::Ja, ms / 1000);
        let unit = |n: i64, en: &str, jp: &str| if ja { format!("{n} {jp}") } else { format!("{n} {en}") };
        let two = |a: String, n: i64, b: String| if n == 0 { a } else { format!("{a} {b}") };
        match s {
            ..0 => unit(ms, "ms", "ミリ秒"),
            0 if ms < 1000 && ms > 0 => unit(ms, "ms", "ミリ秒"),
            0..60 => unit(s, "s", "秒"),
            60..3_600 => two(unit(s / 60, "min", "分"), s % 60, unit(s % 60, "s", "秒")),
            3_600..86_400 => two(unit(s / 3_600, "h", "時間"), s / 60 % 60, unit(s / 60 % 60, "min", "分")),
            _ => two(unit(s / 86_400, "d", "日"), s / 3_600 % 24, unit(s / 3_600 % 24, "h", "時間")),
        }
    }

    /// A share in percent with as many digits as tell it from all and nothing.
    pub fn percent(&self, part: i64, whole: i64) -> String {
        if whole <= 0 {
            return "–".to_owned();
        }
        let share = part as f64 * 100.0 / whole as f64;
        // Cut, not rounded: 99.999 % is not 100 %.
        let cut = (share * 1000.0).floor() / 1000.0;
        if part == whole { "100 %".to_owned() } else { format!("{cut:.3} %") }
    }
}

/// A number with its thousands apart.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    if n < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_numbers_and_shares() {
        let (en, ja) = (Say::default(), Say { lang: Lang::Ja, zone: TimeZone::utc() });
        for (ms, want, wanted) in [
            (0, "0 s", "0 秒"),
            (250, "250 ms", "250 ミリ秒"),
            (12_342, "12 s", "12 秒"),
            (60_000, "1 min", "1 分"),
            (788_562, "13 min 8 s", "13 分 8 秒"),
            (7_260_000, "2 h 1 min", "2 時間 1 分"),
            (180_000_000, "2 d 2 h", "2 日 2 時間"),
        ] {
            assert_eq!((en.millis(ms).as_str(), ja.millis(ms).as_str()), (want, wanted));
        }
        assert_eq!((grouped(0), grouped(-1234), grouped(1_234_567)), ("0".into(), "-1,234".into(), "1,234,567".into()));
        assert_eq!((en.percent(999_999, 1_000_000), en.percent(5, 5)), ("99.999 %".into(), "100 %".into()));
        assert_eq!(en.percent(0, 0), "–");
    }

    #[test]
    fn times_are_shown_in_the_readers_zone() {
        let at = 1_773_191_550_351_844_800;
        assert_eq!(Say::default().exact_time(at), "2026-03-11 01:12:30.351");
        let tokyo = Say { zone: TimeZone::parse("Asia/Tokyo").unwrap(), ..Say::default() };
        assert_eq!(tokyo.time(at), "2026-03-11 10:12:30");
        assert_eq!(tokyo.day(at), "2026-03-11");
        assert_eq!(tokyo.tick(at, 3_600 * SECOND), "03-11 10:12");
    }
}
