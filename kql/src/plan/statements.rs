//! Statements: what `let` binds, and each query.

use std::collections::HashMap;
use std::sync::Arc;

use super::relation::Relation;
use super::{Binding, Function, Planned, Planner, output};
use crate::ast::{Expr, ExprKind, Lambda, LetValue, ParameterKind, Script, Statement};
use crate::error::{KqlError, Span};
use crate::types::{Literal, Typed};

/// Calls of a query's own functions inside each other.
const CALL_LIMIT: usize = 40;

impl Planner<'_> {
    /// Every query of the text.
    pub fn script(&mut self, script: &Script) -> Result<Vec<Planned>, KqlError> {
        let mut planned = Vec::new();
        for statement in &script.statements {
            let Statement::Query(pipeline) = statement else {
                self.statement(statement)?;
                continue;
            };
            let rows = self.pipeline(pipeline)?;
            let (plan, columns) = output::finished(rows)?;
            planned.push(Planned {
                plan,
                columns,
                render: self.render.take(),
                notes: std::mem::take(&mut self.notes),
                uses_now: std::mem::take(&mut self.uses_now),
            });
        }
        if planned.is_empty() {
            return Err(KqlError::syntax(&(0..0), "there is no query here: let alone gives no rows"));
        }
        Ok(planned)
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), KqlError> {
        match statement {
            Statement::Let { name, value } => {
                let binding = match value {
                    LetValue::Function(lambda) => self.function(lambda),
                    LetValue::Expr(expr) => self.bound(expr)?,
                };
                if let Binding::Function(f) = &binding
                    && f.lambda.view
                {
                    self.views.push(name.text.clone());
                }
                self.bind_name(&name.text, binding);
            }
            Statement::Set { name } => self.notes.push(format!("set {} has no effect here", name.text)),
            Statement::Unsupported(name) => return Err(KqlError::unsupported(&name.span, name.text.clone())),
            Statement::Query(query) => return Err(KqlError::syntax(&query.span, "expected let")),
        }
        Ok(())
    }

    pub(super) fn bind_name(&mut self, name: &str, binding: Binding) {
        Arc::make_mut(&mut self.bindings).insert(name.to_owned(), binding);
    }

    fn function(&self, lambda: &Lambda) -> Binding {
        Binding::Function(Arc::new(Function { lambda: lambda.clone(), seen: Arc::clone(&self.bindings) }))
    }

    /// A scalar or a table.
    pub(super) fn bound(&mut self, expr: &Expr) -> Result<Binding, KqlError> {
        if let Some(table) = self.table(expr)? {
            return Ok(Binding::Table(Box::new(table)));
        }
        Ok(Binding::Scalar(self.constant(expr)?))
    }

    /// A value that needs no row.
    pub(super) fn constant(&mut self, expr: &Expr) -> Result<Typed, KqlError> {
        let none = Relation::new(datafusion::logical_expr::LogicalPlanBuilder::empty(true).build()?, Vec::new());
        self.value(&none, expr)
    }

    /// The rows that an expression stands for, when it stands for rows.
    pub(super) fn table(&mut self, expr: &Expr) -> Result<Option<Relation>, KqlError> {
        match &expr.kind {
            ExprKind::Name(name) => Ok(match self.bindings.get(name) {
                Some(Binding::Table(rows)) => Some((**rows).clone()),
                Some(Binding::Function(f)) if f.lambda.parameters.is_empty() => {
                    match self.invoke(name, &[], &expr.span)? {
                        Binding::Table(rows) => Some(*rows),
                        _ => None,
                    }
                }
                Some(_) => None,
                None => self.tables.get(name).cloned(),
            }),
            ExprKind::Member(base, name) => match &base.kind {
                ExprKind::Name(schema) => Ok(self.tables.get(&format!("{schema}.{}", name.text)).cloned()),
                // `database('x').T`: the call says why.
                ExprKind::Call(..) => self.table(base).map(|_| None),
                _ => Ok(None),
            },
            ExprKind::Query(pipeline) => self.pipeline(pipeline).map(Some),
            ExprKind::Call(name, arguments) => match (name.text.as_str(), self.bindings.get(&name.text)) {
                (own, Some(Binding::Function(_))) => match self.invoke(own, arguments, &expr.span)? {
                    Binding::Table(rows) => Ok(Some(*rows)),
                    _ => Ok(None),
                },
                ("materialize", None) => match arguments.as_slice() {
                    [inner] => self.table(inner),
                    _ => Err(KqlError::typed(&expr.span, "materialize takes one table")),
                },
                ("table", None) => match arguments.as_slice() {
                    [Expr { kind: ExprKind::Literal(_, Literal::String(text)), span, .. }] => {
                        let named = Expr::new(ExprKind::Name(text.clone()), span.clone());
                        self.table(&named)
                    }
                    _ => Err(KqlError::typed(&expr.span, "table() takes a table's name in quotes")),
                },
                ("cluster" | "database" | "workspace" | "app" | "resource" | "external_table", None) => {
                    Err(KqlError::unsupported(&name.span, format!("{}()", name.text)))
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Calls a function of the query's own.
    pub(super) fn invoke(&mut self, name: &str, arguments: &[Expr], span: &Span) -> Result<Binding, KqlError> {
        let Some(Binding::Function(function)) = self.bindings.get(name).cloned() else {
            return Err(KqlError::unknown("function", name, span, []));
        };
        if self.calls >= CALL_LIMIT {
            return Err(KqlError::syntax(
                span,
                format!("functions call each other more than {CALL_LIMIT} levels deep"),
            ));
        }
        let parameters = &function.lambda.parameters;
        let mut given: HashMap<String, Binding> = HashMap::new();
        let mut position = 0;
        for argument in arguments {
            let (parameter, value) = match &argument.kind {
                ExprKind::Named(named, value) => {
                    (parameters.iter().find(|p| p.name.text == named.text), value.as_ref())
                }
                _ => {
                    position += 1;
                    (parameters.get(position - 1), argument)
                }
            };
            let Some(parameter) = parameter else {
                let text = format!("{name} takes {} arguments", parameters.len());
                return Err(KqlError::typed(&argument.span, text));
            };
            let binding = self.argument(name, &parameter.kind, value)?;
            given.insert(parameter.name.text.clone(), binding);
        }
        for parameter in parameters {
            if given.contains_key(&parameter.name.text) {
                continue;
            }
            let Some(default) = &parameter.default else {
                let text = format!("{name} needs a value for its parameter '{}'", parameter.name.text);
                return Err(KqlError::typed(span, text));
            };
            let binding = self.argument(name, &parameter.kind, default)?;
            given.insert(parameter.name.text.clone(), binding);
        }
        let mut seen = (*function.seen).clone();
        seen.extend(given);
        let outside = std::mem::replace(&mut self.bindings, Arc::new(seen));
        self.calls += 1;
        let result = function
            .lambda
            .lets
            .iter()
            .try_for_each(|statement| self.statement(statement))
            .and_then(|()| self.bound(&function.lambda.body));
        self.calls -= 1;
        self.bindings = outside;
        result
    }

    fn argument(&mut self, name: &str, kind: &ParameterKind, value: &Expr) -> Result<Binding, KqlError> {
        match kind {
            ParameterKind::Scalar(kind) => {
                let row = self.input_row();
                let typed = self.value(&row, value)?;
                Ok(Binding::Scalar(self.convert(typed, *kind, &value.span)?))
            }
            ParameterKind::Table(wanted) => {
                let Some(rows) = self.table(value)? else {
                    return Err(KqlError::typed(&value.span, format!("{name} takes a table here")));
                };
                for (column, kind) in wanted {
                    match rows.find(&column.text) {
                        Some(found) if found.kind == *kind => {}
                        Some(found) => {
                            let text = format!("'{}' is {}, and {name} takes {kind}", column.text, found.kind);
                            return Err(KqlError::typed(&value.span, text));
                        }
                        None => {
                            let text = format!("the table has no column '{}', which {name} reads", column.text);
                            return Err(KqlError::typed(&value.span, text));
                        }
                    }
                }
                Ok(Binding::Table(Box::new(rows)))
            }
        }
    }

    /// The row that scalar arguments of own functions may refer to.
    pub(super) fn input_row(&self) -> Relation {
        self.input.clone().unwrap_or_else(|| {
            let plan = datafusion::logical_expr::LogicalPlan::EmptyRelation(datafusion::logical_expr::EmptyRelation {
                produce_one_row: true,
                schema: Arc::new(datafusion::common::DFSchema::empty()),
            });
            Relation::new(plan, Vec::new())
        })
    }
}
