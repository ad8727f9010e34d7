//! `top-nested ... with others`.
//!
//! At each level a row is in one of the top groups, in the group of the others where the level has one, or in none: then
//! its key is empty and its aggregate null. Below the others there is no top. A path through the levels is a row of the
//! result when it ends in a group, or when nothing follows a group of others. The documentation's example with three
//! levels shows all of it.

use datafusion::common::{Column as Field, JoinType, NullEquality};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlanBuilder, lit, when};

use super::super::relation::{Column, Relation, field, named};
use super::super::{Planner, names};
use super::rows::{filtered, plain};
use crate::ast::{ExprKind, NestedLevel};
use crate::error::{KqlError, Span};
use crate::types::{Kind, Literal, Typed};

const TOP: i64 = 0;
const OTHERS: i64 = 1;
const NONE: i64 = 2;

/// A level whose groups are known: hidden fields with each row's state and key, and the aggregates of the groups.
struct Level {
    state: String,
    key: String,
    name: String,
    kind: Kind,
    value_name: String,
    values: Relation,
}

impl Planner<'_> {
    pub(super) fn top_nested_with_others(
        &mut self,
        rows: Relation,
        levels: &[NestedLevel],
        span: &Span,
    ) -> Result<Relation, KqlError> {
        Self::alone(&rows, "top-nested", span)?;
        let mut base = rows;
        let mut done: Vec<Level> = Vec::new();
        for level in levels {
            let (next, finished) = self.level(base, level, &done)?;
            base = next;
            done.push(finished);
        }
        // Each path once, and then the aggregate of each of its levels.
        let paths: Vec<(String, Typed)> = done
            .iter()
            .flat_map(|l| {
                [
                    (l.state.clone(), Typed::new(field(&l.state), Kind::Long)),
                    (l.key.clone(), Typed::new(field(&l.key), l.kind)),
                ]
            })
            .collect();
        let mut result = filtered(self.grouped(base, paths, Vec::new())?, is_row(&done))?;
        for (position, level) in done.iter().enumerate() {
            let prefix = done.get(..=position).unwrap_or_default();
            result = beside(result, level, prefix)?;
        }
        let mut columns: Vec<(Column, Expr)> = Vec::new();
        for level in &done {
            let value = format!("$v_{}", level.key);
            let kind = level.values.columns.last().map_or(Kind::Long, |c| c.kind);
            columns.push((plain(&level.name, level.kind), field(&level.key)));
            let empty = Typed::of(Literal::Null, kind).expr;
            let shown = when(field(&level.state).eq(lit(NONE)), empty).otherwise(field(&value))?;
            columns.push((plain(&level.value_name, kind), shown));
        }
        Relation::new(result.plan, Vec::new()).project(columns)
    }

    /// The rows with their state and key at one more level.
    fn level(&mut self, base: Relation, level: &NestedLevel, above: &[Level]) -> Result<(Relation, Level), KqlError> {
        let number = above.len();
        let Some((name, key)) = self.keys(&base, std::slice::from_ref(&level.key))?.pop() else {
            return Err(KqlError::typed(&level.key.span, "top-nested needs a key"));
        };
        let name = names::unique(&name, |n| above.iter().any(|l| l.name == n || l.value_name == n));
        let (given, aggregate) = match &level.aggregate.kind {
            ExprKind::Named(name, inner) => (Some(name.text.clone()), inner.as_ref()),
            _ => (None, &level.aggregate),
        };
        let value_name = given.unwrap_or_else(|| format!("aggregated_{name}"));
        let others = match &level.others {
            None => None,
            Some(others) => {
                let value = self.constant(others)?;
                if value.kind != key.kind {
                    let text = format!("the others are {}, and the key is {}", value.kind, key.kind);
                    return Err(KqlError::typed(&others.span, text));
                }
                Some(value)
            }
        };
        let count = match &level.count {
            None => None,
            Some(count) => match self.known(count)?.whole() {
                Some(n) => Some(n),
                None => return Err(KqlError::typed(&count.span, "expected a whole number")),
            },
        };
        // Groups of rows that are at the top of every level above, and the best of them.
        let (raw, state, shown) = (format!("$raw{number}"), format!("$state{number}"), format!("$key{number}_nested"));
        let base = base.hide(vec![(raw.clone(), key.expr.clone())])?;
        let at_top = above.iter().fold(lit(true), |all, l| all.and(field(&l.state).eq(lit(TOP))));
        let parents: Vec<(String, Typed)> =
            above.iter().map(|l| (format!("$p_{}", l.key), Typed::new(field(&l.key), l.kind))).collect();
        let mut keys = parents.clone();
        keys.push(("$own".to_owned(), Typed::new(field(&raw), key.kind)));
        let best = filtered(base.clone(), at_top.clone())?;
        let value = self.one_aggregate(&best, aggregate)?;
        let best = self.grouped(best, keys.clone(), vec![("$value".to_owned(), value)])?;
        let best = match count {
            None => best,
            Some(n) => {
                let rank = row_number()
                    .partition_by(parents.iter().map(|(n, _)| field(n)).collect())
                    .order_by(vec![
                        field("$value").sort(level.ascending, level.ascending),
                        field("$own").sort(true, true),
                    ])
                    .build()?
                    .alias("$rank");
                let plan = LogicalPlanBuilder::from(best.plan.clone())
                    .window(vec![rank])?
                    .filter(field("$rank").lt_eq(lit(u64::try_from(n).unwrap_or(0))))?
                    .build()?;
                best.with_plan(plan)
            }
        };
        // Each row says whether its group is one of them.
        let names_of: Vec<Expr> = keys.iter().map(|(n, _)| named(field(n), &format!("$b{number}_{n}"))).collect();
        let mut marked = names_of;
        marked.push(lit(true).alias("$hit"));
        let right = LogicalPlanBuilder::from(best.plan).project(marked)?.build()?;
        let mut left_keys: Vec<Field> = above.iter().map(|l| Field::new_unqualified(&l.key)).collect();
        left_keys.push(Field::new_unqualified(&raw));
        let right_keys: Vec<Field> =
            keys.iter().map(|(n, _)| Field::new_unqualified(format!("$b{number}_{n}"))).collect();
        let joined = LogicalPlanBuilder::from(base.plan.clone())
            .join_detailed(right, JoinType::Left, (left_keys, right_keys), None, NullEquality::NullEqualsNull)?
            .build()?;
        let hit = at_top.and(field("$hit").is_not_null());
        let none = Typed::of(Literal::Null, key.kind).expr;
        let (rest_state, rest_key) = match others {
            Some(others) => (OTHERS, others.expr),
            None => (NONE, none),
        };
        let states = when(hit.clone(), lit(TOP)).otherwise(lit(rest_state))?;
        let keys_shown = when(hit, field(&raw)).otherwise(rest_key)?;
        let base = base.with_plan(joined).hide(vec![(state.clone(), states), (shown.clone(), keys_shown)])?;
        // What the aggregate says of each group, the others among them.
        let mut groups: Vec<(String, Typed)> = Vec::new();
        for (s, k, kind) in
            above.iter().map(|l| (&l.state, &l.key, l.kind)).chain(std::iter::once((&state, &shown, key.kind)))
        {
            groups.push((s.clone(), Typed::new(field(s), Kind::Long)));
            groups.push((k.clone(), Typed::new(field(k), kind)));
        }
        let value = self.one_aggregate(&base, aggregate)?;
        let values = self.grouped(base.clone(), groups, vec![("$value".to_owned(), value)])?;
        Ok((base, Level { state, key: shown, name, kind: key.kind, value_name, values }))
    }

    fn one_aggregate(&mut self, rows: &Relation, aggregate: &crate::ast::Expr) -> Result<Typed, KqlError> {
        match self.aggregate(rows, &[], aggregate)?.into_iter().next() {
            Some((_, value)) => Ok(value),
            None => Err(KqlError::typed(&aggregate.span, "expected an aggregate such as count()")),
        }
    }
}

/// Whether a path is a row: behind its last group nothing follows, or that group is one of others.
fn is_row(levels: &[Level]) -> Expr {
    let mut rest_is_none = lit(true);
    let mut any = lit(false);
    for (position, level) in levels.iter().enumerate().rev() {
        let state = || field(&level.state);
        let ends_here = match position + 1 == levels.len() {
            true => state().not_eq(lit(NONE)),
            false => state().eq(lit(OTHERS)),
        };
        any = any.or(rest_is_none.clone().and(ends_here));
        rest_is_none = rest_is_none.and(state().eq(lit(NONE)));
    }
    any
}

/// The paths with the aggregate of one level beside them.
fn beside(paths: Relation, level: &Level, prefix: &[Level]) -> Result<Relation, KqlError> {
    let keys: Vec<&String> = prefix.iter().flat_map(|l| [&l.state, &l.key]).collect();
    let renamed = |name: &str| format!("$j_{}_{name}", level.key);
    let mut fields: Vec<Expr> = keys.iter().map(|name| named(field(name), &renamed(name))).collect();
    let value = format!("$v_{}", level.key);
    fields.push(named(field("$value"), &value));
    let right = LogicalPlanBuilder::from(level.values.plan.clone()).project(fields)?.build()?;
    let left_keys = keys.iter().map(|name| Field::new_unqualified(name.as_str())).collect::<Vec<_>>();
    let right_keys = keys.iter().map(|name| Field::new_unqualified(renamed(name))).collect::<Vec<_>>();
    let plan = LogicalPlanBuilder::from(paths.plan.clone())
        .join_detailed(right, JoinType::Left, (left_keys, right_keys), None, NullEquality::NullEqualsNull)?
        .build()?;
    Ok(paths.with_plan(plan))
}
