//! Charts over synthetic rows, looked at and kept.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{Field, Schema};
use unicode_width::UnicodeWidthStr;

use super::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns.iter().map(|(name, a)| Field::new(*name, a.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, a)| a).collect()).unwrap()
}

fn drawn(rows: &RecordBatch, options: ChartOptions) -> String {
    draw(&rows.schema(), std::slice::from_ref(rows), &options).unwrap()
}

/// 2026-03-10 00:00 UTC.
const DAY: i64 = 1_773_100_800;

fn times(seconds: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    let nanos: Vec<Option<i64>> = seconds.into_iter().map(|s| s.map(|s| (DAY + s) * 1_000_000_000)).collect();
    Arc::new(TimestampNanosecondArray::from(nanos).with_timezone("UTC"))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn floats(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn over_a_day() -> RecordBatch {
    let hours = 0..24;
    let wave = |h: i64| ((h - 12) * (h - 12)) as f64;
    batch(vec![
        ("time", times(hours.clone().map(|h| Some(h * 3_600)))),
        ("failures", Arc::new(Float64Array::from_iter(hours.map(|h| (h != 5).then(|| wave(h)))))),
    ])
}

/// Two instances of two tunnels: a failover, an outage of both, a session that stands.
fn sessions() -> RecordBatch {
    batch(vec![
        ("connected_at", times([None, Some(3_610), Some(40_000), None, Some(50_000)])),
        ("disconnected_at", times([Some(3_600), Some(36_000), None, Some(43_200), None])),
        ("gateway", texts(&[Some("VPNGW"); 5])),
        (
            "remote_ip",
            texts(&[Some("203.0.113.1"), Some("203.0.113.1"), Some("203.0.113.1"), Some("東京"), Some("東京")]),
        ),
        ("instance", Arc::new(Int32Array::from(vec![0, 1, 0, 0, 0]))),
    ])
}

fn bars() -> RecordBatch {
    batch(vec![
        (
            "原因",
            texts(&[
                Some("dpd_timeout"),
                Some("東京リージョンの障害がとても長い名前を持つ"),
                None,
                Some("a\u{1b}[2Jb\n"),
                Some("none"),
            ]),
        ),
        ("drops", floats(&[Some(12.0), Some(7.5), Some(-3.0), None, Some(0.0)])),
    ])
}

/// Every line fits, and nothing acts on a terminal.
#[track_caller]
fn check(text: &str, width: usize) {
    for line in text.lines() {
        assert!(line.width() <= width, "{} columns of {width}: {line}\n{text}", line.width());
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        assert_eq!(line, line.trim_end(), "{text}");
    }
    assert!(text.ends_with('\n') && !text.contains("\n\n"));
}

#[test]
fn every_chart_fits_every_size() {
    let all = [over_a_day(), sessions(), bars(), batch(vec![("n", floats(&[Some(1.0), Some(2.0), Some(9.0)]))])];
    for rows in &all {
        for width in [1, 24, 30, 41, 80, 200] {
            for height in [1, 5, 20, 60] {
                for ascii in [false, true] {
                    for kind in ChartKind::ALL {
                        let options =
                            ChartOptions { width, height, ascii, kind: Some(*kind), ..ChartOptions::default() };
                        match draw(&rows.schema(), std::slice::from_ref(rows), &options) {
                            Ok(text) => {
                                check(&text, width.max(LEAST.0));
                                assert!(!ascii || text.chars().all(|c| c.is_ascii() || !is_drawing(c)), "{text}");
                            }
                            Err(e) => assert!(matches!(e, ChartError::Columns(_)), "{e}"),
                        }
                    }
                }
            }
        }
    }
}

fn is_drawing(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{259f}' | '\u{25c6}' | '\u{2800}'..='\u{28ff}' | '·' | '…')
}

#[test]
fn the_kind_follows_from_the_columns() {
    let kind = |rows: &RecordBatch| {
        let columns = Columns::new(&rows.schema());
        ChartKind::ALL.iter().copied().find(|k| (k.spec().fits)(&columns))
    };
    assert_eq!(kind(&sessions()), Some(ChartKind::Timeline));
    assert_eq!(kind(&over_a_day()), Some(ChartKind::Series));
    assert_eq!(kind(&bars()), Some(ChartKind::Bars));
    assert_eq!(kind(&batch(vec![("time", times([None]))])), Some(ChartKind::Histogram));
    assert_eq!(kind(&batch(vec![("t", texts(&[None]))])), None);
    for kind in ChartKind::ALL {
        assert_eq!(ChartKind::from_name(&kind.name().to_uppercase()), Some(*kind));
    }
}

#[test]
fn errors_say_what_is_needed_and_what_was_found() {
    let rows = batch(vec![("remote_ip", texts(&[Some("x")])), ("n\u{1b}", Arc::new(Int64Array::from(vec![1])))]);
    let error = |kind| {
        let options = ChartOptions { kind, ..ChartOptions::default() };
        draw(&rows.schema(), std::slice::from_ref(&rows), &options).unwrap_err().to_string()
    };
    assert_eq!(
        error(Some(ChartKind::Series)),
        "a series chart needs a time column and a numeric column; texts, if any, split into series; found remote_ip \
         varchar, n\\x1b bigint"
    );
    let text = batch(vec![("t", texts(&[Some("x")]))]);
    let none = draw(&text.schema(), std::slice::from_ref(&text), &ChartOptions::default()).unwrap_err().to_string();
    assert!(
        none.starts_with("no chart fits these columns: t varchar; charts need\n  timeline: columns remote_ip"),
        "{none}"
    );
    let empty = bars().slice(0, 0);
    assert!(matches!(
        draw(&empty.schema(), std::slice::from_ref(&empty), &ChartOptions::default()),
        Err(ChartError::Empty)
    ));
    assert!(matches!(draw(&bars().schema(), &[], &ChartOptions::default()), Err(ChartError::Empty)));
    // A batch of other columns is refused, not misread.
    let other = draw(&over_a_day().schema(), &[text], &ChartOptions::default());
    assert!(matches!(other, Err(ChartError::Render(_))), "{other:?}");
}

#[test]
fn odd_values_are_drawn_or_counted() {
    let odd = [Some(f64::NAN), Some(f64::INFINITY), Some(f64::MAX), Some(f64::MIN), Some(5e-324), None, Some(-0.0)];
    let time = || times((0..7).map(|i| Some(i * 60)));
    let series = drawn(&batch(vec![("time", time()), ("v", floats(&odd))]), ChartOptions::default());
    check(&series, 80);
    assert!(series.contains("2 values not finite left out"), "{series}");
    let names: Vec<Option<&str>> = vec![Some("x"); 7];
    let bars = drawn(&batch(vec![("name", texts(&names)), ("v", floats(&odd))]), ChartOptions::default());
    check(&bars, 80);
    assert!(bars.contains("NaN") && bars.contains("NULL"), "{bars}");
    let histogram = drawn(&batch(vec![("v", floats(&odd))]), ChartOptions::default());
    check(&histogram, 80);
    assert!(histogram.contains("2 values not finite, left out") && histogram.contains("1 value null, left out"));

    for nulls in [1, 3] {
        let none = vec![None; nulls];
        let text = drawn(&batch(vec![("v", floats(&none))]), ChartOptions::default());
        assert!(text.contains("no values"), "{text}");
        let rows = batch(vec![("time", times(vec![Some(0); nulls])), ("v", floats(&none))]);
        assert!(drawn(&rows, ChartOptions::default()).contains("no values"));
        let rows = batch(vec![("time", times(vec![None; nulls])), ("v", floats(&none))]);
        assert_eq!(drawn(&rows, ChartOptions::default()), "no row has a time\n");
        let rows = batch(vec![("time", times(vec![None; nulls]))]);
        assert!(drawn(&rows, ChartOptions::default()).contains("no values"));
    }
    let one = batch(vec![("time", times([Some(0)])), ("v", floats(&[Some(-1e300)]))]);
    check(&drawn(&one, ChartOptions::default()), 80);
}

#[test]
fn a_short_outage_is_seen_and_a_failover_told_from_it() {
    let rows = batch(vec![
        ("time", times([Some(0), Some(500_000), Some(500_001), Some(700_000), Some(700_030), Some(1_000_000)])),
        ("remote_ip", texts(&[Some("a"); 6])),
        ("instance", Arc::new(Int64Array::from(vec![0, 0, 0, 0, 1, 1]))),
        (
            "status",
            texts(&[
                Some("Connected"),
                Some("Disconnected"),
                Some("Connected"),
                Some("Disconnected"),
                Some("Connected"),
                Some("Disconnected"),
            ]),
        ),
    ]);
    let text = drawn(&rows, ChartOptions { ascii: true, width: 60, ..ChartOptions::default() });
    let lanes: Vec<&str> = text.lines().take(2).collect();
    assert_eq!(lanes[0].matches('x').count(), 1, "{text}");
    assert_eq!(lanes[0].matches('F').count(), 1, "{text}");
    assert!(lanes[1].starts_with("a #1 |....") && lanes[1].ends_with("==x"), "{text}");
}

/// Lanes as the tunnel log would tell: `-0@100` is instance 0 going down at second 100.
fn lanes(script: &str) -> String {
    let (mut at, mut instances, mut states) = (Vec::new(), Vec::new(), Vec::new());
    for event in script.split(' ') {
        let (what, second) = event.split_once('@').unwrap();
        let (state, instance) = what.split_at(1);
        at.push(Some(second.parse::<i64>().unwrap()));
        instances.push(instance.parse::<i64>().unwrap());
        states.push(Some(if state == "+" { "Connected" } else { "Disconnected" }));
    }
    let rows = batch(vec![
        ("time", times(at)),
        ("remote_ip", texts(&vec![Some("a"); states.len()])),
        ("instance", Arc::new(Int64Array::from(instances))),
        ("status", texts(&states)),
    ]);
    drawn(&rows, ChartOptions { ascii: true, width: 60, ..ChartOptions::default() })
}

#[test]
fn only_who_gives_way_to_the_other_instance_fails_over() {
    for (script, failovers, drops) in [
        ("-0@100 +1@112", 1, 0),
        ("-0@100 +0@120", 0, 1),
        ("-0@100 +1@500", 0, 1),
        ("+0@1 +1@99 -0@100", 1, 0),
        ("+0@1 +1@80 -0@100", 0, 1),
        ("+0@1 +1@7 -0@8 +0@9", 0, 1),
        ("-0@100 -1@101 +0@200 +1@211", 0, 2),
        ("-0@100 -1@101 +0@110 +1@111", 0, 2),
        ("-1@100 +0@110 -0@1500 +1@1512", 2, 0),
    ] {
        let text = lanes(script);
        let signs: String = text.lines().take(2).collect();
        assert_eq!((signs.matches('F').count(), signs.matches('x').count()), (failovers, drops), "{script}\n{text}");
    }
}

#[test]
fn many_series_and_lanes_say_what_they_leave_out() {
    let names: Vec<String> = (0..80).map(|i| format!("peer {i:02}")).collect();
    let labels: Vec<Option<&str>> = names.iter().map(|n| Some(n.as_str())).collect();
    let rows = batch(vec![
        ("time", times((0..80).map(|i| Some(i * 60)))),
        ("remote_ip", texts(&labels)),
        ("n", Arc::new(Int64Array::from_iter_values(0..80))),
    ]);
    assert!(drawn(&rows, ChartOptions::default()).contains("68 more series left out"));
    let options = ChartOptions { kind: Some(ChartKind::Bars), ..ChartOptions::default() };
    assert!(drawn(&rows, options).contains("62 more rows left out"));
}

#[test]
fn colour_only_repeats_what_signs_say() {
    for rows in [over_a_day(), sessions(), bars()] {
        let plain = drawn(&rows, ChartOptions::default());
        let mut colored = drawn(&rows, ChartOptions { color: true, ..ChartOptions::default() });
        assert_ne!(plain, colored);
        for code in ["\x1b[34m", "\x1b[2m", "\x1b[38;5;208m", "\x1b[38;5;214m", "\x1b[0m"] {
            colored = colored.replace(code, "");
        }
        assert_eq!(plain, colored);
    }
}

#[test]
fn charts_as_they_look() {
    let mut all = String::new();
    let histogram = batch(vec![("ms", floats(&[Some(3.0), Some(4.0), Some(4.5), Some(18.0), Some(19.0), None]))]);
    let hours = batch(vec![("time", times([Some(60), Some(4_000), Some(4_100), Some(30_000)]))]);
    for (name, rows) in [
        ("series", over_a_day()),
        ("timeline", sessions()),
        ("bars", bars()),
        ("histogram", histogram),
        ("times", hours),
    ] {
        for (width, ascii) in [(80, false), (80, true), (200, false)] {
            all.push_str(&format!("== {name} at {width}{}\n", if ascii { ", ASCII" } else { "" }));
            all.push_str(&drawn(&rows, ChartOptions { width, ascii, height: 12, ..ChartOptions::default() }));
        }
    }
    let tokyo = TimeZone::parse("Asia/Tokyo").unwrap();
    all.push_str("== timeline in Tokyo\n");
    all.push_str(&drawn(&sessions(), ChartOptions { tz: tokyo, ..ChartOptions::default() }));
    let golden = include_str!("golden.txt");
    if all != golden {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/target/charts.txt");
        std::fs::write(path, &all).unwrap();
        panic!("charts look different; compare src/render/chart/golden.txt with {path}");
    }
}
