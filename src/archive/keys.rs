//! Which of the rows to be added does the archive hold already?

use std::sync::Arc;

use arrow::array::{AsArray, Int8Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{Int8Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Literal, col};
use datafusion::physical_expr::{PhysicalExpr, utils::conjunction};
use futures::TryStreamExt;
use hashbrown::HashMap;

use super::scan::{Scan, parquet_options};
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
) -> std::result::Result<(), ArchiveError> {
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
    let failed = |e: DataFusionError| ArchiveError::met(&archive.location, "read the keys", &e);
    let predicate = time_between(category, low, high).map_err(failed)?;
    let mut mark = |ticks, hash| {
        if let Some(&row) = wanted.get(&(ticks, hash)) {
            known[row] = true;
        }
    };
    for_each_key(archive, category, files, Some(predicate), context, &mut mark).await.map_err(failed)
}

fn time_between(category: Category, low: i64, high: i64) -> Result<Arc<dyn PhysicalExpr>> {
    let schema = physical::file_schema(category);
    let bound = |op, us| -> Result<Arc<dyn PhysicalExpr>> {
        let literal = Literal::new(ScalarValue::TimestampMicrosecond(Some(us), Some("UTC".into())));
        Ok(Arc::new(BinaryExpr::new(col("time", &schema)?, op, Arc::new(literal))))
    };
    Ok(conjunction([bound(Operator::GtEq, low)?, bound(Operator::LtEq, high)?]))
}

/// Tells the time (100 ns ticks) and the hash of every row of `files` that the predicate does not skip.
pub async fn for_each_key(
    archive: &Archive,
    category: Category,
    files: Vec<DataFile>,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    context: &Arc<TaskContext>,
    tell: &mut (dyn FnMut(i64, u64) + Send),
) -> Result<()> {
    let schema = physical::file_schema(category);
    let projection = KEYS.iter().map(|n| schema.index_of(n)).collect::<std::result::Result<Vec<_>, _>>()?;
    let (plan, _) = Scan {
        archive,
        files,
        schema,
        projection: Some(projection),
        skip_files: None,
        predicate,
        limit: None,
        partitions: 1,
        options: parquet_options(context.session_config().options()),
        runtime: &context.runtime_env(),
    }
    .plan()?;
    let mut rows = datafusion::physical_plan::execute_stream(plan, Arc::clone(context))?;
    while let Some(batch) = rows.try_next().await? {
        let keys = Keys::of(&batch)?;
        for row in 0..keys.rows() {
            let (ticks, hash) = keys.get(row);
            tell(ticks, hash);
        }
    }
    Ok(())
}

/// The columns that tell one record from another, those of its time first.
pub const KEYS: [&str; 3] = ["time", physical::TIME_100NS, physical::ROW_HASH];

/// The keys of a batch.
pub struct Keys {
    /// Microseconds since 1970, UTC.
    pub time: TimestampMicrosecondArray,
    digit: Int8Array,
    hash: Int64Array,
}

impl Keys {
    /// Those of rows as archives hold them, which have the columns of [`KEYS`] among theirs.
    pub fn of(batch: &RecordBatch) -> Result<Self> {
        let [time, digit, hash] = KEYS.map(|name| batch.column_by_name(name));
        let time = time.and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
        let digit = digit.and_then(|c| c.as_primitive_opt::<Int8Type>());
        let hash = hash.and_then(|c| c.as_primitive_opt::<Int64Type>());
        match (time, digit, hash) {
            (Some(time), Some(digit), Some(hash)) => {
                Ok(Self { time: time.clone(), digit: digit.clone(), hash: hash.clone() })
            }
            _ => internal_err!("rows without the columns that tell records apart"),
        }
    }

    /// How many there are.
    pub fn rows(&self) -> usize {
        self.hash.len()
    }

    /// 100 ns ticks since 1970, and the record's identity apart from its time.
    pub fn get(&self, row: usize) -> (i64, u64) {
        // Times of a damaged file may be any number; a key is compared, not told.
        let ticks = self.time.value(row).wrapping_mul(10).wrapping_add(i64::from(self.digit.value(row)));
        (ticks, self.hash.value(row).cast_unsigned())
    }
}
