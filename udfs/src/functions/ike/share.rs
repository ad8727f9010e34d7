//! Several field functions of one message share one parse.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::field::IkeField;
use super::fields::{FIELDS, Field};
use super::parse::{IkeParse, shared};

/// Rewrites `ike_remote_ip(m), ike_direction(m)` of one step of a plan to
/// `ike_remote_ip(p), ike_direction(p)` with `p` = `ike_parse(m, 'remote_ip', 'direction')`, which common-subexpression
/// elimination, on its next pass, computes once. A function that is alone stays as it is: it builds less.
///
/// The field functions read the struct themselves. `get_field` would do as well, but the optimizer moves it towards the
/// leaves and there parses once for each field again.
#[derive(Debug)]
pub struct ShareIkeParse;

/// A message expression and the fields that a step takes from it.
struct Use {
    message: Expr,
    fields: Vec<&'static Field>,
    /// The whole struct is asked for as well.
    whole: bool,
}

impl OptimizerRule for ShareIkeParse {
    fn name(&self) -> &'static str {
        "share_ike_parse"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        // The steps in which common expressions are computed once.
        let shares = matches!(
            plan,
            LogicalPlan::Projection(_)
                | LogicalPlan::Filter(_)
                | LogicalPlan::Aggregate(_)
                | LogicalPlan::Window(_)
                | LogicalPlan::Sort(_)
        );
        if !shares || is_filtered_by_the_scan(&plan) {
            return Ok(Transformed::no(plan));
        }
        let uses: Vec<Use> = uses(&plan)?.into_iter().filter(|u| u.fields.len() + usize::from(u.whole) > 1).collect();
        if uses.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let names = NamePreserver::new(&plan);
        let rewritten = plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let expr = expr.transform_up(|expr| {
                Ok(match field_call(&expr).and_then(|(_, message)| uses.iter().find(|u| u.message == *message)) {
                    Some(found) => Transformed::yes(with_message(expr, found)),
                    None => Transformed::no(expr),
                })
            })?;
            Ok(expr.update_data(|expr| name.restore(expr)))
        })?;
        rewritten.map_data(LogicalPlan::recompute_schema)
    }
}

/// Whether the plan is a filter that the scan below already has, in part or roughly. The rewritten filter would go down to
/// the scan as well, beside the first, and there each is computed for itself.
fn is_filtered_by_the_scan(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Filter(filter) = plan else { return false };
    let LogicalPlan::TableScan(scan) = filter.input.as_ref() else { return false };
    scan.filters.iter().any(|f| f.exists(|expr| Ok(field_call(expr).is_some())).unwrap_or(false))
}

/// The function and the message of `ike_<field>(message)`, where the message is a text.
fn field_call(expr: &Expr) -> Option<(&'static Field, &Expr)> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return None };
    let function = func.inner().downcast_ref::<IkeField>()?;
    args.first().map(|message| (function.field, message))
}

fn uses(plan: &LogicalPlan) -> Result<Vec<Use>> {
    let mut found: Vec<Use> = Vec::new();
    let schema = plan.inputs().first().map(|input| Arc::clone(input.schema()));
    let Some(schema) = schema else { return Ok(found) };
    for expr in plan.expressions() {
        expr.apply(|expr| {
            let (message, field) = match expr {
                Expr::ScalarFunction(call) if call.func.inner().is::<IkeParse>() && call.args.len() == 1 => {
                    (call.args.first(), None)
                }
                other => field_call(other).map_or((None, None), |(field, message)| (Some(message), Some(field))),
            };
            let Some(message) = message.filter(|m| is_text(m, &schema)) else { return Ok(TreeNodeRecursion::Continue) };
            let at = found.iter().position(|u| u.message == *message).unwrap_or_else(|| {
                found.push(Use { message: message.clone(), fields: Vec::new(), whole: false });
                found.len() - 1
            });
            match (found.get_mut(at), field) {
                (Some(u), Some(field)) if u.fields.iter().all(|f| f.name != field.name) => u.fields.push(field),
                (Some(u), None) => u.whole = true,
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok(found)
}

/// Whether the expression is a text that changes from row to row. What is already parsed is a struct.
fn is_text(message: &Expr, schema: &DFSchema) -> bool {
    !message.is_volatile()
        && message
            .get_type(schema as &dyn ExprSchema)
            .is_ok_and(|t| t.is_string() || matches!(t, DataType::Dictionary(_, values) if values.is_string()))
}

/// The same function over the shared struct.
fn with_message(expr: Expr, found: &Use) -> Expr {
    let Expr::ScalarFunction(ScalarFunction { func, .. }) = expr else { return expr };
    let mut arguments = vec![found.message.clone()];
    if !found.whole {
        // In the table's order, so that two steps with the same fields have the same expression.
        let wanted = FIELDS.iter().filter(|field| found.fields.iter().any(|f| f.name == field.name));
        arguments.extend(wanted.map(|field| lit(field.name)));
    }
    let parsed = Expr::ScalarFunction(ScalarFunction::new_udf(shared(), arguments));
    Expr::ScalarFunction(ScalarFunction { func, args: vec![parsed] })
}
