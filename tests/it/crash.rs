//! Imports and compactions that are killed, that race or that meet a failing store: no row may be lost or doubled, and
//! going on must lead to what an undisturbed import gives.

mod blob;
mod faults;
mod full_disk;
mod kill;
mod races;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{arg, command, finish, read_json, rows, tunnelql};

/// The log tables.
const TABLES: [&str; 5] = ["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log"];

/// A small generator: the same seed gives the same numbers.
struct Rng(u64);

impl Rng {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % limit.max(1)
    }
}

/// Writes a synthetic export of a day with a lot of dirt; returns it and the truth about it.
fn export(root: &Path, name: &str, seed: u64, size: Size) -> (PathBuf, Value) {
    let folder = root.join(name);
    let seed = seed.to_string();
    let (gateways, rate) = match size {
        Size::OneCommit => ("1", "0"),
        Size::TwoCommits => ("1", "0.1"),
        Size::SomeCommits => ("1", "0.4"),
        Size::ManyCommits => ("2", "0.4"),
    };
    let args = ["--days", "1", "--scenario", "healthy", "--dirt", "heavy", "--seed", &seed];
    finish(command().arg("simulate").args(args).args(["--gateways", gateways, "--ike-rate", rate]).arg(&folder)).ok();
    (folder, read_json(&root.join(format!("{name}.truth.json"))))
}

/// How much is exported: by about how many commits an import with the least memory makes of it.
#[derive(Debug, Clone, Copy)]
enum Size {
    OneCommit,
    TwoCommits,
    SomeCommits,
    ManyCommits,
}

/// Every row of every table but where it came from, in an order of its own: of equal records from two sources either may
/// be the one that is kept.
fn contents(archive: &Path) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in TABLES {
        let sql = format!("SELECT * EXCEPT (source, source_line) FROM {table}");
        let mut lines = crate::support::ndjson(&[archive], &sql, &[]);
        lines.sort_unstable();
        all.insert(table, lines);
    }
    all
}

/// Compares without printing megabytes.
#[track_caller]
fn assert_same(
    found: &BTreeMap<&'static str, Vec<String>>,
    expected: &BTreeMap<&'static str, Vec<String>>,
    what: &str,
) {
    for table in TABLES {
        let (found, expected) = (&found[table], &expected[table]);
        let differs = found.iter().zip(expected).position(|(a, b)| a != b);
        if let Some(at) = differs {
            panic!("{what}: {table} row {at}: {}\nexpected {}", found[at], expected[at]);
        }
        assert_eq!(found.len(), expected.len(), "{what}: rows of {table}");
    }
}

#[track_caller]
fn assert_sound(archive: &Path, what: &str) {
    let out = tunnelql(["verify", "--data", &arg(archive)]);
    assert_eq!(out.code, 0, "{what}: {}", out.stderr);
}

/// The ledger's sums are the truth's.
#[track_caller]
fn assert_account(archive: &Path, truth: &Value, what: &str) {
    let sql = "SELECT sum(lines) AS lines, sum(blank) AS blank, sum(records) AS records, sum(rejects) AS rejects, \
               sum(duplicates) AS duplicates, sum(rows) AS rows FROM system.imports";
    let sums = rows(&[archive], sql, &[]).remove(0);
    let account = &truth["account"];
    for name in ["lines", "blank", "records", "duplicates", "rows"] {
        assert_eq!(sums[name], account[name], "{what}: {name}");
    }
    let rejects: u64 = account["rejects"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(sums["rejects"].as_u64(), Some(rejects), "{what}: rejects");
    let by_code = rows(&[archive], "SELECT code, count(*) AS n FROM system.rejects GROUP BY code", &[]);
    let by_code: BTreeMap<String, u64> =
        by_code.iter().map(|r| (r["code"].to_string(), r["n"].as_u64().unwrap())).collect();
    let truth: BTreeMap<String, u64> =
        account["rejects"].as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.as_u64().unwrap())).collect();
    assert_eq!(by_code, truth, "{what}: rejects by code");
}

/// Commits in the log, the making of the archive included.
fn commits(archive: &Path) -> usize {
    let Ok(entries) = fs::read_dir(archive.join("_delta_log")) else { return 0 };
    entries.flatten().filter(|e| e.path().extension().is_some_and(|x| x == "json")).count()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The arguments of an import that commits often.
fn import_args(archive: &Path, sources: &[&Path]) -> Vec<String> {
    let mut args: Vec<String> =
        ["import", "--memory-limit", "1MB", "--threads", "2", "--archive"].map(str::to_owned).into();
    args.push(arg(archive));
    args.extend(sources.iter().map(arg));
    args
}
