//! What a table needs to make its rows: the logs, its arguments, and what the statement asks for.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::common::{Result, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::functions::expr_fn::date_trunc;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col, lit};
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

use super::super::catalog::Data;
use super::super::pruning::allowed_values;
use super::AnalysisTable;
use super::arguments::Argument;
use super::gateways::{GATEWAY, Gateways};
use crate::model::Category;

/// A scan of an analysis table.
pub struct Work {
    /// Which one.
    pub table: &'static AnalysisTable,
    data: Arc<Data>,
    state: SessionState,
    arguments: Vec<Argument>,
    /// Names of the columns that are asked for.
    wanted: Vec<&'static str>,
    /// Values that the statement allows, per pushed column.
    allowed: Vec<(&'static str, Vec<String>)>,
    /// The gateways that the rows read so far are of.
    pub gateways: Gateways,
    /// Held for as long as the rows are made.
    memory: Mutex<Option<MemoryReservation>>,
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table.name)?;
        if !self.arguments.is_empty() {
            write!(f, ", arguments={:?}", self.arguments)?;
        }
        for (column, values) in self.allowed.iter().filter(|(_, values)| !values.is_empty()) {
            write!(f, ", {column} in {values:?}")?;
        }
        Ok(())
    }
}

/// A time as a literal of the log tables' type.
pub fn at(nanos: i64) -> Expr {
    lit(ScalarValue::TimestampNanosecond(Some(nanos), Some("UTC".into())))
}

impl Work {
    pub fn new(
        table: &'static AnalysisTable,
        data: &Arc<Data>,
        state: &SessionState,
        arguments: &[Argument],
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Self {
        data.counts().decides_later(table.name);
        let is_wanted = |i: usize| projection.is_none_or(|p| p.contains(&i));
        let wanted = table.columns.iter().enumerate().filter(|(i, _)| is_wanted(*i)).map(|(_, c)| c.name).collect();
        let allowed = table.pushed.iter().map(|column| (*column, allowed_values(filters, column))).collect();
        Self {
            table,
            data: Arc::clone(data),
            state: state.clone(),
            arguments: arguments.to_vec(),
            wanted,
            allowed,
            gateways: Gateways::default(),
            memory: Mutex::new(None),
        }
    }

    /// The times asked about, in nanoseconds: from the range's start to its end, and never later than now.
    pub fn times(&self) -> (i64, i64) {
        let range = self.data.range();
        let now = || self.state.execution_props().query_execution_start_time.and_then(|t| t.timestamp_nanos_opt());
        let end = range.end.map(|ticks| ticks.saturating_mul(100)).or_else(now);
        (range.start.map_or(i64::MIN, |ticks| ticks.saturating_mul(100)), end.unwrap_or(i64::MAX))
    }

    /// Whether one of the columns is asked for.
    pub fn wants(&self, columns: &[&str]) -> bool {
        columns.iter().any(|c| self.wanted.contains(c))
    }

    /// The interval that is the n-th argument.
    pub fn interval(&self, n: usize) -> i64 {
        if let Some(Argument::Interval(nanos)) = self.arguments.get(n) { *nanos } else { 0 }
    }

    /// The count that is the n-th argument.
    pub fn count(&self, n: usize) -> usize {
        if let Some(Argument::Count(count)) = self.arguments.get(n) { *count } else { 1 }
    }

    /// The word that is the n-th argument.
    pub fn word(&self, n: usize) -> &'static str {
        match self.arguments.get(n) {
            Some(Argument::Word(words, at)) => words.get(*at).copied().unwrap_or_default(),
            _ => "",
        }
    }

    /// Values that the statement allows for a pushed column; empty when it allows all.
    pub fn allowed(&self, column: &str) -> Vec<Expr> {
        let found = self.allowed.iter().find(|(name, _)| *name == column);
        found.map(|(_, values)| values.iter().map(|v| lit(v.as_str())).collect()).unwrap_or_default()
    }

    /// A log's rows of the gateways asked for, with a further filter and only these columns. `gateway` is the resource id,
    /// which [`Work::stream`] turns into a key.
    pub async fn plan(&self, category: Category, columns: &[&str], filter: Option<Expr>) -> Result<LogicalPlan> {
        let mut plan = LogicalPlanBuilder::from(self.data.log_plan(category).await?);
        let gateways = self.allowed("gateway");
        if !gateways.is_empty() {
            plan = plan.filter(col("gateway").in_list(gateways, false))?;
        }
        if let Some(filter) = filter {
            plan = plan.filter(filter)?;
        }
        plan.project(columns.iter().map(|c| if *c == GATEWAY { col("resource_id").alias(GATEWAY) } else { col(*c) }))?
            .build()
    }

    /// Full hours in which each gateway logged anything: `gateway`, `hour`.
    pub async fn hours(&self) -> Result<RecordBatch> {
        let mut all: Option<LogicalPlan> = None;
        for category in Category::VPN {
            let plan = LogicalPlanBuilder::from(self.plan(category, &["gateway", "time"], None).await?)
                .project([col("gateway"), date_trunc(lit("hour"), col("time")).alias("hour")])?
                .build()?;
            all = Some(match all {
                None => plan,
                Some(before) => LogicalPlanBuilder::from(before).union(plan)?.build()?,
            });
        }
        let plan = all.map_or_else(|| LogicalPlanBuilder::empty(false).build(), Ok)?;
        self.collect(LogicalPlanBuilder::from(plan).distinct()?.build()?).await
    }

    /// Runs a plan.
    pub async fn stream(&self, plan: LogicalPlan) -> Result<impl Stream<Item = Result<RecordBatch>> + Unpin + Send> {
        let context = self.state.task_ctx();
        let plan = self.state.create_physical_plan(&plan).await?;
        let gateway = plan.schema().index_of(GATEWAY).ok();
        let rows = datafusion::physical_plan::execute_stream(plan, context)?;
        Ok(rows.map(move |batch| match gateway {
            Some(at) => self.gateways.keyed(&batch?, at),
            None => batch,
        }))
    }

    /// Runs a plan and keeps its rows; what they take counts against the memory limit.
    pub async fn collect(&self, plan: LogicalPlan) -> Result<RecordBatch> {
        let schema: SchemaRef = Arc::clone(plan.schema().inner());
        let mut stream = self.stream(plan).await?;
        let mut batches = Vec::new();
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            self.grow(batch.get_array_memory_size())?;
            batches.push(batch);
        }
        Ok(concat_batches(&schema, &batches)?)
    }

    /// Takes memory.
    pub fn grow(&self, bytes: usize) -> Result<()> {
        let mut memory = self.memory.lock();
        let reservation = memory.get_or_insert_with(|| {
            MemoryConsumer::new(format!("rows of {}", self.table.name)).register(&self.state.runtime_env().memory_pool)
        });
        reservation.try_grow(bytes).map_err(|e| {
            e.context(format!("{} keeps what it reads; narrow the time range or raise --memory-limit", self.table.name))
        })
    }

    /// Gives all memory back.
    pub fn free(&self) {
        self.memory.lock().take();
    }
}
