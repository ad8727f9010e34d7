//! Texts with the values of a row: `{gateway} lost {remote_ip}`.

use std::time::Duration;

use serde_json::Value;

/// A text with columns in braces. `{{` and `}}` are braces; `{name:ms}` shows a number of milliseconds as a length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Column { name: String, millis: bool },
}

/// What a null says.
const UNKNOWN: &str = "unknown";

/// More of one value than this is no message.
const LONGEST_VALUE: usize = 400;

impl Template {
    /// Reads one; an error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut plain) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let inner = if brace == "{" { rest.split_once('}') } else { None };
            let Some((inner, after)) = inner else {
                return Err(format!("a lone '{brace}'; write {brace}{brace} for a brace"));
            };
            let (name, millis) = match inner.split_once(':') {
                None => (inner, false),
                Some((name, "ms")) => (name, true),
                Some((_, format)) => return Err(format!("'{format}' is no format; there is ms")),
            };
            if name.is_empty() || name.contains(|c: char| !c.is_alphanumeric() && c != '_') {
                return Err(format!("'{inner}' is no column"));
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Column { name: name.to_owned(), millis });
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// The columns that it shows.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Column { name, .. } => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text for the values of a row; `value` knows them by name.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v Cell>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Column { name, millis } => match value(name) {
                    Some(cell) => cell.show(*millis, &mut out),
                    None => out.push_str(UNKNOWN),
                },
            }
        }
        out.trim().to_owned()
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A moment, as in JSON.
    Time(String),
    /// A length of time.
    Length(Duration),
    /// Anything else, as in JSON.
    Other(Value),
}

impl Cell {
    fn show(&self, millis: bool, out: &mut String) {
        match self {
            Self::Time(iso) => out.push_str(&people(iso)),
            Self::Length(length) => out.push_str(&roughly(*length)),
            Self::Other(Value::Null) => out.push_str(UNKNOWN),
            Self::Other(Value::String(text)) => push_cut(text, out),
            Self::Other(Value::Number(n)) if millis => match n.as_f64().filter(|n| *n >= 0.0 && *n < 1e17) {
                Some(ms) => out.push_str(&roughly(Duration::from_millis(ms as u64))),
                None => out.push_str(&n.to_string()),
            },
            Self::Other(other) => push_cut(&other.to_string(), out),
        }
    }
}

fn push_cut(text: &str, out: &mut String) {
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((at, _)) => out.extend([&text[..at], "…"]),
        None => out.push_str(text),
    }
}

/// `2026-03-10T01:12:30.3518448Z` as people read it, to the second.
fn people(iso: &str) -> String {
    let second = iso.split(['.', 'Z']).next().unwrap_or(iso);
    format!("{} UTC", second.replace('T', " "))
}

/// A length of time in its two largest units.
pub fn roughly(length: Duration) -> String {
    let seconds = length.as_secs();
    if seconds == 0 {
        return format!("{} ms", length.as_millis());
    }
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let first = units.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(3);
    let mut parts = Vec::new();
    let mut left = seconds;
    for (unit, name) in units.iter().skip(first).take(2) {
        if left >= *unit {
            parts.push(format!("{} {name}", left / unit));
        }
        left %= unit;
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_filled_in() {
        let template = Template::parse("{gateway}: down {down} since {at}, {{x}} {gap:ms} {none}").unwrap();
        assert_eq!(template.columns().collect::<Vec<_>>(), ["gateway", "down", "at", "gap", "none"]);
        let cells = [
            ("gateway", Cell::Other("GW{at}".into())),
            ("down", Cell::Length(Duration::from_secs(3725))),
            ("at", Cell::Time("2026-03-10T01:12:30.3518448Z".into())),
            ("gap", Cell::Other(84_822.into())),
            ("none", Cell::Other(Value::Null)),
        ];
        let text = template.fill(|name| cells.iter().find(|(n, _)| *n == name).map(|(_, cell)| cell));
        assert_eq!(text, "GW{at}: down 1 h 2 min since 2026-03-10 01:12:30 UTC, {x} 1 min 24 s unknown");
    }

    #[test]
    fn wrong_templates_are_refused() {
        for (text, says) in
            [("a { b", "lone '{'"), ("a } b", "lone '}'"), ("{a:s}", "'s' is no format"), ("{}", "no column")]
        {
            let error = Template::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn lengths_of_time() {
        for (ms, wanted) in
            [(0, "0 ms"), (950, "950 ms"), (60_000, "1 min"), (86_400_000, "1 d"), (90_061_000, "1 d 1 h")]
        {
            assert_eq!(roughly(Duration::from_millis(ms)), wanted);
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let mut out = String::new();
        Cell::Other("é".repeat(1000).into()).show(false, &mut out);
        assert_eq!(out.chars().count(), LONGEST_VALUE + 1);
    }
}
