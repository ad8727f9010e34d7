//! Help, completions, the manual, charts and long results.

use std::path::Path;

use crate::support::{arg, command, finish, root, sample, temp, tunnelql};

/// What a topic's examples run, in `sh`, where the sample data is.
#[cfg(unix)]
#[test]
fn the_examples_of_every_topic_run() {
    let binary = Path::new(env!("CARGO_BIN_EXE_tunnelql")).parent().unwrap().to_owned();
    let old = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&old))).unwrap();
    let overview = tunnelql(["help"]).ok();
    let (_, topics) = overview.split_once("Topics of 'tunnelql help TOPIC':\n").unwrap();
    let names: Vec<&str> = topics.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        let text = tunnelql(["help", name]).ok();
        let examples: Vec<&str> = text
            .split("```console\n")
            .skip(1)
            .filter_map(|block| block.split("\n```").next())
            .flat_map(|block| block.lines())
            .map(|line| line.strip_prefix("$ ").unwrap_or_else(|| panic!("{name}: '{line}' is no command")))
            .collect();
        assert!(!examples.is_empty(), "{name} has no example");
        for example in examples {
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", example]).current_dir(root()).env("PATH", &path).stdin(std::process::Stdio::null());
            shell.env("XDG_CONFIG_HOME", root().join("target/no-settings"));
            let out = finish(&mut shell).ok();
            assert!(!out.trim().is_empty(), "{example} says nothing");
        }
    }
}

#[test]
fn help_on_commands_and_on_nothing() {
    let query = tunnelql(["help", "query"]).ok();
    assert!(query.contains("Usage: tunnelql query") && query.contains("--late-margin"), "{query}");
    let error = tunnelql(["help", "formts"]).fails(2);
    assert!(error.contains("there is no help on 'formts'; did you mean formats?"), "{error}");
    let short = tunnelql(["--help"]).ok();
    // The shell's own options work without a command, but are told with 'repl'.
    assert!(short.lines().count() < 45 && short.contains("'tunnelql help' lists topics"), "{short}");
    assert!(!short.contains("--late-margin") && tunnelql(["repl", "--help"]).ok().contains("--late-margin"), "{short}");
}

#[test]
fn completions_and_manual_know_every_command() {
    let commands = ["query", "check", "import", "status", "verify", "compact", "config", "simulate", "help"];
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = tunnelql(["completions", shell]).ok();
        assert!(commands.iter().all(|c| script.contains(c)) && script.contains("late-margin"), "{shell}");
    }
    let error = tunnelql(["completions", "cmd.exe"]).fails(2);
    assert!(error.contains("bash"), "{error}");
    let page = tunnelql(["man"]).ok();
    assert!(page.starts_with(".ie") || page.contains(".TH tunnelql 1"), "{page}");
    let folder = temp();
    tunnelql(["man", &arg(folder.path().join("man"))]).ok();
    for command in commands {
        let page = std::fs::read_to_string(folder.path().join(format!("man/tunnelql-{command}.1"))).unwrap();
        assert!(page.contains("tunnelql"), "{command}");
    }
}

/// Bash takes the script, where there is one.
#[cfg(unix)]
#[test]
fn bash_takes_its_completions() {
    let folder = temp();
    let file = folder.path().join("completions");
    std::fs::write(&file, tunnelql(["completions", "bash"]).ok()).unwrap();
    match std::process::Command::new("bash").arg("-n").arg(&file).status() {
        Ok(status) => assert!(status.success()),
        Err(e) => println!("not checked, no bash here: {e}"),
    }
}

#[test]
fn charts_draw_what_the_columns_allow() {
    let query = |args: &[&str], sql: &str| {
        finish(command().args(["query", "--data", &arg(sample("blobs")), "-c", sql]).args(args))
    };
    let timeline = query(&["--chart"], "SELECT * FROM tunnel_sessions").ok();
    assert!(timeline.contains("203.0.113.5 #0") && timeline.contains("went down"), "{timeline}");
    let log = query(&["--chart"], "SELECT time, gateway, remote_ip, instance, status FROM tunnel_log").ok();
    assert!(log.contains("203.0.113.5 #0") && log.contains(" UTC\n"), "{log}");
    let tokyo = query(&["--chart=histogram", "--tz", "Asia/Tokyo"], "SELECT time FROM tunnel_log").ok();
    assert!(tokyo.starts_with("time (Asia/Tokyo)\n"), "{tokyo}");
    let wrong = query(&["--chart=series"], "SELECT 'x' AS name, 1 AS n").fails(1);
    assert!(
        wrong.contains("a series chart needs a time column") && wrong.contains("found name varchar, n bigint"),
        "{wrong}"
    );
    let unknown = query(&["--chart=pie"], "SELECT 1").fails(2);
    assert!(unknown.contains("expected auto, timeline, series, bars, histogram"), "{unknown}");
    let empty = query(&["--chart"], "SELECT 1 AS n WHERE false").fails(1);
    assert!(empty.contains("no rows"), "{empty}");
}

#[test]
fn long_results_show_both_ends_and_what_is_left_out() {
    let query = |args: &[&str]| {
        let sql = "SELECT value AS n, 'row ' || value AS text_of_the_row FROM range(1, 101) ORDER BY n";
        finish(command().args(["query", "--data", &arg(sample("blobs")), "-c", sql]).args(args)).ok()
    };
    let table = query(&["--format", "table", "--max-rows", "4"]);
    let rows: Vec<&str> = table.lines().skip(4).collect();
    assert!(rows[0].contains("row 1 ") && rows[1].contains("row 2 "), "{table}");
    assert!(rows[2].contains("… 96 rows left out …"), "{table}");
    assert!(rows[3].contains("row 99 ") && rows[4].contains("row 100 "), "{table}");
    assert!(table.ends_with("\n100 rows (4 shown)\n"), "{table}");
    let vertical = query(&["--format", "vertical", "--max-rows", "2"]);
    assert!(vertical.contains("… 98 rows left out …\n─[ RECORD 100 ]"), "{vertical}");
}

/// A real terminal by `script`, where there is one: records at 80 columns, a table at 300, the pager, its early end.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_what_fits_it() {
    let binary = env!("CARGO_BIN_EXE_tunnelql");
    let data = arg(sample("blobs"));
    let terminal = |columns: u32, lines: u32, pager: &str, args: &str| {
        let line = format!("stty cols {columns} rows {lines}; exec {binary} query --data {data} {args}");
        let mut script = command();
        let mut made = std::process::Command::new("script");
        for (name, value) in script.args::<_, &str>([]).get_envs() {
            match value {
                Some(value) => made.env(name, value),
                None => made.env_remove(name),
            };
        }
        made.args(["-qec", &line, "/dev/null"]).current_dir(root()).env("TERM", "xterm").env("TUNNELQL_PAGER", pager);
        made.env("NO_COLOR", "1").stdin(std::process::Stdio::null());
        made.output().map(|o| (String::from_utf8_lossy(&o.stdout).replace('\r', ""), o.status.code()))
    };
    let disconnects = "-c 'SELECT * FROM disconnects LIMIT 1'";
    let (narrow, code) = match terminal(80, 50, "off", disconnects) {
        Ok(done) => done,
        Err(e) => return println!("not checked, no 'script' here: {e}"),
    };
    assert_eq!(code, Some(0), "{narrow}");
    assert!(narrow.contains("─[ RECORD 1 ]─") && narrow.contains("cause") && narrow.contains("gateway"), "{narrow}");
    let (asked, _) = terminal(80, 50, "off", "--format table -c 'SELECT * FROM disconnects LIMIT 1'").unwrap();
    assert!(asked.contains('┌'), "{asked}");
    let (wide, _) = terminal(300, 50, "off", "-c 'SELECT time, remote_ip, status FROM tunnel_log LIMIT 2'").unwrap();
    assert!(wide.contains('┌') && !wide.contains("RECORD"), "{wide}");

    let long = "-c 'SELECT value AS n FROM range(1, 31)'";
    let (paged, code) = terminal(80, 20, "sed s/^/PAGED/", long).unwrap();
    assert!(paged.contains("PAGED30 rows") && code == Some(0), "{paged}");
    let (short, _) = terminal(80, 50, "sed s/^/PAGED/", long).unwrap();
    assert!(short.contains("30 rows") && !short.contains("PAGED"), "{short}");
    let (early, code) =
        terminal(80, 20, "head -n 1", "--max-rows 0 -c 'SELECT value AS n FROM range(1, 1000000)'").unwrap();
    assert_eq!(code, Some(0), "{early}");
    assert!(!early.contains("tunnelql:"), "{early}");
}
