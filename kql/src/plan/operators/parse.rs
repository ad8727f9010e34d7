//! `parse`, `parse-where` and `parse-kv`.

use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, when};
use regex::RegexBuilder;

use super::super::Planner;
use super::super::relation::{Relation, field};
use super::columns::with_columns;
use super::rows::filtered;
use crate::ast::{Name, Parse, ParseKind, ParseKv, ParsePart};
use crate::error::{KqlError, Span};
use crate::kernels::pattern::{self, Piece, Shape};
use crate::kernels::{never_null, pairs};
use crate::types::{Kind, Literal, Typed, scalar};

impl Planner<'_> {
    pub(super) fn parse(&mut self, rows: Relation, parse: &Parse, span: &Span) -> Result<Relation, KqlError> {
        let value = self.value(&rows, &parse.value)?;
        let value = self.convert(value, Kind::String, &parse.value.span)?;
        let (shape, columns) = regular(parse, span)?;
        if columns.is_empty() {
            return Err(KqlError::typed(span, "this pattern has no column"));
        }
        // Tried here, so that the error has a place.
        RegexBuilder::new(&shape.regex)
            .size_limit(4 << 20)
            .build()
            .map_err(|e| KqlError::typed(span, format!("this pattern is no regular expression: {e}")))?;
        let found = self.fresh("parsed");
        let rows = rows.hide(vec![(found.clone(), pattern::captured(value.expr, shape))])?;
        let capture = |i: usize| Typed::new(get_field(field(&found), format!("c{i}").as_str()), Kind::String);
        let mut converted = Vec::new();
        // A capture is null when nothing matched.
        let mut good: Expr = capture(0).expr.is_not_null();
        for (position, (name, kind)) in columns.iter().enumerate() {
            let value = capture(position);
            let value = match kind {
                Kind::String => value,
                kind => self.convert(value, *kind, &name.span)?,
            };
            if *kind != Kind::String && parse.kind != ParseKind::Relaxed {
                good = good.and(value.expr.clone().is_not_null());
            }
            converted.push((name.text.clone(), value));
        }
        let strict = parse.kind == ParseKind::Simple || parse.kind == ParseKind::Regex;
        let added: Vec<(String, Typed)> = converted
            .into_iter()
            .map(|(name, value)| {
                let expr = if strict {
                    let nothing = Expr::Literal(scalar(&Literal::Null, value.kind), None);
                    when(good.clone(), value.expr).otherwise(nothing)?
                } else {
                    value.expr
                };
                let expr = if value.kind == Kind::String { never_null::call(expr) } else { expr };
                Ok((name, Typed::new(expr, value.kind)))
            })
            .collect::<Result<_, KqlError>>()?;
        let rows = if parse.filter { filtered(rows, good)? } else { rows };
        with_columns(rows, added)
    }

    pub(super) fn parse_kv(&mut self, rows: Relation, parse: &ParseKv, span: &Span) -> Result<Relation, KqlError> {
        let value = self.value(&rows, &parse.value)?;
        let value = self.convert(value, Kind::String, &parse.value.span)?;
        let mut options = pairs::Options {
            keys: parse.columns.iter().map(|(n, _)| n.text.clone()).collect(),
            ..pairs::Options::default()
        };
        for (name, expr) in &parse.options {
            let constant = self.constant(expr)?;
            let text = constant.text().map(str::to_owned);
            let missing = || KqlError::typed(&expr.span, format!("{} is a text", name.text));
            match name.text.as_str() {
                "pair_delimiter" => options.pair = text.ok_or_else(missing)?,
                "kv_delimiter" => options.value = text.ok_or_else(missing)?,
                "quote" => options.quotes = text.ok_or_else(missing)?,
                "escape" => options.escape = text.ok_or_else(missing)?.chars().next(),
                "regex" => options.regex = Some(text.ok_or_else(missing)?),
                "greedy" => match constant.literal {
                    Some(Literal::Bool(greedy)) => options.greedy = greedy,
                    _ => return Err(KqlError::typed(&expr.span, "greedy is true or false")),
                },
                other => {
                    let known = ["pair_delimiter", "kv_delimiter", "quote", "escape", "regex", "greedy"];
                    return Err(KqlError::unknown("option of parse-kv", other, &name.span, known));
                }
            }
        }
        options.checked().map_err(|e| KqlError::typed(span, e))?;
        let found = self.fresh("parsed");
        let rows = rows.hide(vec![(found.clone(), pairs::read(value.expr, options))])?;
        let mut added = Vec::new();
        for (position, (name, kind)) in parse.columns.iter().enumerate() {
            let text = Typed::new(get_field(field(&found), format!("c{position}").as_str()), Kind::String);
            let value = match kind {
                Kind::String => Typed::new(never_null::call(text.expr), Kind::String),
                kind => self.convert(text, *kind, &name.span)?,
            };
            added.push((name.text.clone(), value));
        }
        with_columns(rows, added)
    }
}

/// The pattern as one regular expression, and its columns.
fn regular(parse: &Parse, span: &Span) -> Result<(Shape, Vec<(Name, Kind)>), KqlError> {
    let is_regex = parse.kind == ParseKind::Regex;
    let mut flags = "s".to_owned();
    if let Some(given) = &parse.flags {
        if !is_regex {
            return Err(KqlError::typed(&given.span, "flags belong to kind=regex"));
        }
        if let Some(flag) = given.text.chars().find(|c| !matches!(c, 'i' | 'm' | 's' | 'U' | 'u')) {
            return Err(KqlError::typed(&given.span, format!("'{flag}' is no flag; expected i, m, s or U")));
        }
        flags = given.text.replace('u', "");
        if !flags.contains('s') {
            flags.push('s');
        }
    }
    let mut text = format!(r"(?{flags})\A");
    let mut columns: Vec<(Name, Kind)> = Vec::new();
    let (mut after_column, mut after_number) = (false, false);
    // Left out where it takes more than plain texts.
    let mut pieces: Option<Vec<Piece>> = (!is_regex).then(Vec::new);
    let any = if is_regex { "(.*)" } else { "(.*?)" };
    for (position, part) in parse.parts.iter().enumerate() {
        let is_last = position + 1 == parse.parts.len();
        match part {
            ParsePart::Skip => {
                // Behind a column that takes all there is, nothing is left to skip.
                if !after_column || is_last || after_number {
                    text.push_str(if is_last { ".*" } else { ".*?" });
                    if after_column {
                        pieces = None;
                    }
                    if let Some(pieces) = pieces.as_mut().filter(|p| !matches!(p.last(), Some(Piece::Any(_)))) {
                        pieces.push(Piece::Any(false));
                    }
                }
                after_column = false;
            }
            ParsePart::Text(constant) => {
                match is_regex {
                    true => {
                        // A group of the constant's own would be taken for a column.
                        text.push_str("(?:");
                        text.push_str(&without_groups(constant));
                        text.push(')');
                    }
                    false => text.push_str(&regex::escape(constant)),
                }
                if let Some(pieces) = &mut pieces {
                    pattern::push_text(pieces, constant);
                }
                after_column = false;
            }
            ParsePart::Column(name, kind) => {
                if after_column {
                    return Err(KqlError::typed(&name.span, "between two columns stands a text or *"));
                }
                if columns.iter().any(|(n, _)| n.text == name.text) {
                    return Err(KqlError::typed(&name.span, format!("the column '{}' is there twice", name.text)));
                }
                let before_skip = matches!(parse.parts.get(position + 1), Some(ParsePart::Skip));
                // A number ends by itself where no text says its end.
                let number = match kind {
                    _ if !is_regex && !before_skip => None,
                    Kind::Int | Kind::Long => Some(r"([+-]?\d+)"),
                    Kind::Real | Kind::Decimal => Some(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"),
                    _ => None,
                };
                after_number = number.is_some();
                pieces = pieces.filter(|p| number.is_none() && !matches!(p.last(), Some(Piece::Any(_))));
                if let Some(pieces) = &mut pieces {
                    pieces.push(Piece::Any(true));
                }
                match number {
                    Some(number) => text.push_str(number),
                    None => text.push_str(if is_last { r"(.*)\z" } else { any }),
                }
                columns.push((name.clone(), *kind));
                after_column = true;
            }
        }
    }
    if parse.parts.is_empty() {
        return Err(KqlError::syntax(span, "parse needs a pattern"));
    }
    Ok((Shape { regex: text, pieces, groups: columns.len() }, columns))
}

/// Capturing groups of a constant made plain.
fn without_groups(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut escaped, mut class) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class && chars.peek() != Some(&'?') => out.push_str("?:"),
            _ => {}
        }
    }
    out
}
