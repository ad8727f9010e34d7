//! Parameters of rules: typed, with defaults, bound to the query and never pasted into it.

use std::time::Duration;

use crate::engine::{Params, parse_param};
use crate::model::{Ticks, format_ticks, parse_iso};

/// What a parameter's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// A length of time such as `90s`, `15m` or `7d`; an interval in SQL, a timespan in KQL.
    Duration,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A moment, UTC.
    Time,
}

impl ParamType {
    /// Every type.
    pub const ALL: [Self; 6] = [Self::Duration, Self::Integer, Self::Number, Self::Text, Self::Boolean, Self::Time];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Time => "time",
        }
    }

    fn expects(self) -> &'static str {
        match self {
            Self::Duration => "a duration such as 90s, 15m or 7d",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Boolean => "true or false",
            Self::Time => "a time such as 2026-03-01T07:00:00Z",
        }
    }
}

/// A parameter with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name: `$name` in SQL, `name` in KQL.
    pub name: String,
    /// What its values are.
    pub kind: ParamType,
    /// The value as written.
    pub value: String,
    /// What it decides.
    pub meaning: String,
}

impl Param {
    /// Gives it another value.
    pub fn set(&mut self, value: &str) -> Result<(), String> {
        let value = value.trim();
        let good = match self.kind {
            ParamType::Duration => duration(value).is_some(),
            ParamType::Integer => value.parse::<i64>().is_ok(),
            ParamType::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
            ParamType::Text => true,
            ParamType::Boolean => matches!(value, "true" | "false"),
            ParamType::Time => parse_iso(value).is_some(),
        };
        if !good {
            return Err(format!("{}: '{value}' is not {}", self.name, self.kind.expects()));
        }
        value.clone_into(&mut self.value);
        Ok(())
    }

    /// The value for a statement in SQL.
    fn sql(&self) -> Result<Params, String> {
        let (kind, value) = match self.kind {
            ParamType::Duration => ("interval", format!("{} seconds", seconds(&self.value))),
            ParamType::Integer => ("integer", self.value.clone()),
            ParamType::Number => ("double", self.value.clone()),
            ParamType::Text => ("text", self.value.clone()),
            ParamType::Boolean => ("boolean", self.value.clone()),
            ParamType::Time => ("timestamp", self.value.clone()),
        };
        parse_param(&format!("{}:{kind}={value}", self.name)).map(|param| vec![param])
    }

    /// The value as a literal of KQL.
    fn kql(&self) -> String {
        match self.kind {
            ParamType::Duration => {
                let nanos = duration(&self.value).unwrap_or_default().as_nanos();
                format!("{}tick", nanos / 100)
            }
            ParamType::Integer => format!("long({})", self.value),
            ParamType::Number => format!("real({})", self.value),
            ParamType::Boolean => self.value.clone(),
            ParamType::Time => format!("datetime({})", format_ticks(parse_iso(&self.value).unwrap_or_default())),
            ParamType::Text => quoted(&self.value),
        }
    }
}

/// A string literal of KQL whose value is the text, whatever is in it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\\' | '"' => out.extend(['\\', c]),
            c if c.is_control() || c as u32 > 0x7e => out.push_str(&format!("\\U{:08x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A length of time, at most some centuries: more has no meaning and would not fit into nanoseconds.
pub fn duration(text: &str) -> Option<Duration> {
    let length = humantime::parse_duration(text.trim()).ok()?;
    (length.as_nanos() < (i64::MAX / 2) as u128).then_some(length)
}

fn seconds(text: &str) -> String {
    let length = duration(text).unwrap_or_default();
    format!("{}.{:09}", length.as_secs(), length.subsec_nanos())
}

/// The names that every query may use besides its rule's own parameters: the times that are asked about.
pub const GIVEN: [&str; 2] = ["since", "until"];

fn given(since: Ticks, until: Ticks) -> [Param; 2] {
    let time = |name: &str, at: Ticks| Param {
        name: name.to_owned(),
        kind: ParamType::Time,
        value: format_ticks(at),
        meaning: String::new(),
    };
    let [first, last] = GIVEN;
    [time(first, since), time(last, until)]
}

/// Everything that a statement in SQL is given.
pub fn bound(params: &[Param], since: Ticks, until: Ticks) -> Result<Params, String> {
    let mut all = Vec::new();
    for param in params.iter().chain(&given(since, until)) {
        all.extend(param.sql()?);
    }
    Ok(all)
}

/// Everything that a statement in KQL is given, as `let` statements on one line.
pub fn lets(params: &[Param], since: Ticks, until: Ticks) -> String {
    let given = given(since, until);
    params.iter().chain(&given).map(|p| format!("let {} = {}; ", p.name, p.kql())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(kind: ParamType) -> Param {
        Param { name: "p".into(), kind, value: String::new(), meaning: String::new() }
    }

    #[test]
    fn values_are_of_their_type() {
        use ParamType::{Boolean, Duration, Integer, Number, Text, Time};
        for (kind, good, bad) in [
            (Duration, "15m", "soon"),
            (Duration, "1h 30m", "99999999 years"),
            (Integer, "-5", "1.5"),
            (Number, "1.5", "inf"),
            (Text, "'; DROP", ""),
            (Boolean, "true", "yes"),
            (Time, "2026-03-01", "12h"),
        ] {
            let mut p = param(kind);
            p.set(good).unwrap();
            assert!(p.sql().is_ok(), "{good}");
            if !bad.is_empty() {
                let error = p.set(bad).unwrap_err();
                assert!(error.contains(bad) && p.value == good, "{error}");
            }
        }
    }

    #[test]
    fn kql_literals_hold_any_text() {
        let mut p = param(ParamType::Text);
        for (text, wanted) in
            [("a", "\"a\""), ("\"; drop", "\"\\\"; drop\""), ("\\", "\"\\\\\""), ("é\n", "\"\\U000000e9\\U0000000a\"")]
        {
            p.value = text.to_owned();
            assert_eq!(p.kql(), wanted);
            let parsed = tunnelql_kql::Query::parse(&format!("print x = {}", p.kql()));
            assert!(parsed.is_ok(), "{text:?}");
        }
        let mut p = param(ParamType::Duration);
        p.set("1m").unwrap();
        assert_eq!((p.kql().as_str(), seconds(&p.value).as_str()), ("600000000tick", "60.000000000"));
    }
}
