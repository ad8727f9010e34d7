//! What `parse` computes: the groups of one regular expression, or, where the pattern consists of plain texts with columns
//! between them, what stands between those texts.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use memchr::memmem::Finder;
use regex::{CaptureLocations, Regex, RegexBuilder};

/// A part of a pattern without regular expressions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// A text that stands there.
    Text(String),
    /// Whatever stands there, up to the next text or to the end; whether it is a column.
    Any(bool),
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    /// As a regular expression.
    pub regex: String,
    /// The same without one, which takes a fraction of the time. No two parts of one sort follow each other.
    pub pieces: Option<Vec<Piece>>,
    /// The number of columns.
    pub groups: usize,
}

/// A struct of the groups `c0`, `c1` ..., all null when nothing matches.
pub fn captured(value: Expr, shape: Shape) -> Expr {
    ScalarUDF::from(Pattern { shape, signature: Signature::any(1, Volatility::Immutable) }).call(vec![value])
}

/// Adds a text, to the one before it where nothing stands between them.
pub fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// The fields of such a struct.
pub fn fields(count: usize) -> Fields {
    (0..count).map(|i| Field::new(format!("c{i}"), DataType::Utf8View, true)).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Pattern {
    shape: Shape,
    signature: Signature,
}

impl ScalarUDFImpl for Pattern {
    fn name(&self) -> &'static str {
        "kql_parse"
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args.iter().map(|a| a.schema_name().to_string()).collect();
        Ok(format!("kql_parse({}, {})", args.join(", "), self.shape.regex))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields(self.shape.groups)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut args = args.args.into_iter();
        let value = args.next().ok_or_else(|| exec_datafusion_err!("a text expected"))?.into_array(rows)?;
        let value = cast(&value, &DataType::Utf8View)?;
        let value = value.as_string_view();
        let mut search = Search::new(&self.shape)?;
        let mut columns: Vec<StringViewBuilder> = (0..self.shape.groups).map(|_| StringViewBuilder::new()).collect();
        let mut found: Vec<&str> = Vec::with_capacity(columns.len());
        for row in 0..rows {
            let text = if value.is_null(row) { "" } else { value.value(row) };
            found.clear();
            let matched = search.find(text, &mut found);
            for (group, column) in columns.iter_mut().enumerate() {
                match matched {
                    true => column.append_value(found.get(group).copied().unwrap_or_default()),
                    false => column.append_null(),
                }
            }
        }
        let arrays: Vec<ArrayRef> = columns.iter_mut().map(|c| Arc::new(c.finish()) as ArrayRef).collect();
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields(self.shape.groups), arrays, None)?)))
    }
}

enum Search<'p> {
    Regex(Regex, CaptureLocations, usize),
    /// The text to find behind what is before it, and whether that is a column; `None` at the end.
    Pieces(Vec<(Option<bool>, Option<Finder<'p>>)>),
}

impl<'p> Search<'p> {
    fn new(shape: &'p Shape) -> Result<Self> {
        let Some(pieces) = &shape.pieces else {
            let regex = RegexBuilder::new(&shape.regex)
                .size_limit(4 << 20)
                .build()
                .map_err(|e| exec_datafusion_err!("parse: {e}"))?;
            let found = regex.capture_locations();
            return Ok(Self::Regex(regex, found, shape.groups));
        };
        let mut steps = Vec::new();
        let mut before = None;
        for piece in pieces {
            match piece {
                Piece::Any(is_column) => before = Some(*is_column),
                Piece::Text(text) => steps.push((before.take(), Some(Finder::new(text)))),
            }
        }
        if before.is_some() {
            steps.push((before, None));
        }
        Ok(Self::Pieces(steps))
    }

    /// The columns of a text, when it matches.
    ///
    /// The first place of each text is the right one: what comes behind it finds all there that it would find behind a
    /// later place, and a shorter column is preferred to a longer one, the first before the second.
    fn find<'t>(&mut self, text: &'t str, columns: &mut Vec<&'t str>) -> bool {
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        match self {
            Self::Regex(regex, found, groups) => {
                if regex.captures_read(found, text).is_none() {
                    return false;
                }
                columns.extend((1..=*groups).map(|g| found.get(g).map_or("", |(from, to)| part(from, to))));
            }
            Self::Pieces(steps) => {
                let mut at = 0;
                for (before, finder) in steps {
                    let rest = text.as_bytes().get(at..).unwrap_or_default();
                    let (skipped, length) = match (&before, finder) {
                        (_, None) => (rest.len(), 0),
                        (Some(_), Some(finder)) => match finder.find(rest) {
                            Some(skipped) => (skipped, finder.needle().len()),
                            None => return false,
                        },
                        (None, Some(finder)) if rest.starts_with(finder.needle()) => (0, finder.needle().len()),
                        (None, Some(_)) => return false,
                    };
                    if *before == Some(true) {
                        columns.push(part(at, at + skipped));
                    }
                    at += skipped + length;
                }
            }
        }
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Every text of up to so many of these letters.
    fn texts(letters: &[&str], most: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..most {
            last = last.iter().flat_map(|t| letters.iter().map(move |l| format!("{t}{l}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn pieces_find_what_the_regular_expression_finds() {
        let text = |t: &str| Piece::Text(t.to_owned());
        let (column, skip) = (Piece::Any(true), Piece::Any(false));
        let patterns = [
            vec![skip.clone(), text("a"), column.clone(), text("b"), column.clone()],
            vec![column.clone(), text("ab"), column.clone(), text("b")],
            vec![text("a"), column.clone(), text("ab"), skip.clone()],
            vec![skip.clone(), text("aa"), column.clone(), text("é"), skip.clone(), text("a"), column.clone()],
            vec![column.clone()],
            vec![column.clone(), text(""), column.clone()],
            vec![text("b"), skip, text("ba"), column],
        ];
        let mut matched = 0;
        for pieces in patterns {
            let mut regex = "(?s)\\A".to_owned();
            for (position, piece) in pieces.iter().enumerate() {
                let is_last = position + 1 == pieces.len();
                regex.push_str(&match piece {
                    Piece::Text(t) => regex::escape(t),
                    Piece::Any(true) => if is_last { "(.*)\\z" } else { "(.*?)" }.to_owned(),
                    Piece::Any(false) => if is_last { ".*" } else { ".*?" }.to_owned(),
                });
            }
            let groups = pieces.iter().filter(|p| **p == Piece::Any(true)).count();
            let plain = Shape { regex: regex.clone(), pieces: None, groups };
            let quick = Shape { pieces: Some(pieces), ..plain.clone() };
            let (mut plain, mut quick) = (Search::new(&plain).unwrap(), Search::new(&quick).unwrap());
            for text in texts(&["a", "b", "é"], 7) {
                let (mut expected, mut found) = (Vec::new(), Vec::new());
                let matches = plain.find(&text, &mut expected);
                assert_eq!(quick.find(&text, &mut found), matches, "{regex} {text}");
                matched += usize::from(matches);
                if matches {
                    assert_eq!(found, expected, "{regex} {text}");
                }
            }
        }
        assert!(matched > 1000, "{matched}");
    }
}
