//! `evaluate bag_unpack(...)`: the members of an object as columns.
//!
//! Without a schema the members' names and types are read first. The columns of the input stand in front, the members
//! behind them by name; a member of a column's name takes that column with it to its place, as the documentation's
//! tables show.

use datafusion::common::{Column as Field, UnnestOptions};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::super::super::Planner;
use super::super::super::discovery::{COLUMN_LIMIT, literals};
use super::super::super::relation::{Column, Relation, field, named};
use super::super::rows::plain;
use super::text_of;
use crate::ast::{Evaluate, Expr as Ast, ExprKind};
use crate::error::{KqlError, Span};
use crate::kernels::lists;
use crate::kernels::path::{self, Step};
use crate::types::{Kind, Literal, Typed, text_lit};

/// What becomes of a column that has the name of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Error,
    Replace,
    Keep,
}

/// What is to be unpacked.
struct Wanted {
    column: Column,
    prefix: String,
    conflict: Conflict,
    ignored: Vec<String>,
}

/// Members with the names and types of their columns.
type Members = Vec<(String, String, Kind)>;

impl Planner<'_> {
    pub(in super::super) fn bag_unpack(
        &mut self,
        rows: Relation,
        evaluate: &Evaluate,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        let wanted = self.unpacking(&rows, evaluate, span)?;
        let bag = rows.value(&wanted.column).expr;
        let (kept, members) = match &evaluate.schema {
            Some(schema) => {
                let own = |name: &str| rows.columns.iter().find(|c| c.name == name && c.name != wanted.column.name);
                let mut kept: Vec<Column> = Vec::new();
                if schema.all {
                    kept.extend(rows.columns.iter().filter(|c| c.name != wanted.column.name).cloned());
                }
                let mut members: Members = Vec::new();
                for (name, kind) in &schema.columns {
                    match own(&name.text) {
                        // Without `*` the input's own column is meant.
                        Some(column) if !schema.all && column.kind == *kind => kept.push(column.clone()),
                        Some(column) if !schema.all => {
                            let text = format!("'{}' is {}, not {kind}", name.text, column.kind);
                            return Err(KqlError::typed(&name.span, text));
                        }
                        _ => {
                            let key = name.text.strip_prefix(&wanted.prefix).unwrap_or(&name.text);
                            members.push((key.to_owned(), name.text.clone(), *kind));
                        }
                    }
                }
                let order: Vec<String> = match schema.all {
                    true => Vec::new(),
                    false => schema.columns.iter().map(|(name, _)| name.text.clone()).collect(),
                };
                return self.unpacked(rows, &wanted, &bag, kept, members, &order, span);
            }
            None => {
                let kept = rows.columns.iter().filter(|c| c.name != wanted.column.name).cloned().collect();
                (kept, self.members(&rows, &wanted, &bag, span)?)
            }
        };
        self.unpacked(rows, &wanted, &bag, kept, members, &[], span)
    }

    fn unpacking(&mut self, rows: &Relation, evaluate: &Evaluate, span: &Span) -> Result<Wanted, KqlError> {
        let mut arguments = evaluate.arguments.iter();
        let Some(first) = arguments.next() else {
            return Err(KqlError::typed(span, "bag_unpack takes a column"));
        };
        let ExprKind::Name(name) = &first.kind else {
            return Err(KqlError::typed(&first.span, "bag_unpack takes the name of a column"));
        };
        let known = rows.columns.iter().map(|c| c.name.as_str());
        let Some(column) = rows.columns.iter().find(|c| c.name == *name).cloned() else {
            return Err(KqlError::unknown("column", name, &first.span, known));
        };
        if column.kind != Kind::Dynamic {
            let text = format!("bag_unpack takes a dynamic column, and '{name}' is {}", column.kind);
            return Err(KqlError::typed(&first.span, text));
        }
        let mut wanted = Wanted { column, prefix: String::new(), conflict: Conflict::Error, ignored: Vec::new() };
        for (position, argument) in arguments.enumerate() {
            match (&argument.kind, position) {
                (ExprKind::Named(name, value), _) if name.text == "columnsConflict" => {
                    wanted.conflict = conflict(value)?;
                }
                (ExprKind::Named(name, value), _) if name.text == "ignoredProperties" => {
                    wanted.ignored = self.ignored(value)?;
                }
                (ExprKind::Named(name, value), _) if name.text == "OutputColumnPrefix" => {
                    text_of(value)?.clone_into(&mut wanted.prefix);
                }
                (ExprKind::Named(name, _), _) => {
                    let known = ["columnsConflict", "ignoredProperties", "OutputColumnPrefix"];
                    return Err(KqlError::unknown("argument", &name.text, &name.span, known));
                }
                (_, 0) => text_of(argument)?.clone_into(&mut wanted.prefix),
                (_, 1) => wanted.conflict = conflict(argument)?,
                (_, 2) => wanted.ignored = self.ignored(argument)?,
                _ => return Err(KqlError::typed(&argument.span, "bag_unpack takes at most 4 arguments")),
            }
        }
        Ok(wanted)
    }

    fn ignored(&mut self, value: &Ast) -> Result<Vec<String>, KqlError> {
        let constant = self.constant(value)?;
        let names = match &constant.literal {
            Some(Literal::Dynamic(json)) => serde_json::from_str::<Vec<String>>(json).ok(),
            _ => None,
        };
        names.ok_or_else(|| KqlError::typed(&value.span, "expected names: dynamic(['a', 'b'])"))
    }

    /// The members that the rows have, by name, with the type that all their values share.
    fn members(&mut self, rows: &Relation, wanted: &Wanted, bag: &Expr, span: &Span) -> Result<Members, KqlError> {
        let kind_of = |planner: &Self, expr: Expr| planner.call("gettype", span, &[Typed::new(expr, Kind::Dynamic)]);
        let pair = |index: i64| path::at(field("$pairs"), vec![Step::Index(index)]);
        let is_bag = kind_of(self, bag.clone())?.expr.eq(text_lit("dictionary"));
        let name = self.convert(Typed::new(pair(0), Kind::Dynamic), Kind::String, span)?.expr;
        let kind = kind_of(self, pair(1))?.expr;
        let plan: LogicalPlan = LogicalPlanBuilder::from(rows.plan.clone())
            .filter(is_bag)?
            .project(vec![named(lists::elements(bag.clone(), true), "$pairs")])?
            .unnest_columns_with_options(
                vec![Field::new_unqualified("$pairs")],
                UnnestOptions::new().with_preserve_nulls(false),
            )?
            .project(vec![named(name, "$name"), named(kind, "$kind")])?
            // Nulls say nothing of a type.
            .filter(field("$kind").not_eq(text_lit("null")))?
            .distinct()?
            // Each name may come with each type.
            .limit(0, Some(COLUMN_LIMIT * 6 + 1))?
            .build()?;
        let batches = self.read(plan, "the columns of bag_unpack", span)?;
        let (names, kinds) = (literals(&batches, 0, Kind::String)?, literals(&batches, 1, Kind::String)?);
        let mut found: std::collections::BTreeMap<String, Kind> = std::collections::BTreeMap::new();
        for pair in names.into_iter().zip(kinds) {
            let (Literal::String(name), Literal::String(kind)) = pair else { continue };
            if wanted.ignored.contains(&name) {
                continue;
            }
            let kind = match kind.as_str() {
                "bool" => Kind::Bool,
                "long" => Kind::Long,
                "double" => Kind::Real,
                "string" => Kind::String,
                _ => Kind::Dynamic,
            };
            found
                .entry(name)
                .and_modify(|known| *known = if *known == kind { kind } else { Kind::Dynamic })
                .or_insert(kind);
        }
        if found.len() > COLUMN_LIMIT {
            let text =
                format!("the bags have more than {COLUMN_LIMIT} members; say which columns: ... : (a:string, b:long)");
            return Err(KqlError::typed(span, text));
        }
        Ok(found.into_iter().map(|(key, kind)| (key.clone(), format!("{}{key}", wanted.prefix), kind)).collect())
    }

    #[allow(clippy::too_many_arguments)]
    fn unpacked(
        &mut self,
        rows: Relation,
        wanted: &Wanted,
        bag: &Expr,
        kept: Vec<Column>,
        members: Members,
        order: &[String],
        span: &Span,
    ) -> Result<Relation, KqlError> {
        let mut columns: Vec<(Column, Expr)> = Vec::new();
        let is_member = |name: &str| members.iter().any(|(_, n, _)| n == name);
        for column in kept.iter().filter(|c| !is_member(&c.name)) {
            columns.push((column.clone(), field(&column.name)));
        }
        for (key, name, kind) in &members {
            let own = kept.iter().find(|c| c.name == *name);
            match (own, wanted.conflict) {
                (Some(_), Conflict::Error) => {
                    let text = format!(
                        "bag_unpack: there is a column '{name}' already; give a prefix, or columnsConflict='keep_source' or 'replace_source'"
                    );
                    return Err(KqlError::typed(span, text));
                }
                (Some(column), Conflict::Keep) => columns.push((column.clone(), field(&column.name))),
                _ => {
                    let member = Typed::new(path::at(bag.clone(), vec![Step::Key(key.clone())]), Kind::Dynamic);
                    let value = self.convert(member, *kind, span)?;
                    columns.push((plain(name, *kind), value.expr));
                }
            }
        }
        if !order.is_empty() {
            columns.sort_by_key(|(c, _)| order.iter().position(|n| *n == c.name));
        }
        rows.project(columns)
    }
}

fn conflict(value: &Ast) -> Result<Conflict, KqlError> {
    match text_of(value)? {
        "error" => Ok(Conflict::Error),
        "replace_source" => Ok(Conflict::Replace),
        "keep_source" => Ok(Conflict::Keep),
        _ => Err(KqlError::typed(&value.span, "expected error, replace_source or keep_source")),
    }
}
