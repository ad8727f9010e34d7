//! `search`.

use super::super::relation::{Relation, field};
use super::super::{Planner, filter, names};
use super::rows::{filtered, plain};
use crate::ast::{BinaryOp, Expr as Ast, ExprKind, Search};
use crate::error::{KqlError, Span};
use crate::types::{Kind, Literal, Typed, text_lit};
use datafusion::logical_expr::{Expr, lit};

/// The column that says the table.
const TABLE: &str = "$table";

impl Planner<'_> {
    /// `T | search ...`.
    pub(super) fn search(&mut self, rows: Relation, search: &Search, span: &Span) -> Result<Relation, KqlError> {
        if search.tables.is_some() {
            return Err(KqlError::syntax(span, "'in' names tables at the beginning of a query only"));
        }
        let rows = self.found(rows, search)?;
        let mut columns = vec![(plain(TABLE, Kind::String), text_lit("search_arg0"))];
        columns.extend(rows.columns.iter().filter(|c| c.name != TABLE).map(|c| (c.clone(), field(&c.name))));
        rows.project(columns)
    }

    /// `search in (A, B) ...` and `search ...` over all tables.
    pub(in super::super) fn search_tables(&mut self, search: &Search, span: &Span) -> Result<Relation, KqlError> {
        let mut tables: Vec<(String, Relation)> = Vec::new();
        match &search.tables {
            None => tables.extend(self.all_tables("*")),
            Some(queries) => {
                for query in queries {
                    match &query.source {
                        crate::ast::Source::Pattern(pattern) => tables.extend(self.all_tables(&pattern.text)),
                        crate::ast::Source::Expr(expr) => {
                            let name = names::inferred(expr).unwrap_or_else(|| format!("search_arg{}", tables.len()));
                            tables.push((name, self.pipeline(query)?));
                        }
                        _ => tables.push((format!("search_arg{}", tables.len()), self.pipeline(query)?)),
                    }
                }
            }
        }
        if tables.is_empty() {
            return Err(KqlError::typed(span, "search has no table to look in; name some: search in (A, B) ..."));
        }
        let mut found = Vec::new();
        for (name, rows) in tables {
            found.push((name, self.found(rows, search)?));
        }
        self.united(found, false, Some(TABLE))
    }

    fn found(&mut self, rows: Relation, search: &Search) -> Result<Relation, KqlError> {
        let condition = self.sought(&rows, &search.predicate, search.case_sensitive)?;
        filtered(rows, filter::simplified(condition))
    }

    /// A predicate in which a text alone is looked for in every column.
    pub(super) fn sought(&mut self, rows: &Relation, predicate: &Ast, cased: bool) -> Result<Expr, KqlError> {
        let span = &predicate.span;
        match &predicate.kind {
            ExprKind::Literal(Kind::String, Literal::String(text)) => {
                let mut any: Option<Expr> = None;
                for column in rows.columns.clone() {
                    let value = self.convert(rows.value(&column), Kind::String, span)?;
                    let hit = self.term(value, text, cased, span)?;
                    any = Some(match any {
                        None => hit,
                        Some(before) => before.or(hit),
                    });
                }
                Ok(any.unwrap_or_else(|| lit(false)))
            }
            ExprKind::Binary(BinaryOp::And, a, b) => Ok(self.sought(rows, a, cased)?.and(self.sought(rows, b, cased)?)),
            ExprKind::Binary(BinaryOp::Or, a, b) => Ok(self.sought(rows, a, cased)?.or(self.sought(rows, b, cased)?)),
            ExprKind::Call(name, arguments) if name.text == "not" => match arguments.as_slice() {
                [inner] => Ok(Expr::Not(Box::new(self.sought(rows, inner, cased)?))),
                _ => Err(KqlError::typed(span, "not() takes one condition")),
            },
            ExprKind::Binary(BinaryOp::Text(":"), column, needle) => {
                let value = self.value(rows, column)?;
                let needle = self.value(rows, needle)?;
                match needle.text().map(str::to_owned) {
                    Some(text) => {
                        let value = self.convert(value, Kind::String, span)?;
                        self.term(value, &text, cased, span)
                    }
                    None => Ok(self.operation(BinaryOp::Equal, value, needle, span)?.expr),
                }
            }
            _ => {
                let value = self.value(rows, predicate)?;
                Ok(self.condition(value, span)?.expr)
            }
        }
    }

    /// A term, which may have `*` at its ends or inside.
    fn term(&mut self, value: Typed, text: &str, cased: bool, span: &Span) -> Result<Expr, KqlError> {
        let suffix = if cased { "_cs" } else { "" };
        let (begins, ends) = (text.starts_with('*'), text.ends_with('*'));
        let inner = text.trim_matches('*');
        if inner.contains('*') {
            let flag = if cased { "" } else { "(?i)" };
            let parts: Vec<String> = text.split('*').map(regex::escape).collect();
            let needle = Typed::of(Literal::String(format!("{flag}(?s){}", parts.join(".*"))), Kind::String);
            return Ok(self.text_operator("matches regex", value, needle, span)?.expr);
        }
        if text == "*" {
            return Ok(lit(true));
        }
        let operator = match (begins, ends) {
            (true, true) => format!("contains{suffix}"),
            (false, true) => format!("hasprefix{suffix}"),
            (true, false) => format!("hassuffix{suffix}"),
            (false, false) => format!("has{suffix}"),
        };
        let needle = Typed::of(Literal::String(inner.to_owned()), Kind::String);
        Ok(self.text_operator(&operator, value, needle, span)?.expr)
    }
}
