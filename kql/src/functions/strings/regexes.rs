//! Functions with regular expressions. One that is known while planning is checked then and compiled once a batch;
//! one from a column is compiled when it changes.

use datafusion::arrow::array::ArrayRef;
use regex::{Regex, RegexBuilder};

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, argument, simple, wrong};
use crate::functions::{Batch, function};
use crate::types::{Kind, Literal, Typed};
use crate::values::json::Json;

/// Bytes that a compiled expression may take.
const SIZE_LIMIT: usize = 10 << 20;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "extract",
        &[],
        extract,
        (
            "extract(regex, group, text, [typeof(kind)])",
            "What a group of a regular expression matches first; empty when nothing does.",
        ),
        Some((r#"extract(@"(\d+)%", 1, "at 40%")"#, "40")),
    ),
    function(
        "extract_all",
        &["extractall"],
        extract_all,
        ("extract_all(regex, [groups], text)", "All matches as an array; null when there is none."),
        Some((r#"extract_all(@"(\d)", "a1b2")"#, r#"["1","2"]"#)),
    ),
    function(
        "countof",
        &[],
        countof,
        (
            "countof(text, wanted, [kind])",
            "How often a string occurs, overlaps counted, or with the kind 'regex' how often an expression matches.",
        ),
        Some(("countof('aaaa', 'aa')", "3")),
    ),
    function(
        "replace_regex",
        &[],
        |c| {
            valid(c, 1)?;
            simple(c, "kql_replace_regex", &[Want::Text, Want::Text, Want::Text], 3, Kind::String, |b| {
                replace(b, 0, 1, 2)
            })
        },
        (
            "replace_regex(text, regex, replacement)",
            r"The text with every match replaced; \0 to \9 stand for the groups.",
        ),
        Some((r#"replace_regex("a1", @"([a-z])(\d)", @"\2\1")"#, "1a")),
    ),
    function(
        "replace",
        &[],
        |c| {
            valid(c, 0)?;
            simple(c, "kql_replace", &[Want::Text, Want::Text, Want::Text], 3, Kind::String, |b| replace(b, 2, 0, 1))
        },
        ("replace(regex, replacement, text)", "Old form of replace_regex."),
        Some((r#"replace("l+", "L", "hello")"#, "heLo")),
    ),
    function(
        "trim",
        &[],
        |c| trim(c, "kql_trim", |b| cut(b, true, true)),
        ("trim(regex, text)", "The text without one match at each end."),
        Some((r#"trim(@"\W+", "--a--")"#, "a")),
    ),
    function(
        "trim_start",
        &[],
        |c| trim(c, "kql_trim_start", |b| cut(b, true, false)),
        ("trim_start(regex, text)", "The text without one match at its beginning."),
        Some(("trim_start('-', '--a')", "-a")),
    ),
    function(
        "trim_end",
        &[],
        |c| trim(c, "kql_trim_end", |b| cut(b, false, true)),
        ("trim_end(regex, text)", "The text without one match at its end."),
        Some(("trim_end('.com', 'bing.com')", "bing")),
    ),
    function(
        "indexof_regex",
        &[],
        |c| {
            valid(c, 1)?;
            simple(c, "kql_indexof_regex", &[Want::Text, Want::Text], 2, Kind::Long, indexof_regex)
        },
        ("indexof_regex(text, regex)", "Where a regular expression matches first, from 0; -1 when it does not."),
        Some((r#"indexof_regex("ab12", @"\d")"#, "2")),
    ),
    function(
        "regex_quote",
        &[],
        |c| {
            simple(c, "kql_regex_quote", &[Want::Text], 1, Kind::String, |b| {
                b.texts(|row, out| out.push_str(&regex::escape(b.text(0, row))))
            })
        },
        ("regex_quote(text)", "A regular expression that matches the text."),
        Some(("regex_quote('a.b')", r"a\.b")),
    ),
];

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build()
}

/// Refuses a constant that is no regular expression.
fn valid(call: &Call<'_>, index: usize) -> Result<(), KqlError> {
    if let Some(pattern) = call.args.get(index).and_then(|a| a.value.text()) {
        compile(pattern).map_err(|e| wrong(call, index, format!("this is no regular expression: {e}")))?;
    }
    Ok(())
}

/// The last expression compiled.
#[derive(Default)]
struct Compiled {
    pattern: Option<String>,
    regex: Option<Regex>,
}

impl Compiled {
    fn get(&mut self, pattern: &str) -> Option<&Regex> {
        if self.pattern.as_deref() != Some(pattern) {
            self.regex = compile(pattern).ok();
            self.pattern = Some(pattern.to_owned());
        }
        self.regex.as_ref()
    }
}

fn extract(call: &Call<'_>) -> Result<Typed, KqlError> {
    bind::count(call, 3, 4)?;
    valid(call, 0)?;
    let text = Call { args: call.args.get(..3).unwrap_or_default(), ..call.clone() };
    let found = simple(&text, "kql_extract", &[Want::Text, Want::Whole, Want::Text], 3, Kind::String, |b| {
        let mut compiled = Compiled::default();
        b.texts(|row, out| {
            let group = b.long(1, row).and_then(|n| usize::try_from(n).ok());
            if let (Some(regex), Some(group)) = (compiled.get(b.text(0, row)), group)
                && let Some(found) = regex.captures(b.text(2, row)).and_then(|c| c.get(group))
            {
                out.push_str(found.as_str());
            }
        })
    })?;
    let Some(kind) = call.args.get(3) else { return Ok(found) };
    let Some(kind) = kind.value.text().and_then(Kind::from_name) else {
        return Err(wrong(call, 3, "expected typeof(...)"));
    };
    super::super::convert::to(&found, kind)
}

fn extract_all(call: &Call<'_>) -> Result<Typed, KqlError> {
    bind::count(call, 2, 3)?;
    valid(call, 0)?;
    if call.args.len() == 2 {
        return simple(call, "kql_extract_all", &[Want::Text, Want::Text], 2, Kind::Dynamic, |b| all(b, None, 1));
    }
    let wants = [Want::Text, Want::Dynamic, Want::Text];
    simple(call, "kql_extract_all", &wants, 3, Kind::Dynamic, |b| all(b, Some(1), 2))
}

fn all(b: &Batch, groups: Option<usize>, text: usize) -> ArrayRef {
    let mut compiled = Compiled::default();
    b.dynamics(|row| {
        let Some(regex) = compiled.get(b.text(0, row)) else { return Json::Null };
        let named: Vec<String> = regex.capture_names().map(|n| n.unwrap_or_default().to_owned()).collect();
        let wanted: Vec<usize> = match groups.map(|g| b.json(g, row)) {
            Some(Json::Array(items)) => items
                .iter()
                .filter_map(|item| match item {
                    Json::Long(n) => usize::try_from(*n).ok(),
                    Json::Text(name) => named.iter().position(|n| n == name),
                    _ => None,
                })
                .collect(),
            _ if named.len() == 1 => vec![0],
            _ => (1..named.len()).collect(),
        };
        let found: Vec<Json> = regex
            .captures_iter(b.text(text, row))
            .map(|captures| {
                let group = |g: &usize| Json::Text(captures.get(*g).map_or("", |m| m.as_str()).to_owned());
                match wanted.as_slice() {
                    [one] => group(one),
                    many => Json::Array(many.iter().map(group).collect()),
                }
            })
            .collect();
        if found.is_empty() { Json::Null } else { Json::Array(found) }
    })
}

fn countof(call: &Call<'_>) -> Result<Typed, KqlError> {
    bind::count(call, 2, 3)?;
    let kind = if call.args.len() == 3 { bind::constant(call, 2)? } else { "normal" };
    let args = Call { args: call.args.get(..2).unwrap_or_default(), ..call.clone() };
    match kind {
        "normal" => simple(&args, "kql_countof", &[Want::Text, Want::Text], 2, Kind::Long, |b| {
            b.longs(|row| i64::try_from(occurrences(b.text(0, row), b.text(1, row))).ok())
        }),
        "regex" => {
            valid(call, 1)?;
            simple(&args, "kql_countof_regex", &[Want::Text, Want::Text], 2, Kind::Long, |b| {
                let mut compiled = Compiled::default();
                b.longs(|row| {
                    let regex = compiled.get(b.text(1, row))?;
                    i64::try_from(regex.find_iter(b.text(0, row)).count()).ok()
                })
            })
        }
        other => Err(wrong(call, 2, format!("expected 'normal' or 'regex', found '{other}'"))),
    }
}

/// Overlapping occurrences.
fn occurrences(text: &str, wanted: &str) -> usize {
    let Some(first) = wanted.chars().next() else { return 0 };
    let (mut count, mut from) = (0, 0);
    while let Some(at) = text.get(from..).and_then(|t| t.find(wanted)) {
        count += 1;
        from += at + first.len_utf8();
    }
    count
}

/// `\1` as this crate's regular expressions write it.
fn replacement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '$' => out.push_str("$$"),
            '\\' => match characters.peek() {
                Some(d) if d.is_ascii_digit() => {
                    out.push_str(&format!("${{{d}}}"));
                    characters.next();
                }
                Some('\\') => {
                    out.push('\\');
                    characters.next();
                }
                _ => out.push('\\'),
            },
            _ => out.push(c),
        }
    }
    out
}

fn replace(b: &Batch, text: usize, pattern: usize, new: usize) -> ArrayRef {
    let mut compiled = Compiled::default();
    let mut last: Option<(String, String)> = None;
    b.texts(|row, out| {
        let text = b.text(text, row);
        let Some(regex) = compiled.get(b.text(pattern, row)) else {
            out.push_str(text);
            return;
        };
        let wanted = b.text(new, row);
        let rewrite = match &last {
            Some((from, to)) if from == wanted => to.clone(),
            _ => {
                let to = replacement(wanted);
                last = Some((wanted.to_owned(), to.clone()));
                to
            }
        };
        out.push_str(&regex.replace_all(text, rewrite.as_str()));
    })
}

fn trim(call: &Call<'_>, name: &'static str, kernel: crate::functions::Kernel) -> Result<Typed, KqlError> {
    valid(call, 0)?;
    // The expressions that cut are made of it in brackets, so an unclosed one must have been refused before.
    if argument(call, 0)?.literal == Some(Literal::Null) {
        return Err(wrong(call, 0, "expected a regular expression"));
    }
    simple(call, name, &[Want::Text, Want::Text], 2, Kind::String, kernel)
}

fn cut(b: &Batch, start: bool, end: bool) -> ArrayRef {
    let (mut first, mut last) = (Compiled::default(), Compiled::default());
    let mut patterns: Option<(String, String, String)> = None;
    b.texts(|row, out| {
        let (pattern, mut text) = (b.text(0, row), b.text(1, row));
        if patterns.as_ref().is_none_or(|(p, ..)| p != pattern) {
            patterns = Some((pattern.to_owned(), format!("^(?:{pattern})"), format!("(?:{pattern})$")));
        }
        if let Some((_, at_start, at_end)) = &patterns {
            if start && let Some(found) = first.get(at_start).and_then(|r| r.find(text)) {
                text = text.get(found.end()..).unwrap_or_default();
            }
            if end && let Some(found) = last.get(at_end).and_then(|r| r.find(text)) {
                text = text.get(..found.start()).unwrap_or_default();
            }
        }
        out.push_str(text);
    })
}

fn indexof_regex(b: &Batch) -> ArrayRef {
    let mut compiled = Compiled::default();
    b.longs(|row| {
        let (text, regex) = (b.text(0, row), compiled.get(b.text(1, row))?);
        let at = regex.find(text).and_then(|m| text.get(..m.start())).map(|before| before.chars().count());
        at.map_or(Some(-1), |n| i64::try_from(n).ok())
    })
}
