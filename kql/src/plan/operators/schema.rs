//! `getschema`.

use datafusion::logical_expr::{LogicalPlanBuilder, lit};

use super::super::Planner;
use super::super::relation::Relation;
use super::rows::plain;
use crate::error::KqlError;
use crate::types::{Kind, text_lit};

impl Planner<'_> {
    pub(super) fn get_schema(&mut self, rows: &Relation) -> Result<Relation, KqlError> {
        let order = self.fresh("row");
        let values = rows
            .columns
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let number = i64::try_from(i).unwrap_or(i64::MAX);
                vec![
                    text_lit(c.name.clone()),
                    lit(number),
                    text_lit(system_name(c.kind)),
                    text_lit(c.kind.name()),
                    lit(number),
                ]
            })
            .collect::<Vec<_>>();
        let names = ["ColumnName", "ColumnOrdinal", "DataType", "ColumnType", order.as_str()];
        let fields: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(i, n)| super::super::relation::named(super::super::relation::field(&format!("column{}", i + 1)), n))
            .collect();
        let plan = LogicalPlanBuilder::values(values)?.project(fields)?.build()?;
        let columns = vec![
            plain("ColumnName", Kind::String),
            plain("ColumnOrdinal", Kind::Long),
            plain("DataType", Kind::String),
            plain("ColumnType", Kind::String),
        ];
        Ok(Relation::new(plan, columns).ordered_by(order))
    }
}

fn system_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "System.SByte",
        Kind::Int => "System.Int32",
        Kind::Long => "System.Int64",
        Kind::Real => "System.Double",
        Kind::Decimal => "System.Data.SqlTypes.SqlDecimal",
        Kind::String => "System.String",
        Kind::Datetime => "System.DateTime",
        Kind::Timespan => "System.TimeSpan",
        Kind::Guid => "System.Guid",
        Kind::Dynamic => "System.Object",
    }
}
