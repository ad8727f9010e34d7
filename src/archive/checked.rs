//! Footers are looked at before they are believed: a place or a length below zero in one ends the library's reader with a
//! panic, and a byte that a disk has changed should end a query with an error.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::Result;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::DefaultParquetFileReaderFactory;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

/// Opens files whose footers were looked at.
#[derive(Debug)]
pub struct CheckedReaders {
    readers: DefaultParquetFileReaderFactory,
}

impl CheckedReaders {
    /// For files of `store`.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { readers: DefaultParquetFileReaderFactory::new(store) }
    }
}

impl ParquetFileReaderFactory for CheckedReaders {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let (name, size) = (file.object_meta.location.to_string(), file.object_meta.size);
        let reader = self.readers.create_reader(partition, file, metadata_size_hint, metrics)?;
        Ok(Box::new(CheckedReader { reader, name, size }))
    }
}

struct CheckedReader {
    reader: Box<dyn AsyncFileReader + Send>,
    name: String,
    size: u64,
}

impl AsyncFileReader for CheckedReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.reader.get_bytes(range)
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        self.reader.get_byte_ranges(ranges)
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        async move {
            let metadata = self.reader.get_metadata(options).await?;
            let columns = metadata.row_groups().iter().flat_map(|group| group.columns());
            match columns.into_iter().find(|column| !lies_within(column, self.size)) {
                Some(column) => Err(ParquetError::General(format!(
                    "{}: its footer says that column {} lies outside of the file",
                    self.name,
                    column.column_path().string()
                ))),
                None => Ok(metadata),
            }
        }
        .boxed()
    }
}

/// Whether a column's bytes can be where the footer says, in a file of so many bytes.
fn lies_within(column: &ColumnChunkMetaData, size: u64) -> bool {
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let end = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
    let end = end.and_then(|(start, length)| start.checked_add(length));
    column.data_page_offset() >= 0 && end.is_some_and(|end| end <= size)
}

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::SchemaDescriptor;

    use super::*;

    #[test]
    fn columns_lie_within_their_file() {
        let schema = parse_message_type("message m { REQUIRED INT64 a; }").unwrap();
        let column = SchemaDescriptor::new(Arc::new(schema)).column(0);
        let within = |dictionary: Option<i64>, data: i64, length: i64| {
            let column = ColumnChunkMetaData::builder(Arc::clone(&column))
                .set_dictionary_page_offset(dictionary)
                .set_data_page_offset(data)
                .set_total_compressed_size(length);
            lies_within(&column.build().unwrap(), 100)
        };
        assert!(within(None, 4, 96) && within(Some(4), 20, 96) && within(None, 0, 0));
        assert!(!within(None, 4, 97) && !within(Some(5), 20, 96));
        assert!(!within(None, -4, 10) && !within(Some(-4), 4, 10) && !within(Some(4), -4, 10));
        assert!(!within(None, 4, -1) && !within(None, i64::MAX, i64::MAX));
    }
}
