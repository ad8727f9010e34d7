//! Archives of earlier versions of tunnelql, and archives in the hands of other tools.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{arg, import, root, rows, sample, temp, tunnelql};

const TABLES: [&str; 6] = ["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log", "other_log"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn fixture(name: &str) -> PathBuf {
    root().join("tests/fixtures/archive-v1").join(name)
}

fn expected(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(fixture("expected").join(format!("{name}.ndjson"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn assert_sound(archive: &Path) {
    tunnelql(["verify", "--data", &arg(archive)]).ok();
}

/// Every value that was in the archive when it was made is read today. Later versions may have more columns.
#[track_caller]
fn assert_holds(archive: &Path, what: &str) {
    let mut queries: Vec<(&str, String)> = TABLES
        .iter()
        .map(|t| {
            (
                *t,
                format!(
                    "SELECT * FROM {t} WHERE source LIKE '/tmp/synthetic-export/%' ORDER BY time, source, source_line"
                ),
            )
        })
        .collect();
    let of_then = "WHERE source LIKE '/tmp/synthetic-export/%' ORDER BY";
    queries.push(("imports", format!("SELECT * FROM system.imports {of_then} imported_at, source")));
    queries.push(("rejects", format!("SELECT * FROM system.rejects {of_then} source, line")));
    for (name, sql) in queries {
        let (found, then) = (rows(&[archive], &sql, &[]), expected(name));
        assert!(!then.is_empty(), "{name}");
        assert_eq!(found.len(), then.len(), "{what}: {name}");
        for (now, then) in found.iter().zip(&then) {
            for (column, value) in then.as_object().unwrap() {
                assert_eq!(&now[column], value, "{what}: {name}.{column} of {then}");
            }
        }
    }
}

#[test]
fn an_archive_of_version_one_is_read_and_verified() {
    let archive = fixture("archive");
    assert_holds(&archive, "as it is");
    assert_sound(&archive);
}

#[test]
fn an_archive_of_version_one_goes_on() {
    let dir = temp();
    let archive = dir.path().join("archive");
    copy(&fixture("archive"), &archive);

    // The same records from other paths: their identity is what it was.
    let again = import(&archive, &fixture("export"), &["--keep-unknown"]);
    assert_eq!((again["rows"].as_u64(), again["records"].as_u64()), (Some(0), Some(39)), "{again}");
    assert_holds(&archive, "after the same records");
    assert_sound(&archive);

    let account = import(&archive, &sample("blobs"), &[]);
    assert!(account["rows"].as_u64().unwrap() > 500, "{account}");
    assert!(account["duplicates"].as_u64().unwrap() >= 30, "what the archive holds is a part of the sample: {account}");
    assert_holds(&archive, "after an import");
    assert_sound(&archive);

    tunnelql(["compact", "--keep", "0s", "--data", &arg(&archive)]).ok();
    assert_holds(&archive, "after a compaction");
    assert_sound(&archive);
}

/// A source that the old ledger knows and that has grown is continued where it ended.
#[test]
fn the_ledger_of_version_one_is_continued() {
    let dir = temp();
    let archive = dir.path().join("archive");
    copy(&fixture("archive"), &archive);
    let export = Path::new("/tmp/synthetic-export");
    // The ledger names this place. Where it cannot be made the test has nothing to say.
    if export.exists() || fs::create_dir(export).is_err() {
        println!("skipped: {} is taken", export.display());
        return;
    }
    let _gone = Gone(export);
    let name = "routediagnosticlog.json";
    let mut text = fs::read_to_string(fixture("export").join(name)).unwrap();
    let line = text.lines().next().unwrap().replace("2026-03-10T", "2026-03-20T");
    let before = text.len() as u64;
    text.push_str(&line);
    fs::write(export.join(name), &text).unwrap();
    let account = import(&archive, export, &[]);
    assert_eq!(account["sources"]["grown"].as_u64(), Some(1), "{account}");
    assert_eq!(account["bytes_read"].as_u64(), Some(text.len() as u64 - before), "{account}");
    assert_eq!(account["rows"].as_u64(), Some(1), "{account}");
    assert_sound(&archive);
}

struct Gone<'a>(&'a Path);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0);
    }
}

/// Log rows as other tools see them, in an order of their own.
fn sorted(mut rows: Vec<Value>) -> Vec<String> {
    let mut lines: Vec<String> = rows.drain(..).map(|r| r.to_string()).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn other_tools_read_the_same() {
    let dir = temp();
    let archive = dir.path().join("archive");
    // Several commits, several days, every category, and a reject.
    import(&archive, &sample("blobs"), &["--memory-limit", "1MB"]);
    import(&archive, &fixture("export"), &["--keep-unknown"]);
    for state in ["imported", "compacted"] {
        if state == "compacted" {
            tunnelql(["compact", "--keep", "0s", "--data", &arg(&archive)]).ok();
        }
        let script = include_str!("interop/read_delta.py");
        let Ok(out) = Command::new("python3").args(["-c", script]).arg(&archive).output() else {
            println!("skipped: there is no python3");
            return;
        };
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        if out.status.code() == Some(77) {
            println!("skipped: {said}");
            return;
        }
        assert!(out.status.success(), "{said}");
        let found: Value = serde_json::from_slice(&out.stdout).unwrap();

        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut ours = Vec::new();
        for table in TABLES {
            let category = table.trim_end_matches("_log");
            let column = |name: &str| match (name, table) {
                ("remote_ip", "ike_log" | "tunnel_log") | ("error_code", "ike_log") => name.to_owned(),
                _ => format!("NULL AS {name}"),
            };
            let sql = format!(
                "SELECT CAST(time AS BIGINT) AS ns, gateway, operation, message, {}, {} FROM {table}",
                column("remote_ip"),
                column("error_code")
            );
            for mut row in rows(&[&archive], &sql, &[]) {
                let ns = row["ns"].as_i64().unwrap();
                let object = row.as_object_mut().unwrap();
                object.remove("ns");
                object.insert("category".into(), category.into());
                object.insert("time".into(), ns.div_euclid(1000).into());
                object.insert("time_100ns".into(), (ns.rem_euclid(1000) / 100).into());
                *counts.entry(category.to_owned()).or_default() += 1;
                ours.push(row);
            }
        }
        for (partition, table) in [("_import", "imports"), ("_reject", "rejects")] {
            let n = rows(&[&archive], &format!("SELECT count(*) AS n FROM system.{table}"), &[]).remove(0);
            counts.insert(partition.to_owned(), n["n"].as_u64().unwrap());
        }
        assert_eq!(counts.len(), 8, "all categories, the ledger and a reject: {counts:?}");
        assert!(ours.iter().any(|r| r["time_100ns"] != 0), "the seventh digit matters");
        let ours = sorted(ours);
        assert_eq!(found["time_type"], "timestamp[us, tz=UTC]");
        let mut tools = Vec::new();
        for tool in ["deltalake", "polars", "duckdb"] {
            let Some(theirs) = found.get(tool) else {
                println!("skipped: {tool} is not installed");
                continue;
            };
            let theirs_counts: BTreeMap<String, u64> = serde_json::from_value(theirs["counts"].clone()).unwrap();
            assert_eq!(theirs_counts, counts, "{state}: {tool}");
            let theirs = sorted(theirs["rows"].as_array().unwrap().clone());
            for (a, b) in theirs.iter().zip(&ours) {
                assert_eq!(a, b, "{state}: {tool}");
            }
            assert_eq!(theirs.len(), ours.len(), "{state}: {tool}");
            tools.push(tool);
        }
        println!("{state}: {} rows, the same by {tools:?}", ours.len());
    }
}
