//! Blobs to batches: parsed by several tasks at once, and yet each record once, and always the same copy of it.
//!
//! Each task parses a run of blobs of its own. What it found passes on in the order of the runs: the first copy of a
//! record, in the order of the blobs' names and of the lines in them, is the one that stays, as in an import. A task
//! whose turn it is not yet parses ahead, a little.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use futures::FutureExt;
use hashbrown::HashSet;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::model::{Category, Position, Record, Reject, Sink};
use crate::parse::ParseOptions;
use crate::schema::{RowKey, TableBuilder};
use crate::source::SourceReader;
use crate::store::{Blob, StoreError};
use crate::tables::dataset::{OnBlobError, ScanCounts};
use crate::tables::pruning::TimeRange;
use crate::tables::{OUT_OF_MEMORY, external, said_by};

/// What is read of which blobs.
#[derive(Debug)]
pub struct RawScan {
    pub category: Category,
    /// Indexes of the wanted columns.
    pub wanted: Vec<usize>,
    pub schema: SchemaRef,
    pub times: TimeRange,
    pub parse: ParseOptions,
    pub counts: Arc<ScanCounts>,
    pub on_blob_error: OnBlobError,
    /// In the order in which equal records are preferred.
    pub blobs: Vec<Blob>,
}

/// Records met so far, by time and identity.
#[derive(Default)]
pub struct Seen(HashSet<(i64, u64)>);

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records", self.0.len())
    }
}

/// What a remembered record costs, with the room that hash tables keep free.
const SEEN_BYTES: usize = 32;

impl Seen {
    /// `true` when it was not met before.
    pub fn insert(&mut self, ticks: i64, hash: u64) -> bool {
        self.0.insert((ticks, hash))
    }
}

/// Bytes of blobs that a task takes at a time: enough for batches of a good size, little enough to share the work.
const RUN_BYTES: u64 = 4 << 20;
/// Bytes of parsed rows that a task holds while others are before it.
const AHEAD_BYTES: usize = 8 << 20;

/// Blobs in runs of neighbours.
fn runs(sizes: impl ExactSizeIterator<Item = u64> + Clone, tasks: usize) -> Vec<Range<usize>> {
    let total: u64 = sizes.clone().sum();
    let target = (total / (tasks as u64 * 4).max(1)).min(RUN_BYTES);
    let (mut out, mut start, mut bytes) = (Vec::new(), 0, 0);
    let count = sizes.len();
    for (i, size) in sizes.enumerate() {
        bytes += size;
        if bytes >= target || i + 1 == count {
            out.push(start..i + 1);
            (start, bytes) = (i + 1, 0);
        }
    }
    out
}

/// A running scan. Dropping it stops its tasks.
pub struct Feed {
    batches: tokio::sync::Mutex<mpsc::Receiver<Result<RecordBatch>>>,
    _tasks: JoinSet<()>,
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Feed")
    }
}

impl Feed {
    /// Starts the tasks. Must be called on the runtime that they are to run on.
    pub fn new(scan: &Arc<RawScan>, known: Seen, tasks: usize, context: &TaskContext) -> Result<Self> {
        let memory = MemoryConsumer::new(format!("records of {}", scan.category.table()));
        let memory = memory.register(context.memory_pool());
        let records = Records { seen: Seen::default(), memory };
        let records = records.with_known(known)?;
        let shared = Arc::new(Shared {
            runs: runs(scan.blobs.iter().map(|b| b.size), tasks),
            scan: Arc::clone(scan),
            next: AtomicUsize::new(0),
            turn: watch::Sender::new(0),
            records: Mutex::new(records),
            batch_rows: context.session_config().batch_size(),
        });
        let (sender, receiver) = mpsc::channel(tasks.max(1) * 2);
        let mut running = JoinSet::new();
        for _ in 0..tasks {
            let (shared, sender) = (Arc::clone(&shared), sender.clone());
            running.spawn(async move {
                // The others wait for their turn, and would wait for ever.
                let done = AssertUnwindSafe(shared.work(&sender)).catch_unwind().await;
                let done = done.unwrap_or_else(|panic| internal_err!("reading broke off: {}", said_by(&*panic)));
                if let Err(e) = done {
                    // Whoever does not listen any more does not want to know.
                    let _ = sender.send(Err(e)).await;
                }
            });
        }
        Ok(Self { batches: tokio::sync::Mutex::new(receiver), _tasks: running })
    }

    /// The next rows, for whichever partition asks first; `None` at the end.
    pub async fn next(&self) -> Result<Option<RecordBatch>> {
        self.batches.lock().await.recv().await.transpose()
    }
}

/// The records met so far and the memory that they take.
struct Records {
    seen: Seen,
    memory: MemoryReservation,
}

impl Records {
    fn with_known(mut self, known: Seen) -> Result<Self> {
        self.seen = known;
        self.account(0)?;
        Ok(self)
    }

    fn account(&self, before: usize) -> Result<()> {
        self.memory.try_grow((self.seen.0.len() - before) * SEEN_BYTES).map_err(|e| {
            e.context(format!(
                "a query over a raw export remembers every record to drop duplicates; import the export into an archive, \
                 {OUT_OF_MEMORY}"
            ))
        })
    }

    /// The rows that were not met before.
    fn first_only(&mut self, batch: RecordBatch, keys: &[RowKey]) -> Result<RecordBatch> {
        let before = self.seen.0.len();
        let keep: Vec<bool> = keys.iter().map(|k| self.seen.insert(k.ticks, k.hash)).collect();
        let new = self.seen.0.len() - before;
        self.account(before)?;
        if new == keys.len() {
            return Ok(batch);
        }
        Ok(filter_record_batch(&batch, &BooleanArray::from(keep))?)
    }
}

/// What the tasks share.
struct Shared {
    scan: Arc<RawScan>,
    runs: Vec<Range<usize>>,
    /// The run that nobody has taken yet.
    next: AtomicUsize,
    /// The run whose records pass on now.
    turn: watch::Sender<usize>,
    records: Mutex<Records>,
    batch_rows: usize,
}

impl Shared {
    /// A blob that cannot be read is the statement's failure or is kept in mind.
    fn failed(&self, error: StoreError) -> Result<()> {
        match self.scan.on_blob_error {
            OnBlobError::Stop => Err(external(error)),
            OnBlobError::Skip => {
                self.scan.counts.blob_failed(&error);
                Ok(())
            }
        }
    }

    async fn work(&self, sender: &mpsc::Sender<Result<RecordBatch>>) -> Result<()> {
        let mut collector = Collector::new(Arc::clone(&self.scan));
        let mut buffer = Vec::new();
        loop {
            let run = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(blobs) = self.runs.get(run).and_then(|r| self.scan.blobs.get(r.clone())) else { return Ok(()) };
            let mut ahead = Ahead { shared: self, run, sender, held: Vec::new(), held_bytes: 0 };
            let mut opened = Opened { scan: &self.scan, rest: blobs, waiting: VecDeque::new(), bytes: 0 };
            while let Some((blob, reader)) = opened.next().await {
                let mut reader = match reader {
                    Ok(reader) => reader,
                    Err(e) => {
                        self.failed(e)?;
                        continue;
                    }
                };
                reader.reuse(std::mem::take(&mut buffer));
                blob.name.clone_into(&mut collector.source);
                loop {
                    match reader.step(&mut collector).await {
                        Ok(true) => {}
                        Ok(false) => break,
                        // What was read of it stays: each row is a record.
                        Err(e) => {
                            self.failed(e)?;
                            break;
                        }
                    }
                    if collector.builder.len() >= self.batch_rows {
                        ahead.add(&mut collector).await?;
                    }
                    // A piece takes milliseconds; others on this thread get their turn, cancellation among them.
                    tokio::task::yield_now().await;
                }
                let account = reader.account();
                self.scan.counts.blob_read(&blob.name, account.records, account.rejects);
                buffer = reader.into_buffer();
            }
            ahead.add(&mut collector).await?;
            ahead.finish().await?;
        }
    }
}

/// The blobs of a run, opened a little ahead: where they come from a network, the transfers overlap.
struct Opened<'a> {
    scan: &'a RawScan,
    rest: &'a [Blob],
    waiting: VecDeque<(&'a Blob, Result<SourceReader, StoreError>)>,
    /// Bytes of the blobs that wait.
    bytes: u64,
}

/// Blobs opened ahead, and their bytes.
const OPEN_AHEAD: usize = 16;
const OPEN_AHEAD_BYTES: u64 = 8 << 20;

impl<'a> Opened<'a> {
    async fn next(&mut self) -> Option<(&'a Blob, Result<SourceReader, StoreError>)> {
        while let Some((blob, rest)) = self.rest.split_first() {
            let remote = !blob.is_local() && !blob.stdin;
            let room = remote && self.waiting.len() < OPEN_AHEAD && self.bytes + blob.size <= OPEN_AHEAD_BYTES;
            if !room && !self.waiting.is_empty() {
                break;
            }
            let (parse, counters) = (self.scan.parse.clone(), Arc::clone(&self.scan.counts.raw));
            self.waiting.push_back((blob, SourceReader::open(blob, None, parse, counters).await));
            self.bytes += blob.size;
            self.rest = rest;
        }
        let (blob, reader) = self.waiting.pop_front()?;
        self.bytes -= blob.size;
        Some((blob, reader))
    }
}

/// What a task has parsed of a run and not passed on yet.
struct Ahead<'a> {
    shared: &'a Shared,
    run: usize,
    sender: &'a mpsc::Sender<Result<RecordBatch>>,
    held: Vec<(RecordBatch, Vec<RowKey>)>,
    held_bytes: usize,
}

impl Ahead<'_> {
    async fn add(&mut self, collector: &mut Collector) -> Result<()> {
        if let Some(e) = collector.error.take() {
            return Err(e);
        }
        if !collector.builder.is_empty() {
            self.held_bytes += collector.builder.memory();
            let rows = collector.builder.finish();
            self.held.push((rows.batch()?, rows.keys));
        }
        if self.held_bytes > AHEAD_BYTES || *self.shared.turn.borrow() == self.run {
            self.pass_on().await?;
        }
        Ok(())
    }

    async fn pass_on(&mut self) -> Result<()> {
        // The sender lives as long as we do, so that waiting cannot fail.
        let _ = self.shared.turn.subscribe().wait_for(|turn| *turn == self.run).await;
        self.held_bytes = 0;
        for (batch, keys) in self.held.drain(..) {
            let batch = self.shared.records.lock().first_only(batch, &keys)?;
            if batch.num_rows() > 0 && self.sender.send(Ok(batch)).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<()> {
        self.pass_on().await?;
        self.shared.turn.send_replace(self.run + 1);
        Ok(())
    }
}

/// Takes the records that the scan is about.
struct Collector {
    scan: Arc<RawScan>,
    builder: TableBuilder,
    source: String,
    error: Option<DataFusionError>,
}

impl Collector {
    fn new(scan: Arc<RawScan>) -> Self {
        let builder = TableBuilder::new(scan.category, Some(&scan.wanted));
        Self { scan, builder, source: String::new(), error: None }
    }
}

impl Sink for Collector {
    fn record(&mut self, at: Position, record: &Record<'_>) {
        if record.category != self.scan.category || !self.scan.times.contains(record.ticks) {
            return;
        }
        if let Err(e) = self.builder.push(record, at, &self.source, 0) {
            self.error.get_or_insert(e.into());
        }
    }

    fn reject(&mut self, _: Reject) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_once() {
        let mut seen = Seen::default();
        assert!(seen.insert(1, u64::MAX));
        assert!(!seen.insert(1, u64::MAX));
        assert!(seen.insert(2, u64::MAX));
        assert!(seen.insert(1, 0));
    }

    #[test]
    fn runs_are_neighbours_and_leave_nothing_out() {
        for (sizes, tasks) in
            [(vec![], 4), (vec![0, 0, 0], 2), (vec![1], 8), (vec![100; 50], 3), (vec![1 << 30, 1, 1, 1 << 30, 5, 0], 2)]
        {
            let found = runs(sizes.iter().copied(), tasks);
            let all: Vec<usize> = found.iter().cloned().flatten().collect();
            assert_eq!(all, (0..sizes.len()).collect::<Vec<_>>(), "{sizes:?}");
            assert!(found.iter().all(|r| !r.is_empty()));
        }
        assert!(runs([1000u64; 64].into_iter(), 2).len() >= 8, "every task has something to do");
    }
}
