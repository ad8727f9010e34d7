//! Dynamic values. Unlike `serde_json`'s own they keep the order of keys, and whether a number is long or real.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A dynamic value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Long(i64),
    /// A number with a point or exponent, or too large for a long.
    Real(f64),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// A property bag in its own order.
    Bag(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, v: bool) -> Result<Json, E> {
                Ok(Json::Bool(v))
            }

            fn visit_i64<E>(self, v: i64) -> Result<Json, E> {
                Ok(Json::Long(v))
            }

            #[allow(clippy::cast_precision_loss)]
            fn visit_u64<E>(self, v: u64) -> Result<Json, E> {
                Ok(i64::try_from(v).map_or(Json::Real(v as f64), Json::Long))
            }

            fn visit_f64<E>(self, v: f64) -> Result<Json, E> {
                Ok(Json::Real(v))
            }

            fn visit_str<E>(self, v: &str) -> Result<Json, E> {
                Ok(Json::Text(v.to_owned()))
            }

            fn visit_string<E>(self, v: String) -> Result<Json, E> {
                Ok(Json::Text(v))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut array = Vec::new();
                while let Some(item) = items.next_element()? {
                    array.push(item);
                }
                Ok(Json::Array(array))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                let mut bag = Vec::new();
                while let Some((key, value)) = entries.next_entry::<String, Json>()? {
                    set(&mut bag, key, value);
                }
                Ok(Json::Bag(bag))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Puts a value under a key, in the place of one that is there.
pub fn set(bag: &mut Vec<(String, Json)>, key: String, value: Json) {
    match bag.iter_mut().find(|(k, _)| *k == key) {
        Some((_, old)) => *old = value,
        None => bag.push((key, value)),
    }
}

/// The value of JSON text; `None` when it is none. Depth is limited.
pub fn parse(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok()
}

fn write_string(text: &str, out: &mut String) {
    match serde_json::to_string(text) {
        Ok(quoted) => out.push_str(&quoted),
        Err(_) => out.push_str("\"\""),
    }
}

impl Json {
    /// Appends compact JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Long(value) => out.push_str(&value.to_string()),
            Self::Real(value) if value.is_finite() => super::real::write(*value, out),
            Self::Real(value) => {
                // JSON has no such numbers.
                out.push('"');
                super::real::write(*value, out);
                out.push('"');
            }
            Self::Text(value) => write_string(value, out),
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Bag(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// What `tostring` gives: a string itself, nothing for null, else JSON.
    pub fn plain(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            _ => self.to_string(),
        }
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Bag(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn items(&self) -> Option<&[Json]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// A number as a real.
    #[allow(clippy::cast_precision_loss)]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Long(n) => Some(*n as f64),
            Self::Real(n) => Some(*n),
            _ => None,
        }
    }

    /// Whether both are the same value; numbers by what they count.
    pub fn same(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a == b,
            _ => self == other,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Long(_) | Self::Real(_) => 0,
            Self::Text(_) => 1,
            Self::Bool(_) => 2,
            Self::Array(_) => 3,
            Self::Bag(_) => 4,
            Self::Null => 5,
        }
    }

    /// The order that sorting gives: numbers by value, then strings by character, then all else.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Long(a), Self::Long(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Array(_), Self::Array(_)) | (Self::Bag(_), Self::Bag(_)) => self.to_string().cmp(&other.to_string()),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => self.rank().cmp(&other.rank()),
            },
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// Appends what `tostring` gives for JSON text. What begins with no quote needs no parsing.
pub fn write_plain(text: &str, out: &mut String) {
    if !text.starts_with('"') {
        out.push_str(if text == "null" { "" } else { text });
    } else if let Some(Json::Text(inner)) = parse(text) {
        out.push_str(&inner);
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in [
            "null",
            "true",
            "-5",
            "1.0",
            "9223372036854775807",
            r#""a\"b\n""#,
            r#"[1,[],{}]"#,
            r#"{"b":1,"a":{"c":[1.5,null]}}"#,
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse(r#"{"a":1,"b":2,"a":3}"#).unwrap().to_string(), r#"{"a":3,"b":2}"#);
        assert_eq!(parse("18446744073709551615").unwrap().to_string(), "1.8446744073709552E+19");
        assert_eq!(Json::Real(f64::NAN).to_string(), "\"NaN\"");
    }

    #[test]
    fn wrong_or_deep_text_is_none() {
        for text in ["", "{", "nope", "[1,]", "1 2", &"[".repeat(100_000), "\"\t\""] {
            assert!(parse(text).is_none());
        }
    }

    #[test]
    fn plain_text() {
        for (text, plain) in [("\"a\"", "a"), ("null", ""), ("[\"a\"]", "[\"a\"]"), ("\"", "\"")] {
            let mut out = String::new();
            write_plain(text, &mut out);
            assert_eq!(out, plain);
        }
    }
}
