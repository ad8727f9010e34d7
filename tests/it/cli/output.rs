//! What comes out: formats, files, pipes, limits, statistics, hostile text.

use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
    sync::Arc,
};

use arrow::array::{AsArray, RecordBatch};
use insta::assert_snapshot;
use serde_json::Value;

use super::{blobs, query};
use crate::support::{Output, arg, command, finish, sample, temp};

const TWO: &str = "SELECT 1 AS n, 'x,y' AS t UNION ALL SELECT 2, NULL ORDER BY n";
const NONE: &str = "SELECT 1 AS n, 'x' AS t WHERE false";

#[test]
fn each_format_without_rows() {
    let empty = |format: &str| query(&["--format", format, "-c", NONE]).ok();
    assert_snapshot!(empty("table"), @r"
    ┌────────┬─────────┐
    │      n │ t       │
    │ bigint │ varchar │
    ├────────┼─────────┤
    └────────┴─────────┘
    0 rows
    ");
    assert_eq!(empty("vertical"), "0 rows\n");
    assert_eq!(empty("csv"), "n,t\n");
    assert_eq!(empty("tsv"), "n\tt\n");
    assert_eq!(empty("json"), "[]\n");
    assert_eq!(empty("ndjson"), "");
    assert_eq!(empty("markdown"), "| n | t |\n| ---: | --- |\n");
    let html = empty("html");
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("0 rows") && html.trim_end().ends_with("</html>"));
}

#[test]
fn each_format_with_rows() {
    let two = |format: &str| query(&["--format", format, "-c", TWO]).ok();
    assert_eq!(two("csv"), "n,t\n1,\"x,y\"\n2,\n");
    assert_eq!(two("tsv"), "n\tt\n1\tx,y\n2\t\\N\n");
    assert_eq!(two("json"), "[\n{\"n\":1,\"t\":\"x,y\"},\n{\"n\":2,\"t\":null}\n]\n");
    assert_eq!(two("ndjson"), "{\"n\":1,\"t\":\"x,y\"}\n{\"n\":2,\"t\":null}\n");
    assert_snapshot!(two("markdown"), @r"
    | n | t |
    | ---: | --- |
    | 1 | x,y |
    | 2 | NULL |
    ");
    assert!(two("html").contains("<td>x,y</td>"));
    assert!(two("vertical").contains("─[ RECORD 2 ]"));
}

fn check(batches: &[RecordBatch]) {
    let all = arrow::compute::concat_batches(&batches[0].schema(), batches).unwrap();
    assert_eq!(all.schema().fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(), ["n", "t"]);
    assert_eq!(all.num_rows(), 2);
    let numbers = all.column(0).as_primitive::<arrow::datatypes::Int64Type>();
    assert_eq!(numbers.values().to_vec(), [1, 2]);
    let texts = arrow::compute::cast(all.column(1), &arrow::datatypes::DataType::Utf8).unwrap();
    assert_eq!(texts.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("x,y"), None]);
}

#[test]
fn files_by_their_ending() {
    let folder = temp();
    let write = |name: &str, sql: &str| {
        let file = folder.path().join(name);
        let out = query(&["-o", &arg(&file), "-c", sql]);
        assert_eq!(out.stderr, "", "{name}");
        assert_eq!(out.ok(), "", "{name}");
        std::fs::read(file).unwrap()
    };
    for (name, format) in [
        ("a.csv", "csv"),
        ("a.TSV", "tsv"),
        ("a.json", "json"),
        ("a.ndjson", "ndjson"),
        ("a.jsonl", "ndjson"),
        ("a.md", "markdown"),
        ("a.html", "html"),
        ("a.htm", "html"),
        ("a.txt", "table"),
        ("without-ending", "table"),
    ] {
        let text = String::from_utf8(write(name, TWO)).unwrap();
        assert_eq!(text, query(&["--format", format, "-c", TWO]).ok(), "{name}");
    }
    let parquet = bytes::Bytes::from(write("a.parquet", TWO));
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(parquet, 100).unwrap();
    check(&reader.map(Result::unwrap).collect::<Vec<_>>());
    let ipc = write("a.arrow", TWO);
    let reader = arrow::ipc::reader::FileReader::try_new(std::io::Cursor::new(ipc), None).unwrap();
    check(&reader.map(Result::unwrap).collect::<Vec<_>>());

    // Without rows they are files of the right schema all the same.
    let parquet = bytes::Bytes::from(write("none.parquet", NONE));
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap();
    assert_eq!((reader.schema().fields().len(), reader.metadata().file_metadata().num_rows()), (2, 0));
    let ipc = write("none.arrow", NONE);
    let reader = arrow::ipc::reader::FileReader::try_new(std::io::Cursor::new(ipc), None).unwrap();
    assert_eq!((Arc::clone(&reader.schema()).fields().len(), reader.count()), (2, 0));

    // --format wins over the ending; a second result goes after the first; a longer old file does not shine through.
    let file = arg(folder.path().join("a.csv"));
    query(&["-o", &file, "--format", "json", "-c", NONE]).ok();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[]\n");
    query(&["-o", &file, "-c", "SELECT 1 AS n", "-c", "SELECT 2 AS n"]).ok();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "n\n1\nn\n2\n");
    let unknown = arg(folder.path().join("a.xlsx"));
    let message = query(&["-o", &unknown, "-c", TWO]).fails(2);
    assert!(message.contains("a.xlsx names no format") && message.contains("arrow, csv, html"), "{message}");
    assert!(!std::path::Path::new(&unknown).exists());
    assert_eq!(query(&["-o", &unknown, "--format", "csv", "-c", TWO]).ok(), "");
    query(&["-o", &arg(folder.path().join("two.parquet")), "-c", "SELECT 1 AS n; SELECT 2 AS n"]).fails(2);
}

#[test]
fn a_reader_that_goes_away_ends_the_query_quietly() {
    let sql = "SELECT a.value AS n, repeat('x', 100) AS t FROM generate_series(1, 100000000) a";
    for format in ["csv", "ndjson", "json", "tsv"] {
        let mut child = command()
            .args(["query", "--format", format, "-c", sql])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        drop(stdout);
        let status = child.wait().unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((status.code(), stderr.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn fewer_rows_than_there_are() {
    let five = "SELECT value AS n FROM generate_series(1, 5)";
    let cut = |format: &str, n: &str| query(&["--format", format, "--max-rows", n, "-c", five]);
    assert_snapshot!(cut("table", "2").ok(), @r"
    ┌────────┐
    │      n │
    │ bigint │
    ├────────┤
    │      1 │
    │ … 3 r… │
    │      5 │
    └────────┘
    5 rows (2 shown)
    ");
    for (format, want) in
        [("csv", "n\n1\n2\n"), ("ndjson", "{\"n\":1}\n{\"n\":2}\n"), ("json", "[\n{\"n\":1},\n{\"n\":2}\n]\n")]
    {
        let Output { stdout, stderr, code } = cut(format, "2");
        assert_eq!((stdout.as_str(), stderr.as_str(), code), (want, "5 rows, 2 shown\n", 0), "{format}");
    }
    assert_eq!(cut("csv", "0").ok(), "n\n1\n2\n3\n4\n5\n");
    assert_eq!(cut("csv", "5").stderr, "");
    // Nothing is left out where the output is no terminal.
    assert_eq!(query(&["-c", "SELECT value FROM generate_series(1, 100)"]).ok().lines().count(), 106);
}

fn stats(args: &[&str]) -> Vec<Value> {
    let out = blobs(&[&["--stats", "--format", "csv"], args].concat());
    assert_eq!(out.code, 0, "{}", out.stderr);
    out.stderr.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

#[test]
fn statistics_tell_what_was_read() {
    let all = "SELECT count(*) FROM ike_log";
    let hour = "SELECT count(*) FROM ike_log WHERE time >= '2026-03-11T09:00:00Z' AND time < '2026-03-11T10:00:00Z'";
    let gateway = "SELECT count(*) FROM ike_log WHERE gateway = 'VPNGW-TOKYO'";
    let found = stats(&["-c", all, "-c", hour, "-c", gateway, "-c", "SELECT * FROM tunnel_log", "-c", "SELECT 1"]);
    assert_eq!(found.len(), 5);
    let number = |i: usize, key: &str| found[i][key].as_u64().unwrap_or_else(|| panic!("{key}: {}", found[i]));
    for i in 0..5 {
        assert!(number(i, "files_read") <= number(i, "files_total"), "{}", found[i]);
        assert!(number(i, "bytes_read") <= number(i, "bytes_total"), "{}", found[i]);
        assert!(number(i, "ms") < 60_000, "{}", found[i]);
        assert_eq!(number(i, "bytes_spilled"), 0, "{}", found[i]);
    }
    let of_ike: u64 = walk(&sample("blobs/insights-logs-ikediagnosticlog"));
    assert_eq!((number(0, "bytes_read"), number(0, "bytes_total")), (of_ike, of_ike));
    assert_eq!((number(0, "rows"), number(3, "rows")), (1, 26));
    // An hour needs only its own blobs and those in which late records may be.
    assert!(number(1, "bytes_read") * 3 < of_ike && number(1, "bytes_read") > 0, "{}", found[1]);
    assert!(number(2, "bytes_read") < of_ike && number(2, "bytes_read") > 0, "{}", found[2]);
    assert!(number(3, "bytes_read") < of_ike, "{}", found[3]);
    assert_eq!((number(4, "bytes_read"), number(4, "files_total")), (0, 0));
}

fn walk(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.map(|p| if p.is_dir() { walk(&p) } else { p.metadata().unwrap().len() }).sum()
}

#[test]
fn hostile_text_stays_text() {
    let hostile = |format: &str, more: &[&str]| {
        let data = arg(sample("edge/hostile.json"));
        let sql = "SELECT message FROM ike_log ORDER BY time";
        finish(command().args(["query", "--format", format, "--data", &data, "-c", sql]).args(more)).ok()
    };
    // Neither an escape sequence nor a text that runs backwards reaches a reader as such; csv and tsv are for programs.
    for format in ["table", "vertical", "markdown", "html", "json", "ndjson"] {
        for c in hostile(format, &[]).chars() {
            // A tab is white space in a page.
            assert!(c == '\n' || (c == '\t' && format == "html") || !c.is_control(), "{format}: {c:?}");
            let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!turns || format.ends_with("json"), "{format}: {c:?}");
        }
    }
    assert!(!hostile("html", &[]).contains("<script>"));
    assert_eq!(hostile("table", &[]).lines().count(), 11, "a line break in a message is no line break in the table");
    assert_eq!(hostile("ndjson", &[]).lines().count(), 5);
    assert!(hostile("csv", &[]).contains("\n\"=HYPERLINK("), "as it is, since programs read it");
    assert!(hostile("csv", &["--csv-safe"]).contains("\n\"'=HYPERLINK("), "a formula no more");
    let original = std::fs::read_to_string(sample("edge/hostile.json")).unwrap();
    let messages: Vec<Value> = hostile("ndjson", &[]).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    for (line, row) in original.lines().zip(messages) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["properties"]["message"], row["message"]);
    }
    // Not even by way of an error message.
    let error = query(&["-c", "SELECT \"\u{1b}[31mred\""]).fails(1);
    assert!(!error.contains('\u{1b}'), "{error:?}");
}
