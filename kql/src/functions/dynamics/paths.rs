//! Paths into dynamic values: `$.a["b c"][0]`.

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, simple, wrong};
use crate::functions::function;
use crate::types::{Kind, Typed};
use crate::values::json::{self, Json, set};

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "extract_json",
        &["extractjson"],
        extract_json,
        ("extract_json(path, text, [typeof(kind)])", "What a path names in JSON text, as a string or the kind wanted."),
        Some((r#"extract_json('$.a[1]', '{"a":[1,2]}')"#, "2")),
    ),
    function(
        "treepath",
        &[],
        |c| {
            simple(c, "kql_treepath", &[Want::Dynamic], 1, Kind::Dynamic, |b| {
                b.dynamics(|row| {
                    let mut found = Vec::new();
                    let value = b.json(0, row);
                    collect(&value, String::new(), &mut found);
                    if value == Json::Null { Json::Null } else { Json::Array(found) }
                })
            })
        },
        ("treepath(value)", "The paths of everything in a dynamic."),
        Some((r#"treepath(dynamic({"a":{"b":1}}))"#, r#"["['a']","['a']['b']"]"#)),
    ),
];

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item; a negative index counts from the end.
    Index(i64),
}

/// The steps of `$.a["b c"][0]`.
pub fn parse(text: &str) -> Option<Vec<Step>> {
    let mut rest = text.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (key, tail) = after.split_at_checked(end)?;
            if key.is_empty() {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            rest = tail;
            continue;
        }
        let inner = rest.strip_prefix('[')?;
        if let Some(quote) = inner.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let inner = inner.get(1..)?;
            let end = inner.find(quote)?;
            let (key, tail) = inner.split_at_checked(end)?;
            steps.push(Step::Key(key.to_owned()));
            rest = tail.get(1..)?.strip_prefix(']')?;
        } else {
            let (index, tail) = inner.split_once(']')?;
            steps.push(Step::Index(index.trim().parse().ok()?));
            rest = tail;
        }
    }
    Some(steps)
}

fn place(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { i64::try_from(length).ok()?.checked_add(index)? } else { index };
    usize::try_from(index).ok().filter(|i| *i < length)
}

/// What the steps lead to.
pub fn find<'a>(value: &'a Json, path: &[Step]) -> Option<&'a Json> {
    path.iter().try_fold(value, |at, step| match (step, at) {
        (Step::Key(key), bag) => bag.get(key),
        (Step::Index(index), Json::Array(items)) => items.get(place(*index, items.len())?),
        _ => None,
    })
}

fn next<'a>(value: &'a mut Json, step: &Step) -> Option<&'a mut Json> {
    match (step, value) {
        (Step::Key(key), Json::Bag(entries)) => entries.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v),
        (Step::Index(index), Json::Array(items)) => {
            let at = place(*index, items.len())?;
            items.get_mut(at)
        }
        _ => None,
    }
}

/// Takes away what the steps lead to.
pub fn remove(value: &mut Json, path: &[Step]) {
    let Some((last, before)) = path.split_last() else { return };
    let Some(parent) = before.iter().try_fold(value, next) else { return };
    if let (Step::Key(key), Json::Bag(entries)) = (last, parent) {
        entries.retain(|(k, _)| k != key);
    }
}

/// Puts a value where the steps lead to; bags that are missing on the way are made.
pub fn put(value: &mut Json, path: &[Step], new: Json) {
    let Some((first, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    if let (Step::Key(key), Json::Bag(entries)) = (first, &mut *value)
        && !entries.iter().any(|(k, _)| k == key)
    {
        set(entries, key.clone(), Json::Bag(Vec::new()));
    }
    if let Some(inner) = next(value, first) {
        put(inner, rest, new);
    }
}

fn collect(value: &Json, path: String, found: &mut Vec<Json>) {
    if !path.is_empty() {
        found.push(Json::Text(path.clone()));
    }
    match value {
        Json::Bag(entries) => entries.iter().for_each(|(k, v)| collect(v, format!("{path}['{k}']"), found)),
        // One path stands for all items.
        Json::Array(items) if !items.is_empty() => {
            let inner = format!("{path}[0]");
            found.push(Json::Text(inner.clone()));
            for (key, item) in items
                .iter()
                .filter_map(|i| match i {
                    Json::Bag(entries) => Some(entries),
                    _ => None,
                })
                .flatten()
            {
                let inner = format!("{inner}['{key}']");
                if !found.contains(&Json::Text(inner.clone())) {
                    collect(item, inner, found);
                }
            }
        }
        _ => {}
    }
}

fn extract_json(call: &Call<'_>) -> Result<Typed, KqlError> {
    bind::count(call, 2, 3)?;
    if let Some(path) = call.args.first().and_then(|a| a.value.text())
        && parse(path).is_none()
    {
        return Err(wrong(call, 0, format!("expected a path such as $.a[0], found '{path}'")));
    }
    let text = Call { args: call.args.get(..2).unwrap_or_default(), ..call.clone() };
    let found = simple(&text, "kql_extract_json", &[Want::Text, Want::Text], 2, Kind::String, |b| {
        b.texts(|row, out| {
            if let (Some(path), Some(value)) = (parse(b.text(0, row)), json::parse(b.text(1, row)))
                && let Some(found) = find(&value, &path)
            {
                out.push_str(&found.plain());
            }
        })
    })?;
    let Some(kind) = call.args.get(2) else { return Ok(found) };
    let Some(kind) = kind.value.text().and_then(Kind::from_name) else {
        return Err(wrong(call, 2, "expected typeof(...)"));
    };
    if kind == Kind::Dynamic {
        return Err(bind::unsupported(call, "with typeof(dynamic); use parse_json()"));
    }
    crate::functions::convert::to(&found, kind)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn steps() {
        let key = |k: &str| Step::Key(k.to_owned());
        assert_eq!(parse("$.a['b c'][-1].d"), Some(vec![key("a"), key("b c"), Step::Index(-1), key("d")]));
        assert_eq!(parse("$"), Some(vec![]));
        for wrong in ["", "a", "$a", "$.", "$[", "$['a'", "$[x]", "$..a", "$['é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn finding_putting_removing() {
        let mut value = json::parse(r#"{"a":{"b":[1,2]}}"#).unwrap();
        assert_eq!(find(&value, &parse("$.a.b[-1]").unwrap()), Some(&Json::Long(2)));
        assert_eq!(find(&value, &parse("$.a.b[9]").unwrap()), None);
        put(&mut value, &parse("$.c.d").unwrap(), Json::Null);
        remove(&mut value, &parse("$.a.b").unwrap());
        assert_eq!(value.to_string(), r#"{"a":{},"c":{"d":null}}"#);
    }
}
