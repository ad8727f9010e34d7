//! A TOML document read strictly: every key is known, every value of its kind, and every error has file and line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::RuleError;
use crate::engine::nearest::{did_you_mean, nearest};

/// A document and what it is called.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// Its file, as named by whoever gave it.
    pub label: &'a str,
    /// All of its text.
    pub text: &'a str,
}

/// A text value and the line that it begins in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The value.
    pub text: String,
    /// From 1.
    pub line: usize,
}

impl<'a> Document<'a> {
    /// Its tables, when it is TOML at all.
    pub fn parse(self) -> Result<Spanned<DeTable<'a>>, RuleError> {
        DeTable::parse(self.text).map_err(|e| self.error(&e.span().unwrap_or_default(), e.message()))
    }

    /// An error at a place.
    pub fn error(self, span: &Range<usize>, text: &str) -> RuleError {
        RuleError(format!("{}:{}: {text}", self.label, self.line(span.start)))
    }

    fn line(self, at: usize) -> usize {
        self.text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
    }
}

/// A table of a document.
pub struct Fields<'d, 't> {
    document: Document<'d>,
    table: &'t DeTable<'t>,
    /// Where it begins, for what is missing in it.
    span: Range<usize>,
}

type Value<'t> = Spanned<DeValue<'t>>;

/// A table's name, the table, and where it stands.
type Named<'t> = (&'t str, &'t DeTable<'t>, Range<usize>);

impl<'d, 't> Fields<'d, 't> {
    /// The table, if it has no other keys than these; `what` is what an unknown one is called.
    pub fn known(
        document: Document<'d>,
        table: &'t DeTable<'t>,
        span: Range<usize>,
        what: &str,
        keys: &[&str],
    ) -> Result<Self, RuleError> {
        for (key, _) in table {
            let name: &str = key.get_ref();
            if !keys.contains(&name) {
                let hint = did_you_mean(&nearest(name, keys.iter().copied(), 1))
                    .unwrap_or_else(|| format!("expected one of {}", keys.join(", ")));
                return Err(document.error(&key.span(), &format!("unknown {what} '{name}'; {hint}")));
            }
        }
        Ok(Self { document, table, span })
    }

    fn find(&self, key: &str) -> Option<&'t Value<'t>> {
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, value)| value)
    }

    /// An error at the value of a key, or where the table begins.
    pub fn error(&self, key: &str, text: &str) -> RuleError {
        let span = self.find(key).map_or_else(|| self.span.clone(), Spanned::span);
        self.document.error(&span, text)
    }

    fn wrong(&self, key: &str, expected: &str) -> RuleError {
        let found = self.find(key).map_or("nothing", |v| v.get_ref().type_str());
        self.error(key, &format!("{key}: expected {expected}, found {found}"))
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// A text.
    pub fn text(&self, key: &str) -> Result<Option<Text>, RuleError> {
        let Some(value) = self.find(key) else { return Ok(None) };
        let text = value.get_ref().as_str().ok_or_else(|| self.wrong(key, "a text"))?;
        // The line break behind the quotes of a long text is none of the text's.
        let raw = self.document.text.get(value.span().start..).unwrap_or_default();
        let opens = ["'''\n", "\"\"\"\n", "'''\r\n", "\"\"\"\r\n"].iter().any(|quotes| raw.starts_with(quotes));
        Ok(Some(Text { text: text.to_owned(), line: self.document.line(value.span().start) + usize::from(opens) }))
    }

    /// A text that must be there.
    pub fn needed(&self, key: &str) -> Result<Text, RuleError> {
        match self.text(key)? {
            Some(text) if !text.text.trim().is_empty() => Ok(text),
            Some(_) => Err(self.error(key, &format!("{key} is empty"))),
            None => Err(self.error(key, &format!("'{key}' is missing"))),
        }
    }

    /// A list of texts; empty when it is not there.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, RuleError> {
        let Some(value) = self.find(key) else { return Ok(Vec::new()) };
        let list = value.get_ref().as_array().ok_or_else(|| self.wrong(key, "a list of texts"))?;
        let one = |v: &Value<'_>| v.get_ref().as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, "texts"));
        list.iter().map(one).collect()
    }

    /// A whole number from 0 on.
    pub fn count(&self, key: &str) -> Result<Option<usize>, RuleError> {
        let Some(value) = self.find(key) else { return Ok(None) };
        let number = value.get_ref().as_integer().filter(|n| n.radix() == 10);
        let number = number.and_then(|n| n.as_str().replace('_', "").parse().ok());
        number.map(Some).ok_or_else(|| self.wrong(key, "a whole number from 0 on"))
    }

    /// A value of any simple kind, as it would be written behind `=` on a command line.
    pub fn scalar(&self, key: &str) -> Result<Option<String>, RuleError> {
        let Some(value) = self.find(key) else { return Ok(None) };
        Ok(Some(match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(n) if n.radix() == 10 => n.as_str().replace('_', ""),
            DeValue::Float(n) => n.as_str().replace('_', ""),
            DeValue::Boolean(b) => b.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            _ => return Err(self.wrong(key, "a simple value")),
        }))
    }

    /// A table.
    pub fn table(&self, key: &str) -> Result<Option<(&'t DeTable<'t>, Range<usize>)>, RuleError> {
        let Some(value) = self.find(key) else { return Ok(None) };
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(key, "a table"))?;
        Ok(Some((table, value.span())))
    }

    /// File and line of a key's value.
    pub fn place(&self, key: &str) -> String {
        let at = self.find(key).map_or(self.span.start, |v| v.span().start);
        format!("{}:{}", self.document.label, self.document.line(at))
    }

    /// Tables by name, in order of their names: `[params.count]`.
    pub fn tables(&self, key: &str) -> Result<Vec<Named<'t>>, RuleError> {
        let Some(value) = self.find(key) else { return Ok(Vec::new()) };
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(key, "a table"))?;
        let inner = |(name, value): (&'t Spanned<_>, &'t Value<'t>)| {
            let name: &'t std::borrow::Cow<'t, str> = name.get_ref();
            let inner = value.get_ref().as_table();
            let inner =
                inner.ok_or_else(|| self.document.error(&value.span(), &format!("{name}: expected a table")))?;
            Ok((name.as_ref(), inner, value.span()))
        };
        table.iter().map(inner).collect()
    }

    /// A list of tables: `[[example]]`.
    pub fn list(&self, key: &str) -> Result<Vec<(&'t DeTable<'t>, Range<usize>)>, RuleError> {
        let Some(value) = self.find(key) else { return Ok(Vec::new()) };
        let list: &DeArray<'t> = value.get_ref().as_array().ok_or_else(|| self.wrong(key, "a list of tables"))?;
        let one = |v: &'t Value<'t>| {
            let table = v.get_ref().as_table().ok_or_else(|| self.wrong(key, "tables"))?;
            Ok((table, v.span()))
        };
        list.iter().map(one).collect()
    }
}
