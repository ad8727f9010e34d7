//! The plan node of an analysis table.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{StreamExt, TryStreamExt};

use super::work::Work;

/// The node for some columns of a table.
pub fn plan(work: Work, schema: SchemaRef, projection: Option<&Vec<usize>>) -> Result<Arc<dyn ExecutionPlan>> {
    let projected = match projection {
        Some(indexes) => Arc::new(schema.project(indexes)?),
        None => Arc::clone(&schema),
    };
    let properties = PlanProperties::new(
        EquivalenceProperties::new(projected),
        Partitioning::UnknownPartitioning(1),
        EmissionType::Final,
        Boundedness::Bounded,
    );
    Ok(Arc::new(AnalysisExec {
        work: Arc::new(work),
        full: schema,
        projection: projection.cloned(),
        properties: Arc::new(properties),
        metrics: ExecutionPlanMetricsSet::new(),
    }))
}

#[derive(Debug)]
struct AnalysisExec {
    work: Arc<Work>,
    /// Columns before the projection.
    full: SchemaRef,
    projection: Option<Vec<usize>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl DisplayAs for AnalysisExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AnalysisExec: {:?}", self.work)
    }
}

impl ExecutionPlan for AnalysisExec {
    fn name(&self) -> &'static str {
        "AnalysisExec"
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
        let (work, projection) = (Arc::clone(&self.work), self.projection.clone());
        let full = Arc::clone(&self.full);
        let rows_a_batch = context.session_config().batch_size().max(1);
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let rows = async move {
            let made = (work.table.run)(&work).await;
            work.free();
            let mut batch = work.gateways.named(&made?, &full)?;
            if let Some(indexes) = projection {
                batch = batch.project(&indexes)?;
            }
            metrics.record_output(batch.num_rows());
            let starts = (0..batch.num_rows()).step_by(rows_a_batch);
            let parts: Vec<_> = starts.map(|at| Ok(batch.slice(at, rows_a_batch.min(batch.num_rows() - at)))).collect();
            Ok::<_, datafusion::error::DataFusionError>(futures::stream::iter(parts))
        };
        let stream = futures::stream::once(rows).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream.boxed())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
