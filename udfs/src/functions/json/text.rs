//! `json_text(json, key, ...)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};
use serde_json::Value;

use super::super::doc::{Example, FunctionDoc, Kind, Section};
use super::super::scalar::{Spec, udf, wrong_arguments};
use super::super::text::{map, text_type};
use super::super::{Function, Make};

pub(in super::super) const FUNCTION: Function = Function { doc: &DOC, make: Make::Scalar(function) };

/// The function `json_text`.
pub(in super::super) fn function() -> ScalarUDF {
    udf(&SPEC)
}

static DOC: FunctionDoc = FunctionDoc {
    name: "json_text",
    kind: Kind::Scalar,
    section: Section::Json,
    syntax: "json_text(json, key[, key ...])",
    meaning: "The value at a path of keys in a JSON object, as text: strings without their quotes, everything else as JSON. Keys \
              are compared without case, as Azure's services write them differently.",
    arguments: &[
        ("json", "JSON text, for example the column properties."),
        ("key", "Constant key; several go deeper and deeper."),
    ],
    returns: "A text.",
    nulls: "Null when the JSON is null, broken or has no such key, and for a JSON null. Keys that are not constant are an error.",
    examples: &[Example { sql: "SELECT json_text('{\"a\":{\"B\":1.5}}', 'a', 'b')", result: "1.5" }],
    source: "RFC 8259.",
};

static SPEC: Spec = Spec { doc: &DOC, coerce, returns: || DataType::Utf8View, call };

fn coerce(types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return wrong_arguments(&DOC);
    }
    types.iter().map(|given| text_type(&DOC, given)).collect()
}

fn call(args: &ScalarFunctionArgs) -> Result<ColumnarValue> {
    let [json, keys @ ..] = args.args.as_slice() else { return wrong_arguments(&DOC) };
    let mut path = Vec::with_capacity(keys.len());
    for key in keys {
        match key {
            ColumnarValue::Scalar(s) => path.push(s.try_as_str().flatten().unwrap_or_default()),
            ColumnarValue::Array(_) => return exec_err!("the keys of json_text must be constants"),
        }
    }
    map(json, |texts| kernel(texts, &path))
}

fn kernel(texts: &StringViewArray, path: &[&str]) -> Result<ArrayRef> {
    let mut out = StringViewBuilder::with_capacity(texts.len());
    // Neighbouring rows often carry the same text.
    let mut last: Option<(&str, Option<String>)> = None;
    for text in texts {
        let Some(text) = text else {
            out.append_null();
            continue;
        };
        if last.as_ref().is_none_or(|(t, _)| *t != text) {
            last = Some((text, lookup(text, path)));
        }
        out.append_option(last.as_ref().and_then(|(_, v)| v.as_deref()));
    }
    Ok(Arc::new(out.finish()))
}

fn lookup(text: &str, path: &[&str]) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    for key in path {
        let Value::Object(object) = value else { return None };
        value = object.into_iter().find(|(k, _)| k.eq_ignore_ascii_case(key))?.1;
    }
    match value {
        Value::Null => None,
        Value::String(s) => Some(s),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let json = r#"{"a":{"B":1.5,"c":"x\"y"},"n":null,"l":[1,2]}"#;
        for (path, want) in [
            (&["a", "b"][..], Some("1.5")),
            (&["A", "C"], Some("x\"y")),
            (&["n"], None),
            (&["l"], Some("[1,2]")),
            (&["a", "b", "c"], None),
            (&["zz"], None),
        ] {
            assert_eq!(lookup(json, path).as_deref(), want, "{path:?}");
        }
        assert_eq!(lookup("no json", &["a"]), None);
    }
}
