//! `--param name=value`: typed and bound, never pasted into the text.

use datafusion::common::ScalarValue;

use crate::model::parse_iso;

/// Values by name.
pub type Params = Vec<(String, ScalarValue)>;

/// Reads `name=value` or `name:type=value`. Without a type, whole and decimal numbers, `true`, `false` and `null` are
/// what they look like, ISO times are times, and everything else is text.
pub fn parse_param(text: &str) -> Result<(String, ScalarValue), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("expected name=value, found '{text}'"))?;
    let (name, kind) = name.split_once(':').map_or((name, None), |(n, k)| (n, Some(k)));
    let good = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !good {
        return Err(format!("'{name}' is no parameter name; expected letters, digits and underscores"));
    }
    let wrong = |what: &str| format!("'{value}' is no {what}");
    let value = match kind {
        None => guess(value),
        Some("text" | "string") => ScalarValue::from(value),
        Some("int" | "integer") => ScalarValue::from(value.parse::<i64>().map_err(|_| wrong("integer"))?),
        Some("float" | "double") => ScalarValue::from(value.parse::<f64>().map_err(|_| wrong("number"))?),
        Some("bool" | "boolean") => ScalarValue::from(value.parse::<bool>().map_err(|_| wrong("boolean"))?),
        Some("time" | "timestamp") => {
            time(value).ok_or_else(|| wrong("time; expected for example 2026-03-01T07:00:00Z"))?
        }
        Some(other) => {
            return Err(format!(
                "'{other}' is no parameter type; expected text, integer, double, boolean or timestamp"
            ));
        }
    };
    Ok((name.to_owned(), value))
}

fn time(value: &str) -> Option<ScalarValue> {
    let nanos = parse_iso(value)?.checked_mul(100)?;
    Some(ScalarValue::TimestampNanosecond(Some(nanos), Some("UTC".into())))
}

fn guess(value: &str) -> ScalarValue {
    // A leading zero or plus is a code, not a number.
    let digits = value.strip_prefix('-').unwrap_or(value);
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit())
        && (!digits.starts_with('0') || digits == "0" || digits.starts_with("0."));
    if numeric {
        if let Ok(n) = value.parse::<i64>() {
            return ScalarValue::from(n);
        }
        if let Ok(n) = value.parse::<f64>() {
            return ScalarValue::from(n);
        }
    }
    match value {
        "true" => ScalarValue::from(true),
        "false" => ScalarValue::from(false),
        "null" => ScalarValue::Null,
        _ => time(value).unwrap_or_else(|| ScalarValue::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_guessed_or_said() {
        let value = |t: &str| parse_param(t).unwrap().1;
        assert_eq!(value("a=42"), ScalarValue::from(42i64));
        assert_eq!(value("a=-1.5"), ScalarValue::from(-1.5));
        assert_eq!(value("a=007"), ScalarValue::from("007"));
        assert_eq!(value("a=true"), ScalarValue::from(true));
        assert_eq!(value("a='; DROP TABLE x"), ScalarValue::from("'; DROP TABLE x"));
        assert_eq!(value("a:text=42"), ScalarValue::from("42"));
        assert!(matches!(value("a=2026-03-01"), ScalarValue::TimestampNanosecond(Some(_), Some(_))));
        assert_eq!(value("a=1.2.3.4"), ScalarValue::from("1.2.3.4"));
        for bad in ["a", "=1", "a b=1", "a:int=x", "a:colour=x"] {
            assert!(parse_param(bad).is_err(), "{bad}");
        }
    }
}
