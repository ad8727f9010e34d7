//! Rows of an archive that archives before it do not hold: of several archives, each record counts once.
//!
//! Both sides come in the order of time, so that nothing is remembered but the records of one moment.

use std::fmt;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Schema;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexOrdering, OrderingRequirements, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::TryStreamExt;

use crate::archive::{KEYS, Keys, ascending};

/// Passes on the rows whose keys the other side does not have.
#[derive(Debug)]
pub struct FirstCopyExec {
    rows: Arc<dyn ExecutionPlan>,
    /// The keys alone.
    known: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl FirstCopyExec {
    /// The rows without those whose keys are known. Both plans have the columns of [`KEYS`].
    pub fn new(rows: Arc<dyn ExecutionPlan>, known: Arc<dyn ExecutionPlan>) -> Result<Self> {
        let schema = rows.schema();
        let order = LexOrdering::new(order(&schema)?);
        let properties = PlanProperties::new(
            EquivalenceProperties::new_with_orderings(schema, order),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { rows, known, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() })
    }
}

/// The order in which both sides must come.
fn order(schema: &Schema) -> Result<Vec<PhysicalSortExpr>> {
    KEYS.iter().take(2).map(|name| Ok(ascending(col(name, schema)?))).collect()
}

impl DisplayAs for FirstCopyExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstCopyExec: without what archives before hold")
    }
}

impl ExecutionPlan for FirstCopyExec {
    fn name(&self) -> &'static str {
        "FirstCopyExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.rows, &self.known]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition; 2]
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let needs = |plan: &Arc<dyn ExecutionPlan>| {
            LexOrdering::new(order(&plan.schema()).ok()?).map(OrderingRequirements::from)
        };
        vec![needs(&self.rows), needs(&self.known)]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; 2]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.pop()) {
            (Some(known), Some(rows)) => Ok(Arc::new(Self::new(rows, known)?)),
            _ => internal_err!("FirstCopyExec has two children"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.rows.execute(partition, Arc::clone(&context))?;
        let known =
            Known { stream: self.known.execute(0, context)?, batch: None, at: 0, ticks: i64::MIN, hashes: Vec::new() };
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let stream = futures::stream::try_unfold((rows, known, metrics), |(mut rows, mut known, metrics)| async move {
            let Some(batch) = rows.try_next().await? else { return Ok(None) };
            let batch = known.drop_from(batch).await?;
            metrics.record_output(batch.num_rows());
            Ok(Some((batch, (rows, known, metrics))))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// The keys that are known, as far as they were read.
struct Known {
    stream: SendableRecordBatchStream,
    batch: Option<Keys>,
    /// The next key of the batch.
    at: usize,
    /// The moment whose hashes were collected.
    ticks: i64,
    hashes: Vec<u64>,
}

impl Known {
    async fn drop_from(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let keys = Keys::of(&batch)?;
        let mut keep = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let (ticks, hash) = keys.get(row);
            if ticks > self.ticks {
                self.collect(ticks).await?;
            }
            keep.push(ticks != self.ticks || !self.hashes.contains(&hash));
        }
        if keep.iter().all(|keep| *keep) {
            return Ok(batch);
        }
        Ok(filter_record_batch(&batch, &BooleanArray::from(keep))?)
    }

    /// Collects the hashes of a moment, past all that were before it.
    async fn collect(&mut self, ticks: i64) -> Result<()> {
        self.ticks = ticks;
        self.hashes.clear();
        loop {
            let Some(batch) = &self.batch else {
                let Some(batch) = self.stream.try_next().await? else { return Ok(()) };
                (self.batch, self.at) = (Some(Keys::of(&batch)?), 0);
                continue;
            };
            while self.at < batch.rows() {
                let (known, hash) = batch.get(self.at);
                if known > ticks {
                    return Ok(());
                }
                if known == ticks {
                    self.hashes.push(hash);
                }
                self.at += 1;
            }
            self.batch = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int8Array, Int64Array, TimestampMicrosecondArray};
    use arrow::datatypes::{DataType, Field, TimeUnit};
    use datafusion::physical_plan::test::TestMemoryExec;
    use datafusion::prelude::SessionContext;

    use super::*;

    /// A plan with these keys (ticks, hash), in batches of so many rows.
    fn plan(keys: &[(i64, i64)], batch: usize) -> Arc<dyn ExecutionPlan> {
        let time = DataType::Timestamp(TimeUnit::Microsecond, None);
        let types = [time, DataType::Int8, DataType::Int64];
        let fields = KEYS.iter().zip(types).map(|(name, t)| Field::new(*name, t, true)).collect::<Vec<_>>();
        let schema = Arc::new(Schema::new(fields));
        let batches = keys.chunks(batch).map(|keys| {
            let time: TimestampMicrosecondArray = keys.iter().map(|k| Some(k.0.div_euclid(10))).collect();
            let digit: Int8Array = keys.iter().map(|k| i8::try_from(k.0.rem_euclid(10)).ok()).collect();
            let hash: Int64Array = keys.iter().map(|k| Some(k.1)).collect();
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(time), Arc::new(digit), Arc::new(hash)]).unwrap()
        });
        let batches: Vec<RecordBatch> = batches.collect();
        TestMemoryExec::try_new_exec(&[batches], Arc::clone(&schema), None).unwrap()
    }

    #[tokio::test]
    async fn drops_what_is_known_and_nothing_else() {
        let rows = [(-1, 1), (-1, 2), (5, 1), (5, 2), (5, 3), (6, 1), (20, -1), (21, 7), (40, 0)];
        type Case<'a> = (&'a [(i64, i64)], &'a [(i64, i64)]);
        let table: &[Case] = &[
            (&[], &rows),
            (&rows, &[]),
            (&[(-5, 1), (5, 9), (7, 1), (50, 0)], &rows),
            (&[(-1, 2), (5, 1), (5, 3), (19, 0), (20, -1), (40, 1)], &[(-1, 1), (5, 2), (6, 1), (21, 7), (40, 0)]),
        ];
        for (known, left) in table {
            for (rows_a_batch, known_a_batch) in [(1, 1), (2, 3), (100, 1), (1, 100), (3, 2)] {
                let exec = FirstCopyExec::new(plan(&rows, rows_a_batch), plan(known, known_a_batch)).unwrap();
                let found = exec.execute(0, SessionContext::new().task_ctx()).unwrap();
                let found: Vec<RecordBatch> = found.try_collect().await.unwrap();
                let found: Vec<(i64, i64)> = found
                    .iter()
                    .flat_map(|batch| {
                        let keys = Keys::of(batch).unwrap();
                        (0..keys.rows()).map(|i| (keys.get(i).0, keys.get(i).1.cast_signed())).collect::<Vec<_>>()
                    })
                    .collect();
                assert_eq!(found, *left, "{known:?}, {rows_a_batch}, {known_a_batch}");
            }
        }
    }
}
