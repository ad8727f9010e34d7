//! What a statement really read, from the plan's own counters.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use datafusion::physical_plan::ExecutionPlan;
use serde::Serialize;

use crate::tables::Dataset;

/// Live counters of a running statement.
#[derive(Clone)]
pub struct Measures {
    plan: Option<Arc<dyn ExecutionPlan>>,
    dataset: Option<Arc<Dataset>>,
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
}

impl Measures {
    pub(super) fn new(plan: Arc<dyn ExecutionPlan>, dataset: Option<Arc<Dataset>>) -> Self {
        Self { plan: Some(plan), dataset }
    }

    pub(super) fn none() -> Self {
        Self { plan: None, dataset: None }
    }

    /// The counters now.
    pub fn read(&self) -> QueryStats {
        let mut stats = QueryStats::default();
        if let Some(plan) = &self.plan {
            add_plan(plan.as_ref(), &mut stats);
        }
        if let Some(dataset) = &self.dataset {
            add_dataset(dataset, &mut stats);
        }
        stats
    }
}

pub(super) fn collect(
    measures: Option<&Measures>,
    dataset: Option<&Dataset>,
    rows: u64,
    elapsed: Duration,
) -> QueryStats {
    let mut stats = match measures {
        Some(measures) => measures.read(),
        None => {
            let mut stats = QueryStats::default();
            dataset.into_iter().for_each(|d| add_dataset(d, &mut stats));
            stats
        }
    };
    stats.rows = rows;
    stats.ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    stats
}

fn add_dataset(dataset: &Dataset, stats: &mut QueryStats) {
    let counts = &dataset.counts;
    stats.files_total += counts.files_total.load(Ordering::Relaxed);
    stats.bytes_total += counts.bytes_total.load(Ordering::Relaxed);
    stats.files_read += counts.raw.blobs.load(Ordering::Relaxed);
    stats.bytes_read += counts.raw.bytes.load(Ordering::Relaxed);
}

fn add_plan(plan: &dyn ExecutionPlan, stats: &mut QueryStats) {
    if let Some(metrics) = plan.metrics() {
        let count = |name: &str| metrics.sum_by_name(name).map_or(0, |v| v.as_usize() as u64);
        stats.bytes_read += count("bytes_scanned");
        stats.files_read += count("files_opened");
        stats.bytes_spilled += count("spilled_bytes");
    }
    for child in plan.children() {
        add_plan(child.as_ref(), stats);
    }
}
