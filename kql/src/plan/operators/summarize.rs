//! `summarize` and `distinct`.

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use super::super::relation::{Column, Relation, field, named};
use super::super::{Planner, names};
use super::rows::plain;
use crate::aggregates;
use crate::ast::{Expr as Ast, ExprKind, Name};
use crate::call::{Argument, Call};
use crate::error::{KqlError, Span};
use crate::types::{Kind, Typed};

impl Planner<'_> {
    pub(super) fn summarize(
        &mut self,
        rows: Relation,
        wanted: &[Ast],
        by: &[Ast],
        span: &Span,
    ) -> Result<Relation, KqlError> {
        let keys = self.keys(&rows, by)?;
        let mut unnamed = 0;
        let mut taken: Vec<String> = keys.iter().map(|(n, _)| n.clone()).collect();
        // Names that are given come before those that are made.
        taken.extend(wanted.iter().filter_map(|w| match &w.kind {
            ExprKind::Named(name, _) => Some(name.text.clone()),
            _ => None,
        }));
        let mut results: Vec<(String, Typed)> = Vec::new();
        for item in wanted {
            let (given, inner): (&[Name], &Ast) = match &item.kind {
                ExprKind::Named(name, inner) => (std::slice::from_ref(name), inner),
                ExprKind::NamedList(names, inner) => (names, inner),
                _ => (&[], item),
            };
            let columns = self.aggregate(&rows, &keys, inner)?;
            for (position, (name, value)) in columns.into_iter().enumerate() {
                let name = match given.get(position) {
                    Some(given) => given.text.clone(),
                    None => {
                        let name = name.unwrap_or_else(|| {
                            unnamed += 1;
                            format!("Column{unnamed}")
                        });
                        let name = names::unique(&name, |n| taken.iter().any(|t| t == n));
                        taken.push(name.clone());
                        name
                    }
                };
                if results.iter().any(|(n, _)| *n == name) {
                    return Err(KqlError::typed(&item.span, format!("the column '{name}' is there twice")));
                }
                results.push((name, value));
            }
        }
        if results.is_empty() && keys.is_empty() {
            return Err(KqlError::syntax(span, "summarize needs an aggregate or a key"));
        }
        self.grouped(rows, keys, results)
    }

    pub(super) fn distinct(&mut self, rows: Relation, columns: &[Ast], span: &Span) -> Result<Relation, KqlError> {
        let keys = match columns {
            [Ast { kind: ExprKind::Star, .. }] => {
                if let Some(dynamic) = rows.columns.iter().find(|c| c.kind == Kind::Dynamic) {
                    let text =
                        format!("'{}' is dynamic, and dynamic values cannot be compared; use tostring()", dynamic.name);
                    return Err(KqlError::typed(span, text));
                }
                rows.columns.iter().map(|c| (c.name.clone(), rows.value(c))).collect()
            }
            _ => self.keys(&rows, columns)?,
        };
        self.grouped(rows, keys, Vec::new())
    }

    /// Keys with their names.
    pub(super) fn keys(&mut self, rows: &Relation, by: &[Ast]) -> Result<Vec<(String, Typed)>, KqlError> {
        let mut keys: Vec<(String, Typed)> = Vec::new();
        let mut unnamed = 0;
        for key in by {
            let (name, inner) = match &key.kind {
                ExprKind::Named(name, inner) => (Some(name.text.clone()), inner.as_ref()),
                ExprKind::NamedList(_, inner) => {
                    return Err(KqlError::unsupported(&inner.span, "several names for one key"));
                }
                _ => (names::inferred(key), key),
            };
            let value = self.value(rows, inner)?;
            if value.kind == Kind::Dynamic {
                let text = "dynamic values cannot be compared; convert the key, for example with tostring()";
                return Err(KqlError::typed(&key.span, text));
            }
            let name = name.unwrap_or_else(|| {
                unnamed += 1;
                format!("Column{unnamed}")
            });
            keys.push((names::unique(&name, |n| keys.iter().any(|(k, _)| k == n)), value));
        }
        Ok(keys)
    }

    /// The columns of one item of `summarize`.
    pub(super) fn aggregate(
        &mut self,
        rows: &Relation,
        keys: &[(String, Typed)],
        item: &Ast,
    ) -> Result<Vec<(Option<String>, Typed)>, KqlError> {
        if let ExprKind::Call(name, arguments) = &item.kind
            && let Some(aggregate) = aggregates::lookup(&name.text)
            && !self.bindings.contains_key(&name.text)
        {
            let arguments = self.aggregate_arguments(rows, keys, name, arguments)?;
            let call = Call { name: &name.text, span: item.span.clone(), args: &arguments, now: self.options.now };
            let columns = (aggregate.bind)(&call)?;
            return Ok(columns.into_iter().map(|c| (c.name, c.value)).collect());
        }
        let outside = self.aggregating.replace(keys.to_vec());
        let value = self.value(rows, item);
        self.aggregating = outside;
        let name = match &item.kind {
            ExprKind::Name(name) => Some(name.clone()),
            _ => names::inferred(item),
        };
        Ok(vec![(name, value?)])
    }

    /// Arguments in which `*` stands for all columns but the keys.
    pub(in super::super) fn aggregate_arguments(
        &mut self,
        rows: &Relation,
        keys: &[(String, Typed)],
        name: &Name,
        arguments: &[Ast],
    ) -> Result<Vec<Argument>, KqlError> {
        if let ("count", [Ast { kind: ExprKind::Star, span, .. }]) = (name.text.as_str(), arguments) {
            return Err(KqlError::typed(span, "count() counts rows and takes no '*'"));
        }
        let outside = self.aggregating.take();
        let mut bound = Vec::new();
        let mut failed = None;
        for argument in arguments {
            if matches!(argument.kind, ExprKind::Star) {
                let taken = |c: &Column| {
                    keys.iter().any(|(k, _)| *k == c.name)
                        || arguments.iter().any(|a| matches!(&a.kind, ExprKind::Name(n) if *n == c.name))
                };
                for column in rows.columns.iter().filter(|c| !taken(c)) {
                    bound.push(Argument {
                        value: rows.value(column),
                        span: argument.span.clone(),
                        name: Some(column.name.clone()),
                    });
                }
                continue;
            }
            match self.bound_argument(rows, argument) {
                Ok(argument) => bound.push(argument),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        self.aggregating = outside;
        match failed {
            Some(error) => Err(error),
            None => Ok(bound),
        }
    }

    /// An aggregate by name, for operators that need one themselves.
    pub(super) fn call_aggregate(&self, name: &str, args: &[Argument]) -> Result<Typed, KqlError> {
        let span = 0..0;
        let aggregate = aggregates::lookup(name).ok_or_else(|| KqlError::unsupported(&span, format!("{name}()")))?;
        let columns = (aggregate.bind)(&Call { name, span, args, now: self.options.now })?;
        match columns.into_iter().next() {
            Some(column) => Ok(column.value),
            None => Err(KqlError::unsupported(&(0..0), format!("{name}()"))),
        }
    }

    /// Groups rows by keys: keys first, then results, whose aggregate calls may stand inside other expressions.
    pub(super) fn grouped(
        &mut self,
        rows: Relation,
        keys: Vec<(String, Typed)>,
        results: Vec<(String, Typed)>,
    ) -> Result<Relation, KqlError> {
        let sorts = rows.sorts();
        // Under the names that DataFusion gives, as in its SQL; the projection above gives them ours.
        let mut aggregates: Vec<Expr> = Vec::new();
        let mut groups: Vec<Expr> = Vec::new();
        let mut above: Vec<Expr> = Vec::new();
        let mut columns: Vec<(Column, Expr)> = Vec::new();
        let result_of = |expr: &Expr| match expr {
            Expr::Column(_) => expr.clone(),
            other => field(&other.schema_name().to_string()),
        };
        for (position, (name, value)) in keys.iter().enumerate() {
            let key = format!("$key{position}");
            above.push(named(result_of(&value.expr), &key));
            columns.push((plain(name, value.kind), field(&key)));
            if !groups.contains(&value.expr) {
                groups.push(value.expr.clone());
            }
        }
        for group in &rows.groups {
            groups.push(field(group));
            above.push(field(group));
        }
        for (name, value) in results {
            let expr = value
                .expr
                .transform_down(|e| {
                    let Expr::AggregateFunction(mut call) = e else { return Ok(Transformed::no(e)) };
                    if aggregates::is_ordered(call.func.name())
                        && call.params.order_by.is_empty()
                        && !call.params.distinct
                    {
                        call.params.order_by.clone_from(&sorts);
                    }
                    let call = Expr::AggregateFunction(call);
                    let name = self.fresh("sum");
                    above.push(result_of(&call).alias(&name));
                    if !aggregates.contains(&call) {
                        aggregates.push(call);
                    }
                    Ok(Transformed::new(field(&name), true, TreeNodeRecursion::Jump))
                })
                .data()?;
            // What is neither a key nor summed up has no one value.
            if let Some(loose) = expr.column_refs().into_iter().find(|c| !c.name.starts_with('$')) {
                let text = format!("'{}' is neither a key nor inside an aggregate such as max()", loose.name);
                return Err(KqlError::typed(&(0..0), text));
            }
            columns.push((plain(&name, value.kind), expr));
        }
        let outer: Vec<Column> = rows.outer.clone();
        for column in &outer {
            let first = Expr::AggregateFunction(AggregateFunction {
                func: first_value_udaf(),
                params: AggregateFunctionParams {
                    args: vec![field(&column.name)],
                    distinct: false,
                    filter: None,
                    order_by: Vec::new(),
                    null_treatment: None,
                },
            });
            above.push(result_of(&first).alias(&column.name));
            if !aggregates.contains(&first) {
                aggregates.push(first);
            }
        }
        let plan = LogicalPlanBuilder::from(rows.plan).aggregate(groups, aggregates)?.project(above)?.build()?;
        let mut next = Relation::new(plan, Vec::new());
        next.hidden.clone_from(&rows.groups);
        next.groups = rows.groups;
        next.outer = outer;
        next.project(columns)
    }
}
