//! Sort, drop what is there already, write, commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::execution::TaskContext;
use hashbrown::{HashMap, HashSet};
use parking_lot::Mutex;
use rayon::ThreadPool;
use tokio::runtime::Handle;

use super::ImportError;
use super::gather::{Bucket, Gathered, Piece};
use crate::archive::{
    Archive, ArchiveError, CommitError, DataFile, FileWriter, IMPORT_APP, LedgerEntry, Partition, WrittenFile,
    encode_ledger, encode_rejects, mark_known,
};
use crate::model::{Category, Fingerprint};
use crate::schema::{RowKey, Rows, physical};

/// What a commit added.
pub struct Flushed {
    /// The ledger entries of the commit.
    pub entries: Vec<LedgerEntry>,
    /// Rows added by category.
    pub by_category: BTreeMap<Category, u64>,
    /// Rejects by number.
    pub by_code: BTreeMap<u16, u64>,
}

impl Flushed {
    /// Rows added.
    pub fn rows(&self) -> u64 {
        self.by_category.values().sum()
    }
}

/// Rows handed to the Parquet writer at a time.
const CHUNK: usize = 8192;

/// What a run of imports must not forget between its commits.
pub struct Run<'a> {
    /// Identifies the run.
    pub import_id: &'a str,
    /// Import commits that the plan has seen.
    pub planned_at: i64,
    /// Those that the run itself has made since.
    pub own: i64,
}

/// Commits what was gathered. `None` when another import has meanwhile taken some of the same sources.
pub fn flush(
    archive: &mut Archive,
    mut gathered: Gathered,
    pool: &ThreadPool,
    run: &mut Run<'_>,
    context: &Arc<TaskContext>,
    handle: &Handle,
) -> Result<Option<Flushed>, ImportError> {
    let names: HashSet<String> = gathered.pieces.iter().map(|p| p.planned.blob.name.clone()).collect();
    gathered.rejects.sort_by(|a, b| (a.at, &a.source, a.reject.line).cmp(&(b.at, &b.source, b.reject.line)));
    for attempt in 0u32.. {
        let guard = handle.block_on(archive.guard(IMPORT_APP))?;
        let alone = guard == run.planned_at + run.own;
        if !alone && handle.block_on(taken_by_others(archive, context, &names, run))? {
            return Ok(None);
        }
        let (mut files, duplicates, by_category) = write_rows(archive, &gathered, pool, context, handle)?;
        let entries = entries(&gathered.pieces, &duplicates, run.import_id, guard + 1);
        handle.block_on(async {
            files.extend(write_system(archive, physical::IMPORTS, encode_ledger(&entries)).await?);
            files.extend(write_system(archive, physical::REJECTS, encode_rejects(&gathered.rejects)).await?);
            Ok::<_, ArchiveError>(())
        })?;
        match handle.block_on(archive.append(&files, guard)) {
            Ok(()) => {
                run.own += 1;
                let mut by_code = BTreeMap::new();
                for r in &gathered.rejects {
                    *by_code.entry(r.reject.code).or_default() += 1;
                }
                return Ok(Some(Flushed { entries, by_category, by_code }));
            }
            Err(CommitError::Conflict) => {
                handle.block_on(archive.discard(&files));
                if attempt > 100 {
                    break;
                }
                handle.block_on(archive.refresh())?;
            }
            Err(CommitError::Failed(e)) => return Err(e.into()),
        }
    }
    Err(ArchiveError::Storage(format!(
        "archive {}: other imports kept committing first; try again when they are done",
        archive.location
    ))
    .into())
}

/// Whether another import has committed one of the sources since our plan.
async fn taken_by_others(
    archive: &Archive,
    context: &Arc<TaskContext>,
    names: &HashSet<String>,
    run: &Run<'_>,
) -> Result<bool, ArchiveError> {
    let ledger = archive.ledger(context).await?;
    let taken = |e: &LedgerEntry| {
        e.sequence > run.planned_at && e.import_id != run.import_id && e.source != "-" && names.contains(&e.source)
    };
    Ok(ledger.iter().any(taken))
}

type Written = (Vec<WrittenFile>, HashMap<u32, u64>, BTreeMap<Category, u64>);

/// Writes every bucket, several at a time. Returns the files, the duplicates by source and the rows by category.
fn write_rows(
    archive: &Archive,
    gathered: &Gathered,
    pool: &ThreadPool,
    context: &Arc<TaskContext>,
    handle: &Handle,
) -> Result<Written, ImportError> {
    let mut known_files: HashMap<(String, i32), Vec<DataFile>> = HashMap::new();
    for file in archive.files(None)? {
        known_files.entry((file.category.clone(), file.date)).or_default().push(file);
    }
    let jobs: Mutex<Vec<(&Bucket, &Vec<Rows>)>> = Mutex::new(gathered.rows.iter().rev().collect());
    let written: Mutex<Written> = Mutex::default();
    let run = || -> Result<(), ImportError> {
        loop {
            let Some((&(category, date), rows)) = jobs.lock().pop() else { return Ok(()) };
            let partition = Partition { category: category.partition().into(), date };
            let known = known_files.get(&(partition.category.clone(), date)).cloned().unwrap_or_default();
            let bucket = write_bucket(archive, category, partition, rows, known, context, handle)?;
            let mut all = written.lock();
            for (source, n) in bucket.duplicates {
                *all.1.entry(source).or_default() += n;
            }
            if let Some(file) = bucket.file {
                *all.2.entry(category).or_default() += file.rows;
                all.0.push(file);
            }
        }
    };
    for result in pool.broadcast(|_| run()) {
        result?;
    }
    Ok(written.into_inner())
}

struct WrittenBucket {
    file: Option<WrittenFile>,
    duplicates: HashMap<u32, u64>,
}

fn write_bucket(
    archive: &Archive,
    category: Category,
    partition: Partition,
    rows: &[Rows],
    known_files: Vec<DataFile>,
    context: &Arc<TaskContext>,
    handle: &Handle,
) -> Result<WrittenBucket, ImportError> {
    let keys: Vec<&[RowKey]> = rows.iter().map(|r| r.keys.as_slice()).collect();
    let (mut order, mut duplicates) = sorted_unique(&keys);
    if !known_files.is_empty() {
        let keys: Vec<RowKey> = order.iter().map(|&(b, r)| rows[b].keys[r]).collect();
        let mut known = vec![false; keys.len()];
        handle.block_on(mark_known(archive, category, known_files, &keys, &mut known, context))?;
        for key in keys.iter().zip(&known).filter_map(|(k, known)| known.then_some(k)) {
            *duplicates.entry(key.source).or_default() += 1;
        }
        let mut known = known.into_iter();
        order.retain(|_| !known.next().unwrap_or(false));
    }
    if order.is_empty() {
        return Ok(WrittenBucket { file: None, duplicates });
    }
    let failed = |e: arrow::error::ArrowError| ArchiveError::Damaged(format!("cannot build rows: {e}"));
    let mut writer = FileWriter::new(archive, partition, physical::file_schema(category), order.len() as u64)?;
    for chunk in order.chunks(CHUNK) {
        let (batch, keys) = Rows::pick(category, rows, chunk).map_err(failed)?;
        let batch = physical::to_file(category, &batch, &keys).map_err(failed)?;
        handle.block_on(writer.write(&batch))?;
    }
    let file = handle.block_on(writer.finish())?;
    Ok(WrittenBucket { file: Some(file), duplicates })
}

/// The rows as (table, row) in the archive's order, each record once, and how many of each source were dropped.
fn sorted_unique(tables: &[&[RowKey]]) -> (Vec<(usize, usize)>, HashMap<u32, u64>) {
    let mut all: Vec<(RowKey, usize, usize)> = tables
        .iter()
        .enumerate()
        .flat_map(|(b, keys)| keys.iter().enumerate().map(move |(r, key)| (*key, b, r)))
        .collect();
    // Sources are mostly in order of time: what is in order already is merged, not sorted anew.
    all.sort();
    let mut order = Vec::with_capacity(all.len());
    let mut duplicates: HashMap<u32, u64> = HashMap::new();
    let mut seen: HashSet<u64> = HashSet::new();
    for same_time in all.chunk_by(|a, b| a.0.ticks == b.0.ticks) {
        if let [(_, b, r)] = same_time {
            order.push((*b, *r));
            continue;
        }
        seen.clear();
        for (key, b, r) in same_time {
            if seen.insert(key.hash) {
                order.push((*b, *r));
            } else {
                *duplicates.entry(key.source).or_default() += 1;
            }
        }
    }
    (order, duplicates)
}

fn entries(pieces: &[Piece], duplicates: &HashMap<u32, u64>, import_id: &str, sequence: i64) -> Vec<LedgerEntry> {
    let now = chrono::Utc::now().timestamp_micros();
    pieces
        .iter()
        .map(|piece| {
            let Piece { planned, account, start, position, head, complete, compressed } = piece;
            debug_assert!(account.balances());
            let duplicates = duplicates.get(&planned.rank).copied().unwrap_or(0);
            let before = planned.before.as_ref();
            LedgerEntry {
                source: planned.blob.name.clone(),
                imported_at: now,
                import_id: import_id.to_owned(),
                sequence,
                start: *start,
                end: position.as_ref().map_or(*start, |p| p.offset),
                end_line: position.as_ref().map_or(0, |p| p.lines),
                open_end: position.as_ref().is_some_and(|p| p.open_end),
                last_ticks: position.as_ref().and_then(|p| p.last_ticks),
                complete: *complete,
                format: position.as_ref().map(|p| p.format.name().to_owned()),
                compressed: *compressed,
                resumable: position.as_ref().is_some_and(|p| p.resumable),
                size: planned.blob.size,
                etag: planned.blob.etag.clone(),
                rewritten: planned.rewritten && *start == 0,
                head: before.and_then(|b| b.head).or_else(|| Some(Fingerprint::of(head))),
                tail: position.as_ref().map(|p| Fingerprint::of(&p.tail)),
                account: *account,
                duplicates,
                rows: account.records - duplicates,
            }
        })
        .collect()
}

async fn write_system(
    archive: &Archive,
    category: &str,
    batch: Result<RecordBatch, arrow::error::ArrowError>,
) -> Result<Option<WrittenFile>, ArchiveError> {
    let batch = batch.map_err(|e| ArchiveError::Damaged(format!("cannot build the ledger: {e}")))?;
    if batch.num_rows() == 0 {
        return Ok(None);
    }
    let date = i32::try_from(chrono::Utc::now().timestamp().div_euclid(86_400)).unwrap_or_default();
    let partition = Partition { category: category.into(), date };
    let mut writer = FileWriter::new(archive, partition, batch.schema(), batch.num_rows() as u64)?;
    writer.write(&batch).await?;
    writer.finish().await.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_equal_rows_stays_and_different_ones_all_do() {
        let key = |ticks, source, line, hash| RowKey { ticks, source, line, hash };
        let one = [key(2, 0, 1, 7), key(1, 0, 2, 7), key(2, 0, 3, 8)];
        let other = [key(2, 1, 1, 7), key(1, 1, 2, 7), key(3, 1, 3, 9)];
        let (order, duplicates) = sorted_unique(&[&one, &other]);
        assert_eq!(order, vec![(0, 1), (0, 0), (0, 2), (1, 2)]);
        assert_eq!(duplicates.get(&1), Some(&2));
        assert_eq!(duplicates.get(&0), None);
    }
}
