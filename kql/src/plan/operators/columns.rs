//! `project` and its kin, `extend`.

use datafusion::logical_expr::Expr;

use super::super::catalog::matches;
use super::super::relation::{Column, Relation, field};
use super::super::{Planner, names};
use crate::ast::{Expr as Ast, ExprKind, Name};
use crate::error::{KqlError, Span};
use crate::types::Typed;

impl Planner<'_> {
    pub(super) fn project(&mut self, rows: Relation, columns: &[Ast]) -> Result<Relation, KqlError> {
        let mut named: Vec<(Option<String>, bool)> = Vec::new();
        let mut values: Vec<Typed> = Vec::new();
        let mut raw = Vec::new();
        for column in columns {
            if let Some(several) = self.several(&rows, column)? {
                for (name, value) in several {
                    values.push(value);
                    named.push((Some(name), false));
                    raw.push(false);
                }
                continue;
            }
            let (name, given, inner) = match &column.kind {
                ExprKind::Star => {
                    for c in rows.columns.clone() {
                        values.push(Typed::new(field(&c.name), c.kind));
                        named.push((Some(c.name), false));
                        raw.push(c.raw);
                    }
                    continue;
                }
                ExprKind::Named(name, inner) => (Some(name.text.clone()), true, inner.as_ref()),
                ExprKind::NamedList(_, inner) => {
                    return Err(KqlError::unsupported(&inner.span, "several names for one value"));
                }
                _ => (names::inferred(column), false, column),
            };
            if given && named.iter().any(|(n, g)| *g && *n == name) {
                let text = format!("the column '{}' is there twice", name.unwrap_or_default());
                return Err(KqlError::typed(&column.span, text));
            }
            let (value, is_raw) = self.kept_raw(&rows, inner)?;
            values.push(value);
            raw.push(is_raw);
            named.push((name, given));
        }
        let span = columns.first().map_or(0..0, |c| c.span.clone());
        let rows = self.windowed(rows, &mut values, &span)?;
        let mut taken: Vec<String> = Vec::new();
        let mut unnamed = 0;
        let mut projected = Vec::new();
        for (((name, _), value), raw) in named.into_iter().zip(values).zip(raw) {
            let name = name.unwrap_or_else(|| {
                unnamed += 1;
                format!("Column{unnamed}")
            });
            let name = names::unique(&name, |n| taken.iter().any(|t| t == n));
            taken.push(name.clone());
            projected.push((Column { name, kind: value.kind, raw }, value.expr));
        }
        rows.project(projected)
    }

    /// A value; a text column of a table stays as the table has it.
    fn kept_raw(&mut self, rows: &Relation, expr: &Ast) -> Result<(Typed, bool), KqlError> {
        if let ExprKind::Name(name) = &expr.kind
            && let Some(column) = rows.find(name)
        {
            return Ok((Typed::new(field(&column.name), column.kind), column.raw));
        }
        Ok((self.value(rows, expr)?, false))
    }

    pub(super) fn extend(&mut self, rows: Relation, columns: &[Ast], span: &Span) -> Result<Relation, KqlError> {
        let mut names_given: Vec<Option<String>> = Vec::new();
        let mut values = Vec::new();
        for column in columns {
            if let Some(several) = self.several(&rows, column)? {
                for (name, value) in several {
                    values.push(value);
                    names_given.push(Some(name));
                }
                continue;
            }
            let (name, inner) = match &column.kind {
                ExprKind::Named(name, inner) => {
                    if names_given.iter().flatten().any(|n| *n == name.text) {
                        let text = format!("the column '{}' is there twice", name.text);
                        return Err(KqlError::typed(&name.span, text));
                    }
                    (Some(name.text.clone()), inner.as_ref())
                }
                ExprKind::NamedList(_, inner) => {
                    return Err(KqlError::unsupported(&inner.span, "several names for one value"));
                }
                ExprKind::Name(_) => (names::inferred(column), column),
                _ => {
                    let name = names::inferred(column).unwrap_or_else(|| "Column1".to_owned());
                    let taken = |n: &str| rows.find(n).is_some() || names_given.iter().flatten().any(|g| g == n);
                    let name = match name.strip_prefix("Column") {
                        Some("1") => (1..).map(|i: usize| format!("Column{i}")).find(|n| !taken(n)).unwrap_or(name),
                        _ => names::unique(&name, taken),
                    };
                    (Some(name), column)
                }
            };
            values.push(self.value(&rows, inner)?);
            names_given.push(name);
        }
        let rows = self.windowed(rows, &mut values, span)?;
        let added = names_given.into_iter().flatten().zip(values).collect();
        with_columns(rows, added)
    }

    fn wanted(rows: &Relation, patterns: &[Name]) -> Result<Vec<String>, KqlError> {
        let mut found: Vec<String> = Vec::new();
        for pattern in patterns {
            let mut any = false;
            for column in &rows.columns {
                let fits = match pattern.text.contains('*') {
                    true => matches(&pattern.text, &column.name),
                    false => column.name == pattern.text,
                };
                if fits {
                    any = true;
                    if !found.contains(&column.name) {
                        found.push(column.name.clone());
                    }
                }
            }
            if !any && !pattern.text.contains('*') {
                let known = rows.columns.iter().map(|c| c.name.as_str());
                return Err(KqlError::unknown("column", &pattern.text, &pattern.span, known));
            }
        }
        Ok(found)
    }

    pub(super) fn project_away(&mut self, rows: Relation, patterns: &[Name]) -> Result<Relation, KqlError> {
        let gone = Self::wanted(&rows, patterns)?;
        let kept: Vec<String> = rows.columns.iter().map(|c| &c.name).filter(|n| !gone.contains(n)).cloned().collect();
        select(rows, &kept)
    }

    pub(super) fn project_keep(&mut self, rows: Relation, patterns: &[Name]) -> Result<Relation, KqlError> {
        let found = Self::wanted(&rows, patterns)?;
        let kept: Vec<String> = rows.columns.iter().map(|c| &c.name).filter(|n| found.contains(n)).cloned().collect();
        select(rows, &kept)
    }

    pub(super) fn project_rename(&mut self, rows: Relation, pairs: &[(Name, Name)]) -> Result<Relation, KqlError> {
        for (new, old) in pairs {
            if !rows.columns.iter().any(|c| c.name == old.text) {
                let known = rows.columns.iter().map(|c| c.name.as_str());
                return Err(KqlError::unknown("column", &old.text, &old.span, known));
            }
            let renamed_away = pairs.iter().any(|(_, o)| o.text == new.text);
            if !renamed_away && rows.columns.iter().any(|c| c.name == new.text && c.name != old.text) {
                return Err(KqlError::typed(&new.span, format!("there is a column '{}' already", new.text)));
            }
        }
        let columns = rows
            .columns
            .iter()
            .map(|c| {
                let name = pairs.iter().find(|(_, old)| old.text == c.name).map_or(&c.name, |(new, _)| &new.text);
                (Column { name: name.clone(), ..c.clone() }, field(&c.name))
            })
            .collect();
        rows.project(columns)
    }

    pub(super) fn project_reorder(
        &mut self,
        rows: Relation,
        patterns: &[(Name, Option<bool>)],
    ) -> Result<Relation, KqlError> {
        let mut order: Vec<String> = Vec::new();
        for (pattern, ascending) in patterns {
            let mut found = Self::wanted(&rows, std::slice::from_ref(pattern))?;
            match ascending {
                Some(true) => found.sort(),
                Some(false) => found.sort_by(|a, b| b.cmp(a)),
                None => {}
            }
            for name in found {
                if !order.contains(&name) {
                    order.push(name);
                }
            }
        }
        for column in &rows.columns {
            if !order.contains(&column.name) {
                order.push(column.name.clone());
            }
        }
        select(rows, &order)
    }
}

/// Some of the columns in an order.
pub(super) fn select(rows: Relation, names: &[String]) -> Result<Relation, KqlError> {
    let columns = names
        .iter()
        .filter_map(|name| rows.columns.iter().find(|c| c.name == *name))
        .map(|c| (c.clone(), field(&c.name)))
        .collect();
    rows.project(columns)
}

/// The rows with columns that are new or take the place of those with their name.
pub(super) fn with_columns(rows: Relation, added: Vec<(String, Typed)>) -> Result<Relation, KqlError> {
    let mut columns: Vec<(Column, Expr)> = rows.columns.iter().map(|c| (c.clone(), field(&c.name))).collect();
    for (name, value) in added {
        let raw = match &value.expr {
            Expr::Column(c) => rows.columns.iter().any(|o| o.name == c.name && o.raw),
            _ => false,
        };
        let entry = (Column { name: name.clone(), kind: value.kind, raw }, value.expr);
        match columns.iter_mut().find(|(c, _)| c.name == name) {
            Some(place) => *place = entry,
            None => columns.push(entry),
        }
    }
    rows.project(columns)
}
