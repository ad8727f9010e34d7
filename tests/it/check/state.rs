//! A standing alarm is told once, and its end once.

use std::path::Path;

use super::{BACK, DOWN, check};
use crate::support::{Output, arg, command, finish, read_json, sample, temp};

fn with_state(now: &str, state: &Path, more: &[&str]) -> Output {
    let state = arg(state);
    let all: Vec<&str> = ["--state", &state].iter().chain(more).copied().collect();
    check(now, &all)
}

#[test]
fn told_once_and_its_end_once() {
    let folder = temp();
    let state = folder.path().join("state.json");
    let only = ["--only", "tunnel-down,config-change-drop"];
    let first = with_state(DOWN, &state, &only);
    assert_eq!(first.code, 5, "{}", first.stderr);
    assert_eq!(first.stdout.lines().filter(|l| !l.starts_with(' ')).count(), 2, "{}", first.stdout);
    // Nothing at all is said, so that cron sends no mail.
    let second = with_state("2026-03-11T05:22:00Z", &state, &only);
    assert_eq!((second.code, second.stdout.as_str(), second.stderr.as_str()), (0, "", ""));
    let json = with_state("2026-03-11T05:23:00Z", &state, &["--format", "json", "--only", "tunnel-down"]).json();
    assert_eq!(json["findings"][0]["status"], "standing");
    assert_eq!(json["findings"][0]["since"], "2026-03-11T05:20:00.0000000Z");
    // A rule that is not run, or fails, ends nothing.
    assert_eq!(with_state(BACK, &state, &["--only", "flapping"]).ok(), "");
    let third = with_state(BACK, &state, &only).ok();
    assert!(third.starts_with("RESOLVED tunnel-down: VPNGW-TOKYO has had no tunnel to 203.0.113.1"), "{third}");
    // What happened has no end, and is not told again.
    assert_eq!(third.lines().count(), 1, "{third}");
    assert_eq!(with_state(BACK, &state, &only).ok(), "");
    assert_eq!(with_state("2026-03-13T00:00:00Z", &state, &only).ok(), "");
    assert_eq!(with_state(BACK, &state, &only).ok(), "");
}

#[test]
fn a_failing_rule_ends_nothing() {
    let folder = temp();
    let (state, rule) = (folder.path().join("state.json"), folder.path().join("mine.toml"));
    let write = |query: &str| {
        let head = "id = \"mine\"\ntitle = \"T\"\nseverity = \"warning\"\nkey = [\"x\"]\nmessage = \"{x}\"\n";
        std::fs::write(&rule, format!("{head}query = \"{query}\"\n")).unwrap();
        with_state(DOWN, &state, &["--rules", &arg(&rule), "--only", "mine"])
    };
    assert_eq!(write("SELECT 1 AS x").code, 5);
    assert_eq!(write("SELECT x FROM nothing").code, 1);
    assert_eq!(write("SELECT 1 AS x").ok(), "");
    assert_eq!(write("SELECT 1 AS x WHERE false").ok(), "RESOLVED mine: 1\n");
}

#[test]
fn a_damaged_state_is_an_error_that_names_it() {
    let folder = temp();
    let state = folder.path().join("state.json");
    for text in ["", "{", "{\"version\":2,\"told\":[]}", "{\"version\":1,\"told\":[{}]}", "[]"] {
        std::fs::write(&state, text).unwrap();
        let error = with_state(DOWN, &state, &["--only", "flapping"]).fails(6);
        assert!(error.contains("state.json is damaged"), "{error}");
        assert_eq!(std::fs::read_to_string(&state).unwrap(), text);
    }
    let error = with_state(DOWN, &folder.path().join("no/such/state.json"), &["--only", "flapping"]).fails(3);
    assert!(error.contains("state.json"), "{error}");
}

/// Of several at once one tells, and the state is whole.
#[test]
fn checks_at_once_take_turns() {
    let folder = temp();
    let state = folder.path().join("state.json");
    let run = || {
        let mut run = command();
        run.args(["check", "--data", &arg(sample("blobs")), "--now", DOWN, "--only", "tunnel-down"]);
        run.args(["--state", &arg(&state), "--threads", "1"]);
        finish(&mut run)
    };
    let outputs: Vec<Output> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|r| r.join().unwrap()).collect()
    });
    let mut codes: Vec<i32> = outputs.iter().map(|o| o.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 0, 5], "{outputs:?}");
    assert_eq!(read_json(&state)["told"].as_array().unwrap().len(), 1);
    let mut left: Vec<String> =
        folder.path().read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["state.json", "state.json.lock"]);
}
