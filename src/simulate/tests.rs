//! The simulator as a whole: the same bytes again, and an account that an independent count confirms.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Dirt, Scenario, SimulateOptions, SimulateSummary, simulate};
use crate::model::{Category, RejectCode, ResourceId, parse_iso};

fn options(out: PathBuf) -> SimulateOptions {
    SimulateOptions {
        days: 2,
        gateways: 3,
        ike_rate: 0.2,
        dirt: Dirt::heavy(),
        threads: 2,
        ..SimulateOptions::new(out)
    }
}

fn run(options: &SimulateOptions) -> SimulateSummary {
    simulate(options, &|_, _, _| {}).unwrap()
}

/// Every file below `root`, by its relative path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                out.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    out
}

fn truth(summary: &SimulateSummary) -> Value {
    serde_json::from_slice(&std::fs::read(&summary.truth).unwrap()).unwrap()
}

/// What a plain reading of a line says: a record's identity, or why it is none.
fn judge(line: &[u8]) -> Result<(String, Category), RejectCode> {
    let text = std::str::from_utf8(line).map_err(|_| RejectCode::NotUtf8)?;
    let value: Value = serde_json::from_str(text).map_err(|_| RejectCode::NotJson)?;
    let object = value.as_object().ok_or(RejectCode::NotAnObject)?;
    let time = object.get("time").ok_or(RejectCode::NoTime)?.as_str().ok_or(RejectCode::BadValue)?;
    let ticks = parse_iso(time).ok_or(RejectCode::BadTime)?;
    let category = object["category"].as_str().ok_or(RejectCode::BadValue)?;
    let category = Category::from_azure_name(category).ok_or(RejectCode::UnknownCategory)?;
    let id = object["resourceId"].as_str().unwrap();
    if !ResourceId::parse(id).is_vpn_gateway() {
        return Err(RejectCode::NotAVpnGateway);
    }
    assert!(id.contains("/RG-SYNTHETIC/"), "{id}");
    Ok((format!("{id} {ticks} {category:?} {} {}", object["operationName"], object["properties"]), category))
}

#[test]
fn the_account_agrees_with_an_independent_count() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(&options(folder.path().join("demo")));
    let truth = truth(&summary);
    let (mut seen, mut rows) = (HashMap::<String, u64>::new(), BTreeMap::<&str, u64>::new());
    let (mut rejects, mut totals) = (BTreeMap::<String, u64>::new(), [0u64; 6]);
    let found = files(&folder.path().join("demo"));
    let listed: BTreeMap<&str, &Value> =
        truth["files"].as_array().unwrap().iter().map(|f| (f["path"].as_str().unwrap(), f)).collect();
    assert_eq!(listed.len(), found.len());
    for (path, bytes) in &found {
        let mut mine = [bytes.len() as u64, 0, 0, 0, 0];
        let mut codes = BTreeMap::<String, u64>::new();
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else {
                assert!(serde_json::from_slice::<Value>(line).is_err(), "a torn end must not be a record");
                mine[4] = line.len() as u64;
                continue;
            };
            mine[1] += 1;
            if line.trim_ascii().is_empty() {
                mine[2] += 1;
                continue;
            }
            match judge(line) {
                Ok((identity, category)) => {
                    mine[3] += 1;
                    let times = seen.entry(identity).or_default();
                    *times += 1;
                    *rows.entry(category.azure_name()).or_default() += u64::from(*times == 1);
                }
                Err(code) => *codes.entry(code.number().to_string()).or_default() += 1,
            }
        }
        let file = listed[path.as_str()];
        for (name, n) in ["bytes", "lines", "blank", "records", "torn_bytes"].iter().zip(mine) {
            assert_eq!(file[name].as_u64(), Some(n), "{path}: {name}");
        }
        assert_eq!(file["rejects"], serde_json::to_value(&codes).unwrap(), "{path}");
        for (sum, n) in totals.iter_mut().zip(mine) {
            *sum += n;
        }
        for (code, n) in codes {
            *rejects.entry(code).or_default() += n;
        }
    }
    let account = &truth["account"];
    for (name, n) in ["bytes", "lines", "blank", "records", "torn_bytes"].iter().zip(totals) {
        assert_eq!(account[name].as_u64(), Some(n), "{name}");
    }
    let distinct = seen.len() as u64;
    assert_eq!(account["rows"].as_u64(), Some(distinct));
    assert_eq!(account["duplicates"].as_u64(), Some(totals[3] - distinct));
    assert_eq!(account["files"].as_u64(), Some(found.len() as u64));
    assert_eq!(account["rejects"], serde_json::to_value(&rejects).unwrap());
    for (name, n) in account["rows_by_category"].as_object().unwrap() {
        assert_eq!(rows.get(name.as_str()).copied().unwrap_or(0), n.as_u64().unwrap(), "{name}");
        assert!(n.as_u64().unwrap() > 0, "{name} is empty");
    }
    assert_eq!((summary.records, summary.lines, summary.bytes), (distinct, totals[1], totals[0]));
    assert_eq!(summary.garbage, rejects.values().sum::<u64>());
    // Heavy dirt has every kind, or the counts above prove nothing.
    for code in [1, 2, 3, 4, 5, 7, 8, 12] {
        assert!(rejects.contains_key(&code.to_string()), "no reject {code}");
    }
    assert!(summary.duplicates > 0 && summary.blank > 0 && summary.torn > 0);
    assert!(account["late"].as_u64().unwrap() > 0);
}

#[test]
fn late_means_another_hour_and_ninety_minutes_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let dirt = Dirt { late: 0.2, ..Dirt::none() };
    let summary = run(&SimulateOptions { dirt, ..options(folder.path().join("demo")) });
    let mut late = 0;
    let last = |path: &str, key: &str| path.rsplit(key).next().unwrap()[..2].parse::<i64>().unwrap();
    for (path, bytes) in files(&folder.path().join("demo")) {
        let (day, hour) = (last(&path, "/d="), last(&path, "/h="));
        let from = SimulateOptions::DEFAULT_START + ((day - 1) * 24 + hour) * super::format::HOUR;
        for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let time = parse_iso(serde_json::from_slice::<Value>(line).unwrap()["time"].as_str().unwrap()).unwrap();
            assert!(time < from + super::format::HOUR, "{path}: from the future");
            assert!(time + 90 * super::format::MINUTE >= from, "{path}: too late");
            late += u64::from(time < from);
        }
    }
    assert_eq!(truth(&summary)["account"]["late"].as_u64(), Some(late));
    assert!(late > 100);
}

#[test]
fn the_same_options_give_the_same_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = None;
    for (name, threads, seed) in [("a", 1, 5), ("b", 7, 5), ("c", 2, 6)] {
        let summary = run(&SimulateOptions { threads, seed, ..options(folder.path().join(name)) });
        let all = (files(&folder.path().join(name)), std::fs::read(summary.truth).unwrap());
        let first = first.get_or_insert_with(|| all.clone());
        assert_eq!(*first == all, seed == 5, "{name}");
    }
}

#[test]
fn the_truth_is_never_inside_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, scenario) in [("demo", Scenario::Mixed), ("x.json", Scenario::Healthy), ("sample/", Scenario::Sample)] {
        let out = folder.path().join(name);
        let summary = run(&SimulateOptions { scenario, days: 1, ..options(out.clone()) });
        assert_eq!(summary.truth.parent(), Some(folder.path()));
        assert!(summary.truth.is_file() && files(&out).keys().all(|p| p.ends_with("/PT1H.json")), "{name}");
        let truth = truth(&summary);
        assert_eq!(truth["synthetic"], Value::Bool(true));
        assert_eq!(truth["options"]["scenario"], scenario.name());
        assert_eq!(truth["incidents"].as_array().unwrap().is_empty(), scenario == Scenario::Healthy);
    }
}

#[test]
fn what_cannot_be_done_is_refused_and_nothing_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("full");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("mine.txt"), "mine").unwrap();
    let refused = |options: SimulateOptions| simulate(&options, &|_, _, _| {}).unwrap_err().to_string();
    let message = refused(options(out.clone()));
    assert!(message.contains("full is not empty"), "{message}");
    assert_eq!(files(&out).len(), 1);
    assert!(!folder.path().join("full.truth.json").exists());
    let fresh = || options(folder.path().join("fresh"));
    assert!(refused(SimulateOptions { days: 0, ..fresh() }).contains("days"));
    assert!(refused(SimulateOptions { gateways: 0, ..fresh() }).contains("gateways"));
    assert!(refused(SimulateOptions { start: i64::MAX, ..fresh() }).contains("start"));
    assert!(refused(SimulateOptions { out: "/".into(), ..fresh() }).contains("no name"));
    assert!(!folder.path().join("fresh").exists());
    // A file in the way is an error too, and an empty folder is none.
    simulate(&options(out.join("mine.txt")), &|_, _, _| {}).unwrap_err();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    run(&SimulateOptions { days: 1, gateways: 1, ..options(folder.path().join("empty")) });
}

#[test]
fn the_asked_size_is_about_met() {
    let folder = tempfile::tempdir().unwrap();
    let size = 30_000_000;
    let summary = run(&SimulateOptions { size: Some(size), ..options(folder.path().join("demo")) });
    let ratio = summary.bytes as f64 / size as f64;
    assert!((0.9..1.1).contains(&ratio), "{ratio}");
}

#[test]
fn progress_reaches_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let last = std::sync::Mutex::new((0, 0, 0));
    let options = SimulateOptions { days: 1, gateways: 2, ..options(folder.path().join("demo")) };
    simulate(&options, &|bytes, done, all| {
        let mut last = last.lock().unwrap();
        *last = (bytes.max(last.0), done.max(last.1), all);
    })
    .unwrap();
    let (bytes, done, all) = *last.lock().unwrap();
    assert!(bytes > 0);
    assert_eq!((done, all), (48, 48));
}

#[test]
fn the_sample_is_what_the_repository_holds() {
    let kept = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_data"));
    let folder = tempfile::tempdir().unwrap();
    let options = SimulateOptions { scenario: Scenario::Sample, ..SimulateOptions::new(folder.path().join("blobs")) };
    let summary = run(&options);
    let truth = truth(&summary);
    let account = &truth["account"];
    assert_eq!((summary.duplicates, summary.blank, summary.garbage, summary.torn), (4, 1, 0, 0));
    assert_eq!(account["late"].as_u64(), Some(1));
    assert!(account["rows_by_category"].as_object().unwrap().values().all(|n| n.as_u64() > Some(0)), "{account}");
    assert!((500_000..1_500_000).contains(&summary.bytes), "{}", summary.bytes);
    if kept.join("blobs").is_dir() {
        assert!(files(&folder.path().join("blobs")) == files(&kept.join("blobs")), "sample_data/blobs is out of date");
        let beside = std::fs::read(kept.join("blobs.truth.json")).unwrap();
        assert!(beside == std::fs::read(summary.truth).unwrap(), "sample_data/blobs.truth.json is out of date");
    }
}

#[test]
fn the_edge_cases_are_all_accounted_for() {
    let edge = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_data/edge"));
    let Ok(list) = std::fs::read(edge.join("accounts.json")) else { return };
    let list: Vec<Value> = serde_json::from_slice(&list).unwrap();
    let mut found = files(edge);
    found.remove("accounts.json");
    for account in &list {
        let name = account["file"].as_str().unwrap();
        let bytes = found.remove(name).unwrap_or_else(|| panic!("{name} is missing"));
        let n = |key: &str| account[key].as_u64().unwrap_or_else(|| panic!("{name}: {key}"));
        let rejects: u64 = account["rejects"].as_object().unwrap().values().map(|v| v.as_u64().unwrap()).sum();
        assert_eq!(n("lines"), n("blank") + n("records") + rejects, "{name}");
        assert_eq!(n("rows"), n("records") - n("duplicates"), "{name}");
        assert!(name.ends_with(".gz") || n("bytes") == bytes.len() as u64, "{name}");
        assert!(account["why"].as_str().is_some_and(|why| !why.is_empty()), "{name}");
    }
    assert!(found.is_empty(), "no account of {:?}", found.keys());
}
