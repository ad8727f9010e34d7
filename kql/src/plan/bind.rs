//! Expressions of the tree to typed expressions of DataFusion's.

use std::sync::Arc;

use datafusion::common::Spans;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_aggregate::first_last::first_value;
use datafusion::logical_expr::expr::{InList, InSubquery};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, Subquery, lit};

use super::relation::Relation;
use super::{Binding, Planner, names};
use crate::ast::{BinaryOp, Expr as Ast, ExprKind, InKind, Name};
use crate::call::{Argument, Call};
use crate::error::{KqlError, Span};
use crate::kernels::never_null;
use crate::kernels::path::{self, Step};
use crate::types::{Kind, Literal, Typed};

impl Planner<'_> {
    /// The value of an expression in a row of `rows`.
    pub(super) fn value(&mut self, rows: &Relation, expr: &Ast) -> Result<Typed, KqlError> {
        let span = &expr.span;
        match &expr.kind {
            ExprKind::Literal(kind, literal) => Ok(Typed::of(literal.clone(), *kind)),
            ExprKind::Name(name) => self.name(rows, name, span),
            ExprKind::Star => Err(KqlError::syntax(span, "'*' cannot stand here")),
            ExprKind::TypeOf(kind) => Ok(Typed::of(Literal::String(kind.name().to_owned()), Kind::String)),
            ExprKind::Negate(inner) => {
                let inner = self.value(rows, inner)?;
                self.negated(inner, span)
            }
            ExprKind::Plus(inner) => self.value(rows, inner),
            ExprKind::Binary(BinaryOp::Text(text), left, right) => {
                let left_star = matches!(left.kind, ExprKind::Star);
                if left_star {
                    return self.any_column(rows, text, right, span);
                }
                let (a, b) = (self.value(rows, left)?, self.value(rows, right).map_err(|e| names::unquoted(e, right))?);
                if *text == ":" {
                    return Err(KqlError::syntax(span, "':' compares only in search; write has or =="));
                }
                self.text_operator(text, a, b, span)
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), ..) => self.chain(rows, *op, expr),
            ExprKind::Binary(op, left, right) => {
                let (a, b) = (self.value(rows, left)?, self.value(rows, right).map_err(|e| names::unquoted(e, right))?);
                self.operation(*op, a, b, span)
            }
            ExprKind::In(kind, value, list) => self.in_list(rows, *kind, value, list, span),
            ExprKind::Between { negated, value, low, high } => {
                let value = self.value(rows, value)?;
                let (low, high) = (self.value(rows, low)?, self.value(rows, high)?);
                // `t between (start .. 2h)` names a length.
                let high = match (low.kind, high.kind) {
                    (Kind::Datetime, Kind::Timespan) => self.operation(BinaryOp::Add, low.clone(), high, span)?,
                    _ => high,
                };
                let from = self.operation(BinaryOp::GreaterEqual, value.clone(), low, span)?;
                let to = self.operation(BinaryOp::LessEqual, value, high, span)?;
                let both = from.expr.and(to.expr);
                Ok(Typed::new(if *negated { Expr::Not(Box::new(both)) } else { both }, Kind::Bool))
            }
            ExprKind::Call(name, arguments) => self.called(rows, name, arguments, span),
            ExprKind::Member(..) | ExprKind::Index(..) => self.path(rows, expr),
            ExprKind::Named(name, _) => {
                Err(KqlError::syntax(&name.span, format!("'{} =' cannot stand here", name.text)))
            }
            ExprKind::NamedList(..) => Err(KqlError::unsupported(span, "several names for one value here")),
            ExprKind::Query(_) => {
                let table = self.table(expr)?;
                match table {
                    Some(_) => Err(KqlError::typed(
                        span,
                        "a table stands where a value is expected; toscalar() makes one of it",
                    )),
                    None => Err(KqlError::syntax(span, "a value is expected here")),
                }
            }
            ExprKind::TooDeep => Err(KqlError::syntax(span, "this expression is nested too deeply")),
        }
    }

    fn name(&mut self, rows: &Relation, name: &str, span: &Span) -> Result<Typed, KqlError> {
        if let Some(column) = rows.find(name) {
            return Ok(rows.value(column));
        }
        match self.bindings.get(name) {
            Some(Binding::Scalar(value)) => return Ok(value.clone()),
            Some(Binding::Table(_)) => {
                return Err(KqlError::typed(
                    span,
                    format!("'{name}' is a table, and a value is expected; toscalar() makes one of it"),
                ));
            }
            Some(Binding::Function(_)) => match self.own_function(rows, name, &[], span)? {
                Some(value) => return Ok(value),
                None => return Err(KqlError::typed(span, format!("'{name}' is a function"))),
            },
            None => {}
        }
        let known: Vec<&str> =
            rows.columns.iter().map(|c| c.name.as_str()).chain(self.bindings.keys().map(String::as_str)).collect();
        Err(names::unknown_column(name, span, &known))
    }

    /// `a and b and c`, however long, without descending for each.
    fn chain(&mut self, rows: &Relation, op: BinaryOp, expr: &Ast) -> Result<Typed, KqlError> {
        let mut operands = Vec::new();
        let mut current = expr;
        while let ExprKind::Binary(same, left, right) = &current.kind
            && *same == op
        {
            operands.push(right.as_ref());
            current = left;
        }
        operands.push(current);
        let mut all: Vec<Expr> = Vec::with_capacity(operands.len());
        for operand in operands.into_iter().rev() {
            let value = self.value(rows, operand)?;
            all.push(self.condition(value, &operand.span)?.expr);
        }
        // A balanced tree: its depth grows with the logarithm of the number of operands.
        while all.len() > 1 {
            let mut pairs = all.into_iter();
            let mut next = Vec::new();
            while let Some(a) = pairs.next() {
                next.push(match (pairs.next(), op) {
                    (Some(b), BinaryOp::And) => a.and(b),
                    (Some(b), _) => a.or(b),
                    (None, _) => a,
                });
            }
            all = next;
        }
        let expr = all.pop().unwrap_or_else(|| lit(true));
        Ok(Typed::new(expr, Kind::Bool))
    }

    /// A value as a condition.
    pub(super) fn condition(&self, value: Typed, span: &Span) -> Result<Typed, KqlError> {
        match value.kind {
            Kind::Bool => Ok(value),
            Kind::Dynamic | Kind::Int | Kind::Long => self.convert(value, Kind::Bool, span),
            other => Err(KqlError::typed(span, format!("a condition is a bool, found a {other}"))),
        }
    }

    /// `* has "x"`: any column.
    fn any_column(&mut self, rows: &Relation, text: &str, needle: &Ast, span: &Span) -> Result<Typed, KqlError> {
        let needle = self.value(rows, needle)?;
        // The negation says that no column has it.
        let (text, negated) = match text.strip_prefix('!') {
            Some("~") => ("=~", true),
            Some(positive) => (positive, true),
            None => (text, false),
        };
        let mut any: Option<Expr> = None;
        for column in rows.columns.clone() {
            let value = self.convert(rows.value(&column), Kind::String, span)?;
            let found = self.text_operator(text, value, needle.clone(), span)?.expr;
            any = Some(match any {
                None => found,
                Some(before) => before.or(found),
            });
        }
        let any = any.unwrap_or_else(|| lit(false));
        Ok(Typed::new(if negated { Expr::Not(Box::new(any)) } else { any }, Kind::Bool))
    }

    fn in_list(
        &mut self,
        rows: &Relation,
        kind: InKind,
        value: &Ast,
        list: &[Ast],
        span: &Span,
    ) -> Result<Typed, KqlError> {
        if matches!(value.kind, ExprKind::Star) {
            return Err(KqlError::unsupported(span, "'*' before in, has_any and has_all"));
        }
        let value = self.value(rows, value)?;
        let mut elements: Vec<Typed> = Vec::new();
        for element in list {
            if let Some(table) = self.table(element)? {
                if list.len() > 1 {
                    return Err(KqlError::unsupported(&element.span, "a table among other values in a list"));
                }
                if let InKind::In { negated, fold: false } = kind
                    && self.filtering
                {
                    return self.in_table(negated, value, table, span);
                }
                elements.extend(self.first_column(table, &element.span)?);
                continue;
            }
            let element_value = self.value(rows, element)?;
            match &element_value.literal {
                Some(Literal::Dynamic(json)) if path::elements(json).is_some() => {
                    for text in path::elements(json).into_iter().flatten() {
                        elements.push(Typed::of(Literal::Dynamic(text.to_owned()), Kind::Dynamic));
                    }
                }
                _ => elements.push(element_value),
            }
        }
        match kind {
            InKind::In { negated, fold } => {
                let found = self.is_one_of(value, elements, fold, span)?;
                Ok(Typed::new(if negated { Expr::Not(Box::new(found)) } else { found }, Kind::Bool))
            }
            InKind::HasAny | InKind::HasAll => {
                let mut all: Option<Expr> = None;
                for element in elements {
                    if element.kind == Kind::Dynamic && element.literal.is_none() {
                        return Err(KqlError::unsupported(
                            span,
                            "has_any and has_all over an array that is not constant",
                        ));
                    }
                    let needle = self.convert(element, Kind::String, span)?;
                    let found = self.text_operator("has", value.clone(), needle, span)?.expr;
                    all = Some(match all {
                        None => found,
                        Some(before) if kind == InKind::HasAny => before.or(found),
                        Some(before) => before.and(found),
                    });
                }
                Ok(Typed::new(all.unwrap_or_else(|| lit(kind == InKind::HasAll)), Kind::Bool))
            }
        }
    }

    /// Whether a value is in a list: false, never null, for a null that is not in it.
    fn is_one_of(&self, value: Typed, elements: Vec<Typed>, fold: bool, span: &Span) -> Result<Expr, KqlError> {
        let mut plain: Vec<Expr> = Vec::new();
        let mut others: Option<Expr> = None;
        let mut target = value.clone();
        for element in elements {
            if fold {
                let (a, b) =
                    (self.convert(value.clone(), Kind::String, span)?, self.convert(element, Kind::String, span)?);
                let same = self.text_operator("=~", a, b, span)?.expr;
                others = Some(others.map_or(same.clone(), |o: Expr| o.or(same)));
                continue;
            }
            if element.kind == Kind::Dynamic && element.literal.is_none() {
                // An array that is only known row by row.
                let member = self.call("set_has_element", span, &[element, value.clone()])?;
                let found = coalesce(vec![member.expr, lit(false)]);
                others = Some(others.map_or(found.clone(), |o: Expr| o.or(found)));
                continue;
            }
            let (a, b) = self.unified(value.clone(), element, "in", span)?;
            let known = b.literal.as_ref().is_some_and(|l| *l != Literal::Null);
            if known && (plain.is_empty() || a.kind == target.kind) {
                target = a;
                plain.push(b.expr);
            } else {
                let same = self.operation(BinaryOp::Equal, a, b, span)?.expr;
                others = Some(others.map_or(same.clone(), |o: Expr| o.or(same)));
            }
        }
        let listed = (!plain.is_empty()).then(|| {
            let never_null =
                target.kind == Kind::String || target.literal.as_ref().is_some_and(|l| *l != Literal::Null);
            let found = Expr::InList(InList::new(Box::new(target.expr), plain, false));
            if never_null { found } else { coalesce(vec![found, lit(false)]) }
        });
        Ok(match (listed, others) {
            (Some(a), Some(b)) => a.or(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => lit(false),
        })
    }

    /// `x in (T | project y)` in a filter, where it becomes a join.
    fn in_table(&self, negated: bool, value: Typed, table: Relation, span: &Span) -> Result<Typed, KqlError> {
        let table = table.plain()?;
        let Some(column) = table.columns.first().cloned() else {
            return Err(KqlError::typed(span, "the table has no column"));
        };
        let (a, b) = self.unified(value, table.value(&column), "in", span)?;
        let plan = LogicalPlanBuilder::from(table.plan)
            .project(vec![b.expr.alias("$in")])?
            // A null in the list would make every other value neither in it nor not.
            .filter(super::relation::field("$in").is_not_null())?
            .build()?;
        let subquery = Subquery { subquery: Arc::new(plan), outer_ref_columns: Vec::new(), spans: Spans::new() };
        let expr = Expr::InSubquery(InSubquery::new(Box::new(a.expr.clone()), subquery, negated));
        let expr = if negated { expr.or(a.expr.is_null()) } else { expr };
        Ok(Typed::new(expr, Kind::Bool))
    }

    fn called(&mut self, rows: &Relation, name: &Name, arguments: &[Ast], span: &Span) -> Result<Typed, KqlError> {
        if let Some(Binding::Function(_)) = self.bindings.get(&name.text) {
            return match self.own_function(rows, &name.text, arguments, span)? {
                Some(value) => Ok(value),
                None => Err(KqlError::typed(span, format!("{}() gives a table, and a value is expected", name.text))),
            };
        }
        match name.text.as_str() {
            "toscalar" => return self.scalar_of(rows, arguments, span),
            "column_ifexists" | "columnifexists" => return self.column_if_exists(rows, arguments, span),
            "pack_all" => return self.pack_all(rows, arguments, span),
            "now" | "ago" => self.uses_now = true,
            _ => {}
        }
        // In summarize, an aggregate may stand inside another expression.
        if let Some(keys) = self.aggregating.clone()
            && let Some(aggregate) = crate::aggregates::lookup(&name.text)
        {
            let bound = self.aggregate_arguments(rows, &keys, name, arguments)?;
            let call = Call { name: &name.text, span: span.clone(), args: &bound, now: self.options.now };
            let mut columns = (aggregate.bind)(&call)?;
            return match (columns.pop(), columns.is_empty()) {
                (Some(column), true) => Ok(column.value),
                _ => Err(KqlError::typed(span, format!("{}() gives several columns here", name.text))),
            };
        }
        let mut bound = Vec::with_capacity(arguments.len());
        for argument in arguments {
            bound.push(self.bound_argument(rows, argument)?);
        }
        let call = Call { name: &name.text, span: span.clone(), args: &bound, now: self.options.now };
        if let Some(function) = crate::functions::lookup(&name.text) {
            return (function.bind)(&call);
        }
        if crate::aggregates::lookup(&name.text).is_some() {
            let text = format!("{}() sums up rows: it stands in summarize only", name.text);
            return Err(KqlError::syntax(&name.span, text));
        }
        Err(self.unknown_function(name))
    }

    /// A function that nobody knows, or one that KQL has and we have not.
    pub(super) fn unknown_function(&self, name: &Name) -> KqlError {
        if names::is_kusto_function(&name.text) {
            return KqlError::unsupported(&name.span, format!("the function {}()", name.text));
        }
        if let Some(hint) = names::of_other_languages(&name.text) {
            let hint = Some(format!("write {hint}"));
            return KqlError::Unknown { what: "function", name: name.text.clone(), span: name.span.clone(), hint };
        }
        let functions = crate::functions::FUNCTIONS.iter().map(|f| f.name);
        let aggregates = crate::aggregates::AGGREGATES.iter().map(|a| a.name);
        KqlError::unknown("function", &name.text, &name.span, functions.chain(aggregates))
    }

    /// An argument with the name that a column of it would have.
    pub(super) fn bound_argument(&mut self, rows: &Relation, argument: &Ast) -> Result<Argument, KqlError> {
        let (name, inner) = match &argument.kind {
            ExprKind::Named(name, inner) => (Some(name.text.clone()), inner.as_ref()),
            ExprKind::TypeOf(_) => (Some("typeof".to_owned()), argument),
            _ => (names::of_argument(argument), argument),
        };
        Ok(Argument { value: self.value(rows, inner)?, span: argument.span.clone(), name })
    }

    fn own_function(
        &mut self,
        rows: &Relation,
        name: &str,
        arguments: &[Ast],
        span: &Span,
    ) -> Result<Option<Typed>, KqlError> {
        let outside = self.input.replace(rows.clone());
        let result = self.invoke(name, arguments, span);
        self.input = outside;
        match result? {
            Binding::Scalar(value) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// `toscalar(T | ...)`: the first column of the first row.
    fn scalar_of(&mut self, rows: &Relation, arguments: &[Ast], span: &Span) -> Result<Typed, KqlError> {
        let [argument] = arguments else {
            return Err(KqlError::typed(span, "toscalar takes one table or value"));
        };
        let Some(table) = self.table(argument)? else { return self.value(rows, argument) };
        let Some(column) = table.columns.first().cloned() else {
            return Err(KqlError::typed(span, "the table has no column"));
        };
        let value = table.value(&column).expr;
        let table = table.sorted(Some(1))?;
        // Of no row the aggregate is null, whatever the column's field promises.
        let plan = LogicalPlanBuilder::from(table.plan)
            .aggregate(Vec::<Expr>::new(), vec![first_value(value, Vec::new()).alias(&column.name)])?
            .build()?;
        let subquery = Subquery { subquery: Arc::new(plan), outer_ref_columns: Vec::new(), spans: Spans::new() };
        let expr = Expr::ScalarSubquery(subquery);
        // No row at all is a null, and a text is never null.
        let expr = if column.kind == Kind::String { never_null::call(expr) } else { expr };
        Ok(Typed::new(expr, column.kind))
    }

    fn column_if_exists(&mut self, rows: &Relation, arguments: &[Ast], span: &Span) -> Result<Typed, KqlError> {
        let [name, default] = arguments else {
            return Err(KqlError::typed(span, "column_ifexists takes a column's name in quotes and a default"));
        };
        let ExprKind::Literal(_, Literal::String(text)) = &name.kind else {
            return Err(KqlError::typed(&name.span, "column_ifexists takes a column's name in quotes"));
        };
        match rows.find(text) {
            Some(column) => Ok(rows.value(column)),
            None => self.value(rows, default),
        }
    }

    fn pack_all(&mut self, rows: &Relation, arguments: &[Ast], span: &Span) -> Result<Typed, KqlError> {
        if !arguments.is_empty() {
            return Err(KqlError::unsupported(span, "pack_all() that leaves out empty values"));
        }
        let mut pairs = Vec::new();
        for column in &rows.columns {
            pairs.push(Typed::of(Literal::String(column.name.clone()), Kind::String));
            pairs.push(rows.value(column));
        }
        self.call("bag_pack", span, &pairs)
    }

    /// `d.a["b"][0]`.
    fn path(&mut self, rows: &Relation, expr: &Ast) -> Result<Typed, KqlError> {
        let mut steps: Vec<Step> = Vec::new();
        let mut current = expr;
        let base = loop {
            match &current.kind {
                ExprKind::Member(base, name) => {
                    steps.push(Step::Key(name.text.clone()));
                    current = base;
                }
                ExprKind::Index(base, index) => {
                    let index_value = self.value(rows, index)?;
                    match index_value.literal {
                        Some(Literal::String(key)) => steps.push(Step::Key(key)),
                        Some(Literal::Long(n)) => steps.push(Step::Index(n)),
                        _ => {
                            let inner = self.value(rows, base)?;
                            let inner = self.dynamic(inner, &base.span)?;
                            let key = match index_value.kind {
                                Kind::String | Kind::Int | Kind::Long => index_value.expr,
                                // A key from another dynamic value: its own text.
                                Kind::Dynamic => self.convert(index_value, Kind::String, &index.span)?.expr,
                                other => {
                                    let text = format!("an index is a whole number or a text, found a {other}");
                                    return Err(KqlError::typed(&index.span, text));
                                }
                            };
                            break Typed::new(path::dynamic(inner.expr, key), Kind::Dynamic);
                        }
                    }
                    current = base;
                }
                _ => {
                    // An index behind a call that gives several columns takes one of them.
                    if let Some(Step::Index(index)) = steps.last()
                        && let Some(columns) = self.columns_of_call(rows, current)?
                    {
                        let column = usize::try_from(*index).ok().and_then(|i| columns.into_iter().nth(i));
                        let Some(column) = column else {
                            return Err(KqlError::typed(&current.span, format!("the call gives no column {index}")));
                        };
                        steps.pop();
                        break self.dynamic(column.value, &current.span)?;
                    }
                    let value = self.value(rows, current)?;
                    break self.dynamic(value, &current.span)?;
                }
            }
        };
        if steps.is_empty() {
            return Ok(base);
        }
        steps.reverse();
        Ok(Typed::new(path::at(base.expr, steps), Kind::Dynamic))
    }

    fn dynamic(&self, value: Typed, span: &Span) -> Result<Typed, KqlError> {
        match value.kind {
            Kind::Dynamic => Ok(value),
            other => {
                let text =
                    format!("only dynamic values have members, found a {other}; parse_json() makes one of a text");
                Err(KqlError::typed(span, text))
            }
        }
    }
}
