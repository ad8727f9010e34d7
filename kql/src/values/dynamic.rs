//! The body of `dynamic(...)` as JSON text.

use super::{datetime, timespan};
use crate::lex::{decimal, guid};

/// Levels of arrays and objects.
const DEPTH_LIMIT: usize = 100;

/// Compact JSON of the body, in which strings may have single quotes and KQL's own literals may stand.
pub fn normalized(text: &str) -> Result<String, String> {
    let mut reader = Reader { text, at: 0, out: String::with_capacity(text.len()) };
    reader.value(0)?;
    reader.blank();
    if reader.at < text.len() {
        return Err(reader.wrong("the end of the dynamic literal"));
    }
    Ok(reader.out)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: String,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn wrong(&self, expected: &str) -> String {
        let found: String = self.rest().chars().take(20).collect();
        match found.is_empty() {
            true => format!("this dynamic literal is no JSON: expected {expected}, found its end"),
            false => format!("this dynamic literal is no JSON: expected {expected} at '{found}'"),
        }
    }

    fn eat(&mut self, mark: char) -> bool {
        self.blank();
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len_utf8();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<(), String> {
        if depth > DEPTH_LIMIT {
            return Err(format!("this dynamic literal nests deeper than {DEPTH_LIMIT}"));
        }
        if self.eat('[') {
            return self.list('[', ']', depth);
        }
        if self.eat('{') {
            return self.list('{', '}', depth);
        }
        if let Some((string, length)) = string(self.rest()) {
            self.at += length;
            self.push_string(&string);
            return Ok(());
        }
        let length = self.rest().find([',', ']', '}', '(', ')', ':']).unwrap_or(self.rest().len());
        let word = self.rest()[..length].trim().to_owned();
        if self.rest()[length..].starts_with('(') {
            let body_at = length + 1;
            let Some(end) = self.rest()[body_at..].find(')') else { return Err(self.wrong("a closing bracket")) };
            let body = self.rest()[body_at..body_at + end].trim().trim_matches(['"', '\'']).to_owned();
            let value = match word.as_str() {
                "datetime" | "date" => datetime::parse(&body).map(|n| quoted(&datetime::format(n))),
                "timespan" | "time" => timespan::parse(&body).map(|n| quoted(&timespan::format(n))),
                "guid" => guid(&body).map(|g| quoted(&g)),
                "int" | "long" => body.parse::<i64>().ok().map(|n| n.to_string()),
                "real" | "double" => body.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| format!("{n:?}")),
                "decimal" => decimal(&body).map(|_| quoted(&body)),
                "bool" => body.parse::<bool>().ok().map(|b| b.to_string()),
                _ => None,
            };
            let Some(value) = value else { return Err(self.wrong("a value")) };
            self.out.push_str(&value);
            self.at += body_at + end + 1;
            return Ok(());
        }
        let known = match word.as_str() {
            "null" | "true" | "false" => Some(word.clone()),
            _ => serde_json::from_str::<serde_json::Number>(&word)
                .ok()
                .map(|_| word.clone())
                .or_else(|| crate::lex::with_unit(&word).map(|n| quoted(&timespan::format(n)))),
        };
        let Some(known) = known else { return Err(self.wrong("a value")) };
        self.out.push_str(&known);
        self.at += length;
        Ok(())
    }

    fn list(&mut self, open: char, close: char, depth: usize) -> Result<(), String> {
        self.out.push(open);
        if self.eat(close) {
            self.out.push(close);
            return Ok(());
        }
        loop {
            if open == '{' {
                self.blank();
                let Some((key, length)) = string(self.rest()) else { return Err(self.wrong("a key in quotes")) };
                self.at += length;
                self.push_string(&key);
                if !self.eat(':') {
                    return Err(self.wrong("':'"));
                }
                self.out.push(':');
            }
            self.blank();
            self.value(depth + 1)?;
            if self.eat(',') {
                self.out.push(',');
            } else if self.eat(close) {
                self.out.push(close);
                return Ok(());
            } else {
                return Err(self.wrong(&format!("',' or '{close}'")));
            }
        }
    }

    fn push_string(&mut self, text: &str) {
        self.out.push_str(&quoted(text));
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A string in either quotes with JSON's escapes, and its length.
fn string(text: &str) -> Option<(String, usize)> {
    let quote = text.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    let (mut escaped, mut end) = (false, None);
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => {
                end = Some(i);
                break;
            }
            _ => {}
        }
    }
    let end = end?;
    let inner = &text[1..end];
    let json = if quote == '"' {
        format!("\"{inner}\"")
    } else {
        format!("\"{}\"", inner.replace("\\'", "'").replace('"', "\\\""))
    };
    // A line break in a string is no JSON but is accepted by Kusto.
    let json = json.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    serde_json::from_str(&json).ok().map(|s| (s, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        for (body, json) in [
            (r#" {"a" : [1, 2.5, null], 'b':"x\"y"} "#, r#"{"a":[1,2.5,null],"b":"x\"y"}"#),
            ("[datetime(2020-01-01), 1h]", r#"["2020-01-01T00:00:00.0000000Z","01:00:00"]"#),
            ("5", "5"),
            ("'it''s'", ""),
        ] {
            match json {
                "" => assert!(normalized(body).is_err(), "{body}"),
                _ => assert_eq!(normalized(body).as_deref(), Ok(json)),
            }
        }
        for wrong in ["", "[1", "{a:1}", "[1,]", "x", &"[".repeat(1000)] {
            assert!(normalized(wrong).is_err(), "{wrong}");
        }
    }
}
