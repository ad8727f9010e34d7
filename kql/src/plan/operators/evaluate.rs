//! `evaluate`: the plugins `bag_unpack`, `pivot` and `narrow`.

mod bag;
mod narrow;
mod pivot;

use super::super::Planner;
use super::super::relation::Relation;
use crate::ast::{Evaluate, Expr as Ast, ExprKind};
use crate::error::{KqlError, Span};
use crate::types::Literal;

impl Planner<'_> {
    pub(super) fn evaluate(&mut self, rows: Relation, evaluate: &Evaluate, span: &Span) -> Result<Relation, KqlError> {
        Self::alone(&rows, "evaluate", span)?;
        match evaluate.plugin.text.as_str() {
            "bag_unpack" => self.bag_unpack(rows, evaluate, span),
            "pivot" => self.pivot(rows, evaluate, span),
            "narrow" => self.narrow(rows, evaluate, span),
            other => Err(KqlError::unsupported(&evaluate.plugin.span, format!("the plugin {other}"))),
        }
    }
}

/// A constant text.
fn text_of(expr: &Ast) -> Result<&str, KqlError> {
    match &expr.kind {
        ExprKind::Literal(_, Literal::String(text)) => Ok(text),
        _ => Err(KqlError::typed(&expr.span, "expected a text in quotes")),
    }
}
