//! Reals and decimals as text.

use std::fmt::Write as _;

use crate::types::DECIMAL_SCALE;

/// Appends a real as Kusto prints it: the fewest digits that give it back, always with a point (`1.0`), and with an
/// exponent from 1E+15 up and below 0.0001.
pub fn write(value: f64, out: &mut String) {
    if !value.is_finite() {
        out.push_str(match value {
            v if v.is_nan() => "NaN",
            v if v > 0.0 => "Infinity",
            _ => "-Infinity",
        });
        return;
    }
    if value == 0.0 || (1e-4..1e15).contains(&value.abs()) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{value:?}");
        return;
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    let _ = write!(out, "{digits}E{sign}{exponent:0>2}");
}

/// Appends a decimal of [`DECIMAL_SCALE`] without needless zeros.
pub fn write_decimal(value: i128, out: &mut String) {
    let unit = 10u128.pow(DECIMAL_SCALE.unsigned_abs().into());
    let all = value.unsigned_abs();
    if value < 0 {
        out.push('-');
    }
    let _ = write!(out, "{}", all / unit);
    let fraction = all % unit;
    if fraction > 0 {
        let digits = format!("{fraction:0width$}", width = usize::from(DECIMAL_SCALE.unsigned_abs()));
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals() {
        for (value, text) in [
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (100_000_000_000.0, "100000000000.0"),
            (1e15, "1E+15"),
            (1.234_567_89e20, "1.23456789E+20"),
            (9.223_372_036_854_776e18, "9.223372036854776E+18"),
            (0.0001, "0.0001"),
            (1e-7, "1E-07"),
            (1.5e-300, "1.5E-300"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            let mut out = String::new();
            write(value, &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn decimals() {
        for (value, text) in [(1_500_000_000_000_000_000, "1.5"), (-1, "-0.000000000000000001"), (0, "0")] {
            let mut out = String::new();
            write_decimal(value, &mut out);
            assert_eq!(out, text);
        }
    }
}
