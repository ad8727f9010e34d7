//! `mv-expand`.

use datafusion::common::{Column as Field, UnnestOptions};
use datafusion::logical_expr::{LogicalPlanBuilder, lit};

use super::super::relation::{Key, Relation, field};
use super::super::{Planner, names};
use super::columns::with_columns;
use super::rows::filtered;
use crate::ast::MvExpand;
use crate::error::{KqlError, Span};
use crate::kernels::lists;
use crate::types::{Kind, Typed};

impl Planner<'_> {
    pub(super) fn mv_expand(&mut self, rows: Relation, expand: &MvExpand, span: &Span) -> Result<Relation, KqlError> {
        let (rows, added) = self.expanded(rows, expand, span)?;
        with_columns(rows, added)
    }

    /// The rows with hidden elements, and the columns to be made of them.
    pub(super) fn expanded(
        &mut self,
        rows: Relation,
        expand: &MvExpand,
        _span: &Span,
    ) -> Result<(Relation, Vec<(String, Typed)>), KqlError> {
        let mut lists_of = Vec::new();
        let mut wanted: Vec<(String, String, Option<Kind>, Span)> = Vec::new();
        for column in &expand.columns {
            let value = self.value(&rows, &column.expr)?;
            if value.kind != Kind::Dynamic {
                let text = format!("only dynamic values can be expanded, found a {}", value.kind);
                return Err(KqlError::typed(&column.expr.span, text));
            }
            let name = column.name.as_ref().map(|n| n.text.clone()).or_else(|| names::inferred(&column.expr));
            let Some(name) = name else {
                return Err(KqlError::typed(&column.expr.span, "this value has no name; write name = value"));
            };
            let list = self.fresh("list");
            lists_of.push((list.clone(), lists::elements(value.expr, expand.as_array)));
            wanted.push((name, list, column.to, column.expr.span.clone()));
        }
        let limit = match &expand.limit {
            None => None,
            Some(limit) => match self.known(limit)?.whole() {
                Some(n) => Some(n),
                None => return Err(KqlError::typed(&limit.span, "expected a whole number")),
            },
        };
        let index = self.fresh("index");
        let mut rows = rows.hide(lists_of.clone())?;
        let indexes = lists::indexes(lists_of.iter().map(|(name, _)| field(name)).collect());
        rows = rows.hide(vec![(index.clone(), indexes)])?;
        let mut unnested: Vec<Field> = lists_of.iter().map(|(name, _)| Field::new_unqualified(name)).collect();
        unnested.push(Field::new_unqualified(&index));
        let plan = LogicalPlanBuilder::from(rows.plan.clone())
            .unnest_columns_with_options(unnested, UnnestOptions::new().with_preserve_nulls(false))?
            .build()?;
        rows = rows.with_plan(plan);
        // Elements of one row stay in their order.
        rows.order.push(Key { field: index.clone(), ascending: true, nulls_first: true });
        if let Some(limit) = limit {
            rows = filtered(rows, field(&index).lt(lit(limit)))?;
        }
        let mut added: Vec<(String, Typed)> = Vec::new();
        if let Some(name) = &expand.index {
            added.push((name.text.clone(), Typed::new(field(&index), Kind::Long)));
        }
        for (name, list, to, span) in wanted {
            let element = Typed::new(field(&list), Kind::Dynamic);
            let value = match to {
                None => element,
                Some(kind) => self.convert(element, kind, &span)?,
            };
            added.push((name, value));
        }
        Ok((rows, added))
    }
}
