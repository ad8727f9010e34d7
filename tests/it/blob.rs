//! Blob storage, against Azurite: exports and archives in containers. Without Azurite these tests say that they are
//! skipped.

use serde_json::Value;

use crate::azurite::{ACCOUNT, Azurite, KEY, files};
use crate::support::{EVERYTHING, arg, asked, finish, import, rows, sample, temp};

const CATEGORIES: [&str; 5] = ["gateway", "tunnel", "route", "ike", "p2s"];

/// Rows of one statement over `data`, as JSON objects.
#[track_caller]
fn blob_rows(azurite: &Azurite, data: &[&str], sql: &str) -> Vec<Value> {
    finish(&mut asked(azurite.command(), data, sql, &[])).rows()
}

/// The account of an import between any two places.
#[track_caller]
fn blob_import(azurite: &Azurite, source: &str, archive: &str) -> Value {
    finish(azurite.command().args(["import", "--summary", "json", "--archive", archive, source])).json()
}

#[test]
fn five_containers_are_one_export() {
    let Some(azurite) = Azurite::find() else { return };
    let containers = CATEGORIES.map(|c| format!("insights-logs-{c}diagnosticlog"));
    for container in &containers {
        azurite.make_container(container);
        azurite.upload_folder(container, "", &sample("blobs").join(container));
    }
    let places = containers.map(|c| format!("az://{c}"));
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let local = rows(&[&sample("blobs")], EVERYTHING, &[]);
    assert!(local.len() > 1000);
    assert_eq!(blob_rows(&azurite, &places, EVERYTHING), local);
    // A table's own container is enough, and the others are no hindrance.
    let count = "SELECT count(*) AS n FROM tunnel_log WHERE time < '2026-03-10T12:00:00Z'";
    assert_eq!(blob_rows(&azurite, &places, count), rows(&[&sample("blobs")], count, &[]));
}

#[test]
fn a_query_for_an_hour_reads_that_hour() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    let uploaded = azurite.upload_folder(&container, "logs/", &sample("blobs"));
    let hour = ["--since", "2026-03-10T01:00:00Z", "--until", "2026-03-10T02:00:00Z", "--late-margin", "0s"];
    let mut query = azurite.command();
    query.args(["query", "--format", "csv", "--stats", "--data", &format!("az://{container}/logs")]).args(hour);
    let out = finish(query.args(["-c", "SELECT count(*) FROM ike_log"]));
    let stats: Value = serde_json::from_str(out.stderr.trim()).unwrap();
    let of_hour: Vec<_> = files(&sample("blobs/insights-logs-ikediagnosticlog"))
        .into_iter()
        // The hour's blob, and the one that the hour's clock may run ahead of.
        .filter(|f| ["d=10/h=01", "d=10/h=00"].iter().any(|h| f.to_str().unwrap().contains(h)))
        .collect();
    let bytes: u64 = of_hour.iter().map(|f| f.metadata().unwrap().len()).sum();
    assert!(!of_hour.is_empty() && of_hour.len() < uploaded);
    assert_eq!(stats["files_read"], of_hour.len(), "{stats}");
    assert_eq!(stats["files_total"], of_hour.len(), "{stats}");
    assert_eq!(stats["bytes_read"], bytes, "{stats}");
    let local = rows(&[&sample("blobs")], "SELECT count(*) AS n FROM ike_log", &hour);
    assert_eq!(out.ok(), format!("count(*)\n{}\n", local[0]["n"]));
}

#[test]
fn an_append_blob_that_grows_is_read_from_where_it_ended() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    let folder = sample("blobs/insights-logs-ikediagnosticlog");
    let file = files(&folder).into_iter().max_by_key(|f| f.metadata().unwrap().len()).unwrap();
    let name = file.strip_prefix(sample("blobs")).unwrap().to_str().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    // Within a line: Azure commits blocks, not lines.
    let cut = bytes.len() / 2 + usize::from(bytes[bytes.len() / 2] == b'\n');
    let whole_lines = bytes[..cut].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    assert!(whole_lines < cut);
    let (here, whole) = (temp(), temp());
    let (archive, source) = (arg(here.path().join("a")), format!("az://{container}"));

    azurite.upload(&container, name, &bytes[..cut]);
    let first = blob_import(&azurite, &source, &archive);
    assert_eq!(first["torn_bytes"], cut - whole_lines, "{first}");
    assert_eq!(first["sources"]["new"], 1, "{first}");

    azurite.append(&container, name, &bytes[cut..]);
    let second = blob_import(&azurite, &source, &archive);
    assert_eq!(second["sources"]["grown"], 1, "{second}");
    assert_eq!(second["bytes_read"], bytes.len() - whole_lines, "{second}");

    let third = blob_import(&azurite, &source, &archive);
    assert_eq!((&third["rows"], &third["bytes_read"], &third["commits"]), (&0.into(), &0.into(), &0.into()), "{third}");

    let once = import(&whole.path().join("b"), &file, &[]);
    let sum = |key: &str| first[key].as_u64().unwrap() + second[key].as_u64().unwrap();
    assert_eq!(once["lines"], sum("lines"));
    assert_eq!(once["records"], sum("records"));
    assert_eq!(once["rows"], sum("rows"));
    finish(azurite.command().args(["verify", "--data", &archive])).ok();
}

#[test]
fn an_archive_lives_in_a_container() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    let archive = format!("az://{container}/vpn/archive");
    // Day by day, so that partitions have several files.
    let source = |day: &str| format!("{}/*/**/d={day}/**/PT1H.json", arg(sample("blobs")));
    let (first, second) =
        (blob_import(&azurite, &source("10"), &archive), blob_import(&azurite, &source("11"), &archive));
    assert!(first["rows"].as_u64() > Some(0) && second["rows"].as_u64() > Some(0), "{first} {second}");
    let again = blob_import(&azurite, &arg(sample("blobs")), &archive);
    assert_eq!((&again["rows"], &again["commits"]), (&0.into(), &0.into()), "{again}");

    let local = rows(&[&sample("blobs")], EVERYTHING, &[]);
    assert_eq!(blob_rows(&azurite, &[&archive], EVERYTHING), local);
    finish(azurite.command().args(["verify", "--data", &archive])).ok();
    let status = finish(azurite.command().args(["status", "--format", "json", "--data", &archive])).json();
    let status_rows: u64 = status
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["table_name"].as_str().is_some_and(|t| t.ends_with("_log")))
        .map(|r| r["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(status_rows, local.len() as u64, "{status}");

    let ledger = "SELECT count(*) AS n FROM system.files WHERE kind = 'archive' AND table_name IS NULL";
    let before = blob_rows(&azurite, &[&archive], ledger);
    assert!(before[0]["n"].as_u64() > Some(1), "{before:?}");
    finish(azurite.command().args(["compact", "--data", &archive])).ok();
    let after = blob_rows(&azurite, &[&archive], ledger);
    assert!(after[0]["n"].as_u64() < before[0]["n"].as_u64(), "{before:?} {after:?}");
    assert_eq!(blob_rows(&azurite, &[&archive], EVERYTHING), local);
    finish(azurite.command().args(["verify", "--data", &archive])).ok();
    let tested = finish(azurite.command().args(["storage", "test", &archive])).ok();
    assert!(tested.contains("ok       contents    an archive"), "{tested}");
    // The archive and the export that it was made from: each record counts once.
    assert_eq!(blob_rows(&azurite, &[&archive, &arg(sample("blobs"))], EVERYTHING), local);
}

#[test]
fn every_form_of_url_and_credentials_names_the_same_place() {
    let Some(azurite) = Azurite::find() else { return };
    let (one, two) = (azurite.container(), azurite.container());
    let https = |c: &str| format!("https://{ACCOUNT}.blob.core.windows.net/{c}/x");
    let abfss = |c: &str| format!("abfss://{c}@{ACCOUNT}.dfs.core.windows.net/x");
    let source = |c: &str| arg(sample("blobs").join(format!("insights-logs-{c}diagnosticlog")));
    let tunnels = blob_import(&azurite, &source("tunnel"), &https(&one));
    let routes = blob_import(&azurite, &source("route"), &abfss(&two));
    let counts = "SELECT (SELECT count(*) FROM tunnel_log) AS t, (SELECT count(*) FROM route_log) AS r";
    let expected = vec![serde_json::json!({ "t": tunnels["rows"], "r": routes["rows"] })];
    // In the last two forms both containers have the account's name for a host: they must not be taken for one.
    for form in [(|c: &str| format!("az://{c}/x/")) as fn(&str) -> String, abfss, https] {
        assert_eq!(blob_rows(&azurite, &[&form(&one), &form(&two)], counts), expected, "{}", form(&one));
    }
    let mut with_key = azurite.command_with_key(KEY);
    let out = with_key.args(["query", "--format", "csv", "-c", "SELECT count(*) FROM tunnel_log"]);
    assert_eq!(finish(out.args(["--data", &format!("az://{one}/x")])).ok(), format!("count(*)\n{}\n", tunnels["rows"]));
}

#[test]
fn what_cannot_be_reached_is_said_in_a_line() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    let query = |mut command: std::process::Command, place: &str| {
        finish(command.args(["query", "-c", "SELECT count(*) FROM tunnel_log", "--data", place]))
    };
    let cases = [
        (query(azurite.command(), "az://not-there/x"), "ContainerNotFound"),
        (query(azurite.command(), &format!("az://{container}/x")), "there is nothing at"),
        (query(azurite.command_with_key("AAAA"), &format!("az://{container}/x")), "check the credentials"),
        (query(crate::support::command(), &format!("az://{container}/x")), "AZURE_STORAGE_ACCOUNT_NAME"),
    ];
    for (out, expected) in cases {
        let text = out.fails(3);
        assert!(text.contains(expected) && text.lines().count() == 1, "{expected}: {text}");
        assert!(!text.contains(KEY), "{text}");
    }
}
