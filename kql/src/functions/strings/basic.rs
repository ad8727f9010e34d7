//! Length, case, parts and places.

use crate::call::Function;
use crate::functions::bind::{Want, simple};
use crate::functions::{Batch, function};
use crate::types::Kind;
use crate::values::json::Json;

use datafusion::arrow::array::ArrayRef;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "strlen",
        &[],
        |c| simple(c, "kql_strlen", &[Want::Text], 1, Kind::Long, strlen),
        ("strlen(text)", "The number of characters."),
        Some(("strlen('héllo')", "5")),
    ),
    function(
        "string_size",
        &[],
        |c| simple(c, "kql_string_size", &[Want::Text], 1, Kind::Long, string_size),
        ("string_size(text)", "The number of bytes in UTF-8."),
        Some(("string_size('hé')", "3")),
    ),
    function(
        "tolower",
        &[],
        |c| simple(c, "kql_tolower", &[Want::Text], 1, Kind::String, |b| b.texts(|r, o| push_lower(b.text(0, r), o))),
        ("tolower(text)", "The text in lower case."),
        Some(("tolower('ÄB')", "äb")),
    ),
    function(
        "toupper",
        &[],
        |c| simple(c, "kql_toupper", &[Want::Text], 1, Kind::String, |b| b.texts(|r, o| push_upper(b.text(0, r), o))),
        ("toupper(text)", "The text in upper case."),
        Some(("toupper('äb')", "ÄB")),
    ),
    function(
        "reverse",
        &[],
        |c| {
            simple(c, "kql_reverse", &[Want::Any], 1, Kind::String, |b| {
                let mut text = String::new();
                b.texts(|row, out| {
                    text.clear();
                    b.write(0, row, &mut text);
                    out.extend(text.chars().rev());
                })
            })
        },
        ("reverse(value)", "The characters in reverse order."),
        Some(("reverse('abc')", "cba")),
    ),
    function(
        "substring",
        &[],
        |c| simple(c, "kql_substring", &[Want::Text, Want::Whole, Want::Whole], 2, Kind::String, substring),
        (
            "substring(text, start, [length])",
            "The part from a place counted from 0; a negative one counts from the end.",
        ),
        Some(("substring('tunnel', 3, 2)", "ne")),
    ),
    function(
        "indexof",
        &[],
        |c| {
            let wants = [Want::Any, Want::Any, Want::Whole, Want::Whole, Want::Whole];
            simple(c, "kql_indexof", &wants, 2, Kind::Long, indexof)
        },
        ("indexof(text, part, [start], [length], [occurrence])", "Where a part stands, from 0; -1 when it does not."),
        Some(("indexof('a=b=c', '=', 0, -1, 2)", "3")),
    ),
    function(
        "split",
        &[],
        |c| simple(c, "kql_split", &[Want::Text, Want::Text, Want::Whole], 2, Kind::Dynamic, split),
        ("split(text, delimiter, [index])", "The parts between delimiters as an array; with an index only that one."),
        Some(("split('a,b', ',')", r#"["a","b"]"#)),
    ),
    function(
        "strcmp",
        &[],
        |c| simple(c, "kql_strcmp", &[Want::Text, Want::Text], 2, Kind::Long, strcmp),
        ("strcmp(a, b)", "-1, 0 or 1, as the first is before, equal to or behind the second."),
        Some(("strcmp('a', 'b')", "-1")),
    ),
    function(
        "isascii",
        &[],
        |c| simple(c, "kql_isascii", &[Want::Text], 1, Kind::Bool, |b| b.bools(|r| Some(b.text(0, r).is_ascii()))),
        ("isascii(text)", "Whether every character is ASCII."),
        Some(("isascii('é')", "false")),
    ),
];

#[allow(clippy::cast_possible_wrap)]
fn strlen(b: &Batch) -> ArrayRef {
    b.longs(|row| {
        let text = b.text(0, row);
        Some(if text.is_ascii() { text.len() } else { text.chars().count() } as i64)
    })
}

#[allow(clippy::cast_possible_wrap)]
fn string_size(b: &Batch) -> ArrayRef {
    b.longs(|row| Some(b.text(0, row).len() as i64))
}

fn push_lower(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|c| c.to_ascii_lowercase()));
    } else {
        out.push_str(&text.to_lowercase());
    }
}

fn push_upper(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|c| c.to_ascii_uppercase()));
    } else {
        out.push_str(&text.to_uppercase());
    }
}

/// Where the character of that number begins; the end when there is none.
fn byte_of(text: &str, character: usize) -> usize {
    if text.is_ascii() {
        return character.min(text.len());
    }
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// A part by characters; a negative start counts from the end, and is nothing when it lies before the beginning.
pub(crate) fn part(text: &str, start: i64, count: Option<i64>) -> &str {
    let start = if start < 0 {
        let back = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
        match length(text).checked_sub(back) {
            Some(start) => start,
            None => return "",
        }
    } else {
        usize::try_from(start).unwrap_or(usize::MAX)
    };
    let tail = text.get(byte_of(text, start)..).unwrap_or_default();
    match count {
        None => tail,
        Some(count) => {
            let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
            tail.get(..byte_of(tail, count)).unwrap_or_default()
        }
    }
}

fn substring(b: &Batch) -> ArrayRef {
    b.slices(|row| {
        let count = if b.count() > 2 { Some(b.long(2, row).unwrap_or(0)) } else { None };
        Some(b.long(1, row).map_or("", |start| part(b.text(0, row), start, count)))
    })
}

/// The place in characters of an occurrence of `part` within `count` characters from `start`; `None` for what cannot be
/// looked for.
fn place(text: &str, wanted: &str, start: i64, count: i64, occurrence: i64) -> Option<i64> {
    if wanted.is_empty() || count < -1 || occurrence < 1 {
        return None;
    }
    let all = i64::try_from(length(text)).ok()?;
    let start = if start < 0 { (all + start.max(-all)).max(0) } else { start };
    if start > all {
        return Some(-1);
    }
    let (mut from, mut left) = (start, occurrence);
    loop {
        // Every occurrence is looked for within the length anew.
        let window = part(text, from, (count >= 0).then_some(count));
        let Some(before) = window.find(wanted).and_then(|at| window.get(..at)) else { return Some(-1) };
        let found = from + i64::try_from(length(before)).ok()?;
        left -= 1;
        if left == 0 {
            return Some(found);
        }
        from = found + 1;
    }
}

fn indexof(b: &Batch) -> ArrayRef {
    let (mut text, mut wanted) = (String::new(), String::new());
    b.longs(|row| {
        text.clear();
        wanted.clear();
        b.write(0, row, &mut text);
        b.write(1, row, &mut wanted);
        let number = |i, default| if b.count() > i { b.long(i, row) } else { Some(default) };
        place(&text, &wanted, number(2, 0)?, number(3, -1)?, number(4, 1)?)
    })
}

fn split(b: &Batch) -> ArrayRef {
    b.dynamics(|row| {
        let (text, delimiter) = (b.text(0, row), b.text(1, row));
        let mut parts: Box<dyn Iterator<Item = &str>> =
            if delimiter.is_empty() { Box::new(std::iter::once(text)) } else { Box::new(text.split(delimiter)) };
        if b.count() > 2 {
            let index = b.long(2, row).and_then(|n| usize::try_from(n).ok());
            let part = index.and_then(|n| parts.nth(n));
            return part.map_or(Json::Null, |p| Json::Array(vec![Json::Text(p.to_owned())]));
        }
        Json::Array(parts.map(|p| Json::Text(p.to_owned())).collect())
    })
}

fn strcmp(b: &Batch) -> ArrayRef {
    b.longs(|row| Some(b.text(0, row).cmp(b.text(1, row)) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_by_characters() {
        for (text, start, count, expected) in [
            ("hello", -3, Some(2), "ll"),
            ("x", -2, Some(5), ""),
            ("abc", -2, Some(5), "bc"),
            ("abc", 5, None, ""),
            ("héé", 1, Some(1), "é"),
            ("abc", 0, Some(-1), ""),
            ("abc", i64::MIN, Some(i64::MAX), ""),
            ("abc", i64::MAX, None, ""),
        ] {
            assert_eq!(part(text, start, count), expected, "{text} {start}");
        }
    }

    #[test]
    fn places() {
        for (text, wanted, start, count, occurrence, expected) in [
            ("abcabcabc", "a", 2, -1, 1, Some(3)),
            ("xyz", "a", 0, -1, 1, Some(-1)),
            ("abc", "", 0, -1, 1, None),
            ("abcdefg", "cde", 1, 2, 1, Some(-1)),
            ("abcdefg", "cde", -5, -1, 1, Some(2)),
            ("abcdefgabcdefg", "cde", 1, 10, 2, Some(9)),
            ("abcdefgabcdefg", "cde", 1, -1, 3, Some(-1)),
            ("ééa", "a", 0, -1, 1, Some(2)),
            ("a", "a", i64::MIN, -1, 1, Some(0)),
            ("a", "a", i64::MAX, -1, 1, Some(-1)),
            ("aa", "a", 0, -1, 3, Some(-1)),
        ] {
            assert_eq!(place(text, wanted, start, count, occurrence), expected, "{text} {wanted} {start}");
        }
    }
}
