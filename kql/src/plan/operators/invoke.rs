//! `invoke`.

use super::super::relation::Relation;
use super::super::{Binding, Planner};
use crate::ast::{Expr as Ast, ExprKind};
use crate::error::KqlError;

impl Planner<'_> {
    pub(super) fn invoke_on(&mut self, rows: Relation, call: &Ast) -> Result<Relation, KqlError> {
        let ExprKind::Call(name, arguments) = &call.kind else {
            return Err(KqlError::typed(&call.span, "invoke calls a function: invoke f()"));
        };
        if !matches!(self.bindings.get(&name.text), Some(Binding::Function(_))) {
            return Err(KqlError::unknown(
                "function",
                &name.text,
                &name.span,
                self.bindings.keys().map(String::as_str),
            ));
        }
        self.bind_name("$invoked", Binding::Table(Box::new(rows)));
        let mut all = vec![Ast::new(ExprKind::Name("$invoked".to_owned()), call.span.clone())];
        all.extend(arguments.iter().cloned());
        match self.invoke(&name.text, &all, &call.span)? {
            Binding::Table(rows) => Ok(*rows),
            _ => Err(KqlError::typed(&call.span, format!("{}() gives a value, and invoke expects a table", name.text))),
        }
    }
}
