//! Several processes at one archive.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Size, assert_account, assert_same, assert_sound, contents, copy_folder, export, import_args};
use crate::support::{Output, arg, command, rows, sample, temp, tunnelql};

const ROUNDS: usize = 4;

fn start(args: &[String]) -> Child {
    command().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Output {
    child.wait_with_output().unwrap().into()
}

fn compact_args(archive: &Path, keep: &str) -> Vec<String> {
    ["compact", "--keep", keep, "--data", &arg(archive)].map(str::to_owned).into()
}

/// Ended well, or said why not. Who keeps no old file takes it from those that still read it.
#[track_caller]
fn assert_ended(out: &Output, keep: &str, what: &str) {
    let taken_away = keep == "0s" && out.stderr.contains("not found");
    let said = out.code == 3 && out.stderr.len() > 20;
    assert!(out.code == 0 || said || taken_away, "{what}: {} {}", out.code, out.stderr);
    assert!(!out.stderr.contains("panicked"), "{what}: {}", out.stderr);
}

#[test]
fn standard_input_is_not_lost_to_a_race_for_another_source() {
    let dir = temp();
    let lines = |at: &Path| fs::read_to_string(at).unwrap().lines().count();
    let hours = sample("blobs").join("insights-logs-ikediagnosticlog/**/PT1H.json");
    let mut hours = glob::glob(hours.to_str().unwrap()).unwrap().map(Result::unwrap);
    let (first, second) = (hours.next().unwrap(), hours.next().unwrap());
    let archive = dir.path().join("archive");
    let mut args = import_args(&archive, &[Path::new("-"), &first]);
    args.extend(["--summary", "json"].map(str::to_owned));
    let mut slow =
        command().args(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It makes the archive when it has planned; then another one takes the file.
    while !archive.join("_delta_log").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    tunnelql(import_args(&archive, &[&first])).ok();
    slow.stdin.take().unwrap().write_all(&fs::read(&second).unwrap()).unwrap();
    let summary = end(slow).json();
    assert_eq!(summary["lines"], lines(&second), "{summary}");
    let sources = serde_json::json!({ "listed": 2, "new": 1, "unchanged": 1, "grown": 0, "rewritten": 0 });
    assert_eq!(summary["sources"], sources);
    assert_sound(&archive, "after the race");
    // Also when it took it after the first commit of ours: no source is counted twice.
    let imports = "SELECT count(*) AS n, count(DISTINCT source) AS sources FROM system.imports";
    assert_eq!(rows(&[&archive], imports, &[]), [serde_json::json!({ "n": 2, "sources": 2 })]);
    let clean = dir.path().join("clean");
    tunnelql(import_args(&clean, &[&first, &second])).ok();
    let rows = |at: &Path| rows(&[at], "SELECT time, message FROM ike_log ORDER BY 1, 2", &[]);
    assert_eq!(rows(&archive), rows(&clean));
    assert!(!rows(&clean).is_empty());
}

#[test]
fn two_imports_of_one_folder() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 21, Size::SomeCommits);
    let clean = dir.path().join("clean");
    tunnelql(import_args(&clean, &[&source])).ok();
    let expected = contents(&clean);
    for round in 0..ROUNDS {
        let archive = dir.path().join(format!("raced-{round}"));
        let args = import_args(&archive, &[&source]);
        // Both make the archive in the first rounds; in the others it is there.
        if round >= ROUNDS / 2 {
            let one = sorted(&source).remove(0);
            tunnelql(import_args(&archive, &[&one])).ok();
        }
        let (a, b) = (start(&args), start(&args));
        let (a, b) = (end(a), end(b));
        let what = format!("round {round}: {}\n{}", a.stderr, b.stderr);
        assert_ended(&a, "7d", &what);
        assert_ended(&b, "7d", &what);
        assert!(a.code == 0 || b.code == 0, "{what}");
        tunnelql(&args).ok();
        assert_sound(&archive, &what);
        assert_same(&contents(&archive), &expected, &what);
        // Whoever was first, each record is counted once.
        assert_account(&archive, &truth, &what);
    }
}

#[test]
fn two_imports_of_folders_that_share_records() {
    let dir = temp();
    let (source, _) = export(dir.path(), "export", 22, Size::SomeCommits);
    let (left, right) = (dir.path().join("left"), dir.path().join("right"));
    for (i, container) in sorted(&source).into_iter().enumerate() {
        let name = container.file_name().unwrap();
        if i % 2 == 0 || name.to_string_lossy().contains("ike") {
            copy_folder(&container, &left.join(name));
        }
        if i % 2 == 1 || name.to_string_lossy().contains("ike") {
            copy_folder(&container, &right.join(name));
        }
    }
    let clean = dir.path().join("clean");
    tunnelql(import_args(&clean, &[&source])).ok();
    let expected = contents(&clean);
    for round in 0..ROUNDS {
        let archive = dir.path().join(format!("raced-{round}"));
        let (one, other) = (import_args(&archive, &[&left]), import_args(&archive, &[&right]));
        let (a, b) = (start(&one), start(&other));
        let (a, b) = (end(a), end(b));
        let what = format!("round {round}: {}\n{}", a.stderr, b.stderr);
        assert_ended(&a, "7d", &what);
        assert_ended(&b, "7d", &what);
        tunnelql(&one).ok();
        tunnelql(&other).ok();
        assert_sound(&archive, &what);
        assert_same(&contents(&archive), &expected, &what);
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

/// The folders of the hours, oldest first: imported one after the other they make an archive of many small files.
fn days(source: &Path) -> Vec<String> {
    (0..24).step_by(6).map(|h| format!("{}/**/h={:02}/**", arg(source), h)).collect()
}

#[test]
fn imports_compactions_and_queries_at_once() {
    for keep in ["7d", "0s"] {
        let dir = temp();
        let (source, truth) = export(dir.path(), "export", 23, Size::SomeCommits);
        let clean = dir.path().join("clean");
        tunnelql(import_args(&clean, &[&source])).ok();
        let expected = contents(&clean);
        let archive = dir.path().join("archive");
        tunnelql(import_args(&archive, &[&sorted(&source)[0]])).ok();
        let done = AtomicBool::new(false);
        let (counts, compactions) = std::thread::scope(|scope| {
            let compactor = scope.spawn(|| {
                let mut runs = 0;
                while !done.load(Ordering::Relaxed) {
                    assert_ended(&tunnelql(compact_args(&archive, keep)), keep, "compact");
                    runs += 1;
                }
                runs
            });
            let reader = scope.spawn(|| {
                let mut counts = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    let sql = "SELECT count(*) AS n, count(DISTINCT concat(time, message)) AS d FROM ike_log";
                    let out = tunnelql(["query", "--format", "csv", "-c", sql, "--data", &arg(&archive)]);
                    // Files that a running query needs are deleted only when asked to keep none.
                    if keep != "0s" || out.code == 0 {
                        let text = out.ok();
                        let numbers = text.lines().nth(1).unwrap().split_once(',').unwrap();
                        counts.push((numbers.0.parse::<u64>().unwrap(), numbers.1.parse::<u64>().unwrap()));
                    }
                }
                counts
            });
            for part in days(&source).iter().map(PathBuf::from).chain([source.clone(), source.clone()]) {
                let out = tunnelql(import_args(&archive, &[&part]));
                assert_ended(&out, keep, "import");
                assert!(out.code == 0 || keep == "0s", "{}", out.stderr);
            }
            done.store(true, Ordering::Relaxed);
            (reader.join().unwrap(), compactor.join().unwrap())
        });
        tunnelql(import_args(&archive, &[&source])).ok();
        assert!(counts.windows(2).all(|w| w[0].0 <= w[1].0), "{keep}: rows went away: {counts:?}");
        let total = expected["ike_log"].len() as u64;
        assert!(counts.iter().all(|c| c.0 <= total && c.1 <= c.0), "{keep}: {counts:?} of {total}");
        println!(
            "keep {keep}: {} queries saw {:?} .. {:?}, {compactions} compactions",
            counts.len(),
            counts.first(),
            counts.last()
        );
        assert_sound(&archive, keep);
        assert_same(&contents(&archive), &expected, keep);
        assert_account(&archive, &truth, keep);
    }
}

#[test]
fn two_compactions_at_once() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 24, Size::SomeCommits);
    let many = dir.path().join("many");
    tunnelql(import_args(&many, &[&source])).ok();
    let expected = contents(&many);
    for (round, keep) in ["7d", "0s", "7d", "0s"].into_iter().enumerate() {
        let archive = dir.path().join(format!("archive-{round}"));
        copy_folder(&many, &archive);
        let args = compact_args(&archive, keep);
        let (a, b) = (start(&args), start(&args));
        let (a, b) = (end(a), end(b));
        let what = format!("round {round}: {}\n{}", a.stderr, b.stderr);
        assert_ended(&a, keep, &what);
        assert_ended(&b, keep, &what);
        assert!(keep == "0s" || (a.code, b.code) == (0, 0), "{what}");
        assert_sound(&archive, &what);
        assert_same(&contents(&archive), &expected, &what);
        assert_account(&archive, &truth, &what);
        // Nothing more to do.
        let again = tunnelql(compact_args(&archive, keep));
        assert!(again.stderr.contains("compacted 0 partitions") || keep == "0s", "{}", again.stderr);
        again.ok();
    }
}
