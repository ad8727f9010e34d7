//! What adapts to the reader: records where no table fits, both ends of long results, explicit widths, time zones.

use super::*;
use crate::render::TimeZone;

fn terminal(width: usize) -> RenderOptions {
    RenderOptions { width: Some(width), auto_vertical: true, max_rows: Some(40), ..Default::default() }
}

#[test]
fn what_loses_columns_as_a_table_becomes_records() {
    let records = render(Format::Table, &mixed(), terminal(80));
    assert_eq!(records, render(Format::Vertical, &mixed(), RenderOptions { width: Some(80), ..Default::default() }));
    assert!(records.starts_with("─[ RECORD 1 ]─"));
    let wide = render(Format::Table, &mixed(), terminal(200));
    assert_eq!(wide, render(Format::Table, &mixed(), RenderOptions { width: Some(200), ..Default::default() }));
    // Asked for, a table stays one.
    let asked = RenderOptions { auto_vertical: false, ..terminal(80) };
    assert!(render(Format::Table, &mixed(), asked).starts_with('┌'));
}

#[test]
fn a_table_that_is_only_cut_stays_a_table() {
    let long = "x".repeat(5_000);
    let rows = batch(vec![
        ("n", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        ("text", Arc::new(StringArray::from(vec![long.as_str()]))),
    ]);
    let text = render(Format::Table, &rows, terminal(60));
    assert!(text.starts_with('┌') && text.contains('…') && text.len() < 2_000, "{text}");
    // One column alone has nothing to gain.
    let one = batch(vec![("text", Arc::new(StringArray::from(vec![long.as_str()])) as ArrayRef)]);
    assert!(render(Format::Table, &one, terminal(8)).starts_with('┌'));
}

#[test]
fn every_shape_depends_on_rows_not_on_batches() {
    for width in [10, 30, 80, 200] {
        for max_rows in [None, Some(2), Some(3)] {
            let options = RenderOptions { max_rows, ..terminal(width) };
            let whole = render_bytes(Format::Table, mixed().schema(), &[mixed()], options.clone());
            let rows: Vec<_> = (0..3).map(|i| mixed().slice(i, 1)).collect();
            assert!(whole == render_bytes(Format::Table, mixed().schema(), &rows, options), "{width} {max_rows:?}");
        }
    }
}

#[test]
fn records_show_both_ends_with_their_numbers() {
    let options = RenderOptions { max_rows: Some(3), ..Default::default() };
    let text = render(Format::Vertical, &numbers(120), options);
    let lines: Vec<&str> = text.lines().map(|l| l.trim_end_matches('─')).collect();
    assert_eq!(
        lines,
        [
            "─[ RECORD 1 ]",
            "n │ 0",
            "─[ RECORD 2 ]",
            "n │ 1",
            "… 117 rows left out …",
            "─[ RECORD 120 ]",
            "n │ 119",
            "120 rows (3 shown)"
        ]
    );
}

#[test]
fn a_wide_table_says_how_many_rows_it_leaves_out() {
    let rows = batch(vec![
        ("time", mixed().column(0).clone()),
        ("text", Arc::new(StringArray::from(vec!["first", "second", "third"])) as ArrayRef),
    ]);
    let text = render(Format::Table, &rows, RenderOptions { max_rows: Some(2), ..Default::default() });
    assert!(text.contains("\n│ … 1 row left out …                    │\n"), "{text}");
}

#[test]
fn explicit_widths_hold() {
    let rows = batch(vec![
        ("a", Arc::new(StringArray::from(vec!["abcdefghij", "東京リージョン"])) as ArrayRef),
        ("b", Arc::new(StringArray::from(vec!["abcdefghij", "x"]))),
        ("c", Arc::new(StringArray::from(vec!["abcdefghij", "y"]))),
    ]);
    let want = "\
┌───────┬────────────┬──────────────┐
│ a     │ b          │ c            │
│ varc… │ varchar    │ varchar      │
├───────┼────────────┼──────────────┤
│ abcd… │ abcdefghij │ abcdefghij   │
│ 東京… │ x          │ y            │
└───────┴────────────┴──────────────┘
2 rows
";
    // Also without a terminal, and with more widths than columns.
    for width in [None, Some(80)] {
        let options = RenderOptions { width, column_widths: vec![5, 0, 12, 9], ..Default::default() };
        assert_eq!(render(Format::Table, &rows, options), want);
    }
}

#[test]
fn people_see_their_zone_and_machines_utc() {
    let winter = 1_772_348_401_000_000_000;
    let summer = winter + 120 * 86_400_000_000_000;
    let time = TimestampNanosecondArray::from(vec![Some(winter), Some(summer), None]).with_timezone("UTC");
    let naive = TimestampSecondArray::from(vec![Some(0), None, None]);
    let rows = batch(vec![("time", Arc::new(time) as ArrayRef), ("naive", Arc::new(naive))]);
    let to = |format, tz: &str| {
        render(format, &rows, RenderOptions { tz: TimeZone::parse(tz).unwrap(), ..Default::default() })
    };
    for format in [Format::Table, Format::Vertical, Format::Markdown, Format::Html] {
        let text = to(format, "Europe/Berlin");
        for part in ["2026-03-01 08:00:01+01:00", "2026-06-29 09:00:01+02:00", "1970-01-01 00:00:00", "Europe/Berlin"] {
            assert!(text.contains(part), "{format:?}: {part} is not in {text}");
        }
        assert!(to(format, "+09:00").contains("2026-03-01 16:00:01+09:00"));
        assert_eq!(to(format, "UTC"), render(format, &rows, RenderOptions::default()));
    }
    assert!(to(Format::Table, "Asia/Tokyo").ends_with("\n3 rows (times in Asia/Tokyo)\n"));
    assert!(to(Format::Markdown, "Asia/Tokyo").starts_with("| time (Asia/Tokyo) | naive |\n"));
    for format in [Format::Csv, Format::Tsv, Format::Json, Format::Ndjson] {
        assert_eq!(to(format, "Asia/Tokyo"), render(format, &rows, RenderOptions::default()), "{format:?}");
    }
    // Where there are no times, no zone is named.
    let options = RenderOptions { tz: TimeZone::parse("Asia/Tokyo").unwrap(), ..Default::default() };
    assert!(render(Format::Table, &numbers(1), options).ends_with("\n1 row\n"));
}
