//! What a scan decides to read, and why: kept for statements that are to be explained.

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, Operator, lit};
use serde::Serialize;

use crate::model::format_ticks;

/// All that a statement's scans decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Readings {
    /// Each scan of each place.
    pub scans: Vec<Reading>,
    /// Tables that decide while the statement runs.
    pub later: Vec<&'static str>,
}

/// One scan of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The log table.
    pub table: String,
    /// Where: the archive, or `raw exports`.
    pub place: String,
    /// What the counts are of.
    pub unit: Unit,
    /// How many there are.
    pub total: u64,
    /// Their bytes.
    pub total_bytes: u64,
    /// How many are left.
    pub left: u64,
    /// Their bytes.
    pub left_bytes: u64,
    /// What each filter of the statement does to them.
    pub filters: Vec<FilterEffect>,
    /// Requests that it takes; `None` for local files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<ScanRequests>,
}

/// Requests of one scan of one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ScanRequests {
    /// Pages of listings.
    pub list: u64,
    /// Reads, about, without those that the cache answers.
    pub read: u64,
    /// Pages of a listing of everything.
    pub list_total: u64,
    /// Reads of everything, about.
    pub read_total: u64,
    /// Reads that the cache answers.
    pub read_cached: u64,
    /// Their bytes.
    pub bytes_cached: u64,
}

impl ScanRequests {
    /// Takes off the reads that the cache answers: how many of each file, and their bytes.
    pub fn without_cached(mut self, kept: impl IntoIterator<Item = (u64, u64)>) -> Self {
        for (reads, bytes) in kept {
            self.read_cached += reads;
            self.bytes_cached += bytes;
        }
        self.read = self.read.saturating_sub(self.read_cached);
        self
    }
}

/// Bytes in a unit that reads well.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS.get(unit).copied().unwrap_or_default())
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Parquet files of an archive.
    Files,
    /// Blobs of an hour, or files, of raw exports.
    Blobs,
}

/// What one filter does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilterEffect {
    /// The filter as SQL has it, about.
    pub filter: String,
    /// How many files or blobs it leaves by itself; `None` when it cannot leave any out.
    pub leaves: Option<u64>,
    /// Why it leaves none out, or what else it does.
    pub note: Option<String>,
}

/// A filter as people write it: column names without their table, times as texts.
pub fn filter_text(filter: &Expr) -> String {
    let plain = filter.clone().transform(|e| {
        Ok(match e {
            Expr::Column(mut c) => {
                c.relation = None;
                Transformed::yes(Expr::Column(c))
            }
            Expr::Literal(ScalarValue::TimestampNanosecond(Some(n), _), _) => {
                Transformed::yes(lit(format!("'{}'", format_ticks(n.div_euclid(100)).replace(".0000000", ""))))
            }
            Expr::Literal(value, meta) => match value.try_as_str().flatten() {
                Some(text) => Transformed::yes(lit(format!("'{text}'"))),
                None => Transformed::no(Expr::Literal(value, meta)),
            },
            other => Transformed::no(other),
        })
    });
    plain.map_or_else(|_| filter.to_string(), |t| t.data.human_display().to_string())
}

/// Whether a filter compares columns as they are with fixed values, so that statistics can decide it.
pub fn is_plain(filter: &Expr) -> bool {
    let column = |e: &Expr| matches!(e, Expr::Column(_));
    let value = |e: &Expr| matches!(e, Expr::Literal(..));
    match filter {
        Expr::BinaryExpr(b) if matches!(b.op, Operator::And | Operator::Or) => is_plain(&b.left) && is_plain(&b.right),
        Expr::BinaryExpr(b) => (column(&b.left) && value(&b.right)) || (value(&b.left) && column(&b.right)),
        Expr::InList(list) => column(&list.expr) && list.list.iter().all(value),
        Expr::Between(b) => column(&b.expr) && value(&b.low) && value(&b.high),
        Expr::IsNull(e) | Expr::IsNotNull(e) => column(e),
        _ => false,
    }
}

/// Whether a filter speaks of the time.
pub fn names_time(filter: &Expr) -> bool {
    filter.column_refs().iter().any(|c| c.name == "time")
}

/// What to write instead of an expression of `time`.
pub const TIME_HINT: &str =
    "an expression of time, which says no range; compare time itself with a fixed time: time >= '2026-03-10'";
