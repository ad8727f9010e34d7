//! `kill -9` at random moments of imports and compactions.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{Rng, Size, assert_account, assert_same, assert_sound, commits, contents, export, import_args};
use crate::support::{arg, command, temp, tunnelql};

/// Kills wanted.
const KILLS: usize = 100;

#[derive(Debug, Default)]
struct Fallen {
    before_first_commit: usize,
    between_commits: usize,
    in_compaction: usize,
}

impl Fallen {
    fn all(&self) -> usize {
        self.before_first_commit + self.between_commits + self.in_compaction
    }
}

fn start(args: &[String]) -> Child {
    command().args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Lets a process run for so long, then kills it. `None` when it was killed, else how it ended.
fn run_for(child: &mut Child, time: Duration) -> Option<i32> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code().unwrap_or(-1));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    // SIGKILL on Unix.
    child.kill().unwrap();
    let status = child.wait().unwrap();
    status.code()
}

#[test]
fn killed_imports_lose_and_double_nothing() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 11, Size::ManyCommits);
    let clean = dir.path().join("clean");
    let before = Instant::now();
    tunnelql(import_args(&clean, &[&source])).ok();
    let whole = before.elapsed();
    let pieces = commits(&clean) - 1;
    assert!(pieces >= 3, "an import of several commits, not {pieces}");
    assert_account(&clean, &truth, "clean");
    let expected = contents(&clean);

    let mut rng = Rng(0x5EED_0001);
    let mut fallen = Fallen::default();
    let mut archives = 0;
    while fallen.all() < KILLS {
        archives += 1;
        let archive = dir.path().join(format!("killed-{archives}"));
        let args = import_args(&archive, &[&source]);
        // Hardly more than the time of one commit, so that an import is killed many times before it is done.
        let longest = (whole * 5 / 4 / u32::try_from(pieces).unwrap()).as_millis() as u64;
        let mut attempts = 0;
        loop {
            attempts += 1;
            // On a machine that has become slower the kills must not starve the import.
            let time = Duration::from_millis(rng.below(longest + attempts * 10));
            match run_for(&mut start(&args), time) {
                Some(0) => break,
                Some(code) => {
                    panic!("after {attempts} attempts the import ends with {code}: {}", tunnelql(&args).stderr)
                }
                None if commits(&archive) <= 1 => fallen.before_first_commit += 1,
                None => fallen.between_commits += 1,
            }
            if fallen.all() % 16 == 0 && commits(&archive) > 0 {
                assert_sound(&archive, "after a kill");
            }
        }
        if archives % 2 == 0 {
            let compact = ["compact", "--keep", "0s", "--data"].map(str::to_owned).into_iter().chain([arg(&archive)]);
            let compact: Vec<String> = compact.collect();
            for _ in 0..5 {
                let done = run_for(&mut start(&compact), Duration::from_millis(rng.below(longest * 2)));
                fallen.in_compaction += usize::from(done.is_none());
            }
            assert_sound(&archive, "after a killed compaction");
            tunnelql(&compact).ok();
        }
        assert_sound(&archive, "after the kills");
        assert_account(&archive, &truth, "after the kills");
        assert_same(&contents(&archive), &expected, "after the kills");
        std::fs::remove_dir_all(&archive).unwrap();
    }
    println!("{archives} archives, clean import {whole:?} in {pieces} commits, kills: {fallen:?}");
    // How many fall before the first commit depends on how busy the machine is; that some do shows that they can.
    assert!(fallen.between_commits >= 10 && fallen.before_first_commit >= 1, "{fallen:?}");
    assert!(fallen.in_compaction >= 1, "{fallen:?}");
}

/// A process that dies while it makes an archive leaves a log folder without a first version.
#[test]
fn an_archive_that_was_only_begun_is_made() {
    for leftover in ["", "00000000000000000000.json#1"] {
        let dir = temp();
        let (source, truth) = export(dir.path(), "export", 12, Size::OneCommit);
        let archive = dir.path().join("archive");
        std::fs::create_dir_all(archive.join("_delta_log")).unwrap();
        if !leftover.is_empty() {
            std::fs::write(archive.join("_delta_log").join(leftover), "{\"commitInfo\":{").unwrap();
        }
        tunnelql(import_args(&archive, &[&source])).ok();
        assert_sound(&archive, leftover);
        assert_account(&archive, &truth, leftover);
    }
}
