//! Parquet and Arrow files read back with the rows that went in.

use arrow::compute::{cast, concat_batches};
use arrow::ipc::reader::FileReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::render::RenderError;

fn read(format: Format, bytes: Vec<u8>) -> RecordBatch {
    let (schema, batches): (_, Vec<_>) = match format {
        Format::Parquet => {
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap().build().unwrap();
            (RecordBatchReader::schema(&reader), reader.map(Result::unwrap).collect())
        }
        _ => {
            let reader = FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
            (reader.schema(), reader.map(Result::unwrap).collect())
        }
    };
    concat_batches(&schema, &batches).unwrap()
}

#[test]
fn files_read_back_with_the_same_rows() {
    let rows = mixed();
    for format in [Format::Parquet, Format::Arrow] {
        for max_rows in [None, Some(2), Some(0)] {
            let pieces: Vec<_> = (0..3).map(|at| rows.slice(at, 1)).collect();
            let options = RenderOptions { max_rows, ..Default::default() };
            let (bytes, summary) = render_bytes(format, rows.schema(), &pieces, options);
            let shown = max_rows.unwrap_or(3);
            assert_eq!(summary, Summary { rows: 3, shown: shown as u64 });
            assert_eq!(read(format, bytes).columns(), rows.slice(0, shown).columns(), "{format:?} {max_rows:?}");
        }
    }
}

#[test]
fn an_empty_result_is_a_file_of_no_rows() {
    for format in [Format::Parquet, Format::Arrow] {
        let (bytes, _) = render_bytes(format, mixed().schema(), &[], RenderOptions::default());
        let back = read(format, bytes);
        assert_eq!((back.num_rows(), back.num_columns()), (0, 6));
    }
}

#[test]
fn columns_of_one_name_are_told_apart() {
    let twice = batch(vec![("n", numbers(2).column(0).clone()), ("n", numbers(2).column(0).clone())]);
    for format in [Format::Parquet, Format::Arrow] {
        let back = read(
            format,
            render_bytes(format, twice.schema(), std::slice::from_ref(&twice), RenderOptions::default()).0,
        );
        let names: Vec<_> = back.schema().fields().iter().map(|f| f.name().clone()).collect();
        assert_eq!(names, ["n", "n_1"]);
    }
}

#[test]
fn batches_may_have_different_dictionaries() {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let one = |text| batch(vec![("s", cast(&StringArray::from(vec![text]), &dictionary).unwrap())]);
    let pieces = [one("a"), one("b"), one("c")];
    for format in [Format::Parquet, Format::Arrow] {
        let back = read(format, render_bytes(format, pieces[0].schema(), &pieces, RenderOptions::default()).0);
        let texts = cast(back.column(0), &DataType::Utf8).unwrap();
        assert_eq!(texts.as_string::<i32>(), &StringArray::from(vec!["a", "b", "c"]), "{format:?}");
    }
}

#[test]
fn what_parquet_cannot_hold_is_refused_by_name() {
    let mut union = UnionBuilder::new_dense();
    union.append::<Int32Type>("i", 5).unwrap();
    let rows = batch(vec![("mixed_up", Arc::new(union.build().unwrap()))]);
    let result = renderer(Format::Parquet, rows.schema(), Box::new(Sink::default()), RenderOptions::default());
    assert!(matches!(result.err(), Some(RenderError::Unsupported(text)) if text.contains("mixed_up")));
}

#[test]
fn a_null_in_a_column_said_to_have_none_is_still_written() {
    let claimed = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let rows = batch(vec![("n", Arc::new(Int64Array::from(vec![None, Some(1)])))]);
    for format in [Format::Parquet, Format::Arrow] {
        let back = read(
            format,
            render_bytes(format, claimed.clone(), std::slice::from_ref(&rows), RenderOptions::default()).0,
        );
        assert_eq!(back.column(0).null_count(), 1);
    }
}

#[test]
fn every_type_reads_back_or_is_refused_before_any_row() {
    let text = |rows: &RecordBatch| render(Format::Ndjson, rows, RenderOptions::default());
    for (array, ..) in types::every_type() {
        let rows = batch(vec![("v", array)]);
        let data_type = rows.column(0).data_type();
        for format in [Format::Parquet, Format::Arrow] {
            let refused = format == Format::Parquet
                && matches!(data_type, DataType::Union(..) | DataType::Interval(IntervalUnit::MonthDayNano));
            let opened = renderer(format, rows.schema(), Box::new(Sink::default()), RenderOptions::default());
            assert_eq!(opened.is_err(), refused, "{format:?} {data_type}");
            if !refused {
                let bytes =
                    render_bytes(format, rows.schema(), std::slice::from_ref(&rows), RenderOptions::default()).0;
                assert_eq!(text(&read(format, bytes)), text(&rows), "{format:?} {data_type}");
            }
        }
    }
}

#[test]
fn a_result_without_columns_does_not_stop_a_file() {
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let none = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    for format in [Format::Parquet, Format::Arrow] {
        let (bytes, summary) =
            render_bytes(format, none.schema(), std::slice::from_ref(&none), RenderOptions::default());
        assert_eq!(summary.rows, 3);
        assert_eq!(read(format, bytes).num_columns(), 0, "{format:?}");
    }
}
