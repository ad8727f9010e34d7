//! The same statements over raw exports and over archives made from them must give the same text.

use std::path::{Path, PathBuf};

use crate::support::{arg, command, finish, import, sample, temp, tunnelql};

const TABLES: [&str; 6] = ["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log", "other_log"];

/// Of several equal records an archive keeps the one that it met first, and raw exports are read in the order in which an
/// import reads them; but an archive and an export asked together, or one export twice, prefer another copy.
const ORIGIN: &[&str] = &["source", "source_line"];

/// All columns of all rows but those named.
fn everything(except: &[&str]) -> Vec<String> {
    let except = if except.is_empty() { String::new() } else { format!(" EXCLUDE ({})", except.join(", ")) };
    TABLES.iter().map(|t| format!("SELECT *{except} FROM {t}")).collect()
}

/// What the logs mean together; their rows name no source.
const ANALYSES: [&str; 16] = [
    "availability",
    "availability('month', INTERVAL '2 hours')",
    "bgp_sessions",
    "config_changes",
    "disconnects",
    "disconnects(within => INTERVAL '2 minutes')",
    "failovers",
    "flaps(count => 2)",
    "ike_failures",
    "ike_negotiations",
    "log_hours",
    "maintenance",
    "p2s_sessions",
    "route_changes",
    "tunnel_sessions",
    "(SELECT time, tunnel_transition(operation, instance, time) OVER (PARTITION BY gateway, remote_ip ORDER BY tunnel_log.time) FROM tunnel_log)",
];

/// Filters, projections and aggregates; `time` lies inside of the data, `gateway` is one of it.
fn questions(gateway: &str, time: &str) -> Vec<String> {
    let mut all = Vec::new();
    for t in TABLES {
        all.extend([
            format!("SELECT count(*) AS n FROM {t}"),
            format!("SELECT count(*) AS n, count(gateway) AS g, min(time) AS a, max(time) AS b FROM {t}"),
            format!("SELECT gateway, operation, instance, count(*) AS n FROM {t} GROUP BY ALL"),
            format!("SELECT message FROM {t}"),
            format!("SELECT count(*) AS n FROM {t} WHERE gateway = '{gateway}' AND time >= '{time}'"),
        ]);
    }
    for analysis in ANALYSES {
        all.push(format!("SELECT * FROM {analysis}"));
    }
    for analysis in ["disconnects", "ike_negotiations", "failovers", "availability"] {
        all.push(format!("SELECT * FROM {analysis} WHERE gateway = '{gateway}'"));
        all.push(format!("SELECT count(*) AS n, count(DISTINCT remote_ip) AS p FROM {analysis}"));
    }
    for t in ["ike_log", "tunnel_log"] {
        all.extend([
            format!("SELECT count(*) AS n FROM {t} WHERE gateway = lower('{gateway}')"),
            format!("SELECT count(*) AS n FROM {t} WHERE gateway IN ('{gateway}', 'NOT-THERE') AND instance = 1"),
            format!("SELECT count(*) AS n FROM {t} WHERE gateway <> '{gateway}' OR gateway IS NULL"),
            format!("SELECT time, level FROM {t} WHERE gateway = '{gateway}'"),
            format!("SELECT time, message FROM {t} WHERE time >= '{time}' ORDER BY time, message LIMIT 50"),
            format!("SELECT time, message FROM {t} WHERE time < TIMESTAMP '{time}' ORDER BY time DESC, message LIMIT 50"),
            format!(
                "SELECT time, gateway FROM {t} WHERE time > '{time}' AND time <= TIMESTAMP '{time}' + INTERVAL '3 hours' \
                 AND gateway = '{gateway}'"
            ),
            format!("SELECT count(*) AS n FROM {t} WHERE time BETWEEN '{time}' AND '{time}'"),
            format!("SELECT date_trunc('hour', time) AS h, count(DISTINCT message) AS n FROM {t} GROUP BY 1"),
            format!("SELECT time FROM {t} WHERE false"),
        ]);
    }
    all.extend(
        [
            "SELECT error_code, family, count(*) AS n FROM ike_log GROUP BY ALL",
            "SELECT time, session_id, event FROM ike_log WHERE message LIKE '%error%'",
            "SELECT status, state_change_reason, remote_ip, time FROM tunnel_log",
            "SELECT TimeGenerated, Message, ResourceId, remoteIP_s, status_s FROM AzureDiagnostics",
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

/// Every statement with the lines of its result, sorted where the statement asks for no order.
#[track_caller]
fn transcript(data: &[&Path], sql: &[String], threads: &str, more: &[&[&str]]) -> Vec<(String, Vec<String>)> {
    let mut command = command();
    command.args(["query", "--format", "json", "--threads", threads]).args(more.concat());
    for path in data {
        command.arg("--data").arg(path);
    }
    for one in sql {
        command.args(["-c", one]);
    }
    let out = finish(&mut command).ok();
    let mut results: Vec<(String, Vec<String>)> = Vec::new();
    for line in out.lines() {
        // A JSON array begins with its bracket, a row a line.
        if line.starts_with('[') {
            results.push((sql[results.len()].clone(), Vec::new()));
        }
        let row = line.trim_start_matches('[').trim_end_matches([']', ',']).trim();
        if !row.is_empty() {
            results.last_mut().unwrap().1.push(row.to_owned());
        }
    }
    assert_eq!(results.len(), sql.len(), "{out}");
    for (sql, rows) in &mut results {
        if !sql.contains("ORDER BY time") {
            rows.sort_unstable();
        }
    }
    results
}

type Transcript = Vec<(String, Vec<String>)>;

/// Compares two transcripts and shows only where they part.
#[track_caller]
fn equal(what: &str, left: &Transcript, right: &Transcript) {
    for ((sql, left), (_, right)) in left.iter().zip(right) {
        for i in 0..left.len().max(right.len()) {
            assert_eq!(left.get(i), right.get(i), "{what}: row {i} of {} and {}: {sql}", left.len(), right.len());
        }
    }
}

fn rows(transcript: &Transcript) -> usize {
    transcript.iter().map(|(_, rows)| rows.len()).sum()
}

struct Case<'a> {
    raw: &'a Path,
    archive: &'a Path,
    gateway: &'a str,
    time: &'a str,
    /// What may differ among equal records.
    differs: &'a [&'a str],
    /// Ranges as arguments, and whether something is in them.
    ranges: &'a [(&'a [&'a str], bool)],
    more: &'a [&'a str],
}

/// Copies every second file below a folder, in the order of their paths.
fn every_second_file(from: &Path, to: &Path) -> PathBuf {
    let mut folders = vec![from.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    for file in files.iter().step_by(2) {
        let copy = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(file, copy).unwrap();
    }
    to.to_owned()
}

fn compare(case: &Case<'_>) {
    let (raw, archive): (&[&Path], &[&Path]) = (&[case.raw], &[case.archive]);
    let more = case.more;
    let whole = transcript(archive, &everything(&[]), "1", &[more]);
    assert!(rows(&whole) > 40, "there is something to compare");
    equal("one thread", &transcript(raw, &everything(&[]), "1", &[more]), &whole);

    equal("more threads", &transcript(raw, &everything(&[]), "4", &[more]), &whole);

    let mut all = everything(case.differs);
    let plain = all.len();
    all.extend(questions(case.gateway, case.time));
    let want = transcript(archive, &all, "1", &[more]);
    equal("archive, four threads", &transcript(archive, &all, "4", &[more]), &want);
    equal("raw, four threads", &transcript(raw, &all, "4", &[more]), &want);
    equal("archive and raw", &transcript(&[case.archive, case.raw], &all, "4", &[more]), &want);
    equal("raw twice", &transcript(&[case.raw, case.raw], &all[..plain], "4", &[more]), &want);
    // Two archives that share records: one is of every second blob of the other's, imported by itself.
    let folder = temp();
    let part = folder.path().join("part");
    import(&part, &every_second_file(case.raw, &folder.path().join("some")), more);
    let of_part = rows(&transcript(&[&part], &all[..plain], "1", &[more]));
    assert!(of_part > 0 && of_part < rows(&want[..plain].to_vec()), "a part");
    equal("an archive and a part of it", &transcript(&[case.archive, &part], &all, "4", &[more]), &want);
    if case.differs == ORIGIN {
        equal("a part of an archive and it", &transcript(&[&part, case.archive], &all[..plain], "4", &[more]), &want);
        let three: &[&Path] = &[&part, case.raw, case.archive, &part];
        equal("two archives and raw", &transcript(three, &all[..plain], "1", &[more]), &want);
    }
    for (range, something) in case.ranges {
        let (all, what) = (&all[..plain + 5], format!("{range:?}"));
        let want = transcript(archive, all, "1", &[more, range]);
        assert_eq!(rows(&want[..plain].to_vec()) > 0, *something, "{what}");
        equal(&what, &transcript(raw, all, "4", &[more, range]), &want);
        equal(&what, &transcript(&[case.archive, case.raw], all, "1", &[more, range]), &want);
        equal(&what, &transcript(&[case.archive, &part], all, "4", &[more, range]), &want);
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
        differs: ORIGIN,
        ranges: &[
            (&["--since", "2026-03-10T03:22:00.5Z", "--until", "2026-03-10T12:00:00Z"], true),
            (&["--last", "18h", "--now", "2026-03-11T10:00:00Z"], true),
            (&["--until", "2026-03-10T01:34:00Z"], true),
            (&["--since", "2026-03-12"], false),
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
        // The same event stands in exports of different forms, which differ in what else they carry.
        differs: &["source", "source_line", "properties"],
        ranges: &[(&["--since", "2026-03-05T07:00:02Z", "--until", "2026-03-05T07:00:20Z"], true)],
        more: &["--keep-unknown"],
    });
}

#[test]
fn dirty_simulation() {
    let folder = temp();
    let (raw, archive) = (folder.path().join("export"), folder.path().join("archive"));
    let options = ["--days", "1", "--gateways", "2", "--dirt", "heavy", "--ike-rate", "0.01", "--seed", "5"];
    tunnelql(["simulate", &arg(&raw), "--start", "2026-02-28"].into_iter().chain(options)).ok();
    import(&archive, &raw, &["--keep-unknown"]);
    compare(&Case {
        raw: &raw,
        archive: &archive,
        gateway: "VPNGW-OSAKA-02",
        time: "2026-02-28T13:30:00Z",
        differs: ORIGIN,
        // Late records come up to 90 minutes after the hour they belong to, which is within the default margin.
        ranges: &[(&["--since", "2026-02-28T12:10:00Z", "--until", "2026-02-28T15:00:00Z"], true)],
        more: &["--keep-unknown"],
    });
}
