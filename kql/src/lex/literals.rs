//! Numbers, timespans, and the literals with a body: `datetime(...)`, `dynamic(...)`, `guid(...)`.

use super::Token;
use crate::types::{DECIMAL_SCALE, Kind, Literal};
use crate::values::{datetime, dynamic, timespan};

const TICK: i64 = 100;
const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// The kind of a literal that begins with `word(`.
pub fn typed(word: &str) -> Option<Kind> {
    // `string(...)` is no literal.
    Kind::from_name(word).filter(|k| *k != Kind::String && !matches!(word, "int32" | "int64"))
}

/// Nanoseconds of a unit's name behind a number.
fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600 * SECOND,
        "m" | "min" | "minute" | "minutes" => 60 * SECOND,
        "s" | "sec" | "second" | "seconds" => SECOND,
        "ms" | "milli" | "millis" | "millisec" | "millisecond" | "milliseconds" => SECOND / 1000,
        "micro" | "micros" | "microsec" | "microsecond" | "microseconds" => 1000,
        "nano" | "nanos" | "nanosec" | "nanosecond" | "nanoseconds" => 1,
        "tick" | "ticks" => TICK,
        _ => return None,
    })
}

/// The number or timespan at the beginning of `text`, and its length.
pub fn number(text: &str) -> Result<(Token, usize), String> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let name = |from: usize| {
        text.get(from..)
            .unwrap_or_default()
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(text.len(), |n| from + n)
    };
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let end = name(0);
        let value = hex.get(..end - 2).and_then(|h| u64::from_str_radix(h, 16).ok());
        #[allow(clippy::cast_possible_wrap)]
        return match value {
            Some(value) => Ok((Token::Value(Kind::Long, Literal::Long(value as i64)), end)),
            None => Err(format!("'{}' is no hexadecimal number of at most 64 bits", &text[..end])),
        };
    }
    let mut end = digits(0);
    let mut whole = true;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        whole = false;
        end += 1 + digits(end + 1);
    } else if bytes.get(end) == Some(&b'.')
        && bytes.get(end + 1) != Some(&b'.')
        && !bytes.get(end + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
    {
        whole = false;
        end += 1;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            whole = false;
            end += 1 + sign + exponent;
        }
    }
    let number = &text[..end];
    let suffix_end = name(end);
    let suffix = &text[end..suffix_end];
    if !suffix.is_empty() {
        let Some(unit) = unit(suffix) else {
            return Err(format!(
                "'{}' is neither a number nor a timespan; units are d, h, m, s, ms, microsecond and tick",
                &text[..suffix_end]
            ));
        };
        let nanos = scaled(number, unit).ok_or_else(|| format!("the timespan {} is too long", &text[..suffix_end]))?;
        return Ok((Token::Value(Kind::Timespan, Literal::Timespan(nanos)), suffix_end));
    }
    if whole {
        let value = number.parse::<i64>().map_err(|_| format!("{number} does not fit into 64 bits"))?;
        return Ok((Token::Value(Kind::Long, Literal::Long(value)), end));
    }
    let value = number.parse::<f64>().map_err(|_| format!("'{number}' is no number"))?;
    Ok((Token::Value(Kind::Real, Literal::Real(value)), end))
}

/// A decimal number of units as whole ticks, in nanoseconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn scaled(number: &str, unit: i64) -> Option<i64> {
    if let Ok(n) = number.parse::<i64>() {
        return n.checked_mul(unit).map(|n| n / TICK * TICK);
    }
    let ticks = number.parse::<f64>().ok()? * (unit as f64 / TICK as f64);
    // Beyond this no tick is exact, and a nanosecond count would not fit.
    (ticks.abs() < 9.2e16).then(|| ticks.round() as i64 * TICK)
}

/// Bytes before the bracket that closes the body.
pub fn body_length(text: &str, nested: bool) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (i, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' if nested => depth += 1,
                ')' if depth == 0 => return Some(i),
                ')' => depth -= 1,
                _ => {}
            },
        }
    }
    None
}

/// The value of `kind(body)`.
pub fn value(kind: Kind, body: &str) -> Result<Literal, String> {
    let body = body.trim();
    if body == "null" && kind != Kind::Dynamic {
        return Ok(Literal::Null);
    }
    let plain = unquoted(body);
    let wrong = || format!("'{body}' is no {kind}");
    Ok(match kind {
        Kind::Bool => match body {
            "true" | "True" | "TRUE" | "1" => Literal::Bool(true),
            "false" | "False" | "FALSE" | "0" => Literal::Bool(false),
            _ => return Err(wrong()),
        },
        Kind::Int => Literal::Long(i64::from(i32::try_from(whole(body).ok_or_else(wrong)?).map_err(|_| wrong())?)),
        Kind::Long => Literal::Long(whole(body).ok_or_else(wrong)?),
        Kind::Real => match body {
            "nan" | "NaN" => Literal::Real(f64::NAN),
            "+inf" | "inf" => Literal::Real(f64::INFINITY),
            "-inf" => Literal::Real(f64::NEG_INFINITY),
            _ if body.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
                Literal::Real(body.parse().map_err(|_| wrong())?)
            }
            _ => return Err(wrong()),
        },
        Kind::Decimal => Literal::Decimal(decimal(body).ok_or_else(wrong)?),
        Kind::Datetime => Literal::Datetime(datetime::parse(plain).ok_or_else(|| {
            format!(
                "'{body}' is no datetime between 1677-09-22 and 2262-04-11; expected for example 2026-03-01 07:30:00"
            )
        })?),
        Kind::Timespan => Literal::Timespan(
            timespan::parse(plain)
                .ok_or_else(|| format!("'{body}' is no timespan; expected for example 1d, 2.5h or 1.02:30:00"))?,
        ),
        Kind::Guid => Literal::String(guid(plain).ok_or_else(wrong)?),
        Kind::Dynamic => match dynamic::normalized(body)? {
            text if text == "null" => Literal::Null,
            text => Literal::Dynamic(text),
        },
        Kind::String => return Err(wrong()),
    })
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

fn whole(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A decimal scaled by [`DECIMAL_SCALE`].
pub fn decimal(text: &str) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(m) => (true, m),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if integer.is_empty() && fraction.is_empty() || fraction.len() > 60 {
        return None;
    }
    let mut value: i128 = 0;
    for digit in integer.bytes().chain(fraction.bytes()) {
        value = value.checked_mul(10)?.checked_add(i128::from(char::from(digit).to_digit(10)?))?;
    }
    let scale = i32::from(DECIMAL_SCALE) + exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let value = if scale >= 0 {
        value.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?
    } else {
        value.checked_div(10i128.checked_pow(scale.unsigned_abs())?)?
    };
    (value < 10i128.pow(38)).then_some(if negative { -value } else { value })
}

/// Nanoseconds of a number with a unit.
pub fn with_unit(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    match number(digits) {
        Ok((Token::Value(Kind::Timespan, Literal::Timespan(n)), length)) if length == digits.len() => {
            Some(if negative { -n } else { n })
        }
        _ => None,
    }
}

/// A guid in lower case with hyphens.
pub fn guid(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let hyphens: Vec<usize> = text.match_indices('-').map(|(i, _)| i).collect();
    let good = digits.len() == 32
        && digits.bytes().all(|b| b.is_ascii_hexdigit())
        && (hyphens.is_empty() || hyphens == [8, 13, 18, 23]);
    good.then(|| {
        let d = digits.to_ascii_lowercase();
        format!("{}-{}-{}-{}-{}", &d[..8], &d[8..12], &d[12..16], &d[16..20], &d[20..])
    })
}
