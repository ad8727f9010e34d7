//! Constant intervals as arguments: how long they are, and how people write them.

use datafusion::common::ScalarValue;

const DAY: i64 = 86_400_000_000_000;

/// Nanoseconds of an interval of fixed length; `None` for months, which have none, and for other values.
pub fn interval_nanos(value: &ScalarValue) -> Option<i64> {
    let days = |days: i32, rest: i64| i64::from(days).checked_mul(DAY)?.checked_add(rest);
    match value {
        ScalarValue::IntervalMonthDayNano(Some(i)) if i.months == 0 => days(i.days, i.nanoseconds),
        ScalarValue::IntervalDayTime(Some(i)) => days(i.days, i64::from(i.milliseconds).checked_mul(1_000_000)?),
        ScalarValue::DurationSecond(Some(n)) => n.checked_mul(1_000_000_000),
        ScalarValue::DurationMillisecond(Some(n)) => n.checked_mul(1_000_000),
        ScalarValue::DurationMicrosecond(Some(n)) => n.checked_mul(1_000),
        ScalarValue::DurationNanosecond(Some(n)) => Some(*n),
        _ => None,
    }
}

/// A constant as it is written in SQL: `INTERVAL '1 month 2 days'`, `'text'`, `5`.
pub fn constant_text(value: &ScalarValue) -> String {
    let parts = match value {
        ScalarValue::IntervalMonthDayNano(Some(i)) => Some((i.months, i.days, i.nanoseconds)),
        ScalarValue::IntervalYearMonth(Some(months)) => Some((*months, 0, 0)),
        other => interval_nanos(other).map(|n| (0, i32::try_from(n / DAY).unwrap_or(i32::MAX), n % DAY)),
    };
    if let Some((months, days, nanos)) = parts {
        return format!("INTERVAL '{}'", words(months, days, nanos));
    }
    match value.try_as_str() {
        Some(Some(text)) => format!("'{}'", text.replace('\'', "''")),
        _ => value.to_string(),
    }
}

fn words(months: i32, days: i32, nanos: i64) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut push = |count: i64, unit: &str| {
        if count != 0 {
            out.push(format!("{count} {unit}{}", if count.abs() == 1 { "" } else { "s" }));
        }
    };
    push(i64::from(months / 12), "year");
    push(i64::from(months % 12), "month");
    push(i64::from(days), "day");
    push(nanos / 3_600_000_000_000, "hour");
    push(nanos / 60_000_000_000 % 60, "minute");
    push(nanos / 1_000_000_000 % 60, "second");
    push(nanos / 1_000_000 % 1_000, "millisecond");
    push(nanos / 1_000 % 1_000, "microsecond");
    push(nanos % 1_000, "nanosecond");
    if out.is_empty() { "0 seconds".to_owned() } else { out.join(" ") }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{IntervalDayTime, IntervalMonthDayNano};

    use super::*;

    fn interval(months: i32, days: i32, nanoseconds: i64) -> ScalarValue {
        ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano { months, days, nanoseconds }))
    }

    #[test]
    fn lengths() {
        for (value, wanted) in [
            (interval(0, 1, 5), Some(DAY + 5)),
            (interval(1, 0, 0), None),
            (interval(0, i32::MAX, 0), None),
            (ScalarValue::IntervalDayTime(Some(IntervalDayTime { days: 1, milliseconds: -1 })), Some(DAY - 1_000_000)),
            (ScalarValue::DurationSecond(Some(60)), Some(60_000_000_000)),
            (ScalarValue::DurationSecond(Some(i64::MAX)), None),
            (ScalarValue::DurationNanosecond(None), None),
            (ScalarValue::from(60i64), None),
        ] {
            assert_eq!(interval_nanos(&value), wanted, "{value}");
        }
    }

    #[test]
    fn constants_as_they_are_written() {
        for (value, wanted) in [
            (interval(1, 0, 0), "INTERVAL '1 month'"),
            (interval(27, -2, 0), "INTERVAL '2 years 3 months -2 days'"),
            (interval(0, 0, 3_661_000_002_003), "INTERVAL '1 hour 1 minute 1 second 2 microseconds 3 nanoseconds'"),
            (
                interval(0, 0, i64::MIN),
                "INTERVAL '-2562047 hours -47 minutes -16 seconds -854 milliseconds -775 microseconds -808 nanoseconds'",
            ),
            (interval(0, 0, 0), "INTERVAL '0 seconds'"),
            (ScalarValue::DurationSecond(Some(90_000)), "INTERVAL '1 day 1 hour'"),
            (ScalarValue::IntervalYearMonth(Some(5)), "INTERVAL '5 months'"),
            (ScalarValue::from("it's"), "'it''s'"),
            (ScalarValue::from(5i64), "5"),
            (ScalarValue::Utf8(None), "NULL"),
        ] {
            assert_eq!(constant_text(&value), wanted);
        }
    }
}
