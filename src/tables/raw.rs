//! The log tables over raw exports: one pass over the bytes of only those blobs that can hold what is asked for.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{StreamExt, TryStreamExt};
use hashbrown::HashSet;
use parking_lot::Mutex;

use super::dataset::Dataset;
use super::pruning::{TimeRange, allowed_values, time_range};
use crate::archive::for_each_key;
use crate::model::{Account, Category, Position, Record, Reject, Sink};
use crate::parse::{Format, ParseOptions};
use crate::schema::ColumnId;
use crate::schema::TableBuilder;
use crate::schema::columns::{table_columns, table_schema};
use crate::source::SourceReader;
use crate::store::{Blob, Counters, StoreError, Wanted, list};

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
    let blobs = list_raw(dataset, &listing).await?;
    dataset.counts.add_files(blobs.len(), blobs.iter().map(|b| b.size).sum());
    let seen = Arc::new(Seen::default());
    if let [_, ..] = dataset.archives.as_slice()
        && !blobs.is_empty()
    {
        // What the archives hold already is not counted a second time.
        load_known(dataset, category, times, &state.task_ctx(), &seen).await?;
    }
    let schema = Arc::new(table_schema(category).project(wanted)?);
    Ok(Arc::new(RawScanExec::new(
        Arc::new(RawScan {
            category,
            wanted: wanted.to_vec(),
            times,
            parse: parse_options(dataset, category, wanted),
            counters: Arc::clone(&dataset.counts.raw),
            seen,
        }),
        spread(blobs, state.config().target_partitions()),
        schema,
    )))
}

/// The blobs of all raw exports together, each once.
pub async fn list_raw(dataset: &Dataset, wanted: &Wanted) -> Result<Vec<Blob>> {
    let mut blobs = Vec::new();
    let mut names = HashSet::new();
    for place in &dataset.raw {
        let listed = list(place, wanted).await.map_err(super::external)?;
        blobs.extend(listed.into_iter().filter(|b| names.insert(b.name.clone())));
    }
    Ok(blobs)
}

fn parse_options(dataset: &Dataset, category: Category, wanted: &[usize]) -> ParseOptions {
    let columns = table_columns(category);
    let want_rest = wanted.iter().any(|&i| matches!(columns[i].id, ColumnId::Properties | ColumnId::Configuration));
    let keep_unknown = dataset.options.keep_unknown;
    ParseOptions { keep_unknown, want_rest, ..ParseOptions::default() }
}

/// Blobs in turn to partitions, the largest first, so that all end at about the same time; each partition then reads its
/// own in order of arrival.
fn spread(blobs: Vec<Blob>, partitions: usize) -> Vec<Vec<Blob>> {
    let count = partitions.max(1).min(blobs.len().max(1));
    let mut out: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new()); count];
    let mut by_size: Vec<usize> = (0..blobs.len()).collect();
    by_size.sort_by_key(|&i| std::cmp::Reverse(blobs[i].size));
    for i in by_size {
        if let Some(least) = out.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            least.0 += blobs[i].size + 4096;
            least.1.push(i);
        }
    }
    let mut blobs: Vec<Option<Blob>> = blobs.into_iter().map(Some).collect();
    out.into_iter()
        .map(|(_, mut indexes)| {
            indexes.sort_unstable();
            indexes.into_iter().filter_map(|i| blobs[i].take()).collect()
        })
        .collect()
}

/// Records met so far, by time and identity. Sharded, since all partitions ask it for every record.
#[derive(Debug, Default)]
struct Seen {
    shards: [Mutex<HashSet<(i64, u64)>>; 16],
}

/// What a remembered record costs, with the room that hash tables keep free.
const SEEN_BYTES: usize = 32;

impl Seen {
    /// `true` when it was not met before.
    fn insert(&self, ticks: i64, hash: u64) -> bool {
        let shard = usize::try_from(hash >> 60).unwrap_or(0);
        self.shards[shard].lock().insert((ticks, hash))
    }
}

async fn load_known(
    dataset: &Dataset,
    category: Category,
    times: TimeRange,
    context: &Arc<TaskContext>,
    seen: &Seen,
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

/// What a whole blob came to.
pub struct ReadAccount {
    pub source: String,
    pub format: Option<Format>,
    pub end: u64,
    pub account: Account,
    pub rejects: Vec<Reject>,
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
    futures::stream::iter(blobs.into_iter().map(read)).buffered(8).try_collect().await.map_err(super::external)
}

#[derive(Debug)]
struct RawScan {
    category: Category,
    wanted: Vec<usize>,
    times: TimeRange,
    parse: ParseOptions,
    counters: Arc<Counters>,
    seen: Arc<Seen>,
}

/// Reads and parses blobs.
#[derive(Debug)]
struct RawScanExec {
    scan: Arc<RawScan>,
    partitions: Vec<Vec<Blob>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RawScanExec {
    fn new(scan: Arc<RawScan>, partitions: Vec<Vec<Blob>>, schema: SchemaRef) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { scan, partitions, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for RawScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blobs: usize = self.partitions.iter().map(Vec::len).sum();
        let bytes: u64 = self.partitions.iter().flatten().map(|b| b.size).sum();
        write!(f, "RawScanExec: table={}, blobs={blobs}, bytes={bytes}", self.scan.category.table())
    }
}

impl ExecutionPlan for RawScanExec {
    fn name(&self) -> &'static str {
        "RawScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let memory =
            MemoryConsumer::new(format!("records of {}", self.scan.category.table())).register(context.memory_pool());
        let reading = Reading {
            scan: Arc::clone(&self.scan),
            blobs: self.partitions.get(partition).cloned().unwrap_or_default().into_iter(),
            open: None,
            collector: Collector::new(Arc::clone(&self.scan)),
            batch_rows: context.session_config().batch_size(),
            memory,
            metrics: BaselineMetrics::new(&self.metrics, partition),
        };
        let stream = futures::stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next().await?.map(|batch| (batch, reading)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// One partition being read.
struct Reading {
    scan: Arc<RawScan>,
    blobs: std::vec::IntoIter<Blob>,
    open: Option<SourceReader>,
    collector: Collector,
    batch_rows: usize,
    memory: MemoryReservation,
    metrics: BaselineMetrics,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some(reader) = &mut self.open else {
                match self.blobs.next() {
                    Some(blob) => self.start(&blob).await?,
                    None => return self.take(),
                }
                continue;
            };
            let timer = self.metrics.elapsed_compute().timer();
            let more = reader.step(&mut self.collector).await.map_err(super::external)?;
            timer.done();
            if !more {
                self.open = None;
            }
            self.account()?;
            if self.collector.builder.len() >= self.batch_rows {
                return self.take();
            }
            // A piece takes milliseconds; others on this thread get their turn, cancellation among them.
            tokio::task::yield_now().await;
        }
    }

    async fn start(&mut self, blob: &Blob) -> Result<()> {
        let opened = SourceReader::open(blob, None, self.scan.parse.clone(), Arc::clone(&self.scan.counters)).await;
        self.open = Some(opened.map_err(super::external)?);
        blob.name.clone_into(&mut self.collector.source);
        Ok(())
    }

    /// What is remembered of every record counts against the memory limit.
    fn account(&mut self) -> Result<()> {
        if let Some(e) = self.collector.error.take() {
            return Err(e);
        }
        let new = std::mem::take(&mut self.collector.new_records) * SEEN_BYTES;
        self.memory.try_grow(new).map_err(|e| {
            e.context(
                "a query over a raw export remembers every record to drop duplicates; import the export into an archive, \
                 narrow the time range or raise --memory-limit",
            )
        })
    }

    fn take(&mut self) -> Result<Option<RecordBatch>> {
        if self.collector.builder.is_empty() {
            return Ok(None);
        }
        let (batch, _) = self.collector.builder.finish()?;
        self.metrics.record_output(batch.num_rows());
        Ok(Some(batch))
    }
}

/// Takes the records that the scan is about.
struct Collector {
    scan: Arc<RawScan>,
    builder: TableBuilder,
    source: String,
    new_records: usize,
    error: Option<DataFusionError>,
}

impl Collector {
    fn new(scan: Arc<RawScan>) -> Self {
        let builder = TableBuilder::new(scan.category, Some(&scan.wanted));
        Self { scan, builder, source: String::new(), new_records: 0, error: None }
    }
}

impl Sink for Collector {
    fn record(&mut self, at: Position, record: &Record<'_>) {
        if record.category != self.scan.category || !self.scan.times.contains(record.ticks) {
            return;
        }
        if !self.scan.seen.insert(record.ticks, record.hash) {
            return;
        }
        self.new_records += 1;
        if let Err(e) = self.builder.push(record, at, &self.source, 0) {
            self.error.get_or_insert(e.into());
        }
    }

    fn reject(&mut self, _: Reject) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_once() {
        let seen = Seen::default();
        assert!(seen.insert(1, u64::MAX));
        assert!(!seen.insert(1, u64::MAX));
        assert!(seen.insert(2, u64::MAX));
        assert!(seen.insert(1, 0));
    }
}
