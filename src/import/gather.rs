//! Reading and parsing on several threads, until memory is full or the sources are done.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hashbrown::HashMap;
use parking_lot::Mutex;
use rayon::ThreadPool;
use tokio::runtime::Handle;

use super::plan::Planned;
use super::{ImportError, ImportOptions};
use crate::archive::{RejectRow, StoredReject};
use crate::model::{Account, Category, Position, Record, Reject, Sink, TICKS_PER_SECOND};
use crate::parse::ParseOptions;
use crate::schema::{Rows, TableBuilder};
use crate::source::SourceReader;
use crate::store::{Blob, Counters, StoreError};

/// UTC days since 1970 of a row, and which log it belongs to.
pub type Bucket = (Category, i32);

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
    queue: Mutex<Queue>,
    buffered: AtomicUsize,
    cap: usize,
    parse: ParseOptions,
    handle: &'a Handle,
    counters: Arc<Counters>,
    skips: bool,
    failed: Mutex<Vec<String>>,
    /// Rows of the fullest day that a thread had so far, by category: what to expect of the next.
    rows: [AtomicUsize; Category::ALL.len()],
}

/// Sources by hour of arrival.
struct Queue {
    jobs: VecDeque<Job>,
    /// Day of arrival of the newest source that was taken since the last commit.
    day: Option<i64>,
}

impl Queue {
    /// The next source; none when it is time to commit. A day that is cut by a commit has one file more, so from half
    /// of the buffer on a commit ends where a day does.
    fn take(&mut self, half_full: bool) -> Option<Job> {
        let next = self.jobs.front()?;
        let day = next.day();
        if half_full && self.day.is_some() && day != self.day {
            return None;
        }
        self.day = day;
        self.jobs.pop_front()
    }
}

enum Job {
    New(Box<Planned>),
    Open(Box<OpenSource>),
}

impl Job {
    fn day(&self) -> Option<i64> {
        let planned = match self {
            Self::New(planned) => planned,
            Self::Open(open) => &open.planned,
        };
        planned.blob.info.hours.map(|h| h.start.div_euclid(TICKS_PER_DAY))
    }
}

struct OpenSource {
    planned: Planned,
    reader: SourceReader,
    /// The reader's account when the last piece ended.
    counted: Account,
    start: u64,
    /// Nothing of it was read yet.
    is_new: bool,
}

/// Sources that a thread opens ahead, and about their bytes. With 8 an import waited a quarter of its time for answers that
/// took 20 ms each.
const OPEN_AHEAD: usize = 16;
const OPEN_AHEAD_BYTES: u64 = 8 << 20;

/// What a table of a category and day takes before its rows, and a source beside its own, roughly: an export of small files
/// has more of these than of rows.
const TABLE_BYTES: usize = 64 << 10;
const PIECE_BYTES: usize = 4 << 10;

impl<'a> Work<'a> {
    pub fn new(
        plan: Vec<Planned>,
        options: &ImportOptions,
        parse: ParseOptions,
        handle: &'a Handle,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            queue: Mutex::new(Queue { jobs: plan.into_iter().map(|p| Job::New(Box::new(p))).collect(), day: None }),
            buffered: AtomicUsize::new(0),
            // Measured: half as much again for sorting and the writers, and as much as that once more in pages that the
            // allocator has not given back yet.
            cap: (options.memory_limit / 5).max(1 << 20),
            parse,
            handle,
            counters,
            skips: options.skip_unreadable,
            failed: Mutex::default(),
            rows: Default::default(),
        }
    }

    /// Reads on, on every thread of the pool, until `cancel` is set. `None` when everything is read.
    pub fn next(&mut self, pool: &ThreadPool, cancel: &AtomicBool) -> Result<Option<Gathered>, ImportError> {
        let queue = self.queue.get_mut();
        if queue.jobs.is_empty() {
            return Ok(None);
        }
        queue.day = None;
        self.buffered.store(0, Ordering::Relaxed);
        let this = &*self;
        let mut all = Gathered::default();
        for part in pool.broadcast(|_| this.worker(cancel)) {
            let part = part?;
            for (bucket, rows) in part.rows {
                all.rows.entry(bucket).or_default().extend(rows);
            }
            all.rejects.extend(part.rejects);
            all.pieces.extend(part.pieces);
        }
        Ok(Some(all))
    }

    fn worker(&self, cancel: &AtomicBool) -> Result<Gathered, ImportError> {
        let mut collector = Collector::new(&self.rows);
        let mut gathered = Gathered::default();
        let mut buffer = Vec::new();
        // Opened already: what comes from a network is on its way while others are parsed.
        let mut opened: VecDeque<Box<OpenSource>> = VecDeque::new();
        loop {
            let buffered = self.buffered.load(Ordering::Relaxed);
            if buffered >= self.cap || cancel.load(Ordering::Relaxed) {
                break;
            }
            self.open_some(&mut opened, buffered >= self.cap / 2)?;
            let Some(mut open) = opened.pop_front() else { break };
            if open.is_new {
                open.is_new = false;
                open.reader.reuse(std::mem::take(&mut buffer));
            }
            collector.begin(&open.planned);
            let (mut done, mut broken) = (false, false);
            while self.buffered.load(Ordering::Relaxed) < self.cap && !cancel.load(Ordering::Relaxed) {
                let step = self.wait(&open.planned.blob, open.reader.step(&mut collector));
                let more = match step {
                    Err(e) if self.skips => {
                        self.failed.lock().push(e.to_string());
                        broken = true;
                        false
                    }
                    step => step?,
                };
                self.buffered.fetch_add(std::mem::take(&mut collector.new_bytes), Ordering::Relaxed);
                if let Some(e) = collector.error.take() {
                    return Err(StoreError::new(format!("cannot hold {}: {e}", open.planned.blob.name)).into());
                }
                if !more {
                    done = true;
                    break;
                }
            }
            // Of a source that broke off, what was read is kept, and the next import goes on there.
            let piece = open.piece(done && !broken);
            if !broken || piece.account.lines > 0 {
                gathered.pieces.push(piece);
                self.buffered.fetch_add(PIECE_BYTES, Ordering::Relaxed);
            }
            if done {
                buffer = open.reader.into_buffer();
            } else {
                self.queue.lock().jobs.push_front(Job::Open(open));
            }
        }
        let mut queue = self.queue.lock();
        opened.into_iter().rev().for_each(|open| queue.jobs.push_front(Job::Open(open)));
        drop(queue);
        collector.finish(&mut gathered);
        Ok(gathered)
    }

    /// Takes the next source, and of small remote ones some more.
    fn open_some(&self, opened: &mut VecDeque<Box<OpenSource>>, half_full: bool) -> Result<(), StoreError> {
        let is_small = |open: &OpenSource| !open.planned.blob.is_local() && open.planned.blob.size <= OPEN_AHEAD_BYTES;
        while opened.len() < OPEN_AHEAD && opened.iter().all(|o| is_small(o)) {
            let bytes: u64 = opened.iter().map(|o| o.planned.blob.size).sum();
            if bytes > OPEN_AHEAD_BYTES {
                break;
            }
            let Some(job) = self.queue.lock().take(half_full) else { break };
            let open = match job {
                Job::Open(open) => open,
                Job::New(planned) => match self.open(*planned) {
                    Err(e) if self.skips => {
                        self.failed.lock().push(e.to_string());
                        continue;
                    }
                    open => Box::new(open?),
                },
            };
            opened.push_back(open);
        }
        Ok(())
    }

    /// Why sources could not be read.
    pub fn failed(&self) -> Vec<String> {
        self.failed.lock().clone()
    }

    /// Drives a read of a blob. Files are read on this very thread: a runtime would hand each to another thread and wait.
    fn wait<T>(&self, blob: &Blob, read: impl Future<Output = T>) -> T {
        if blob.is_local() { futures::executor::block_on(read) } else { self.handle.block_on(read) }
    }

    fn open(&self, planned: Planned) -> Result<OpenSource, StoreError> {
        let start = planned.resume.as_ref().map_or(0, |r| r.offset);
        let opened =
            SourceReader::open(&planned.blob, planned.resume.clone(), self.parse.clone(), Arc::clone(&self.counters));
        let reader = self.wait(&planned.blob, opened)?;
        Ok(OpenSource { planned, reader, counted: Account::default(), start, is_new: true })
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
struct Collector<'a> {
    expected: &'a [AtomicUsize],
    builders: HashMap<Bucket, TableBuilder>,
    rejects: Vec<RejectRow>,
    source: String,
    rank: u32,
    now_us: i64,
    /// Memory taken since it was last asked for.
    new_bytes: usize,
    error: Option<arrow::error::ArrowError>,
}

impl<'a> Collector<'a> {
    fn new(expected: &'a [AtomicUsize]) -> Self {
        Self {
            expected,
            builders: HashMap::new(),
            rejects: Vec::new(),
            source: String::new(),
            rank: 0,
            now_us: 0,
            new_bytes: 0,
            error: None,
        }
    }

    fn begin(&mut self, planned: &Planned) {
        planned.blob.name.clone_into(&mut self.source);
        self.rank = planned.rank;
        self.now_us = chrono::Utc::now().timestamp_micros();
    }

    fn finish(self, into: &mut Gathered) {
        for (bucket, mut builder) in self.builders {
            self.expected[bucket.0 as usize].fetch_max(builder.len(), Ordering::Relaxed);
            into.rows.entry(bucket).or_default().push(builder.finish());
        }
        into.rejects.extend(self.rejects);
    }
}

impl Sink for Collector<'_> {
    fn record(&mut self, at: Position, record: &Record<'_>) {
        let day = i32::try_from(record.ticks.div_euclid(TICKS_PER_DAY)).unwrap_or_default();
        let builder = self.builders.entry((record.category, day)).or_insert_with(|| {
            let expected = self.expected[record.category as usize].load(Ordering::Relaxed);
            self.new_bytes += TABLE_BYTES;
            TableBuilder::deferring(record.category, expected)
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{HourRange, Location, PathInfo};

    /// Hours of arrival; `None` for a source whose path tells none.
    fn queue(hours: &[Option<i64>]) -> Queue {
        let store = Location::parse("/").unwrap().store;
        let job = |hour: &Option<i64>| {
            let start = hour.map(|h| h * 3600 * TICKS_PER_SECOND);
            let hours = start.map(|start| HourRange { start, end: start + 3600 * TICKS_PER_SECOND });
            let blob = Blob {
                store: Arc::clone(&store),
                path: "x".into(),
                name: String::new(),
                size: 1,
                etag: None,
                modified: 0,
                info: PathInfo { hours, ..PathInfo::default() },
                stdin: false,
                retries: 0,
                cache: None,
            };
            Job::New(Box::new(Planned { blob, rank: 0, resume: None, before: None, rewritten: false }))
        };
        Queue { jobs: hours.iter().map(job).collect(), day: None }
    }

    #[test]
    fn a_commit_ends_with_a_day_once_there_is_enough() {
        let mut q = queue(&[Some(0), Some(23), Some(24), Some(25), Some(48)]);
        assert!(q.take(true).is_some(), "the first is always taken");
        assert!(q.take(true).is_some(), "the same day goes on");
        assert!(q.take(true).is_none(), "a new day waits for the next commit");
        assert!(q.take(true).is_none());
        assert!(q.take(false).is_some(), "with little gathered days follow each other");
        assert!(q.take(true).is_some());
        assert!(q.take(true).is_none());
        let mut q = queue(&[None, None, None]);
        assert!((0..3).all(|_| q.take(true).is_some()), "without hours nothing is held back");
    }
}
