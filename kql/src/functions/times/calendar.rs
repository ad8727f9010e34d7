//! Days, months and what else a calendar divides time into.

use crate::values::datetime::{civil, days};

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a day.
pub const DAY: i64 = 86_400 * SECOND;
/// Nanoseconds of a tick.
pub const TICK: i64 = 100;

/// A part of time that can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Years of the calendar.
    Year,
    /// Quarters of a year.
    Quarter,
    /// Months of the calendar.
    Month,
    /// Weeks from Sunday.
    Week,
    /// Of fixed length in nanoseconds.
    Fixed(i64),
}

impl Period {
    /// The period of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Fixed(DAY),
            "hour" => Self::Fixed(3600 * SECOND),
            "minute" => Self::Fixed(60 * SECOND),
            "second" => Self::Fixed(SECOND),
            "millisecond" => Self::Fixed(1_000_000),
            "microsecond" => Self::Fixed(1000),
            "nanosecond" => Self::Fixed(1),
            _ => return None,
        })
    }
}

/// Names of the periods, for errors.
pub const PERIODS: &str =
    "year, quarter, month, week, day, hour, minute, second, millisecond, microsecond or nanosecond";

/// Days since 1970 and nanoseconds of the day.
pub fn split(nanos: i64) -> (i64, i64) {
    (nanos.div_euclid(DAY), nanos.rem_euclid(DAY))
}

/// Months since the year 0.
fn months(nanos: i64) -> i64 {
    let (year, month, _) = civil(split(nanos).0);
    year * 12 + month - 1
}

/// The first day of a month counted since the year 0.
fn first_of(months: i64) -> Option<i64> {
    days(months.div_euclid(12), months.rem_euclid(12) + 1, 1)
}

fn at(day: i64, of_day: i64) -> Option<i64> {
    i64::try_from(i128::from(day) * i128::from(DAY) + i128::from(of_day)).ok()
}

/// Which week since 1970 a day is in; weeks begin on Sunday.
fn week(day: i64) -> i64 {
    (day + 4).div_euclid(7)
}

/// The point that lies so many periods later. A day that its month has not becomes the month's last.
pub fn add(nanos: i64, period: Period, amount: i64) -> Option<i64> {
    let by_months = |count: i64| {
        let (day, of_day) = split(nanos);
        let month = months(nanos).checked_add(count)?;
        let (first, next) = (first_of(month)?, first_of(month + 1)?);
        let wanted = civil(day).2.min(next - first);
        at(first + wanted - 1, of_day)
    };
    match period {
        Period::Year => by_months(amount.checked_mul(12)?),
        Period::Quarter => by_months(amount.checked_mul(3)?),
        Period::Month => by_months(amount),
        Period::Week => nanos.checked_add(amount.checked_mul(7 * DAY)?),
        Period::Fixed(length) => nanos.checked_add(amount.checked_mul(length)?),
    }
}

/// How many borders of periods lie between.
pub fn difference(a: i64, b: i64, period: Period) -> Option<i64> {
    match period {
        Period::Year => Some(months(a).div_euclid(12) - months(b).div_euclid(12)),
        Period::Quarter => Some(months(a).div_euclid(3) - months(b).div_euclid(3)),
        Period::Month => Some(months(a) - months(b)),
        Period::Week => Some(week(split(a).0) - week(split(b).0)),
        Period::Fixed(length) => a.div_euclid(length).checked_sub(b.div_euclid(length)),
    }
}

/// The beginning of the period, so many periods later.
pub fn start(nanos: i64, period: Period, offset: i64) -> Option<i64> {
    let by_months = |length: i64| {
        let month = months(nanos).div_euclid(length).checked_add(offset)?.checked_mul(length)?;
        at(first_of(month)?, 0)
    };
    match period {
        Period::Year => by_months(12),
        Period::Quarter => by_months(3),
        Period::Month => by_months(1),
        Period::Week => at(week(split(nanos).0).checked_add(offset)?.checked_mul(7)?.checked_sub(4)?, 0),
        Period::Fixed(length) => nanos.div_euclid(length).checked_add(offset)?.checked_mul(length),
    }
}

/// The last tick of the period.
pub fn end(nanos: i64, period: Period, offset: i64) -> Option<i64> {
    start(nanos, period, offset.checked_add(1)?)?.checked_sub(TICK)
}

/// The day of the week, Sunday as 0.
pub fn weekday(nanos: i64) -> i64 {
    (split(nanos).0 + 4).rem_euclid(7)
}

/// The day of the year, from 1.
pub fn day_of_year(nanos: i64) -> Option<i64> {
    let day = split(nanos).0;
    Some(day - days(civil(day).0, 1, 1)? + 1)
}

/// The week of the year after ISO 8601: from Monday, the first with a Thursday in the year.
pub fn iso_week(nanos: i64) -> Option<i64> {
    let day = split(nanos).0;
    let thursday = day - (day + 3).rem_euclid(7) + 3;
    Some((thursday - days(civil(thursday).0, 1, 1)?) / 7 + 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::values::datetime::{format, parse};

    fn t(text: &str) -> i64 {
        parse(text).unwrap()
    }

    #[test]
    fn adding() {
        for (from, period, amount, expected) in [
            ("2020-02-29", "year", 1, "2021-02-28"),
            ("2020-03-31", "month", -1, "2020-02-29"),
            ("2020-11-30", "quarter", 1, "2021-02-28"),
            ("2020-06-15", "week", 2, "2020-06-29"),
            ("2020-01-01", "day", 400, "2021-02-04"),
        ] {
            assert_eq!(add(t(from), Period::from_name(period).unwrap(), amount), Some(t(expected)), "{from} {period}");
        }
        for amount in [i64::MIN, i64::MAX, 1 << 40] {
            for period in ["year", "month", "week", "day", "hour"] {
                assert_eq!(add(0, Period::from_name(period).unwrap(), amount), None);
            }
        }
    }

    #[test]
    fn differing() {
        for (a, b, period, expected) in [
            ("2020-12-31", "2021-01-01", "year", -1),
            ("2020-03-31", "2020-02-29", "quarter", 0),
            ("2024-02-29", "2020-02-29", "week", 209),
            ("2021-03-01", "2020-12-31", "week", 9),
            ("2020-01-01 23:00", "2020-01-01 01:00", "day", 0),
        ] {
            assert_eq!(difference(t(a), t(b), Period::from_name(period).unwrap()), Some(expected), "{a} {b} {period}");
        }
        assert_eq!(difference(i64::MAX, i64::MIN, Period::Fixed(1)), None);
    }

    #[test]
    fn borders() {
        let x = t("2020-06-15 13:45");
        assert_eq!(start(x, Period::Week, -2), Some(t("2020-05-31")));
        assert_eq!(start(x, Period::Year, 0), Some(t("2020-01-01")));
        assert_eq!(end(x, Period::Fixed(DAY), 0).map(format).as_deref(), Some("2020-06-15T23:59:59.9999999Z"));
        assert_eq!(end(x, Period::Month, 1).map(format).as_deref(), Some("2020-07-31T23:59:59.9999999Z"));
        assert_eq!(end(i64::MAX, Period::Year, 0), None);
        assert_eq!(start(i64::MIN, Period::Fixed(DAY), 0), None);
    }

    #[test]
    fn weeks() {
        for (day, week) in [("2016-01-01", 53), ("2017-01-01", 52), ("2018-12-31", 1), ("2020-12-31", 53)] {
            assert_eq!(iso_week(t(day)), Some(week), "{day}");
        }
        assert_eq!(weekday(t("1947-11-30")), 0);
        assert_eq!(day_of_year(t("2020-12-31")), Some(366));
    }
}
