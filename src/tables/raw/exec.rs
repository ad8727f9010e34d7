//! The physical plan of a raw scan.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use parking_lot::Mutex;

use super::feed::{Feed, RawScan, Seen};

/// Reads and parses blobs. All partitions draw from one feed, since which of two equal records stays must not depend on
/// how many partitions there are.
#[derive(Debug)]
pub struct RawScanExec {
    scan: Arc<RawScan>,
    tasks: usize,
    feed: Mutex<Started>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

/// The feed begins with the first partition that is executed.
#[derive(Debug)]
enum Started {
    NotYet(Seen),
    Running(Arc<Feed>),
}

impl RawScanExec {
    /// A scan with at most so many partitions, which begins with some records known already.
    pub fn new(scan: RawScan, known: Seen, partitions: usize) -> Self {
        let tasks = partitions.min(scan.blobs.len()).max(1);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&scan.schema)),
            Partitioning::UnknownPartitioning(tasks),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            scan: Arc::new(scan),
            tasks,
            feed: Mutex::new(Started::NotYet(known)),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl DisplayAs for RawScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blobs = &self.scan.blobs;
        let bytes: u64 = blobs.iter().map(|b| b.size).sum();
        write!(f, "RawScanExec: table={}, blobs={}, bytes={bytes}", self.scan.category.table(), blobs.len())
    }
}

impl ExecutionPlan for RawScanExec {
    fn name(&self) -> &'static str {
        "RawScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let feed = {
            let mut started = self.feed.lock();
            match &mut *started {
                Started::Running(feed) => Arc::clone(feed),
                Started::NotYet(known) => {
                    let feed = Arc::new(Feed::new(&self.scan, std::mem::take(known), self.tasks, &context)?);
                    *started = Started::Running(Arc::clone(&feed));
                    feed
                }
            }
        };
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let stream = futures::stream::try_unfold((feed, metrics), |(feed, metrics)| async move {
            let Some(batch) = feed.next().await? else { return Ok(None) };
            metrics.record_output(batch.num_rows());
            Ok(Some((batch, (feed, metrics))))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.scan.schema), stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
