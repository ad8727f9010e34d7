//! `mv-apply` and `partition`: a query of its own over each row's elements, or over each key's rows.

use super::super::Planner;
use super::super::relation::{Column, Relation, field};
use super::columns::with_columns;
use super::rows::numbered;
use crate::ast::{MvExpand, Partition, Pipeline};
use crate::error::{KqlError, Span};
use crate::types::Kind;

impl Planner<'_> {
    pub(super) fn mv_apply(
        &mut self,
        rows: Relation,
        expand: &MvExpand,
        query: &Pipeline,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        let (columns_before, outer_before) = (rows.columns.clone(), rows.outer.clone());
        let (groups_before, serialized_before) = (rows.groups.clone(), rows.serialized);
        // Each row is a group of its own.
        let mut rows = numbered(self, rows)?;
        rows.serialized = serialized_before;
        let Some(group) = rows.hidden.last().cloned() else {
            return Err(KqlError::syntax(span, "mv-apply needs rows"));
        };
        let (expanded, added) = self.expanded(rows, expand, span)?;
        let names: Vec<String> = added.iter().map(|(name, _)| name.clone()).collect();
        let mut inner = with_columns(expanded, added)?;
        inner.groups.push(group);
        let all = std::mem::take(&mut inner.columns);
        let (new, old): (Vec<Column>, Vec<Column>) = all.into_iter().partition(|c| names.contains(&c.name));
        inner.columns = new;
        inner.outer.extend(old);
        inner.serialized = false;
        let outside = self.input.replace(inner);
        let result = self.pipeline(query);
        self.input = outside;
        let result = result?;
        // The row's own columns come back, and those of the query stand behind them.
        let mut columns: Vec<Column> = Vec::new();
        for column in &columns_before {
            match result.columns.iter().find(|c| c.name == column.name) {
                Some(replaced) => columns.push(replaced.clone()),
                None if result.outer.iter().any(|o| o.name == column.name) => columns.push(column.clone()),
                None => {}
            }
        }
        for column in &result.columns {
            if !columns.iter().any(|c| c.name == column.name) {
                columns.push(column.clone());
            }
        }
        let fields = columns.iter().map(|c| (c.clone(), field(&c.name))).collect();
        let mut finished = result.project(fields)?;
        finished.outer.retain(|c| outer_before.iter().any(|o| o.name == c.name));
        finished.groups = groups_before;
        finished.serialized = serialized_before;
        Ok(finished)
    }

    pub(super) fn partition(
        &mut self,
        rows: Relation,
        partition: &Partition,
        span: &Span,
    ) -> Result<Relation, KqlError> {
        Self::alone(&rows, "partition", span)?;
        let key = self.value(&rows, &partition.by)?;
        if key.kind == Kind::Dynamic {
            return Err(KqlError::typed(&partition.by.span, "dynamic values cannot be compared; use tostring()"));
        }
        let name = self.fresh("part");
        let mut inner = rows.hide(vec![(name.clone(), key.expr)])?;
        inner.groups.push(name);
        let outside = self.input.replace(inner);
        let result = self.pipeline(&partition.query);
        self.input = outside;
        let mut result = result?;
        result.groups.clear();
        Ok(result)
    }
}
