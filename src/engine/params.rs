//! `--param name=value`: typed and bound, never pasted into the text.

use arrow::compute::kernels::cast_utils::parse_interval_month_day_nano;
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{Expr, Value};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

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
        Some("interval") => {
            let nanos =
                parse_interval_month_day_nano(value).map_err(|_| wrong("interval; expected for example 90 seconds"))?;
            ScalarValue::IntervalMonthDayNano(Some(nanos))
        }
        Some(other) => {
            return Err(format!(
                "'{other}' is no parameter type; expected text, integer, double, boolean, timestamp or interval"
            ));
        }
    };
    Ok((name.to_owned(), value))
}

/// The value as an expression of the statement, for places that are planned before values are bound. Text becomes one
/// literal whatever is in it.
pub fn literal(value: &ScalarValue) -> Option<Expr> {
    let typed = |sql: String| Parser::new(&GenericDialect {}).try_with_sql(&sql).ok()?.parse_expr().ok();
    let value = match value {
        ScalarValue::Utf8(Some(text)) => Value::SingleQuotedString(text.clone()),
        ScalarValue::Boolean(Some(b)) => Value::Boolean(*b),
        ScalarValue::Int64(Some(n)) => return typed(n.to_string()),
        ScalarValue::Float64(Some(n)) if n.is_finite() => return typed(format!("{n:?}")),
        ScalarValue::TimestampNanosecond(Some(_), _) => {
            let text = arrow::util::display::array_value_to_string(value.to_array().ok()?.as_ref(), 0).ok()?;
            return typed(format!("TIMESTAMP '{text}'"));
        }
        ScalarValue::IntervalMonthDayNano(Some(i)) => {
            let (whole, part) = (i.nanoseconds / 1_000_000_000, (i.nanoseconds % 1_000_000_000).unsigned_abs());
            let sign = if i.nanoseconds < 0 && whole == 0 { "-" } else { "" };
            return typed(format!("INTERVAL '{} months {} days {sign}{whole}.{part:09} seconds'", i.months, i.days));
        }
        value if value.is_null() => Value::Null,
        _ => return None,
    };
    Some(Expr::Value(value.into()))
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
        assert!(matches!(value("a:interval=90 seconds"), ScalarValue::IntervalMonthDayNano(Some(_))));
        for bad in ["a:interval=soon", "a", "=1", "a b=1", "a:int=x", "a:colour=x"] {
            assert!(parse_param(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_become_literals() {
        for (param, sql) in [
            ("a=42", "42"),
            ("a=-1.5", "-1.5"),
            ("a=it's; DROP", "'it''s; DROP'"),
            ("a=true", "true"),
            ("a=null", "NULL"),
            ("a:interval=90 seconds", "INTERVAL '0 months 0 days 90.000000000 seconds'"),
            ("a:interval=-0.5 seconds", "INTERVAL '0 months 0 days -0.500000000 seconds'"),
            ("a=2026-03-01", "TIMESTAMP '2026-03-01T00:00:00Z'"),
        ] {
            assert_eq!(literal(&parse_param(param).unwrap().1).map(|e| e.to_string()).as_deref(), Some(sql), "{param}");
        }
    }
}
