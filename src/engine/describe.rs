//! `DESCRIBE table`: each column's type and meaning.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::TableReference;
use datafusion::logical_expr::LogicalPlan;

use super::EngineError;
use crate::schema::type_name;
use crate::tables::meaning;

/// The answer, when the plan is a `DESCRIBE` of `table`.
pub fn describe(plan: &LogicalPlan, table: Option<&TableReference>) -> Result<Option<RecordBatch>, EngineError> {
    let LogicalPlan::DescribeTable(described) = plan else { return Ok(None) };
    let fields = described.schema.fields();
    let about = |f: &Field| {
        table.and_then(|t| meaning(t.schema().unwrap_or_default(), t.table(), f.name())).unwrap_or_default().to_owned()
    };
    let text =
        |f: &dyn Fn(&Field) -> String| Arc::new(fields.iter().map(|field| Some(f(field))).collect::<StringArray>());
    let columns: [(&str, Arc<StringArray>); 4] = [
        ("column_name", text(&|f| f.name().clone())),
        ("data_type", text(&|f| type_name(f.data_type()).into_owned())),
        ("is_nullable", text(&|f| if f.is_nullable() { "YES" } else { "NO" }.to_owned())),
        ("description", text(&about)),
    ];
    let schema = Schema::new(columns.iter().map(|(n, _)| Field::new(*n, DataType::Utf8, false)).collect::<Vec<_>>());
    let arrays = columns.into_iter().map(|(_, a)| a as _).collect();
    Ok(Some(RecordBatch::try_new(Arc::new(schema), arrays).map_err(datafusion::error::DataFusionError::from)?))
}
