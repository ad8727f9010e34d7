//! The files of an archive as its log lists them, with what the log knows of their contents.

use std::collections::HashMap;

use deltalake::kernel::{Add, Remove};
use object_store::path::Path;
use serde::Deserialize;

use super::{Archive, ArchiveError};
use crate::model::parse_iso;

/// One Parquet file of the archive.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Path below the archive.
    pub path: Path,
    /// Length in bytes.
    pub size: u64,
    /// `category` partition.
    pub category: String,
    /// `date` partition: days since 1970.
    pub date: i32,
    /// Number of rows.
    pub rows: Option<u64>,
    /// Smallest and largest time, in microseconds since 1970.
    pub time: Option<(i64, i64)>,
    /// Smallest and largest value of each text column that the log has statistics for.
    pub texts: HashMap<String, (String, String)>,
    /// When it was written, in milliseconds since 1970.
    pub modified_ms: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stats {
    num_records: Option<u64>,
    min_values: HashMap<String, serde_json::Value>,
    max_values: HashMap<String, serde_json::Value>,
}

impl Archive {
    /// The files of one partition category, oldest date first; `None` lists all.
    pub fn files(&self, category: Option<&str>) -> Result<Vec<DataFile>, ArchiveError> {
        let state = self.table.snapshot().map_err(|e| ArchiveError::delta(&self.location, &e))?;
        let mut files = Vec::new();
        for view in state.log_data().iter() {
            let values = view.partition_values_map();
            let part = |name: &str| values.get(name).cloned().flatten().unwrap_or_default();
            let found = part(crate::schema::physical::CATEGORY);
            if category.is_some_and(|c| c != found) {
                continue;
            }
            if view.deletion_vector_descriptor().is_some() {
                return Err(ArchiveError::damaged(
                    &self.location,
                    "it has deletion vectors; it was changed by another tool",
                ));
            }
            let date = chrono::NaiveDate::parse_from_str(&part(crate::schema::physical::DATE), "%Y-%m-%d")
                .map_err(|e| ArchiveError::damaged(&self.location, format!("date of {}: {e}", view.path())))?;
            // Unreadable statistics cost speed, never rows.
            let stats: Stats = view.stats().and_then(|s| serde_json::from_str(&s).ok()).unwrap_or_default();
            let micros = |v: Option<&serde_json::Value>| v.and_then(|v| v.as_str()).and_then(parse_iso).map(|t| t / 10);
            let time = micros(stats.min_values.get("time")).zip(micros(stats.max_values.get("time")));
            let texts = stats
                .min_values
                .iter()
                .filter_map(|(k, min)| {
                    let max = stats.max_values.get(k)?.as_str()?;
                    (k != "time").then_some((k.clone(), (min.as_str()?.to_owned(), max.to_owned())))
                })
                .collect();
            files.push(DataFile {
                path: view.object_store_path(),
                size: u64::try_from(view.size()).unwrap_or_default(),
                category: found,
                date: i32::try_from(date.signed_duration_since(chrono::NaiveDate::default()).num_days())
                    .unwrap_or_default(),
                rows: stats.num_records,
                time,
                texts,
                modified_ms: view.modification_time(),
            });
        }
        files.sort_by(|a, b| (a.date, a.time, &a.path).cmp(&(b.date, b.time, &b.path)));
        Ok(files)
    }

    /// Log actions that take files out of the archive because others hold the same rows.
    pub(super) fn removals(&self, paths: &[Path]) -> Result<Vec<Remove>, ArchiveError> {
        let state = self.table.snapshot().map_err(|e| ArchiveError::delta(&self.location, &e))?;
        let wanted: std::collections::HashSet<&Path> = paths.iter().collect();
        let removes: Vec<Remove> = state
            .log_data()
            .iter()
            .filter(|v| wanted.contains(&v.object_store_path()))
            .map(|v| v.remove_action(false))
            .collect();
        if removes.len() != paths.len() {
            return Err(ArchiveError::damaged(&self.location, "files vanished from the log while they were compacted"));
        }
        Ok(removes)
    }
}

/// Makes the log action for a written file.
pub(super) fn add_action(file: &super::WrittenFile, data_change: bool) -> Add {
    Add {
        path: file.path.to_string(),
        partition_values: HashMap::from([
            (crate::schema::physical::CATEGORY.to_owned(), Some(file.partition.category.clone())),
            (crate::schema::physical::DATE.to_owned(), Some(file.partition.date_text())),
        ]),
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        modification_time: chrono::Utc::now().timestamp_millis(),
        data_change,
        stats: Some(file.stats.to_string()),
        tags: Some(HashMap::from([(super::sealed::TAG.to_owned(), Some(file.sha256.clone()))])),
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}
