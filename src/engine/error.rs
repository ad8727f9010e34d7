//! What can go wrong, by whose matter it is: the query's, the world's, the data's.

use std::fmt;

use datafusion::error::DataFusionError;

use super::mistake::{Mistake, Place};
use crate::archive::ArchiveError;
use crate::store::StoreError;
use crate::tables::{OUT_OF_MEMORY, TooMuch};

/// Why a statement failed.
#[derive(Debug)]
pub enum EngineError {
    /// The statement: syntax, names, types, or too little memory for it.
    Query(Box<Mistake>),
    /// Storage: disk, network, credentials, paths.
    Storage(String),
    /// Data that cannot be trusted.
    Damaged(String),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(mistake) => mistake.fmt(f),
            Self::Storage(t) | Self::Damaged(t) => f.write_str(t),
        }
    }
}

impl std::error::Error for EngineError {}

impl EngineError {
    /// A mistake in a statement.
    pub fn query(mistake: impl Into<Mistake>) -> Self {
        Self::Query(Box::new(mistake.into()))
    }

    /// Where it is in the text that was parsed, as far as can be told.
    pub fn place_in(&self, text: &str) -> Option<Place> {
        match self {
            Self::Query(mistake) => mistake.place_in(text),
            Self::Storage(_) | Self::Damaged(_) => None,
        }
    }
}

impl From<ArchiveError> for EngineError {
    fn from(e: ArchiveError) -> Self {
        match e {
            ArchiveError::Storage(t) => Self::Storage(t),
            ArchiveError::Damaged(t) => Self::Damaged(t),
        }
    }
}

impl From<StoreError> for EngineError {
    fn from(e: StoreError) -> Self {
        Self::Storage(e.to_string())
    }
}

impl From<&TooMuch> for EngineError {
    fn from(e: &TooMuch) -> Self {
        Self::query(e.to_string())
    }
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> Self {
        whose(&error).unwrap_or_else(|| Self::query(Mistake::of(&error)))
    }
}

/// Looks through the layers for an error that is not the statement's.
fn whose(error: &DataFusionError) -> Option<EngineError> {
    match error {
        DataFusionError::External(e) => {
            if let Some(e) = e.downcast_ref::<StoreError>() {
                return Some(EngineError::Storage(e.to_string()));
            }
            if let Some(e) = e.downcast_ref::<ArchiveError>() {
                return Some(match e {
                    ArchiveError::Storage(t) => EngineError::Storage(t.clone()),
                    ArchiveError::Damaged(t) => EngineError::Damaged(t.clone()),
                });
            }
            if let Some(e) = e.downcast_ref::<TooMuch>() {
                return Some(e.into());
            }
            e.downcast_ref::<DataFusionError>().and_then(whose)
        }
        DataFusionError::ObjectStore(e) => {
            Some(missing(e).unwrap_or_else(|| EngineError::Storage(StoreError::of(e).to_string())))
        }
        DataFusionError::IoError(e) => Some(EngineError::Storage(e.to_string())),
        DataFusionError::ParquetError(e) => {
            let missing = std::iter::successors(Some(e.as_ref() as &dyn std::error::Error), |e| e.source())
                .find_map(|e| e.downcast_ref::<object_store::Error>())
                .and_then(missing);
            Some(missing.unwrap_or_else(|| of_parquet(&e.to_string())))
        }
        DataFusionError::ArrowError(e, _) => match e.as_ref() {
            arrow::error::ArrowError::ParquetError(t) => Some(of_parquet(t)),
            arrow::error::ArrowError::ExternalError(e) => e.downcast_ref::<DataFusionError>().and_then(whose),
            _ => None,
        },
        DataFusionError::ResourcesExhausted(text) => Some(out_of_memory(text, OUT_OF_MEMORY)),
        // A file's own columns, not the statement's casts.
        DataFusionError::Execution(text) if text.contains("' (physical data type) to '") => {
            Some(EngineError::Damaged(format!("damaged Parquet file: {text}; 'tunnelql verify' says which")))
        }
        // Only the tables' own advice: the library's names settings that nobody here can set.
        DataFusionError::Context(advice, inner) => match inner.as_ref() {
            DataFusionError::ResourcesExhausted(text) if advice.ends_with(OUT_OF_MEMORY) => {
                Some(out_of_memory(text, advice))
            }
            _ => whose(inner),
        },
        DataFusionError::Diagnostic(_, inner) => whose(inner),
        DataFusionError::Shared(inner) => whose(inner),
        DataFusionError::Collection(all) => all.first().and_then(whose),
        _ => None,
    }
}

/// What the pool says in its last line; before it stand all that hold memory.
fn out_of_memory(text: &str, advice: &str) -> EngineError {
    let cause = text.rsplit_once("Error: ").map_or(text, |(_, cause)| cause).trim_end();
    EngineError::query(format!("out of memory: {cause}; {advice}"))
}

/// A file that the log lists and that is not there.
fn missing(error: &object_store::Error) -> Option<EngineError> {
    let object_store::Error::NotFound { path, .. } = error else { return None };
    // The store's paths begin below its root.
    let local = std::path::Path::new("/").join(path);
    let local = local.ancestors().any(|folder| folder.join("_delta_log").is_dir()).then(|| local.display().to_string());
    let path = local.as_ref().unwrap_or(path);
    Some(EngineError::Damaged(format!(
        "{path} is missing although the archive's log lists it; 'tunnelql verify' says what else is"
    )))
}

/// What the Parquet reader says. It evaluates the statement's filters too, and what fails in one is the statement's matter.
fn of_parquet(text: &str) -> EngineError {
    match text.split_once("Error evaluating filter predicate: ") {
        // The reader gives the cause as debug text: `ArrowError(CastError("..."), Some(""))`, `ArrowError(DivideByZero, ...`.
        Some((_, cause)) => {
            let cause = cause.split(", Some(").next().unwrap_or(cause).trim_start_matches("ArrowError(");
            let inner = cause.split_once("(\"").and_then(|(_, rest)| rest.split_once("\")")).map(|(inner, _)| inner);
            let text = inner.unwrap_or(if cause == "DivideByZero" { "Divide by zero error" } else { cause });
            EngineError::query(text.replace("\\\"", "\"").replace("\\'", "'"))
        }
        None => EngineError::Damaged(format!("damaged Parquet file: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_memory_says_what_to_do() {
        let pool = "Additional allocation failed for rows of flaps with top memory consumers (across reservations) as:\n  a#1 \
                    consumed 9 MB.\nError: Failed to allocate additional 2.1 MB for rows of flaps";
        let error = || DataFusionError::ResourcesExhausted(pool.to_owned());
        let cause = "out of memory: Failed to allocate additional 2.1 MB for rows of flaps";
        let own = format!("flaps keeps what it reads; {OUT_OF_MEMORY}");
        for (error, advice) in [
            (error(), "narrow the time range or raise --memory-limit"),
            (error().context(own.clone()), &own),
            (error().context("raise 'datafusion.runtime.memory_limit'"), OUT_OF_MEMORY),
        ] {
            assert_eq!(EngineError::from(error).to_string(), format!("{cause}; {advice}"));
        }
    }
}
