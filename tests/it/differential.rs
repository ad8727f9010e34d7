//! The same statements over raw exports and over archives made from them must give the same text.

use std::path::Path;

use crate::support::{arg, command, finish, import, sample, temp, tunnelql};

const TABLES: [&str; 6] = ["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log", "other_log"];

/// All columns of all rows. Which of several equal records survives depends on the order of reading, and with it where
/// it says it came from; with one thread, raw exports are read in the order in which an import reads them.
fn everything(with_source: bool) -> Vec<String> {
    let columns = if with_source { "*" } else { "* EXCLUDE (source, source_line)" };
    TABLES.iter().map(|t| format!("SELECT {columns} FROM {t}")).collect()
}

/// Filters, projections and aggregates; `time` lies inside of the data, `gateway` is one of it.
fn questions(gateway: &str, time: &str) -> Vec<String> {
    let mut all = Vec::new();
    for t in TABLES {
        all.extend([
            format!("SELECT count(*) AS n FROM {t}"),
            format!("SELECT count(*) AS n, count(gateway) AS g, min(time) AS a, max(time) AS b FROM {t}"),
            format!("SELECT gateway, operation, instance, count(*) AS n FROM {t} GROUP BY ALL"),
            format!("SELECT message FROM {t}"),
            format!("SELECT properties, time FROM {t} WHERE properties IS NOT NULL"),
            format!("SELECT time, level FROM {t} WHERE gateway = '{gateway}'"),
            format!("SELECT count(*) AS n FROM {t} WHERE gateway = lower('{gateway}')"),
            format!("SELECT count(*) AS n FROM {t} WHERE gateway IN ('{gateway}', 'NOT-THERE') AND instance = 1"),
            format!("SELECT count(*) AS n FROM {t} WHERE gateway <> '{gateway}' OR gateway IS NULL"),
            format!("SELECT time, message FROM {t} WHERE time >= '{time}' ORDER BY time, message LIMIT 50"),
            format!("SELECT time, message FROM {t} WHERE time < TIMESTAMP '{time}' ORDER BY time DESC, message LIMIT 50"),
            format!(
                "SELECT time, gateway FROM {t} WHERE time > '{time}' AND time <= TIMESTAMP '{time}' + INTERVAL '3 hours' \
                 AND gateway = '{gateway}'"
            ),
            format!("SELECT count(*) AS n FROM {t} WHERE time BETWEEN '{time}' AND '{time}'"),
            format!("SELECT date_trunc('hour', time) AS h, count(DISTINCT message) AS n FROM {t} GROUP BY 1"),
            format!("SELECT * FROM {t} WHERE false"),
        ]);
    }
    all.extend(
        [
            "SELECT error_code, family, count(*) AS n FROM ike_log GROUP BY ALL",
            "SELECT time, session_id, event FROM ike_log WHERE message LIKE '%error%'",
            "SELECT status, state_change_reason, remote_ip, time FROM tunnel_log",
            "SELECT * FROM AzureDiagnostics",
            "SELECT Category, Resource, count(*) AS n FROM AzureDiagnostics GROUP BY ALL",
            "SELECT t.time, t.status, max(i.time) AS ike FROM tunnel_log t JOIN ike_log i ON i.gateway = t.gateway \
             AND i.time BETWEEN t.time - INTERVAL '1 minute' AND t.time GROUP BY ALL",
            "SELECT time, status, lag(status) OVER (PARTITION BY gateway, remote_ip ORDER BY time, instance) AS before \
             FROM tunnel_log ORDER BY time, instance, remote_ip, status",
        ]
        .map(str::to_owned),
    );
    all
}

/// Every statement with its result, as text.
#[track_caller]
fn transcript(data: &[&Path], sql: &[String], more: &[&str]) -> String {
    let mut command = command();
    command.args(["query", "--format", "ndjson"]).args(more);
    for path in data {
        command.arg("--data").arg(path);
    }
    for one in sql {
        command.args(["-c", &format!("SELECT '{}' AS statement", one.replace('\'', "''")), "-c", one]);
    }
    // Only what a statement asks to be in order is in order.
    let out = finish(&mut command).ok();
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    for line in out.lines() {
        if line.starts_with("{\"statement\":") {
            blocks.push(Vec::new());
        }
        blocks.last_mut().unwrap().push(line);
    }
    assert_eq!(blocks.len(), sql.len());
    for block in &mut blocks {
        if !block[0].contains("ORDER BY time") {
            block[1..].sort_unstable();
        }
    }
    blocks.concat().join("\n")
}

/// Compares two transcripts and shows only where they part.
#[track_caller]
fn equal(what: &str, a: &str, b: &str) {
    assert!(a.lines().count() > 0);
    let mut statement = "";
    let (mut left, mut right) = (a.lines(), b.lines());
    loop {
        let (l, r) = (left.next(), right.next());
        if let Some(l) = l.filter(|l| l.starts_with("{\"statement\":")) {
            statement = l;
        }
        assert_eq!(l, r, "{what}, at {statement}");
        if l.is_none() {
            return;
        }
    }
}

struct Case<'a> {
    raw: &'a Path,
    archive: &'a Path,
    gateway: &'a str,
    time: &'a str,
    /// Ranges as arguments.
    ranges: &'a [&'a [&'a str]],
    more: &'a [&'a str],
}

fn compare(case: &Case<'_>) {
    let with = |threads: &'static str, range: &[&'static str]| -> Vec<&str> {
        ["--threads", threads].into_iter().chain(range.iter().copied()).chain(case.more.iter().copied()).collect()
    };
    equal(
        "one thread",
        &transcript(&[case.raw], &everything(true), &with("1", &[])),
        &transcript(&[case.archive], &everything(true), &with("1", &[])),
    );
    let mut all = everything(false);
    all.extend(questions(case.gateway, case.time));
    let archive = transcript(&[case.archive], &all, &with("1", &[]));
    equal("archive, four threads", &transcript(&[case.archive], &all, &with("4", &[])), &archive);
    equal("raw, four threads", &transcript(&[case.raw], &all, &with("4", &[])), &archive);
    equal("raw, one thread", &transcript(&[case.raw], &all, &with("1", &[])), &archive);
    equal("archive and raw", &transcript(&[case.archive, case.raw], &all, &with("4", &[])), &archive);
    equal("raw twice", &transcript(&[case.raw, case.raw], &all, &with("4", &[])), &archive);
    for range in case.ranges {
        let with = |threads: &'static str| -> Vec<&str> { [&["--threads", threads], *range, case.more].concat() };
        let what = format!("{range:?}");
        let archive = transcript(&[case.archive], &all, &with("4"));
        equal(&what, &transcript(&[case.raw], &all, &with("4")), &archive);
        equal(&what, &transcript(&[case.archive, case.raw], &all, &with("1")), &archive);
    }
}

#[test]
fn sample_blobs() {
    let folder = temp();
    let archive = folder.path().join("archive");
    import(&archive, &sample("blobs"), &[]);
    compare(&Case {
        raw: &sample("blobs"),
        archive: &archive,
        gateway: "VPNGW-TOKYO",
        time: "2026-03-10T07:11:00Z",
        ranges: &[
            &["--since", "2026-03-10T03:22:00.5Z", "--until", "2026-03-10T12:00:00Z"],
            &["--last", "18h", "--now", "2026-03-11T10:00:00Z"],
            &["--until", "2026-03-10T01:34:00Z"],
            &["--since", "2026-03-12"],
        ],
        more: &[],
    });
}

#[test]
fn edge_cases() {
    let folder = temp();
    let archive = folder.path().join("archive");
    import(&archive, &sample("edge"), &["--keep-unknown"]);
    compare(&Case {
        raw: &sample("edge"),
        archive: &archive,
        gateway: "VPNGW-EDGE",
        time: "2026-03-05T07:00:05Z",
        ranges: &[&["--since", "2026-03-05T07:00:02Z", "--until", "2026-03-05T07:00:20Z"]],
        more: &["--keep-unknown"],
    });
}

#[test]
fn dirty_simulation() {
    let folder = temp();
    let (raw, archive) = (folder.path().join("export"), folder.path().join("archive"));
    let options = ["--days", "3", "--gateways", "2", "--dirt", "heavy", "--ike-rate", "0.01", "--seed", "5"];
    tunnelql(["simulate", &arg(&raw), "--start", "2026-02-27"].into_iter().chain(options)).ok();
    import(&archive, &raw, &["--keep-unknown"]);
    compare(&Case {
        raw: &raw,
        archive: &archive,
        gateway: "VPNGW-OSAKA-02",
        time: "2026-02-28T23:30:00Z",
        // Late records come up to 90 minutes after the hour they belong to, which is within the default margin.
        ranges: &[&["--since", "2026-02-28T22:10:00Z", "--until", "2026-03-01T02:00:00Z"]],
        more: &["--keep-unknown"],
    });
}
