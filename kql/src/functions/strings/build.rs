//! Putting strings together and changing their characters.

use datafusion::arrow::array::ArrayRef;

use crate::call::Function;
use crate::functions::bind::{Want, simple, variadic};
use crate::functions::{Batch, function};
use crate::types::Kind;
use crate::values::json::Json;

/// Times that `strrep` repeats at most.
const MOST_REPEATS: i64 = 1024;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "strcat",
        &[],
        |c| variadic(c, "kql_strcat", Want::Any, 1, Kind::String, strcat),
        ("strcat(value, ...)", "The values as text, one behind the other."),
        Some(("strcat('a', 1, true)", "a1True")),
    ),
    function(
        "strcat_delim",
        &[],
        |c| variadic(c, "kql_strcat_delim", Want::Any, 2, Kind::String, strcat_delim),
        ("strcat_delim(delimiter, value, ...)", "The values as text with a delimiter between."),
        Some(("strcat_delim('-', 'a', 1)", "a-1")),
    ),
    function(
        "strcat_array",
        &["array_strcat"],
        |c| simple(c, "kql_strcat_array", &[Want::Dynamic, Want::Text], 2, Kind::String, strcat_array),
        ("strcat_array(array, delimiter)", "The items of an array as text with a delimiter between."),
        Some(("strcat_array(dynamic([1,'b']), '->')", "1->b")),
    ),
    function(
        "strrep",
        &[],
        |c| simple(c, "kql_strrep", &[Want::Any, Want::Whole, Want::Text], 2, Kind::String, strrep),
        ("strrep(value, times, [delimiter])", "The value as text, repeated at most 1024 times."),
        Some(("strrep('ab', 2, '.')", "ab.ab")),
    ),
    function(
        "replace_string",
        &["replace_str"],
        |c| simple(c, "kql_replace_string", &[Want::Text, Want::Text, Want::Text], 3, Kind::String, replace_string),
        ("replace_string(text, wanted, replacement)", "The text with every occurrence replaced."),
        Some(("replace_string('a.b.c', '.', '-')", "a-b-c")),
    ),
    function(
        "replace_strings",
        &[],
        |c| {
            let wants = [Want::Text, Want::Dynamic, Want::Dynamic];
            simple(c, "kql_replace_strings", &wants, 3, Kind::String, replace_strings)
        },
        (
            "replace_strings(text, wanted, replacements)",
            "The text with every occurrence of each of some strings replaced by its partner.",
        ),
        Some(("replace_strings('a b', dynamic(['a','b']), dynamic(['1','2']))", "1 2")),
    ),
    function(
        "translate",
        &[],
        |c| simple(c, "kql_translate", &[Want::Text, Want::Text, Want::Text], 3, Kind::String, translate),
        ("translate(characters, replacements, text)", "The text with characters replaced by others one by one."),
        Some(("translate('krasp', 'otsku', 'spark')", "kusto")),
    ),
    function(
        "unicode_codepoints_from_string",
        &["to_utf8"],
        |c| {
            simple(c, "kql_codepoints", &[Want::Text], 1, Kind::Dynamic, |b| {
                b.dynamics(|r| Json::Array(b.text(0, r).chars().map(|c| Json::Long(i64::from(u32::from(c)))).collect()))
            })
        },
        ("unicode_codepoints_from_string(text)", "The code points of the characters as an array."),
        Some(("unicode_codepoints_from_string('AB')", "[65,66]")),
    ),
    function(
        "unicode_codepoints_to_string",
        &["make_string"],
        |c| variadic(c, "kql_make_string", Want::Any, 1, Kind::String, make_string),
        ("unicode_codepoints_to_string(codepoint, ...)", "The string of code points, or of arrays of them."),
        Some(("make_string(65, dynamic([66]))", "AB")),
    ),
];

fn strcat(b: &Batch) -> ArrayRef {
    b.texts(|row, out| {
        for i in 0..b.count() {
            b.write(i, row, out);
        }
    })
}

fn strcat_delim(b: &Batch) -> ArrayRef {
    let mut delimiter = String::new();
    b.texts(|row, out| {
        delimiter.clear();
        b.write(0, row, &mut delimiter);
        for i in 1..b.count() {
            if i > 1 {
                out.push_str(&delimiter);
            }
            b.write(i, row, out);
        }
    })
}

fn strcat_array(b: &Batch) -> ArrayRef {
    let mut arrays = b.jsons(0);
    b.texts(|row, out| {
        for (i, item) in arrays.get(row).items().unwrap_or_default().iter().enumerate() {
            if i > 0 {
                out.push_str(b.text(1, row));
            }
            out.push_str(&item.plain());
        }
    })
}

fn strrep(b: &Batch) -> ArrayRef {
    let mut text = String::new();
    b.texts(|row, out| {
        text.clear();
        b.write(0, row, &mut text);
        for i in 0..b.long(1, row).unwrap_or(0).min(MOST_REPEATS) {
            if i > 0 && b.count() > 2 {
                out.push_str(b.text(2, row));
            }
            out.push_str(&text);
        }
    })
}

fn replace_into(text: &str, wanted: &str, replacement: &str, out: &mut String) {
    if wanted.is_empty() {
        out.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(wanted) {
        out.push_str(before);
        out.push_str(replacement);
        rest = after;
    }
    out.push_str(rest);
}

fn replace_string(b: &Batch) -> ArrayRef {
    b.texts(|row, out| replace_into(b.text(0, row), b.text(1, row), b.text(2, row), out))
}

/// A piece of text, and whether it was put in the place of another.
type Piece = (String, bool);

/// Replaces in the pieces that are still as they were; nothing in what matched, when there is no replacement.
fn replace_pieces(pieces: Vec<Piece>, wanted: &str, replacement: Option<&str>) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len());
    for (text, fixed) in pieces {
        if fixed || !text.contains(wanted) {
            out.push((text, fixed));
            continue;
        }
        for (i, part) in text.split(wanted).enumerate() {
            if i > 0 {
                out.push((replacement.unwrap_or(wanted).to_owned(), true));
            }
            out.push((part.to_owned(), false));
        }
    }
    out
}

fn replace_strings(b: &Batch) -> ArrayRef {
    let (mut wanted, mut replacements) = (b.jsons(1), b.jsons(2));
    b.texts(|row, out| {
        let (wanted, replacements) = (wanted.get(row).items(), replacements.get(row).items());
        let mut pieces = vec![(b.text(0, row).to_owned(), false)];
        for (i, wanted) in wanted.unwrap_or_default().iter().enumerate() {
            if let Json::Text(wanted) = wanted
                && !wanted.is_empty()
            {
                let replacement = match replacements.unwrap_or_default().get(i) {
                    Some(Json::Text(text)) => Some(text.as_str()),
                    _ => None,
                };
                pieces = replace_pieces(pieces, wanted, replacement);
            }
        }
        pieces.iter().for_each(|(text, _)| out.push_str(text));
    })
}

fn translate(b: &Batch) -> ArrayRef {
    b.texts(|row, out| {
        let (from, to) = (b.text(0, row), b.text(1, row));
        for c in b.text(2, row).chars() {
            match from.chars().position(|f| f == c) {
                None => out.push(c),
                // The last replacement serves the characters that have none of their own.
                Some(at) => out.extend(to.chars().nth(at).or_else(|| to.chars().next_back())),
            }
        }
    })
}

fn make_string(b: &Batch) -> ArrayRef {
    fn push(value: &Json, out: &mut String) {
        match value {
            Json::Long(n) => out.extend(u32::try_from(*n).ok().and_then(char::from_u32)),
            Json::Array(items) => items.iter().for_each(|i| push(i, out)),
            _ => {}
        }
    }
    b.texts(|row, out| {
        for i in 0..b.count() {
            push(&b.json(i, row), out);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_replaced_stays() {
        let pieces = replace_pieces(vec![("This is".to_owned(), false)], "is", Some("was"));
        let pieces = replace_pieces(pieces, "This", Some("x"));
        let pieces = replace_pieces(pieces, "was", Some("y"));
        assert_eq!(pieces.into_iter().map(|(text, _)| text).collect::<String>(), "Thwas was");
    }
}
