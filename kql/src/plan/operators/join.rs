//! `join` and `lookup`.

use datafusion::common::{Column as Field, NullEquality};
use datafusion::functions_aggregate::first_last::first_value;
use datafusion::logical_expr::{Expr, JoinType, LogicalPlanBuilder};

use super::super::relation::{Column, Relation, field, named};
use super::super::{Planner, names};
use crate::ast::{BinaryOp, Expr as Ast, ExprKind, Join, JoinKind};
use crate::error::{KqlError, Span};
use crate::kernels::never_null;
use crate::types::Kind;

/// A column of each side.
type Pair = (Column, Column);

impl Planner<'_> {
    pub(super) fn join(
        &mut self,
        left: Relation,
        join: &Join,
        lookup: bool,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        Self::alone(&left, "join", span)?;
        let right = self.pipeline(&join.right)?;
        let mut pairs = Vec::new();
        for on in &join.on {
            Self::pairs(&left, &right, on, &mut pairs)?;
        }
        let left = match join.kind {
            JoinKind::InnerUnique => first_of_each(left.clone(), &pairs)?,
            _ => left.plain()?,
        };
        let right = right.plain()?;
        // Keys under names of their own, in one type, on both sides.
        let mut left_keys = Vec::new();
        let mut right_keys = Vec::new();
        let mut left_fields: Vec<Expr> = left.columns.iter().map(|c| field(&c.name)).collect();
        let one_sided = matches!(join.kind, JoinKind::RightSemi | JoinKind::RightAnti);
        let renamed: Vec<(Column, String)> = right
            .columns
            .iter()
            .filter(|c| !(lookup && pairs.iter().any(|(_, r)| r.name == c.name)))
            .scan(Vec::<String>::new(), |taken, column| {
                let is_taken =
                    |n: &str| !one_sided && (left.columns.iter().any(|l| l.name == n) || taken.iter().any(|t| t == n));
                let name = names::unique(&column.name, is_taken);
                taken.push(name.clone());
                Some((column.clone(), name))
            })
            .collect();
        let mut right_fields: Vec<Expr> =
            renamed.iter().map(|(c, name)| named(field(&c.name), &format!("$r_{name}"))).collect();
        for (position, (a, b)) in pairs.iter().enumerate() {
            let (a, b) = self.unified(left.value(a), right.value(b), "join", span)?;
            let (l, r) = (format!("$lk{position}"), format!("$rk{position}"));
            left_fields.push(named(a.expr, &l));
            right_fields.push(named(b.expr, &r));
            left_keys.push(Field::new_unqualified(l));
            right_keys.push(Field::new_unqualified(r));
        }
        let kind = match join.kind {
            JoinKind::InnerUnique | JoinKind::Inner => JoinType::Inner,
            JoinKind::LeftOuter => JoinType::Left,
            JoinKind::RightOuter => JoinType::Right,
            JoinKind::FullOuter => JoinType::Full,
            JoinKind::LeftSemi => JoinType::LeftSemi,
            JoinKind::RightSemi => JoinType::RightSemi,
            JoinKind::LeftAnti => JoinType::LeftAnti,
            JoinKind::RightAnti => JoinType::RightAnti,
        };
        let right_plan = LogicalPlanBuilder::from(right.plan.clone()).project(right_fields)?.build()?;
        let plan = LogicalPlanBuilder::from(left.plan.clone())
            .project(left_fields)?
            .join_detailed(right_plan, kind, (left_keys, right_keys), None, NullEquality::NullEqualsNull)?
            .build()?;
        let left_missing = matches!(kind, JoinType::Right | JoinType::Full);
        let right_missing = matches!(kind, JoinType::Left | JoinType::Full);
        let value = |expr: Expr, kind: Kind, missing: bool| match (kind, missing) {
            (Kind::String, true) => never_null::call(expr),
            _ => expr,
        };
        let mut columns: Vec<(Column, Expr)> = Vec::new();
        if !matches!(kind, JoinType::RightSemi | JoinType::RightAnti) {
            for column in &left.columns {
                columns.push((column.clone(), value(field(&column.name), column.kind, left_missing)));
            }
        }
        if !matches!(kind, JoinType::LeftSemi | JoinType::LeftAnti) {
            for (column, name) in &renamed {
                let expr = value(field(&format!("$r_{name}")), column.kind, right_missing);
                columns.push((Column { name: name.clone(), ..column.clone() }, expr));
            }
        }
        Relation::new(plan, Vec::new()).project(columns)
    }

    /// What one item of `on` makes equal.
    fn pairs(left: &Relation, right: &Relation, on: &Ast, pairs: &mut Vec<Pair>) -> Result<(), KqlError> {
        let find =
            |rows: &Relation, name: &str, span: &Span| {
                rows.columns.iter().find(|c| c.name == name).cloned().ok_or_else(|| {
                    KqlError::unknown("column", name, span, rows.columns.iter().map(|c| c.name.as_str()))
                })
            };
        match &on.kind {
            ExprKind::Name(name) => {
                pairs.push((find(left, name, &on.span)?, find(right, name, &on.span)?));
                Ok(())
            }
            ExprKind::Binary(BinaryOp::And, a, b) => {
                Self::pairs(left, right, a, pairs)?;
                Self::pairs(left, right, b, pairs)
            }
            ExprKind::Binary(BinaryOp::Equal, a, b) => {
                let (mut l, mut r) = (None, None);
                for side in [a, b] {
                    let ExprKind::Member(base, name) = &side.kind else { continue };
                    match &base.kind {
                        ExprKind::Name(s) if s == "$left" => l = Some(find(left, &name.text, &name.span)?),
                        ExprKind::Name(s) if s == "$right" => r = Some(find(right, &name.text, &name.span)?),
                        _ => {}
                    }
                }
                match (l, r) {
                    (Some(l), Some(r)) => {
                        pairs.push((l, r));
                        Ok(())
                    }
                    _ => Err(KqlError::typed(&on.span, "expected $left.a == $right.b")),
                }
            }
            _ => Err(KqlError::typed(
                &on.span,
                "join compares columns: a name that both sides have, or $left.a == $right.b",
            )),
        }
    }
}

/// One row of each key: the first, where rows have an order.
fn first_of_each(rows: Relation, pairs: &[Pair]) -> Result<Relation, KqlError> {
    let is_key = |c: &Column| pairs.iter().any(|(l, _)| l.name == c.name);
    let sorts = rows.sorts();
    let keys = rows
        .columns
        .iter()
        .filter(|c| is_key(c))
        .map(|c| named(rows.value(c).expr, &format!("$u_{}", c.name)))
        .collect::<Vec<_>>();
    let firsts = rows
        .columns
        .iter()
        .filter(|c| !is_key(c))
        .map(|c| first_value(rows.value(c).expr, sorts.clone()).alias(format!("$u_{}", c.name)))
        .collect::<Vec<_>>();
    let plan = LogicalPlanBuilder::from(rows.plan.clone()).aggregate(keys, firsts)?.build()?;
    let columns =
        rows.columns.iter().map(|c| (Column { raw: false, ..c.clone() }, field(&format!("$u_{}", c.name)))).collect();
    Relation::new(plan, Vec::new()).project(columns)
}
