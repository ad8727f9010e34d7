//! Does the archive hold what its ledger says? Reads everything once and checks each invariant.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Array;
use datafusion::execution::TaskContext;
use futures::TryStreamExt;
use hashbrown::{HashMap, HashSet};
use object_store::ObjectStoreExt;

use super::error::of_storage;
use super::merge::{merged, partition_schema};
use super::{Archive, ArchiveError, DataFile, Keys, LedgerEntry, decode_ledger};
use crate::schema::physical;
use crate::store::{StoreError, redact};

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// File, source or partition.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

/// What was looked at and what was found.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct VerifySummary {
    /// Files read.
    pub files: u64,
    /// Rows of the log tables.
    pub rows: u64,
    /// Sources in the ledger.
    pub sources: u64,
    /// Everything wrong; empty when the archive is sound.
    pub findings: Vec<Finding>,
}

const DAY_MICROS: i64 = 86_400_000_000;

/// Checks files against the log, rows against the ledger, order, days and doubled rows.
pub async fn verify(
    archive: &Archive,
    context: &Arc<TaskContext>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<VerifySummary, ArchiveError> {
    let mut summary = VerifySummary::default();
    let mut partitions: BTreeMap<(String, i32), Vec<DataFile>> = BTreeMap::new();
    let files = archive.files(None)?;
    let seals = archive.seals()?;
    let total = files.len() as u64;
    for file in files {
        summary.files += 1;
        let seal = seals.get(&file.path).map(String::as_str);
        if check_file(archive, &file, seal, &mut summary.findings).await? {
            partitions.entry((file.category.clone(), file.date)).or_default().push(file);
        }
    }
    check_log(archive, &mut summary.findings).await?;
    let mut ledger = Vec::new();
    let mut rejects = 0;
    let mut done = 0;
    for ((category, date), files) in partitions {
        progress(done, total);
        done += files.len() as u64;
        let place = format!("{category} {}", super::Partition { category: category.clone(), date }.date_text());
        let expected: u64 = files.iter().filter_map(|f| f.rows).sum();
        let read = match category.as_str() {
            physical::IMPORTS => read_ledger(archive, files, context, &mut ledger).await,
            physical::REJECTS => count(archive, files, context).await.inspect(|n| rejects += n),
            _ => check_rows(archive, files, &category, date, &place, context, &mut summary.findings)
                .await
                .inspect(|n| summary.rows += n),
        };
        match read {
            Ok(rows) if rows != expected => {
                summary.findings.push(Finding { place, what: format!("{rows} rows, the log says {expected}") });
            }
            Ok(_) => {}
            // What cannot be reached says nothing of the archive.
            Err(e) if of_storage(&e).is_some() && !archive.location.is_local() => {
                return Err(ArchiveError::met(&archive.location, &format!("read {place}"), &e));
            }
            Err(e) => summary.findings.push(Finding { place, what: redact(&format!("cannot be read: {e}")) }),
        }
    }
    check_ledger(&ledger, summary.rows, rejects, &mut summary);
    progress(total, total);
    Ok(summary)
}

/// Entries of the log that are empty: their reader takes them for entries that change nothing.
async fn check_log(archive: &Archive, findings: &mut Vec<Finding>) -> Result<(), ArchiveError> {
    let log = archive.location.path.clone().join("_delta_log");
    let mut entries = archive.location.store.list(Some(&log));
    while let Some(entry) = entries
        .try_next()
        .await
        .map_err(|e| ArchiveError::from(StoreError::at("list", archive.location.display(&log), &e)))?
    {
        let name = entry.location.filename().unwrap_or_default();
        if entry.size == 0 && name.ends_with(".json") && name.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
            findings.push(Finding { place: format!("_delta_log/{name}"), what: super::empty_entry(name) });
        }
    }
    Ok(())
}

/// Whether the file is there as it was written. What was changed since is not read: its reader may trust what it finds.
async fn check_file(
    archive: &Archive,
    file: &DataFile,
    seal: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Result<bool, ArchiveError> {
    let path = archive.full(&file.path);
    let what = match archive.location.store.head(&path).await {
        Ok(meta) if meta.size == file.size => match seal {
            Some(seal) if !archive.is_sealed(&file.path, seal).await? => {
                "its bytes are not those that were written: their SHA-256 differs from the log's".to_owned()
            }
            _ => return Ok(true),
        },
        Ok(meta) => format!("{} bytes, the log says {}", meta.size, file.size),
        Err(object_store::Error::NotFound { .. }) => "missing".to_owned(),
        Err(e) => return Err(StoreError::at("look at", &file.path, &e).into()),
    };
    findings.push(Finding { place: file.path.to_string(), what });
    Ok(false)
}

type Checked = datafusion::common::Result<u64>;

async fn count(archive: &Archive, files: Vec<DataFile>, context: &Arc<TaskContext>) -> Checked {
    let mut rows = merged(archive, files, &physical::system_file_schema(), None, context)?;
    let mut n = 0;
    while let Some(batch) = rows.try_next().await? {
        n += batch.num_rows() as u64;
    }
    Ok(n)
}

async fn read_ledger(
    archive: &Archive,
    files: Vec<DataFile>,
    context: &Arc<TaskContext>,
    into: &mut Vec<LedgerEntry>,
) -> Checked {
    let before = into.len();
    let mut rows = merged(archive, files, &physical::system_file_schema(), None, context)?;
    while let Some(batch) = rows.try_next().await? {
        into.extend(decode_ledger(&batch)?);
    }
    Ok((into.len() - before) as u64)
}

/// Order, day and doubled rows of one partition.
async fn check_rows(
    archive: &Archive,
    files: Vec<DataFile>,
    category: &str,
    date: i32,
    place: &str,
    context: &Arc<TaskContext>,
    findings: &mut Vec<Finding>,
) -> Checked {
    let Some(schema) = partition_schema(category) else { return Ok(0) };
    // All columns, although only three are looked at: what cannot be decoded is not sound.
    let mut rows = merged(archive, files, &schema, None, context)?;
    let (mut n, mut last, mut doubled, mut wrong_day, mut unordered) = (0u64, i64::MIN, 0u64, 0u64, 0u64);
    let mut at_this_tick: HashSet<u64> = HashSet::new();
    while let Some(batch) = rows.try_next().await? {
        let keys = Keys::of(&batch)?;
        for i in 0..keys.rows() {
            let (ticks, hash) = keys.get(i);
            if ticks != last {
                at_this_tick.clear();
            }
            unordered += u64::from(ticks < last);
            doubled += u64::from(!at_this_tick.insert(hash));
            let time = &keys.time;
            wrong_day += u64::from(time.is_null(i) || time.value(i).div_euclid(DAY_MICROS) != i64::from(date));
            last = ticks;
        }
        n += batch.num_rows() as u64;
    }
    for (count, what) in [
        (doubled, "rows are there twice"),
        (wrong_day, "rows belong to another day"),
        (unordered, "rows are out of order"),
    ] {
        if count > 0 {
            findings.push(Finding { place: place.to_owned(), what: format!("{count} {what}") });
        }
    }
    Ok(n)
}

/// The ledger's own arithmetic, and its sums against what is there.
fn check_ledger(ledger: &[LedgerEntry], rows: u64, rejects: u64, summary: &mut VerifySummary) {
    let mut by_source: HashMap<&str, Vec<&LedgerEntry>> = HashMap::new();
    for entry in ledger {
        by_source.entry(&entry.source).or_default().push(entry);
    }
    summary.sources = by_source.len() as u64;
    for (source, mut pieces) in by_source {
        pieces.sort_by_key(|p| (p.sequence, p.end));
        let mut end = 0;
        for piece in pieces {
            let mut wrong = |what: String| summary.findings.push(Finding { place: source.to_owned(), what });
            if !piece.account.balances() {
                wrong(format!(
                    "{} lines are not {} blank + {} records + {} rejects",
                    piece.account.lines, piece.account.blank, piece.account.records, piece.account.rejects
                ));
            }
            if piece.rows + piece.duplicates != piece.account.records {
                wrong(format!(
                    "{} rows are not {} records - {} duplicates",
                    piece.rows, piece.account.records, piece.duplicates
                ));
            }
            if piece.start != end && piece.start != 0 {
                wrong(format!("a piece starts at byte {}, the one before ended at {end}", piece.start));
            }
            end = piece.end;
        }
    }
    for (name, said, found) in [
        ("rows", ledger.iter().map(|e| e.rows).sum::<u64>(), rows),
        ("rejects", ledger.iter().map(|e| e.account.rejects).sum(), rejects),
    ] {
        if said != found {
            summary.findings.push(Finding {
                place: "ledger".into(),
                what: format!("it counts {said} {name}, the archive holds {found}"),
            });
        }
    }
}
