//! Sources of rows: tables, `datatable`, `print`, `range`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Values, lit};

use super::relation::{Column, Relation, named};
use super::{Planner, names};
use crate::ast::{Expr as Ast, ExprKind, Name, Pipeline, Source};
use crate::error::{KqlError, Span};
use crate::types::{Kind, Literal, Typed, scalar};

/// Rows that `range` makes at most.
const RANGE_LIMIT: i128 = 10_000_000;

impl Planner<'_> {
    /// A source with its operators.
    pub(super) fn pipeline(&mut self, query: &Pipeline) -> Result<Relation, KqlError> {
        // A query inside a condition is no condition itself.
        let outside = std::mem::replace(&mut self.filtering, false);
        let mut rows = self.source(&query.source, &query.span);
        for (operator, span) in &query.operators {
            rows = rows.and_then(|rows| self.operator(rows, operator, span));
        }
        self.filtering = outside;
        rows
    }

    fn source(&mut self, source: &Source, span: &Span) -> Result<Relation, KqlError> {
        match source {
            Source::Expr(expr) => match self.table(expr)? {
                Some(rows) => Ok(rows),
                None => Err(self.no_table(expr)),
            },
            Source::Pattern(name) => Err(KqlError::unsupported(&name.span, "a pattern of tables outside union")),
            Source::Datatable { columns, values, span } => self.datatable(columns, values, span),
            Source::Print(values) => self.print(values),
            Source::Range { name, from, to, step } => self.range(name, from, to, step),
            Source::Union(union) => self.union(None, union),
            Source::Search(search) => self.search_tables(search, span),
            Source::Find(find) => self.find(find, span),
            Source::Input => self.input.clone().ok_or_else(|| KqlError::syntax(span, "a table is expected here")),
        }
    }

    fn no_table(&self, expr: &Ast) -> KqlError {
        let name = match &expr.kind {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Member(base, name) => match &base.kind {
                ExprKind::Name(schema) => Some(format!("{schema}.{}", name.text)),
                _ => None,
            },
            _ => None,
        };
        if let Some(name) = name {
            let known: Vec<&str> = self.bindings.keys().chain(self.known.iter()).map(String::as_str).collect();
            let Some(other) = known.iter().find(|k| k.eq_ignore_ascii_case(&name)) else {
                return KqlError::unknown("table", &name, &expr.span, known);
            };
            let hint = Some(format!("did you mean '{other}'? Upper and lower case differ in KQL"));
            return KqlError::Unknown { what: "table", name, span: expr.span.clone(), hint };
        }
        match &expr.kind {
            ExprKind::Call(name, _) => match crate::functions::lookup(&name.text) {
                Some(_) => {
                    KqlError::typed(&expr.span, format!("{}() gives a value, and a table is expected", name.text))
                }
                None => self.unknown_function(name),
            },
            _ => KqlError::typed(&expr.span, "a table is expected here"),
        }
    }

    fn datatable(&mut self, columns: &[(Name, Kind)], values: &[Ast], span: &Span) -> Result<Relation, KqlError> {
        let width = columns.len();
        if width == 0 || !values.len().is_multiple_of(width) {
            let text = format!("{} values do not fill rows of {width} columns", values.len());
            return Err(KqlError::typed(span, text));
        }
        if let Some((name, _)) = columns
            .iter()
            .enumerate()
            .find(|(i, (n, _))| columns.iter().take(*i).any(|(m, _)| m.text == n.text))
            .map(|(_, c)| c)
        {
            return Err(KqlError::typed(&name.span, format!("the column '{}' is there twice", name.text)));
        }
        let order = self.fresh("row");
        let mut rows = Vec::with_capacity(values.len() / width);
        for (number, row) in values.chunks(width).enumerate() {
            let mut cells = Vec::with_capacity(width + 1);
            for (value, (_, kind)) in row.iter().zip(columns) {
                let constant = self.constant(value)?;
                let span = &value.span;
                let fits = constant.kind == *kind
                    || constant.literal == Some(Literal::Null)
                    || *kind == Kind::Dynamic
                    || constant.kind == Kind::Dynamic
                    || constant.kind.is_number() && kind.is_number()
                    || *kind == Kind::String;
                let literal = match (fits, &constant.literal) {
                    (true, Some(literal)) => self.cell(literal, constant.kind, *kind),
                    // Texts are read as what the column is.
                    (false, Some(Literal::String(text))) => read(text, *kind),
                    _ => None,
                };
                let Some(literal) = literal else {
                    return Err(KqlError::typed(span, format!("expected a {kind}, found a {}", constant.kind)));
                };
                cells.push(Expr::Literal(scalar(&literal, *kind), None));
            }
            cells.push(lit(i64::try_from(number).unwrap_or(i64::MAX)));
            rows.push(cells);
        }
        let mut fields: Vec<Field> =
            columns.iter().map(|(n, k)| Field::new(&n.text, k.data_type(), *k != Kind::String)).collect();
        fields.push(Field::new(&order, datafusion::arrow::datatypes::DataType::Int64, false));
        let schema = Arc::new(DFSchema::try_from(Schema::new(fields))?);
        let plan = if rows.is_empty() {
            LogicalPlan::EmptyRelation(datafusion::logical_expr::EmptyRelation { produce_one_row: false, schema })
        } else {
            LogicalPlan::Values(Values { schema, values: rows })
        };
        let columns = columns.iter().map(|(n, k)| Column { name: n.text.clone(), kind: *k, raw: false }).collect();
        Ok(Relation::new(plan, columns).ordered_by(order))
    }

    /// A constant as a cell of a column of another type.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    fn cell(&self, literal: &Literal, from: Kind, to: Kind) -> Option<Literal> {
        Some(match (literal, to) {
            _ if from == to => literal.clone(),
            (Literal::Null, _) => Literal::Null,
            (Literal::Long(n), Kind::Int) => Literal::Long(i64::from(i32::try_from(*n).ok()?)),
            (Literal::Long(n), Kind::Long) => Literal::Long(*n),
            (Literal::Long(n), Kind::Real) => Literal::Real(*n as f64),
            (Literal::Long(n), Kind::Decimal) => Literal::Decimal(i128::from(*n) * 1_000_000_000_000_000_000),
            (Literal::Real(n), Kind::Int | Kind::Long) if n.fract() == 0.0 => Literal::Long(*n as i64),
            (Literal::Real(n), Kind::Decimal) => Literal::Decimal(crate::lex::decimal(&n.to_string())?),
            (Literal::Long(n), Kind::Dynamic) => Literal::Dynamic(n.to_string()),
            (Literal::Real(n), Kind::Dynamic) => Literal::Dynamic(serde_json::to_string(n).ok()?),
            (Literal::Bool(b), Kind::Dynamic) => Literal::Dynamic(b.to_string()),
            (Literal::String(s), Kind::Dynamic) => Literal::Dynamic(serde_json::to_string(s).ok()?),
            (Literal::Datetime(n), Kind::Dynamic) => {
                Literal::Dynamic(serde_json::to_string(&crate::values::datetime::format(*n)).ok()?)
            }
            (Literal::Timespan(n), Kind::Dynamic) => {
                Literal::Dynamic(serde_json::to_string(&crate::values::timespan::format(*n)).ok()?)
            }
            (Literal::Long(n), Kind::String) => Literal::String(n.to_string()),
            (Literal::Bool(b), Kind::String) => Literal::String(if *b { "True" } else { "False" }.to_owned()),
            (Literal::Dynamic(text), Kind::Long) => Literal::Long(text.parse().ok()?),
            (Literal::Dynamic(text), Kind::Real) => Literal::Real(text.parse().ok()?),
            (Literal::Dynamic(text), Kind::String) => {
                Literal::String(serde_json::from_str::<String>(text).unwrap_or_else(|_| text.clone()))
            }
            _ => return None,
        })
    }

    fn print(&mut self, values: &[Ast]) -> Result<Relation, KqlError> {
        let nothing = Relation::new(LogicalPlanBuilder::empty(true).build()?, Vec::new());
        let mut columns: Vec<(Column, Expr)> = Vec::new();
        for (position, value) in values.iter().enumerate() {
            if let Some(several) = self.several(&nothing, value)? {
                for (name, typed) in several {
                    let name = names::unique(&name, |n| columns.iter().any(|(c, _)| c.name == n));
                    columns.push((Column { name, kind: typed.kind, raw: false }, typed.expr));
                }
                continue;
            }
            let (name, inner) = match &value.kind {
                ExprKind::Named(name, inner) => (Some(name.text.clone()), inner.as_ref()),
                ExprKind::NamedList(_, inner) => {
                    return Err(KqlError::unsupported(&inner.span, "several names in print"));
                }
                _ => (names::inferred(value), value),
            };
            let typed = self.value(&nothing, inner)?;
            let name = names::unique(&name.unwrap_or_else(|| format!("print_{position}")), |n| {
                columns.iter().any(|(c, _)| c.name == n)
            });
            columns.push((Column { name, kind: typed.kind, raw: false }, typed.expr));
        }
        nothing.project(columns)
    }

    fn range(&mut self, name: &Name, from: &Ast, to: &Ast, step: &Ast) -> Result<Relation, KqlError> {
        let (first, last, width) = (self.known(from)?, self.known(to)?, self.known(step)?);
        let span = from.span.start..step.span.end.max(from.span.start);
        let kind = match (first.kind, width.kind) {
            (Kind::Int | Kind::Long, Kind::Int | Kind::Long) if last.kind.is_integer() => Kind::Long,
            (Kind::Datetime, Kind::Timespan) => Kind::Datetime,
            (Kind::Timespan, Kind::Timespan) => Kind::Timespan,
            (a, b) if a.is_number() && b.is_number() && last.kind.is_number() => Kind::Real,
            (a, b) => return Err(KqlError::typed(&span, format!("range cannot go from a {a} by steps of a {b}"))),
        };
        let known = |t: &Typed| matches!(t.literal, Some(ref l) if *l != Literal::Null);
        if !(known(&first) && known(&last) && known(&width)) {
            if [&first, &last, &width].iter().any(|t| t.literal == Some(Literal::Null)) {
                return self.listed(name, kind, Vec::new());
            }
            return Err(KqlError::unsupported(&span, "a range of such values"));
        }
        let values = match kind {
            Kind::Real => reals(
                &self.widened(first, Kind::Real, &span)?,
                &self.widened(last, Kind::Real, &span)?,
                &self.widened(width, Kind::Real, &span)?,
            ),
            _ => wholes(&first, &last, &width),
        };
        let Some(values) = values else {
            return Err(KqlError::typed(&span, format!("this range has more than {RANGE_LIMIT} rows")));
        };
        self.listed(name, kind, values)
    }

    /// One column of constants, made when the query runs.
    fn listed(&mut self, name: &Name, kind: Kind, values: Vec<Number>) -> Result<Relation, KqlError> {
        let order = self.fresh("row");
        let list = match kind {
            Kind::Real => ScalarValue::List(ScalarValue::new_list_nullable(
                &values.iter().map(|n| ScalarValue::Float64(Some(n.real()))).collect::<Vec<_>>(),
                &kind.data_type(),
            )),
            _ => ScalarValue::List(ScalarValue::new_list_nullable(
                &values
                    .iter()
                    .map(|n| match kind {
                        Kind::Datetime => scalar(&Literal::Datetime(n.whole()), kind),
                        Kind::Timespan => scalar(&Literal::Timespan(n.whole()), kind),
                        _ => ScalarValue::Int64(Some(n.whole())),
                    })
                    .collect::<Vec<_>>(),
                &kind.data_type(),
            )),
        };
        let plan = LogicalPlanBuilder::empty(true)
            .project(vec![named(Expr::Literal(list, None), "$list")])?
            .unnest_columns_with_options(
                vec![datafusion::common::Column::new_unqualified("$list")],
                datafusion::common::UnnestOptions::new().with_preserve_nulls(false),
            )?
            .project(vec![
                named(super::relation::field("$list"), &name.text),
                named(super::relation::field("$list"), &order),
            ])?
            .build()?;
        let columns = vec![Column { name: name.text.clone(), kind, raw: false }];
        let descending = matches!(values.as_slice(), [a, b, ..] if a.real() > b.real());
        let mut rows = Relation::new(plan, columns).ordered_by(order);
        if let Some(key) = rows.order.first_mut() {
            key.ascending = !descending;
        }
        Ok(rows)
    }
}

#[derive(Debug, Clone, Copy)]
enum Number {
    Whole(i64),
    Real(f64),
}

impl Number {
    fn whole(self) -> i64 {
        match self {
            Self::Whole(n) => n,
            #[allow(clippy::cast_possible_truncation)]
            Self::Real(n) => n as i64,
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn real(self) -> f64 {
        match self {
            Self::Whole(n) => n as f64,
            Self::Real(n) => n,
        }
    }
}

fn whole(value: &Typed) -> Option<i64> {
    match value.literal.as_ref()? {
        Literal::Long(n) | Literal::Datetime(n) | Literal::Timespan(n) => Some(*n),
        _ => None,
    }
}

fn wholes(first: &Typed, last: &Typed, step: &Typed) -> Option<Vec<Number>> {
    let (first, last, step) = (i128::from(whole(first)?), i128::from(whole(last)?), i128::from(whole(step)?));
    if step == 0 || (last - first).signum() * step.signum() < 0 {
        return Some(Vec::new());
    }
    let count = (last - first) / step;
    if count >= RANGE_LIMIT {
        return None;
    }
    Some((0..=count).filter_map(|i| i64::try_from(first + i * step).ok()).map(Number::Whole).collect())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn reals(first: &Typed, last: &Typed, step: &Typed) -> Option<Vec<Number>> {
    let value = |t: &Typed| match t.literal {
        Some(Literal::Real(n)) => Some(n),
        _ => None,
    };
    let (first, last, step) = (value(first)?, value(last)?, value(step)?);
    let count = ((last - first) / step).floor();
    if !count.is_finite() || count < 0.0 {
        return Some(Vec::new());
    }
    if count >= RANGE_LIMIT as f64 {
        return None;
    }
    Some((0..=count as i64).map(|i| Number::Real(first + i as f64 * step)).collect())
}

/// A text as a value of a column.
fn read(text: &str, kind: Kind) -> Option<Literal> {
    match kind {
        Kind::Guid => crate::lex::guid(text).map(Literal::String),
        Kind::Datetime => crate::values::datetime::parse(text).map(Literal::Datetime),
        _ => None,
    }
}
