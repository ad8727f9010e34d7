//! `tunnelql check`: what the rules find in simulated exports, and what becomes of it.

mod rules;
mod state;
mod truth;
mod webhook;

use serde_json::Value;

use crate::support::{Output, arg, command, finish, sample, tunnelql};

/// While a tunnel of the sample is down: its key was changed on one side only.
pub const DOWN: &str = "2026-03-11T05:20:00Z";
/// When it is back.
pub const BACK: &str = "2026-03-11T05:40:00Z";

/// A check of the sample.
pub fn check(now: &str, more: &[&str]) -> Output {
    finish(command().args(["check", "--data", &arg(sample("blobs")), "--now", now]).args(more))
}

/// Findings of a JSON document, by rule.
pub fn of_rule<'a>(document: &'a Value, rule: &str) -> Vec<&'a Value> {
    document["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == rule).collect()
}

#[test]
fn an_outage_is_found_while_it_lasts() {
    let out = check(DOWN, &[]);
    let text = out.stdout.clone();
    assert_eq!(out.code, 5, "{text}{}", out.stderr);
    assert!(out.stderr.is_empty(), "{}", out.stderr);
    let first = "CRITICAL tunnel-down: VPNGW-TOKYO has had no tunnel to 203.0.113.1 for 9 min 35 s, since 2026-03-11 05:10:24 UTC \
                 (cause: authentication)\n    Compare the pre-shared keys";
    assert!(text.starts_with(first), "{text}");
    assert!(text.contains("\nWARNING config-change-drop: ") && text.contains("SharedKeyVersion: 1 to 2"), "{text}");
    assert!(text.ends_with("10 rules: 3 critical, 4 warning\n"), "{text}");
    // What comes after `now` is not known yet, and what was before is no longer so.
    assert!(!check("2026-03-11T05:10:00Z", &["--fail-on", "never"]).ok().contains("tunnel-down"));
    assert!(!check(BACK, &["--fail-on", "never"]).ok().contains("tunnel-down"));
}

#[test]
fn the_level_decides_the_exit_code() {
    for (level, code) in [("info", 5), ("warning", 5), ("critical", 0), ("never", 0)] {
        let out = check(DOWN, &["--only", "config-change-drop", "--fail-on", level]);
        assert_eq!(out.code, code, "{level}: {}{}", out.stdout, out.stderr);
        assert!(out.stdout.starts_with("WARNING config-change-drop"), "{}", out.stdout);
    }
    assert_eq!(check(DOWN, &["--only", "flapping"]).ok(), "1 rule: no findings\n");
    let error = check(DOWN, &["--fail-on", "loud"]).fails(2);
    assert!(error.contains("critical"), "{error}");
    let error = tunnelql(["check", "--data", "no-such-place"]).fails(3);
    // One place that is not there is said once, not by every rule.
    assert_eq!(error.matches("no-such-place").count(), 1, "{error}");
    assert!(error.contains("rules tunnel-down, redundancy-lost, ") && !error.contains(".toml"), "{error}");
    let error = check(DOWN, &["--since", "2026-03-12"]).fails(2);
    assert!(error.contains("empty"), "{error}");
}

#[test]
fn silence_over_old_data_is_explained() {
    let folder = crate::support::temp();
    let archive = folder.path().join("archive");
    crate::support::import(&archive, &sample("blobs"), &[]);
    let run = |more: &[&str]| finish(command().args(["check", "--data", &arg(&archive)]).args(more));
    let out = run(&[]);
    assert_eq!((out.code, out.stdout.as_str()), (0, "10 rules: no data to find anything in\n"));
    assert!(out.stderr.contains("there is no data since ") && out.stderr.contains("--now TIME"), "{}", out.stderr);
    assert_eq!(run(&["--now", BACK, "--fail-on", "never"]).stderr, "");
    let state = arg(folder.path().join("state.json"));
    assert!(run(&["--now", DOWN, "--state", &state]).stdout.contains("CRITICAL tunnel-down"));
    // With a state only news are said, and what nobody can see has not ended.
    let out = run(&["--state", &state]);
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", ""));
    // The same of an export, of which no log says how far it reaches.
    let out = finish(command().args(["check", "--data", &arg(sample("blobs"))]));
    assert!(out.stdout.contains("no data to find anything in") && out.stderr.contains("nothing could be checked"));
}

#[test]
fn parameters_and_ranges_count() {
    let only = |more: &[&str]| {
        let all: Vec<&str> = ["--only", "tunnel-down", "--fail-on", "never"].iter().chain(more).copied().collect();
        check(DOWN, &all)
    };
    assert!(only(&[]).ok().contains("1 critical"));
    assert!(only(&["--param", "tunnel-down.down_for=15m"]).ok().contains("no findings"));
    let error = only(&["--param", "tunnel-down.downfor=15m"]).fails(2);
    assert!(error.contains("did you mean down_for?"), "{error}");
    let error = check(DOWN, &["--only", "tuneldown"]).fails(2);
    assert!(error.contains("--only: there is no rule 'tuneldown'; did you mean tunnel-down?"), "{error}");
    // The window lets a condition be seen that began before the range; an event out of the range is none.
    let last = |range: &str| check(DOWN, &["--fail-on", "never", "--last", range]).ok();
    assert!(last("1m").contains("tunnel-down") && !last("1m").contains("config-change-drop"));
    assert!(last("15m").contains("config-change-drop"));
}

#[test]
fn every_format_holds_the_same() {
    let run = |format: &str| check(DOWN, &["--format", format, "--fail-on", "never"]).ok();
    let document: Value = serde_json::from_str(&run("json")).unwrap();
    let findings = document["findings"].as_array().unwrap();
    assert_eq!((document["version"].as_u64(), findings.len()), (Some(1), 7));
    assert_eq!(findings[0]["key"]["remote_ip"], "203.0.113.1");
    assert_eq!(findings[0]["row"]["cause"], "authentication");
    assert_eq!(document["now"], "2026-03-11T05:20:00.0000000Z");
    let lines: Vec<Value> = run("ndjson").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(&lines, findings);
    let out = check(DOWN, &["--format", "junit"]);
    assert_eq!(out.code, 5);
    let cases = test_cases(&out.stdout);
    assert_eq!(cases.len(), 10);
    let failing: Vec<&str> = cases.iter().filter(|(_, fails)| *fails).map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        failing,
        ["tunnel-down", "failover-unplanned", "negotiations-failing", "new-failure", "config-change-drop"]
    );
    let folder = crate::support::temp();
    for (name, begins) in [("a.xml", "<?xml"), ("a.json", "{\"version\":1"), ("a.txt", "CRITICAL ")] {
        let file = folder.path().join(name);
        let out = check(DOWN, &["-o", &arg(&file)]);
        assert_eq!((out.code, out.stdout.as_str()), (5, ""));
        assert!(std::fs::read_to_string(&file).unwrap().starts_with(begins), "{name}");
    }
}

/// Names of test cases and whether they fail, from a document that must be well-formed.
fn test_cases(xml: &str) -> Vec<(String, bool)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut cases: Vec<(String, bool)> = Vec::new();
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}")) {
            Event::Eof => return cases,
            Event::Start(tag) if tag.name().as_ref() == b"testcase" => {
                let name = tag.try_get_attribute("name").unwrap().unwrap();
                cases.push((String::from_utf8(name.value.to_vec()).unwrap(), false));
            }
            Event::Start(tag) if tag.name().as_ref() == b"failure" => cases.last_mut().unwrap().1 = true,
            _ => {}
        }
    }
}

#[test]
fn the_list_is_the_documented_one() {
    let list: Value = tunnelql(["check", "--list", "--format", "json"]).json();
    let help = tunnelql(["help", "checks"]).ok();
    let readme = std::fs::read_to_string(crate::support::root().join("README.md")).unwrap();
    let rules = list.as_array().unwrap();
    assert!(rules.len() >= 10);
    for rule in rules {
        let (id, severity) = (rule["id"].as_str().unwrap(), rule["severity"].as_str().unwrap());
        let listed = help.lines().any(|l| l.split_whitespace().take(2).eq([id, severity]));
        assert!(listed, "{id} {severity} is not in the help topic");
        assert!(readme.contains(&format!("| `{id}` | {severity} |")), "{id} {severity} is not in the README");
    }
    let text = tunnelql(["check", "--list", "--only", "flapping", "--param", "flapping.count=5"]).ok();
    assert!(text.contains("warning   flapping") && text.contains("  count=5  So many"), "{text}");
}

#[test]
fn the_exit_code_is_documented() {
    assert!(tunnelql(["help", "exit-codes"]).ok().contains("\n  5    "));
    assert!(tunnelql(["--help"]).ok().contains("5 findings"));
    let readme = std::fs::read_to_string(crate::support::root().join("README.md")).unwrap();
    assert!(readme.contains("\n| 5 | "));
}

/// The commands in the README's examples for cron and GitHub Actions are such as are taken.
#[cfg(unix)]
#[test]
fn the_scheduled_commands_of_the_readme_are_taken() {
    let readme = std::fs::read_to_string(crate::support::root().join("README.md")).unwrap();
    let (folder, mut seen) = (crate::support::temp(), 0);
    for language in ["crontab", "yaml"] {
        let fence = format!("```{language}\n");
        let blocks = readme.split(&fence).skip(1).filter_map(|b| b.split("\n```").next());
        for line in blocks.flat_map(str::lines) {
            for (at, _) in line.match_indices("tunnelql check ") {
                // Listing reads the arguments as a check does, and no data.
                let words = line[at..].split(';').next().unwrap().split_whitespace().skip(1);
                let out = finish(command().args(words).arg("--list").current_dir(folder.path()));
                assert_eq!(out.code, 0, "{line}: {}", out.stderr);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2);
}
