//! `find`: rows of several tables in which something is found.
//!
//! A table that has none of the columns that the predicate names is left out; a column that a table lacks is null in it.

use datafusion::logical_expr::Expr;

use super::super::relation::{Column, Relation, field};
use super::super::{Planner, filter};
use super::columns::select;
use super::rows::{filtered, plain};
use crate::ast::{Expr as Ast, ExprKind, Find, Pipeline, Source};
use crate::error::{KqlError, Span};
use crate::types::{Kind, Literal, Typed};

/// The column that says the table, unless the query names it.
const SOURCE: &str = "source_";
/// The column that holds what has no column of its own.
const PACK: &str = "pack_";

impl Planner<'_> {
    pub(in super::super) fn find(&mut self, find: &Find, span: &Span) -> Result<Relation, KqlError> {
        let mut tables: Vec<(String, Relation)> = Vec::new();
        match &find.tables {
            None => tables.extend(self.all_tables("*")),
            Some(queries) => {
                for query in queries {
                    self.find_in(query, &mut tables)?;
                }
            }
        }
        if tables.is_empty() {
            return Err(KqlError::typed(span, "find has no table to look in; name some: find in (A, B) where ..."));
        }
        let mut named: Vec<Column> = Vec::new();
        columns_in(&find.predicate, &tables, &mut named);
        if !named.is_empty() {
            tables.retain(|(_, rows)| named.iter().any(|n| rows.columns.iter().any(|c| c.name == n.name)));
        }
        let mut found = Vec::new();
        for (name, rows) in tables {
            let missing: Vec<(Column, Expr)> = named
                .iter()
                .filter(|n| !rows.columns.iter().any(|c| c.name == n.name))
                .map(|c| (plain(&c.name, c.kind), Typed::of(Literal::Null, c.kind).expr))
                .collect();
            let own: Vec<Column> = rows.columns.clone();
            let mut columns: Vec<(Column, Expr)> = own.iter().map(|c| (c.clone(), field(&c.name))).collect();
            columns.extend(missing);
            let wide = rows.project(columns)?;
            let condition = self.sought(&wide, &find.predicate, false)?;
            let wide = filtered(wide, filter::simplified(condition))?;
            let names: Vec<String> = own.into_iter().map(|c| c.name).collect();
            found.push((name, select(wide, &names)?));
        }
        let tag = find.with_source.as_ref().map_or(SOURCE, |n| n.text.as_str());
        match &find.columns {
            Some(wanted) => self.found_columns(found, wanted, tag),
            None => self.found_smart(found, &named, tag, span),
        }
    }

    fn find_in(&mut self, query: &Pipeline, tables: &mut Vec<(String, Relation)>) -> Result<(), KqlError> {
        match &query.source {
            Source::Pattern(pattern) => tables.extend(self.all_tables(&pattern.text)),
            Source::Expr(expr) if query.operators.is_empty() => {
                let name = match &expr.kind {
                    ExprKind::Name(name) => name.clone(),
                    _ => format!("union_arg{}", tables.len()),
                };
                tables.push((name, self.pipeline(query)?));
            }
            _ => tables.push((format!("union_arg{}", tables.len()), self.pipeline(query)?)),
        }
        Ok(())
    }

    /// `project a, b:long`.
    fn found_columns(
        &mut self,
        found: Vec<(String, Relation)>,
        wanted: &[(crate::ast::Name, Option<Kind>)],
        tag: &str,
    ) -> Result<Relation, KqlError> {
        let mut kinds: Vec<Kind> = Vec::new();
        for (name, given) in wanted {
            let mut of =
                found.iter().filter_map(|(_, r)| r.columns.iter().find(|c| c.name == name.text)).map(|c| c.kind);
            let first = of.next();
            let kind = match (given, first) {
                (Some(kind), _) => *kind,
                (None, Some(kind)) if of.all(|k| k == kind) => kind,
                (None, Some(_)) => {
                    let text = format!("'{0}' has several types; say which: {0}:string", name.text);
                    return Err(KqlError::typed(&name.span, text));
                }
                (None, None) => {
                    let known = found.iter().flat_map(|(_, r)| &r.columns).map(|c| c.name.as_str());
                    return Err(KqlError::unknown("column", &name.text, &name.span, known));
                }
            };
            kinds.push(kind);
        }
        let mut tables = Vec::new();
        for (table, rows) in found {
            let mut columns = Vec::new();
            for ((name, _), kind) in wanted.iter().zip(&kinds) {
                let value = match rows.columns.iter().find(|c| c.name == name.text) {
                    Some(column) => self.convert(rows.value(column), *kind, &name.span)?,
                    None => Typed::of(Literal::Null, *kind),
                };
                columns.push((plain(&name.text, *kind), value.expr));
            }
            tables.push((table, rows.project(columns)?));
        }
        self.united(tables, false, Some(tag))
    }

    /// The columns of the predicate, those that all tables have, and the rest as one object.
    fn found_smart(
        &mut self,
        found: Vec<(String, Relation)>,
        named: &[Column],
        tag: &str,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        let mut order: Vec<String> = Vec::new();
        let mut shown: Vec<Column> = Vec::new();
        for column in named.iter().chain(found.first().map(|(_, rows)| &rows.columns).into_iter().flatten()) {
            let is_named = named.iter().any(|n| n.name == column.name);
            let everywhere = |c: &Column| {
                found.iter().all(|(_, rows)| rows.columns.iter().any(|o| o.name == c.name && o.kind == c.kind))
            };
            if !order.contains(&column.name) && (is_named || everywhere(column)) {
                order.push(column.name.clone());
                shown.push(column.clone());
            }
        }
        let is_shown = |name: &str| shown.iter().any(|s| s.name == name);
        let packs = found.iter().any(|(_, rows)| rows.columns.iter().any(|c| !is_shown(&c.name)));
        let mut tables = Vec::new();
        for (table, rows) in found {
            let mut columns: Vec<(Column, Expr)> = order
                .iter()
                .filter_map(|name| rows.columns.iter().find(|c| c.name == *name))
                .map(|c| (c.clone(), field(&c.name)))
                .collect();
            if packs {
                let mut pairs = Vec::new();
                for column in rows.columns.iter().filter(|c| !is_shown(&c.name)) {
                    pairs.push(Typed::of(Literal::String(column.name.clone()), Kind::String));
                    pairs.push(rows.value(column));
                }
                let pack = self.call("bag_pack", span, &pairs)?;
                columns.push((plain(PACK, Kind::Dynamic), pack.expr));
            }
            tables.push((table, rows.project(columns)?));
        }
        let united = self.united(tables, false, Some(tag))?;
        // A name with several types has become several columns.
        let place = |c: &Column| match c.name.as_str() {
            name if name == tag => 0,
            PACK => usize::MAX,
            name => {
                1 + order
                    .iter()
                    .position(|o| {
                        o == name || name.strip_prefix(o.as_str()).is_some_and(|rest| rest == format!("_{}", c.kind))
                    })
                    .unwrap_or(order.len())
            }
        };
        let mut names: Vec<Column> = united.columns.clone();
        names.sort_by_key(place);
        let names: Vec<String> = names.into_iter().map(|c| c.name).collect();
        select(united, &names)
    }
}

/// The columns that an expression names, each with its type in the first table that has it.
fn columns_in(expr: &Ast, tables: &[(String, Relation)], out: &mut Vec<Column>) {
    match &expr.kind {
        ExprKind::Name(name) => {
            let found = tables.iter().find_map(|(_, rows)| rows.columns.iter().find(|c| c.name == *name));
            if let Some(found) = found.filter(|f| !out.iter().any(|o| o.name == f.name)) {
                out.push(found.clone());
            }
        }
        ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => {
            columns_in(a, tables, out);
            columns_in(b, tables, out);
        }
        ExprKind::Negate(a) | ExprKind::Plus(a) | ExprKind::Member(a, _) | ExprKind::Named(_, a) => {
            columns_in(a, tables, out);
        }
        ExprKind::In(_, a, list) => {
            columns_in(a, tables, out);
            list.iter().for_each(|e| columns_in(e, tables, out));
        }
        ExprKind::Between { value, low, high, .. } => {
            [value, low, high].into_iter().for_each(|e| columns_in(e, tables, out));
        }
        ExprKind::Call(_, arguments) => arguments.iter().for_each(|e| columns_in(e, tables, out)),
        _ => {}
    }
}
