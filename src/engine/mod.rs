//! The one session: options, statements, execution, limits, and what a run really read.
//!
//! The engine computes on threads of its own. Whoever shows results, draws progress and listens for Ctrl-C stays
//! responsive whatever a query does.

mod arguments;
mod clock;
mod describe;
mod distinct;
mod error;
mod explain;
mod gather;
mod guard;
mod hints;
mod identifiers;
mod kql;
pub mod lex;
mod mistake;
mod names;
pub mod nearest;
mod own;
mod params;
mod session;
mod statements;
mod stats;
mod yielding;

pub use error::EngineError;
pub use explain::{Explanation, Prices};
pub use gather::Gathered;
pub use kql::AnyStatement;
pub use mistake::{Mistake, Place};
pub use params::{Params, parse_param};
pub use stats::{Measures, QueryStats};
pub use tunnelql_kql::Render;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::model::Ticks;
use crate::store::{Location, Sent, StoreOptions};
use crate::tables::{Data, RawOptions, TimeRange, empty_note, empty_table, said_by};

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
    /// How stores are used that are opened later.
    pub store: StoreOptions,
    /// Bytes that a statement may read; any when `None`.
    pub max_bytes: Option<u64>,
    /// What requests cost.
    pub prices: Prices,
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
            store: StoreOptions::default(),
            max_bytes: None,
            prices: Prices::default(),
        }
    }
}

/// A session over some data.
pub struct Engine {
    context: SessionContext,
    data: Arc<Data>,
    pinned: parking_lot::RwLock<Option<Ticks>>,
    threads: usize,
    prices: Prices,
    /// Why blobs were left out of what was gathered.
    unread: parking_lot::Mutex<std::collections::BTreeSet<String>>,
    /// That nothing of what was gathered was known, for the last statement of which that is so.
    unrecognized: parking_lot::Mutex<Option<String>>,
    runtime: Option<tokio::runtime::Runtime>,
}

fn threads(n: usize) -> Result<tokio::runtime::Runtime, EngineError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(n.max(1))
        .thread_name("engine")
        .enable_all()
        .build()
        .map_err(|e| EngineError::Storage(format!("cannot start threads: {e}")))
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            self.retire(runtime);
        }
    }
}

/// What a running statement sends.
pub enum Event {
    /// It is planned; rows of this schema will follow.
    Started(SchemaRef, Measures),
    /// Some rows.
    Batch(RecordBatch),
    /// Something that the reader of the result should know.
    Noted(String),
    /// The chart that the statement asks for; comes before the result's start.
    Charted(Render),
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
        let runtime = threads(options.threads)?;
        let data = Data::new(options.data.clone(), options.raw, options.range);
        data.counts().set_max_bytes(options.max_bytes.unwrap_or(0));
        let context = session::context(options, &data)?;
        let pinned = parking_lot::RwLock::new(options.now);
        let (threads, prices) = (options.threads, options.prices.clone());
        let (unread, unrecognized) = (parking_lot::Mutex::default(), parking_lot::Mutex::default());
        Ok(Self { context, data, pinned, threads, prices, unread, unrecognized, runtime: Some(runtime) })
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

    /// What has gone over the wire for the last statement.
    pub fn sent(&self) -> Sent {
        self.data.counts().sent()
    }

    /// Lets no statement read more than so many bytes; any when `None`.
    pub fn set_max_bytes(&self, bytes: Option<u64>) {
        self.data.counts().set_max_bytes(bytes.unwrap_or(0));
    }

    /// From now on what analysis tables read is kept for the statements that follow: for many questions about the same data.
    pub fn keep_readings(&self) {
        self.data.kept().keep();
    }

    /// Lets analysis tables tell of outages that began so long before the session's range, and go on in it.
    pub fn look_back(&self, by: Duration) {
        self.data.set_look_back(i64::try_from(by.as_nanos() / 100).unwrap_or(i64::MAX));
    }

    /// The times that log tables and views show.
    pub fn range(&self) -> TimeRange {
        self.data.range()
    }

    /// What the range leaves nothing of: from when to when there is data, if that is known and wholly beside the range.
    pub fn data_beside_range(&self) -> Option<TimeRange> {
        let range = self.range();
        if range == TimeRange::default() {
            return None;
        }
        let data = self.data.archived_span()?;
        let after = range.start.zip(data.end).is_some_and(|(start, end)| start >= end);
        let before = range.end.zip(data.start).is_some_and(|(end, start)| end <= start);
        (after || before).then_some(data)
    }

    /// Shows other times from now on, in the session's own views too. Returns those that do not plan any more, and why.
    pub async fn set_range(
        &self,
        range: TimeRange,
        params: &Params,
    ) -> Result<Vec<(String, EngineError)>, EngineError> {
        self.data.set_range(range);
        self.restore(self.own_tables().await?, params).await
    }

    /// Shows other times in tables that are planned from now on; the session's views follow with the next [`Self::refresh`].
    pub fn set_range_of_new(&self, range: TimeRange) {
        self.data.set_range(range);
    }

    /// Looks at the data anew: what was imported or logged since is seen from now on.
    pub async fn refresh(&self, params: &Params) -> Result<Vec<(String, EngineError)>, EngineError> {
        self.data.forget();
        self.restore(self.own_tables().await?, params).await
    }

    /// Takes over what another session has made for itself, and its settings.
    pub async fn adopt(&self, other: &Self, params: &Params) -> Result<Vec<(String, EngineError)>, EngineError> {
        let settings = other.context.copied_config().options().as_ref().clone();
        *self.context.state_ref().write().config_mut().options_mut() = settings;
        self.restore(other.own_tables().await?, params).await
    }

    async fn own_tables(&self) -> Result<Vec<own::Own>, EngineError> {
        Ok(own::own_tables(&self.context).await?)
    }

    async fn restore(&self, own: Vec<own::Own>, params: &Params) -> Result<Vec<(String, EngineError)>, EngineError> {
        if own.is_empty() {
            return Ok(Vec::new());
        }
        let (context, params) = (self.context.clone(), params.clone());
        let restored = self.handle().spawn(async move { own::restore(&context, own, &params).await });
        restored.await.map_err(|e| EngineError::query(format!("the session's views could not be planned anew: {e}")))
    }

    /// Gives the session's clock another time, or lets it go again.
    pub fn set_now(&self, now: Option<Ticks>) {
        *self.pinned.write() = now;
        for function in now.map_or_else(clock::running, clock::pinned) {
            self.context.register_udf(function);
        }
    }

    /// What the session's clock says.
    pub fn now(&self) -> Ticks {
        let pinned = *self.pinned.read();
        pinned.unwrap_or_else(|| chrono::Utc::now().timestamp_micros().saturating_mul(10))
    }

    /// Computes on fresh threads from now on. A cancelled statement stops where it next waits, which some take long to
    /// do; until then it would keep the threads from the next statement.
    pub fn renew_threads(&mut self) -> Result<(), EngineError> {
        let old = self.runtime.replace(threads(self.threads)?);
        if let Some(old) = old {
            self.retire(old);
        }
        Ok(())
    }

    /// Lets threads go. A cancelled query may go on computing for a moment; nobody has to wait for it.
    fn retire(&self, runtime: tokio::runtime::Runtime) {
        let openings = self.data.openings();
        if openings.is_idle() {
            return runtime.shutdown_background();
        }
        let openings = Arc::clone(openings);
        // The process may end meanwhile.
        std::thread::spawn(move || {
            openings.wait();
            runtime.shutdown_background();
        });
    }

    /// Splits a text into statements.
    pub fn parse(&self, sql: &str) -> Result<Vec<Statement>, EngineError> {
        statements::parse(sql)
    }

    /// A text in KQL as a statement.
    pub fn parse_kql(&self, text: &str) -> Result<AnyStatement, EngineError> {
        kql::parse(text)
    }

    /// Says what a statement will read. Plans it, and reads nothing but what planning needs: the archive's log, and listings.
    pub async fn explain(
        &self,
        statement: impl Into<AnyStatement>,
        params: Params,
    ) -> Result<Explanation, EngineError> {
        let (context, data, now) = (self.context.clone(), Arc::clone(&self.data), self.now());
        let (statement, prices) = (statement.into(), self.prices.clone());
        let planned = self.handle().spawn(async move {
            data.counts().reset();
            let plan = match statement {
                AnyStatement::Sql(statement) => statements::plan(&context, *statement, params).await?,
                AnyStatement::Kql(kql) => kql::only_plan(&context, &kql, now).await?,
            };
            data.counts().explain_only();
            let opening = data.counts().sent();
            if describe::describe(&plan, None)?.is_none()
                && !matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_))
            {
                context.state().create_physical_plan(&plan).await?;
            }
            let readings = data.counts().readings();
            data.counts().reset();
            Ok(Explanation::new(readings, opening, &prices))
        });
        planned.await.unwrap_or_else(|e| Err(EngineError::query(format!("planning failed: {e}"))))
    }

    /// Starts a statement.
    pub fn run(&self, statement: impl Into<AnyStatement>, params: Params) -> Running {
        let (sender, events) = mpsc::channel(BATCHES_AHEAD);
        let (context, data, now) = (self.context.clone(), Arc::clone(&self.data), self.now());
        let (statement, prices) = (statement.into(), self.prices.clone());
        let task = self.handle().spawn(async move {
            let done = async {
                match statement {
                    AnyStatement::Sql(statement) => run(&context, &data, *statement, params, &prices, &sender).await,
                    AnyStatement::Kql(kql) => run_kql(&context, &data, &kql, now, &prices, &sender).await,
                }
            };
            // Without an error after them the rows so far would pass for the whole answer.
            let done = AssertUnwindSafe(done).catch_unwind().await.unwrap_or_else(|panic| Err(broken(&*panic)));
            if let Err(e) = done {
                // The receiver may be gone, and then nobody wants to know.
                let _ = sender.send(Event::Failed(e)).await;
            }
        });
        Running { events, task }
    }
}

/// The error for a statement in which an assumption of ours or of a library did not hold.
fn broken(panic: &(dyn Any + Send)) -> EngineError {
    EngineError::Damaged(format!(
        "the statement broke off: {}; 'tunnelql verify' says whether an archive is damaged, and if none is, please report this",
        said_by(panic)
    ))
}

async fn run(
    context: &SessionContext,
    data: &Data,
    statement: Statement,
    params: Params,
    prices: &Prices,
    sender: &mpsc::Sender<Event>,
) -> Result<(), EngineError> {
    data.counts().reset();
    let tables = context.state().resolve_table_references(&statement)?;
    let plan = statements::plan(context, statement, params).await.map_err(|e| hints::with_hint(e, &context.state()))?;
    if let Some(batch) = describe::describe(&plan, tables.first())? {
        if let Some(note) = tables.first().and_then(|t| empty_table(t.table())) {
            let _ = sender.send(Event::Noted(note.to_owned())).await;
        }
        let _ = sender.send(Event::Started(batch.schema(), Measures::new(None, Arc::clone(data.counts())))).await;
        let _ = sender.send(Event::Batch(batch)).await;
        let _ = sender.send(Event::Finished).await;
        return Ok(());
    }
    run_plan(context, data, plan, prices, sender).await
}

async fn run_kql(
    context: &SessionContext,
    data: &Data,
    kql: &kql::Kql,
    now: Ticks,
    prices: &Prices,
    sender: &mpsc::Sender<Event>,
) -> Result<(), EngineError> {
    data.counts().reset();
    for planned in kql::plan(context, kql, now).await? {
        let said = planned.uses_now.then(|| format!("now() is {}", iso(now)));
        for note in planned.notes.into_iter().chain(said) {
            let _ = sender.send(Event::Noted(note)).await;
        }
        if let Some(render) = planned.render {
            let _ = sender.send(Event::Charted(render)).await;
        }
        run_plan(context, data, planned.plan, prices, sender).await?;
    }
    Ok(())
}

/// A time for people.
fn iso(ticks: Ticks) -> String {
    tunnelql_kql::values::datetime::format(ticks.saturating_mul(100))
}

async fn run_plan(
    context: &SessionContext,
    data: &Data,
    plan: LogicalPlan,
    prices: &Prices,
    sender: &mpsc::Sender<Event>,
) -> Result<(), EngineError> {
    let analyzes = matches!(plan, LogicalPlan::Analyze(_));
    let runs = !matches!(plan, LogicalPlan::Explain(_));
    if !runs {
        data.counts().explain_only();
    }
    let opening = data.counts().sent();
    if matches!(plan, LogicalPlan::Ddl(_)) {
        // CREATE TABLE ... AS runs its query while it is planned.
        data.counts().runs();
    }
    if analyzes {
        data.counts().explain();
    }
    if let Some(note) = empty_note(&plan) {
        let _ = sender.send(Event::Noted(note.to_owned())).await;
    }
    let frame = context.execute_logical_plan(plan).await?;
    let task_context = Arc::new(frame.task_ctx());
    let plan = yielding::yielding(frame.create_physical_plan().await?)?;
    if runs {
        // All of it is known now, but for tables that decide while they run.
        data.counts().check_bytes().map_err(|e| EngineError::from(&e))?;
        data.counts().runs();
    }
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
    if !runs {
        let explained = Explanation::new(data.counts().readings(), opening, prices);
        if let Some(row) = explain::bill_as_plan_row(&schema, &explained) {
            let _ = sender.send(Event::Batch(row)).await;
        }
    }
    let _ = sender.send(Event::Finished).await;
    Ok(())
}

/// How long a query may be silent before progress is worth showing.
pub const QUIET: Duration = Duration::from_millis(700);
