//! The end of a query: rows in their order, fields that say their type.

use std::collections::BTreeMap;

use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::relation::Relation;
use crate::error::KqlError;
use crate::types::Kind;

/// Under which key a field's metadata says its Kusto type.
pub const KIND_KEY: &str = "kql.kind";

/// The plan with its last sort and projection, and its columns.
pub fn finished(rows: Relation) -> Result<(LogicalPlan, Vec<(String, Kind)>), KqlError> {
    let rows = rows.sorted(None)?;
    let columns: Vec<(String, Kind)> = rows.columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
    let expressions: Vec<_> = rows
        .columns
        .iter()
        .map(|c| {
            let metadata = BTreeMap::from([(KIND_KEY.to_owned(), c.kind.name().to_owned())]);
            rows.value(c).expr.alias_with_metadata(c.name.clone(), Some(FieldMetadata::from(metadata)))
        })
        .collect();
    let plan = LogicalPlanBuilder::from(rows.plan.clone()).project(expressions)?.build()?;
    Ok((plan, columns))
}
