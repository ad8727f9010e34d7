//! An Arrow IPC file. Dictionaries are written out as their values: the file format allows one dictionary for a
//! column, and batches of a stream have different ones.

use std::io::BufWriter;
use std::sync::Arc;

use ::arrow::compute::cast;
use ::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use ::arrow::ipc::writer::FileWriter;
use ::arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::Spec;
use crate::render::options::{Limit, Summary};
use crate::render::types::unique_names;
use crate::render::{Output, RenderError, Renderer};

pub(super) const SPEC: Spec = Spec {
    name: "arrow",
    extensions: &["arrow", "feather", "ipc"],
    binary: true,
    open: |schema, out, options| {
        let schema = renamed(&schema);
        let fields: Vec<Field> = schema.fields().iter().map(|f| without_dictionary(f)).collect();
        let schema = Arc::new(Schema::new(fields).with_metadata(schema.metadata().clone()));
        let writer = FileWriter::try_new(BufWriter::new(out), &schema)?;
        Ok(Box::new(ArrowFile { writer, schema, limit: Limit::new(options.max_rows) }))
    },
};

struct ArrowFile<'a> {
    writer: FileWriter<BufWriter<Output<'a>>>,
    schema: SchemaRef,
    limit: Limit,
}

impl Renderer for ArrowFile<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), RenderError> {
        let rows = self.limit.admit(batch.num_rows());
        if rows > 0 {
            self.writer.write(&with_schema(&first_rows(batch, rows), &self.schema)?)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, RenderError> {
        self.writer.finish()?;
        self.writer.flush()?;
        Ok(self.limit.summary())
    }
}

/// The first `rows` rows, or all of them.
pub(super) fn first_rows(batch: &RecordBatch, rows: usize) -> RecordBatch {
    batch.slice(0, rows.min(batch.num_rows()))
}

/// The schema with unique column names, every column nullable: what a file says must hold for every batch, and a query's
/// schema may promise more than its batches keep.
pub(super) fn renamed(schema: &SchemaRef) -> SchemaRef {
    let names = unique_names(schema).into_iter();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .zip(names)
        .map(|(f, name)| f.as_ref().clone().with_name(name).with_nullable(true))
        .collect();
    Arc::new(Schema::new(fields).with_metadata(schema.metadata().clone()))
}

/// The batch under another schema: its columns in the same order, cast where the types differ.
pub(super) fn with_schema(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, RenderError> {
    if batch.num_columns() != schema.fields().len() {
        let (want, got) = (schema.fields().len(), batch.num_columns());
        return Err(RenderError::Unsupported(format!("a batch has {got} columns where the result has {want}")));
    }
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| match column.data_type() == field.data_type() {
        true => Ok(column.clone()),
        false => cast(column, field.data_type()),
    });
    let columns = columns.collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}

/// The field with every dictionary, also inside lists and structs, replaced by its value type.
fn without_dictionary(field: &Field) -> Field {
    let inner = |f: &FieldRef| Arc::new(without_dictionary(f));
    let data_type = match field.data_type() {
        DataType::Dictionary(_, values) => {
            let values = Field::new("", values.as_ref().clone(), true);
            without_dictionary(&values).data_type().clone()
        }
        DataType::List(f) => DataType::List(inner(f)),
        DataType::LargeList(f) => DataType::LargeList(inner(f)),
        DataType::FixedSizeList(f, length) => DataType::FixedSizeList(inner(f), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::Map(f, sorted) => DataType::Map(inner(f), *sorted),
        other => other.clone(),
    };
    Field::new(field.name(), data_type, field.is_nullable()).with_metadata(field.metadata().clone())
}
