//! A Parquet file, compressed with zstd. Columns of the same name are renamed, as in JSON: most readers refuse them.

use ::arrow::datatypes::{DataType, IntervalUnit, SchemaRef};
use ::arrow::record_batch::RecordBatch;
use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::properties::WriterProperties;

use super::Spec;
use super::arrow::{first_rows, renamed, with_schema};
use crate::render::options::{Limit, Summary};
use crate::render::{Output, RenderError, Renderer};

pub(super) const SPEC: Spec = Spec {
    name: "parquet",
    extensions: &["parquet"],
    binary: true,
    open: |schema, out, options| {
        refuse_unknown(&schema)?;
        let schema = renamed(&schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            .build();
        let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties))?;
        Ok(Box::new(ParquetFile { writer, schema, limit: Limit::new(options.max_rows) }))
    },
};

/// Encoded bytes after which a row group is written out: bounds what is held in memory.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

struct ParquetFile<'a> {
    writer: ArrowWriter<Output<'a>>,
    schema: SchemaRef,
    limit: Limit,
}

impl Renderer for ParquetFile<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        let rows = self.limit.admit(batch.num_rows());
        let batch = with_schema(&first_rows(batch, rows), &self.schema)?;
        Ok(self.writer.write(&batch)?)
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        self.writer.finish()?;
        self.writer.inner_mut().flush()?;
        Ok(self.limit.summary())
    }
}

/// Refuses what Parquet has no type for, by the column's name and before anything is written. The writer itself panics
/// on a union and sees an interval only with the first rows.
fn refuse_unknown(schema: &SchemaRef) -> Result<(), RenderError> {
    fn unknown(data_type: &DataType) -> bool {
        match data_type {
            DataType::Union(..) | DataType::Interval(IntervalUnit::MonthDayNano) => true,
            DataType::List(f)
            | DataType::LargeList(f)
            | DataType::ListView(f)
            | DataType::LargeListView(f)
            | DataType::FixedSizeList(f, _)
            | DataType::Map(f, _) => unknown(f.data_type()),
            DataType::Struct(fields) => fields.iter().any(|f| unknown(f.data_type())),
            DataType::Dictionary(_, values) => unknown(values),
            DataType::RunEndEncoded(_, values) => unknown(values.data_type()),
            _ => false,
        }
    }
    match schema.fields().iter().find(|f| unknown(f.data_type())) {
        None => Ok(()),
        Some(field) => Err(RenderError::Unsupported(format!(
            "Parquet cannot hold column {:?} of type {}",
            field.name(),
            field.data_type()
        ))),
    }
}
