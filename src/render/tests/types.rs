//! Every type has a text, and an encoding of the same values gives the same one.

use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::cast;

use super::*;

const ALL_TEXTS: [Format; 8] = [
    Format::Table,
    Format::Vertical,
    Format::Markdown,
    Format::Html,
    Format::Csv,
    Format::Tsv,
    Format::Json,
    Format::Ndjson,
];

#[test]
fn string_encodings_give_the_same_text() {
    let plain: ArrayRef = Arc::new(StringArray::from(vec![
        Some("a,b"),
        None,
        Some(""),
        Some("東京, longer than a view holds"),
        Some("a,b"),
    ]));
    let dictionary = |key| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
    for format in ALL_TEXTS {
        let want = render(format, &batch(vec![("s", plain.clone())]), RenderOptions::default());
        for encoding in
            [DataType::LargeUtf8, DataType::Utf8View, dictionary(DataType::Int8), dictionary(DataType::UInt64)]
        {
            let array = cast(&plain, &encoding).unwrap();
            assert_eq!(render(format, &batch(vec![("s", array)]), RenderOptions::default()), want, "{encoding}");
        }
        // Runs: one text a run.
        let ends = Int32Array::from(vec![1, 2, 3, 4, 5]);
        let runs = RunArray::<Int32Type>::try_new(&ends, plain.as_ref()).unwrap();
        assert_eq!(render(format, &batch(vec![("s", Arc::new(runs))]), RenderOptions::default()), want, "runs");
    }
}

#[test]
fn list_encodings_give_the_same_text_also_when_sliced() {
    let values = vec![Some(vec![Some(7), Some(7)]), Some(vec![Some(1), None]), None, Some(vec![Some(2), Some(3)])];
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(values.clone()));
    let item = Arc::new(Field::new_list_field(DataType::Int32, true));
    let fixed: ArrayRef = Arc::new(FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(values, 2));
    let arrays = [
        cast(&list, &DataType::LargeList(item.clone())).unwrap(),
        cast(&list, &DataType::ListView(item.clone())).unwrap(),
        cast(&list, &DataType::LargeListView(item)).unwrap(),
        fixed,
    ];
    let csv = |array: &ArrayRef| render(Format::Csv, &batch(vec![("l", array.slice(1, 3))]), RenderOptions::default());
    assert_eq!(csv(&list), "l\n\"[1,null]\"\n\"\"\n\"[2,3]\"\n");
    for array in arrays {
        assert_eq!(csv(&array), csv(&list), "{}", array.data_type());
    }
}

/// (array of two rows, null second; its text for people; its JSON)
pub(super) fn every_type() -> Vec<(ArrayRef, &'static str, &'static str)> {
    fn a(array: impl Array + 'static) -> ArrayRef {
        Arc::new(array)
    }
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    map.keys().append_value("k\"");
    map.values().append_value(1);
    map.keys().append_value("l");
    map.values().append_null();
    map.append(true).unwrap();
    map.append(false).unwrap();
    let mut dense = UnionBuilder::new_dense();
    dense.append::<Int32Type>("i", 5).unwrap();
    dense.append_null::<Float64Type>("f").unwrap();
    let mut sparse = UnionBuilder::new_sparse();
    sparse.append::<Int32Type>("i", 5).unwrap();
    sparse.append_null::<Float64Type>("f").unwrap();
    let names = Fields::from(vec![Field::new("a", DataType::Utf8, true), Field::new("a", DataType::Int8, true)]);
    let columns: Vec<ArrayRef> = vec![a(StringArray::from(vec![None, Some("x")])), a(Int8Array::from(vec![1, 2]))];
    let twice = StructArray::new(names, columns, Some(vec![true, false].into()));
    let empty =
        DictionaryArray::<Int8Type>::new(Int8Array::from(vec![None, None]), a(StringArray::from(Vec::<&str>::new())));
    let inner = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)]), None]);
    let field = Arc::new(Field::new_list_field(inner.data_type().clone(), true));
    let nested = ListArray::new(
        field,
        OffsetBuffer::new(ScalarBuffer::from(vec![0, 2, 2])),
        a(inner),
        Some(vec![true, false].into()),
    );
    vec![
        (a(NullArray::new(2)), "NULL", "null"),
        (a(BooleanArray::from(vec![Some(true), None])), "true", "true"),
        (a(Int8Array::from(vec![Some(i8::MIN), None])), "-128", "-128"),
        (a(UInt64Array::from(vec![Some(u64::MAX), None])), "18446744073709551615", "18446744073709551615"),
        (a(Int64Array::from(vec![Some(i64::MIN), None])), "-9223372036854775808", "-9223372036854775808"),
        (a(Float32Array::from(vec![Some(0.1), None])), "0.1", "0.1"),
        (a(Float64Array::from(vec![Some(f64::NEG_INFINITY), None])), "-Infinity", "\"-Infinity\""),
        (cast(&Float32Array::from(vec![Some(1.5), None]), &DataType::Float16).unwrap(), "1.5", "1.5"),
        (a(Decimal128Array::from(vec![Some(-5), None]).with_precision_and_scale(10, 2).unwrap()), "-0.05", "-0.05"),
        (
            a(Decimal256Array::from(vec![Some(i256::from(123)), None]).with_precision_and_scale(9, 1).unwrap()),
            "12.3",
            "12.3",
        ),
        (a(Date32Array::from(vec![Some(20_513), None])), "2026-03-01", "\"2026-03-01\""),
        (a(Date64Array::from(vec![Some(-86_400_000), None])), "1969-12-31", "\"1969-12-31\""),
        (a(Time32MillisecondArray::from(vec![Some(25_201_500), None])), "07:00:01.500", "\"07:00:01.500\""),
        (a(Time64NanosecondArray::from(vec![Some(100), None])), "00:00:00.0000001", "\"00:00:00.0000001\""),
        (a(DurationMillisecondArray::from(vec![Some(93_784_500), None])), "1d 02:03:04.5", "\"1d 02:03:04.5\""),
        (a(IntervalYearMonthArray::from(vec![Some(14), None])), "1y 2mon", "\"1y 2mon\""),
        (
            a(IntervalDayTimeArray::from(vec![Some(IntervalDayTime::new(1, 1_500)), None])),
            "1d 00:00:01.5",
            "\"1d 00:00:01.5\"",
        ),
        (
            a(IntervalMonthDayNanoArray::from(vec![Some(IntervalMonthDayNano::new(1, -2, 0)), None])),
            "1mon -2d",
            "\"1mon -2d\"",
        ),
        (
            a(TimestampSecondArray::from(vec![Some(1_772_348_401), None]).with_timezone("+09:00")),
            "2026-03-01 16:00:01+09:00",
            "\"2026-03-01T16:00:01+09:00\"",
        ),
        (
            a(TimestampMillisecondArray::from(vec![Some(1), None])),
            "1970-01-01 00:00:00.001",
            "\"1970-01-01T00:00:00.001\"",
        ),
        (a(BinaryArray::from(vec![Some(b"\x00\xff".as_slice()), None])), "00ff", "\"00ff\""),
        (a(LargeBinaryArray::from(vec![Some(b"\x01".as_slice()), None])), "01", "\"01\""),
        (a(BinaryViewArray::from(vec![Some(b"\x01".as_slice()), None])), "01", "\"01\""),
        (
            cast(&BinaryArray::from(vec![Some(b"ab".as_slice()), None]), &DataType::FixedSizeBinary(2)).unwrap(),
            "6162",
            "\"6162\"",
        ),
        (a(empty), "NULL", "null"),
        (a(nested), "[[1], NULL]", "[[1],null]"),
        (a(twice), "{a: NULL, a_1: 1}", "{\"a\":null,\"a_1\":1}"),
        (a(map.finish()), "{k\": 1, l: NULL}", "{\"k\\\"\":1,\"l\":null}"),
        (a(dense.build().unwrap()), "5", "5"),
        (a(sparse.build().unwrap()), "5", "5"),
    ]
}

#[test]
fn every_type_has_its_text_and_its_null() {
    for (array, text, json) in every_type() {
        let one = batch(vec![("v", array.clone())]);
        let vertical = render(Format::Vertical, &one, RenderOptions { unicode: false, ..Default::default() });
        let values: Vec<_> = vertical.lines().filter_map(|l| l.strip_prefix("v | ")).collect();
        assert_eq!(values, [text, "NULL"], "{}", array.data_type());
        let ndjson = render(Format::Ndjson, &one, RenderOptions::default());
        assert_eq!(ndjson, format!("{{\"v\":{json}}}\n{{\"v\":null}}\n"), "{}", array.data_type());
        // The second row alone: offsets of slices.
        let sliced = render(Format::Ndjson, &one.slice(1, 1), RenderOptions::default());
        assert_eq!(sliced, "{\"v\":null}\n", "{}", array.data_type());
        for format in ALL_TEXTS {
            assert!(!render(format, &one, RenderOptions { width: Some(9), ..Default::default() }).is_empty());
        }
    }
}
