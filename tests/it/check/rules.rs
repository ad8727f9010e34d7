//! Rules of one's own, and the built-in ones on their examples.

use serde_json::Value;

use super::{DOWN, check};
use crate::support::{arg, command, finish, sample, temp, tunnelql};

const HEAD: &str = "id = \"mine\"\ntitle = \"Mine\"\nseverity = \"info\"\nkey = [\"remote_ip\"]\n";

#[test]
fn the_built_in_rules_hold_their_examples() {
    let text = tunnelql(["check", "--test"]).ok();
    assert!(text.ends_with(" of 10 rules: 0 wrong\n") && !text.contains("wrong  "), "{text}");
}

#[test]
fn rules_of_ones_own_in_both_languages() {
    let folder = temp();
    let sql = "message = \"{remote_ip} {n}\"\nquery = '''\nSELECT remote_ip, count(*) AS n FROM tunnel_log\nWHERE time >= \
               $since AND remote_ip = $peer GROUP BY 1'''\n[params.peer]\ntype = \"text\"\ndefault = \"203.0.113.1\"\n";
    let kql = "lang = \"kql\"\nmessage = \"{remote_ip} {n}\"\nquery = '''\ntunnel_log\n| where time >= since and remote_ip == \
               peer\n| summarize n = count() by remote_ip'''\n[params.peer]\ntype = \"text\"\ndefault = \"203.0.113.1\"\n";
    for text in [sql, kql] {
        let file = folder.path().join("mine.toml");
        std::fs::write(&file, format!("{HEAD}{text}")).unwrap();
        let run = |more: &[&str]| {
            let rules = arg(&file);
            let always = ["--rules", &rules, "--only", "mine", "--fail-on", "info"];
            let all: Vec<&str> = always.iter().chain(more).copied().collect();
            check("2026-03-11T12:00:00Z", &all)
        };
        let out = run(&["--last", "2d"]);
        assert_eq!((out.code, out.stdout.lines().next()), (5, Some("INFO mine: 203.0.113.1 10")), "{}", out.stderr);
        let out = run(&["--last", "12h"]);
        assert_eq!(out.stdout.lines().next(), Some("INFO mine: 203.0.113.1 2"), "{}{}", out.stdout, out.stderr);
        // A value is a value, whatever stands in it.
        assert!(run(&["--param", "mine.peer=' OR 1=1 --\" or true //"]).ok().contains("no findings"));
    }
}

#[test]
fn mistakes_name_file_and_line() {
    let folder = temp();
    let file = folder.path().join("mine.toml");
    let run = |text: &str| {
        std::fs::write(&file, format!("{HEAD}{text}")).unwrap();
        check(DOWN, &["--rules", &arg(folder.path()), "--only", "mine,flapping"])
    };
    let error = run("mesage = \"x\"\n").fails(2);
    assert!(error.contains("mine.toml:5: unknown key 'mesage'; did you mean message?"), "{error}");
    // A query that fails is told, and the others are run.
    let out = run("message = \"x\"\nquery = '''\nSELECT remote_ip\nFROM tunel_log'''\n");
    assert!(out.stdout.contains("2 rules: no findings, 1 could not tell"), "{}", out.stdout);
    let error = out.fails(1);
    assert!(
        error.contains("rule mine: ") && error.contains("mine.toml:8: ") && error.contains("tunnel_log"),
        "{error}"
    );
    let error = run("message = \"{peer}\"\nquery = \"SELECT remote_ip FROM tunnel_log\"\n").fails(1);
    assert!(error.contains("no column 'peer'"), "{error}");
    let error = run("message = \"x\"\nlang = \"kql\"\nquery = '''\ntunnel_log\n| were x'''\n").fails(1);
    assert!(error.contains("mine.toml:9: "), "{error}");
    // Rules come with other people's files: they ask, and change nothing.
    let target = folder.path().join("stolen.csv");
    for statement in [
        format!("COPY (SELECT 1) TO '{}'", target.display()),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
    ] {
        let error = run(&format!("message = \"x\"\nquery = \"{statement}\"\n")).fails(1);
        assert!(error.contains("must be a query") || error.contains("one query"), "{error}");
    }
    assert!(!target.exists());
}

#[test]
fn settings_of_rules_stand_in_a_file() {
    let folder = temp();
    let file = folder.path().join("ours.toml");
    std::fs::write(&file, "[set.tunnel-down]\nseverity = \"warning\"\ndown_for = \"1m\"\n").unwrap();
    let out = check(DOWN, &["--rules", &arg(&file), "--only", "tunnel-down"]);
    assert!(out.stdout.starts_with("WARNING tunnel-down"), "{}{}", out.stdout, out.stderr);
    std::fs::write(&file, "[set.tunnel-down]\ndownfor = \"1m\"\n").unwrap();
    let error = check(DOWN, &["--rules", &arg(&file)]).fails(2);
    assert!(error.contains("ours.toml:2: tunnel-down has no parameter 'downfor'; did you mean down_for?"), "{error}");
}

#[test]
fn examples_that_do_not_hold_are_told() {
    let folder = temp();
    let file = folder.path().join("mine.toml");
    let rule = "message = \"{remote_ip}\"\nquery = \"SELECT remote_ip FROM tunnel_log\"\n[[example]]\nname = \"one\"\nnow = \
                \"2026-03-11\"\nfindings = 2\nrecords = '''\n{\"time\":\"2026-03-10T01:00:00Z\",\"category\":\"TunnelDiagnosticLog\",\
                \"operationName\":\"TunnelConnected\",\"properties\":{\"remoteIP\":\"203.0.113.1\"}}\n'''\n";
    std::fs::write(&file, format!("{HEAD}{rule}")).unwrap();
    let out = tunnelql(["check", "--test", "--rules", &arg(&file), "--only", "mine"]);
    assert_eq!(out.code, 1, "{}", out.stderr);
    assert!(out.stdout.contains("wrong  mine: one: expected 2 findings, found 1: 203.0.113.1"), "{}", out.stdout);
}

/// Messages show what a peer wrote; none of it acts on a terminal.
#[test]
fn hostile_texts_are_made_visible() {
    let folder = temp();
    let file = folder.path().join("mine.toml");
    let rule = "id = \"mine\"\ntitle = \"Mine\"\nseverity = \"info\"\nkey = [\"message\"]\nmessage = \"{message}\"\nadvice = \
                \"{message}\"\nquery = \"SELECT message FROM ike_log UNION ALL SELECT message FROM gateway_log\"\n";
    std::fs::write(&file, rule).unwrap();
    for format in ["text", "json", "ndjson", "junit"] {
        let mut run = command();
        run.args(["check", "--data", &arg(sample("edge/hostile.json")), "--since", "2020-01-01"]);
        run.args(["--rules", &arg(&file), "--only", "mine", "--fail-on", "never", "--format", format]);
        let text = finish(&mut run).ok();
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}', '\u{0}']), "{format}: {text:?}");
        assert!(text.contains("\\x1b") || text.contains("\\u001b"), "{format}: nothing hostile was there: {text}");
        match format {
            "json" => assert!(serde_json::from_str::<Value>(&text).is_ok()),
            "junit" => assert_eq!(super::test_cases(&text).len(), 1),
            _ => {}
        }
    }
}
