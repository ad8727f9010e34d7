//! Reading archive files: DataFusion's own Parquet scan over the files that the log lists.

use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result, ScalarValue, Statistics};
use datafusion::config::{ConfigOptions, TableParquetOptions};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;

use super::checked::CheckedReaders;
use super::write::ROW_GROUP_ROWS;
use super::{Archive, DataFile};
use crate::schema::physical::TIME_100NS;
use crate::store::SMALL_FILE;

/// Footer bytes of a row group, fetched at first: measured to be enough, since of most files no more is ever read.
const FOOTER_BYTES: usize = 3584;
/// Row groups whose footers are fetched at first; a larger footer takes a second request.
const FOOTER_GROUPS_MAX: usize = 16;

/// What a scan of archive files needs to know.
pub struct Scan<'a> {
    /// The archive.
    pub archive: &'a Archive,
    /// Its files.
    pub files: Vec<DataFile>,
    /// Columns of the files.
    pub schema: SchemaRef,
    /// Indexes of the wanted columns; `None` takes all.
    pub projection: Option<Vec<usize>>,
    /// Skips files by the log's statistics.
    pub skip_files: Option<Arc<dyn PhysicalExpr>>,
    /// Skips row groups and pages, and rows too if `options` say so.
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// Rows wanted at most.
    pub limit: Option<usize>,
    /// Streams wanted.
    pub partitions: usize,
    /// Parquet options of the session.
    pub options: TableParquetOptions,
    /// Has the archive's store.
    pub runtime: &'a RuntimeEnv,
}

impl Scan<'_> {
    /// The plan, and how many files it will look into.
    pub fn plan(self) -> Result<(Arc<dyn ExecutionPlan>, usize)> {
        let mut files: Vec<PartitionedFile> =
            self.files.iter().map(|f| partitioned(self.archive, f, &self.schema)).collect();
        if let Some(predicate) = &self.skip_files {
            let mut keep = kept(&files, predicate, &self.schema)?.into_iter();
            files.retain(|_| keep.next().unwrap_or(true));
        }
        let count = files.len();
        let ordering = ordering(&self.schema)?;
        let groups = groups(files, &ordering, &self.schema, self.partitions);
        let (groups, statistics) =
            datafusion_datasource::compute_all_files_statistics(groups, Arc::clone(&self.schema), true, false)?;
        let place = store_url(self.archive)?;
        let readers = CheckedReaders::new(self.runtime.object_store(&place)?);
        let mut source = ParquetSource::new(Arc::clone(&self.schema))
            .with_table_parquet_options(self.options)
            .with_parquet_file_reader_factory(Arc::new(readers))
            .with_metadata_size_hint(FOOTER_BYTES);
        if let Some(predicate) = self.predicate {
            source = source.with_predicate(predicate);
        }
        let config = FileScanConfigBuilder::new(place, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(self.projection)?
            .with_limit(self.limit)
            .with_output_ordering(vec![ordering])
            .build();
        Ok((DataSourceExec::from_data_source(config), count))
    }
}

/// Which files can hold rows of a predicate, by the log's statistics.
pub fn files_kept(
    archive: &Archive,
    files: &[DataFile],
    schema: &SchemaRef,
    predicate: &Arc<dyn PhysicalExpr>,
) -> Result<Vec<bool>> {
    let files: Vec<PartitionedFile> = files.iter().map(|f| partitioned(archive, f, schema)).collect();
    kept(&files, predicate, schema)
}

fn kept(files: &[PartitionedFile], predicate: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> Result<Vec<bool>> {
    let built = PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).try_build(Arc::clone(predicate));
    let Ok(pruning) = built else { return Ok(vec![true; files.len()]) };
    let statistics = files.iter().filter_map(|f| f.statistics.clone()).collect();
    pruning.prune(&PrunableStatistics::new(statistics, Arc::clone(schema)))
}

/// The session's Parquet options as a scan takes them.
pub fn parquet_options(options: &ConfigOptions) -> TableParquetOptions {
    TableParquetOptions { global: options.execution.parquet.clone(), ..TableParquetOptions::default() }
}

/// The key under which the archive's store is registered with the session.
pub fn store_url(archive: &Archive) -> Result<ObjectStoreUrl> {
    let key = archive.location.store_key().map_err(|e| DataFusionError::External(Box::new(e)))?;
    ObjectStoreUrl::parse(&key[..url::Position::BeforePath])
}

/// Ascending as SQL means it, with nulls last. There are none, but orders are compared to the letter.
pub fn ascending(expr: Arc<dyn PhysicalExpr>) -> PhysicalSortExpr {
    PhysicalSortExpr::new(expr, SortOptions { descending: false, nulls_first: false })
}

/// The order in which rows lie in every file.
fn ordering(schema: &SchemaRef) -> Result<LexOrdering> {
    let mut keys = vec![ascending(col("time", schema)?)];
    if schema.index_of(TIME_100NS).is_ok() {
        keys.push(ascending(col(TIME_100NS, schema)?));
    }
    LexOrdering::new(keys).ok_or_else(|| DataFusionError::Internal("empty ordering".into()))
}

/// Chains files that follow each other in time, so that the scan's order is known; else any even spread.
fn groups(
    files: Vec<PartitionedFile>,
    ordering: &LexOrdering,
    schema: &SchemaRef,
    partitions: usize,
) -> Vec<FileGroup> {
    let partitions = partitions.max(1);
    if files.is_empty() {
        return vec![FileGroup::new(files)];
    }
    let all = [FileGroup::new(files)];
    // Only `time` has statistics; the digits below a microsecond never decide between files that do not overlap.
    let by_time = LexOrdering::new(vec![ordering.first().clone()]);
    let chained = by_time.and_then(|order| {
        FileScanConfig::split_groups_by_statistics_with_target_partitions(schema, &all, &order, partitions).ok()
    });
    match chained {
        // Many small files of one time span: so many streams would cost more than the order brings.
        Some(groups) if groups.len() <= partitions * 4 => groups,
        _ => {
            let [all] = all;
            all.split_files(partitions)
        }
    }
}

fn partitioned(archive: &Archive, file: &DataFile, schema: &SchemaRef) -> PartitionedFile {
    let meta = object_store::ObjectMeta {
        location: archive.full(&file.path),
        last_modified: chrono::DateTime::from_timestamp_millis(file.modified_ms).unwrap_or_default(),
        size: file.size,
        e_tag: None,
        version: None,
    };
    let mut columns = vec![ColumnStatistics::new_unknown(); schema.fields().len()];
    for (column, field) in columns.iter_mut().zip(schema.fields()) {
        let range = if field.name() == "time" {
            let at = |us| ScalarValue::TimestampMicrosecond(Some(us), Some("UTC".into()));
            file.time.map(|(min, max)| (at(min), at(max)))
        } else {
            let text = |t: &str| ScalarValue::Utf8View(Some(t.to_owned()));
            file.texts.get(field.name()).map(|(min, max)| (text(min), text(max)))
        };
        if let Some((min, max)) = range {
            column.min_value = Precision::Exact(min);
            column.max_value = Precision::Exact(max);
        }
        if field.name() == "time" {
            column.null_count = Precision::Exact(0);
        }
    }
    let rows = file.rows.and_then(|r| usize::try_from(r).ok());
    let statistics = Statistics {
        num_rows: rows.map_or(Precision::Absent, Precision::Exact),
        total_byte_size: Precision::Absent,
        column_statistics: columns,
    };
    let row_groups = rows.map_or(1, |r| r.div_ceil(ROW_GROUP_ROWS)).clamp(1, FOOTER_GROUPS_MAX);
    let hint = match archive.location.is_local() {
        // Over a network a round trip costs more than the bytes of a small file.
        false if file.size <= SMALL_FILE => usize::try_from(file.size).unwrap_or(FOOTER_BYTES),
        _ => FOOTER_BYTES * row_groups,
    };
    PartitionedFile::new_from_meta(meta).with_statistics(Arc::new(statistics)).with_metadata_size_hint(hint)
}
