//! How the process ends: exit codes with what they say.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use insta::assert_snapshot;

use super::{blobs, masked, query};
use crate::support::{Output, arg, command, finish, import, sample, temp, tunnelql};

/// Keeps every thread busy for minutes and yields nothing.
const HEAVY: &str = "SELECT count(*) FROM generate_series(1, 10000000) a, generate_series(1, 10000000) b \
                     WHERE a.value * b.value = 7";

#[test]
fn success_and_query_errors() {
    assert_eq!(query(&["-c", "SELECT 1 AS one", "--format", "csv"]).ok(), "one\n1\n");
    let wrong = |sql: &str| {
        let out = blobs(&["-c", sql]);
        assert_eq!(out.stdout, "", "{sql}");
        out.fails(1)
    };
    assert_snapshot!(wrong("SELEC 1"), @r"
    tunnelql: syntax error: expected an SQL statement, found SELEC
    LINE 1: SELEC 1
            ^^^^^
    ");
    assert_snapshot!(wrong("SELECT * FROM tunels"), @r"
    tunnelql: table 'tunels' not found; did you mean tunnel_sessions or tunnel_log?
    LINE 1: SELECT * FROM tunels
                          ^^^^^^
    ");
    assert_snapshot!(wrong("SELECT nix FROM tunnel_log"), @r"
    tunnelql: column 'nix' not found in tunnel_log; there are time, gateway, instance, operation, level, remote_ip, ...
    LINE 1: SELECT nix FROM tunnel_log
                   ^^^
    ");
    assert!(wrong("SELECT 1/0").to_lowercase().contains("divide by zero"));
    assert!(!wrong("SELECT count(*) FROM tunnel_log WHERE gateway = 'x' OR 1").contains("caused by"));
}

#[test]
fn the_logs_own_tables_cannot_be_replaced() {
    assert!(blobs(&["-c", "CREATE TABLE ike_log AS SELECT 1 AS a"]).fails(1).contains("ike_log"));
    assert!(blobs(&["-c", "DROP TABLE ike_log"]).fails(1).contains("ike_log"));
    let out =
        blobs(&["--format", "csv", "-c", "CREATE VIEW v AS SELECT count(*) AS n FROM tunnel_log; SELECT n FROM v"]);
    assert_eq!(out.ok(), "n\n26\n");
}

#[test]
fn wrong_usage() {
    for args in [
        &[][..],
        &["nonsense"],
        &["query"],
        &["query", "-c", ""],
        &["query", "-c", "SELECT 1", "--nonsense"],
        &["query", "-c", "SELECT 1", "--format", "docx"],
        &["query", "-c", "SELECT 1", "--threads", "0"],
        &["query", "-c", "SELECT 1", "--memory-limit", "much"],
        &["query", "-c", "SELECT 1", "--timeout", "soon"],
        &["query", "-c", "SELECT 1", "--since", "yesterday"],
        &["query", "-c", "SELECT 1", "--since", "2026-03-02", "--until", "2026-03-01"],
        &["query", "-c", "SELECT 1", "--last", "1d", "--since", "2026-03-02"],
        &["query", "-c", "SELECT 1", "--now", "later"],
        &["query", "-c", "SELECT $a", "--param", "a"],
        &["query", "-c", "SELECT $a", "--param", "a:int=x"],
        &["import"],
        &["simulate", "--ike-rate", "small", "/tmp/never-made"],
    ] {
        let out = tunnelql(args);
        assert_eq!(out.code, 2, "{args:?}: {}", out.stderr);
        assert_eq!(out.stdout, "", "{args:?}");
        assert!(!out.stderr.is_empty(), "{args:?}");
    }
    let help = tunnelql(["--help"]).ok();
    assert!(help.contains("Exit codes: 0 success, 1 query error, 2 wrong usage"), "{help}");
}

#[test]
fn places_where_nothing_is() {
    let folder = temp();
    let (nowhere, empty) = (folder.path().join("nowhere"), folder.path().join("empty"));
    std::fs::create_dir(&empty).unwrap();
    let says = |out: Output| masked(&out.fails(3), &[&nowhere, &empty]);
    let (nowhere_arg, empty_arg, archive) = (arg(&nowhere), arg(&empty), arg(folder.path().join("archive")));
    let count = "SELECT count(*) AS n FROM ike_log";

    assert_snapshot!(says(tunnelql(["query", "--data", &nowhere_arg, "-c", count])), @"tunnelql: there is nothing at [PATH]; expected a folder or file of exported logs, or an archive made by 'tunnelql import'");
    assert_snapshot!(says(tunnelql(["status", "--data", &nowhere_arg])), @"tunnelql: there is nothing at [PATH]; expected a folder or file of exported logs, or an archive made by 'tunnelql import'");
    assert_snapshot!(says(tunnelql(["import", "--archive", &archive, &nowhere_arg])), @"tunnelql: there is nothing at [PATH]; expected a folder or file of exported logs, or an archive made by 'tunnelql import'");
    assert!(!Path::new(&archive).exists(), "a wrong source leaves no archive behind");
    for place in [&nowhere_arg, &empty_arg] {
        for command in ["verify", "compact"] {
            let text = says(tunnelql([command, "--data", place]));
            assert_eq!(
                text.trim(),
                "tunnelql: there is no archive at [PATH]; 'tunnelql import SOURCE --archive [PATH]' makes one"
            );
        }
    }
    assert_snapshot!(says(tunnelql(["import", "--archive", &arg(sample("blobs")), &arg(sample("edge"))])), @"tunnelql: [ROOT]/sample_data/blobs is not empty and is no archive; name an empty or new folder for the archive");
    assert_snapshot!(says(tunnelql(["query", "-f", &nowhere_arg, "-c", "SELECT 1"])), @"tunnelql: cannot read [PATH]: No such file or directory (os error 2)");
    assert!(
        says(tunnelql(["query", "--data", &format!("{empty_arg}/*.json"), "-c", count])).contains("no file matches")
    );
    assert!(
        says(tunnelql(["query", "-c", "SELECT 1", "-o", &format!("{nowhere_arg}/x.csv")])).contains("cannot write")
    );

    // An empty folder is an export in which nothing was logged yet.
    assert_eq!(tunnelql(["query", "--format", "csv", "--data", &empty_arg, "-c", count]).ok(), "n\n0\n");
    assert!(tunnelql(["status", "--data", &empty_arg]).ok().contains("0 rows"));
    // Without --data, the default archive in the working folder is meant.
    let default = finish(command().current_dir(&empty).args(["query", "-c", count])).fails(3);
    assert!(default.contains("tunnelql-archive"), "{default}");
    // What needs no data does not look for any.
    finish(command().current_dir(&empty).args(["query", "-c", "SELECT 1"])).ok();
}

#[test]
fn the_environment_names_the_data() {
    let sql = ["query", "--format", "csv", "-c", "SELECT count(*) AS n FROM tunnel_log"];
    assert_eq!(finish(command().env("TUNNELQL_DATA", sample("blobs")).args(sql)).ok(), "n\n26\n");
}

/// The log's reader panics when its threads are taken away under it; nobody is to see that.
#[test]
fn stopping_while_an_archive_is_opened_is_quiet() {
    let folder = temp();
    let archive = folder.path().join("archive");
    import(&archive, &sample("blobs"), &[]);
    let place = arg(&archive);
    let mut stopped = 0;
    for ms in (4..=100).step_by(4) {
        let out = tunnelql([
            "query",
            "--data",
            &place,
            "--timeout",
            &format!("{ms}ms"),
            "-c",
            "SELECT count(*) FROM ike_log",
        ]);
        assert!(!out.stderr.contains("panicked"), "after {ms} ms: {}", out.stderr);
        stopped += u32::from(out.code == 4);
    }
    assert!(stopped > 0, "nothing was stopped");
}

#[test]
fn timeout() {
    let begin = Instant::now();
    let out = query(&["--timeout", "300ms", "-c", HEAVY]);
    assert_eq!(out.stdout, "");
    assert_snapshot!(out.fails(4), @"tunnelql: no result within 300ms");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_query_that_keeps_all_threads_busy() {
    let mut child = command()
        .args(["query", "--threads", "2", "-c", "SELECT 1 AS first", "-c", HEAVY, "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The first result is there, so that the second statement is about to run.
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "first\n");
    std::thread::sleep(Duration::from_millis(500));
    interrupt(&child);
    let begin = Instant::now();
    let status = child.wait().unwrap();
    // A second is what a user waits for; the rest is for a machine that is busy with other tests.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), stderr.as_str()), (Some(130), "tunnelql: cancelled\n"));
}

/// Data files of a table below an archive.
fn data_files(archive: &Path, table: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![archive.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "parquet") && arg(&path).contains(table) {
                found.push(path);
            }
        }
    }
    found
}

/// The archive's filters are evaluated while its files are read; what is wrong with one is still not the file's fault.
#[test]
fn a_filter_that_fails_is_no_damage() {
    let folder = temp();
    let archive = folder.path().join("archive");
    import(&archive, &sample("blobs"), &[]);
    for (sql, says) in [
        ("SELECT count(*) FROM tunnel_log WHERE remote_ip = 1", "Cannot cast string '203.0.113"),
        ("SELECT count(*) FROM tunnel_log WHERE 1 / instance = 1", "ivide by zero"),
    ] {
        for data in [&archive, &sample("blobs")] {
            let text = tunnelql(["query", "--data", &arg(data), "-c", sql]).fails(1);
            assert!(text.contains(says) && !text.contains("Parquet"), "{sql}: {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_an_empty_file() {
    let folder = temp();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let text = tunnelql(["query", "--data", &arg(&pipe), "-c", "SELECT 1 FROM tunnel_log"]).fails(3);
    assert!(text.contains("give - to read from standard input"), "{text}");
    assert_eq!(query(&["-c", "-- a comment first\nSELECT 1 AS n", "--format", "csv"]).ok(), "n\n1\n");
}

#[test]
fn damaged_archives() {
    let ways: [(&str, fn(&Path)); 5] = [
        ("deleted", |file| std::fs::remove_file(file).unwrap()),
        ("cut", |file| {
            let half = std::fs::metadata(file).unwrap().len() / 2;
            std::fs::File::options().write(true).open(file).unwrap().set_len(half).unwrap();
        }),
        // Neither the first column, time, nor the last, the hash.
        ("pages overwritten", |file| {
            let mut bytes = std::fs::read(file).unwrap();
            let (from, to) = (bytes.len() / 4, bytes.len() / 2);
            bytes[from..to].fill(0x55);
            std::fs::write(file, bytes).unwrap();
        }),
        ("emptied", |file| std::fs::write(file, b"").unwrap()),
        ("overwritten", |file| {
            let length = std::fs::metadata(file).unwrap().len();
            std::fs::write(file, vec![0x55; usize::try_from(length).unwrap()]).unwrap();
        }),
    ];
    for (way, damage) in ways {
        let folder = temp();
        let archive = folder.path().join("archive");
        import(&archive, &sample("edge/one-timestamp.json"), &[]);
        let files = data_files(&archive, "category=ike");
        assert_eq!(files.len(), 1, "{files:?}");
        damage(&files[0]);
        let out = tunnelql(["query", "--data", &arg(&archive), "-c", "SELECT message FROM ike_log"]);
        assert_eq!(out.stdout, "", "{way}");
        let text = out.fails(6);
        assert!(text.contains("missing") || text.to_lowercase().contains("damaged"), "{way}: {text}");
        assert!(
            !text.contains("missing") || text.contains(&format!(" {} is missing", arg(&files[0]))),
            "{way}: {text}"
        );
        let text = tunnelql(["verify", "--data", &arg(&archive)]).fails(6);
        assert!(text.contains("is damaged"), "{way}: {text}");
        let findings = tunnelql(["verify", "--json", "--data", &arg(&archive)]);
        let found: serde_json::Value = serde_json::from_str(&findings.stdout).unwrap();
        assert!(!found["findings"].as_array().unwrap().is_empty(), "{way}");
        // Other tables are not concerned.
        tunnelql(["query", "--data", &arg(&archive), "-c", "SELECT * FROM tunnel_log"]).ok();
    }
}

/// Many of its bytes may change without that anything cannot be read. The log keeps each file's digest, in its checkpoints
/// too, which so many imports make.
#[test]
fn verify_finds_a_byte_that_changed() {
    let folder = temp();
    let archive = folder.path().join("archive");
    let mut sources: Vec<PathBuf> =
        std::fs::read_dir(sample("edge")).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_file()).collect();
    sources.sort();
    sources.truncate(22);
    for source in &sources {
        import(&archive, source, &["--keep-unknown"]);
    }
    assert!(archive.join("_delta_log/_last_checkpoint").exists(), "{} imports", sources.len());
    tunnelql(["verify", "--data", &arg(&archive)]).ok();
    let mut files = data_files(&archive, "category=");
    files.sort();
    let mut read_all_the_same = 0;
    for (i, file) in files.iter().enumerate().step_by(files.len().div_ceil(12)) {
        let sound = std::fs::read(file).unwrap();
        let mut bytes = sound.clone();
        let at = 4 + i * 7919 % (bytes.len() - 4);
        bytes[at] ^= 1 << (i % 8);
        std::fs::write(file, bytes).unwrap();
        let out = tunnelql(["query", "--data", &arg(&archive), "-c", "SELECT * FROM ike_log", "--format", "csv"]);
        read_all_the_same += u32::from(out.code == 0);
        let text = tunnelql(["verify", "--data", &arg(&archive)]).fails(6);
        assert!(text.contains("SHA-256 differs") && text.contains(&arg(file.file_name().unwrap())), "{at}: {text}");
        std::fs::write(file, sound).unwrap();
    }
    assert!(read_all_the_same > 0, "a change that nothing else notices is among them");
    tunnelql(["verify", "--data", &arg(&archive)]).ok();
    tunnelql(["compact", "--data", &arg(&archive)]).ok();
    tunnelql(["verify", "--data", &arg(&archive)]).ok();
}

#[test]
fn strict_imports_all_or_nothing() {
    let folder = temp();
    let archive = folder.path().join("archive");
    let strict = |source: &str| {
        tunnelql(["import", "--strict", "--archive", &arg(&archive), &arg(sample("edge/crlf-bom.json")), source])
    };
    let text = strict(&arg(sample("edge/garbage.json"))).fails(6);
    assert!(text.contains("garbage.json"), "{text}");
    assert!(!archive.exists());
    let text = strict("-").fails(2);
    assert!(text.contains("standard input") && text.contains("save it to a file"), "{text}");
    assert!(!archive.exists());
    strict(&arg(sample("edge/duplicates.json"))).ok();
}

#[test]
fn an_archive_is_a_folder_or_a_url() {
    let file = arg(sample("edge/duplicates.json"));
    for place in ["-", "no-such-folder/*"] {
        let text = tunnelql(["import", &file, "--archive", place]).fails(2);
        assert!(text.contains("no place for an archive; --archive takes a folder or a URL"), "{text}");
    }
}

#[test]
fn secrets_in_urls_are_not_repeated() {
    // Nothing listens there, and the name is reserved never to exist (RFC 2606).
    for url in [
        "https://account.blob.core.windows.net.invalid/logs/x?sp=rl&sig=Sy3cr%2Fet%3D",
        "https://account.blob.core.windows.net.invalid/logs?sig=Sy3cr%2Fet%3D&sp=rl",
        "az://?sig=Sy3cr%2Fet%3D",
        "https://[broken/logs?sig=Sy3cr%2Fet%3D",
        "nonsense://account/logs?sig=Sy3cr%2Fet%3D",
    ] {
        for args in [
            &["query", "-c", "SELECT count(*) FROM ike_log", "--timeout", "20s", "--data", url][..],
            &["import", "--archive", "/nonexistent/archive", url],
            &["import", "--archive", url, "sample_data/edge/empty.json"],
            &["verify", "--data", url],
        ] {
            let out = tunnelql(args);
            assert_ne!(out.code, 0, "{args:?}");
            let all = format!("{}{}", out.stdout, out.stderr);
            assert!(!all.contains("Sy3cr"), "{args:?}: {all}");
        }
    }
}
