//! Rounding down to multiples of a step.

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, apply, argument, as_kind, check, count, wider, wrong};
use crate::functions::convert::TICKS_TO_1970;
use crate::functions::{Kernel, function};
use crate::types::{Kind, Literal, Typed};

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "bin",
        &["floor"],
        bin,
        (
            "bin(value, step)",
            "The largest multiple of the step that is not above the value; datetimes count from 0001-01-01, a Monday.",
        ),
        Some(("bin(-5, 2)", "-6")),
    ),
    function(
        "bin_at",
        &[],
        bin_at,
        ("bin_at(value, step, origin)", "The last point on a grid through the origin that is not above the value."),
        Some(("bin_at(6.5, 2.5, 7)", "4.5")),
    ),
];

fn down(value: i128, step: i128, origin: i128) -> Option<i128> {
    (step > 0).then(|| value - (value - origin).rem_euclid(step))
}

fn down_real(value: f64, step: f64, origin: f64) -> Option<f64> {
    (step > 0.0).then(|| ((value - origin) / step).floor() * step + origin)
}

/// Nanoseconds from the year 1 to 1970.
const TO_1970: i128 = TICKS_TO_1970 as i128 * 100;

fn whole(value: Option<i64>) -> Option<i128> {
    value.map(i128::from)
}

/// The kind of the result and the two kinds that the arguments are brought to.
fn kinds(call: &Call<'_>) -> Result<(Kind, Kind), KqlError> {
    let (value, step) = (argument(call, 0)?, argument(call, 1)?);
    let pair = match (value.kind, step.kind) {
        (a, b) if a.is_integer() && b.is_integer() => (Kind::Long, Kind::Long),
        (a, b) if a.is_number() && b.is_number() => {
            let kind = wider(a, b);
            (kind, kind)
        }
        (Kind::Datetime, Kind::Timespan) => (Kind::Datetime, Kind::Timespan),
        (Kind::Timespan, Kind::Timespan) => (Kind::Timespan, Kind::Timespan),
        (Kind::Datetime | Kind::Timespan, _) => {
            check(call, 1, Want::Timespan)?;
            (value.kind, Kind::Timespan)
        }
        (kind, _) if kind.is_number() => {
            check(call, 1, Want::Number)?;
            (kind, kind)
        }
        _ if value.literal == Some(Literal::Null) => (step.kind, step.kind),
        (kind, _) => {
            return Err(wrong(call, 0, format!("expected a number, datetime or timespan, found a {kind}")));
        }
    };
    Ok(pair)
}

fn bin(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 2, 2)?;
    let (kind, step) = kinds(call)?;
    let args = [as_kind(argument(call, 0)?, kind)?, as_kind(argument(call, 1)?, step)?];
    let kernel: Kernel = match kind {
        Kind::Long => |b| b.longs(|r| i64::try_from(down(whole(b.long(0, r))?, whole(b.long(1, r))?, 0)?).ok()),
        Kind::Real => |b| b.reals(|r| down_real(b.real(0, r)?, b.real(1, r)?, 0.0)),
        Kind::Decimal => |b| b.decimals(|r| down(b.decimal(0, r)?, b.decimal(1, r)?, 0)),
        Kind::Datetime => {
            |b| b.datetimes(|r| i64::try_from(down(whole(b.long(0, r))?, whole(b.long(1, r))?, -TO_1970)?).ok())
        }
        Kind::Timespan => |b| b.timespans(|r| i64::try_from(down(whole(b.long(0, r))?, whole(b.long(1, r))?, 0)?).ok()),
        _ => return Err(bind::unsupported(call, format!("of a {kind}"))),
    };
    apply("kql_bin", kernel, kind, &args)
}

fn bin_at(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 3, 3)?;
    let (mut kind, mut step) = kinds(call)?;
    let origin = argument(call, 2)?;
    if kind.is_number() {
        check(call, 2, Want::Number)?;
        kind = wider(kind, origin.kind);
        step = kind;
    } else if origin.kind != kind {
        return Err(wrong(call, 2, format!("expected a {kind} as the value, found a {}", origin.kind)));
    }
    let args = [as_kind(argument(call, 0)?, kind)?, as_kind(argument(call, 1)?, step)?, as_kind(origin, kind)?];
    let kernel: Kernel = match kind {
        Kind::Long => |b| b.longs(|r| on_grid(b.long(0, r)?, b.long(1, r)?, b.long(2, r)?)),
        Kind::Real => |b| b.reals(|r| down_real(b.real(0, r)?, b.real(1, r)?, b.real(2, r)?)),
        Kind::Decimal => |b| b.decimals(|r| down(b.decimal(0, r)?, b.decimal(1, r)?, b.decimal(2, r)?)),
        Kind::Datetime => |b| b.datetimes(|r| on_grid(b.long(0, r)?, b.long(1, r)?, b.long(2, r)?)),
        Kind::Timespan => |b| b.timespans(|r| on_grid(b.long(0, r)?, b.long(1, r)?, b.long(2, r)?)),
        _ => return Err(bind::unsupported(call, format!("of a {kind}"))),
    };
    apply("kql_bin_at", kernel, kind, &args)
}

fn on_grid(value: i64, step: i64, origin: i64) -> Option<i64> {
    i64::try_from(down(value.into(), step.into(), origin.into())?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downwards() {
        assert_eq!(down(-5, 2, 0), Some(-6));
        assert_eq!(down(5, 0, 0), None);
        assert_eq!(on_grid(i64::MIN, 7, i64::MAX), None);
        assert_eq!(on_grid(3600, 86_400, 43_200), Some(-43_200));
        assert_eq!(down_real(-5.5, 2.0, 0.0), Some(-6.0));
    }
}
