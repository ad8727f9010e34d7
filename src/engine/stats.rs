//! What a statement really read, from the plan's own counters.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::physical_plan::ExecutionPlan;
use serde::Serialize;

use crate::store::Requests;
use crate::tables::ScanCounts;

/// Live counters of a running statement.
#[derive(Clone)]
pub struct Measures {
    plan: Option<Arc<dyn ExecutionPlan>>,
    counts: Arc<ScanCounts>,
}

/// One line of JSON for `--stats`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueryStats {
    /// Rows of the result.
    pub rows: u64,
    /// Wall time in milliseconds.
    pub ms: u64,
    /// Files and blobs opened.
    pub files_read: u64,
    /// Files and blobs that the statement's tables have, after listing what predicates leave.
    pub files_total: u64,
    /// Bytes fetched.
    pub bytes_read: u64,
    /// Bytes of all those files.
    pub bytes_total: u64,
    /// Bytes written to disk for lack of memory.
    pub bytes_spilled: u64,
    /// Requests to remote stores, repetitions included.
    pub requests: Requests,
    /// Requests that were repeated after a fault.
    pub retries: u64,
    /// Bytes of the answers.
    pub bytes_received: u64,
    /// Bytes that came from the cache.
    pub bytes_cached: u64,
    /// Blobs that could not be read and were left out.
    pub blobs_failed: u64,
}

impl Measures {
    pub(super) fn new(plan: Option<Arc<dyn ExecutionPlan>>, counts: Arc<ScanCounts>) -> Self {
        Self { plan, counts }
    }

    /// What is to be said when none of the files that were read holds a record.
    pub fn nothing_recognized(&self) -> Option<String> {
        let (files, example) = self.counts.nothing_recognized()?;
        let which = match files {
            1 => format!("{example} holds no record that is known"),
            n => format!("none of {n} files holds a record that is known, for example {example}"),
        };
        Some(format!("{which}; SELECT * FROM system.rejects tells why, and 'tunnelql help data' what is read"))
    }

    /// The counters now; `rows` and `ms` are the caller's.
    pub fn read(&self) -> QueryStats {
        let c = &self.counts;
        let sent = c.sent();
        let mut stats = QueryStats {
            files_total: c.files_total.load(Ordering::Relaxed),
            bytes_total: c.bytes_total.load(Ordering::Relaxed),
            files_read: c.raw.blobs.load(Ordering::Relaxed) + c.archive.files(),
            bytes_read: c.raw.bytes.load(Ordering::Relaxed) + c.archive.bytes.load(Ordering::Relaxed),
            requests: sent.requests,
            retries: sent.repeated,
            bytes_received: sent.received,
            bytes_cached: sent.cached,
            blobs_failed: c.failed().len() as u64,
            ..QueryStats::default()
        };
        if let Some(plan) = &self.plan {
            stats.bytes_spilled = spilled(plan.as_ref());
        }
        stats
    }
}

impl Measures {
    /// Why blobs could not be read.
    pub fn failed(&self) -> Vec<String> {
        self.counts.failed()
    }
}

fn spilled(plan: &dyn ExecutionPlan) -> u64 {
    let own = plan.metrics().and_then(|m| m.spilled_bytes()).unwrap_or(0) as u64;
    own + plan.children().iter().map(|c| spilled(c.as_ref())).sum::<u64>()
}
