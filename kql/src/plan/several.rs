//! Functions that give several columns: a sort of several arrays, `series_stats`.

use super::relation::Relation;
use super::{Planner, names};
use crate::ast::{Expr as Ast, ExprKind, Name};
use crate::call::{Call, Column};
use crate::error::KqlError;
use crate::functions;
use crate::types::Typed;

impl Planner<'_> {
    /// The columns of an item that is such a call, `(a, b) = call` among them; `None` for every other item. Fewer names
    /// than columns take the first ones.
    pub(super) fn several(&mut self, rows: &Relation, item: &Ast) -> Result<Option<Vec<(String, Typed)>>, KqlError> {
        let (given, call): (Option<&[Name]>, &Ast) = match &item.kind {
            ExprKind::NamedList(names, inner) => (Some(names), inner),
            _ => (None, item),
        };
        let Some(columns) = self.columns_of_call(rows, call)? else {
            // A call that is not known is told by its name, whatever it would give.
            return match (&call.kind, given) {
                (ExprKind::Call(name, _), Some(_))
                    if functions::lookup(&name.text).is_none() && !self.bindings.contains_key(&name.text) =>
                {
                    Err(self.unknown_function(name))
                }
                _ => Ok(None),
            };
        };
        if let Some(extra) = given.and_then(|names| names.get(columns.len())) {
            let text = format!("there are {} columns, and none for this name", columns.len());
            return Err(KqlError::typed(&extra.span, text));
        }
        let mut taken: Vec<String> = Vec::new();
        let mut named = Vec::new();
        for (position, column) in columns.into_iter().enumerate() {
            let name = match given {
                Some(names) => match names.get(position) {
                    Some(name) => name.text.clone(),
                    None => break,
                },
                None => column.name.unwrap_or_else(|| format!("Column{}", position + 1)),
            };
            let name = names::unique(&name, |n| taken.iter().any(|t| t == n));
            taken.push(name.clone());
            named.push((name, column.value));
        }
        Ok(Some(named))
    }

    /// The columns that a call gives, when it gives several.
    pub(super) fn columns_of_call(&mut self, rows: &Relation, call: &Ast) -> Result<Option<Vec<Column>>, KqlError> {
        let ExprKind::Call(name, arguments) = &call.kind else { return Ok(None) };
        if !functions::may_give_columns(&name.text) || self.bindings.contains_key(&name.text) {
            return Ok(None);
        }
        let mut bound = Vec::with_capacity(arguments.len());
        for argument in arguments {
            bound.push(self.bound_argument(rows, argument)?);
        }
        let call = Call { name: &name.text, span: call.span.clone(), args: &bound, now: self.options.now };
        functions::columns(&call).transpose()
    }
}
