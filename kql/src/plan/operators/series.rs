//! `make-series`.

use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::functions_aggregate::expr_fn::{max, min};
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast};

use super::super::relation::{Column, Relation, field, named};
use super::super::{Planner, names};
use super::rows::{filtered, plain};
use crate::ast::{BinaryOp, ExprKind, MakeSeries};
use crate::error::{KqlError, Span};
use crate::kernels::lists;
use crate::types::{Kind, Literal, Typed, text_lit};

impl Planner<'_> {
    pub(super) fn make_series(
        &mut self,
        rows: Relation,
        series: &MakeSeries,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        Self::alone(&rows, "make-series", span)?;
        let (axis_name, axis) = match &series.on.kind {
            ExprKind::Named(name, inner) => (Some(name.text.clone()), self.value(&rows, inner)?),
            _ => (names::inferred(&series.on), self.value(&rows, &series.on)?),
        };
        let axis_name = axis_name.unwrap_or_else(|| "Column1".to_owned());
        let from = series.from.as_ref().map(|e| self.known(e)).transpose()?;
        let to = series.to.as_ref().map(|e| self.known(e)).transpose()?;
        let step = self.known(&series.step)?;
        let (mut axis, mut bounds) = (axis, Vec::new());
        for bound in [from, to] {
            bounds.push(match bound {
                None => None,
                Some(bound) => {
                    let (a, b) = self.unified(axis, bound, "make-series", span)?;
                    axis = a;
                    Some(b)
                }
            });
        }
        let (to, from) = (bounds.pop().flatten(), bounds.pop().flatten());
        let step = match (axis.kind, step.kind) {
            (Kind::Datetime | Kind::Timespan, Kind::Timespan) => step,
            (a, b) if a.is_number() && b.is_number() => self.widened(step, a, &series.step.span)?,
            (a, b) => return Err(KqlError::typed(&series.step.span, format!("a {a} does not go by steps of a {b}"))),
        };
        if matches!(axis.kind, Kind::Real | Kind::Decimal) {
            return Err(KqlError::unsupported(&series.on.span, format!("make-series over a {}", axis.kind)));
        }
        if matches!(step.literal, Some(Literal::Timespan(n) | Literal::Long(n)) if n <= 0) {
            return Err(KqlError::typed(&series.step.span, "the step is greater than nothing"));
        }
        if series.nonempty && (from.is_none() || to.is_none()) {
            return Err(KqlError::unsupported(span, "kind=nonempty of make-series without from and to"));
        }
        // Rows of the axis, and where the bin of each begins: counted from the first bin, or whole steps without one.
        let mut inside = axis.expr.clone().is_not_null();
        if let Some(from) = &from {
            inside = inside.and(self.operation(BinaryOp::GreaterEqual, axis.clone(), from.clone(), span)?.expr);
        }
        if let Some(to) = &to {
            inside = inside.and(self.operation(BinaryOp::Less, axis.clone(), to.clone(), span)?.expr);
        }
        let keys = self.keys(&rows, &series.by)?;
        let mut results: Vec<(String, Typed)> = Vec::new();
        let mut defaults: Vec<Option<Typed>> = Vec::new();
        let mut taken: Vec<String> = keys.iter().map(|(n, _)| n.clone()).collect();
        taken.push(axis_name.clone());
        for one in &series.series {
            let (given, inner) = match &one.aggregate.kind {
                ExprKind::Named(name, inner) => (Some(name.text.clone()), inner.as_ref()),
                _ => (None, &one.aggregate),
            };
            let Some((name, value)) = self.aggregate(&rows, &keys, inner)?.into_iter().next() else {
                return Err(KqlError::typed(&one.aggregate.span, "expected an aggregate such as count()"));
            };
            let name = given.or(name).unwrap_or_else(|| "Column1".to_owned());
            let name = names::unique(&name, |n| taken.iter().any(|t| t == n));
            taken.push(name.clone());
            let default = one.default.as_ref().map(|d| self.constant(d)).transpose()?;
            results.push((name, value));
            defaults.push(default);
        }
        let whole = |e: Expr| cast(e, Kind::Long.data_type());
        let width = whole(step.expr.clone());
        let at = match &from {
            Some(from) => {
                let start = whole(from.expr.clone());
                start.clone() + (whole(axis.expr.clone()) - start) / width.clone() * width.clone()
            }
            None => whole(self.call("bin", span, &[axis.clone(), step])?.expr),
        };
        let bin = Typed::new(at, Kind::Long);
        let rows = filtered(rows, inside)?;
        let mut bins = keys.clone();
        bins.push(("$bin".to_owned(), bin));
        let values = self.grouped(rows, bins, results.clone())?;
        // The bins of each key beside each other.
        let gathered = |name: &str| {
            Expr::AggregateFunction(AggregateFunction {
                func: array_agg_udaf(),
                params: AggregateFunctionParams {
                    args: vec![field(name)],
                    distinct: false,
                    filter: None,
                    order_by: vec![field("$bin").sort(true, true)],
                    null_treatment: None,
                },
            })
        };
        let mut fields: Vec<Expr> = keys.iter().map(|(name, _)| field(name)).collect();
        fields.push(field("$bin"));
        for (position, (name, value)) in results.iter().enumerate() {
            let json = self.call("pack_array", span, &[Typed::new(field(name), value.kind)])?;
            fields.push(named(json.expr, &format!("$json{position}")));
        }
        let groups: Vec<Expr> = keys.iter().map(|(name, _)| field(name)).collect();
        // Without from and to each series has its own: its first bin, and the end of its last.
        let mut aggregates = vec![
            gathered("$bin").alias("$bins"),
            min(field("$bin")).alias("$first"),
            max(field("$bin")).alias("$last"),
        ];
        aggregates.extend((0..results.len()).map(|i| gathered(&format!("$json{i}")).alias(format!("$all{i}"))));
        let mut plan = LogicalPlanBuilder::from(values.plan).project(fields)?.aggregate(groups, aggregates)?;
        if !series.nonempty {
            plan = plan.filter(field("$bins").is_not_null())?;
        }
        let plan = plan.build()?;
        let bounds = vec![
            from.map_or_else(|| field("$first"), |from| whole(from.expr)),
            to.map_or_else(|| field("$last") + width.clone(), |to| whole(to.expr)),
            width,
        ];
        let mut columns: Vec<(Column, Expr)> =
            keys.iter().map(|(name, value)| (plain(name, value.kind), field(name))).collect();
        for (position, ((name, value), default)) in results.iter().zip(&defaults).enumerate() {
            let missing = match default {
                Some(default) => match default.literal {
                    Some(Literal::Null) => text_lit("null"),
                    _ => lists::only(self.call("pack_array", span, std::slice::from_ref(default))?.expr),
                },
                None if value.kind == Kind::Real => text_lit("0.0"),
                None if value.kind.is_number() => text_lit("0"),
                None => text_lit("null"),
            };
            let mut arguments = vec![field("$bins"), field(&format!("$all{position}")), missing];
            arguments.extend(bounds.iter().cloned());
            columns.push((plain(name, Kind::Dynamic), lists::series(arguments)));
        }
        columns.push((plain(&axis_name, Kind::Dynamic), lists::axis(bounds, axis.kind)));
        Relation::new(plan, Vec::new()).project(columns)
    }
}
