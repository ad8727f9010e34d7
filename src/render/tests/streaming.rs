//! Batches, limits and closed pipes: what is written does not depend on how the rows arrive.

use super::*;

const TEXTS: [Format; 8] = [
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
fn many_small_batches_give_the_same_text_as_one() {
    // More rows than the table sizes its columns by, with wider values only after those.
    let texts = (0..2_500).map(|i| if i == 2_000 { "wide".repeat(9) } else { format!("v{}", i % 10) });
    let whole = batch(vec![
        ("n", Arc::new(Int64Array::from_iter_values(0..2_500))),
        ("text", Arc::new(StringArray::from_iter_values(texts))),
    ]);
    for format in TEXTS {
        for max_rows in [None, Some(0), Some(1), Some(7), Some(2_499), Some(2_500), Some(9_999)] {
            for width in [None, Some(20)] {
                let options = RenderOptions { max_rows, width, ..Default::default() };
                let one = render_bytes(format, whole.schema(), std::slice::from_ref(&whole), options.clone());
                for size in [1, 3, 999, 1_000] {
                    let pieces: Vec<_> =
                        (0..2_500).step_by(size).map(|at| whole.slice(at, size.min(2_500 - at))).collect();
                    let many = render_bytes(format, whole.schema(), &pieces, options.clone());
                    assert!(one == many, "{format:?} {max_rows:?} {width:?} in batches of {size}");
                }
                let shown = max_rows.map_or(2_500, |n| n.min(2_500) as u64);
                assert_eq!(one.1, Summary { rows: 2_500, shown }, "{format:?} {max_rows:?}");
            }
        }
    }
}

#[test]
fn no_batch_is_the_same_as_an_empty_one() {
    for format in TEXTS {
        let empty = mixed().slice(0, 0);
        let none = render_bytes(format, empty.schema(), &[], RenderOptions::default());
        assert_eq!(none, render_bytes(format, empty.schema(), &[empty.clone(), empty], RenderOptions::default()));
    }
}

#[test]
fn nothing_that_acts_on_a_terminal_reaches_one() {
    let hostile = batch(vec![("t\u{1b}]0;x", Arc::new(StringArray::from(vec!["a\u{1b}[2J\u{9b}31m\u{202e}東京\r"])))]);
    for format in TEXTS {
        let to = |terminal| render(format, &hostile, RenderOptions { terminal, ..Default::default() });
        let shown = to(true);
        let acts = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202e}';
        assert!(!shown.contains(acts), "{format:?}: {shown:?}");
        assert!(shown.contains("東京"), "{format:?}: {shown:?}");
    }
    let csv = render(Format::Csv, &hostile, RenderOptions::default());
    assert!(csv.contains("\u{1b}[2J"), "a file and a pipe get exact data: {csv:?}");
}

#[test]
fn a_cut_table_shows_both_ends() {
    let options = |n| RenderOptions { max_rows: Some(n), ..Default::default() };
    let cells = |n| -> Vec<String> {
        let text = render(Format::Table, &numbers(120), options(n));
        let rows = text.lines().filter(|l| l.starts_with('│')).skip(2);
        rows.map(|l| l.trim_matches(['│', ' ']).to_owned()).collect()
    };
    assert_eq!(cells(5), ["0", "1", "2", "… 115…", "118", "119"]);
    assert_eq!(cells(1), ["0", "… 119…"]);
    assert_eq!(cells(0), ["… 120…"]);
    assert_eq!(cells(120).len(), 120);
    assert!(render(Format::Table, &numbers(120), options(40)).ends_with("\n120 rows (40 shown)\n"));
    assert!(render(Format::Table, &numbers(120), options(120)).ends_with("\n120 rows\n"));
    assert!(render(Format::Table, &numbers(1), options(40)).ends_with("\n1 row\n"));
}

#[test]
fn piping_formats_end_after_the_limit_without_a_footer() {
    for (format, want) in [
        (Format::Csv, "n\n0\n1\n"),
        (Format::Tsv, "n\n0\n1\n"),
        (Format::Json, "[\n{\"n\":0},\n{\"n\":1}\n]\n"),
        (Format::Ndjson, "{\"n\":0}\n{\"n\":1}\n"),
        (Format::Markdown, "| n |\n| ---: |\n| 0 |\n| 1 |\n"),
    ] {
        assert_eq!(render(format, &numbers(9), RenderOptions { max_rows: Some(2), ..Default::default() }), want);
    }
}

/// An output whose reader is gone after some bytes.
struct Pipe(usize);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_told_from_other_failures() {
    let rows = numbers(5_000);
    for format in Format::ALL {
        for room in [0, 200] {
            let result = renderer(*format, rows.schema(), Box::new(Pipe(room)), RenderOptions::default())
                .and_then(|mut r| r.write(&rows).and_then(|()| r.finish()));
            assert!(result.is_err_and(|e| e.is_broken_pipe()), "{format:?} with room for {room}");
        }
    }
}

#[test]
fn a_batch_of_other_columns_is_refused() {
    for format in Format::ALL {
        let mut r =
            renderer(*format, numbers(1).schema(), Box::new(Sink::default()), RenderOptions::default()).unwrap();
        assert!(r.write(&mixed()).is_err(), "{format:?}");
    }
}

#[test]
fn rows_without_columns_are_counted() {
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let none = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    for (format, want) in [(Format::Table, "3 rows\n"), (Format::Markdown, ""), (Format::Ndjson, "{}\n{}\n{}\n")] {
        assert_eq!(render(format, &none, RenderOptions::default()), want);
    }
}
