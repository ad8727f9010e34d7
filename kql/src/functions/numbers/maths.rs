//! Arithmetic of one or two numbers.

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, apply, argument, as_kind, check, common, count, simple, wrong};
use crate::functions::{Batch, Kernel, function};
use crate::types::{Kind, Literal, Typed};

use datafusion::arrow::array::ArrayRef;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "sqrt",
        &[],
        |c| real(c, "kql_sqrt", |b| each(b, |x| (x >= 0.0 || x.is_nan()).then(|| x.sqrt()))),
        ("sqrt(number)", "The square root; null of what is negative."),
        Some(("sqrt(16)", "4.0")),
    ),
    function(
        "exp",
        &[],
        |c| real(c, "kql_exp", |b| each(b, |x| Some(x.exp()))),
        ("exp(number)", "e to that power."),
        Some(("exp(0)", "1.0")),
    ),
    function(
        "exp2",
        &[],
        |c| real(c, "kql_exp2", |b| each(b, |x| Some(x.exp2()))),
        ("exp2(number)", "2 to that power."),
        Some(("exp2(3)", "8.0")),
    ),
    function(
        "exp10",
        &[],
        |c| real(c, "kql_exp10", |b| each(b, |x| Some(10f64.powf(x)))),
        ("exp10(number)", "10 to that power."),
        Some(("exp10(2)", "100.0")),
    ),
    function(
        "log",
        &[],
        |c| real(c, "kql_log", |b| each(b, |x| positive(x, f64::ln))),
        ("log(number)", "The natural logarithm; null of what is negative."),
        Some(("log(1)", "0.0")),
    ),
    function(
        "log2",
        &[],
        |c| real(c, "kql_log2", |b| each(b, |x| positive(x, f64::log2))),
        ("log2(number)", "The logarithm to base 2; null of what is negative."),
        Some(("log2(8)", "3.0")),
    ),
    function(
        "log10",
        &[],
        |c| real(c, "kql_log10", |b| each(b, |x| positive(x, f64::log10))),
        ("log10(number)", "The logarithm to base 10; null of what is negative."),
        Some(("log10(1000)", "3.0")),
    ),
    function(
        "sin",
        &[],
        |c| real(c, "kql_sin", |b| each(b, |x| Some(x.sin()))),
        ("sin(number)", "The sine of radians."),
        Some(("sin(0)", "0.0")),
    ),
    function(
        "cos",
        &[],
        |c| real(c, "kql_cos", |b| each(b, |x| Some(x.cos()))),
        ("cos(number)", "The cosine of radians."),
        Some(("cos(0)", "1.0")),
    ),
    function(
        "tan",
        &[],
        |c| real(c, "kql_tan", |b| each(b, |x| Some(x.tan()))),
        ("tan(number)", "The tangent of radians."),
        Some(("tan(0)", "0.0")),
    ),
    function(
        "cot",
        &[],
        |c| real(c, "kql_cot", |b| each(b, |x| Some(1.0 / x.tan()))),
        ("cot(number)", "The cotangent of radians."),
        None,
    ),
    function(
        "asin",
        &[],
        |c| real(c, "kql_asin", |b| each(b, |x| unit(x, f64::asin))),
        ("asin(number)", "The angle of a sine; null outside -1 to 1."),
        Some(("asin(0)", "0.0")),
    ),
    function(
        "acos",
        &[],
        |c| real(c, "kql_acos", |b| each(b, |x| unit(x, f64::acos))),
        ("acos(number)", "The angle of a cosine; null outside -1 to 1."),
        Some(("acos(1)", "0.0")),
    ),
    function(
        "atan",
        &[],
        |c| real(c, "kql_atan", |b| each(b, |x| Some(x.atan()))),
        ("atan(number)", "The angle of a tangent."),
        Some(("atan(0)", "0.0")),
    ),
    function(
        "degrees",
        &[],
        |c| real(c, "kql_degrees", |b| each(b, |x| Some(x.to_degrees()))),
        ("degrees(number)", "Radians as degrees."),
        Some(("degrees(pi())", "180.0")),
    ),
    function(
        "radians",
        &[],
        |c| real(c, "kql_radians", |b| each(b, |x| Some(x.to_radians()))),
        ("radians(number)", "Degrees as radians."),
        Some(("radians(0)", "0.0")),
    ),
    function(
        "gamma",
        &[],
        |c| real(c, "kql_gamma", |b| each(b, |x| Some(libm::tgamma(x)))),
        ("gamma(number)", "The gamma function."),
        Some(("gamma(5)", "24.0")),
    ),
    function(
        "loggamma",
        &[],
        |c| real(c, "kql_loggamma", |b| each(b, |x| Some(libm::lgamma(x)))),
        ("loggamma(number)", "The logarithm of the gamma function's absolute value."),
        Some(("loggamma(1)", "0.0")),
    ),
    function(
        "pow",
        &[],
        |c| two(c, "kql_pow", |b| b.reals(|r| Some(b.real(0, r)?.powf(b.real(1, r)?)))),
        ("pow(base, exponent)", "The base to that power."),
        Some(("pow(2, 10)", "1024.0")),
    ),
    function(
        "atan2",
        &[],
        |c| two(c, "kql_atan2", |b| b.reals(|r| Some(b.real(0, r)?.atan2(b.real(1, r)?)))),
        ("atan2(y, x)", "The angle of the point from the x axis."),
        Some(("atan2(0, 1)", "0.0")),
    ),
    function(
        "pi",
        &[],
        |c| {
            count(c, 0, 0)?;
            Ok(Typed::of(Literal::Real(std::f64::consts::PI), Kind::Real))
        },
        ("pi()", "The number pi."),
        Some(("pi()", "3.141592653589793")),
    ),
    function(
        "isnan",
        &[],
        |c| test(c, "kql_isnan", |b| b.bools(|r| Some(b.real(0, r).is_some_and(f64::is_nan)))),
        ("isnan(number)", "Whether it is not a number."),
        Some(("isnan(0.0 / 0.0)", "true")),
    ),
    function(
        "isinf",
        &[],
        |c| test(c, "kql_isinf", |b| b.bools(|r| Some(b.real(0, r).is_some_and(f64::is_infinite)))),
        ("isinf(number)", "Whether it is infinite."),
        Some(("isinf(1.0 / 0.0)", "true")),
    ),
    function(
        "isfinite",
        &[],
        |c| test(c, "kql_isfinite", |b| b.bools(|r| Some(b.real(0, r).is_some_and(f64::is_finite)))),
        ("isfinite(number)", "Whether it is neither infinite nor not a number."),
        Some(("isfinite(1.5)", "true")),
    ),
    function("abs", &[], abs, ("abs(value)", "The value without its sign."), Some(("abs(-5)", "5"))),
    function(
        "sign",
        &[],
        |c| {
            numeric(
                c,
                "kql_sign",
                [
                    |b| b.longs(|r| Some(b.long(0, r)?.signum())),
                    |b| b.reals(|r| b.real(0, r).map(|x| if x == 0.0 || x.is_nan() { x } else { x.signum() })),
                    |b| b.decimals(|r| Some(b.decimal(0, r)?.signum() * UNIT)),
                ],
            )
        },
        ("sign(number)", "-1, 0 or 1."),
        Some(("sign(-2.5)", "-1.0")),
    ),
    function(
        "ceiling",
        &["ceil"],
        |c| {
            numeric(
                c,
                "kql_ceiling",
                [
                    |b| b.longs(|r| b.long(0, r)),
                    |b| b.reals(|r| Some(b.real(0, r)?.ceil())),
                    |b| b.decimals(|r| Some(-(-b.decimal(0, r)?).div_euclid(UNIT) * UNIT)),
                ],
            )
        },
        ("ceiling(number)", "The smallest whole number that is not below."),
        Some(("ceiling(1.2)", "2.0")),
    ),
    function(
        "round",
        &[],
        round,
        ("round(number, [digits])", "Rounded to digits behind the point; halves go away from zero."),
        Some(("round(2.675, 1)", "2.7")),
    ),
    function(
        "min_of",
        &[],
        |c| extreme(c, true),
        ("min_of(value, ...)", "The smallest of the values that are not null."),
        Some(("min_of(10, 1, 17)", "1")),
    ),
    function(
        "max_of",
        &[],
        |c| extreme(c, false),
        ("max_of(value, ...)", "The largest of the values that are not null."),
        Some(("max_of(10, 1, 17)", "17")),
    ),
    function(
        "tohex",
        &[],
        |c| simple(c, "kql_tohex", &[Want::Whole, Want::Whole], 1, Kind::String, tohex),
        ("tohex(number, [length])", "A whole number in hexadecimal digits, at least so many."),
        Some(("tohex(256, 8)", "00000100")),
    ),
];

/// One as a decimal.
const UNIT: i128 = 1_000_000_000_000_000_000;

fn positive(x: f64, f: fn(f64) -> f64) -> Option<f64> {
    (x >= 0.0 || x.is_nan()).then(|| f(x))
}

fn unit(x: f64, f: fn(f64) -> f64) -> Option<f64> {
    ((-1.0..=1.0).contains(&x) || x.is_nan()).then(|| f(x))
}

fn each(b: &Batch, f: impl Fn(f64) -> Option<f64>) -> ArrayRef {
    b.reals(|row| f(b.real(0, row)?))
}

fn real(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Number], 1, Kind::Real, kernel)
}

fn two(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Number, Want::Number], 2, Kind::Real, kernel)
}

fn test(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Number], 1, Kind::Bool, kernel)
}

/// A function of one number that keeps its kind; an int becomes a long.
fn numeric(call: &Call<'_>, name: &'static str, [long, real, decimal]: [Kernel; 3]) -> Result<Typed, KqlError> {
    count(call, 1, 1)?;
    check(call, 0, Want::Number)?;
    let (kind, kernel) = match argument(call, 0)?.kind {
        Kind::Real => (Kind::Real, real),
        Kind::Decimal => (Kind::Decimal, decimal),
        _ => (Kind::Long, long),
    };
    apply(name, kernel, kind, std::slice::from_ref(argument(call, 0)?))
}

fn abs(call: &Call<'_>) -> Result<Typed, KqlError> {
    if call.args.first().is_some_and(|a| a.value.kind == Kind::Timespan) {
        return simple(call, "kql_abs", &[Want::Timespan], 1, Kind::Timespan, |b| {
            b.timespans(|r| b.long(0, r)?.checked_abs())
        });
    }
    numeric(
        call,
        "kql_abs",
        [
            |b| b.longs(|r| b.long(0, r)?.checked_abs()),
            |b| b.reals(|r| Some(b.real(0, r)?.abs())),
            |b| b.decimals(|r| Some(b.decimal(0, r)?.abs())),
        ],
    )
}

fn rounded(value: f64, digits: i64) -> f64 {
    let digits = i32::try_from(digits.clamp(-308, 308)).unwrap_or(0);
    let scale = 10f64.powi(digits.abs());
    let result = if digits < 0 { (value / scale).round() * scale } else { (value * scale).round() / scale };
    // So many digits are more than a real has.
    if result.is_finite() { result } else { value }
}

fn round(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, 2)?;
    check(call, 0, Want::Number)?;
    match argument(call, 0)?.kind {
        Kind::Decimal => Err(bind::unsupported(call, "of a decimal")),
        kind if kind.is_integer() => simple(call, "kql_round", &[Want::Number, Want::Whole], 1, Kind::Long, |b| {
            b.longs(|r| {
                let (value, digits) = (b.long(0, r)?, if b.count() > 1 { b.long(1, r)? } else { 0 });
                if digits >= 0 {
                    return Some(value);
                }
                let scale = 10i128.checked_pow(u32::try_from(digits.unsigned_abs()).ok()?)?;
                let (value, half) = (i128::from(value), scale / 2);
                let moved = if value < 0 { value - half } else { value + half };
                i64::try_from(moved / scale * scale).ok()
            })
        }),
        _ => simple(call, "kql_round", &[Want::Number, Want::Whole], 1, Kind::Real, |b| {
            b.reals(|r| Some(rounded(b.real(0, r)?, if b.count() > 1 { b.long(1, r)? } else { 0 })))
        }),
    }
}

/// Of two reals the one to keep. What is not a number wins.
fn kept(a: f64, b: f64, least: bool) -> f64 {
    if a.is_nan() || (!b.is_nan() && (a < b) == least) { a } else { b }
}

fn extreme(call: &Call<'_>, least: bool) -> Result<Typed, KqlError> {
    count(call, 1, 64)?;
    let kind = common(call, 0..call.args.len())?;
    let args = call.args.iter().map(|a| as_kind(&a.value, kind)).collect::<Result<Vec<_>, _>>()?;
    macro_rules! kernel {
        ($builder:ident, $getter:ident) => {
            if least {
                |b| b.$builder(|r| (0..b.count()).filter_map(|i| b.$getter(i, r)).min())
            } else {
                |b| b.$builder(|r| (0..b.count()).filter_map(|i| b.$getter(i, r)).max())
            }
        };
    }
    let kernel: Kernel = match kind {
        Kind::Int => kernel!(ints, long),
        Kind::Long => kernel!(longs, long),
        Kind::Decimal => kernel!(decimals, decimal),
        Kind::Datetime => kernel!(datetimes, long),
        Kind::Timespan => kernel!(timespans, long),
        Kind::Bool => kernel!(bools, bool),
        Kind::Real if least => {
            |b| b.reals(|r| (0..b.count()).filter_map(|i| b.real(i, r)).reduce(|a, b| kept(a, b, true)))
        }
        Kind::Real => |b| b.reals(|r| (0..b.count()).filter_map(|i| b.real(i, r)).reduce(|a, b| kept(a, b, false))),
        Kind::String if least => |b| b.slices(|r| (0..b.count()).map(|i| b.text(i, r)).min()),
        Kind::String => |b| b.slices(|r| (0..b.count()).map(|i| b.text(i, r)).max()),
        _ => return Err(wrong(call, 0, format!("a {kind} has no order"))),
    };
    let name = if least { "kql_min_of" } else { "kql_max_of" };
    apply(name, kernel, kind, &args)
}

fn tohex(b: &Batch) -> ArrayRef {
    use std::fmt::Write as _;
    b.texts(|row, out| {
        let Some(value) = b.long(0, row) else { return };
        let width =
            if b.count() > 1 { usize::try_from(b.long(1, row).unwrap_or(0).clamp(0, 16)).unwrap_or(0) } else { 0 };
        // Writing to a string cannot fail.
        let _ = match (b.kind(0), i32::try_from(value)) {
            (Kind::Int, Ok(value)) => write!(out, "{value:0width$x}"),
            _ => write!(out, "{value:0width$x}"),
        };
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        for (value, digits, expected) in
            [(2.5, 0, 3.0), (-2.5, 0, -3.0), (1234.5, -2, 1200.0), (1.005, i64::MAX, 1.005), (1e300, 300, 1e300)]
        {
            assert_eq!(rounded(value, digits), expected);
        }
    }

    #[test]
    fn no_number_wins() {
        assert!(kept(f64::NAN, 1.0, true).is_nan() && kept(1.0, f64::NAN, false).is_nan());
        assert_eq!((kept(1.0, 2.0, true), kept(1.0, 2.0, false)), (1.0, 2.0));
    }
}
