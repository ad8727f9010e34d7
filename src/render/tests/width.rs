//! A table fits its terminal and its columns stay straight.

use unicode_width::UnicodeWidthStr;

use super::*;

fn lines(rows: &RecordBatch, options: RenderOptions) -> Vec<String> {
    let text = render(Format::Table, rows, options);
    text.lines().take_while(|l| !l.ends_with('s') && !l.ends_with(')')).map(str::to_owned).collect()
}

/// Synthetic: characters of every width, marks without width, text that a cut falls into.
fn wide_and_narrow() -> RecordBatch {
    let texts = [
        "plain ascii text that is longer than most columns are",
        "東京リージョンのゲートウェイでトンネルが切断されました",
        "e\u{301}e\u{301}e\u{301} combining \u{301}\u{301}\u{301}\u{301}",
        "👩\u{200d}💻👨\u{200d}👩\u{200d}👧\u{200d}👦🇯🇵☂\u{fe0f}❤\u{fe0f} and more emoji to be cut somewhere",
        "한국어 العربية עברית \u{202e}reversed\u{202c}",
        "",
    ];
    let marks = format!("a{}", "\u{301}".repeat(100_000));
    let texts: Vec<&str> = texts.into_iter().chain([marks.as_str()]).collect();
    let numbers = Int64Array::from_iter_values((0..7).map(|i| 10_i64.pow(2 * i)));
    batch(vec![
        ("ゲートウェイ", Arc::new(StringArray::from(texts.clone())) as ArrayRef),
        ("n", Arc::new(numbers)),
        ("text", Arc::new(StringArray::from(texts))),
    ])
}

#[test]
fn every_line_has_the_same_width_and_fits() {
    for unicode in [true, false] {
        // The narrowest possible table: one column of one, the mark of the left-out ones, borders.
        let least = if unicode { 9 } else { 11 };
        for width in (least..=130).chain([200, 400]) {
            for rows in [wide_and_narrow(), mixed(), mixed().slice(0, 0), numbers(3)] {
                let lines = lines(&rows, RenderOptions { width: Some(width), unicode, ..Default::default() });
                let widths: Vec<usize> = lines.iter().map(|l| l.width()).collect();
                assert!(
                    widths.iter().all(|w| *w == widths[0] && *w <= width),
                    "{width}: {widths:?}\n{}",
                    lines.join("\n")
                );
            }
        }
    }
}

#[test]
fn without_a_width_nothing_is_cut() {
    let long = "x".repeat(5_000);
    let rows = batch(vec![("s", Arc::new(StringArray::from(vec![long.as_str(), "y"])))]);
    let text = render(Format::Table, &rows, RenderOptions::default());
    assert!(text.contains(&long) && !text.contains('…'));
}

#[test]
fn text_wider_than_the_sized_columns_overflows_or_is_cut() {
    let texts = (0..1_002).map(|i| if i == 1_001 { "long text" } else { "ab" });
    let rows = batch(vec![("s", Arc::new(StringArray::from_iter_values(texts)))]);
    let last = |width| {
        let text = render(Format::Table, &rows, RenderOptions { width, ..Default::default() });
        text.lines().rev().nth(2).map(str::to_owned).unwrap()
    };
    assert_eq!(last(None), "│ long text │");
    assert_eq!(last(Some(80)), "│ long t… │");
}

#[test]
fn marks_without_width_do_not_fill_a_cell_unseen() {
    let marks = format!("a{}", "\u{301}".repeat(100_000));
    let rows = batch(vec![("s", Arc::new(StringArray::from(vec![marks.as_str()])))]);
    let text = render(Format::Table, &rows, RenderOptions { width: Some(40), ..Default::default() });
    assert!(text.len() < 2_000 && text.contains('…'), "{}", text.len());
}

#[test]
fn a_table_at_three_widths() {
    for (width, want) in [(40, AT_40), (80, AT_80), (200, AT_200)] {
        assert_eq!(render(Format::Table, &mixed(), RenderOptions { width: Some(width), ..Default::default() }), want);
    }
}

const AT_40: &str = r#"┌─────────────────┬───┬────────────────┐
│ time            │ … │ place          │
│ timestamp       │ … │ struct         │
├─────────────────┼───┼────────────────┤
│ 2026-03-01 07:… │ … │ {ip: 10.0.0.1… │
│ NULL            │ … │ {ip: |, up: N… │
│ 1970-01-01 00:… │ … │ {ip: \x1b, up… │
└─────────────────┴───┴────────────────┘
3 rows (2 of 6 columns shown)
"#;

const AT_80: &str = r#"┌─────────────────────────────┬────────────────┬───┬───────────┬───────────────┐
│ time                        │ 名前           │ … │ list      │ place         │
│ timestamp                   │ varchar        │ … │ list      │ struct        │
├─────────────────────────────┼────────────────┼───┼───────────┼───────────────┤
│ 2026-03-01 07:00:01.1234567 │ 東京<b>        │ … │ [1, NULL] │ {ip: 10.0.0.… │
│ NULL                        │ NULL           │ … │ NULL      │ {ip: |, up: … │
│ 1970-01-01 00:00:00         │ =1+"x",\x1b[2… │ … │ []        │ {ip: \x1b, u… │
└─────────────────────────────┴────────────────┴───┴───────────┴───────────────┘
3 rows (4 of 6 columns shown)
"#;

/// Wide enough for everything.
const AT_200: &str = r#"┌─────────────────────────────┬──────────────────────────────┬─────────────────────┬────────┬───────────┬──────────────────────────┐
│ time                        │ 名前                         │                   n │  ratio │ list      │ place                    │
│ timestamp                   │ varchar                      │              bigint │ double │ list      │ struct                   │
├─────────────────────────────┼──────────────────────────────┼─────────────────────┼────────┼───────────┼──────────────────────────┤
│ 2026-03-01 07:00:01.1234567 │ 東京<b>                      │                  -5 │    1.0 │ [1, NULL] │ {ip: 10.0.0.1, up: true} │
│ NULL                        │ NULL                         │ 9223372036854775807 │    NaN │ NULL      │ {ip: |, up: NULL}        │
│ 1970-01-01 00:00:00         │ =1+"x",\x1b[2J\n|\t\u{202e}\ │                NULL │   0.25 │ []        │ {ip: \x1b, up: false}    │
└─────────────────────────────┴──────────────────────────────┴─────────────────────┴────────┴───────────┴──────────────────────────┘
3 rows
"#;
