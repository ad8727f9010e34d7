//! The rows of a partition in the archive's order, from however many files.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};

use super::scan::{Scan, ascending, parquet_options};
use super::{Archive, DataFile};
use crate::model::Category;
use crate::schema::physical;

/// Columns of a partition's files; `None` for a partition that this version does not know.
pub fn partition_schema(category: &str) -> Option<SchemaRef> {
    match category {
        physical::IMPORTS | physical::REJECTS => Some(physical::system_file_schema()),
        other => Category::from_partition(other).map(physical::file_schema),
    }
}

/// Time first, then the position in the source: rows of one negotiation share a millisecond.
const ORDER: &[&str] = &["time", physical::TIME_100NS, "source", "source_line"];

/// Streams the wanted columns of some files in the archive's order. `columns` must hold [`ORDER`]'s where the files do.
pub fn merged(
    archive: &Archive,
    files: Vec<DataFile>,
    schema: &SchemaRef,
    columns: Option<&[&str]>,
    context: &Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let projection =
        columns.map(|names| names.iter().map(|n| schema.index_of(n)).collect::<Result<Vec<_>, _>>()).transpose()?;
    let options = parquet_options(context.session_config().options());
    let runtime = context.runtime_env();
    let mut inputs: Vec<Arc<dyn ExecutionPlan>> = Vec::with_capacity(files.len());
    for file in files {
        let scan = Scan {
            archive,
            files: vec![file],
            schema: Arc::clone(schema),
            projection: projection.clone(),
            skip_files: None,
            predicate: None,
            limit: None,
            partitions: 1,
            options: options.clone(),
            runtime: &runtime,
        };
        inputs.push(scan.plan()?.0);
    }
    let plan = match inputs.len() {
        1 => inputs.remove(0),
        _ => UnionExec::try_new(inputs)?,
    };
    let has = plan.schema();
    let keys = ORDER
        .iter()
        .filter(|name| has.index_of(name).is_ok())
        .map(|name| Ok(ascending(col(name, &has)?)))
        .collect::<Result<Vec<_>>>()?;
    let plan: Arc<dyn ExecutionPlan> = match LexOrdering::new(keys) {
        Some(order) => Arc::new(SortPreservingMergeExec::new(order, plan)),
        None => plan,
    };
    execute_stream(plan, Arc::clone(context))
}
