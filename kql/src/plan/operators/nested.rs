//! `top-nested`.

use datafusion::common::{Column as Field, JoinType, NullEquality};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlanBuilder, lit};

use super::super::relation::{Column, Relation, field, named};
use super::super::{Planner, names};
use super::rows::plain;
use crate::ast::{ExprKind, NestedLevel};
use crate::error::{KqlError, Span};
use crate::types::Typed;

impl Planner<'_> {
    pub(super) fn top_nested(
        &mut self,
        rows: Relation,
        levels: &[NestedLevel],
        span: &Span,
    ) -> Result<Relation, KqlError> {
        Self::alone(&rows, "top-nested", span)?;
        let mut keys: Vec<(String, Typed)> = Vec::new();
        let mut result: Option<Relation> = None;
        let mut base = rows;
        for level in levels {
            let Some(key) = self.keys(&base, std::slice::from_ref(&level.key))?.pop() else { continue };
            let taken = |n: &str, keys: &[(String, Typed)]| keys.iter().any(|(k, _)| k == n);
            let key_name = names::unique(&key.0, |n| taken(n, &keys));
            keys.push((key_name.clone(), key.1));
            let (given, aggregate) = match &level.aggregate.kind {
                ExprKind::Named(name, inner) => (Some(name.text.clone()), inner.as_ref()),
                _ => (None, &level.aggregate),
            };
            let Some((_, value)) = self.aggregate(&base, &keys, aggregate)?.into_iter().next() else {
                return Err(KqlError::typed(&level.aggregate.span, "expected an aggregate such as count()"));
            };
            let value_name = given.unwrap_or_else(|| format!("aggregated_{key_name}"));
            let counted = self.grouped(base.clone(), keys.clone(), vec![(value_name.clone(), value)])?;
            let kept = match &level.count {
                None => counted,
                Some(count) => {
                    let Some(n) = self.known(count)?.whole() else {
                        return Err(KqlError::typed(&count.span, "expected a whole number"));
                    };
                    let parents: Vec<Expr> = keys.iter().take(keys.len() - 1).map(|(name, _)| field(name)).collect();
                    let rank = row_number()
                        .partition_by(parents)
                        .order_by(vec![
                            field(&value_name).sort(level.ascending, level.ascending),
                            field(&key_name).sort(true, true),
                        ])
                        .build()?
                        .alias("$rank");
                    let plan = LogicalPlanBuilder::from(counted.plan.clone())
                        .window(vec![rank])?
                        .filter(field("$rank").lt_eq(lit(u64::try_from(n).unwrap_or(0))))?
                        .build()?;
                    counted.with_plan(plan)
                }
            };
            let next = match result {
                None => {
                    let columns = kept.columns.iter().map(|c| (c.clone(), field(&c.name))).collect();
                    kept.project(columns)?
                }
                Some(before) => joined(before, kept, keys.len() - 1)?,
            };
            // Deeper levels see only rows of the groups that are left.
            base = semi(base, &next, &keys)?;
            result = Some(next);
        }
        result.ok_or_else(|| KqlError::syntax(span, "top-nested needs a level"))
    }
}

/// The levels above beside the new one.
fn joined(before: Relation, kept: Relation, parents: usize) -> Result<Relation, KqlError> {
    let renamed: Vec<Expr> = kept.columns.iter().map(|c| named(field(&c.name), &format!("$n_{}", c.name))).collect();
    let right = LogicalPlanBuilder::from(kept.plan).project(renamed)?.build()?;
    let keys: Vec<&Column> = kept.columns.iter().take(parents).collect();
    let left_keys = keys.iter().map(|c| Field::new_unqualified(&c.name)).collect::<Vec<_>>();
    let right_keys = keys.iter().map(|c| Field::new_unqualified(format!("$n_{}", c.name))).collect::<Vec<_>>();
    let plan = LogicalPlanBuilder::from(before.plan.clone())
        .join_detailed(right, JoinType::Inner, (left_keys, right_keys), None, NullEquality::NullEqualsNull)?
        .build()?;
    let mut columns: Vec<(Column, Expr)> = before.columns.iter().map(|c| (c.clone(), field(&c.name))).collect();
    for column in kept.columns.iter().skip(parents) {
        columns.push((plain(&column.name, column.kind), field(&format!("$n_{}", column.name))));
    }
    Relation::new(plan, Vec::new()).project(columns)
}

/// The rows whose keys are among those kept.
fn semi(base: Relation, kept: &Relation, keys: &[(String, Typed)]) -> Result<Relation, KqlError> {
    let renamed: Vec<Expr> = keys.iter().map(|(n, _)| named(field(n), &format!("$s_{n}"))).collect();
    let right = LogicalPlanBuilder::from(kept.plan.clone()).project(renamed)?.distinct()?.build()?;
    let hidden: Vec<(String, Expr)> =
        keys.iter().map(|(n, v)| (format!("$b{}_{n}", keys.len()), v.expr.clone())).collect();
    let left_keys = hidden.iter().map(|(n, _)| Field::new_unqualified(n)).collect::<Vec<_>>();
    let right_keys = keys.iter().map(|(n, _)| Field::new_unqualified(format!("$s_{n}"))).collect::<Vec<_>>();
    let base = base.hide(hidden)?;
    let plan = LogicalPlanBuilder::from(base.plan.clone())
        .join_detailed(right, JoinType::LeftSemi, (left_keys, right_keys), None, NullEquality::NullEqualsNull)?
        .build()?;
    Ok(base.with_plan(plan))
}
