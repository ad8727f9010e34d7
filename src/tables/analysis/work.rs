//! What a table needs to make its rows: the logs, its arguments, and what the statement asks for.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::common::runtime::JoinSet;
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col, lit};
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

use super::super::OUT_OF_MEMORY;
use super::super::catalog::Data;
use super::super::pruning::{TimeRange, allowed_values};
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
    pub gateways: Arc<Gateways>,
    memory: Arc<Memory>,
}

/// What is held for as long as the rows of a table are made.
struct Memory {
    table: &'static str,
    pool: Arc<dyn MemoryPool>,
    held: Mutex<Option<MemoryReservation>>,
}

impl Memory {
    fn grow(&self, bytes: usize) -> Result<()> {
        let mut held = self.held.lock();
        let reservation =
            held.get_or_insert_with(|| MemoryConsumer::new(format!("rows of {}", self.table)).register(&self.pool));
        reservation
            .try_grow(bytes)
            .map_err(|e| e.context(format!("{} keeps what it reads; {OUT_OF_MEMORY}", self.table)))
    }
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
            gateways: data.kept().gateways(),
            memory: Arc::new(Memory {
                table: table.name,
                pool: Arc::clone(&state.runtime_env().memory_pool),
                held: Mutex::new(None),
            }),
        }
    }

    /// The times asked about, in nanoseconds: from the range's start to its end, and never later than now.
    pub fn times(&self) -> (i64, i64) {
        let range = self.data.range();
        let now = || self.state.execution_props().query_execution_start_time.and_then(|t| t.timestamp_nanos_opt());
        let end = range.end.map(|ticks| ticks.saturating_mul(100)).or_else(now);
        (range.start.map_or(i64::MIN, |ticks| ticks.saturating_mul(100)), end.unwrap_or(i64::MAX))
    }

    /// The range with what lies before it, where outages that go on in it count; `None` where they do not.
    pub fn looked_back(&self) -> Option<TimeRange> {
        let (range, back) = (self.data.range(), self.data.look_back());
        let start = range.start.filter(|_| back > 0)?;
        Some(TimeRange { start: Some(start.saturating_sub(back)), ..range })
    }

    /// The session's range, and from `since` on, in nanoseconds, when that is earlier.
    pub fn range_since(&self, since: Option<i64>) -> TimeRange {
        let range = self.data.range();
        let since = since.map(|nanos| nanos.div_euclid(100));
        TimeRange { start: range.start.map(|start| since.map_or(start, |since| since.min(start))), ..range }
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
        self.plan_of(category, columns, filter, self.data.range()).await
    }

    /// The same of another time than the session's.
    pub async fn plan_of(
        &self,
        category: Category,
        columns: &[&str],
        filter: Option<Expr>,
        range: TimeRange,
    ) -> Result<LogicalPlan> {
        let mut plan = LogicalPlanBuilder::from(self.data.log_plan_of(category, range).await?);
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

    /// What a reading gives, of this or of an earlier statement where those are kept. `bytes` is what it takes.
    pub async fn once<T: Any + Send + Sync>(
        &self,
        name: &'static str,
        bytes: impl FnOnce(&T) -> usize,
        read: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let kept = self.data.kept();
        // Rows of some gateways are no answer for all.
        let is_whole = kept.is_kept() && self.allowed.iter().all(|(_, values)| values.is_empty());
        if !is_whole {
            return read.await.map(Arc::new);
        }
        let range = self.data.range();
        if let Some(known) = kept.get(name, range) {
            return Ok(known);
        }
        let made = Arc::new(read.await?);
        // Where a blob could not be read, each statement has to say so itself.
        if self.data.counts().failed().is_empty() {
            kept.put(name, range, &made, bytes(&made), &self.state.runtime_env().memory_pool);
        }
        Ok(made)
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

    /// Runs a plan and gathers each of its parts in a task of its own. `push` adds a batch, and says how much memory the
    /// part takes by then.
    pub async fn gather<T: Default + Send + 'static>(
        &self,
        plan: LogicalPlan,
        push: fn(&mut T, &RecordBatch) -> Result<usize>,
    ) -> Result<Vec<T>> {
        let context = self.state.task_ctx();
        let plan = self.state.create_physical_plan(&plan).await?;
        let gateway = plan.schema().index_of(GATEWAY)?;
        let mut tasks = JoinSet::new();
        for mut rows in datafusion::physical_plan::execute_stream_partitioned(plan, context)? {
            let (gateways, memory) = (Arc::clone(&self.gateways), Arc::clone(&self.memory));
            tasks.spawn(async move {
                let (mut part, mut held) = (T::default(), 0);
                while let Some(batch) = rows.next().await {
                    let takes = push(&mut part, &gateways.keyed(&batch?, gateway)?)?;
                    memory.grow(takes - held)?;
                    held = takes;
                    // Local files are always ready, and a task that never waits cannot be cancelled.
                    tokio::task::yield_now().await;
                }
                Ok::<_, DataFusionError>(part)
            });
        }
        let mut parts = Vec::new();
        while let Some(part) = tasks.join_next().await {
            parts.push(part.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))??);
        }
        Ok(parts)
    }

    /// Takes memory.
    pub fn grow(&self, bytes: usize) -> Result<()> {
        self.memory.grow(bytes)
    }

    /// Gives all memory back.
    pub fn free(&self) {
        self.memory.held.lock().take();
    }
}
