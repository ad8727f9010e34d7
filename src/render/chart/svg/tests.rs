//! Pictures as texts: well formed, escaped, with everything that is to be seen.

use std::sync::Arc;

use arrow::array::{Float64Array, RecordBatch, StringArray, TimestampSecondArray};

use super::super::{Chart, ChartError, Hint, Shape, Stacking};
use super::*;

const DAY: i64 = 1_773_100_800;

fn rows() -> RecordBatch {
    let times = TimestampSecondArray::from_iter_values((0..6).map(|n| DAY + (n / 2) * 3600)).with_timezone("UTC");
    let names = StringArray::from(vec!["a<b>", "c", "a<b>", "c", "a<b>", "c"]);
    let numbers = Float64Array::from(vec![Some(1.0), Some(-2.0), Some(3.5), None, Some(2.0), Some(4.0)]);
    RecordBatch::try_from_iter([
        ("time", Arc::new(times) as _),
        ("name", Arc::new(names) as _),
        ("n & m", Arc::new(numbers) as _),
    ])
    .unwrap()
}

fn chart(hint: &Hint) -> Chart {
    let batch = rows();
    Chart::of(&batch.schema(), &[batch], hint, &TimeZone::utc()).unwrap()
}

/// Every tag closed in its order, every attribute in quotes.
fn assert_well_formed(text: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').map(|e| at + e).expect("a tag ends");
        let tag = &rest[at + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "{text}"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap().to_owned()),
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_shape_is_drawn_with_its_words() {
    let shapes = [
        Shape::Lines,
        Shape::Areas,
        Shape::Columns,
        Shape::Bars,
        Shape::Shares,
        Shape::Points,
        Shape::Occurrences,
        Shape::Card,
    ];
    for shape in shapes {
        for stacking in [Stacking::None, Stacking::Stacked, Stacking::Hundred] {
            let hint = Hint { title: Some("T <&>".to_owned()), stacking, ..Hint::new(shape) };
            let text = svg(&chart(&hint), &SvgOptions::default());
            assert_well_formed(&text);
            assert!(
                text.starts_with("<svg ") && text.contains("<title id=\"chart-title\">T &lt;&amp;&gt;</title>"),
                "{text}"
            );
            assert!(!text.contains("a<b>") && !text.contains("NaN") && !text.contains("inf"), "{shape:?}: {text}");
        }
    }
}

#[test]
fn series_are_told_apart_and_gaps_stay_gaps() {
    let chart = chart(&Hint { legend: false, ..Hint::new(Shape::Lines) });
    assert_eq!(chart.lines.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(), ["a<b>", "c"]);
    let text = svg(&chart, &SvgOptions::default());
    // One line of three points, and two dots around the missing value, which the second series has square.
    let count = |tag: &str| text.matches(tag).count();
    assert_eq!((count("<path"), count("<circle"), count("<rect")), (1, 0, 2), "{text}");
    assert!(text.contains("2026-03-10 00:00:00 to 2026-03-10 02:00:00 UTC"), "{text}");
    assert!(text.contains("1 row has no value") && text.contains("a&lt;b&gt;"), "{text}");
    let tokyo = SvgOptions { tz: TimeZone::parse("+09:00").unwrap(), ..SvgOptions::default() };
    assert!(svg(&chart, &tokyo).contains("2026-03-10 09:00:00"));
}

#[test]
fn stacked_columns_stand_on_each_other() {
    let hint = Hint { stacking: Stacking::Hundred, legend: false, ..Hint::new(Shape::Columns) };
    let text = svg(&chart(&hint), &SvgOptions::default());
    let heights: Vec<f64> = text
        .split("<rect")
        .skip(1)
        .map(|r| r.split("height=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
        .collect();
    // Two series at two places, and one alone.
    assert_eq!(heights.len(), 5);
    let sums = [heights[0] + heights[3], heights[1], heights[2] + heights[4]];
    assert!(sums.iter().all(|s| (s - sums[0]).abs() < 0.1), "{heights:?}");
}

#[test]
fn arrays_of_a_series_are_points() {
    let dynamic = |name: &str| {
        let metadata = [("kql.kind".to_owned(), "dynamic".to_owned())].into();
        arrow::datatypes::Field::new(name, arrow::datatypes::DataType::Utf8, true).with_metadata(metadata)
    };
    let schema = Arc::new(arrow::datatypes::Schema::new(vec![dynamic("n"), dynamic("t")]));
    let columns: Vec<arrow::array::ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["[1,2.5,null]"])),
        Arc::new(StringArray::from(vec![r#"["2026-03-10T00:00:00Z","2026-03-10T01:00:00Z","2026-03-10T02:00:00Z"]"#])),
    ];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let chart = Chart::of(&schema, &[batch], &Hint::new(Shape::Lines), &TimeZone::utc()).unwrap();
    assert_eq!(chart.scale, Scale::Time);
    let values: Vec<_> = chart.lines[0].points.iter().map(|(_, v)| *v).collect();
    assert_eq!((chart.lines[0].name.as_str(), values), ("n", vec![Some(1.0), Some(2.5), None]));
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let batch = rows();
    let of = |hint: &Hint| Chart::of(&batch.schema(), std::slice::from_ref(&batch), hint, &TimeZone::utc());
    let missing = Hint { x: Some("nothing".to_owned()), ..Hint::new(Shape::Lines) };
    assert!(matches!(of(&missing), Err(ChartError::Columns(text)) if text.contains("'nothing'")));
    let text = Hint { ys: vec!["name".to_owned()], ..Hint::new(Shape::Lines) };
    assert!(matches!(of(&text), Err(ChartError::Columns(_))));
    let empty = batch.slice(0, 0);
    let none = Chart::of(&empty.schema(), std::slice::from_ref(&empty), &Hint::new(Shape::Lines), &TimeZone::utc());
    assert!(matches!(none, Err(ChartError::Empty)));
}

#[test]
fn extremes_stay_in_the_picture() {
    let odd = Float64Array::from(vec![f64::MAX, f64::MIN, f64::NAN, f64::INFINITY, 0.0, 5e-324]);
    let batch = RecordBatch::try_from_iter([("n", Arc::new(odd.clone()) as _), ("m", Arc::new(odd) as _)]).unwrap();
    for shape in [Shape::Lines, Shape::Areas, Shape::Columns, Shape::Bars, Shape::Shares, Shape::Points] {
        for stacking in [Stacking::None, Stacking::Stacked, Stacking::Hundred] {
            let hint = Hint { stacking, ..Hint::new(shape) };
            let chart = Chart::of(&batch.schema(), std::slice::from_ref(&batch), &hint, &TimeZone::utc()).unwrap();
            let text = svg(&chart, &SvgOptions::default());
            assert_well_formed(&text);
            assert!(
                !text.contains("\"NaN\"") && !text.contains("\"inf\"") && !text.contains("\"-inf\""),
                "{shape:?} {text}"
            );
        }
    }
}

#[test]
fn the_same_chart_is_drawn_with_characters() {
    use super::super::{ChartOptions, draw_chart};
    for shape in [Shape::Lines, Shape::Areas, Shape::Columns, Shape::Bars, Shape::Shares, Shape::Points, Shape::Card] {
        let chart = chart(&Hint { title: Some("The title".to_owned()), ..Hint::new(shape) });
        for (width, ascii) in [(80, false), (30, true)] {
            let text = draw_chart(&chart, &ChartOptions { width, ascii, ..ChartOptions::default() });
            assert!(text.starts_with("The title\n") && text.lines().count() > 2, "{shape:?}: {text}");
            assert!(text.lines().all(|l| l.chars().count() <= width), "{shape:?}: {text}");
            assert!(!ascii || text.is_ascii(), "{shape:?}: {text}");
        }
        if matches!(shape, Shape::Lines | Shape::Areas | Shape::Columns | Shape::Points) {
            let text = draw_chart(&chart, &ChartOptions::default());
            assert!(
                text.contains("\nc\n") && text.contains("2026-03-10 00:00:00 to 2026-03-10 02:00:00 UTC"),
                "{text}"
            );
        }
    }
    let text = draw_chart(&chart(&Hint::new(Shape::Shares)), &ChartOptions::default());
    assert!(text.contains('%'), "{text}");
}
