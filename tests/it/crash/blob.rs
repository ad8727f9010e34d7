//! The same promises for archives in a container: a month written as Azure writes it, blobs that grow, importers that are
//! killed and importers that race. Without Azurite these tests say that they are skipped.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Rng, Size, assert_account, assert_same, assert_sound, contents, export, import_args};
use crate::azurite::{Azurite, files};
use crate::support::{Output, arg, command, finish, read_json, rows, temp, tunnelql};

/// A place in a container, by a URL that needs no settings: the emulator's key is a published one.
fn place(azurite: &Azurite, container: &str, path: &str) -> PathBuf {
    PathBuf::from(format!("{}/{container}/{path}", azurite.account_url()))
}

/// Uploads every file below a folder on several connections at once; `part` is how much of each is written, of a hundred.
fn upload(azurite: &Azurite, container: &str, folder: &Path, part: impl Fn(&Path) -> usize + Sync) {
    let (files, part) = (files(folder), &part);
    std::thread::scope(|scope| {
        for some in files.chunks(files.len().div_ceil(8)) {
            scope.spawn(move || {
                for file in some {
                    let name = file.strip_prefix(folder).unwrap().to_str().unwrap();
                    let bytes = std::fs::read(file).unwrap();
                    azurite.create(container, name);
                    // Blocks end anywhere in a line.
                    let blocks = bytes[..bytes.len() * part(file) / 100].chunks(50_021);
                    blocks.for_each(|block| azurite.append(container, name, block));
                }
            });
        }
    });
}

#[track_caller]
fn summary(archive: &Path, source: &Path) -> Value {
    finish(command().args(["import", "--summary", "json", "--archive"]).arg(archive).arg(source)).json()
}

#[test]
fn a_month_of_append_blobs_that_still_grow() {
    let Some(azurite) = Azurite::find() else { return };
    let dir = temp();
    let folder = dir.path().join("month");
    let simulate = ["simulate", "--days", "30", "--gateways", "1", "--ike-rate", "0.002", "--seed", "31"];
    finish(command().args(simulate).arg(&folder)).ok();
    let truth = read_json(&dir.path().join("month.truth.json"));
    let clean = dir.path().join("clean");
    summary(&clean, &folder);
    let expected = contents(&clean);

    let (raw, kept) = (azurite.container(), azurite.container());
    let (source, archive) = (place(&azurite, &raw, ""), place(&azurite, &kept, "vpn/archive"));
    // The last days are only begun.
    let newest: Vec<PathBuf> = {
        let mut all = files(&folder);
        all.sort_by_key(|f| f.to_str().unwrap().split("/y=").nth(1).map(str::to_owned));
        all.split_off(all.len() * 9 / 10)
    };
    upload(&azurite, &raw, &folder, |file| if newest.iter().any(|n| n == file) { 55 } else { 100 });
    let first = summary(&archive, &source);
    assert_sound(&archive, "before the blobs grew");
    assert!(first["torn_bytes"].as_u64() > Some(0), "{first}");
    for file in &newest {
        let bytes = std::fs::read(file).unwrap();
        let name = file.strip_prefix(&folder).unwrap().to_str().unwrap();
        bytes[bytes.len() * 55 / 100..].chunks(50_021).for_each(|block| azurite.append(&raw, name, block));
    }
    let second = summary(&archive, &source);
    assert!(second["sources"]["grown"].as_u64() > Some(0), "{second}");
    assert_eq!(second["sources"]["rewritten"], 0, "{second}");
    let third = summary(&archive, &source);
    assert_eq!((&third["rows"], &third["commits"], &third["bytes_read"]), (&0.into(), &0.into(), &0.into()), "{third}");
    assert_sound(&archive, "blob to blob");
    assert_account(&archive, &truth, "blob to blob");
    assert_same(&contents(&archive), &expected, "blob to blob");

    // Raw, for a day, and from a container into a folder.
    let day = ["--since", "2026-03-10", "--until", "2026-03-11"];
    let count = "SELECT count(*) AS n, min(time) AS a, max(time) AS b FROM gateway_log";
    for sql in [count, "SELECT * EXCEPT (source) FROM tunnel_log ORDER BY time, source_line"] {
        let here = rows(&[&clean], sql, &day);
        assert_eq!(rows(&[&source], sql, &day), here, "{sql}");
        assert_eq!(rows(&[&archive], sql, &day), here, "{sql}");
    }
    let local = dir.path().join("local");
    summary(&local, &source);
    assert_account(&local, &truth, "blob to local");
    assert_same(&contents(&local), &expected, "blob to local");

    let compacted = finish(command().args(["compact", "--json", "--keep", "0s", "--data"]).arg(&archive)).json();
    assert!(compacted["files_before"].as_u64() > compacted["files_after"].as_u64(), "{compacted}");
    assert!(compacted["deleted"].as_u64() > Some(0), "{compacted}");
    assert_sound(&archive, "compacted");
    assert_account(&archive, &truth, "compacted");
    assert_same(&contents(&archive), &expected, "compacted");
    let status = finish(command().args(["status", "--format", "json", "--data"]).arg(&archive)).json();
    assert!(status.as_array().unwrap().iter().any(|row| row["table_name"] == "tunnel_log"), "{status}");
}

fn start(args: &[String]) -> Child {
    command().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Output {
    child.wait_with_output().unwrap().into()
}

/// Versions of the archive's log.
fn versions(azurite: &Azurite, container: &str) -> usize {
    azurite.download(container).iter().filter(|(n, _)| n.contains("_delta_log/") && n.ends_with(".json")).count()
}

#[test]
fn killed_imports_into_a_container() {
    let Some(azurite) = Azurite::find() else { return };
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 41, Size::SomeCommits);
    let clean = dir.path().join("clean");
    tunnelql(import_args(&clean, &[&source])).ok();
    let expected = contents(&clean);
    let whole = {
        let container = azurite.container();
        let before = Instant::now();
        tunnelql(import_args(&place(&azurite, &container, "a"), &[&source])).ok();
        (before.elapsed(), versions(&azurite, &container))
    };
    assert!(whole.1 >= 3, "an import of several commits, not {}", whole.1);
    let mut rng = Rng(0x5EED_0002);
    let (mut kills, mut between) = (0, 0);
    let mut rounds = 0;
    while kills < 12 {
        rounds += 1;
        let container = azurite.container();
        let archive = place(&azurite, &container, "a");
        let args = import_args(&archive, &[&source]);
        let longest = (whole.0 * 3 / 2 / u32::try_from(whole.1).unwrap()).as_millis() as u64;
        let mut attempts = 0;
        let finished = loop {
            attempts += 1;
            let mut child = start(&args);
            std::thread::sleep(Duration::from_millis(100 + rng.below(longest + attempts * 30)));
            if let Some(status) = child.try_wait().unwrap() {
                break (status.code(), end(child));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            between += usize::from(versions(&azurite, &container) > 1);
        };
        assert_eq!(finished.0, Some(0), "after {attempts} attempts: {}", finished.1.stderr);
        let what = format!("round {rounds}, {attempts} attempts");
        assert_sound(&archive, &what);
        assert_account(&archive, &truth, &what);
        assert_same(&contents(&archive), &expected, &what);
    }
    println!("{kills} kills in {rounds} archives, {between} of them after a first commit; a clean import: {whole:?}");
    assert!(between >= 3, "{between} of {kills} kills fell after a first commit");
}

#[test]
fn two_imports_into_one_container() {
    let Some(azurite) = Azurite::find() else { return };
    let dir = temp();
    let (folder, truth) = export(dir.path(), "export", 42, Size::SomeCommits);
    let clean = dir.path().join("clean");
    tunnelql(import_args(&clean, &[&folder])).ok();
    let expected = contents(&clean);
    let raw = azurite.container();
    upload(&azurite, &raw, &folder, |_| 100);
    for round in 0..3 {
        let archive = place(&azurite, &azurite.container(), "a");
        // From the container and from the folder: the same records under two names of their source.
        let source = if round % 2 == 0 { place(&azurite, &raw, "") } else { folder.clone() };
        let (one, other) = (import_args(&archive, &[&place(&azurite, &raw, "")]), import_args(&archive, &[&source]));
        let (a, b) = (start(&one), start(&other));
        let compactor = start(&["compact", "--data", &arg(&archive)].map(str::to_owned));
        let (a, b, c) = (end(a), end(b), end(compactor));
        let what = format!("round {round}: {}\n{}\n{}", a.stderr, b.stderr, c.stderr);
        assert!([0, 3].contains(&a.code) && [0, 3].contains(&b.code), "{what}");
        assert!(a.code == 0 || b.code == 0, "{what}");
        assert!(!what.contains("panicked"), "{what}");
        tunnelql(&one).ok();
        tunnelql(&other).ok();
        assert_sound(&archive, &what);
        assert_same(&contents(&archive), &expected, &what);
        if round % 2 == 0 {
            assert_account(&archive, &truth, &what);
        }
    }
}
