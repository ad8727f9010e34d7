//! Many small files into few, in order, without ever doubling or losing a row.
//!
//! Each partition is rewritten into new files and exchanged for its old ones in one commit, guarded against a second
//! compaction. Imports and queries go on meanwhile: imports only add files, queries keep the version they began with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::execution::TaskContext;
use deltalake::operations::vacuum::VacuumMode;
use futures::TryStreamExt;
use object_store::path::Path;

use super::commit::MAINTENANCE_APP;
use super::merge::{merged, partition_schema};
use super::{Archive, ArchiveError, CommitError, DataFile, FileWriter, Partition, WrittenFile};

/// What to compact, and how far.
#[derive(Debug, Clone)]
pub struct CompactOptions {
    /// Files are made up to about this size.
    pub target_bytes: u64,
    /// Files that no version younger than this needs are deleted. `None` deletes nothing.
    pub keep: Option<Duration>,
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self { target_bytes: 256 << 20, keep: Some(Duration::from_secs(7 * 24 * 3600)) }
    }
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct CompactSummary {
    /// Partitions that were rewritten.
    pub partitions: u64,
    /// Files before, in those partitions.
    pub files_before: u64,
    /// Files after.
    pub files_after: u64,
    /// Bytes before.
    pub bytes_before: u64,
    /// Bytes after.
    pub bytes_after: u64,
    /// Old files deleted from storage.
    pub deleted: u64,
}

/// Compacts every partition that has several files. `progress` hears of every partition done of how many.
pub async fn compact(
    archive: &mut Archive,
    options: &CompactOptions,
    context: &Arc<TaskContext>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<CompactSummary, ArchiveError> {
    let mut summary = CompactSummary::default();
    let partitions: Vec<Partition> = candidates(archive, options)?.into_keys().collect();
    for (done, partition) in partitions.iter().enumerate() {
        progress(done as u64, partitions.len() as u64);
        // A lost race means that somebody else compacted; what is left to do is seen afresh.
        for _ in 0..20 {
            archive.refresh().await?;
            let Some(files) = candidates(archive, options)?.remove(partition) else { break };
            if one_partition(archive, partition, files, options, context, &mut summary).await? {
                break;
            }
        }
    }
    progress(partitions.len() as u64, partitions.len() as u64);
    if let Some(keep) = options.keep {
        summary.deleted = archive.vacuum(keep).await?;
    }
    Ok(summary)
}

/// Partitions with more than one file that is smaller than the target.
fn candidates(archive: &Archive, options: &CompactOptions) -> Result<BTreeMap<Partition, Vec<DataFile>>, ArchiveError> {
    let mut by_partition: BTreeMap<Partition, Vec<DataFile>> = BTreeMap::new();
    for file in archive.files(None)? {
        if file.size < options.target_bytes / 4 * 3 && partition_schema(&file.category).is_some() {
            let partition = Partition { category: file.category.clone(), date: file.date };
            by_partition.entry(partition).or_default().push(file);
        }
    }
    by_partition.retain(|_, files| files.len() > 1);
    Ok(by_partition)
}

/// `false` when somebody else's commit came first.
async fn one_partition(
    archive: &mut Archive,
    partition: &Partition,
    files: Vec<DataFile>,
    options: &CompactOptions,
    context: &Arc<TaskContext>,
    summary: &mut CompactSummary,
) -> Result<bool, ArchiveError> {
    let guard = archive.guard(MAINTENANCE_APP).await?;
    let old: Vec<Path> = files.iter().map(|f| f.path.clone()).collect();
    let (bytes_before, expected) =
        (files.iter().map(|f| f.size).sum::<u64>(), files.iter().map(|f| f.rows).sum::<Option<u64>>());
    let new = rewrite(archive, partition, files, options, context).await?;
    let rows: u64 = new.iter().map(|f| f.rows).sum();
    if expected.is_some_and(|e| e != rows) {
        archive.discard(&new).await;
        return Err(ArchiveError::damaged(
            &archive.location,
            format!(
                "partition {} {} holds {rows} rows, its log says {}",
                partition.category,
                partition.date_text(),
                expected.unwrap_or_default()
            ),
        ));
    }
    match archive.replace(&old, &new, guard, options.target_bytes).await {
        Ok(()) => {
            summary.partitions += 1;
            summary.files_before += old.len() as u64;
            summary.files_after += new.len() as u64;
            summary.bytes_before += bytes_before;
            summary.bytes_after += new.iter().map(|f| f.size).sum::<u64>();
            Ok(true)
        }
        Err(CommitError::Conflict) => {
            archive.discard(&new).await;
            Ok(false)
        }
        Err(CommitError::Failed(e)) => Err(e),
    }
}

async fn rewrite(
    archive: &Archive,
    partition: &Partition,
    files: Vec<DataFile>,
    options: &CompactOptions,
    context: &Arc<TaskContext>,
) -> Result<Vec<WrittenFile>, ArchiveError> {
    let failed = |e: datafusion::error::DataFusionError| {
        let action = format!("read partition {} {}", partition.category, partition.date_text());
        ArchiveError::met(&archive.location, &action, &e)
    };
    let Some(schema) = partition_schema(&partition.category) else { return Ok(Vec::new()) };
    let expected = files.iter().map(|f| f.rows).sum::<Option<u64>>().unwrap_or(u64::MAX);
    let mut rows = merged(archive, files, &schema, None, context).map_err(failed)?;
    let mut written = Vec::new();
    let mut writer: Option<FileWriter> = None;
    while let Some(batch) = rows.try_next().await.map_err(failed)? {
        let mut open = match writer.take() {
            Some(open) => open,
            None => FileWriter::new(archive, partition.clone(), Arc::clone(&schema), expected)?,
        };
        open.write(&batch).await?;
        if open.bytes() >= options.target_bytes {
            written.push(open.finish().await?);
        } else {
            writer = Some(open);
        }
    }
    if let Some(open) = writer {
        written.push(open.finish().await?);
    }
    Ok(written)
}

/// A file that no version refers to may belong to an import that is about to commit; none takes as long as this.
const UNCOMMITTED: Duration = Duration::from_secs(24 * 3600);

impl Archive {
    /// Deletes files that no version younger than `keep` refers to, and those of imports broken off a day ago or more.
    async fn vacuum(&mut self, keep: Duration) -> Result<u64, ArchiveError> {
        let mut deleted = 0;
        if keep < UNCOMMITTED {
            deleted += self.delete_old(VacuumMode::Lite, keep).await?;
        }
        Ok(deleted + self.delete_old(VacuumMode::Full, keep.max(UNCOMMITTED)).await?)
    }

    async fn delete_old(&mut self, mode: VacuumMode, keep: Duration) -> Result<u64, ArchiveError> {
        let keep = chrono::TimeDelta::from_std(keep).unwrap_or(chrono::TimeDelta::MAX);
        let vacuum = self
            .table
            .clone()
            .vacuum()
            .with_mode(mode)
            .with_retention_period(keep)
            .with_enforce_retention_duration(false);
        let (table, metrics) = vacuum.await.map_err(|e| ArchiveError::delta(&self.location, &e))?;
        self.table = table;
        Ok(metrics.files_deleted.len() as u64)
    }
}
