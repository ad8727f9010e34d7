//! Exports and archives in buckets of S3, against moto. Without moto these tests say that they are skipped.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::azurite::files;
use crate::moto::{Moto, SECRET};
use crate::proxy::{Harm, Proxy};
use crate::support::{EVERYTHING, Output, arg, asked, command, finish, import, rows, sample, temp};

/// An answer that shows no secret.
#[track_caller]
fn end(command: &mut Command) -> Output {
    let output = finish(command);
    assert!(!output.stdout.contains(SECRET) && !output.stderr.contains(SECRET), "{output:?}");
    output
}

/// Rows of one statement over `data`, as JSON objects.
#[track_caller]
fn s3_rows(moto: &Moto, data: &[&str], sql: &str, more: &[&str]) -> Vec<Value> {
    end(&mut asked(moto.command(), data, sql, more)).rows()
}

/// The account of an import between any two places.
#[track_caller]
fn s3_import(moto: &Moto, source: &str, archive: &str) -> Value {
    end(moto.command().args(["import", "--summary", "json", "--archive", archive, source])).json()
}

/// The line of `--stats` of a query over a place, after its answer.
#[track_caller]
fn stats(mut command: Command, data: &str, sql: &str, more: &[&str]) -> (String, Value) {
    command.args(["query", "--format", "csv", "--stats", "--data", data, "-c", sql]).args(more);
    let output = end(&mut command);
    let stats = output.stderr.lines().find_map(|l| serde_json::from_str(l).ok()).unwrap_or(Value::Null);
    (output.ok(), stats)
}

#[test]
fn a_bucket_is_an_export() {
    let Some(moto) = Moto::find() else { return };
    let bucket = moto.bucket();
    let uploaded = moto.put_folder(&bucket, "logs/", &sample("blobs"));
    let place = format!("s3://{bucket}/logs");
    let local = rows(&[&sample("blobs")], EVERYTHING, &[]);
    assert!(local.len() > 1000);
    assert_eq!(s3_rows(&moto, &[&place], EVERYTHING, &[]), local);
    let globbed = format!("s3://{bucket}/logs/insights-logs-tunnel*/**/PT1H.json");
    let count = "SELECT count(*) AS n FROM tunnel_log";
    assert_eq!(s3_rows(&moto, &[&globbed], count, &[]), rows(&[&sample("blobs")], count, &[]));

    let hour = ["--since", "2026-03-10T01:00:00Z", "--until", "2026-03-10T02:00:00Z", "--late-margin", "0s"];
    let (answer, of_hour) = stats(moto.command(), &place, "SELECT count(*) FROM ike_log", &hour);
    let ike = rows(&[&sample("blobs")], "SELECT count(*) AS n FROM ike_log", &hour);
    assert_eq!(answer, format!("count(*)\n{}\n", ike[0]["n"]));
    assert!(of_hour["files_read"].as_u64() < Some(uploaded as u64 / 4), "{of_hour}");
    assert_eq!(of_hour["requests"]["read"], of_hour["files_read"], "{of_hour}");
    assert!(of_hour["requests"]["list"].as_u64() > Some(0), "{of_hour}");
}

#[test]
fn an_archive_lives_in_a_bucket() {
    let Some(moto) = Moto::find() else { return };
    let (raw, kept) = (moto.bucket(), moto.bucket());
    moto.put_folder(&raw, "", &sample("blobs"));
    let (source, archive) = (format!("s3://{raw}"), format!("s3://{kept}/vpn/archive"));
    // Day by day, so that partitions have several files: from files, and from the bucket.
    let of_day = |at: &str, day: &str| format!("{at}/*/**/d={day}/**/PT1H.json");
    let first = s3_import(&moto, &of_day(&arg(sample("blobs")), "10"), &archive);
    let second = s3_import(&moto, &of_day(&source, "11"), &archive);
    assert!(first["rows"].as_u64() > Some(0) && second["rows"].as_u64() > Some(0), "{first} {second}");
    s3_import(&moto, &source, &archive);
    let again = s3_import(&moto, &source, &archive);
    assert_eq!((&again["rows"], &again["commits"], &again["bytes_read"]), (&0.into(), &0.into(), &0.into()), "{again}");

    let local = rows(&[&sample("blobs")], EVERYTHING, &[]);
    assert_eq!(s3_rows(&moto, &[&archive], EVERYTHING, &[]), local);
    end(moto.command().args(["verify", "--data", &archive])).ok();
    let parts = "SELECT count(*) AS n FROM system.files WHERE kind = 'archive' AND table_name IS NULL";
    let before = s3_rows(&moto, &[&archive], parts, &[]);
    end(moto.command().args(["compact", "--keep", "0s", "--data", &archive])).ok();
    let after = s3_rows(&moto, &[&archive], parts, &[]);
    assert!(after[0]["n"].as_u64() < before[0]["n"].as_u64(), "{before:?} {after:?}");
    assert_eq!(s3_rows(&moto, &[&archive], EVERYTHING, &[]), local);
    end(moto.command().args(["verify", "--data", &archive])).ok();
    let status = end(moto.command().args(["status", "--format", "json", "--data", &archive])).json();
    assert!(status.as_array().unwrap().iter().any(|row| row["table_name"] == "tunnel_log"), "{status}");
    // The archive and the export that it was made from: each record counts once.
    assert_eq!(s3_rows(&moto, &[&archive, &source], EVERYTHING, &[]), local);

    let dir = temp();
    let folder = arg(dir.path().join("local"));
    s3_import(&moto, &source, &folder);
    assert_eq!(rows(&[&dir.path().join("local")], EVERYTHING, &[]), local);
}

#[test]
fn an_object_that_grows_is_read_from_where_it_ended() {
    let Some(moto) = Moto::find() else { return };
    let dir = temp();
    let bucket = moto.bucket();
    let folder = sample("blobs/insights-logs-ikediagnosticlog");
    let file = files(&folder).into_iter().max_by_key(|f| f.metadata().unwrap().len()).unwrap();
    let name = file.strip_prefix(sample("blobs")).unwrap().to_str().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let whole_lines = bytes[..bytes.len() / 2].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    let (source, archive) = (format!("s3://{bucket}/"), arg(dir.path().join("a")));
    // Buckets hold whole objects: one that grew was written again. It is cut within a line.
    moto.put(&bucket, name, &bytes[..whole_lines + 10]);
    let first = s3_import(&moto, &source, &archive);
    assert_eq!(first["torn_bytes"], 10, "{first}");
    moto.put(&bucket, name, &bytes);
    let second = s3_import(&moto, &source, &archive);
    assert_eq!(second["sources"]["grown"], 1, "{second}");
    let once = import(&dir.path().join("b"), &file, &[]);
    for key in ["lines", "records", "rows"] {
        let sum = first[key].as_u64().unwrap() + second[key].as_u64().unwrap();
        assert_eq!(once[key], sum, "{key}: {first} {second}");
    }
}

#[test]
fn two_imports_into_one_bucket() {
    let Some(moto) = Moto::find() else { return };
    let dir = temp();
    let folder = dir.path().join("days");
    let simulate = ["simulate", "--days", "4", "--gateways", "2", "--ike-rate", "0.002", "--seed", "5"];
    finish(command().args(simulate).arg(&folder)).ok();
    let clean = dir.path().join("clean");
    import(&clean, &folder, &[]);
    let expected = rows(&[&clean], EVERYTHING, &[]);
    for _ in 0..2 {
        let archive = format!("s3://{}/a", moto.bucket());
        // Small commits: they meet more often.
        let start = || {
            let mut import = moto.command();
            import.args(["import", "--memory-limit", "64MB", "--archive", &archive]).arg(&folder);
            import.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let (a, b) = (start(), start());
        let [a, b] = [a, b].map(|child| Output::from(child.wait_with_output().unwrap()));
        let what = format!("{}\n{}", a.stderr, b.stderr);
        assert!([0, 3].contains(&a.code) && [0, 3].contains(&b.code) && (a.code == 0 || b.code == 0), "{what}");
        s3_import(&moto, &arg(&folder), &archive);
        end(moto.command().args(["verify", "--data", &archive])).ok();
        assert_eq!(s3_rows(&moto, &[&archive], EVERYTHING, &[]), expected, "{what}");
    }
}

#[test]
fn faults_are_repeated_and_counted() {
    let Some(moto) = Moto::find() else { return };
    let bucket = moto.bucket();
    moto.put_folder(&bucket, "", &sample("blobs/insights-logs-tunneldiagnosticlog"));
    let busy = Proxy::before(moto.host(), |seen| match (seen.before, seen.target.len() % 2) {
        (0, 0) => Harm::Status(503),
        (0, _) => Harm::HangUp,
        _ => Harm::None,
    });
    let (place, count) = (format!("s3://{bucket}"), "SELECT count(*) FROM tunnel_log");
    let (expected, _) = stats(moto.command(), &place, count, &[]);
    let (answer, counted) = stats(Moto::command_at(&busy.host), &place, count, &[]);
    assert_eq!(answer, expected);
    let harmed = busy.count(|seen| seen.harmed);
    assert!(harmed > 1, "{counted}");
    assert_eq!(counted["retries"], harmed, "{counted}");
    let down = Proxy::before(moto.host(), |_| Harm::Status(503));
    let query = ["query", "--retries", "1", "-c", count, "--data", &place];
    let error = end(Moto::command_at(&down.host).args(query)).fails(3);
    assert!(error.contains("ServerBusy"), "{error}");
    assert_eq!(down.seen().len(), 2, "{error}");
}

#[test]
fn what_cannot_be_reached_is_said_in_a_line() {
    let Some(moto) = Moto::find() else { return };
    let bucket = moto.bucket();
    let query = |mut command: Command, place: &str| {
        end(command.args(["query", "-c", "SELECT count(*) FROM tunnel_log", "--data", place]))
    };
    let mut without_key = command();
    without_key.env("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9");
    let mut half = command();
    half.env("AWS_ACCESS_KEY_ID", "test");
    let mut plain = moto.command();
    plain.env("AWS_ENDPOINT", "http://192.0.2.1:9");
    let cases = [
        (query(moto.command(), "s3://not-there-at-all/x"), "check the bucket's name"),
        (query(moto.command(), &format!("s3://{bucket}/x")), "there is nothing at"),
        (query(without_key, &format!("s3://{bucket}/x")), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (query(half, &format!("s3://{bucket}/x")), "one is set without the other"),
        (query(plain, &format!("s3://{bucket}/x")), "AWS_ALLOW_HTTP"),
        (query(moto.command(), "s3://"), "names no bucket"),
    ];
    for (out, expected) in cases {
        let text = out.fails(3);
        assert!(text.contains(expected) && text.lines().count() == 1, "{expected}: {text}");
    }
}

#[test]
fn a_bucket_is_tried_step_by_step() {
    let Some(moto) = Moto::find() else { return };
    let bucket = moto.bucket();
    moto.put_folder(&bucket, "", &sample("blobs/insights-logs-tunneldiagnosticlog"));
    let test = |place: &str, more: &[&str]| end(moto.command().args(["storage", "test", place]).args(more));
    let said = test(&format!("s3://{bucket}"), &["--write"]).ok();
    assert!(said.contains(&format!("bucket {bucket}, S3 at http://{}", moto.host())), "{said}");
    assert!(said.contains("signs with the key of AWS_ACCESS_KEY_ID"), "{said}");
    assert!(said.contains("ok       write       wrote a blob, was refused to write it twice, deleted it"), "{said}");
    let out = test("s3://not-there-at-all", &[]);
    assert!(out.code == 3 && out.stdout.contains("NoSuchBucket"), "{out:?}");
}
