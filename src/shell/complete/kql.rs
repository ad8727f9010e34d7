//! What fits a place of a query in KQL.

use tunnelql_kql::aggregates::AGGREGATES;
use tunnelql_kql::functions::FUNCTIONS;

use super::pipeline::Place;
use super::vocabulary::Vocabulary;
use super::{Candidate, Kind, Pool, keywords};
use crate::engine::lex::{Dialect, Token, TokenKind, tokens};

/// Operators whose items sum up rows.
const SUMMING: &[&str] = &["summarize", "make-series", "top-nested", "evaluate"];
/// Operators behind whose name a table is expected.
const JOINING: &[&str] = &["join", "lookup", "union"];

/// Completes at `cursor`.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary) -> (usize, Vec<Candidate>) {
    let before = text.get(..cursor).unwrap_or_default();
    let mut left = tokens(before, Dialect::Kql);
    let typed = match left.last() {
        Some(last) if last.end() == before.len() => match last.kind {
            TokenKind::Comment | TokenKind::Number => return (cursor, Vec::new()),
            TokenKind::Word => left.pop(),
            TokenKind::Text if !last.closed => left.pop(),
            _ => None,
        },
        _ => None,
    };
    left.retain(|t| t.kind != TokenKind::Comment);
    let start = typed.map_or(cursor, |t| t.start);
    let place = Place::of(before, &left, vocabulary);
    (start, candidates(&left, &place, typed.as_ref(), vocabulary))
}

fn candidates(
    left: &[Token<'_>],
    place: &Place<'_>,
    typed: Option<&Token<'_>>,
    vocabulary: &Vocabulary,
) -> Vec<Candidate> {
    let text = typed.map_or("", |t| t.text);
    if typed.is_some_and(|t| t.kind == TokenKind::Text) {
        let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let Some(quote) = quote else { return Vec::new() };
        return values(left, text.get(1..).unwrap_or_default(), quote, place.table.as_deref(), vocabulary);
    }
    let mut pool = Pool::new(text);
    let Some(first) = place.operator.first() else {
        match place.piped {
            true => words(keywords::KQL, &mut pool),
            false => {
                tables(place, vocabulary, &mut pool);
                words(keywords::KQL_SOURCES, &mut pool);
            }
        }
        return pool.sorted();
    };
    if !place.piped {
        // A source is written; what could follow it begins with a bar.
        tables(place, vocabulary, &mut pool);
        functions(false, text, &mut pool);
        words(keywords::KQL_INNER, &mut pool);
        return pool.sorted();
    }
    let operator = first.text;
    let last = place.operator.last().unwrap_or(first);
    let alone = place.operator.len() == 1;
    if let Some(found) = parameters(operator, place, &mut pool) {
        return match found {
            true => pool.sorted(),
            false => Vec::new(),
        };
    }
    if alone {
        match operator {
            "sort" | "order" | "partition" => words(&["by"], &mut pool),
            "render" => words(keywords::KQL_CHARTS, &mut pool),
            "evaluate" => words(&["bag_unpack(", "pivot(", "narrow()"], &mut pool),
            "as" | "count" | "getschema" => return Vec::new(),
            _ => {}
        }
        if matches!(operator, "sort" | "order" | "partition" | "render" | "evaluate") {
            return pool.sorted();
        }
    }
    if JOINING.contains(&operator) && (alone || last.is_symbol("(") || last.is_symbol(",")) && !has_word(place, "on") {
        tables(place, vocabulary, &mut pool);
    }
    match (operator, last) {
        ("sort" | "order" | "top", last) if ends_operand(last) && !last.is("by") => {
            words(&["asc", "desc", "nulls first", "nulls last", "by"], &mut pool);
        }
        ("join" | "lookup", last) if has_word(place, "on") && (last.is("on") || last.is_symbol(",")) => {
            words(&["$left.", "$right."], &mut pool);
        }
        _ => {}
    }
    let mut found = values(left, text, '\'', place.table.as_deref(), vocabulary);
    columns(place, vocabulary, &mut pool);
    functions(SUMMING.contains(&operator), text, &mut pool);
    words(inner(operator), &mut pool);
    for name in &place.bound {
        pool.add(name, name.clone(), name.clone(), Kind::Relation);
    }
    found.extend(pool.sorted());
    found
}

/// Words that stand inside an operator.
fn inner(operator: &str) -> &'static [&'static str] {
    match operator {
        "summarize" | "top" | "top-nested" | "partition" => &["by", "and", "or", "in", "with others ="],
        "project" | "extend" | "distinct" | "serialize" => &["and", "or", "in", "has", "contains"],
        "sort" | "order" => &["by", "asc", "desc", "nulls first", "nulls last"],
        "make-series" => &["on", "from", "to", "step", "by", "default ="],
        "join" | "lookup" => &["on"],
        "parse" | "parse-where" | "parse-kv" => &["with", "as"],
        "mv-expand" | "mv-apply" => &["to typeof(", "on", "limit"],
        "render" => &["with ("],
        "sample-distinct" => &["of"],
        "project-reorder" => &["asc", "desc"],
        _ => keywords::KQL_INNER,
    }
}

/// `kind=`, `hint.strategy=` and their values. `Some(false)` where nothing known can stand.
fn parameters(operator: &str, place: &Place<'_>, pool: &mut Pool<'_>) -> Option<bool> {
    let (names, kinds): (&[&str], &[&str]) = match operator {
        "join" => (&["kind=", "hint.strategy=", "hint.remote="], keywords::KQL_JOINS),
        "lookup" => (&["kind="], &["leftouter", "inner"]),
        "union" => (&["kind=", "withsource=", "isfuzzy="], &["outer", "inner"]),
        "parse" | "parse-where" => (&["kind=", "flags="], &["simple", "relaxed", "regex"]),
        "mv-expand" | "mv-apply" => (&["kind=", "bagexpansion=", "with_itemindex="], &["array", "bag"]),
        "make-series" => (&["kind="], &["nonempty"]),
        "search" => (&["kind=", "in ("], &["case_sensitive", "case_insensitive"]),
        "render" => (&[], &["default", "unstacked", "stacked", "stacked100"]),
        _ => return None,
    };
    match place.operator.as_slice() {
        [.., key, sign] if sign.is_symbol("=") => match key.text {
            "kind" | "bagexpansion" => words(kinds, pool),
            "isfuzzy" => words(&["true", "false"], pool),
            "strategy" => words(&["shuffle", "broadcast"], pool),
            "legend" => words(&["visible", "hidden"], pool),
            "xcolumn" | "ycolumns" | "series" => {
                for (name, _) in place.columns.iter().flatten() {
                    pool.add(name, name.clone(), name.clone(), Kind::Column);
                }
            }
            _ => return None,
        },
        [_, .., with, open] if operator == "render" && with.is("with") && open.is_symbol("(") => {
            words(keywords::KQL_RENDER, pool);
        }
        [_, _, .., last] if operator == "render" && last.is_symbol(",") => words(keywords::KQL_RENDER, pool),
        [_] => {
            words(names, pool);
            return None;
        }
        _ => return None,
    }
    Some(true)
}

fn has_word(place: &Place<'_>, word: &str) -> bool {
    place.operator.iter().any(|t| t.is(word))
}

fn ends_operand(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::Text | TokenKind::Number) || token.is_symbol(")")
}

fn words(list: &[&str], pool: &mut Pool<'_>) {
    list.iter().for_each(|w| pool.beginning(w, (*w).to_owned(), (*w).to_owned(), Kind::Keyword));
}

fn tables(place: &Place<'_>, vocabulary: &Vocabulary, pool: &mut Pool<'_>) {
    for table in vocabulary.tables.iter().filter(|t| t.schema.is_none()) {
        pool.add(&table.name, name(&table.name), table.name.clone(), Kind::Table);
    }
    for bound in &place.bound {
        pool.add(bound, bound.clone(), bound.clone(), Kind::Relation);
    }
}

/// The columns at the place; of the table where the query before the place cannot be planned.
fn columns(place: &Place<'_>, vocabulary: &Vocabulary, pool: &mut Pool<'_>) {
    let mut add = |column: &str, type_name: &str| {
        pool.add(column, name(column), format!("{column} {type_name}"), Kind::Column);
    };
    match &place.columns {
        Some(columns) => columns.iter().for_each(|(column, kind)| add(column, kind)),
        None => {
            let table = place.table.as_deref().and_then(|t| vocabulary.table(None, t));
            table.iter().flat_map(|t| &t.columns).for_each(|c| add(&c.name, &c.type_name));
        }
    }
}

/// A name as KQL takes it.
fn name(name: &str) -> String {
    let plain =
        name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    match plain && !name.is_empty() {
        true => name.to_owned(),
        false => format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

fn functions(summing: bool, text: &str, pool: &mut Pool<'_>) {
    if summing {
        for aggregate in AGGREGATES.iter() {
            let syntax = aggregate.doc.syntax.to_owned();
            pool.add(aggregate.name, format!("{}(", aggregate.name), syntax, Kind::Function);
        }
    }
    // Two hundred names are no answer to nothing.
    if text.is_empty() {
        return;
    }
    for function in FUNCTIONS.iter() {
        pool.add(function.name, format!("{}(", function.name), function.doc.syntax.to_owned(), Kind::Function);
    }
}

/// Values of the column that is compared.
fn values(
    left: &[Token<'_>],
    typed: &str,
    quote: char,
    table: Option<&str>,
    vocabulary: &Vocabulary,
) -> Vec<Candidate> {
    const COMPARES: &[&str] = &["==", "!=", "=~", "!~"];
    const WORDS: &[&str] = &[
        "has",
        "has_cs",
        "contains",
        "contains_cs",
        "startswith",
        "startswith_cs",
        "endswith",
        "endswith_cs",
        "hasprefix",
        "hassuffix",
    ];
    const LISTS: &[&str] = &["in", "has_any", "has_all"];
    // `!has`, `in~` and the like come as two tokens.
    let column = |tokens: &[Token<'_>]| -> Option<String> {
        let tokens = match tokens {
            [rest @ .., sign] if sign.is_symbol("!") => rest,
            all => all,
        };
        tokens.last().filter(|t| t.kind == TokenKind::Word).map(|t| t.text.to_owned())
    };
    let without_tilde = |tokens: &'_ [Token<'_>]| match tokens {
        [.., tilde] if tilde.is_symbol("~") => tokens.len() - 1,
        all => all.len(),
    };
    let is = |token: &Token<'_>, list: &[&str]| {
        let word = token.text.trim_start_matches('!').trim_end_matches('~');
        list.iter().any(|w| word.eq_ignore_ascii_case(w))
    };
    let found = match left {
        [rest @ .., operator]
            if COMPARES.iter().any(|c| operator.is_symbol(c))
                || operator.kind == TokenKind::Word && is(operator, WORDS) =>
        {
            column(rest)
        }
        _ => {
            // `column in ('a', 'b'`
            let open = left.iter().rposition(|t| t.is_symbol("("));
            open.and_then(|o| left.get(..o)).and_then(|before| {
                let before = before.get(..without_tilde(before))?;
                match before {
                    [rest @ .., operator] if is(operator, LISTS) => column(rest),
                    _ => None,
                }
            })
        }
    };
    let Some(found) = found else { return Vec::new() };
    let mut pool = Pool::new(typed);
    for value in vocabulary.values.get(table, &found).iter() {
        let escaped = value.replace('\\', "\\\\").replace(quote, &format!("\\{quote}"));
        pool.add(value, format!("{quote}{escaped}{quote}"), value.clone(), Kind::Value);
    }
    pool.sorted()
}
