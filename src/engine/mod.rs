//! The one session: options, statements, execution, limits, and what a run really read.
//!
//! The engine computes on threads of its own. Whoever shows results, draws progress and listens for Ctrl-C stays
//! responsive whatever a query does.

mod arguments;
mod clock;
mod describe;
mod error;
mod explain;
mod identifiers;
mod names;
mod params;
mod session;
mod statements;
mod stats;

pub use error::EngineError;
pub use explain::Explanation;
pub use params::{Params, parse_param};
pub use stats::{Measures, QueryStats};

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::model::Ticks;
use crate::store::Location;
use crate::tables::{Data, RawOptions, TimeRange};

/// How a session is made.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Archives and raw exports.
    pub data: Vec<Location>,
    /// How raw exports are read.
    pub raw: RawOptions,
    /// Restricts every log table.
    pub range: TimeRange,
    /// Memory for queries, in bytes; beyond it they spill to disk.
    pub memory_limit: usize,
    /// Threads that compute.
    pub threads: usize,
    /// What `now()` says; the clock when `None`.
    pub now: Option<Ticks>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            data: Vec::new(),
            raw: RawOptions::default(),
            range: TimeRange::default(),
            memory_limit: 1 << 30,
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            now: None,
        }
    }
}

/// A session over some data.
pub struct Engine {
    context: SessionContext,
    data: Arc<Data>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A cancelled query may go on computing for a moment; nobody has to wait for it.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a running statement sends.
pub enum Event {
    /// It is planned; rows of this schema will follow.
    Started(SchemaRef, Measures),
    /// Some rows.
    Batch(RecordBatch),
    /// All rows were sent.
    Finished,
    /// It failed; nothing follows.
    Failed(EngineError),
}

/// A running statement. Dropping it cancels it.
pub struct Running {
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Running {
    /// The next event; `None` after the last.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Batches that wait for a slow reader.
const BATCHES_AHEAD: usize = 4;

impl Engine {
    /// Makes a session. Opens nothing: data is looked at when a statement needs it.
    pub fn new(options: &EngineOptions) -> Result<Self, EngineError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.threads.max(1))
            .thread_name("engine")
            .enable_all()
            .build()
            .map_err(|e| EngineError::Storage(format!("cannot start threads: {e}")))?;
        let data = Data::new(options.data.clone(), options.raw, options.range);
        let context = session::context(options, &data)?;
        Ok(Self { context, data, runtime: Some(runtime) })
    }

    /// The DataFusion session.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// The context in which plans run.
    pub fn task_context(&self) -> Arc<TaskContext> {
        self.context.task_ctx()
    }

    /// Drives the engine's own threads.
    pub fn handle(&self) -> tokio::runtime::Handle {
        match &self.runtime {
            Some(runtime) => runtime.handle().clone(),
            // Only `drop` takes the runtime.
            None => unreachable!("the engine is being dropped"),
        }
    }

    /// Splits a text into statements.
    pub fn parse(&self, sql: &str) -> Result<Vec<Statement>, EngineError> {
        statements::parse(sql)
    }

    /// Says what a statement will read. Plans it, and reads nothing but what planning needs: the archive's log, and listings.
    pub async fn explain(&self, statement: Statement, params: Params) -> Result<Explanation, EngineError> {
        let (context, data) = (self.context.clone(), Arc::clone(&self.data));
        let planned = self.handle().spawn(async move {
            data.counts().reset();
            let plan = statements::plan(&context, statement, params).await?;
            data.counts().explain();
            if describe::describe(&plan, None)?.is_none()
                && !matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_))
            {
                context.state().create_physical_plan(&plan).await?;
            }
            let readings = data.counts().readings();
            data.counts().reset();
            Ok(Explanation { readings })
        });
        planned.await.unwrap_or_else(|e| Err(EngineError::Query(format!("planning failed: {e}"))))
    }

    /// Starts a statement.
    pub fn run(&self, statement: Statement, params: Params) -> Running {
        let (sender, events) = mpsc::channel(BATCHES_AHEAD);
        let (context, data) = (self.context.clone(), Arc::clone(&self.data));
        let task = self.handle().spawn(async move {
            if let Err(e) = run(&context, &data, statement, params, &sender).await {
                // The receiver may be gone, and then nobody wants to know.
                let _ = sender.send(Event::Failed(e)).await;
            }
        });
        Running { events, task }
    }
}

async fn run(
    context: &SessionContext,
    data: &Data,
    statement: Statement,
    params: Params,
    sender: &mpsc::Sender<Event>,
) -> Result<(), EngineError> {
    data.counts().reset();
    let tables = context.state().resolve_table_references(&statement)?;
    let plan = statements::plan(context, statement, params).await?;
    if let Some(batch) = describe::describe(&plan, tables.first())? {
        let _ = sender.send(Event::Started(batch.schema(), Measures::new(None, Arc::clone(data.counts())))).await;
        let _ = sender.send(Event::Batch(batch)).await;
        let _ = sender.send(Event::Finished).await;
        return Ok(());
    }
    let analyzes = matches!(plan, LogicalPlan::Analyze(_));
    if analyzes {
        data.counts().explain();
    }
    let frame = context.execute_logical_plan(plan).await?;
    let task_context = Arc::new(frame.task_ctx());
    let plan: Arc<dyn ExecutionPlan> = frame.create_physical_plan().await?;
    let measures = Measures::new(Some(Arc::clone(&plan)), Arc::clone(data.counts()));
    let mut rows = datafusion::physical_plan::execute_stream(plan, task_context)?;
    let schema = rows.schema();
    if sender.send(Event::Started(Arc::clone(&schema), measures.clone())).await.is_err() {
        return Ok(());
    }
    while let Some(batch) = rows.next().await {
        // A closed channel means that the statement was cancelled; leaving drops the stream and stops the scan.
        if sender.send(Event::Batch(batch?)).await.is_err() {
            return Ok(());
        }
    }
    if analyzes && let Some(row) = explain::as_plan_row(&schema, data.counts().readings(), &measures.read()) {
        let _ = sender.send(Event::Batch(row)).await;
    }
    let _ = sender.send(Event::Finished).await;
    Ok(())
}

/// How long a query may be silent before progress is worth showing.
pub const QUIET: Duration = Duration::from_millis(700);
