//! `where`, `sort`, `take`, `count`.

use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit, when};

use super::super::relation::{Column, Key, Relation, field};
use super::super::{Planner, filter};
use crate::ast::{Expr as Ast, Name, SortKey};
use crate::error::KqlError;
use crate::types::{Kind, Typed};

impl Planner<'_> {
    pub(super) fn filter(&mut self, rows: Relation, condition: &Ast) -> Result<Relation, KqlError> {
        let outside = std::mem::replace(&mut self.filtering, true);
        let value = self.value(&rows, condition);
        self.filtering = outside;
        let value = self.condition(value?, &condition.span)?;
        let mut values = [value];
        let rows = self.windowed(rows, &mut values, &condition.span)?;
        let [value] = values;
        filtered(rows, filter::simplified(value.expr))
    }

    pub(super) fn sort(&mut self, rows: Relation, keys: &[SortKey]) -> Result<Relation, KqlError> {
        let mut order: Vec<Key> = Vec::new();
        let mut hidden: Vec<(String, Expr)> = Vec::new();
        for key in keys {
            let value = self.value(&rows, &key.expr)?;
            if value.kind == Kind::Dynamic {
                let text = "dynamic values have no order; sort by tostring() or tolong() of it";
                return Err(KqlError::typed(&key.expr.span, text));
            }
            // Nulls are less than everything; NaN stands beside them.
            let nulls_first = key.nulls_first.unwrap_or(key.ascending);
            if value.kind == Kind::Real {
                let name = self.fresh("nan");
                let is_nan = datafusion::functions::math::expr_fn::isnan(value.expr.clone());
                let class =
                    when(value.expr.clone().is_null(), lit(0i32)).when(is_nan, lit(1i32)).otherwise(lit(2i32))?;
                hidden.push((name.clone(), class));
                order.push(Key { field: name, ascending: nulls_first, nulls_first });
            }
            let field_name = match &value.expr {
                Expr::Column(c) => c.name.clone(),
                _ => {
                    let name = self.fresh("key");
                    hidden.push((name.clone(), value.expr.clone()));
                    name
                }
            };
            order.push(Key { field: field_name, ascending: key.ascending, nulls_first });
        }
        // Equal rows stay in the order they had.
        order.extend(
            rows.order
                .iter()
                .filter(|old| !keys.is_empty() && !order.iter().any(|k| k.field == old.field))
                .cloned()
                .collect::<Vec<_>>(),
        );
        let mut rows = rows.hide(hidden)?;
        rows.order = order;
        rows.serialized = true;
        Ok(rows)
    }

    pub(super) fn take(&mut self, rows: Relation, count: &Ast) -> Result<Relation, KqlError> {
        let value = self.known(count)?;
        let Some(wanted) = value.whole() else {
            return Err(KqlError::typed(&count.span, "expected a whole number"));
        };
        let wanted = usize::try_from(wanted).unwrap_or(0);
        if rows.groups.is_empty() {
            return rows.sorted(Some(wanted));
        }
        let rows = numbered(self, rows)?;
        let Some(number) = rows.hidden.last().cloned() else { return Ok(rows) };
        filtered(rows, field(&number).lt_eq(lit(u64::try_from(wanted).unwrap_or(u64::MAX))))
    }

    pub(super) fn count(&mut self, rows: Relation, name: Option<&Name>) -> Result<Relation, KqlError> {
        let name = name.map_or("Count", |n| &n.text).to_owned();
        let counted = self.call_aggregate("count", &[])?;
        self.grouped(rows, Vec::new(), vec![(name, counted)])
    }
}

/// The rows with their number in their group as a last hidden field.
pub(super) fn numbered(planner: &mut Planner<'_>, rows: Relation) -> Result<Relation, KqlError> {
    let mut numbered = vec![Typed::new(row_number(), Kind::Long)];
    let serialized = Relation { serialized: true, ..rows };
    planner.windowed(serialized, &mut numbered, &(0..0))
}

/// The rows that pass.
pub(super) fn filtered(rows: Relation, condition: Expr) -> Result<Relation, KqlError> {
    let plan = LogicalPlanBuilder::from(rows.plan.clone()).filter(condition)?.build()?;
    Ok(rows.with_plan(plan))
}

/// A column of the query's own.
pub(super) fn plain(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind, raw: false }
}
