//! Row by row functions (`prev`, `row_number`, `row_cumsum`): windows over the order of the serialized rows.

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use super::Planner;
use super::relation::{Relation, field};
use crate::error::{KqlError, Span};
use crate::types::Typed;

impl Planner<'_> {
    /// Computes the windows in the values and leaves fields in their places.
    pub(super) fn windowed(
        &mut self,
        mut rows: Relation,
        values: &mut [Typed],
        span: &Span,
    ) -> Result<Relation, KqlError> {
        // The same window twice is computed once.
        let mut known: Vec<(Expr, String)> = Vec::new();
        for value in values {
            let has_window = value.expr.exists(|e| Ok(matches!(e, Expr::WindowFunction(_)))).map_err(KqlError::from)?;
            if !has_window {
                continue;
            }
            if !rows.serialized {
                let text = "prev, next and the row functions need rows in order: sort them, or write serialize, before";
                return Err(KqlError::typed(span, text));
            }
            let mut windows = Vec::new();
            let (sorts, groups) = (rows.sorts(), rows.groups.clone());
            // From the inside out: the argument of a window may be one itself.
            value.expr = value
                .expr
                .clone()
                .transform_up(|e| {
                    let Expr::WindowFunction(mut window) = e else { return Ok(Transformed::no(e)) };
                    if window.params.order_by.is_empty() {
                        window.params.order_by.clone_from(&sorts);
                    }
                    window.params.partition_by.extend(groups.iter().map(|g| field(g)));
                    if let Some((_, name)) =
                        known.iter().find(|(w, _)| matches!(w, Expr::WindowFunction(k) if **k == *window))
                    {
                        return Ok(Transformed::yes(field(name)));
                    }
                    let name = self.fresh("w");
                    known.push((Expr::WindowFunction(window.clone()), name.clone()));
                    windows.push((name.clone(), Expr::WindowFunction(window)));
                    Ok(Transformed::yes(field(&name)))
                })
                .data()
                .map_err(KqlError::from)?;
            for (name, window) in windows {
                let Expr::WindowFunction(mut window) = window else { continue };
                // A window's argument that needs another window is computed between the two: the optimizer takes
                // windows that follow each other for independent.
                let mut arguments = Vec::new();
                for argument in &mut window.params.args {
                    let depends = argument.column_refs().iter().any(|c| c.name.starts_with("$w"));
                    if depends && !matches!(argument, Expr::Column(_)) {
                        let place = self.fresh("a");
                        arguments.push((place.clone(), std::mem::replace(argument, field(&place))));
                    }
                }
                rows = rows.hide(arguments)?;
                let window = Expr::WindowFunction(window);
                rows.plan = LogicalPlanBuilder::from(rows.plan).window(vec![window.alias(&name)])?.build()?;
                rows.hidden.push(name);
            }
        }
        Ok(rows)
    }
}
