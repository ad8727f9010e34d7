//! Reading and parsing on several threads, until memory is full or the sources are done.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use hashbrown::HashMap;
use parking_lot::Mutex;
use rayon::ThreadPool;
use tokio::runtime::Handle;

use super::plan::Planned;
use super::{ImportError, ImportOptions};
use crate::archive::{ArchiveError, RejectRow, StoredReject};
use crate::model::{Account, Category, Position, Record, Reject, Sink, TICKS_PER_SECOND};
use crate::parse::ParseOptions;
use crate::schema::{RowKey, TableBuilder};
use crate::source::SourceReader;
use crate::store::{Counters, StoreError};

/// UTC days since 1970 of a row, and which log it belongs to.
pub type Bucket = (Category, i32);

/// Rows with their keys.
pub type Rows = (RecordBatch, Vec<RowKey>);

/// All that was read up to a moment, ready to be written in one commit.
#[derive(Default)]
pub struct Gathered {
    /// Rows by category and day, in no order.
    pub rows: BTreeMap<Bucket, Vec<Rows>>,
    /// Rejects in no order.
    pub rejects: Vec<RejectRow>,
    /// The pieces that were read of each source.
    pub pieces: Vec<Piece>,
}

/// What was read of one source since the last commit.
pub struct Piece {
    /// The source.
    pub planned: Planned,
    /// Account of the piece alone.
    pub account: Account,
    /// First byte of the piece.
    pub start: u64,
    /// Where the reader stands.
    pub position: Option<crate::source::Resume>,
    /// First bytes of the source, when this run read them.
    pub head: Vec<u8>,
    /// The source is done.
    pub complete: bool,
    /// It is gzip-compressed.
    pub compressed: bool,
}

/// The sources that are still to be read.
pub struct Work<'a> {
    queue: Mutex<VecDeque<Job>>,
    buffered: AtomicUsize,
    cap: usize,
    parse: ParseOptions,
    handle: &'a Handle,
    counters: Arc<Counters>,
}

enum Job {
    New(Box<Planned>),
    Open(Box<OpenSource>),
}

struct OpenSource {
    planned: Planned,
    reader: SourceReader,
    /// The reader's account when the last piece ended.
    counted: Account,
    start: u64,
}

impl<'a> Work<'a> {
    pub fn new(
        plan: Vec<Planned>,
        options: &ImportOptions,
        parse: ParseOptions,
        handle: &'a Handle,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            queue: Mutex::new(plan.into_iter().map(|p| Job::New(Box::new(p))).collect()),
            buffered: AtomicUsize::new(0),
            // Measured: half as much again for sorting and the writers, and as much as that once more in pages that the
            // allocator has not given back yet.
            cap: (options.memory_limit / 5).max(1 << 20),
            parse,
            handle,
            counters,
        }
    }

    /// Reads on, on every thread of the pool. `None` when everything is read.
    pub fn next(&mut self, pool: &ThreadPool) -> Result<Option<Gathered>, ImportError> {
        if self.queue.lock().is_empty() {
            return Ok(None);
        }
        self.buffered.store(0, Ordering::Relaxed);
        let this = &*self;
        let mut all = Gathered::default();
        for part in pool.broadcast(|_| this.worker()) {
            let part = part?;
            for (bucket, rows) in part.rows {
                all.rows.entry(bucket).or_default().extend(rows);
            }
            all.rejects.extend(part.rejects);
            all.pieces.extend(part.pieces);
        }
        Ok(Some(all))
    }

    fn worker(&self) -> Result<Gathered, ImportError> {
        let mut collector = Collector::default();
        let mut gathered = Gathered::default();
        let mut buffer = Vec::new();
        while self.buffered.load(Ordering::Relaxed) < self.cap {
            let Some(job) = self.queue.lock().pop_front() else { break };
            let mut open = match job {
                Job::Open(open) => open,
                Job::New(planned) => {
                    let mut open = Box::new(self.open(*planned)?);
                    open.reader.reuse(std::mem::take(&mut buffer));
                    open
                }
            };
            collector.begin(&open.planned);
            let mut done = false;
            while self.buffered.load(Ordering::Relaxed) < self.cap {
                let more = self.handle.block_on(open.reader.step(&mut collector))?;
                self.buffered.fetch_add(std::mem::take(&mut collector.new_bytes), Ordering::Relaxed);
                if let Some(e) = collector.error.take() {
                    return Err(StoreError::new(format!("cannot hold {}: {e}", open.planned.blob.name)).into());
                }
                if !more {
                    done = true;
                    break;
                }
            }
            gathered.pieces.push(open.piece(done));
            if done {
                buffer = open.reader.into_buffer();
            } else {
                self.queue.lock().push_front(Job::Open(open));
            }
        }
        collector.finish(&mut gathered)?;
        Ok(gathered)
    }

    fn open(&self, planned: Planned) -> Result<OpenSource, StoreError> {
        let start = planned.resume.as_ref().map_or(0, |r| r.offset);
        let opened =
            SourceReader::open(&planned.blob, planned.resume.clone(), self.parse.clone(), Arc::clone(&self.counters));
        let reader = self.handle.block_on(opened)?;
        Ok(OpenSource { planned, reader, counted: Account::default(), start })
    }
}

impl OpenSource {
    /// What was read since the last piece.
    fn piece(&mut self, complete: bool) -> Piece {
        let now = self.reader.account();
        let before = std::mem::replace(&mut self.counted, now);
        let account = Account {
            bytes: now.bytes - before.bytes,
            lines: now.lines - before.lines,
            blank: now.blank - before.blank,
            records: now.records - before.records,
            rejects: now.rejects - before.rejects,
            torn_bytes: now.torn_bytes - before.torn_bytes,
        };
        let position = self.reader.position();
        let end = position.as_ref().map_or(self.start, |p| p.offset);
        let start = std::mem::replace(&mut self.start, end);
        Piece {
            planned: self.planned.clone(),
            account,
            start,
            position,
            head: self.reader.head().to_vec(),
            complete,
            compressed: self.reader.is_compressed(),
        }
    }
}

const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

/// Takes records into builders by category and day.
#[derive(Default)]
struct Collector {
    builders: HashMap<Bucket, TableBuilder>,
    rejects: Vec<RejectRow>,
    source: String,
    rank: u32,
    now_us: i64,
    /// Memory taken since it was last asked for.
    new_bytes: usize,
    error: Option<arrow::error::ArrowError>,
}

impl Collector {
    fn begin(&mut self, planned: &Planned) {
        planned.blob.name.clone_into(&mut self.source);
        self.rank = planned.rank;
        self.now_us = chrono::Utc::now().timestamp_micros();
    }

    fn finish(self, into: &mut Gathered) -> Result<(), ImportError> {
        for (bucket, mut builder) in self.builders {
            let rows = builder.finish().map_err(|e| ArchiveError::Damaged(format!("cannot build rows: {e}")))?;
            into.rows.entry(bucket).or_default().push(rows);
        }
        into.rejects.extend(self.rejects);
        Ok(())
    }
}

impl Sink for Collector {
    fn record(&mut self, at: Position, record: &Record<'_>) {
        let day = i32::try_from(record.ticks.div_euclid(TICKS_PER_DAY)).unwrap_or_default();
        let builder =
            self.builders.entry((record.category, day)).or_insert_with(|| TableBuilder::new(record.category, None));
        let before = builder.memory();
        if let Err(e) = builder.push(record, at, &self.source, self.rank) {
            self.error.get_or_insert(e);
        }
        self.new_bytes += builder.memory() - before;
    }

    fn reject(&mut self, reject: Reject) {
        self.new_bytes += reject.excerpt.len() + reject.detail.len() + 256;
        self.rejects.push(RejectRow {
            source: self.source.clone(),
            at: self.now_us,
            reject: StoredReject::from(&reject),
        });
    }
}

/// `--strict`: reads everything once without keeping it, and refuses when anything is no record.
pub fn refuse_rejects(plan: &[Planned], parse: &ParseOptions, handle: &Handle) -> Result<(), ImportError> {
    #[derive(Default)]
    struct Count {
        rejects: u64,
        first: Vec<String>,
        source: String,
    }
    impl Sink for Count {
        fn record(&mut self, _: Position, _: &Record<'_>) {}
        fn reject(&mut self, r: Reject) {
            self.rejects += 1;
            if self.first.len() < 5 {
                self.first.push(format!("{} line {} (byte {}): {}", self.source, r.line, r.offset, r.code.meaning()));
            }
        }
    }
    let mut count = Count::default();
    let counters = Arc::new(Counters::default());
    for planned in plan {
        if planned.blob.stdin {
            return Err(StoreError::new("--strict reads its sources twice, which standard input does not allow").into());
        }
        planned.blob.name.clone_into(&mut count.source);
        let opened = SourceReader::open(&planned.blob, planned.resume.clone(), parse.clone(), Arc::clone(&counters));
        let mut reader = handle.block_on(opened)?;
        while handle.block_on(reader.step(&mut count))? {}
    }
    match count.rejects {
        0 => Ok(()),
        rejects => Err(ImportError::Strict { rejects, first: count.first }),
    }
}
