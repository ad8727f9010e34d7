//! What a wrong statement says: in words, with the nearest names, and where.

use insta::assert_snapshot;

use super::{blobs, query};
use crate::support::{arg, temp, tunnelql};

#[track_caller]
fn says(sql: &str) -> String {
    let out = blobs(&["-c", sql]);
    assert_eq!(out.stdout, "", "{sql}");
    out.fails(1)
}

#[test]
fn unknown_names_come_with_the_nearest() {
    assert_snapshot!(says("SELECT * FROM tunel_log WHERE 1 = 1"), @r"
    tunnelql: table 'tunel_log' not found; did you mean tunnel_log?
    LINE 1: SELECT * FROM tunel_log WHERE 1 = 1
                          ^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT * FROM system.import"), @r"
    tunnelql: table 'system.import' not found; did you mean system.imports?
    LINE 1: SELECT * FROM system.import
                          ^^^^^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT *\n  FROM tunnel_log AS t\n WHERE t.remoteip = 'x'"), @r"
    tunnelql: column 'remoteip' not found in t; did you mean remote_ip?
    LINE 3:  WHERE t.remoteip = 'x'
                   ^^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT x.remote_ip FROM tunnel_log AS t"), @r"
    tunnelql: the statement has no table or alias 'x' for column 'remote_ip'; there is t
    LINE 1: SELECT x.remote_ip FROM tunnel_log AS t
                   ^^^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT zzzz FROM tunnel_log"), @r"
    tunnelql: column 'zzzz' not found in tunnel_log; there are time, gateway, instance, operation, level, remote_ip, ...
    LINE 1: SELECT zzzz FROM tunnel_log
                   ^^^^
    ");
    assert_snapshot!(says("SELECT count(*) FROM tunnel_log WHERE status = \"Connected\""), @r#"
    tunnelql: column 'Connected' not found in tunnel_log; a text stands in single quotes: 'Connected'
    LINE 1: SELECT count(*) FROM tunnel_log WHERE status = "Connected"
                                                           ^^^^^^^^^^^
    "#);
    assert_snapshot!(says("SELECT ike_remot_ip(message) FROM ike_log"), @r"
    tunnelql: function 'ike_remot_ip' not found; did you mean ike_remote_ip or ike_remote_port?
    LINE 1: SELECT ike_remot_ip(message) FROM ike_log
                   ^^^^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT * FROM failover(within => INTERVAL '1 second')"), @r"
    tunnelql: table function 'failover' not found; did you mean failovers?
    LINE 1: SELECT * FROM failover(within => INTERVAL '1 second')
                          ^^^^^^^^
    ");
    assert_snapshot!(says("SELECT * FROM zzzz"), @r"
    tunnelql: table 'zzzz' not found; SHOW TABLES lists them
    LINE 1: SELECT * FROM zzzz
                          ^^^^
    ");
    assert_snapshot!(says("SELECT * FROM generate_series(start => 1)"), @r"
    tunnelql: generate_series takes its arguments by position, without names
    LINE 1: SELECT * FROM generate_series(start => 1)
                          ^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(says("WITH down AS (SELECT remote_ip FROM tunnel_log) SELECT remoteip FROM down"), @r"
    tunnelql: column 'remoteip' not found in down; did you mean remote_ip?
    LINE 1: WITH down AS (SELECT remote_ip FROM tunnel_log) SELECT remoteip FROM down
                                                                   ^^^^^^^^
    ");
}

#[test]
fn wrong_calls_say_how_it_is_called() {
    assert_snapshot!(says("SELECT ike_remote_ip(5)"), @r"
    tunnelql: ike_remote_ip takes a text, not bigint; call it as ike_remote_ip(message)
    LINE 1: SELECT ike_remote_ip(5)
                   ^^^^^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT ike_error(1.5)"), @r"
    tunnelql: ike_error takes a text or a whole number, not double; call it as ike_error(code_or_text)
    LINE 1: SELECT ike_error(1.5)
                   ^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT date_trunc('hour')"), @r"
    tunnelql: there is no date_trunc(varchar); call it as date_trunc(precision, expression)
    LINE 1: SELECT date_trunc('hour')
                   ^^^^^^^^^^
    ");
    assert_snapshot!(says("SELECT sum('a', 2)"), @r"
    tunnelql: there is no sum(varchar, bigint); call it as sum(expression)
    LINE 1: SELECT sum('a', 2)
                   ^^^
    ");
    assert_snapshot!(says("SELECT * FROM failovers(within => INTERVAL '1 month')"), @r"
    tunnelql: failovers: within cannot be INTERVAL '1 month'; for example within => INTERVAL '60 seconds'
    LINE 1: SELECT * FROM failovers(within => INTERVAL '1 month')
                          ^^^^^^^^^
    ");
    assert_snapshot!(
        says("SELECT tunnel_transition(operation, instance, time, INTERVAL '1 month') OVER () FROM tunnel_log"),
        @"tunnelql: the window of tunnel_transition cannot be INTERVAL '1 month'; for example INTERVAL '60 seconds'"
    );
}

#[test]
fn places_in_the_statement() {
    assert_snapshot!(says("SELECT 1 +"), @r"
    tunnelql: syntax error: expected an expression, found the end of the statement
    LINE 1: SELECT 1 +
                      ^
    ");
    assert_snapshot!(says("SELECT '日本', nix FROM tunnel_log"), @r"
    tunnelql: column 'nix' not found in tunnel_log; there are time, gateway, instance, operation, level, remote_ip, ...
    LINE 1: SELECT '日本', nix FROM tunnel_log
                           ^^^
    ");
    assert_snapshot!(says("SELECT time FROM tunnel_log a JOIN route_log b ON a.gateway = b.gateway"), @r"
    tunnelql: column 'time' is in several tables; write a.time or b.time
    LINE 1: SELECT time FROM tunnel_log a JOIN route_log b ON a.gateway = b.gateway
                   ^^^^
    ");
    assert_snapshot!(says("SELECT status, count(*) FROM tunnel_log"), @r"
    tunnelql: column 'tunnel_log.status' is neither in GROUP BY nor in an aggregate function
    LINE 1: SELECT status, count(*) FROM tunnel_log
                   ^^^^^^
    ");
    assert_snapshot!(says("SELECT 1;\nSELECT 'abc"), @r"
    tunnelql: syntax error: Unterminated string literal
    LINE 2: SELECT 'abc
                   ^^^^
    ");
    let long = format!("SELECT {} nix FROM tunnel_log", "1 + ".repeat(200));
    let text = says(&long);
    let line = text.lines().find(|l| l.starts_with("LINE 1: ...")).unwrap();
    assert!(line.len() <= 120 && line.contains("nix"), "{text}");
    // What would act on the terminal is made visible.
    let text = says("SELECT '\u{1b}[2J', nix FROM tunnel_log");
    assert!(text.contains("'\\x1b[2J', nix") && !text.contains('\u{1b}'), "{text}");
    // In a file, the line is the file's.
    let folder = temp();
    let file = folder.path().join("two.sql");
    std::fs::write(&file, "SELECT 1 AS one;\n\nSELECT nix\nFROM tunnel_log;\n").unwrap();
    let out = blobs(&["--format", "csv", "-f", &arg(&file)]);
    assert_eq!(out.stdout, "one\n1\n");
    let text = out.fails(1);
    assert!(text.contains("two.sql:3: column 'nix'") && text.contains("\nLINE 3: SELECT nix\n"), "{text}");
}

#[test]
fn kql_is_recognised() {
    assert_snapshot!(says("tunnel_log | where status == 'Connected' | take 5"), @r"
    tunnelql: syntax error: expected an SQL statement, found tunnel_log; this looks like KQL: switch with .lang kql, or start with --lang kql
    LINE 1: tunnel_log | where status == 'Connected' | take 5
            ^^^^^^^^^^
    ");
    assert!(says("AzureDiagnostics\n| summarize count() by Resource").contains(".lang kql"));
    assert!(!query(&["-c", "SELECT 1 |"]).fails(1).contains("KQL"));
    assert!(!query(&["-c", "SELEC '| where'"]).fails(1).contains("KQL"));
}

#[test]
fn a_damaged_log_is_damage() {
    let folder = temp();
    let archive = folder.path().join("archive");
    crate::support::import(&archive, &crate::support::sample("edge/one-timestamp.json"), &[]);
    let log = archive.join("_delta_log");
    let (first, last) = (log.join("00000000000000000000.json"), log.join("00000000000000000001.json"));
    let (good_first, good_last) = (std::fs::read(&first).unwrap(), std::fs::read(&last).unwrap());
    let ways: [(&str, &dyn Fn()); 4] = [
        ("no JSON", &|| std::fs::write(&last, "xx{\n").unwrap()),
        ("cut", &|| std::fs::write(&last, &good_last[..200]).unwrap()),
        ("another shape", &|| std::fs::write(&last, "{\"add\":{}}\n").unwrap()),
        ("no beginning", &|| std::fs::remove_file(&first).unwrap()),
    ];
    for (way, damage) in ways {
        damage();
        for command in [&["query", "-c", "SELECT count(*) FROM ike_log"][..], &["verify"], &["status"]] {
            let text = tunnelql([command, &["--data", &arg(&archive)]].concat()).fails(6);
            assert!(text.contains("its log (_delta_log) is damaged") && text.lines().count() == 1, "{way}: {text}");
        }
        std::fs::write(&first, &good_first).unwrap();
        std::fs::write(&last, &good_last).unwrap();
    }
    tunnelql(["query", "--data", &arg(&archive), "-c", "SELECT count(*) FROM ike_log"]).ok();
}

#[test]
fn an_empty_entry_of_the_log_is_damage() {
    let folder = temp();
    let archive = folder.path().join("archive");
    crate::support::import(&archive, &crate::support::sample("edge/one-timestamp.json"), &[]);
    // As a full disk leaves it. The log's reader would take the archive for one without rows.
    let newest = archive.join("_delta_log/00000000000000000001.json");
    let good = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, "").unwrap();
    for command in [&["query", "-c", "SELECT count(*) FROM ike_log"][..], &["verify"], &["status"]] {
        let text = tunnelql([command, &["--data", &arg(&archive)]].concat()).fails(6);
        assert!(text.contains("00000000000000000001.json of its log (_delta_log) is empty"), "{text}");
    }
    std::fs::write(&newest, good).unwrap();
    crate::support::import(&archive, &crate::support::sample("blobs"), &[]);
    assert!(archive.join("_delta_log/00000000000000000002.json").exists());
    // Further back it is no longer looked at whenever an archive is opened.
    std::fs::write(&newest, "").unwrap();
    let out = tunnelql(["verify", "--data", &arg(&archive)]);
    assert!(out.code == 6 && out.stderr.contains("_delta_log/00000000000000000001.json"), "{out:?}");
}
