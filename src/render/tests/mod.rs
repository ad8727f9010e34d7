//! Whole formats over synthetic batches: golden texts, widths, streaming, files that read back.

#![allow(clippy::unwrap_used)]

mod adapting;
mod files;
mod golden;
mod streaming;
mod types;
mod width;

use std::io::Write;
use std::sync::{Arc, Mutex};

use arrow::array::*;
use arrow::datatypes::*;
use arrow::record_batch::RecordBatch;

use super::{Format, RenderOptions, Summary, renderer};

/// An output that can be looked at afterwards.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn render_bytes(
    format: Format,
    schema: SchemaRef,
    batches: &[RecordBatch],
    options: RenderOptions,
) -> (Vec<u8>, Summary) {
    let sink = Sink::default();
    let mut renderer = renderer(format, schema, Box::new(sink.clone()), options).unwrap();
    for batch in batches {
        renderer.write(batch).unwrap();
    }
    let summary = renderer.finish().unwrap();
    let bytes = sink.0.lock().unwrap().clone();
    (bytes, summary)
}

fn render(format: Format, batch: &RecordBatch, options: RenderOptions) -> String {
    String::from_utf8(render_bytes(format, batch.schema(), std::slice::from_ref(batch), options).0).unwrap()
}

/// One column of each array, named as given.
fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns.iter().map(|(name, a)| Field::new(*name, a.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, a)| a).collect()).unwrap()
}

/// Synthetic rows with nulls, nested values, Japanese and hostile text.
fn mixed() -> RecordBatch {
    let nanos = 1_772_348_401_123_456_700;
    let time = TimestampNanosecondArray::from(vec![Some(nanos), None, Some(0)]).with_timezone("UTC");
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    let place: StructArray = vec![
        (
            Arc::new(Field::new("ip", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec!["10.0.0.1", "|", "\u{1b}"])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("up", DataType::Boolean, true)),
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        ),
    ]
    .into();
    batch(vec![
        ("time", Arc::new(time)),
        ("名前", Arc::new(StringArray::from(vec![Some("東京<b>"), None, Some("=1+\"x\",\u{1b}[2J\n|\t\u{202e}\\")]))),
        ("n", Arc::new(Int64Array::from(vec![Some(-5), Some(i64::MAX), None]))),
        ("ratio", Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN), Some(0.25)]))),
        ("list", Arc::new(list)),
        ("place", Arc::new(place)),
    ])
}

/// A single column of numbers from 0.
fn numbers(rows: i64) -> RecordBatch {
    batch(vec![("n", Arc::new(Int64Array::from_iter_values(0..rows)))])
}
