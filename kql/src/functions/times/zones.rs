//! Time zones.

use std::str::FromStr;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, constant, count, simple, wrong};
use crate::functions::function;
use crate::types::{Kind, Typed};

/// The functions of this file.
pub static LIST: &[Function] = &[function(
    "datetime_utc_to_local",
    &[],
    datetime_utc_to_local,
    ("datetime_utc_to_local(datetime, zone)", "What a clock in a time zone such as Europe/Rome shows."),
    Some((
        "tostring(datetime_utc_to_local(datetime(2026-07-01 12:00), 'Europe/Rome'))",
        "2026-07-01T14:00:00.0000000Z",
    )),
)];

fn datetime_utc_to_local(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 2, 2)?;
    let name = constant(call, 1)?;
    if Tz::from_str(name).is_err() {
        return Err(wrong(call, 1, format!("expected a time zone such as Europe/Rome, found '{name}'")));
    }
    simple(call, "kql_utc_to_local", &[Want::Datetime, Want::Constant], 2, Kind::Datetime, |b| {
        let zone = Tz::from_str(b.text(1, 0)).ok();
        b.datetimes(|row| local(b.long(0, row)?, zone?))
    })
}

fn local(nanos: i64, zone: Tz) -> Option<i64> {
    let offset = zone.offset_from_utc_datetime(&DateTime::from_timestamp_nanos(nanos).naive_utc());
    nanos.checked_add(i64::from(offset.fix().local_minus_utc()).checked_mul(1_000_000_000)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_do_not_overflow() {
        let zone = Tz::from_str("Asia/Tokyo").unwrap();
        assert_eq!(local(i64::MAX, zone), None);
        assert!(local(i64::MIN, zone).is_some());
        assert_eq!(local(0, zone), Some(9 * 3600 * 1_000_000_000));
    }
}
