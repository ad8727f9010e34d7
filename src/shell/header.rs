//! What a script says about itself in comments: `-- name: x` before a statement, `-- param: month = 2026-03` at its head.

use super::Failure;
use crate::engine::{Params, parse_param};

/// A parameter with its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Name.
    pub name: String,
    /// Type, when it is said.
    pub kind: Option<String>,
    /// Default.
    pub value: String,
}

/// The lines of the comments, without what marks them as such.
fn lines(comments: &str) -> impl Iterator<Item = &str> {
    let marks = |c: char| matches!(c, '-' | '/' | '*') || c.is_whitespace();
    comments.lines().map(move |line| line.trim_matches(marks))
}

/// What follows a key.
fn after<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (name, rest) = line.split_once(':')?;
    name.trim_end().eq_ignore_ascii_case(key).then(|| rest.trim())
}

/// The name that comments give to the statement after them. It becomes a file's name, so that it has no folders.
pub fn name(comments: &str) -> Result<Option<String>, Failure> {
    let Some(name) = lines(comments).filter_map(|line| after(line, "name")).last() else { return Ok(None) };
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    match !name.is_empty() && !name.starts_with('.') && name.chars().all(good) {
        true => Ok(Some(name.to_owned())),
        false => Err(Failure::usage(format!(
            "'{name}' is no name for a file; expected letters, digits, - and _ after '-- name:'"
        ))),
    }
}

/// What the comments at the head of a script declare.
pub fn declared(comments: &str) -> Result<Vec<Declared>, Failure> {
    let one = |text: &str| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("'-- param: {text}' has no default; expected for example -- param: month = 2026-03"))
        })?;
        let (name, kind) = name.split_once(':').map_or((name, None), |(n, k)| (n, Some(k.trim().to_owned())));
        let (name, value) = (name.trim().to_owned(), unquoted(value.trim()).to_owned());
        Ok(Declared { name, kind, value })
    };
    lines(comments).filter_map(|line| after(line, "param")).map(one).collect()
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(text)
}

/// The values of a script's parameters: given ones, of the declared type where neither gives another, and defaults.
pub fn resolve(declared: &[Declared], given: &[String]) -> Result<Params, Failure> {
    let mut params = Params::new();
    for text in given {
        let name = text.split_once('=').map(|(n, _)| n.trim());
        let kind = declared.iter().find(|d| Some(d.name.as_str()) == name).and_then(|d| d.kind.as_deref());
        let typed = match (kind, text.split_once('=')) {
            (Some(kind), Some((name, value))) => format!("{name}:{kind}={value}"),
            _ => text.clone(),
        };
        set(&mut params, parse_param(&typed).map_err(Failure::usage)?);
    }
    for d in declared {
        if !params.iter().any(|(name, _)| *name == d.name) {
            let kind = d.kind.as_ref().map(|k| format!(":{k}")).unwrap_or_default();
            params.push(parse_param(&format!("{}{kind}={}", d.name, d.value)).map_err(Failure::usage)?);
        }
    }
    Ok(params)
}

/// Gives a parameter a value, in place of one that it may have.
pub fn set(params: &mut Params, (name, value): (String, datafusion::common::ScalarValue)) {
    match params.iter_mut().find(|(n, _)| *n == name) {
        Some((_, old)) => *old = value,
        None => params.push((name, value)),
    }
}

/// The first line of the comments that is no declaration: what a script is for.
pub fn about(comments: &str) -> &str {
    let declares = |line: &&str| after(line, "param").is_some() || after(line, "name").is_some();
    lines(comments).find(|line| !line.is_empty() && !declares(line)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read() {
        let comments = "-- What failed.\n-- name: failed-2\n/* param: month = 2026-03 */\n-- param: within:interval = '2 minutes'\n";
        assert_eq!(about(comments), "What failed.");
        assert_eq!(name(comments).unwrap().as_deref(), Some("failed-2"));
        let found = declared(comments).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].value.as_str()), ("month", "2026-03"));
        assert_eq!(found[1].kind.as_deref(), Some("interval"));
        let values = |given: &[&str]| {
            let given: Vec<_> = given.iter().map(|g| (*g).to_owned()).collect();
            resolve(&found, &given)
                .map(|p| p.into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" "))
        };
        assert!(values(&[]).unwrap().starts_with("month=2026-03 within="));
        assert!(values(&["month=7", "within=90 seconds"]).unwrap().contains("90"));
        assert!(values(&["within=soon"]).is_err());
        assert!(declared("-- param: month").is_err());
        for bad in ["../x", "", ".hidden", "a/b", "a\u{1b}"] {
            assert!(name(&format!("-- name: {bad}")).is_err(), "{bad}");
        }
        assert_eq!(name("-- the name of it").unwrap(), None);
    }
}
