//! What became of every line of a raw export.

use std::sync::Arc;

use datafusion::common::Result;
use futures::{StreamExt, TryStreamExt};

use super::{list_raw, scan_requests};
use crate::model::{Account, Position, Record, Reject, Sink};
use crate::parse::{Format, ParseOptions};
use crate::source::SourceReader;
use crate::store::{Blob, StoreError, Wanted};
use crate::tables::dataset::{Dataset, OnBlobError};
use crate::tables::external;
use crate::tables::reading::{Reading, Unit};

/// What a whole blob came to.
pub struct ReadAccount {
    pub source: String,
    pub format: Option<Format>,
    pub end: u64,
    pub account: Account,
    pub rejects: Vec<Reject>,
}

/// What reading all of it means.
fn whole_reading(blobs: &[Blob], bytes: u64) -> Reading {
    let count = blobs.len() as u64;
    Reading {
        table: "system tables".to_owned(),
        place: "raw exports".to_owned(),
        unit: Unit::Blobs,
        total: count,
        total_bytes: bytes,
        left: count,
        left_bytes: bytes,
        filters: Vec::new(),
        requests: scan_requests(blobs, blobs, (0, 0)),
    }
}

/// Reads every raw blob to its end, for `system.imports` and `system.rejects`.
pub async fn read_accounts(dataset: &Arc<Dataset>) -> Result<Vec<ReadAccount>> {
    struct Rejects(Vec<Reject>);
    impl Sink for Rejects {
        fn record(&mut self, _: Position, _: &Record<'_>) {}
        fn reject(&mut self, reject: Reject) {
            self.0.push(reject);
        }
    }
    let blobs = list_raw(dataset, &Wanted::default()).await?;
    let bytes = blobs.iter().map(|b| b.size).sum();
    // These tables are read while they are planned.
    dataset.counts.plan_bytes(bytes).and_then(|()| dataset.counts.check_bytes()).map_err(external)?;
    if dataset.counts.explains_only() {
        dataset.counts.decided(whole_reading(&blobs, bytes));
        return Ok(Vec::new());
    }
    let read = |blob: Blob| {
        let counters = Arc::clone(&dataset.counts.raw);
        let keep_unknown = dataset.options.keep_unknown;
        async move {
            let options = ParseOptions { keep_unknown, want_rest: false, ..ParseOptions::default() };
            let mut reader = SourceReader::open(&blob, None, options, counters).await?;
            let mut rejects = Rejects(Vec::new());
            while reader.step(&mut rejects).await? {
                tokio::task::yield_now().await;
            }
            let position = reader.position();
            Ok::<_, StoreError>(ReadAccount {
                source: blob.name,
                format: position.as_ref().map(|p| p.format),
                end: position.map_or(0, |p| p.offset),
                account: reader.account(),
                rejects: rejects.0,
            })
        }
    };
    let skips = dataset.options.on_blob_error == OnBlobError::Skip;
    let told = |read: Result<ReadAccount, StoreError>| {
        std::future::ready(match read {
            Err(e) if skips => {
                dataset.counts.blob_failed(&e);
                None
            }
            other => Some(other),
        })
    };
    let all = futures::stream::iter(blobs.into_iter().map(read)).buffered(8);
    all.filter_map(told).try_collect().await.map_err(external)
}
