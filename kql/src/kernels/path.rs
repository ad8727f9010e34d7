//! `d.a.b[0]`: a value inside JSON text, found without reading all of it into memory.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// A step on a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into an object.
    Key(String),
    /// Into an array; negative numbers count from its end.
    Index(i64),
}

/// The value at a path as JSON text; null when there is none.
pub fn at(value: Expr, steps: Vec<Step>) -> Expr {
    ScalarUDF::from(Path { steps, signature: Signature::any(1, Volatility::Immutable) }).call(vec![value])
}

/// The value at a key or index that is only known row by row.
pub fn dynamic(value: Expr, key: Expr) -> Expr {
    ScalarUDF::from(Path { steps: Vec::new(), signature: Signature::any(2, Volatility::Immutable) })
        .call(vec![value, key])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Path {
    steps: Vec<Step>,
    signature: Signature,
}

impl ScalarUDFImpl for Path {
    fn name(&self) -> &'static str {
        "kql_path"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        let path: String = self
            .steps
            .iter()
            .map(|s| match s {
                Step::Key(key) => format!(".{key}"),
                Step::Index(index) => format!("[{index}]"),
            })
            .collect();
        let args: Vec<String> = args.iter().map(|a| a.schema_name().to_string()).collect();
        Ok(format!("kql_path({}){path}", args.join(", ")))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut args = args.args.into_iter();
        let values = args.next().ok_or_else(|| exec_datafusion_err!("a value expected"))?.into_array(rows)?;
        let values = cast(&values, &DataType::Utf8View)?;
        let values = values.as_string_view();
        let keys = args.next().map(|k| k.into_array(rows)).transpose()?;
        let numbers = match &keys {
            Some(k) if !k.data_type().is_string() => Some(cast(k, &DataType::Int64)?),
            _ => None,
        };
        let texts = match (&keys, &numbers) {
            (Some(k), None) => Some(cast(k, &DataType::Utf8View)?),
            _ => None,
        };
        let mut out = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            if values.is_null(row) {
                out.append_null();
                continue;
            }
            let json = values.value(row);
            let found = match (&numbers, &texts) {
                (Some(n), _) if n.is_valid(row) => step(json, &Step::Index(n.as_primitive::<Int64Type>().value(row))),
                (_, Some(t)) if t.is_valid(row) => step(json, &Step::Key(t.as_string_view().value(row).to_owned())),
                (None, None) => self.steps.iter().try_fold(json, |json, s| step(json, s)),
                _ => None,
            };
            match found.filter(|f| *f != "null") {
                Some(found) => out.append_value(found),
                None => out.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// The text of the value one step inside.
pub fn step<'a>(json: &'a str, step: &Step) -> Option<&'a str> {
    let json = json.trim_start();
    match step {
        Step::Key(key) => members(json)?.find(|(k, _)| k == key).map(|(_, value)| value),
        Step::Index(index) => {
            let mut all = elements(json)?;
            if *index >= 0 {
                return all.nth(usize::try_from(*index).ok()?);
            }
            let all: Vec<&str> = all.collect();
            let back = usize::try_from(index.unsigned_abs()).ok()?;
            all.get(all.len().checked_sub(back)?).copied()
        }
    }
}

/// Keys and values of an object; `None` when it is none.
pub fn members(json: &str) -> Option<impl Iterator<Item = (String, &str)>> {
    let mut rest = json.trim_start().strip_prefix('{')?;
    Some(std::iter::from_fn(move || {
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        let length = string_length(rest)?;
        let (raw, after) = rest.split_at_checked(length)?;
        let key = serde_json::from_str::<String>(raw).ok()?;
        let after = after.trim_start().strip_prefix(':')?.trim_start();
        let (value, after) = after.split_at_checked(value_length(after)?)?;
        rest = after;
        Some((key, value))
    }))
}

/// Elements of an array; `None` when it is none.
pub fn elements(json: &str) -> Option<impl Iterator<Item = &str>> {
    let mut rest = json.trim_start().strip_prefix('[')?;
    Some(std::iter::from_fn(move || {
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        let (value, after) = rest.split_at_checked(value_length(rest)?)?;
        rest = after;
        Some(value)
    }))
}

fn string_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut i = 1;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'\\' => i += 2,
            b'"' => return Some(i + 1),
            _ => i += 1,
        }
    }
    None
}

/// Bytes of the value at the beginning; `None` when there is none.
fn value_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'"' => string_length(text),
        b'[' | b'{' => {
            let (mut depth, mut i) = (0usize, 0);
            while let Some(byte) = bytes.get(i) {
                match byte {
                    b'"' => {
                        i += string_length(text.get(i..)?)?;
                        continue;
                    }
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => {
                        depth = depth.checked_sub(1)?;
                        if depth == 0 {
                            return Some(i + 1);
                        }
                    }
                    _ => {}
                }
                i += 1;
            }
            None
        }
        b']' | b'}' | b',' => None,
        _ => Some(text.find([',', ']', '}', ' ', '\n', '\t', '\r']).unwrap_or(text.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let json = r#"{"a": {"b\"": [1, {"c": "x,]"}, null]}, "d": 5}"#;
        let walk = |steps: &[Step]| steps.iter().try_fold(json, |j, s| step(j, s));
        let key = |k: &str| Step::Key(k.to_owned());
        assert_eq!(walk(&[key("d")]), Some("5"));
        assert_eq!(walk(&[key("a"), key("b\""), Step::Index(1), key("c")]), Some("\"x,]\""));
        assert_eq!(walk(&[key("a"), key("b\""), Step::Index(-1)]), Some("null"));
        assert_eq!(walk(&[key("a"), key("b\""), Step::Index(-4)]), None);
        assert_eq!(walk(&[key("d"), key("x")]), None);
        for broken in ["", "{", "[", "{\"a", "[1,", "{\"a\":", "]", "{1:2}"] {
            assert_eq!(step(broken, &key("a")), None, "{broken}");
            let _ = step(broken, &Step::Index(3));
        }
    }
}
