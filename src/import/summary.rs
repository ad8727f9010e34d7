//! The account of one import, for people and for scripts.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use super::flush::Flushed;
use crate::model::{Account, RejectCode};

/// How many sources were what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SourceCounts {
    /// Blobs and files found.
    pub listed: u64,
    /// Not opened, since length and entity tag are what they were.
    pub unchanged: u64,
    /// Never seen before.
    pub new: u64,
    /// Read from where they ended.
    pub grown: u64,
    /// Read again from the beginning.
    pub rewritten: u64,
}

/// Everything an import did. `lines = blank + records + rejects` and `rows = records - duplicates`.
#[derive(Debug, Clone, Serialize)]
pub struct ImportSummary {
    /// Identifies the run in `system.imports`.
    pub import_id: String,
    /// Sources.
    pub sources: SourceCounts,
    /// What became of the bytes.
    #[serde(flatten)]
    pub account: Account,
    /// Records that were there already.
    pub duplicates: u64,
    /// Rows added.
    pub rows: u64,
    /// Rows added by table.
    pub rows_by_table: BTreeMap<&'static str, u64>,
    /// Rejects by number.
    pub rejects_by_code: BTreeMap<u16, u64>,
    /// Commits made.
    pub commits: u64,
    /// Version of the archive's log afterwards.
    pub archive_version: u64,
    /// Bytes fetched, before decompression.
    pub bytes_read: u64,
    /// Wall time in milliseconds.
    pub elapsed_ms: u64,
    /// Why sources could not be read, or not to their end; the next import takes them.
    pub failed: Vec<String>,
    /// Archives that lie in the sources, and were not read as exports.
    pub archives: Vec<String>,
}

impl ImportSummary {
    pub(super) fn new(import_id: String) -> Self {
        Self {
            import_id,
            sources: SourceCounts::default(),
            account: Account::default(),
            duplicates: 0,
            rows: 0,
            rows_by_table: BTreeMap::new(),
            rejects_by_code: BTreeMap::new(),
            commits: 0,
            archive_version: 0,
            bytes_read: 0,
            elapsed_ms: 0,
            failed: Vec::new(),
            archives: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, done: Flushed) {
        for entry in &done.entries {
            self.account += entry.account;
            self.duplicates += entry.duplicates;
            self.rows += entry.rows;
        }
        for (category, rows) in done.by_category {
            *self.rows_by_table.entry(category.table()).or_default() += rows;
        }
        for (code, n) in done.by_code {
            *self.rejects_by_code.entry(code).or_default() += n;
        }
        self.commits += 1;
        debug_assert_eq!(self.rows, self.rows_by_table.values().sum::<u64>());
    }

    pub(super) fn finish(&mut self, version: u64, bytes_read: u64, elapsed: Duration) {
        self.archive_version = version;
        self.bytes_read = bytes_read;
        self.elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    }

    /// A few lines for people.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let s = &self.sources;
        let a = &self.account;
        let seconds = self.elapsed_ms as f64 / 1000.0;
        let _ = writeln!(
            out,
            "sources    {} found: {} new, {} grown, {} rewritten, {} unchanged",
            s.listed, s.new, s.grown, s.rewritten, s.unchanged
        );
        let _ =
            writeln!(out, "lines      {} = {} blank + {} records + {} rejects", a.lines, a.blank, a.records, a.rejects);
        let _ =
            writeln!(out, "rows       {} added = {} records - {} duplicates", self.rows, a.records, self.duplicates);
        for (table, rows) in &self.rows_by_table {
            let _ = writeln!(out, "           {rows:>10}  {table}");
        }
        for (code, n) in &self.rejects_by_code {
            let meaning = RejectCode::ALL.into_iter().find(|c| c.number() == *code).map_or("", RejectCode::meaning);
            let _ = writeln!(out, "rejects    {n:>10}  code {code}: {meaning}");
        }
        if a.torn_bytes > 0 {
            let _ =
                writeln!(out, "torn       {} bytes of unfinished last lines, left for the next import", a.torn_bytes);
        }
        for failed in &self.failed {
            let _ = writeln!(out, "failed     {failed}");
        }
        let _ = writeln!(
            out,
            "read       {} in {seconds:.1} s, {} {}",
            indicatif::HumanBytes(self.bytes_read),
            self.commits,
            if self.commits == 1 { "commit" } else { "commits" }
        );
        out
    }
}
