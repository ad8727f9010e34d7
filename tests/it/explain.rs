//! What a statement will read, and what it did read, over raw exports and an archive.

use std::path::Path;

use serde_json::Value;

use crate::support::{Output, arg, command, finish, import, sample, temp};

fn explain(data: &Path, sql: &str, more: &[&str]) -> Output {
    let mut command = command();
    command.args(["query", "--explain", "-c", sql]).args(more).arg("--data").arg(data);
    finish(&mut command)
}

fn json(data: &Path, sql: &str) -> Value {
    explain(data, sql, &["--format", "json"]).json()
}

const DAY: &str = "SELECT count(*) FROM tunnel_log WHERE time >= '2026-03-11' AND time < '2026-03-12'";

#[test]
fn raw_exports_are_pruned_by_their_paths() {
    let data = sample("blobs");
    let all = json(&data, "SELECT count(*) FROM tunnel_log");
    let (scan, whole) = (&all["scans"][0], all["scans"][0]["total"].as_u64().unwrap());
    assert_eq!((scan["table"].as_str(), scan["unit"].as_str()), (Some("tunnel_log"), Some("blobs")));
    assert_eq!(scan["left"], whole);
    let day = json(&data, DAY);
    let scan = &day["scans"][0];
    assert!(scan["left"].as_u64().unwrap() < whole && scan["total"] == whole, "{day}");
    assert!(scan["left_bytes"].as_u64() < scan["total_bytes"].as_u64());
    assert_eq!(scan["filters"].as_array().unwrap().len(), 2, "{day}");
    let text = explain(&data, DAY, &[]).ok();
    assert!(text.starts_with(&format!("tunnel_log from raw exports: {} of {whole} blobs, ", scan["left"])), "{text}");
    assert!(text.contains("time >= '2026-03-11T00:00:00Z': leaves ") && text.contains("--late-margin"), "{text}");

    let gateway = explain(&data, "SELECT 1 FROM tunnel_log WHERE gateway = 'VPNGW-OSAKA'", &[]).ok();
    assert!(gateway.contains("gateway = 'VPNGW-OSAKA': leaves "), "{gateway}");
}

#[test]
fn what_does_not_prune_says_why() {
    let data = sample("blobs");
    let by_hour = explain(&data, "SELECT 1 FROM tunnel_log WHERE date_trunc('day', time) = '2026-03-11'", &[]).ok();
    assert!(by_hour.contains("skips none: an expression of time"), "{by_hour}");
    let status = explain(&data, "SELECT 1 FROM tunnel_log WHERE status = 'Disconnected'", &[]).ok();
    assert!(status.contains("status = 'Disconnected': skips none: a blob's path says only"), "{status}");
    let none = explain(&data, "SELECT 1 FROM tunnel_log", &[]).ok();
    assert!(none.contains("no filter: all of it"), "{none}");
    let later = explain(&data, "SELECT * FROM disconnects", &[]).ok();
    assert!(later.contains("disconnects: what it reads of the logs is decided while it runs"), "{later}");
    assert_eq!(explain(&data, "SELECT 1", &[]).ok(), "reads no logs\n");
    explain(&data, "SELECT nothing FROM tunnel_log", &[]).fails(1);
    // A range of the session is a filter like any other.
    let range = explain(&data, "SELECT 1 FROM tunnel_log", &["--since", "2026-03-11"]).ok();
    assert!(range.contains("time >= '2026-03-11T00:00:00Z': leaves "), "{range}");
}

#[test]
fn archives_are_pruned_by_the_statistics_of_their_log() {
    let folder = temp();
    import(folder.path(), &sample("blobs"), &[]);
    let day = json(folder.path(), DAY);
    let scan = &day["scans"][0];
    assert_eq!(scan["unit"], "files");
    let (left, total) = (scan["left"].as_u64().unwrap(), scan["total"].as_u64().unwrap());
    assert!(left >= 1 && left < total, "{day}");
    assert!(scan["filters"].as_array().unwrap().iter().any(|f| f["leaves"].as_u64() == Some(left)), "{day}");
    let lower = explain(folder.path(), "SELECT 1 FROM tunnel_log WHERE lower(gateway) = 'x'", &[]).ok();
    assert!(lower.contains("skips none: an expression"), "{lower}");
    let status = explain(folder.path(), "SELECT 1 FROM tunnel_log WHERE level = 'Error'", &[]).ok();
    assert!(status.contains("level = 'Error': "), "{status}");
}

#[test]
fn analyze_says_what_was_read_in_the_same_words() {
    for sql in [format!("EXPLAIN ANALYZE {DAY}"), "EXPLAIN ANALYZE SELECT * FROM disconnects".to_owned()] {
        let data = arg(sample("blobs"));
        let text = finish(command().args(["query", "--data", &data, "-c", &sql])).ok();
        let (_, read) = text.split_once("What was read\n").unwrap();
        assert!(read.contains("tunnel_log from raw exports: "), "{read}");
        let line = read.lines().find_map(|l| l.trim().strip_prefix("read: ")).unwrap();
        assert!(!line.starts_with("0 of") && line.contains(" files and blobs, "), "{line}");
    }
    // Others have nothing added.
    let data = arg(sample("blobs"));
    let plain = finish(command().args(["query", "--data", &data, "-c", &format!("EXPLAIN {DAY}")])).ok();
    assert!(!plain.contains("What was read"), "{plain}");
}
