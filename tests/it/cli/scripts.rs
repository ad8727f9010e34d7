//! Scripts: dot commands, parameters with defaults, failures, a file for each statement, named queries.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{blobs, query};
use crate::support::{Output, arg, command, finish, sample, temp, tunnelql, tunnelql_with_stdin};

/// Writes a script and runs it over the sample blobs.
fn script(folder: &Path, text: &str, more: &[&str]) -> Output {
    let file = folder.join("monthly.sql");
    std::fs::write(&file, text).unwrap();
    blobs(&[&["-f", &arg(&file)], more].concat())
}

#[test]
fn dot_commands_work_wherever_statements_do() {
    let text = ".format csv\nSELECT 1 AS n;\n.format json\nSELECT 2 AS n;\n";
    let wanted = "n\n1\n[\n{\"n\":2}\n]\n";
    let squeezed = |text: String| text.replace("  ", "").replace(": ", ":");
    let folder = temp();
    assert_eq!(squeezed(script(folder.path(), text, &[]).ok()), wanted);
    assert_eq!(squeezed(query(&["-c", text]).ok()), wanted);
    assert_eq!(squeezed(tunnelql_with_stdin(["query", "-f", "-"], text.as_bytes()).ok()), wanted);
    assert_eq!(squeezed(tunnelql_with_stdin(["repl"], text.as_bytes()).ok()), wanted);
    assert_eq!(query(&["--format", "csv", "-c", "SELECT 1 AS n; .quit\nSELECT 2"]).ok(), "n\n1\n");
}

#[test]
fn every_command_explains_itself() {
    let all = query(&["-c", ".help"]).ok();
    for line in all.lines().take_while(|line| line.starts_with('.')) {
        let name = line.split_whitespace().next().unwrap();
        let help = query(&["-c", &format!(".help {name}")]).ok();
        assert!(help.starts_with(name) && help.lines().count() > 2, "{help}");
    }
    assert!(all.lines().count() > 30, "{all}");
}

#[test]
fn commands_about_the_data() {
    let csv = |line: &str| blobs(&["--format", "csv", "-c", line]).ok();
    assert!(csv(".tables tunnel").contains("logs,tunnel_log,BASE TABLE"));
    assert_eq!(csv(r"\dt tunnel"), csv(".tables tunnel"));
    assert!(csv(".describe tunnel_log").contains("remote_ip"));
    assert_eq!(csv(r"\d tunnel_log"), csv("DESCRIBE tunnel_log"));
    let schema = csv(".schema tunnel_log");
    assert!(schema.contains("CREATE TABLE tunnel_log (") && schema.contains("  remote_ip varchar"), "{schema}");
    let view = csv("CREATE VIEW mine AS SELECT 1 AS a; .schema mine");
    assert!(view.contains("CREATE VIEW mine AS SELECT 1 AS a;"), "{view}");
    assert!(csv(".functions ike_remote_ip").contains("ike_remote_ip("));
    let gateways = csv(".gateways");
    assert_eq!(gateways.lines().count(), 3, "{gateways}");
    assert!(gateways.contains("VPNGW-TOKYO,") && gateways.contains(",9,18,2,857,0,"), "{gateways}");
    let tunnels = csv(".tunnels");
    assert!(tunnels.contains("VPNGW-TOKYO,203.0.113.1,Connected,"), "{tunnels}");
    let range = csv(".range");
    assert!(range.lines().any(|l| l.starts_with("tunnel_log,2026-03-10") && l.contains(",2026-03-11")), "{range}");
    assert!(csv(".status").contains("ike_log,raw,"));
    assert!(csv(".version").starts_with("tunnelql "));
    assert_eq!(csv(".lang"), "");
    let kql = blobs(&["--format", "csv", "-c", ".lang kql\nlet a = 1; print b = a + 1; print c = 3"]).ok();
    assert_eq!(kql, "b\n2\nc\n3\n");
    assert!(blobs(&["-c", ".lang german"]).fails(2).contains("expected sql or kql"));
}

#[test]
fn gaps_are_found_from_the_list_of_files_alone() {
    let folder = temp();
    let blob = |day: u32| {
        format!(
            "insights-logs-tunneldiagnosticlog/resourceId=/SUBSCRIPTIONS/A/RESOURCEGROUPS/B/PROVIDERS/MICROSOFT.NETWORK/\
             VIRTUALNETWORKGATEWAYS/G/y=2026/m=03/d={day:02}/h=05/m=00/PT1H.json"
        )
    };
    for day in [1, 2, 9] {
        let file = folder.path().join(blob(day));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        // Nothing of it is read.
        std::fs::write(file, "no record").unwrap();
    }
    let range = |line: &str| query(&["--data", &arg(folder.path()), "--format", "csv", "-c", line]).ok();
    let row = range(".range").lines().nth(1).unwrap().to_owned();
    assert!(row.starts_with("tunnel_log,2026-03-01T05:00:00") && row.contains(",1,"), "{row}");
    let gaps = range(".range tunnel_log");
    assert_eq!(gaps.lines().count(), 2, "{gaps}");
    assert!(gaps.contains("2026-03-02T06:00:00") && gaps.contains("2026-03-09T05:00:00"), "{gaps}");
}

#[test]
fn failures_name_file_and_line_and_decide_the_exit_code() {
    let folder = temp();
    let text = "SELECT 1 AS n;\n\n-- a comment\nSELECT nix\nFROM tunnel_log;\n.nonsense\nSELECT 2 AS n;\n";
    let out = script(folder.path(), text, &["--format", "csv"]);
    assert_eq!(out.stdout, "n\n1\n");
    let error = out.fails(1);
    assert!(error.contains("monthly.sql:4: ") && error.contains("nix") && error.contains('^'), "{error}");
    let out = script(folder.path(), text, &["--format", "csv", "--on-error", "continue"]);
    assert_eq!(out.stdout, "n\n1\nn\n2\n");
    let error = out.fails(1);
    assert!(error.contains("monthly.sql:4: ") && error.contains("monthly.sql:6: there is no command"), "{error}");
    assert!(error.trim_end().ends_with("tunnelql: 2 statements failed"), "{error}");
    // The first failure decides.
    let out = script(folder.path(), ".nonsense\nSELECT nix;", &["--on-error", "continue"]);
    out.fails(2);
    // What cannot be parsed does not run in part, unless failures are to be passed over.
    let out = script(folder.path(), "SELECT 1 AS n;\n  SELEC 2;", &["--format", "csv"]);
    assert_eq!(out.stdout, "");
    assert!(out.fails(1).contains("monthly.sql:2: syntax error"));
    let out = script(folder.path(), "SELECT 1 AS n;\n  SELEC 2;", &["--format", "csv", "--on-error", "continue"]);
    assert_eq!(out.stdout, "n\n1\n");
    // A script that another reads names its own line.
    std::fs::write(folder.path().join("inner.sql"), "SELECT 1 AS n;\nSELECT nix;").unwrap();
    let outer = format!("\n.read '{}'", arg(folder.path().join("inner.sql")));
    let error = script(folder.path(), &outer, &["--format", "csv"]).fails(1);
    assert!(error.contains("monthly.sql:2: ") && error.contains("inner.sql:2: "), "{error}");
    let own = format!(".read '{}'", arg(folder.path().join("inner.sql")));
    std::fs::write(folder.path().join("inner.sql"), &own).unwrap();
    assert!(script(folder.path(), &own, &[]).fails(2).contains("being read already"));
}

#[test]
fn a_file_for_each_statement() {
    let folder = temp();
    let out = folder.path().join("out");
    let into = arg(&out) + "/";
    let text = "-- name: ones\nSELECT 1 AS n;\nSELECT 2 AS n;\nCREATE VIEW v AS SELECT 3 AS n;\n-- name: threes\nSELECT * FROM v;";
    assert_eq!(script(folder.path(), text, &["-o", &into]).ok(), "");
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(
        (read("ones.csv"), read("monthly-2.csv"), read("threes.csv")),
        ("n\n1\n".into(), "n\n2\n".into(), "n\n3\n".into())
    );
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 3);
    // Parquet holds one result a file, which is what a folder is for.
    script(folder.path(), text, &["-o", &into, "--format", "parquet"]).ok();
    let written = arg(out.join("ones.parquet"));
    assert!(std::fs::read(written).unwrap().starts_with(b"PAR1"));
    let twice = "-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;";
    assert!(script(folder.path(), twice, &["-o", &into]).fails(2).contains("give each another"));
    let outside = "-- name: ../escaped\nSELECT 1;";
    assert!(script(folder.path(), outside, &["-o", &into]).fails(2).contains("is no name for a file"));
    assert!(!folder.path().join("escaped.csv").exists());
}

#[test]
fn results_go_where_a_script_sends_them() {
    let folder = temp();
    let (all, one) = (folder.path().join("all.csv"), folder.path().join("one.json"));
    let text = format!(
        ".once '{}'\nSELECT 1 AS n;\nSELECT 2 AS n;\n.output '{}'\nSELECT 3 AS n;\nSELECT 4 AS n;\n.output\nSELECT 5 AS n;\n.last_result tsv\n",
        arg(&one),
        arg(&all)
    );
    assert_eq!(script(folder.path(), &text, &["--format", "csv"]).ok(), "n\n2\nn\n5\nn\n5\n");
    assert_eq!(std::fs::read_to_string(all).unwrap(), "n\n3\nn\n4\n");
    assert!(std::fs::read_to_string(one).unwrap().starts_with('['));
}

#[test]
fn parameters_have_defaults_and_reach_table_functions() {
    let folder = temp();
    let text = "-- Counts.\n-- param: within:interval = 2 minutes\n-- param: peer = 203.0.113.1\n\
                SELECT count(*) AS n FROM failovers(within => $within) WHERE remote_ip = $peer;\n";
    let count = |more: &[&str]| script(folder.path(), text, &[&["--format", "csv"], more].concat()).ok();
    let of = |sql: &str| blobs(&["--format", "csv", "-c", sql]).ok();
    let literal =
        of("SELECT count(*) AS n FROM failovers(within => INTERVAL '2 minutes') WHERE remote_ip = '203.0.113.1'");
    assert_eq!(count(&[]), literal);
    let literal =
        of("SELECT count(*) AS n FROM failovers(within => INTERVAL '1 second') WHERE remote_ip = '203.0.113.2'");
    assert_ne!(count(&[]), literal);
    // A given value has the declared type.
    assert_eq!(count(&["--param", "within=1 second", "--param", "peer=203.0.113.2"]), literal);
    assert!(script(folder.path(), text, &["--param", "within=soon"]).fails(2).contains("'soon' is no interval"));
    // A text stays one value wherever it stands.
    let hostile = "within=x' OR 1 = 1) --";
    let out = blobs(&["--param", hostile, "-c", "SELECT * FROM failovers(within => $within)"]);
    assert!(out.fails(1).contains("within cannot be"));
    let out =
        query(&["--format", "csv", "--param", "n=3", "-c", "SELECT count(*) AS c FROM generate_series(1, $n + 1)"]);
    assert_eq!(out.ok(), "c\n4\n");
    assert!(blobs(&["-c", "SELECT * FROM failovers(within => $w)"]).fails(1).contains("w"));
    let set = ".param a=1\n.param b:text=2\nSELECT $a + 1 AS a, $b AS b;\n.param unset a\nSELECT $a;";
    let out = query(&["--format", "csv", "-c", set]);
    assert_eq!(out.stdout, "a,b\n2,2\n");
    assert!(out.fails(1).contains("parameters without a value"));
}

#[test]
fn time_ranges_hold_for_what_follows_and_views_keep_up() {
    let text = "CREATE VIEW mine AS SELECT count(*) AS n FROM tunnel_log; CREATE TABLE kept AS SELECT 7 AS n;\n\
                SELECT n FROM mine;\n.since 2026-03-11\nSELECT n FROM mine;\n.until 2026-03-11T03:00:00Z\nSELECT n FROM mine;\n\
                .last off\nSELECT n FROM mine;\n.now 2026-03-11T12:00:00Z\n.last 12h\nSELECT n FROM mine;\nSELECT n FROM kept;";
    let n = |range: &str| {
        blobs(&["--format", "csv", "-c", &format!("SELECT count(*) AS n FROM tunnel_log WHERE {range}")]).ok()
    };
    let wanted = [
        n("true"),
        n("time >= '2026-03-11'"),
        n("time >= '2026-03-11' AND time < '2026-03-11T03:00:00Z'"),
        n("true"),
        n("time >= '2026-03-11'"),
        "n\n7\n".to_owned(),
    ];
    assert_ne!(wanted[0], wanted[1]);
    assert_ne!(wanted[1], wanted[2]);
    assert_eq!(blobs(&["--format", "csv", "-c", text]).ok(), wanted.concat());
    assert!(blobs(&["-c", ".since soon"]).fails(2).contains("'soon' is no time"));
    assert!(blobs(&["-c", ".since 2026-03-11\n.until 2026-03-10"]).fails(2).contains("time range is empty"));
}

#[test]
fn other_data_is_opened_and_imported_into() {
    let folder = temp();
    let archive = arg(folder.path().join("archive"));
    let text = format!(
        ".import '{}'\nCREATE VIEW mine AS SELECT count(*) AS n FROM tunnel_log;\nSELECT n FROM mine;\n.open '{}'\nSELECT n FROM mine;",
        arg(sample("blobs")),
        arg(sample("edge/empty.json"))
    );
    let out = query(&["--data", &archive, "--format", "csv", "-c", &text]);
    assert!(out.stderr.contains("1955 added"), "{}", out.stderr);
    assert_eq!(out.ok(), "n\n26\nn\n0\n");
}

#[test]
fn limits_hold_for_the_whole_script() {
    let begin = Instant::now();
    let heavy = "SELECT count(*) FROM generate_series(1, 10000000) a, generate_series(1, 10000000) b WHERE a.value * b.value = 7";
    let folder = temp();
    let text = format!("SELECT 1 AS n;\n{heavy};\n{heavy};");
    let out = script(folder.path(), &text, &["--timeout", "1500ms", "--format", "csv", "--on-error", "continue"]);
    assert_eq!(out.stdout, "n\n1\n");
    assert!(out.fails(4).contains("no result within 1s 500ms"));
    assert!(begin.elapsed() < Duration::from_secs(20));
    let out = script(folder.path(), "SELECT 1 AS n;\nSELECT 2 AS n;", &["--stats", "--format", "csv"]);
    assert_eq!(out.stderr.lines().filter(|l| l.starts_with("{\"rows\":1,")).count(), 2, "{}", out.stderr);
    let out = query(&["--format", "csv", "-c", "SELECT 1 AS n; .watch 0.1 3"]);
    assert_eq!(out.ok(), "n\n1\n".repeat(4));
    assert!(query(&["-c", "SELECT 1; .watch"]).fails(2).contains("how often"));
}

#[test]
fn own_tables_are_kept() {
    for sql in [
        "DROP TABLE ike_log",
        "DROP VIEW disconnects",
        "DROP TABLE IF EXISTS AzureDiagnostics",
        "DROP TABLE system.files",
    ] {
        let text = blobs(&["-c", sql]).fails(1);
        assert!(text.contains("is one of tunnelql's own tables and cannot be dropped"), "{sql}: {text}");
    }
    blobs(&["-c", "CREATE VIEW v AS SELECT 1; DROP VIEW v; CREATE TABLE t AS SELECT 1; DROP TABLE t"]).ok();
}

#[test]
fn queries_run_by_name() {
    let folder = temp();
    let config = folder.path().join("config");
    let in_folder = |args: &[&str]| {
        finish(
            command().current_dir(folder.path()).env("XDG_CONFIG_HOME", &config).env("HOME", folder.path()).args(args),
        )
    };
    let list = in_folder(&["run"]).ok();
    assert!(list.contains("month_worst_tunnels") && list.contains("The worst peers of the month"), "{list}");
    let data = arg(sample("blobs"));
    let out = in_folder(&["run", "worst-tunnels", "--data", &data, "--format", "csv"]).ok();
    assert!(out.contains("VPNGW-TOKYO,203.0.113.1,"), "{out}");
    let now = ["--now", "2026-03-11T12:00:00Z", "--last", "1h"];
    let out = in_folder(&[&["run", "month_failovers", "--data", &data, "--format", "csv"], &now[..]].concat()).ok();
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(in_folder(&["run", "worst-tunels"]).fails(2).contains("did you mean month_worst_tunnels"));
    assert!(in_folder(&["run", "../secret"]).fails(2).contains("no name of a query"));

    // The user's own come first, then those of the working folder, then the gallery.
    std::fs::create_dir_all(folder.path().join("queries")).unwrap();
    std::fs::write(folder.path().join("queries/mine.sql"), "-- Mine.\n-- param: n = 5\nSELECT $n AS n;").unwrap();
    std::fs::write(folder.path().join("queries/month_failovers.sql"), "SELECT 'other' AS n;\n.shell echo ran").unwrap();
    assert!(in_folder(&["run"]).ok().contains("mine"));
    assert_eq!(in_folder(&["run", "mine", "--format", "csv"]).ok(), "n\n5\n");
    assert_eq!(in_folder(&["run", "mine", "--format", "csv", "--param", "n=6"]).ok(), "n\n6\n");
    assert_eq!(in_folder(&["query", "--format", "csv", "-c", ".run mine n=7"]).ok(), "n\n7\n");
    let out = in_folder(&["run", "month_failovers", "--format", "csv"]);
    assert!(out.stderr.contains("not the built-in query") && !out.stdout.contains("ran"), "{out:?}");
    assert!(out.fails(2).contains("do not run programs"));
    in_folder(&["query", "-c", "SELECT 8 AS n; .save mine"]).ok();
    assert_eq!(in_folder(&["run", "mine", "--format", "csv"]).ok(), "n\n8\n");
    assert!(in_folder(&["query", "-c", "SELECT 9; .save mine"]).fails(2).contains("there already"));
    assert!(in_folder(&["query", "-c", "SELECT 'sig=abc'; .save other"]).fails(2).contains("secret"));
    #[cfg(unix)]
    assert_eq!(in_folder(&["query", "-c", ".shell echo ran"]).ok(), "ran\n");
}

#[test]
fn without_a_command_and_a_terminal_nothing_runs() {
    let text = tunnelql(Vec::<&str>::new()).fails(2);
    assert!(text.contains("--help"), "{text}");
    assert!(query(&["-c", ".tabels"]).fails(2).contains("did you mean .tables"));
    assert!(query(&["-c", ".edit"]).fails(2).contains("needs a terminal"));
    assert!(query(&["-c", ".chart"]).fails(2).contains("no result"));
    let chart = blobs(&["-c", "SELECT gateway, count(*) AS n FROM ike_log GROUP BY 1; .chart bars ascii"]).ok();
    assert!(chart.contains("VPNGW-OSAKA") && chart.is_ascii() || chart.contains('#'), "{chart}");
}
