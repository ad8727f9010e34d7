//! `json_text(json, key, ...)`.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::scalar_doc_sections::DOC_SECTION_OTHER;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use serde_json::Value;

/// Value at a path of keys in a JSON text, as text.
#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonText {
    signature: Signature,
}

/// The function `json_text`.
pub fn json_text() -> Arc<ScalarUDF> {
    static UDF: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        Arc::new(ScalarUDF::from(JsonText { signature: Signature::variadic_any(Volatility::Immutable) }))
    });
    Arc::clone(&UDF)
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    Documentation::builder(
        DOC_SECTION_OTHER,
        "The value at a path of keys in a JSON object, as text: strings without their quotes, everything else as JSON. Keys \
         are compared without case, as Azure's services write them differently. Null when the JSON is null, broken or has \
         no such key, and for a JSON null.",
        "json_text(json, key[, key ...])",
    )
    .with_sql_example("json_text('{\"a\":{\"B\":1.5}}', 'a', 'b')\n-- 1.5")
    .with_argument("json", "JSON text, for example the column properties")
    .with_argument("key", "Constant key; several go deeper and deeper")
    .build()
});

impl ScalarUDFImpl for JsonText {
    fn name(&self) -> &'static str {
        "json_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        if arguments.len() < 2 {
            return exec_err!("json_text takes a JSON text and at least one key");
        }
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [json, keys @ ..] = args.args.as_slice() else { return exec_err!("json_text takes a JSON text and a key") };
        let mut path = Vec::with_capacity(keys.len());
        for key in keys {
            match key {
                ColumnarValue::Scalar(s) => path.push(s.try_as_str().flatten().unwrap_or_default()),
                ColumnarValue::Array(_) => return exec_err!("the keys of json_text must be constants"),
            }
        }
        let is_scalar = matches!(json, ColumnarValue::Scalar(_));
        let texts = cast(&json.to_array(if is_scalar { 1 } else { args.number_rows })?, &DataType::Utf8View)?;
        let texts = texts.as_string_view();
        let mut out = StringViewBuilder::with_capacity(texts.len());
        // Neighbouring rows often carry the same text.
        let mut last: Option<(&str, Option<String>)> = None;
        for text in texts {
            let Some(text) = text else {
                out.append_null();
                continue;
            };
            if last.as_ref().is_none_or(|(t, _)| *t != text) {
                last = Some((text, lookup(text, &path)));
            }
            out.append_option(last.as_ref().and_then(|(_, v)| v.as_deref()));
        }
        let out = out.finish();
        Ok(if is_scalar {
            ColumnarValue::Scalar(ScalarValue::Utf8View(out.is_valid(0).then(|| out.value(0).to_owned())))
        } else {
            ColumnarValue::Array(Arc::new(out) as ArrayRef)
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
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
