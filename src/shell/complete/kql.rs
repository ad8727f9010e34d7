//! What fits a place of a query in KQL.

use super::vocabulary::Vocabulary;
use super::{Candidate, Kind, Pool, keywords};
use crate::engine::lex::{Dialect, Token, TokenKind, tokens};

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
    if let Some(semicolon) = left.iter().rposition(|t| t.is_symbol(";")) {
        left.drain(..=semicolon);
    }
    left.retain(|t| t.kind != TokenKind::Comment);
    let start = typed.map_or(cursor, |t| t.start);
    (start, candidates(&left, typed.as_ref(), vocabulary))
}

fn candidates(left: &[Token<'_>], typed: Option<&Token<'_>>, vocabulary: &Vocabulary) -> Vec<Candidate> {
    let text = typed.map_or("", |t| t.text);
    let is_table = |t: &Token<'_>| t.kind == TokenKind::Word && vocabulary.table(None, t.text).is_some();
    let table = left.iter().find(|t| is_table(t)).and_then(|t| vocabulary.table(None, t.text));
    if typed.is_some_and(|t| t.kind == TokenKind::Text) {
        let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let Some(quote) = quote else { return Vec::new() };
        return values(left, text.get(1..).unwrap_or_default(), quote, table.map(|t| t.name.as_str()), vocabulary);
    }
    let mut pool = Pool::new(text);
    let words = |list: &[&str], pool: &mut Pool<'_>| {
        list.iter().for_each(|w| pool.beginning(w, (*w).to_owned(), (*w).to_owned(), Kind::Keyword));
    };
    let Some(last) = left.last() else {
        for table in vocabulary.tables.iter().filter(|t| t.schema.is_none()) {
            pool.add(&table.name, table.name.clone(), table.name.clone(), Kind::Table);
        }
        words(&["let", "print", "union"], &mut pool);
        return pool.sorted();
    };
    if last.is_symbol("|") {
        words(keywords::KQL, &mut pool);
        return pool.sorted();
    }
    if last.is_symbol("(") || ["union", "join", "lookup"].iter().any(|k| last.is(k)) {
        for table in vocabulary.tables.iter().filter(|t| t.schema.is_none()) {
            pool.add(&table.name, table.name.clone(), table.name.clone(), Kind::Table);
        }
    }
    let mut found = values(left, text, '\'', table.map(|t| t.name.as_str()), vocabulary);
    for column in table.iter().flat_map(|t| &t.columns) {
        pool.add(&column.name, column.name.clone(), format!("{} {}", column.name, column.type_name), Kind::Column);
    }
    for f in vocabulary.functions.iter().filter(|f| f.own || !text.is_empty()) {
        pool.add(&f.name, format!("{}(", f.name), f.signature.clone(), Kind::Function);
    }
    words(keywords::KQL_INNER, &mut pool);
    found.extend(pool.sorted());
    found
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
    const WORDS: &[&str] = &["has", "contains", "startswith", "endswith"];
    let column = match left {
        [.., column, operator]
            if COMPARES.iter().any(|c| operator.is_symbol(c)) || WORDS.iter().any(|w| operator.is(w)) =>
        {
            column
        }
        _ => {
            // `column in ('a', 'b'`
            let open = left.iter().rposition(|t| t.is_symbol("("));
            match open.and_then(|o| left.get(..o)) {
                Some([.., column, operator]) if operator.is("in") => column,
                _ => return Vec::new(),
            }
        }
    };
    let mut pool = Pool::new(typed);
    for value in vocabulary.values.get(table, column.text).iter() {
        let escaped = value.replace('\\', "\\\\").replace(quote, &format!("\\{quote}"));
        pool.add(value, format!("{quote}{escaped}{quote}"), value.clone(), Kind::Value);
    }
    pool.sorted()
}
