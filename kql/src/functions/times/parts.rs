//! Parts of a datetime as numbers.

use super::calendar::{self, DAY, SECOND, split};
use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, count, simple, wrong};
use crate::functions::{Kernel, function};
use crate::types::{Kind, Typed};
use crate::values::datetime::civil;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "dayofweek",
        &[],
        |c| {
            simple(c, "kql_dayofweek", &[Want::Datetime], 1, Kind::Timespan, |b| {
                b.timespans(|r| Some(calendar::weekday(b.long(0, r)?) * DAY))
            })
        },
        ("dayofweek(datetime)", "The days since Sunday as a timespan."),
        Some(("tostring(dayofweek(datetime(2026-03-02)))", "1.00:00:00")),
    ),
    function(
        "dayofmonth",
        &[],
        |c| int(c, "kql_dayofmonth", |b| b.ints(|r| Some(civil(split(b.long(0, r)?).0).2))),
        ("dayofmonth(datetime)", "The day of the month."),
        Some(("dayofmonth(datetime(2026-03-02))", "2")),
    ),
    function(
        "dayofyear",
        &[],
        |c| int(c, "kql_dayofyear", |b| b.ints(|r| calendar::day_of_year(b.long(0, r)?))),
        ("dayofyear(datetime)", "The day of the year."),
        Some(("dayofyear(datetime(2026-02-01))", "32")),
    ),
    function(
        "hourofday",
        &[],
        |c| int(c, "kql_hourofday", |b| b.ints(|r| Some(split(b.long(0, r)?).1 / (3600 * SECOND)))),
        ("hourofday(datetime)", "The hour of the day."),
        Some(("hourofday(datetime(2026-02-01 07:30))", "7")),
    ),
    function(
        "monthofyear",
        &["getmonth"],
        |c| int(c, "kql_monthofyear", |b| b.ints(|r| Some(civil(split(b.long(0, r)?).0).1))),
        ("monthofyear(datetime)", "The month of the year."),
        Some(("monthofyear(datetime(2026-02-01))", "2")),
    ),
    function(
        "getyear",
        &[],
        |c| int(c, "kql_getyear", |b| b.ints(|r| Some(civil(split(b.long(0, r)?).0).0))),
        ("getyear(datetime)", "The year."),
        Some(("getyear(datetime(2026-02-01))", "2026")),
    ),
    function(
        "week_of_year",
        &[],
        |c| int(c, "kql_week_of_year", |b| b.ints(|r| calendar::iso_week(b.long(0, r)?))),
        ("week_of_year(datetime)", "The week of the year after ISO 8601."),
        Some(("week_of_year(datetime(2026-01-01))", "1")),
    ),
    function(
        "datetime_part",
        &["datepart"],
        datetime_part,
        ("datetime_part(part, datetime)", "The part of that name as a number."),
        Some(("datetime_part('hour', datetime(2026-02-01 07:30))", "7")),
    ),
];

fn int(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Datetime], 1, Kind::Int, kernel)
}

fn part(name: &str) -> Option<fn(i64) -> Option<i64>> {
    Some(match name.to_ascii_lowercase().as_str() {
        "year" => |n| Some(civil(split(n).0).0),
        "quarter" => |n| Some((civil(split(n).0).1 + 2) / 3),
        "month" => |n| Some(civil(split(n).0).1),
        "week_of_year" => calendar::iso_week,
        "day" => |n| Some(civil(split(n).0).2),
        "dayofyear" => calendar::day_of_year,
        "hour" => |n| Some(split(n).1 / (3600 * SECOND)),
        "minute" => |n| Some(split(n).1 / (60 * SECOND) % 60),
        "second" => |n| Some(split(n).1 / SECOND % 60),
        "millisecond" => |n| Some(split(n).1 % SECOND / 1_000_000),
        "microsecond" => |n| Some(split(n).1 % SECOND / 1000),
        "nanosecond" => |n| Some(split(n).1 % SECOND),
        _ => return None,
    })
}

fn datetime_part(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 2, 2)?;
    let name = bind::constant(call, 0)?;
    if part(name).is_none() {
        let text = format!(
            "expected year, quarter, month, week_of_year, day, dayOfYear, hour, minute, second, millisecond, \
             microsecond or nanosecond, found '{name}'"
        );
        return Err(wrong(call, 0, text));
    }
    simple(call, "kql_datetime_part", &[Want::Constant, Want::Datetime], 2, Kind::Int, |b| {
        let of = part(b.text(0, 0));
        b.ints(|r| of?(b.long(1, r)?))
    })
}
