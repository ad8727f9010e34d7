//! The archive: Parquet files under a Delta log.
//!
//! One Delta table, partitioned by `category` and `date`. Beside the logs it holds two partitions of its own, `_import`
//! (the ledger: one row an imported piece of a source) and `_reject`, so that rows, rejects and ledger come into being
//! in one atomic commit. Deltalake's `optimize` is never called: two at once would double rows.

mod checked;
mod commit;
mod compact;
mod error;
mod files;
mod keys;
mod ledger;
mod merge;
mod scan;
mod sealed;
mod verify;
mod write;

pub use commit::{CommitError, IMPORT_APP};
pub use compact::{CompactOptions, CompactSummary, compact};
pub use error::ArchiveError;
pub use files::DataFile;
pub use keys::{KEYS, Keys, for_each_key, mark_known};
pub use ledger::{LedgerEntry, RejectRow, StoredReject, decode_ledger, decode_rejects, latest_by_source};
pub(crate) use ledger::{encode_ledger, encode_rejects};
pub use scan::{Scan, ascending, files_kept, parquet_options, store_url};
pub use verify::{Finding, VerifySummary, verify};
pub use write::{FileWriter, Partition, ROW_GROUP_ROWS, WrittenFile};

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;

use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{StructField, StructType};
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use url::Url;

use crate::schema::physical;
use crate::store::{Location, Memo};

/// An archive at one version of its log.
#[derive(Clone)]
pub struct Archive {
    /// Where it lies.
    pub location: Location,
    table: DeltaTable,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Archive({}, version {:?})", self.location, self.table.version())
    }
}

/// Commits between checkpoints of the log. An import a quarter of an hour makes about a hundred commits a day.
const CHECKPOINT_INTERVAL: &str = "20";

fn log_store(location: &Location) -> Result<LogStoreRef, ArchiveError> {
    // The log's library decodes paths once too often.
    if location.path.as_ref().contains('%') {
        return Err(ArchiveError::Storage(format!(
            "an archive's path must not contain a percent sign, as {location} does"
        )));
    }
    let url = if location.is_local() {
        location.url()?
    } else {
        // The log's URL has the container as its host and the path below it, whatever form the user's URL had.
        let host = location.base.host_str().unwrap_or("store");
        Url::parse(&format!("az://{host}/{}/", location.path))
            .map_err(|e| ArchiveError::Storage(format!("archive {location}: {e}")))?
    };
    let store: Arc<dyn ObjectStore> = match location.is_local() {
        true => Arc::clone(&location.store),
        // The log's reader asks for each file several times.
        false => Arc::new(Memo::new(Arc::clone(&location.store))),
    };
    let prefixed = Arc::new(PrefixStore::new(Arc::clone(&store), location.path.clone()));
    Ok(default_logstore(prefixed, store, &url, &StorageConfig::default()))
}

impl Archive {
    /// Where in its store a file lies whose path is below the archive.
    pub fn full(&self, file: &Path) -> Path {
        self.location.path.parts().chain(file.parts()).collect()
    }

    /// Opens an existing archive at its newest version.
    pub async fn open(location: &Location) -> Result<Self, ArchiveError> {
        Self::load(location).await?.ok_or_else(|| {
            ArchiveError::Storage(format!(
                "there is no archive at {location}; 'tunnelql import SOURCE --archive {location}' makes one"
            ))
        })
    }

    /// `None` when there is no archive, or only the folder of its log.
    async fn load(location: &Location) -> Result<Option<Self>, ArchiveError> {
        // Without a folder the log's reader fails in words of its own.
        if location.is_local() && !location.is_archive().await? {
            return Ok(None);
        }
        let mut table = DeltaTable::new(log_store(location)?);
        match table.load().await {
            Ok(()) => {}
            Err(DeltaTableError::NotATable(_)) => return Ok(None),
            Err(e) => return Err(ArchiveError::delta(location, &e)),
        }
        let archive = Self { location: location.clone(), table };
        archive.check_features()?;
        archive.check_newest_entry()?;
        Ok(Some(archive))
    }

    /// Opens an archive, or makes an empty one where there is none.
    pub async fn open_or_create(location: &Location) -> Result<Self, ArchiveError> {
        if location.is_archive().await? {
            // Whoever made it may have died before its first version was there.
            if let Some(archive) = Self::load(location).await? {
                return Ok(archive);
            }
        } else if location.is_local()
            && let Err(e) = check_empty(location)
            // Somebody else may have begun one in between.
            && !location.is_archive().await?
        {
            return Err(e);
        }
        create(location).await?;
        Self::open(location).await
    }

    /// The newest version of the same archive.
    pub async fn refresh(&mut self) -> Result<(), ArchiveError> {
        self.table.update_state().await.map_err(|e| ArchiveError::delta(&self.location, &e))
    }

    /// Version of the log.
    pub fn version(&self) -> u64 {
        self.table.version().unwrap_or(0)
    }

    /// A full disk may leave the newest entry of the log empty, which its reader takes for one that changes nothing: the
    /// archive would silently be that of before. On blob storage an entry is there whole or not at all.
    fn check_newest_entry(&self) -> Result<(), ArchiveError> {
        if !self.location.is_local() {
            return Ok(());
        }
        let entry = log_entry(self.version());
        let path = std::path::PathBuf::from(format!("/{}", self.location.path)).join("_delta_log").join(&entry);
        match std::fs::metadata(path) {
            Ok(found) if found.len() == 0 => Err(ArchiveError::damaged(&self.location, empty_entry(&entry))),
            // A checkpoint may stand for it.
            _ => Ok(()),
        }
    }

    /// Rows are read from plain Parquet: a table where the log says more than the files would be read wrongly.
    fn check_features(&self) -> Result<(), ArchiveError> {
        let state = self.table.snapshot().map_err(|e| ArchiveError::delta(&self.location, &e))?;
        let protocol = state.protocol();
        let features: Vec<String> =
            protocol.reader_features().unwrap_or_default().iter().map(|f| f.as_ref().to_owned()).collect();
        if protocol.min_reader_version() > 1 && !features.is_empty() || protocol.min_reader_version() == 2 {
            return Err(ArchiveError::damaged(
                &self.location,
                format!(
                    "its log asks for reader features that this version cannot honour ({}); it was changed by another tool",
                    if features.is_empty() { "column mapping".to_owned() } else { features.join(", ") }
                ),
            ));
        }
        let schema = state.schema();
        for column in [physical::CATEGORY, physical::DATE, "time", physical::ROW_HASH] {
            if schema.field(column).is_none() {
                return Err(ArchiveError::damaged(
                    &self.location,
                    format!("it is a Delta table, but has no column '{column}'; tunnelql did not make it"),
                ));
            }
        }
        Ok(())
    }
}

/// Name of the file in the log that made a version.
fn log_entry(version: u64) -> String {
    format!("{version:020}.json")
}

/// What an empty entry of the log means.
fn empty_entry(name: &str) -> String {
    format!(
        "the entry {name} of its log (_delta_log) is empty, so what it added is not seen; restore it from a backup, or delete \
         it if it is the newest and import its sources again"
    )
}

/// An archive is not mixed into somebody's folder of other files.
fn check_empty(location: &Location) -> Result<(), ArchiveError> {
    let path = std::path::PathBuf::from(format!("/{}", location.path));
    match std::fs::read_dir(&path) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(ArchiveError::Storage(format!(
                "{location} is not empty and is no archive; name an empty or new folder for the archive"
            ))),
            None => Ok(()),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(ArchiveError::Storage(format!("cannot use {location} as an archive: {e}"))),
    }
}

async fn create(location: &Location) -> Result<(), ArchiveError> {
    if location.is_local() {
        std::fs::create_dir_all(format!("/{}", location.path))
            .map_err(|e| ArchiveError::Storage(format!("cannot create the archive {location}: {e}")))?;
    }
    let columns = physical::archive_schema()
        .fields()
        .iter()
        .map(|f| f.as_ref().try_into_kernel())
        .collect::<Result<Vec<StructField>, _>>()
        .map_err(|e| ArchiveError::damaged(location, e))?;
    debug_assert!(StructType::try_new(columns.clone()).is_ok());
    let made = CreateBuilder::new()
        .with_log_store(log_store(location)?)
        .with_table_name("tunnelql")
        .with_comment(
            "Azure VPN Gateway diagnostic logs, archived by tunnelql; partitions _import and _reject are its own",
        )
        .with_columns(columns)
        .with_partition_columns([physical::CATEGORY, physical::DATE])
        .with_save_mode(SaveMode::Ignore)
        // The loser of a race must not make the table a second time, as version 1: its metadata would break the first
        // commits of all others.
        .with_commit_properties(CommitProperties::default().with_max_retries(0))
        .with_configuration([
            ("delta.appendOnly", Some("true")),
            ("delta.checkpointInterval", Some(CHECKPOINT_INTERVAL)),
            ("delta.dataSkippingStatsColumns", Some("time,gateway,operation,remote_ip,session_id,source")),
        ])
        .await;
    match made {
        Ok(_) => Ok(()),
        // Somebody else made it in the same moment, or it was made and only the answer got lost, which is as good.
        Err(e) => match Archive::load(location).await {
            Ok(Some(_)) => Ok(()),
            _ => Err(ArchiveError::delta(location, &e)),
        },
    }
}

impl Archive {
    /// Every ledger entry, oldest first.
    pub async fn ledger(&self, context: &Arc<TaskContext>) -> Result<Vec<LedgerEntry>, ArchiveError> {
        self.system_rows(physical::IMPORTS, context, decode_ledger).await
    }

    /// Every reject, oldest first.
    pub async fn rejects(&self, context: &Arc<TaskContext>) -> Result<Vec<RejectRow>, ArchiveError> {
        self.system_rows(physical::REJECTS, context, decode_rejects).await
    }

    async fn system_rows<T>(
        &self,
        partition: &str,
        context: &Arc<TaskContext>,
        decode: fn(&RecordBatch) -> Result<Vec<T>, ArrowError>,
    ) -> Result<Vec<T>, ArchiveError> {
        let failed = |e: DataFusionError| ArchiveError::met(&self.location, &format!("read partition {partition}"), &e);
        let files = self.files(Some(partition))?;
        let mut out = Vec::new();
        if files.is_empty() {
            return Ok(out);
        }
        let mut rows = merge::merged(self, files, &physical::system_file_schema(), None, context).map_err(failed)?;
        while let Some(batch) = rows.try_next().await.map_err(failed)? {
            out.extend(decode(&batch).map_err(|e| failed(e.into()))?);
        }
        Ok(out)
    }
}
