//! The log tables over raw exports: one pass over the bytes of only those blobs that can hold what is asked for.

mod accounts;
mod exec;
mod feed;

use std::sync::Arc;

pub use accounts::read_accounts;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::physical_plan::ExecutionPlan;
use exec::RawScanExec;
use feed::{RawScan, Seen};
use hashbrown::HashSet;

use super::dataset::Dataset;
use super::pruning::{TimeRange, allowed_values, time_range};
use super::reading::{FilterEffect, Reading, ScanRequests, TIME_HINT, Unit, filter_text, names_time};
use crate::archive::for_each_key;
use crate::model::Category;
use crate::parse::ParseOptions;
use crate::schema::ColumnId;
use crate::schema::columns::{table_columns, table_schema};
use crate::store::{Blob, Wanted, cached, gets, list};

/// Plans the scan: lists what the filters leave, and spreads it.
pub async fn raw_scan(
    dataset: &Arc<Dataset>,
    category: Category,
    state: &dyn Session,
    wanted: &[usize],
    filters: &[Expr],
) -> Result<Arc<dyn ExecutionPlan>> {
    let times = time_range(filters);
    let listing = Wanted {
        // Other categories' containers are only of interest for the catch-all table, which takes everything.
        categories: if category == Category::Other { Vec::new() } else { vec![category] },
        hours: dataset.options.arrival(times),
        gateways: if category == Category::Other { Vec::new() } else { allowed_values(filters, "gateway") },
    };
    let before = dataset.counts.sent();
    let mut blobs = list_raw(dataset, &listing).await?;
    let listed = (dataset.counts.sent() - before).requests.list;
    // As an import ranks them: of equal records the same copy stays.
    blobs.sort_by(|a, b| a.name.cmp(&b.name));
    let bytes = blobs.iter().map(|b| b.size).sum();
    dataset.counts.add_files(blobs.len(), bytes);
    dataset.counts.plan_bytes(bytes).map_err(super::external)?;
    let mut seen = Seen::default();
    if dataset.counts.explains() {
        dataset.counts.decided(reading(dataset, category, filters, &listing, &blobs, listed).await?);
    }
    if let [_, ..] = dataset.archives.as_slice()
        && !blobs.is_empty()
        && !dataset.counts.explains_only()
        && dataset.counts.check_bytes().is_ok()
    {
        // What the archives hold already is not counted a second time.
        load_known(dataset, category, times, &state.task_ctx(), &mut seen).await?;
    }
    let scan = RawScan {
        category,
        wanted: wanted.to_vec(),
        schema: Arc::new(table_schema(category).project(wanted)?),
        times,
        parse: parse_options(dataset, category, wanted),
        counts: Arc::clone(&dataset.counts),
        on_blob_error: dataset.options.on_blob_error,
        blobs,
    };
    Ok(Arc::new(RawScanExec::new(scan, seen, state.config().target_partitions())))
}

/// What the filters do to the blobs, together and each by itself. Lists all of them, so for explaining only.
async fn reading(
    dataset: &Dataset,
    category: Category,
    filters: &[Expr],
    listing: &Wanted,
    left: &[Blob],
    listed: u64,
) -> Result<Reading> {
    let everything = Wanted { categories: listing.categories.clone(), hours: None, gateways: Vec::new() };
    let before = dataset.counts.sent();
    let all = list_raw(dataset, &everything).await?;
    let list_total = (dataset.counts.sent() - before).requests.list;
    let mut effects = Vec::new();
    for filter in filters.iter().flat_map(split_conjunction) {
        let alone = Wanted {
            categories: listing.categories.clone(),
            hours: dataset.options.arrival(time_range([filter])),
            gateways: if category == Category::Other {
                Vec::new()
            } else {
                allowed_values(std::slice::from_ref(filter), "gateway")
            },
        };
        let prunes = alone.hours.is_some() || !alone.gateways.is_empty();
        let leaves = prunes.then(|| all.iter().filter(|b| alone.takes(&b.info)).count() as u64);
        let note = match prunes {
            true if time_range([filter]).end.is_some() => Some(format!(
                "with the hours up to {} later, in which records may arrive late (--late-margin)",
                humantime::format_duration(dataset.options.late_margin)
            )),
            true if alone.hours.is_some() => {
                Some("with the hour of ten minutes before, for clocks that run ahead".to_owned())
            }
            true => None,
            false if names_time(filter) => Some(TIME_HINT.to_owned()),
            false => {
                Some("a blob's path says only category, gateway and hour; every record is read to decide it".to_owned())
            }
        };
        effects.push(FilterEffect { filter: filter_text(filter), leaves, note });
    }
    Ok(Reading {
        table: category.table().to_owned(),
        place: "raw exports".to_owned(),
        unit: Unit::Blobs,
        total: all.len() as u64,
        total_bytes: all.iter().map(|b| b.size).sum(),
        left: left.len() as u64,
        left_bytes: left.iter().map(|b| b.size).sum(),
        filters: effects,
        requests: scan_requests(left, &all, (listed, list_total)),
    })
}

/// Requests for some blobs of all; `None` for local ones.
fn scan_requests(left: &[Blob], all: &[Blob], (list, list_total): (u64, u64)) -> Option<ScanRequests> {
    let is_remote = |b: &&Blob| !b.is_local() && !b.stdin;
    let reads = |blobs: &[Blob]| blobs.iter().filter(is_remote).map(|b| gets(b.size)).sum::<u64>();
    all.iter().any(|b| is_remote(&b)).then(|| {
        let all =
            ScanRequests { list, read: reads(left), list_total, read_total: reads(all), ..ScanRequests::default() };
        all.without_cached(left.iter().map(cached))
    })
}

/// The blobs of all raw exports together, each once.
pub async fn list_raw(dataset: &Dataset, wanted: &Wanted) -> Result<Vec<Blob>> {
    let mut blobs = Vec::new();
    let mut names = HashSet::new();
    for place in &dataset.raw {
        let listed = list(place, wanted).await.map_err(super::external)?;
        let is_named = |met: &String| dataset.archives.iter().any(|a| a.location.to_string() == *met);
        listed.archives.into_iter().filter(|a| !is_named(a)).for_each(|a| dataset.counts.archive_met(a));
        blobs.extend(listed.blobs.into_iter().filter(|b| names.insert(b.name.clone())));
    }
    Ok(blobs)
}

fn parse_options(dataset: &Dataset, category: Category, wanted: &[usize]) -> ParseOptions {
    let columns = table_columns(category);
    let want_rest = wanted.iter().any(|&i| matches!(columns[i].id, ColumnId::Properties | ColumnId::Configuration));
    let keep_unknown = dataset.options.keep_unknown;
    ParseOptions { keep_unknown, want_rest, ..ParseOptions::default() }
}

async fn load_known(
    dataset: &Dataset,
    category: Category,
    times: TimeRange,
    context: &Arc<TaskContext>,
    seen: &mut Seen,
) -> Result<()> {
    let overlaps = |(low, high): (i64, i64)| {
        times.end.is_none_or(|e| low * 10 < e) && times.start.is_none_or(|s| s <= high * 10 + 9)
    };
    for archive in &dataset.archives {
        let mut files = archive.files(Some(category.partition())).map_err(super::external)?;
        files.retain(|f| f.time.is_none_or(overlaps));
        let mut remember = |ticks, hash| {
            seen.insert(ticks, hash);
        };
        for_each_key(archive, category, files, None, context, &mut remember).await?;
    }
    Ok(())
}
