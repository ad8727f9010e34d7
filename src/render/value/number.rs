//! Numbers and bytes to text.

use std::fmt::{Debug, Write};

use arrow::datatypes::i256;

const PAIRS: &[u8; 200] =
    b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// Appends the two digits of `n`, which is below 100.
pub(super) fn push_pair(n: u32, out: &mut String) {
    let at = 2 * n.min(99) as usize;
    out.push(char::from(PAIRS[at]));
    out.push(char::from(PAIRS[at + 1]));
}

/// Appends the digits of `n`. Results are mostly counts and ids, so this does not go through `fmt`.
pub(super) fn push_u64(n: u64, out: &mut String) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut n = n;
    while n >= 100 {
        let pair = 2 * (n % 100) as usize;
        n /= 100;
        at -= 2;
        digits[at] = PAIRS[pair];
        digits[at + 1] = PAIRS[pair + 1];
    }
    if n >= 10 {
        let pair = 2 * n as usize;
        at -= 2;
        digits[at] = PAIRS[pair];
        digits[at + 1] = PAIRS[pair + 1];
    } else {
        at -= 1;
        digits[at] = b'0' + n as u8;
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

pub(super) fn push_i64(n: i64, out: &mut String) {
    if n < 0 {
        out.push('-');
    }
    push_u64(n.unsigned_abs(), out);
}

/// Appends the shortest text that reads back as the same float: `1.0`, `0.1`, `1e16`, `NaN`, `-Infinity`.
pub(super) fn push_float<F: Debug + Copy + Into<f64>>(value: F, out: &mut String) {
    let wide: f64 = value.into();
    if wide.is_finite() {
        // Writing to a String cannot fail. `Debug` uses exponents where `Display` would print hundreds of zeros.
        let _ = write!(out, "{value:?}");
    } else {
        out.push_str(match (wide.is_nan(), wide > 0.0) {
            (true, _) => "NaN",
            (_, true) => "Infinity",
            _ => "-Infinity",
        });
    }
}

/// Appends two lower-case hexadecimal digits for each byte.
pub(super) fn push_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(2 * bytes.len());
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Unscaled values and the scale: the value is `unscaled / 10^scale`.
pub(super) enum Decimal<'a> {
    D32(&'a [i32], i8),
    D64(&'a [i64], i8),
    D128(&'a [i128], i8),
    D256(&'a [i256], i8),
}

impl Decimal<'_> {
    /// Appends all digits, also of values beyond the type's precision.
    pub(super) fn push(&self, row: usize, out: &mut String) {
        let (digits, scale) = match self {
            Decimal::D32(v, scale) => (v[row].to_string(), *scale),
            Decimal::D64(v, scale) => (v[row].to_string(), *scale),
            Decimal::D128(v, scale) => (v[row].to_string(), *scale),
            Decimal::D256(v, scale) => (v[row].to_string(), *scale),
        };
        push_scaled(&digits, scale, out);
    }
}

fn push_scaled(digits: &str, scale: i8, out: &mut String) {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    out.push_str(sign);
    let fraction = usize::from(scale.unsigned_abs());
    if scale <= 0 {
        out.push_str(digits);
        if digits != "0" {
            out.extend(std::iter::repeat_n('0', fraction));
        }
    } else if let Some((whole, rest)) =
        digits.len().checked_sub(fraction).filter(|at| *at > 0).and_then(|at| digits.split_at_checked(at))
    {
        out.push_str(whole);
        out.push('.');
        out.push_str(rest);
    } else {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', fraction.saturating_sub(digits.len())));
        out.push_str(digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(push: impl Fn(&mut String)) -> String {
        let mut out = String::new();
        push(&mut out);
        out
    }

    #[test]
    fn integers_have_all_digits() {
        for n in [0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 12_345, 123_456, u64::MAX, u64::MAX - 1, 1 << 53] {
            assert_eq!(text(|out| push_u64(n, out)), n.to_string());
        }
        for n in [0, -1, -10, -100, i64::MIN, i64::MAX] {
            assert_eq!(text(|out| push_i64(n, out)), n.to_string());
        }
    }

    #[test]
    fn floats_are_short_and_read_back() {
        for (value, want) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e16"),
            (1e300, "1e300"),
            (1e-7, "1e-7"),
            (f64::NAN, "NaN"),
            (-f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(text(|out| push_float(value, out)), want);
        }
        assert_eq!(text(|out| push_float(0.1_f32, out)), "0.1");
    }

    #[test]
    fn decimals_keep_their_scale() {
        for (digits, scale, want) in [
            ("12345", 2, "123.45"),
            ("-12345", 2, "-123.45"),
            ("5", 2, "0.05"),
            ("-5", 2, "-0.05"),
            ("50", 2, "0.50"),
            ("0", 2, "0.00"),
            ("7", 0, "7"),
            ("7", -3, "7000"),
            ("0", -3, "0"),
        ] {
            assert_eq!(text(|out| push_scaled(digits, scale, out)), want);
        }
        assert_eq!(
            text(|out| Decimal::D128(&[i128::MIN], 38).push(0, out)),
            "-1.70141183460469231731687303715884105728"
        );
    }

    #[test]
    fn bytes_are_hexadecimal() {
        assert_eq!(text(|out| push_hex(&[0, 0x1f, 0xff], out)), "001fff");
    }
}
