//! What `parse-kv` computes: values by key.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use regex::Regex;

use super::pattern::fields;

/// How pairs are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Options {
    /// The keys that are wanted.
    pub keys: Vec<String>,
    /// Between pairs; anything that is no letter or digit when empty.
    pub pair: String,
    /// Between key and value.
    pub value: String,
    /// An opening quote and, if there is a second, the closing one.
    pub quotes: String,
    /// Before a quote that is text.
    pub escape: Option<char>,
    /// A value goes on to the next key.
    pub greedy: bool,
    /// Two groups: key and value.
    pub regex: Option<String>,
}

impl Options {
    /// Refuses what contradicts itself.
    pub fn checked(&self) -> Result<(), String> {
        if let Some(regex) = &self.regex {
            let groups = Regex::new(regex).map_err(|e| format!("this is no regular expression: {e}"))?.captures_len();
            if groups != 3 {
                return Err(format!(
                    "the regular expression has {} groups; it needs one for the key and one for the value",
                    groups - 1
                ));
            }
        } else if self.pair.is_empty() || self.value.is_empty() {
            return Err("parse-kv needs pair_delimiter and kv_delimiter, or regex".to_owned());
        }
        if self.greedy && !self.quotes.is_empty() {
            return Err("greedy values have no quotes".to_owned());
        }
        Ok(())
    }

    fn quote(&self) -> Option<(char, char)> {
        let mut chars = self.quotes.chars();
        let open = chars.next()?;
        Some((open, chars.next().unwrap_or(open)))
    }
}

/// A struct of the values `c0`, `c1` ... of the keys, null where a key is missing.
pub fn read(value: Expr, options: Options) -> Expr {
    ScalarUDF::from(Pairs { options, signature: Signature::any(1, Volatility::Immutable) }).call(vec![value])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Pairs {
    options: Options,
    signature: Signature,
}

impl ScalarUDFImpl for Pairs {
    fn name(&self) -> &'static str {
        "kql_parse_kv"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields(self.options.keys.len())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut args = args.args.into_iter();
        let value = args.next().ok_or_else(|| exec_datafusion_err!("a text expected"))?.into_array(rows)?;
        let value = cast(&value, &DataType::Utf8View)?;
        let value = value.as_string_view();
        let count = self.options.keys.len();
        let regex = match &self.options.regex {
            Some(text) => Some(Regex::new(text).map_err(|e| exec_datafusion_err!("parse-kv: {e}"))?),
            None => None,
        };
        let mut columns: Vec<StringViewBuilder> = (0..count).map(|_| StringViewBuilder::new()).collect();
        for row in 0..rows {
            let text = if value.is_null(row) { "" } else { value.value(row) };
            let found = match &regex {
                Some(regex) => regex
                    .captures_iter(text)
                    .filter_map(|c| Some((c.get(1)?.as_str().to_owned(), c.get(2)?.as_str().to_owned())))
                    .collect(),
                None if self.options.greedy => greedy(text, &self.options),
                None => pairs(text, &self.options),
            };
            for (key, column) in self.options.keys.iter().zip(&mut columns) {
                // The first of several counts.
                column.append_option(found.iter().find(|(k, _)| k == key).map(|(_, v)| v));
            }
        }
        let arrays: Vec<ArrayRef> = columns.iter_mut().map(|c| Arc::new(c.finish()) as ArrayRef).collect();
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields(count), arrays, None)?)))
    }
}

/// A piece up to one of the delimiters, without quotes; how many bytes it has, and whether it was quoted.
fn piece(text: &str, ends: &[&str], options: &Options) -> (String, usize) {
    let skipped = text.len() - text.trim_start().len();
    // A space may be the delimiter itself.
    let skipped = if ends.iter().any(|e| e.trim().is_empty()) { 0 } else { skipped };
    let body = text.get(skipped..).unwrap_or_default();
    if let Some((open, close)) = options.quote()
        && body.starts_with(open)
    {
        let mut out = String::new();
        let mut chars = body.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if Some(c) == options.escape {
                if let Some((_, next)) = chars.next() {
                    out.push(next);
                }
            } else if c == close {
                return (out, skipped + at + c.len_utf8());
            } else {
                out.push(c);
            }
        }
        return (out, text.len());
    }
    let end = ends.iter().filter_map(|e| body.find(e)).min().unwrap_or(body.len());
    (body.get(..end).unwrap_or_default().trim().to_owned(), skipped + end)
}

fn pairs(text: &str, options: &Options) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, length) = piece(rest, &[&options.value, &options.pair], options);
        rest = rest.get(length..).unwrap_or_default();
        if let Some(after) =
            rest.trim_start().strip_prefix(options.value.as_str()).or_else(|| rest.strip_prefix(options.value.as_str()))
        {
            let (value, length) = piece(after, &[&options.pair], options);
            rest = after.get(length..).unwrap_or_default();
            found.push((key, value));
        }
        match rest.find(options.pair.as_str()) {
            Some(at) => rest = rest.get(at + options.pair.len()..).unwrap_or_default(),
            None => break,
        }
    }
    found
}

/// A value goes on until the piece that holds the next key.
fn greedy(text: &str, options: &Options) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for part in text.split(options.pair.as_str()) {
        match part.split_once(options.value.as_str()) {
            Some((key, value)) => found.push((key.trim().to_owned(), value.to_owned())),
            None => {
                if let Some((_, value)) = found.last_mut() {
                    value.push_str(&options.pair);
                    value.push_str(part);
                }
            }
        }
    }
    found.into_iter().map(|(k, v)| (k, v.trim().to_owned())).collect()
}
