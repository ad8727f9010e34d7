//! Atomic, guarded commits.
//!
//! Every import commit carries the application transaction [`IMPORT_APP`] with the next version, and every compaction
//! [`MAINTENANCE_APP`]. Two imports that started from one version therefore cannot both commit: the loser sees a
//! conflict, reads what the winner added and tries again, so that no row is doubled between them.

use deltalake::DeltaTableError;
use deltalake::kernel::transaction::{CommitBuilder, CommitConflictError, CommitProperties, TransactionError};
use deltalake::kernel::{Action, Transaction};
use deltalake::protocol::{DeltaOperation, SaveMode};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::files::add_action;
use super::{Archive, ArchiveError, WrittenFile};

/// Application transaction that only imports carry.
pub const IMPORT_APP: &str = "tunnelql.import";
/// Application transaction that only compactions carry.
pub const MAINTENANCE_APP: &str = "tunnelql.maintenance";

/// Why a commit did not happen.
#[derive(Debug)]
pub enum CommitError {
    /// Somebody else committed first; nothing was changed. Refresh and decide again.
    Conflict,
    /// Anything else. Where storage did not answer, the commit may still come to pass: its files must stay.
    Failed(ArchiveError),
}

impl From<ArchiveError> for CommitError {
    fn from(error: ArchiveError) -> Self {
        Self::Failed(error)
    }
}

impl Archive {
    /// How many commits carried this application transaction.
    pub async fn guard(&self, app: &str) -> Result<i64, ArchiveError> {
        let state = self.table.snapshot().map_err(|e| ArchiveError::delta(&self.location, &e))?;
        let version = state.transaction_version(self.table.log_store().as_ref(), app.to_owned()).await;
        Ok(version.map_err(|e| ArchiveError::delta(&self.location, &e))?.unwrap_or(0))
    }

    /// Commits new rows. `guard` is what [`Archive::guard`] said at this version.
    pub async fn append(&mut self, files: &[WrittenFile], guard: i64) -> Result<(), CommitError> {
        let actions = files.iter().map(|f| Action::Add(add_action(f, true))).collect();
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: Some(vec![crate::schema::physical::CATEGORY.into(), crate::schema::physical::DATE.into()]),
            predicate: None,
        };
        self.commit(actions, operation, IMPORT_APP, guard).await
    }

    /// Commits files that replace others without changing a row.
    pub(super) async fn replace(
        &mut self,
        old: &[Path],
        new: &[WrittenFile],
        guard: i64,
        target: u64,
    ) -> Result<(), CommitError> {
        let mut actions: Vec<Action> = self.removals(old)?.into_iter().map(Action::Remove).collect();
        actions.extend(new.iter().map(|f| Action::Add(add_action(f, false))));
        let operation =
            DeltaOperation::Optimize { predicate: None, target_size: i64::try_from(target).unwrap_or(i64::MAX) };
        self.commit(actions, operation, MAINTENANCE_APP, guard).await
    }

    async fn commit(
        &mut self,
        actions: Vec<Action>,
        operation: DeltaOperation,
        app: &str,
        guard: i64,
    ) -> Result<(), CommitError> {
        let place = self.location.clone();
        let failed = |e: &DeltaTableError| CommitError::Failed(ArchiveError::delta(&place, e));
        let now = chrono::Utc::now().timestamp_millis();
        let properties = CommitProperties::default()
            .with_max_retries(50)
            .with_application_transaction(Transaction::new_with_last_update(app, guard + 1, Some(now)));
        let added = actions.iter().find_map(|a| if let Action::Add(add) = a { Some(add.path.clone()) } else { None });
        let since = self.version();
        let state = self.table.snapshot().map_err(|e| failed(&e))?;
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state), self.table.log_store(), operation)
            .await;
        if let Err(error) = committed {
            // The answer may have been lost, or a repeated request met its own first attempt, or only the checkpoint
            // failed: the log knows what happened.
            match self.is_in_log(since, added.as_deref()).await {
                Ok(true) => {}
                Ok(false) if is_conflict(&error) => return Err(CommitError::Conflict),
                _ => return Err(failed(&error)),
            }
        }
        Ok(self.refresh().await?)
    }

    /// Whether a version after `since` names this file.
    async fn is_in_log(&self, since: u64, file: Option<&str>) -> Result<bool, DeltaTableError> {
        let Some(name) = file.and_then(|f| f.rsplit('/').next()) else { return Ok(false) };
        let log = self.table.log_store();
        for version in since + 1.. {
            match log.read_commit_entry(version).await? {
                Some(entry) if memchr::memmem::find(&entry, name.as_bytes()).is_some() => return Ok(true),
                Some(_) => {}
                None => break,
            }
        }
        Ok(false)
    }

    /// Deletes files that were written and that lost a race. Failing to is harmless: nothing refers to them.
    pub async fn discard(&self, files: &[WrittenFile]) {
        for file in files {
            let path = self.full(&file.path);
            let _ = self.location.store.delete(&path).await;
        }
    }
}

fn is_conflict(error: &DeltaTableError) -> bool {
    matches!(
        error,
        DeltaTableError::Transaction {
            source: TransactionError::CommitConflict(
                CommitConflictError::ConcurrentTransaction | CommitConflictError::ConcurrentDeleteDelete,
            ),
        }
    )
}
