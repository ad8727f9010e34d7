//! Every byte, line and record is accounted for: against the expectations beside the edge cases, against the truth
//! beside simulated exports, and twice over, in the archive and in the raw file.

use std::{
    collections::{BTreeMap, HashMap},
    io::Read,
    path::Path,
};

use serde_json::{Value, json};

use crate::support::{arg, import, read_json, sample, statements, temp, tunnelql};

const TABLES: [&str; 6] = ["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log", "other_log"];

/// Keys of an account that an expectation, an import's summary and `system.imports` share.
const COUNTS: [&str; 5] = ["bytes", "lines", "blank", "records", "torn_bytes"];

#[track_caller]
fn same(what: &str, keys: &[&str], got: &Value, want: &Value) {
    for key in keys {
        assert_eq!(got[key], want[key], "{what}: {key}\n got {got}\nwant {want}");
    }
}

fn decoded(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    // Read in small pieces: what comes out before a cut stays.
    let (mut decoder, mut out, mut piece) = (flate2::read::MultiGzDecoder::new(&bytes[..]), Vec::new(), [0u8; 64]);
    while let Ok(n @ 1..) = decoder.read(&mut piece) {
        out.extend_from_slice(&piece[..n]);
    }
    out
}

fn total(value: &Value) -> u64 {
    value.as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum()
}

#[track_caller]
fn is_sound(archive: &Path) {
    let found = tunnelql(["verify", "--json", "--data", &arg(archive)]).json();
    assert_eq!(found["findings"], json!([]));
}

/// `system.imports`, `system.rejects` and the rows of all tables.
fn accounts(data: &Path) -> (Vec<Value>, Vec<Value>, BTreeMap<&'static str, u64>) {
    let mut sql = vec![
        "SELECT * FROM system.imports ORDER BY source".to_owned(),
        "SELECT * FROM system.rejects ORDER BY source, line, byte_offset".to_owned(),
    ];
    sql.extend(TABLES.map(|t| format!("SELECT count(*) AS n FROM {t}")));
    let mut results = statements(&[data], &sql, &[]).into_iter();
    let (imports, rejects) = (results.next().unwrap(), results.next().unwrap());
    let rows = TABLES.into_iter().zip(results).map(|(t, r)| (t, r[0]["n"].as_u64().unwrap())).filter(|(_, n)| *n > 0);
    (imports, rejects, rows.collect())
}

fn without<'a>(rows: &'a [Value], keys: &'a [&str]) -> Vec<Value> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row.as_object_mut().unwrap().retain(|k, _| !keys.contains(&k.as_str()));
    }
    rows
}

fn edge_case(want: &Value) {
    let name = want["file"].as_str().unwrap();
    let file = sample("edge").join(name);
    let folder = temp();
    let archive = folder.path().join("archive");

    let done = import(&archive, &file, &[]);
    same(name, &COUNTS, &done, want);
    same(name, &["duplicates", "rows"], &done, want);
    assert_eq!(done["rejects_by_code"], want["rejects"], "{name}");
    assert_eq!(done["rejects"], total(&want["rejects"]), "{name}");
    assert_eq!(total(&done["rows_by_table"]), want["rows"].as_u64().unwrap(), "{name}");
    assert_eq!(done["sources"]["new"], 1, "{name}");

    let (imports, rejects, rows) = accounts(&archive);
    let (raw_imports, raw_rejects, raw_rows) = accounts(&file);
    assert_eq!((imports.len(), raw_imports.len()), (1, 1), "{name}");
    for (place, found) in [("archive", &imports[0]), ("raw", &raw_imports[0])] {
        let what = format!("{name} in system.imports of the {place}");
        same(&what, &COUNTS, found, want);
        same(&what, &["format"], found, want);
        assert_eq!(found["rejects"], total(&want["rejects"]), "{what}");
        assert_eq!(found["source"], json!(arg(&file)), "{what}");
    }
    same(name, &["duplicates", "rows"], &imports[0], want);
    same(name, &["start_byte", "end_byte"], &raw_imports[0], &imports[0]);
    assert_eq!(rows.values().sum::<u64>(), want["rows"].as_u64().unwrap(), "{name}");
    assert_eq!(json!(rows), done["rows_by_table"], "{name}");
    assert_eq!(raw_rows, rows, "{name}");

    assert_eq!(without(&rejects, &["imported_at"]), without(&raw_rejects, &["imported_at"]), "{name}");
    let mut by_code: BTreeMap<String, u64> = BTreeMap::new();
    let source = decoded(&file);
    for reject in &rejects {
        *by_code.entry(reject["code"].to_string()).or_default() += 1;
        assert_eq!(reject["source"], json!(arg(&file)));
        assert!((1..=done["lines"].as_u64().unwrap()).contains(&reject["line"].as_u64().unwrap()), "{name}: {reject}");
        assert!(reject["imported_at"].is_string(), "{name}: {reject}");
        let at = |key: &str| usize::try_from(reject[key].as_u64().unwrap()).unwrap();
        let unit = source.get(at("byte_offset")..at("byte_offset") + at("length"));
        let unit = unit.unwrap_or_else(|| panic!("{name}: outside of the source: {reject}"));
        let excerpt = reject["excerpt"].as_str().unwrap();
        assert_eq!(String::from_utf8_lossy(&unit[..unit.len().min(512)]), excerpt, "{name}");
    }
    assert_eq!(json!(by_code), want["rejects"], "{name}");
    is_sound(&archive);

    let again = import(&archive, &file, &[]);
    for key in ["lines", "records", "rejects", "rows", "duplicates"] {
        assert_eq!(again[key], 0, "{name} again: {key}");
    }
    assert_eq!(again["sources"]["unchanged"], 1, "{name}");
    assert_eq!(accounts(&archive).2, rows, "{name}");
}

/// The edge cases are spread over several tests, so that they run side by side.
fn edge_cases(part: usize) {
    const PARTS: usize = 4;
    let all = read_json(&sample("edge/accounts.json"));
    for want in all.as_array().unwrap().iter().skip(part).step_by(PARTS) {
        edge_case(want);
    }
}

#[test]
fn edge_cases_1() {
    edge_cases(0);
}

#[test]
fn edge_cases_2() {
    edge_cases(1);
}

#[test]
fn edge_cases_3() {
    edge_cases(2);
}

#[test]
fn edge_cases_4() {
    edge_cases(3);
}

#[test]
fn every_edge_file_has_an_expectation() {
    let all = read_json(&sample("edge/accounts.json"));
    let mut expected: Vec<_> = all.as_array().unwrap().iter().map(|w| w["file"].as_str().unwrap().to_owned()).collect();
    let mut there: Vec<_> = std::fs::read_dir(sample("edge"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n != "accounts.json")
        .collect();
    expected.sort();
    there.sort();
    assert_eq!(there, expected);
}

fn table_of(category: &str) -> &'static str {
    match category {
        "GatewayDiagnosticLog" => "gateway_log",
        "TunnelDiagnosticLog" => "tunnel_log",
        "RouteDiagnosticLog" => "route_log",
        "IKEDiagnosticLog" => "ike_log",
        "P2SDiagnosticLog" => "p2s_log",
        other => panic!("{other}"),
    }
}

/// Imports a simulated export and compares everything with what the simulator says it wrote.
fn against_truth(export: &Path, truth: &Path) {
    let truth = read_json(truth);
    let want = &truth["account"];
    let folder = temp();
    let archive = folder.path().join("archive");

    let done = import(&archive, export, &[]);
    same("total", &COUNTS, &done, want);
    same("total", &["duplicates", "rows"], &done, want);
    assert_eq!(done["rejects_by_code"], want["rejects"]);
    assert_eq!(done["sources"]["new"], want["files"]);
    assert_eq!(done["sources"]["listed"], want["files"]);
    let by_category = want["rows_by_category"].as_object().unwrap();
    let by_table: BTreeMap<_, _> = by_category.iter().map(|(c, n)| (table_of(c), n.as_u64().unwrap())).collect();
    assert_eq!(done["rows_by_table"], json!(by_table));

    let (imports, rejects, rows) = accounts(&archive);
    assert_eq!(rows, by_table);
    let (raw_imports, raw_rejects, raw_rows) = accounts(export);
    assert_eq!(raw_rows, by_table);
    assert_eq!(without(&rejects, &["imported_at"]), without(&raw_rejects, &["imported_at"]));

    let mut codes: HashMap<&str, BTreeMap<String, u64>> = HashMap::new();
    for reject in &rejects {
        let of_source = codes.entry(reject["source"].as_str().unwrap()).or_default();
        *of_source.entry(reject["code"].to_string()).or_default() += 1;
    }
    for found in [&imports, &raw_imports] {
        let by_source: HashMap<&str, &Value> = found.iter().map(|i| (i["source"].as_str().unwrap(), i)).collect();
        assert_eq!((found.len(), by_source.len()), (truth["files"].as_array().unwrap().len(), found.len()));
        for file in truth["files"].as_array().unwrap() {
            let source = arg(export.join(file["path"].as_str().unwrap()));
            let got = by_source.get(source.as_str()).unwrap_or_else(|| panic!("{source} is not accounted for"));
            same(&source, &COUNTS, got, file);
            assert_eq!(got["rejects"], total(&file["rejects"]), "{source}");
            assert_eq!(json!(codes.get(source.as_str()).cloned().unwrap_or_default()), file["rejects"], "{source}");
        }
    }
    let sum = |key: &str| imports.iter().map(|i| i[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((json!(sum("rows")), json!(sum("duplicates"))), (want["rows"].clone(), want["duplicates"].clone()));
    is_sound(&archive);

    let again = import(&archive, export, &[]);
    assert_eq!((&again["rows"], &again["records"], &again["bytes_read"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(again["sources"]["unchanged"], want["files"]);
}

#[test]
fn sample_blobs_against_their_truth() {
    against_truth(&sample("blobs"), &sample("blobs.truth.json"));
}

#[test]
fn dirty_simulation_against_its_truth() {
    let folder = temp();
    let export = folder.path().join("export");
    let options = ["--days", "31", "--gateways", "1", "--dirt", "heavy", "--ike-rate", "0.01", "--start", "2026-02-24"];
    tunnelql(["simulate", &arg(&export)].into_iter().chain(options)).ok();
    against_truth(&export, &folder.path().join("export.truth.json"));
}
