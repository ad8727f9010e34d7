//! Writing one Parquet file: made for the questions that are asked of it.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{SchemaRef, TimestampMicrosecondType};
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use parquet::arrow::AsyncArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::error::of_storage;
use super::sealed::Sealing;
use super::{Archive, ArchiveError};
use crate::model::format_ticks;
use crate::store::StoreError;

/// Where a file belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// `category` value.
    pub category: String,
    /// Days since 1970.
    pub date: i32,
}

impl Partition {
    /// The day as Delta writes it.
    pub fn date_text(&self) -> String {
        chrono::NaiveDate::default()
            .checked_add_signed(chrono::TimeDelta::days(i64::from(self.date)))
            .unwrap_or_default()
            .format("%Y-%m-%d")
            .to_string()
    }
}

/// A file that is on disk but not yet in the log.
#[derive(Debug, Clone)]
pub struct WrittenFile {
    /// Path below the archive.
    pub path: Path,
    /// Where it belongs.
    pub partition: Partition,
    /// Length in bytes.
    pub size: u64,
    /// Number of rows.
    pub rows: u64,
    /// Delta's statistics.
    pub stats: serde_json::Value,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// Writes rows that arrive in the archive's order.
pub struct FileWriter {
    writer: AsyncArrowWriter<Sealing>,
    path: Path,
    partition: Partition,
    stats: Stats,
    store: Arc<dyn ObjectStore>,
    full: Path,
}

/// Rows of a row group. With the page index inside it, a time range reads pages, not groups.
pub const ROW_GROUP_ROWS: usize = 256 * 1024;
/// Rows of a page: what is read to find one row.
const PAGE_ROWS: usize = 8 * 1024;

/// Bytes of a page, before compression: buffers of this size are reused and need not be cleared by the system.
const PAGE_BYTES: usize = 256 * 1024;

/// Looked up by exact value in incident after incident: worth a bloom filter.
const NEEDLES: &[&str] = &["session_id", "i_cookie", "r_cookie", "remote_ip"];
/// Distinct values of a row group that a bloom filter has room for while it is filled; what is written is cut down to
/// what is needed. More of them make a filter less selective, never wrong.
const NEEDLES_DISTINCT: u64 = 32 * 1024;
/// Long texts that hardly repeat: a dictionary would only be built and thrown away.
const LONG: &[&str] = &["message", "event"];
/// Their smallest and largest values skip nothing, and every footer that is read would carry them.
const NO_STATISTICS: &[&str] = &[
    "message",
    "event",
    "properties",
    "configuration",
    // The log has these two for each file, and a file is mostly one row group.
    "gateway",
    "remote_ip",
    "resource_group",
    "subscription_id",
    "resource_type",
    "resource_id",
    "instance_name",
    "source",
    "source_line",
    "local_port",
    "session_id",
    "i_cookie",
    "r_cookie",
    "instance",
    "operation",
    "level",
    "family",
    "direction",
    "exchange",
    "local_ip",
    "tunnel_id",
    "ts_id",
    crate::schema::physical::TIME_100NS,
    crate::schema::physical::ROW_HASH,
];

/// Below this many rows a file is written with Snappy: each column of a file sets zstd up anew, which costs more than
/// reading the column. Days of tunnel, route and gateway logs are such files: half the CPU of `failovers` over 120 days.
const FEW_ROWS: u64 = 2048;

fn compression(rows: u64) -> Compression {
    if rows < FEW_ROWS {
        return Compression::SNAPPY;
    }
    // Level 3 made files 6 % smaller; compressing was then 17 % of the CPU of an import, and is 14 % now.
    Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default())
}

fn properties(schema: &SchemaRef, rows: u64) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        // Pages of the second kind are compressed where their values were put together; for the first kind they are copied
        // once more, behind their levels: a sixth of the CPU of writing.
        .set_writer_version(WriterVersion::PARQUET_2_0)
        // Where a dictionary does not pay. The second version's own choice prepares two more encoders for each column.
        .set_encoding(Encoding::PLAIN)
        .set_created_by(concat!("tunnelql ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(compression(rows))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(1024)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(32));
    for field in schema.fields() {
        let name = field.name().as_str();
        let path = ColumnPath::from(name);
        if NEEDLES.contains(&name) {
            // For single columns: a default of either would give every column a filter.
            builder = builder
                .set_column_bloom_filter_fpp(path.clone(), 0.01)
                .set_column_bloom_filter_max_ndv(path.clone(), NEEDLES_DISTINCT);
        }
        if name == crate::schema::physical::ROW_HASH {
            // Random bits do not get shorter.
            builder = builder.set_column_compression(path.clone(), Compression::UNCOMPRESSED);
        }
        if LONG.contains(&name) {
            builder = builder.set_column_dictionary_enabled(path.clone(), false);
        }
        if NO_STATISTICS.contains(&name) {
            builder = builder.set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
        }
        if name == "time" {
            // Rows lie in order of time, so that its pages are told apart by it; by nothing else.
            builder = builder.set_column_statistics_enabled(path.clone(), EnabledStatistics::Page);
        }
        if ["time", "source_line", crate::schema::physical::ROW_HASH].contains(&name) {
            builder = builder.set_column_dictionary_enabled(path.clone(), false);
        }
        if ["time", "source_line"].contains(&name) {
            builder = builder.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    let at = |name: &str| schema.index_of(name).ok().and_then(|i| i32::try_from(i).ok());
    let sorting = ["time", crate::schema::physical::TIME_100NS]
        .into_iter()
        .filter_map(at)
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false })
        .collect();
    builder.set_sorting_columns(Some(sorting)).build()
}

impl FileWriter {
    /// A new file of the partition, for about so many rows.
    pub fn new(archive: &Archive, partition: Partition, schema: SchemaRef, rows: u64) -> Result<Self, ArchiveError> {
        let codec = if compression(rows) == Compression::SNAPPY { "snappy" } else { "zstd" };
        let name = format!("part-{}.{codec}.parquet", uuid::Uuid::new_v4());
        let path = Path::from_iter([
            format!("{}={}", crate::schema::physical::CATEGORY, partition.category),
            format!("{}={}", crate::schema::physical::DATE, partition.date_text()),
            name,
        ]);
        let full = archive.full(&path);
        let store = Arc::clone(&archive.location.store);
        let sink = Sealing::new(BufWriter::new(Arc::clone(&store), full.clone()));
        // Without the embedded Arrow schema other readers see plain strings, and footers stay small.
        let options =
            ArrowWriterOptions::new().with_properties(properties(&schema, rows)).with_skip_arrow_metadata(true);
        let writer =
            AsyncArrowWriter::try_new_with_options(sink, schema, options).map_err(|e| not_written(&full, &e))?;
        Ok(Self { writer, path, partition, stats: Stats::default(), store, full })
    }

    fn failed(&self, e: &(dyn std::error::Error + 'static)) -> ArchiveError {
        not_written(&self.full, e)
    }

    /// Appends rows.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), ArchiveError> {
        self.stats.add(batch);
        self.writer.write(batch).await.map_err(|e| self.failed(&e))
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.stats.rows
    }

    /// Bytes so far: what is written and what is encoded and waits.
    pub fn bytes(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    /// Finishes the file.
    pub async fn finish(mut self) -> Result<WrittenFile, ArchiveError> {
        use object_store::ObjectStoreExt;
        self.writer.finish().await.map_err(|e| self.failed(&e))?;
        let size = self.store.head(&self.full).await.map_err(|e| self.failed(&e))?.size;
        let Self { path, partition, stats, writer, .. } = self;
        let sha256 = writer.into_inner().seal();
        Ok(WrittenFile { path, partition, size, rows: stats.rows, stats: stats.to_json(), sha256 })
    }
}

fn not_written(full: &Path, error: &(dyn std::error::Error + 'static)) -> ArchiveError {
    match of_storage(error) {
        Some(e) => StoreError::at("write", full, e).into(),
        None => ArchiveError::Storage(format!("cannot write {full}: {error}")),
    }
}

/// Statistics for the log: they skip files without opening them.
#[derive(Default)]
struct Stats {
    rows: u64,
    time: Option<(i64, i64)>,
    texts: Vec<(&'static str, String, String)>,
    nulls: Vec<(&'static str, u64)>,
}

/// Columns that differ from file to file. Random identifiers span everything in every file, and so do paths that begin
/// with a gateway's name.
const STATS_COLUMNS: &[&str] = &["gateway", "operation", "remote_ip"];

impl Stats {
    fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        if let Some(time) = batch.column_by_name("time").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>())
            && let (Some(min), Some(max)) = (arrow::compute::min(time), arrow::compute::max(time))
        {
            self.time = Some(self.time.map_or((min, max), |(a, b)| (a.min(min), b.max(max))));
        }
        for &name in STATS_COLUMNS {
            let Some(column) = batch.column_by_name(name).and_then(|c| c.as_string_view_opt()) else { continue };
            self.add_text(name, column);
        }
    }

    fn add_text(&mut self, name: &'static str, column: &StringViewArray) {
        let nulls = column.null_count() as u64;
        match self.nulls.iter_mut().find(|(n, _)| *n == name) {
            Some((_, n)) => *n += nulls,
            None => self.nulls.push((name, nulls)),
        }
        let Some((min, max)) = min_max(column) else { return };
        match self.texts.iter_mut().find(|(n, ..)| *n == name) {
            Some((_, low, high)) => {
                if min < low.as_str() {
                    min.clone_into(low);
                }
                if max > high.as_str() {
                    max.clone_into(high);
                }
            }
            None => self.texts.push((name, min.to_owned(), max.to_owned())),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        // Longer texts would bloat the log; without them the file is only not skipped by that column.
        let short = || self.texts.iter().filter(|(_, min, max)| min.len() <= 256 && max.len() <= 256);
        let mut min: serde_json::Map<_, _> =
            short().map(|(n, min, _)| ((*n).to_owned(), min.as_str().into())).collect();
        let mut max: serde_json::Map<_, _> =
            short().map(|(n, _, max)| ((*n).to_owned(), max.as_str().into())).collect();
        if let Some((low, high)) = self.time {
            let micros = |us: i64| {
                let mut text = format_ticks(us.saturating_mul(10));
                text.replace_range(text.len() - 2.., "Z");
                text
            };
            min.insert("time".into(), micros(low).into());
            max.insert("time".into(), micros(high).into());
        }
        let nulls: serde_json::Map<_, _> = self.nulls.iter().map(|(n, c)| ((*n).to_owned(), (*c).into())).collect();
        serde_json::json!({ "numRecords": self.rows, "minValues": min, "maxValues": max, "nullCount": nulls })
    }
}

/// Smallest and largest text. Values that stand in rows after each other are looked at once.
fn min_max(column: &StringViewArray) -> Option<(&str, &str)> {
    let mut found: Option<(&str, &str)> = None;
    let mut last = None;
    for (row, view) in column.views().iter().enumerate() {
        if last == Some(view) || column.is_null(row) {
            continue;
        }
        last = Some(view);
        let value = column.value(row);
        found = Some(found.map_or((value, value), |(min, max)| (min.min(value), max.max(value))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_and_largest_texts() {
        type Case<'a> = (&'a [Option<&'a str>], Option<(&'a str, &'a str)>);
        let table: &[Case] = &[
            (&[], None),
            (&[None, None], None),
            (&[Some("b"), Some("b"), None, Some("b"), Some("a")], Some(("a", "b"))),
            (&[None, Some("longer than a view holds 2"), Some("longer than a view holds 1")], {
                Some(("longer than a view holds 1", "longer than a view holds 2"))
            }),
            // A null's view may be all zeros, like that of an empty text.
            (&[None, Some(""), Some("x")], Some(("", "x"))),
        ];
        for (texts, expected) in table {
            assert_eq!(min_max(&texts.iter().copied().collect::<StringViewArray>()), *expected, "{texts:?}");
        }
    }

    #[test]
    fn only_needles_have_bloom_filters() {
        for category in crate::model::Category::ALL {
            let schema = crate::schema::physical::file_schema(category);
            let properties = properties(&schema, 0);
            for field in schema.fields() {
                let name = field.name().as_str();
                let filter = properties.bloom_filter_properties(&ColumnPath::from(name));
                assert_eq!(filter.is_some(), NEEDLES.contains(&name), "{name}");
            }
        }
    }

    #[test]
    fn partition_dates() {
        let p = Partition { category: "ike".into(), date: 20_513 };
        assert_eq!(p.date_text(), "2026-03-01");
    }

    #[test]
    fn statistics_keep_microseconds() {
        let stats = Stats { rows: 1, time: Some((1_772_348_401_123_456, 1_772_348_401_123_457)), ..Stats::default() };
        assert_eq!(stats.to_json()["maxValues"]["time"], "2026-03-01T07:00:01.123457Z");
    }
}
