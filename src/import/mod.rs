//! The write path: what is new in the sources -> a bounded pipeline -> atomic commits -> a summary that adds up.

mod flush;
mod gather;
mod plan;
mod summary;

pub use summary::{ImportSummary, SourceCounts};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use datafusion::execution::TaskContext;
use hashbrown::HashMap;
use tokio::runtime::Handle;

use crate::archive::{Archive, ArchiveError, IMPORT_APP, latest_by_source};
use crate::parse::ParseOptions;
use crate::store::{Counters, Location, StoreError};

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Keep records of other categories and resources in `other_log` instead of rejecting them.
    pub keep_unknown: bool,
    /// Any reject is a failure, and then nothing is committed.
    pub strict: bool,
    /// Memory to keep under, in bytes.
    pub memory_limit: usize,
    /// Threads that parse and write.
    pub threads: usize,
    /// Go on with the others when a source cannot be read. What was not read of it is left to the next import.
    pub skip_unreadable: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self { keep_unknown: false, strict: false, memory_limit: 512 << 20, threads, skip_unreadable: false }
    }
}

/// Why an import did not succeed. What was committed before stays and is complete in itself.
#[derive(Debug)]
pub enum ImportError {
    /// The sources or the archive could not be read or written.
    Archive(ArchiveError),
    /// `strict`, and there were rejects.
    Strict {
        /// How many.
        rejects: u64,
        /// The first of them, for people.
        first: Vec<String>,
    },
    /// `strict`, and standard input is among the sources.
    StrictInput,
    /// It was asked to end.
    Cancelled,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive(e) => write!(f, "{e}"),
            Self::Strict { rejects, first } => {
                write!(f, "{rejects} lines are no records and --strict was given; nothing was imported")?;
                first.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Self::StrictInput => f.write_str(
                "--strict reads its sources twice, which standard input does not allow; save it to a file and import that",
            ),
            Self::Cancelled => {
                f.write_str("cancelled; what was committed is complete, and the next import goes on there")
            }
        }
    }
}

impl std::error::Error for ImportError {}

impl From<ArchiveError> for ImportError {
    fn from(e: ArchiveError) -> Self {
        Self::Archive(e)
    }
}

impl From<StoreError> for ImportError {
    fn from(e: StoreError) -> Self {
        Self::Archive(e.into())
    }
}

/// Real counters of a running import, for whoever shows them.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes and blobs read.
    pub read: Arc<Counters>,
    /// Bytes that will be read, before decompression; 0 until it is known.
    pub total_bytes: AtomicU64,
    /// Blobs that will be read.
    pub total_blobs: AtomicU64,
    /// Rows committed.
    pub rows: AtomicU64,
    /// Set while files are being written.
    pub writing: std::sync::atomic::AtomicBool,
    /// Set by whoever wants the import to end: nothing is begun any more, and what was not committed is left to the next.
    pub cancel: std::sync::atomic::AtomicBool,
}

/// Imports what is new in `sources` into the archive at `place`, which is made where there is none.
///
/// Runs on `options.threads` threads of its own; `handle` drives the storage. Each commit is atomic: killed at
/// any moment, the next import goes on where the last commit ended.
pub fn import(
    place: &Location,
    sources: &[Location],
    options: &ImportOptions,
    context: &Arc<TaskContext>,
    progress: &Progress,
    handle: &Handle,
) -> Result<ImportSummary, ImportError> {
    let started = Instant::now();
    if options.strict && sources.iter().any(|source| source.stdin) {
        return Err(ImportError::StrictInput);
    }
    let parse = ParseOptions { keep_unknown: options.keep_unknown, ..ParseOptions::default() };
    let id = uuid::Uuid::new_v4().to_string();
    let mut summary = ImportSummary::new(id.clone());
    // The same threads parse and write from the first commit to the last: what one commit has given back to the
    // allocator is the next one's without the operating system clearing it again.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.max(1))
        .thread_name(|n| format!("import-{n}"))
        .build()
        .map_err(|e| StoreError::new(format!("cannot start threads: {e}")))?;
    // Made when it is known what comes into it: a wrong source must not leave an empty archive behind.
    let mut archive = match handle.block_on(place.is_archive())? {
        true => Some(handle.block_on(Archive::open_or_create(place))?),
        false => None,
    };
    // Standard input can be read once only.
    let mut input_is_read = false;
    let version = loop {
        summary.failed.clear();
        summary.archives.clear();
        let read = u64::from(input_is_read);
        summary.sources = SourceCounts { listed: read, new: read, ..SourceCounts::default() };
        let listed = handle.block_on(plan::listed(sources.iter().filter(|source| !(source.stdin && input_is_read))))?;
        let ledger = match &archive {
            Some(archive) => latest_by_source(handle.block_on(archive.ledger(context))?),
            None => HashMap::new(),
        };
        let plan = handle.block_on(plan::plan(place, ledger, listed, options, &mut summary))?;
        progress.total_bytes.store(plan.iter().map(plan::Planned::bytes_to_read).sum(), Ordering::Relaxed);
        progress.total_blobs.store(plan.len() as u64, Ordering::Relaxed);
        if options.strict {
            gather::refuse_rejects(&plan, &parse, handle)?;
        }
        let archive = match &mut archive {
            Some(archive) => archive,
            none => {
                let made = none.insert(handle.block_on(Archive::open_or_create(place))?);
                if made.version() > 0 {
                    // Somebody else made it in the same moment, and may have imported more than what was listed.
                    continue;
                }
                made
            }
        };
        let planned_at = handle.block_on(archive.guard(IMPORT_APP))?;
        let mut run = flush::Run { import_id: &id, planned_at, own: 0 };
        // Standard input comes in commits of its own: no other import can take something of them.
        let (input, blobs): (Vec<_>, Vec<_>) = plan.into_iter().partition(|planned| planned.blob.stdin);
        input_is_read |= !input.is_empty();
        let with = With { options, parse: &parse, pool: &pool, context, progress, handle };
        if with.carry_out(archive, input, &mut run, &mut summary)?
            && with.carry_out(archive, blobs, &mut run, &mut summary)?
        {
            break archive.version();
        }
        handle.block_on(archive.refresh())?;
    };
    summary.finish(version, progress.read.bytes.load(Ordering::Relaxed), started.elapsed());
    Ok(summary)
}

/// What an import works with from its beginning to its end.
struct With<'a> {
    options: &'a ImportOptions,
    parse: &'a ParseOptions,
    pool: &'a rayon::ThreadPool,
    context: &'a Arc<TaskContext>,
    progress: &'a Progress,
    handle: &'a Handle,
}

impl With<'_> {
    /// Reads and commits what is planned. `false` when another import has taken some of the same sources: what is still to
    /// do must be found out anew.
    fn carry_out(
        &self,
        archive: &mut Archive,
        plan: Vec<plan::Planned>,
        run: &mut flush::Run<'_>,
        summary: &mut ImportSummary,
    ) -> Result<bool, ImportError> {
        let Self { progress, handle, .. } = self;
        let counters = Arc::clone(&progress.read);
        let mut work = gather::Work::new(plan, self.options, self.parse.clone(), handle, counters);
        let mut is_ours = true;
        while is_ours && let Some(batch) = work.next(self.pool, &progress.cancel)? {
            if progress.cancel.load(Ordering::Relaxed) {
                return Err(ImportError::Cancelled);
            }
            progress.writing.store(true, Ordering::Relaxed);
            let flushed = flush::flush(archive, batch, self.pool, run, self.context, handle)?;
            progress.writing.store(false, Ordering::Relaxed);
            is_ours = flushed.is_some();
            if let Some(done) = flushed {
                progress.rows.fetch_add(done.rows(), Ordering::Relaxed);
                summary.add(done);
            }
        }
        summary.failed.extend(work.failed());
        Ok(is_ours)
    }
}
