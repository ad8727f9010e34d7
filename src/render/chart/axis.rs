//! Where ticks stand and what they say.

use chrono::{DateTime, Offset, TimeZone as _};

use super::Frame;
use crate::render::layout::{display_width, push_cut};
use crate::render::zone::TimeZone;

const MS: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MS;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances between ticks of a time axis.
const STEPS: &[i64] = &[
    MS,
    5 * MS,
    10 * MS,
    50 * MS,
    100 * MS,
    500 * MS,
    SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
    3_650 * DAY,
    36_500 * DAY,
];

/// A span of time with ends that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Span {
    /// From the first to the last of some times; one instant gets surroundings.
    pub(super) fn of(times: impl Iterator<Item = i64> + Clone) -> Option<Span> {
        let (start, end) = (times.clone().min()?, times.max()?);
        let short = 10 * MS;
        if end.saturating_sub(start) >= short {
            return Some(Span { start, end });
        }
        Some(Span { start: start.saturating_sub(MINUTE / 2), end: end.saturating_add(MINUTE / 2) })
    }

    /// Where a time stands, from 0 to 1.
    pub(super) fn part(self, time: i64) -> f64 {
        let length = self.end as f64 - self.start as f64;
        ((time as f64 - self.start as f64) / length).clamp(0.0, 1.0)
    }

    /// The step that makes at most `most` ticks.
    pub(super) fn step(self, most: usize) -> i64 {
        let length = i128::from(self.end) - i128::from(self.start);
        let fits = |step: &&i64| length / i128::from(**step) < most.max(1) as i128;
        STEPS.iter().find(fits).copied().unwrap_or(36_500 * DAY)
    }

    /// The times in the span that are whole steps by the zone's clock.
    pub(super) fn ticks(self, step: i64, tz: &TimeZone) -> Vec<i64> {
        let shift = i128::from(offset(self.start, tz)) * i128::from(SECOND);
        let step = i128::from(step.max(1));
        let first = (i128::from(self.start) + shift + step - 1).div_euclid(step) * step - shift;
        let ticks = (0..).map(|n| first + n * step).take_while(|t| *t <= i128::from(self.end));
        ticks.take(MOST_TICKS).filter_map(|t| i64::try_from(t).ok()).collect()
    }
}

/// More ticks than any axis or histogram has places.
const MOST_TICKS: usize = 4_000;

fn offset(nanos: i64, tz: &TimeZone) -> i64 {
    let Some(zone) = tz.get() else { return 0 };
    let utc = DateTime::from_timestamp_nanos(nanos).naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into()
}

/// A time as short as its step allows.
pub(super) fn time_label(nanos: i64, step: i64, tz: &TimeZone) -> String {
    let format = match step {
        s if s < SECOND => "%H:%M:%S%.3f",
        s if s < MINUTE => "%H:%M:%S",
        s if s < DAY => "%m-%d %H:%M",
        _ => "%Y-%m-%d",
    };
    time_text(nanos, format, tz)
}

pub(super) fn time_text(nanos: i64, format: &str, tz: &TimeZone) -> String {
    let shifted = nanos.saturating_add(offset(nanos, tz).saturating_mul(SECOND));
    DateTime::from_timestamp_nanos(shifted).format(format).to_string()
}

/// The axis below a plot that begins at column `left` and is `width` wide: ticks, labels, and from when to when.
pub(super) fn time_axis(span: Span, left: usize, width: usize, frame: &Frame<'_>, out: &mut String) {
    const LONGEST_LABEL: usize = 12;
    let step = span.step(width / (LONGEST_LABEL + 2));
    let ticks = span.ticks(step, frame.tz).into_iter().map(|tick| (span.part(tick), time_label(tick, step, frame.tz)));
    axis(ticks, left, width, frame, out);
    let format = "%Y-%m-%d %H:%M:%S";
    let (start, end) = (time_text(span.start, format, frame.tz), time_text(span.end, format, frame.tz));
    note(&format!("{start} to {end} {}", frame.tz.name()), frame, out);
}

/// A line with ticks at parts of its width, and their labels below it.
fn axis(ticks: impl Iterator<Item = (f64, String)>, left: usize, width: usize, frame: &Frame<'_>, out: &mut String) {
    let mut line: Vec<&str> = vec![frame.pick("─", "-"); width];
    let mut labels = String::new();
    let mut used = 0;
    for (part, label) in ticks {
        let at = (part * width.saturating_sub(1) as f64).round() as usize;
        if let Some(place) = line.get_mut(at) {
            *place = frame.pick("┴", "+");
        }
        // Under its tick, moved to stay inside, and left out where it would touch the one before.
        let begin = (left + at).saturating_sub(label.len() / 2).min((left + width).saturating_sub(label.len()));
        if begin >= used + usize::from(used > 0) {
            labels.extend(std::iter::repeat_n(' ', begin - used));
            labels.push_str(&label);
            used = begin + label.len();
        }
    }
    out.extend(std::iter::repeat_n(' ', left.saturating_sub(1)));
    out.push_str(if left > 0 { frame.pick("└", "+") } else { "" });
    line.iter().for_each(|c| out.push_str(c));
    out.push('\n');
    if used > 0 {
        out.push_str(&labels);
        out.push('\n');
    }
}

/// The axis of numbers below a plot, as [`time_axis`].
pub(super) fn number_axis(range: Range, left: usize, width: usize, name: &str, frame: &Frame<'_>, out: &mut String) {
    let ticks = range.ticks().into_iter().map(|tick| (range.part(tick), short(tick)));
    axis(ticks, left, width, frame, out);
    note(name, frame, out);
}

/// A line of its own, cut to the width.
pub(super) fn note(text: &str, frame: &Frame<'_>, out: &mut String) {
    push_cut(text, display_width(text), frame.width, frame.ellipsis(), out);
    out.push('\n');
}

/// A range of numbers with ends that differ, both whole steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
}

impl Range {
    /// The value between its ends. Halves, since the whole of the largest numbers overflows.
    pub(super) fn middle(&self) -> f64 {
        self.low / 2.0 + self.high / 2.0
    }

    /// Around finite values, in about `steps` steps of 1, 2 or 5 times a power of ten.
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone, steps: usize) -> Option<Range> {
        let low = values.clone().min_by(f64::total_cmp)?;
        let high = values.max_by(f64::total_cmp)?;
        let (low, high) = if low < high { (low, high) } else { around(low) };
        // Halves, since the whole of the largest numbers overflows.
        let rough = (high / 2.0 - low / 2.0) / steps.max(1) as f64 * 2.0;
        let rough = rough.clamp(f64::MIN_POSITIVE, f64::MAX);
        let power = 10_f64.powi(rough.log10().floor() as i32);
        let scaled = [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * power >= rough * 0.999_999);
        let step = scaled.map_or(rough, |m| m * power);
        let snapped = Range { low: (low / step).floor() * step, high: (high / step).ceil() * step, step };
        // Beyond a float's precision or range steps do not add up any more.
        let sane = snapped.step.is_normal() && snapped.low.is_finite() && snapped.high.is_finite();
        Some(if sane && snapped.low < snapped.high { snapped } else { Range { low, high, step: rough } })
    }

    /// Whole steps from the low to the high end.
    pub(super) fn ticks(self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round();
        match count.is_finite() && (1.0..=100.0).contains(&count) {
            // Zero is no -0.0000001.
            true => (0..=count as u32).map(|n| ((self.low / self.step).round() + f64::from(n)) * self.step).collect(),
            false => vec![self.low, self.high],
        }
    }

    /// Where a value stands, from 0 to 1.
    pub(super) fn part(self, value: f64) -> f64 {
        let part = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Surroundings of a single value.
fn around(value: f64) -> (f64, f64) {
    let by = if value == 0.0 { 1.0 } else { value.abs() / 2.0 };
    ((value - by).max(f64::MIN), (value + by).min(f64::MAX))
}

/// A number in few characters: `12`, `0.25`, `1.5k`, `3.2M`, `1e300`.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        let text = format!("{value:.2e}");
        return match text.split_once('e') {
            Some((digits, power)) => format!("{}e{power}", trimmed(digits)),
            None => text,
        };
    }
    let (scale, unit) = match size {
        s if s >= 1e12 => (1e12, "T"),
        s if s >= 1e9 => (1e9, "G"),
        s if s >= 1e6 => (1e6, "M"),
        s if s >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let digits = if size < 1.0 { 4 } else { 2 };
    format!("{}{unit}", trimmed(&format!("{:.digits$}", value / scale)))
}

/// Without zeros at the end of a fraction.
fn trimmed(text: &str) -> &str {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if text == "-0" { "0" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, want) in [
            (0.0, "0"),
            (-0.0, "0"),
            (12.0, "12"),
            (0.25, "0.25"),
            (-1_500.0, "-1500"),
            (15_000.0, "15k"),
            (3_210_000.0, "3.21M"),
            (1e300, "1e300"),
            (-2.5e-7, "-2.5e-7"),
            (9.5e12, "9.5T"),
        ] {
            assert_eq!(short(value), want);
        }
    }

    #[test]
    fn ranges_end_at_round_numbers_and_survive_extremes() {
        let of = |values: &[f64]| Range::of(values.iter().copied(), 5).unwrap();
        assert_eq!(of(&[0.0, 9.3]), Range { low: 0.0, high: 10.0, step: 2.0 });
        assert_eq!(of(&[-3.0, 4.0]), Range { low: -4.0, high: 4.0, step: 2.0 });
        for values in [
            &[f64::MIN, f64::MAX][..],
            &[f64::MAX],
            &[f64::MIN],
            &[0.0],
            &[5e-324],
            &[1e16, 1e16 + 2.0],
            &[-1e-300, 1e300],
        ] {
            let range = of(values);
            assert!(range.low < range.high && range.step > 0.0, "{values:?}: {range:?}");
            for value in values {
                assert!((0.0..=1.0).contains(&range.part(*value)));
            }
        }
        assert_eq!(Range::of([].into_iter(), 5), None);
    }

    #[test]
    fn ticks_are_whole_by_the_clock_of_the_zone() {
        let span = Span { start: 10 * MINUTE, end: 25 * HOUR };
        assert_eq!(span.step(10), 3 * HOUR);
        let utc = span.ticks(6 * HOUR, &TimeZone::utc());
        assert_eq!(utc, [6 * HOUR, 12 * HOUR, 18 * HOUR, 24 * HOUR]);
        let tokyo = span.ticks(6 * HOUR, &TimeZone::parse("+09:00").unwrap());
        assert_eq!(tokyo, [3 * HOUR, 9 * HOUR, 15 * HOUR, 21 * HOUR]);
        assert_eq!(time_label(3 * HOUR, 6 * HOUR, &TimeZone::parse("+09:00").unwrap()), "01-01 12:00");
    }

    #[test]
    fn any_span_has_few_ticks() {
        for times in [[i64::MIN, i64::MAX], [0, 0], [i64::MAX, i64::MAX], [i64::MIN, i64::MIN], [5, 6]] {
            let span = Span::of(times.into_iter()).unwrap();
            assert!(span.start < span.end);
            assert!(span.ticks(span.step(7), &TimeZone::utc()).len() <= 8, "{times:?}");
            for time in times {
                assert!((0.0..=1.0).contains(&span.part(time)));
                assert!(!time_label(time, 1, &TimeZone::parse("+14:00").unwrap()).is_empty());
            }
        }
    }
}
