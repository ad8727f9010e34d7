//! `union`.

use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use super::super::relation::{Column, Relation, field, named};
use super::super::{Planner, catalog, names};
use super::rows::plain;
use crate::ast::{ExprKind, Pipeline, Source, Union};
use crate::error::KqlError;
use crate::types::{Kind, Literal, scalar, text_lit};

impl Planner<'_> {
    pub(in super::super) fn union(&mut self, input: Option<Relation>, union: &Union) -> Result<Relation, KqlError> {
        let mut tables: Vec<(String, Relation)> = Vec::new();
        if let Some(rows) = input {
            tables.push(("union_arg0".to_owned(), rows));
        }
        for query in &union.tables {
            for (name, rows) in self.tables_of(query, tables.len(), union.fuzzy)? {
                tables.push((name, rows));
            }
        }
        if tables.is_empty() {
            let span = union.tables.first().map_or(0..0, |t| t.span.clone());
            return Err(KqlError::typed(&span, "there is no such table to unite"));
        }
        let tag = union.with_source.as_ref().map(|n| n.text.as_str());
        self.united(tables, union.inner, tag)
    }

    /// The tables that one item names.
    fn tables_of(
        &mut self,
        query: &Pipeline,
        position: usize,
        fuzzy: bool,
    ) -> Result<Vec<(String, Relation)>, KqlError> {
        if let Source::Pattern(pattern) = &query.source {
            return Ok(self.all_tables(&pattern.text));
        }
        let name = match &query.source {
            Source::Expr(expr) if query.operators.is_empty() => match &expr.kind {
                ExprKind::Name(name) => {
                    if fuzzy && self.table(expr)?.is_none() {
                        self.notes.push(format!("union: there is no table '{name}'"));
                        return Ok(Vec::new());
                    }
                    let is_own = self.bindings.contains_key(name) && !self.views.contains(name);
                    (!is_own).then(|| name.clone())
                }
                _ => None,
            },
            _ => None,
        };
        let rows = self.pipeline(query)?;
        Ok(vec![(name.unwrap_or_else(|| format!("union_arg{position}")), rows)])
    }

    /// Every table and view that a pattern fits, by name.
    pub(super) fn all_tables(&mut self, pattern: &str) -> Vec<(String, Relation)> {
        let mut found: Vec<(String, Relation)> = Vec::new();
        for view in self.views.clone() {
            if catalog::matches(pattern, &view)
                && let Ok(super::super::Binding::Table(rows)) = self.invoke(&view, &[], &(0..0))
            {
                found.push((view, *rows));
            }
        }
        let searched = &self.options.searched;
        let mut tables: Vec<&String> = self.tables.keys().filter(|n| catalog::matches(pattern, n)).collect();
        tables.sort();
        for name in tables {
            if pattern != "*" || searched.contains(name) {
                found.extend(self.tables.get(name).map(|rows| (name.clone(), rows.clone())));
            }
        }
        found
    }

    /// Rows of several tables under each other. A name with two types becomes a column of each.
    pub(super) fn united(
        &mut self,
        tables: Vec<(String, Relation)>,
        inner: bool,
        tag: Option<&str>,
    ) -> Result<Relation, KqlError> {
        let mut all: Vec<(String, Kind)> = Vec::new();
        for (_, rows) in &tables {
            for column in &rows.columns {
                let pair = (column.name.clone(), column.kind);
                if !all.contains(&pair) {
                    all.push(pair);
                }
            }
        }
        if inner {
            all.retain(|(name, kind)| {
                tables.iter().all(|(_, rows)| rows.columns.iter().any(|c| c.name == *name && c.kind == *kind))
            });
        }
        let mut taken: Vec<String> = tag.map(str::to_owned).into_iter().collect();
        let names: Vec<String> = all
            .iter()
            .map(|(name, kind)| {
                let twice = all.iter().filter(|(n, _)| n == name).count() > 1;
                let name = if twice { format!("{name}_{kind}") } else { name.clone() };
                let name = names::unique(&name, |n| taken.iter().any(|t| t == n));
                taken.push(name.clone());
                name
            })
            .collect();
        let mut builder: Option<LogicalPlanBuilder> = None;
        for (table, rows) in tables {
            let rows = rows.plain()?;
            let mut fields: Vec<Expr> = tag.map(|tag| text_lit(table.clone()).alias(tag)).into_iter().collect();
            for ((name, kind), result) in all.iter().zip(&names) {
                let expr = match rows.columns.iter().find(|c| c.name == *name && c.kind == *kind) {
                    Some(column) => field(&column.name),
                    None => Expr::Literal(scalar(&Literal::Null, *kind), None),
                };
                fields.push(named(expr, result));
            }
            let plan = LogicalPlanBuilder::from(rows.plan).project(fields)?.build()?;
            builder = Some(match builder {
                None => LogicalPlanBuilder::from(plan),
                Some(before) => before.union(plan)?,
            });
        }
        let Some(builder) = builder else { return Err(KqlError::typed(&(0..0), "there is nothing to unite")) };
        let mut columns: Vec<Column> = tag.map(|tag| plain(tag, Kind::String)).into_iter().collect();
        columns.extend(names.iter().zip(&all).map(|(name, (_, kind))| plain(name, *kind)));
        Ok(Relation::new(builder.build()?, columns))
    }
}
