//! Now, earlier, later, and the borders of periods.

use datafusion::arrow::array::ArrayRef;

use super::calendar::{self, PERIODS, Period, SECOND};
use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, apply, argument, check, count, simple, wrong};
use crate::functions::{Batch, Kernel, function};
use crate::types::{Kind, Literal, Typed};
use crate::values::datetime::days;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function("now", &[], now, ("now([offset])", "The query's own now, with a timespan added."), None),
    function("ago", &[], ago, ("ago(timespan)", "The query's own now less a timespan."), None),
    function(
        "datetime_add",
        &[],
        datetime_add,
        ("datetime_add(period, amount, datetime)", "A datetime so many periods later."),
        Some(("tostring(datetime_add('month', 1, datetime(2026-01-31)))", "2026-02-28T00:00:00.0000000Z")),
    ),
    function(
        "datetime_diff",
        &[],
        datetime_diff,
        ("datetime_diff(period, a, b)", "How many borders of periods lie between b and a."),
        Some(("datetime_diff('year', datetime(2026-01-01), datetime(2025-12-31))", "1")),
    ),
    function(
        "make_datetime",
        &[],
        make_datetime,
        ("make_datetime(year, month, day, [hour], [minute], [second])", "A datetime of its parts."),
        Some(("tostring(make_datetime(2026, 3, 1, 7, 30))", "2026-03-01T07:30:00.0000000Z")),
    ),
    function(
        "make_timespan",
        &[],
        make_timespan,
        ("make_timespan([day], hour, minute, [second])", "A timespan of its parts."),
        Some(("tostring(make_timespan(1, 2, 30, 0))", "1.02:30:00")),
    ),
    function(
        "unixtime_seconds_todatetime",
        &[],
        |c| unix(c, "kql_unixtime_seconds", |b| since_1970(b, 1_000_000_000)),
        ("unixtime_seconds_todatetime(seconds)", "A datetime of seconds since 1970."),
        Some(("tostring(unixtime_seconds_todatetime(1546300800))", "2019-01-01T00:00:00.0000000Z")),
    ),
    function(
        "unixtime_milliseconds_todatetime",
        &[],
        |c| unix(c, "kql_unixtime_milliseconds", |b| since_1970(b, 1_000_000)),
        ("unixtime_milliseconds_todatetime(milliseconds)", "A datetime of milliseconds since 1970."),
        Some(("tostring(unixtime_milliseconds_todatetime(1546300800000))", "2019-01-01T00:00:00.0000000Z")),
    ),
    function(
        "unixtime_microseconds_todatetime",
        &[],
        |c| unix(c, "kql_unixtime_microseconds", |b| since_1970(b, 1000)),
        ("unixtime_microseconds_todatetime(microseconds)", "A datetime of microseconds since 1970."),
        Some(("tostring(unixtime_microseconds_todatetime(1546300800000000))", "2019-01-01T00:00:00.0000000Z")),
    ),
    function(
        "unixtime_nanoseconds_todatetime",
        &[],
        |c| unix(c, "kql_unixtime_nanoseconds", |b| since_1970(b, 1)),
        ("unixtime_nanoseconds_todatetime(nanoseconds)", "A datetime of nanoseconds since 1970."),
        Some(("tostring(unixtime_nanoseconds_todatetime(1546300800000000000))", "2019-01-01T00:00:00.0000000Z")),
    ),
    function(
        "startofday",
        &[],
        |c| border(c, "kql_startofday", |b| borders(b, Period::Fixed(calendar::DAY), calendar::start)),
        ("startofday(datetime, [offset])", "The beginning of the day, so many days later."),
        Some(("tostring(startofday(datetime(2026-03-01 07:30)))", "2026-03-01T00:00:00.0000000Z")),
    ),
    function(
        "startofweek",
        &[],
        |c| border(c, "kql_startofweek", |b| borders(b, Period::Week, calendar::start)),
        ("startofweek(datetime, [offset])", "The beginning of the week, which is Sunday."),
        Some(("tostring(startofweek(datetime(2026-03-04)))", "2026-03-01T00:00:00.0000000Z")),
    ),
    function(
        "startofmonth",
        &[],
        |c| border(c, "kql_startofmonth", |b| borders(b, Period::Month, calendar::start)),
        ("startofmonth(datetime, [offset])", "The beginning of the month."),
        Some(("tostring(startofmonth(datetime(2026-03-04), -1))", "2026-02-01T00:00:00.0000000Z")),
    ),
    function(
        "startofyear",
        &[],
        |c| border(c, "kql_startofyear", |b| borders(b, Period::Year, calendar::start)),
        ("startofyear(datetime, [offset])", "The beginning of the year."),
        Some(("tostring(startofyear(datetime(2026-03-04)))", "2026-01-01T00:00:00.0000000Z")),
    ),
    function(
        "endofday",
        &[],
        |c| border(c, "kql_endofday", |b| borders(b, Period::Fixed(calendar::DAY), calendar::end)),
        ("endofday(datetime, [offset])", "The last tick of the day."),
        Some(("tostring(endofday(datetime(2026-03-01)))", "2026-03-01T23:59:59.9999999Z")),
    ),
    function(
        "endofweek",
        &[],
        |c| border(c, "kql_endofweek", |b| borders(b, Period::Week, calendar::end)),
        ("endofweek(datetime, [offset])", "The last tick of the week."),
        Some(("tostring(endofweek(datetime(2026-03-04)))", "2026-03-07T23:59:59.9999999Z")),
    ),
    function(
        "endofmonth",
        &[],
        |c| border(c, "kql_endofmonth", |b| borders(b, Period::Month, calendar::end)),
        ("endofmonth(datetime, [offset])", "The last tick of the month."),
        Some(("tostring(endofmonth(datetime(2026-02-04)))", "2026-02-28T23:59:59.9999999Z")),
    ),
    function(
        "endofyear",
        &[],
        |c| border(c, "kql_endofyear", |b| borders(b, Period::Year, calendar::end)),
        ("endofyear(datetime, [offset])", "The last tick of the year."),
        Some(("tostring(endofyear(datetime(2026-02-04)))", "2026-12-31T23:59:59.9999999Z")),
    ),
];

fn now(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 0, 1)?;
    let now = Typed::of(Literal::Datetime(call.now), Kind::Datetime);
    if call.args.is_empty() {
        return Ok(now);
    }
    check(call, 0, Want::Timespan)?;
    fitting(
        call,
        apply(
            "kql_later",
            |b| b.datetimes(|r| b.long(0, r)?.checked_add(b.long(1, r)?)),
            Kind::Datetime,
            &[now, argument(call, 0)?.clone()],
        )?,
    )
}

fn ago(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, 1)?;
    check(call, 0, Want::Timespan)?;
    let now = Typed::of(Literal::Datetime(call.now), Kind::Datetime);
    let earlier: Kernel = |b| b.datetimes(|r| b.long(0, r)?.checked_sub(b.long(1, r)?));
    fitting(call, apply("kql_earlier", earlier, Kind::Datetime, &[now, argument(call, 0)?.clone()])?)
}

/// Refuses a constant that lies outside the datetimes that are supported, of arguments that are not null.
fn fitting(call: &Call<'_>, value: Typed) -> Result<Typed, KqlError> {
    let given = call.args.iter().all(|a| !matches!(a.value.literal, None | Some(Literal::Null)));
    if value.literal == Some(Literal::Null) && given {
        let text = format!("{}() gives a datetime outside 1677-09-22 to 2262-04-11", call.name);
        return Err(KqlError::typed(&call.span, text));
    }
    Ok(value)
}

/// The period that an argument names.
pub(super) fn period(call: &Call<'_>, index: usize) -> Result<(), KqlError> {
    let name = bind::constant(call, index)?;
    match Period::from_name(name) {
        Some(_) => Ok(()),
        None => Err(wrong(call, index, format!("expected {PERIODS}, found '{name}'"))),
    }
}

fn datetime_add(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 3, 3)?;
    period(call, 0)?;
    let wants = [Want::Constant, Want::Whole, Want::Datetime];
    let kernel: Kernel = |b| {
        let period = Period::from_name(b.text(0, 0));
        b.datetimes(|r| calendar::add(b.long(2, r)?, period?, b.long(1, r)?))
    };
    fitting(call, simple(call, "kql_datetime_add", &wants, 3, Kind::Datetime, kernel)?)
}

fn datetime_diff(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 3, 3)?;
    period(call, 0)?;
    let wants = [Want::Constant, Want::Datetime, Want::Datetime];
    simple(call, "kql_datetime_diff", &wants, 3, Kind::Long, |b| {
        let period = Period::from_name(b.text(0, 0));
        b.longs(|r| calendar::difference(b.long(1, r)?, b.long(2, r)?, period?))
    })
}

fn seconds(value: f64) -> Option<i64> {
    let nanos = (value * 1e7).round() * 100.0;
    #[allow(clippy::cast_possible_truncation)]
    (nanos.abs() < 9.2e18).then_some(nanos as i64)
}

fn make_datetime(call: &Call<'_>) -> Result<Typed, KqlError> {
    if matches!(call.args.len(), 1 | 4) {
        let text = format!("make_datetime() takes 3, 5 or 6 arguments, found {}", call.args.len());
        return Err(KqlError::typed(&call.span, text));
    }
    let wants = [Want::Whole, Want::Whole, Want::Whole, Want::Whole, Want::Whole, Want::Number];
    simple(call, "kql_make_datetime", &wants, 3, Kind::Datetime, |b| {
        b.datetimes(|r| {
            let part = |i, most| if b.count() > i { b.long(i, r).filter(|n| (0..most).contains(n)) } else { Some(0) };
            let day = days(b.long(0, r)?, b.long(1, r)?, b.long(2, r)?)?;
            let second = if b.count() > 5 { b.real(5, r).filter(|s| (0.0..60.0).contains(s))? } else { 0.0 };
            let of_day = (part(3, 24)? * 60 + part(4, 60)?) * 60 * SECOND + seconds(second)?;
            i64::try_from(i128::from(day) * i128::from(calendar::DAY) + i128::from(of_day)).ok()
        })
    })
}

fn make_timespan(call: &Call<'_>) -> Result<Typed, KqlError> {
    let wants: &[Want] = match call.args.len() {
        4 => &[Want::Whole, Want::Whole, Want::Whole, Want::Number],
        _ => &[Want::Whole, Want::Whole, Want::Number],
    };
    simple(call, "kql_make_timespan", wants, 2, Kind::Timespan, |b| {
        b.timespans(|r| {
            let first = usize::from(b.count() > 3);
            let day = if first == 1 { b.long(0, r).filter(|n| (0..100_000).contains(n))? } else { 0 };
            let hour = b.long(first, r).filter(|n| (0..24).contains(n))?;
            // Of two arguments the second counts minutes, and may come as any number.
            let minute = b.real(first + 1, r).filter(|n| (0.0..60.0).contains(n))?;
            let second =
                if b.count() > first + 2 { b.real(first + 2, r).filter(|n| (0.0..60.0).contains(n))? } else { 0.0 };
            (day * 24 + hour).checked_mul(3600 * SECOND)?.checked_add(seconds(minute * 60.0 + second)?)
        })
    })
}

fn unix(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Number], 1, Kind::Datetime, kernel)
}

fn since_1970(b: &Batch, unit: i64) -> ArrayRef {
    b.datetimes(|row| match b.kind(0) {
        Kind::Int | Kind::Long => b.long(0, row)?.checked_mul(unit),
        #[allow(clippy::cast_precision_loss)]
        _ => seconds(b.real(0, row)? * (unit as f64 / 1e9)),
    })
}

fn border(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    fitting(call, simple(call, name, &[Want::Datetime, Want::Whole], 1, Kind::Datetime, kernel)?)
}

fn borders(b: &Batch, period: Period, of: fn(i64, Period, i64) -> Option<i64>) -> ArrayRef {
    b.datetimes(|row| {
        let offset = if b.count() > 1 { b.long(1, row)? } else { 0 };
        of(b.long(0, row)?, period, offset)
    })
}
