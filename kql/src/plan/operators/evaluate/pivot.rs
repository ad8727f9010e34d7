//! `evaluate pivot(...)`: the values of a column as columns.
//!
//! The values are read first: where rows have an order the columns stand in the order in which the values first come, and
//! otherwise by name. A cell holds the aggregate over the rows of its key and value, which for none is that of no rows:
//! 0 for `count` and `sum`, null for `max`.

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::functions_aggregate::expr_fn::min;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::super::super::discovery::{COLUMN_LIMIT, literals};
use super::super::super::relation::{Relation, field, named};
use super::super::super::{Planner, names};
use super::super::rows::numbered;
use crate::aggregates;
use crate::ast::{Evaluate, Expr as Ast, ExprKind, OutputSchema};
use crate::error::{KqlError, Span};
use crate::types::{Kind, Literal, Typed, text_lit};

/// Aggregates that the plugin takes.
const AGGREGATES: &[&str] = &[
    "min",
    "max",
    "take_any",
    "any",
    "sum",
    "dcount",
    "avg",
    "stdev",
    "variance",
    "make_list",
    "makelist",
    "make_bag",
    "make_set",
    "makeset",
    "count",
];

impl Planner<'_> {
    pub(in super::super) fn pivot(
        &mut self,
        rows: Relation,
        evaluate: &Evaluate,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        let mut arguments = evaluate.arguments.as_slice();
        let Some((column, rest)) = arguments.split_first() else {
            return Err(KqlError::typed(span, "pivot takes a column"));
        };
        let ExprKind::Name(pivot) = &column.kind else {
            return Err(KqlError::typed(&column.span, "pivot takes the name of a column"));
        };
        let value = self.value(&rows, column)?;
        let value = self.convert(value, Kind::String, &column.span)?;
        arguments = rest;
        let mut aggregated: Vec<String> = Vec::new();
        let aggregate = match arguments.split_first() {
            Some((call, rest)) if is_aggregate(call) => {
                arguments = rest;
                names_in(call, &mut aggregated);
                let found = self.aggregate(&rows, &[], call)?;
                let [(_, aggregate)] = found.as_slice() else {
                    return Err(KqlError::typed(&call.span, "pivot takes an aggregate of one column"));
                };
                aggregate.clone()
            }
            _ => self.call_aggregate("count", &[])?,
        };
        let keys = match arguments {
            [] => rows
                .columns
                .iter()
                .filter(|c| c.name != *pivot && !aggregated.contains(&c.name))
                .map(|c| (c.name.clone(), rows.value(c)))
                .collect(),
            given => self.keys(&rows, given)?,
        };
        if let Some((name, _)) = keys.iter().find(|(_, value)| value.kind == Kind::Dynamic) {
            let text =
                format!("'{name}' is dynamic, and dynamic values cannot be compared; name other columns for the rows");
            return Err(KqlError::typed(span, text));
        }
        let values = self.pivoted(&rows, value.expr.clone(), span)?;
        let mut results: Vec<(String, Typed)> = Vec::new();
        for found in values {
            let taken = |n: &str| keys.iter().any(|(k, _)| k == n) || results.iter().any(|(r, _)| r == n);
            let name = names::unique(if found.is_empty() { "Column1" } else { &found }, taken);
            let is_it = value.expr.clone().eq(text_lit(found.clone()));
            let expr = aggregate.expr.clone().transform_down(|e| only(e, &is_it)).data()?;
            results.push((name, Typed::new(expr, aggregate.kind)));
        }
        if keys.is_empty() && results.is_empty() {
            return Err(KqlError::typed(span, "pivot gives no column here: there is neither a row nor another column"));
        }
        let grouped = self.grouped(rows, keys, results)?;
        match &evaluate.schema {
            None => Ok(grouped),
            Some(schema) => checked(grouped, schema, span),
        }
    }

    /// The values of the column that is turned.
    fn pivoted(&mut self, rows: &Relation, value: Expr, span: &Span) -> Result<Vec<String>, KqlError> {
        let plan: LogicalPlan = if rows.order.is_empty() {
            LogicalPlanBuilder::from(rows.plan.clone())
                .project(vec![named(value, "$value")])?
                .distinct()?
                .sort_with_limit(vec![field("$value").sort(true, true)], Some(COLUMN_LIMIT + 1))?
                .build()?
        } else {
            let numbered = numbered(self, rows.clone())?;
            let number = numbered.hidden.last().cloned().unwrap_or_default();
            LogicalPlanBuilder::from(numbered.plan)
                .project(vec![named(value, "$value"), named(field(&number), "$number")])?
                .aggregate(vec![field("$value")], vec![min(field("$number")).alias("$first")])?
                .sort_with_limit(vec![field("$first").sort(true, true)], Some(COLUMN_LIMIT + 1))?
                .project(vec![field("$value")])?
                .build()?
        };
        let batches = self.read(plan, "the columns of pivot", span)?;
        let found: Vec<String> = literals(&batches, 0, Kind::String)?
            .into_iter()
            .filter_map(|l| match l {
                Literal::String(text) => Some(text),
                _ => None,
            })
            .collect();
        match found.len() > COLUMN_LIMIT {
            true => Err(KqlError::typed(span, format!("the column has more than {COLUMN_LIMIT} different values"))),
            false => Ok(found),
        }
    }
}

/// An aggregate over the rows that fit.
fn only(expr: Expr, condition: &Expr) -> datafusion::common::Result<Transformed<Expr>> {
    let Expr::AggregateFunction(mut call) = expr else { return Ok(Transformed::no(expr)) };
    let both = match call.params.filter.take() {
        Some(filter) => filter.and(condition.clone()),
        None => condition.clone(),
    };
    call.params.filter = Some(Box::new(both));
    Ok(Transformed::new(Expr::AggregateFunction(call), true, datafusion::common::tree_node::TreeNodeRecursion::Jump))
}

/// The result as the schema says it; columns or types that differ are an error, as in Kusto.
fn checked(rows: Relation, schema: &OutputSchema, span: &Span) -> Result<Relation, KqlError> {
    let differs =
        |text: String| Err(KqlError::typed(span, format!("pivot does not give what its schema says: {text}")));
    let said = |name: &str| schema.columns.iter().find(|(n, _)| n.text == name);
    if let Some(extra) = rows.columns.iter().find(|c| !schema.all && said(&c.name).is_none()) {
        return differs(format!("there is a column '{}' as well", extra.name));
    }
    let mut order: Vec<String> = Vec::new();
    if schema.all {
        order.extend(rows.columns.iter().filter(|c| said(&c.name).is_none()).map(|c| c.name.clone()));
    }
    for (name, kind) in &schema.columns {
        match rows.columns.iter().find(|c| c.name == name.text) {
            None => return differs(format!("there is no column '{}'", name.text)),
            Some(found) if found.kind != *kind => return differs(format!("'{}' is {}", name.text, found.kind)),
            Some(_) => order.push(name.text.clone()),
        }
    }
    super::super::columns::select(rows, &order)
}

fn is_aggregate(expr: &Ast) -> bool {
    matches!(&expr.kind, ExprKind::Call(name, _)
        if AGGREGATES.contains(&name.text.as_str()) && aggregates::lookup(&name.text).is_some())
}

fn names_in(expr: &Ast, out: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Name(name) => out.push(name.clone()),
        ExprKind::Call(_, arguments) => arguments.iter().for_each(|a| names_in(a, out)),
        ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => {
            names_in(a, out);
            names_in(b, out);
        }
        ExprKind::Negate(a) | ExprKind::Plus(a) | ExprKind::Member(a, _) => names_in(a, out),
        _ => {}
    }
}
