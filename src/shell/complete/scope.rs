//! Which tables, with which columns, a place in a statement sees. Tolerant: the statement is being written.

use std::ops::Range;

use super::keywords::is_reserved;
use super::vocabulary::Vocabulary;
use crate::engine::lex::{Token, TokenKind};

/// Subqueries in subqueries are followed so deep.
const DEEPEST: usize = 12;

/// Behind a bracket that follows one of these stands a query.
const QUERY_AFTER: &[&str] = &["FROM", "JOIN", "EXISTS", "AS", "LATERAL"];

/// Columns that are kept of a query.
const WIDEST: usize = 2_000;

/// A table of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// What columns are qualified with: its alias, or its name.
    pub alias: String,
    /// The table of the vocabulary that it is.
    pub table: Option<String>,
    /// Columns with their types.
    pub columns: Vec<(String, String)>,
}

/// A statement's tokens without comments.
pub struct Statement<'t, 'v> {
    pub code: &'t [Token<'t>],
    vocabulary: &'v Vocabulary,
    /// Where the bracket that a token is, is closed or opened.
    pairs: Vec<Option<usize>>,
    /// Tables that a WITH makes.
    named: Vec<Relation>,
}

impl<'t, 'v> Statement<'t, 'v> {
    pub fn new(code: &'t [Token<'t>], vocabulary: &'v Vocabulary) -> Self {
        let mut pairs = vec![None; code.len()];
        let mut open = Vec::new();
        for (i, token) in code.iter().enumerate() {
            if token.is_symbol("(") {
                open.push(i);
            } else if token.is_symbol(")")
                && let Some(from) = open.pop()
            {
                if let Some(pair) = pairs.get_mut(from) {
                    *pair = Some(i);
                }
                if let Some(pair) = pairs.get_mut(i) {
                    *pair = Some(from);
                }
            }
        }
        let mut out = Self { code, vocabulary, pairs, named: Vec::new() };
        out.find_named();
        out
    }

    pub fn at(&self, index: usize) -> Option<&'t Token<'t>> {
        self.code.get(index)
    }

    /// The bracket that closes the one at `index`, or the end.
    fn close(&self, index: usize) -> usize {
        self.pairs.get(index).copied().flatten().filter(|c| *c > index).unwrap_or(self.code.len())
    }

    /// What follows `index` on its level. A bracket that is not closed yet hides nothing of what stands behind it.
    fn step(&self, index: usize) -> usize {
        self.pairs.get(index).copied().flatten().filter(|c| *c > index).unwrap_or(index) + 1
    }

    /// Where the bracket at `index` is closed, or the end.
    pub fn scope_close(&self, index: usize) -> usize {
        self.close(index)
    }

    /// The token before `index` on its level: a bracket that is closed before it is stepped over.
    pub fn before(&self, index: usize) -> Option<usize> {
        let previous = index.checked_sub(1)?;
        match self.at(previous) {
            Some(t) if t.is_symbol(")") => self.pairs.get(previous).copied().flatten(),
            other => other.map(|_| previous),
        }
    }

    /// The SELECT around `index`: from behind its bracket, between set operations.
    pub fn scope(&self, index: usize) -> Range<usize> {
        let mut start = 0;
        let mut end = self.code.len();
        for (i, token) in self.code.iter().enumerate().take(index) {
            let inner = || {
                let begun = self.at(i + 1).is_some_and(|t| t.is("SELECT") || t.is("WITH") || t.is("VALUES"));
                // Nothing is written yet; only a query can stand there.
                let before = i.checked_sub(1).and_then(|b| self.at(b));
                let empty = i + 1 == index && before.is_none_or(|t| QUERY_AFTER.iter().any(|k| t.is(k)));
                begun || empty
            };
            if token.is_symbol("(") && self.close(i) >= index && inner() {
                (start, end) = (i + 1, self.close(i));
            }
        }
        let mut i = start;
        while i < end {
            let Some(token) = self.at(i) else { break };
            if token.is("UNION") || token.is("EXCEPT") || token.is("INTERSECT") {
                if i >= index {
                    return start..i;
                }
                start = i + 1;
            }
            i = self.step(i);
        }
        start..end
    }

    /// The tables of a SELECT.
    pub fn relations(&self, range: Range<usize>) -> Vec<Relation> {
        self.relations_to(range, 0)
    }

    fn relations_to(&self, range: Range<usize>, depth: usize) -> Vec<Relation> {
        let mut out = Vec::new();
        if depth > DEEPEST {
            return out;
        }
        let (mut i, mut listing) = (range.start, false);
        while i < range.end {
            let Some(token) = self.at(i) else { break };
            if token.is("FROM") || token.is("JOIN") || (listing && token.is_symbol(",")) {
                listing = true;
                i = self.relation(i + 1, range.end, depth, &mut out);
                continue;
            }
            let ends = ["WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "QUALIFY", "SELECT"];
            if ends.iter().any(|k| token.is(k)) {
                listing = false;
            }
            i = self.step(i);
        }
        out
    }

    /// Reads one table from `i` on, and returns where it ends.
    fn relation(&self, mut i: usize, end: usize, depth: usize, out: &mut Vec<Relation>) -> usize {
        if self.at(i).is_some_and(|t| t.is("LATERAL")) {
            i += 1;
        }
        let Some(first) = self.at(i).filter(|_| i < end) else { return i };
        let mut relation = Relation { alias: String::new(), table: None, columns: Vec::new() };
        if first.is_symbol("(") {
            let close = self.close(i);
            let inner = i + 1..close.min(end);
            if self.at(i + 1).is_some_and(|t| t.is("SELECT") || t.is("WITH")) {
                relation.columns = self.selected(inner, depth + 1);
            } else {
                self.relation(i + 1, inner.end, depth + 1, out);
                out.extend(self.relations_to(inner, depth + 1));
            }
            i = close + 1;
        } else {
            let Some(mut name) = name(first) else { return i };
            let mut schema = None;
            i += 1;
            while self.at(i).is_some_and(|t| t.is_symbol(".") && i < end) {
                let Some(part) = self.at(i + 1).and_then(self::name) else { break };
                schema = Some(std::mem::replace(&mut name, part));
                i += 2;
            }
            if self.at(i).is_some_and(|t| t.is_symbol("(")) {
                i = self.step(i);
            }
            let made = self.named.iter().rev().find(|n| schema.is_none() && n.alias.eq_ignore_ascii_case(&name));
            if let Some(made) = made {
                relation.columns.clone_from(&made.columns);
            } else if let Some(table) = self.vocabulary.table(schema.as_deref(), &name) {
                relation.columns = table.columns.iter().map(|c| (c.name.clone(), c.type_name.clone())).collect();
                relation.table = Some(table.name.clone());
            }
            relation.alias = name;
        }
        if self.at(i).is_some_and(|t| t.is("AS")) {
            i += 1;
        }
        if let Some(alias) = self.at(i).filter(|_| i < end).and_then(name) {
            relation.alias = alias;
            i += 1;
        }
        if !relation.alias.is_empty() {
            out.push(relation);
        }
        i
    }

    /// The columns that a query gives.
    fn selected(&self, range: Range<usize>, depth: usize) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        if depth > DEEPEST {
            return out;
        }
        // The query's own SELECT, behind a WITH.
        let mut i = range.start;
        while i < range.end && !self.at(i).is_some_and(|t| t.is("SELECT")) {
            i = self.step(i);
        }
        let mut item = i + 1..i + 1;
        if self.at(item.start).is_some_and(|t| t.is("DISTINCT") || t.is("ALL")) {
            item = i + 2..i + 2;
        }
        let relations = self.relations_to(i..range.end, depth);
        i = item.start;
        loop {
            let token = self.at(i).filter(|_| i < range.end);
            if token.is_none_or(|t| t.is_symbol(",") || t.is("FROM") || t.is("UNION")) {
                item.end = i;
                self.item(item.clone(), &relations, &mut out);
                // Stars of stars double with each WITH.
                out.truncate(WIDEST);
                item = i + 1..i + 1;
                if token.is_none_or(|t| !t.is_symbol(",")) {
                    return out;
                }
            }
            i = self.step(i);
        }
    }

    /// The names that an item of a SELECT gives.
    fn item(&self, range: Range<usize>, relations: &[Relation], out: &mut Vec<(String, String)>) {
        let tokens = self.code.get(range).unwrap_or_default();
        match tokens {
            [star] if star.is_symbol("*") => relations.iter().for_each(|r| out.extend(r.columns.iter().cloned())),
            [table, dot, star] if dot.is_symbol(".") && star.is_symbol("*") => {
                let of = relations.iter().filter(|r| table.name().is_some_and(|n| r.alias.eq_ignore_ascii_case(&n)));
                of.for_each(|r| out.extend(r.columns.iter().cloned()));
            }
            [.., last] => {
                let Some(name) = name(last) else { return };
                let plain = tokens.iter().rev().skip(1).step_by(2).all(|t| t.is_symbol(".")) && tokens.len() % 2 == 1;
                let known = relations.iter().flat_map(|r| &r.columns).find(|(c, _)| c.eq_ignore_ascii_case(&name));
                let type_name = known.filter(|_| plain).map(|(_, t)| t.clone()).unwrap_or_default();
                out.push((name, type_name));
            }
            [] => {}
        }
    }

    /// Finds what every WITH makes.
    fn find_named(&mut self) {
        let mut i = 0;
        while let Some(token) = self.at(i) {
            i += 1;
            if !token.is("WITH") {
                continue;
            }
            if self.at(i).is_some_and(|t| t.is("RECURSIVE")) {
                i += 1;
            }
            while let Some(name) = self.at(i).and_then(name) {
                i += 1;
                let mut given = Vec::new();
                if self.at(i).is_some_and(|t| t.is_symbol("(")) {
                    let list = self.code.get(i + 1..self.close(i)).unwrap_or_default();
                    given = list.iter().filter_map(|t| Some((self::name(t)?, String::new()))).collect();
                    i = self.close(i) + 1;
                }
                while self.at(i).is_some_and(|t| t.is("AS") || t.is("NOT") || t.is("MATERIALIZED")) {
                    i += 1;
                }
                if !self.at(i).is_some_and(|t| t.is_symbol("(")) {
                    break;
                }
                let close = self.close(i);
                let columns = if given.is_empty() { self.selected(i + 1..close, 1) } else { given };
                self.named.push(Relation { alias: name, table: None, columns });
                if !self.at(close + 1).is_some_and(|t| t.is_symbol(",")) {
                    // What stands in the brackets may have a WITH of its own.
                    break;
                }
                i = close + 2;
            }
        }
    }

    /// Names of tables that a WITH makes.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|n| n.alias.as_str())
    }
}

/// A name; keywords are none.
fn name(token: &Token<'_>) -> Option<String> {
    token.name().filter(|_| token.kind == TokenKind::Quoted || !is_reserved(token.text))
}
