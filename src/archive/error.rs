//! What can go wrong with an archive.

use std::error::Error;
use std::fmt;

use deltalake::DeltaTableError;

use crate::store::{Location, StoreError, Trouble, redact};

/// What went wrong with an archive.
#[derive(Debug)]
pub enum ArchiveError {
    /// Storage: disk, network, credentials, paths.
    Storage(String),
    /// The archive is there but cannot be trusted.
    Damaged(String),
}

impl ArchiveError {
    /// What the log's library says: about storage, or about a log that it cannot understand.
    pub(super) fn delta(place: &Location, error: &DeltaTableError) -> Self {
        let text = plain(&error.to_string());
        if !place.is_local() && !log_damage(error) {
            let trouble = match of_storage(error) {
                Some(e) => Trouble::of(e),
                None => Trouble::of_text(&error.to_string()),
            };
            return Self::Storage(format!("archive {place}: {trouble}"));
        }
        match log_damage(error) {
            true => Self::Damaged(format!(
                "archive {place}: its log (_delta_log) is damaged: {text}; nothing can be read without it, restore it from a \
                 backup or import again into a new archive"
            )),
            false => Self::Storage(format!("archive {place}: {text}")),
        }
    }

    /// What `action` met, of the storage or of the data there.
    pub(super) fn met(place: &Location, action: &str, error: &(dyn Error + 'static)) -> Self {
        match of_storage(error) {
            Some(e) => StoreError::at(action, format_args!("the archive {place}"), e).into(),
            None => Self::damaged(place, format_args!("cannot {action}: {}", redact(&error.to_string()))),
        }
    }

    pub(super) fn damaged(place: &Location, what: impl fmt::Display) -> Self {
        Self::Damaged(format!("archive {place}: {what}"))
    }
}

/// The storage's own failure behind an error. That a file is missing is no failure of the storage.
pub(super) fn of_storage<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a object_store::Error> {
    std::iter::successors(Some(error), |&e| Error::source(e))
        .find_map(|e| e.downcast_ref::<object_store::Error>())
        .filter(|e| !matches!(e, object_store::Error::NotFound { .. }))
}

/// Whether an error speaks of what the log says, not of how it was reached.
fn log_damage(error: &DeltaTableError) -> bool {
    // The kernel's own error cannot be named from here, and does not always hand out what is behind it.
    const STORAGE: &[&str] = &["Error interacting with object store", "(os error ", "Join failure"];
    let damage = |error: &(dyn Error + 'static)| {
        let behind = std::iter::successors(Some(error), |&e| Error::source(e));
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        behind.fuse().all(|e| !e.is::<object_store::Error>() && !e.is::<std::io::Error>())
            && !STORAGE.iter().any(|s| first.contains(s))
    };
    match error {
        DeltaTableError::KernelError(_)
        | DeltaTableError::Kernel { .. }
        | DeltaTableError::Parquet { .. }
        | DeltaTableError::Arrow { .. } => damage(error),
        DeltaTableError::InvalidJsonLog { .. }
        | DeltaTableError::InvalidStatsJson { .. }
        | DeltaTableError::InvalidVersion(_)
        | DeltaTableError::InvalidData { .. }
        | DeltaTableError::NoSchema
        | DeltaTableError::PartitionError { .. }
        | DeltaTableError::SchemaMismatch { .. }
        | DeltaTableError::MetadataError(_) => true,
        _ => false,
    }
}

/// The first line of a library's error: what follows is where in its code it was noticed.
fn plain(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = &redact(line);
    let line = line.strip_prefix("Kernel error: ").or_else(|| line.strip_prefix("Kernel: ")).unwrap_or(line);
    line.trim_end_matches(['.', ' ']).to_owned()
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(text) | Self::Damaged(text) => f.write_str(text),
        }
    }
}

impl Error for ArchiveError {}

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> Self {
        Self::Storage(error.to_string())
    }
}
