//! Which of the rows to be added does the archive hold already?

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int8Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::ScalarValue;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Literal, col};
use datafusion::physical_expr::{PhysicalExpr, utils::conjunction};
use futures::TryStreamExt;
use hashbrown::HashMap;

use super::scan::Scan;
use super::{Archive, ArchiveError, DataFile};
use crate::model::Category;
use crate::schema::{RowKey, physical};

/// Marks the rows of `keys` (in time order) that are in `files`: same time, same hash. Reads only those columns, and
/// only the pages whose times overlap; memory is bounded by `keys`.
pub async fn mark_known(
    archive: &Archive,
    category: Category,
    files: Vec<DataFile>,
    keys: &[RowKey],
    known: &mut [bool],
    context: &Arc<TaskContext>,
) -> Result<(), ArchiveError> {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok(()) };
    let (low, high) = (first.ticks.div_euclid(10), last.ticks.div_euclid(10));
    let files: Vec<_> =
        files.into_iter().filter(|f| f.time.is_none_or(|(min, max)| min <= high && low <= max)).collect();
    if files.is_empty() {
        return Ok(());
    }
    let mut wanted: HashMap<(i64, u64), usize> = HashMap::with_capacity(keys.len());
    for (row, key) in keys.iter().enumerate() {
        wanted.insert((key.ticks, key.hash), row);
    }
    let failed =
        |e: datafusion::error::DataFusionError| ArchiveError::Damaged(format!("cannot read the archive's keys: {e}"));
    let schema = physical::file_schema(category);
    let at = |name: &str| schema.index_of(name).map_err(|e| failed(e.into()));
    let projection = Some(vec![at("time")?, at(physical::TIME_100NS)?, at(physical::ROW_HASH)?]);
    let bound = |op, us| -> Result<Arc<dyn PhysicalExpr>, ArchiveError> {
        let literal = Literal::new(ScalarValue::TimestampMicrosecond(Some(us), Some("UTC".into())));
        Ok(Arc::new(BinaryExpr::new(col("time", &schema).map_err(failed)?, op, Arc::new(literal))))
    };
    let predicate = conjunction([bound(Operator::GtEq, low)?, bound(Operator::LtEq, high)?]);
    let (plan, _) = Scan {
        archive,
        files,
        schema: Arc::clone(&schema),
        projection,
        skip_files: None,
        predicate: Some(predicate),
        limit: None,
        partitions: 1,
        options: context.session_config().options().execution.parquet.clone().into_table(),
    }
    .plan()
    .map_err(failed)?;
    let mut rows = datafusion::physical_plan::execute_stream(plan, Arc::clone(context)).map_err(failed)?;
    while let Some(batch) = rows.try_next().await.map_err(failed)? {
        let time = batch.column(0).as_primitive::<TimestampMicrosecondType>();
        let digit = batch.column(1).as_primitive::<Int8Type>();
        let hash = batch.column(2).as_primitive::<Int64Type>();
        for i in 0..batch.num_rows() {
            let ticks = time.value(i) * 10 + i64::from(digit.value(i));
            if let Some(&row) = wanted.get(&(ticks, hash.value(i).cast_unsigned())) {
                known[row] = true;
            }
        }
    }
    Ok(())
}

/// Session-wide Parquet options as a scan takes them.
trait IntoTable {
    fn into_table(self) -> datafusion::config::TableParquetOptions;
}

impl IntoTable for datafusion::config::ParquetOptions {
    fn into_table(self) -> datafusion::config::TableParquetOptions {
        datafusion::config::TableParquetOptions { global: self, ..Default::default() }
    }
}
