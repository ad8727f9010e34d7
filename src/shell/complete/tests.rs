//! Completion as tables of cases; `|` is the cursor.

use std::time::{Duration, Instant};

use super::*;
use crate::engine::{Engine, EngineOptions};
use crate::shell::commands;

/// What the built-in tables and functions are, with a few commands and values.
pub fn vocabulary() -> Vocabulary {
    let engine = Engine::new(&EngineOptions::default()).unwrap();
    let mut v = Vocabulary::of(&engine);
    let command = |name: &str, aliases: &[&str], arguments: Vec<commands::Argument>| Command {
        name: name.into(),
        aliases: aliases.iter().map(|a| (*a).into()).collect(),
        brief: format!("About {name}."),
        arguments,
    };
    v.commands = vec![
        command("tables", &["\\dt"], vec![]),
        command("schema", &["\\d"], vec![commands::Argument::Table]),
        command("format", &[], vec![commands::Argument::Format]),
        command("describe", &[], vec![commands::Argument::Function]),
        command("read", &["\\i"], vec![commands::Argument::File]),
        command("explain", &[], vec![commands::Argument::Statement]),
        command("stats", &[], vec![commands::Argument::Word(&["on", "off"])]),
        command("help", &["\\?"], vec![commands::Argument::Command]),
        command("watch", &[], vec![commands::Argument::Text, commands::Argument::Statement]),
    ];
    v.formats = vec!["csv".into(), "table".into(), "tsv".into()];
    v.parameters = vec!["month".into(), "gateway".into()];
    v.tables.push(Table {
        schema: None,
        name: "My View".into(),
        columns: vec![Column {
            name: "odd name".into(),
            type_name: String::new(),
            meaning: String::new(),
            data_type: None,
        }],
        exact: true,
    });
    for (column, values) in [
        ("gateway", &["VPNGW-OSAKA", "VPNGW-TOKYO", "O'Hare"][..]),
        ("remote_ip", &["203.0.113.1", "203.0.113.22", "198.51.100.7"]),
        ("status", &["Connected", "Disconnected"]),
    ] {
        v.values.put("tunnel_log", column, values.iter().map(|v| (*v).to_owned()));
    }
    v
}

fn at(text: &str, vocabulary: &Vocabulary) -> (String, Vec<Candidate>) {
    let cursor = text.find('|').unwrap();
    let text = text.replacen('|', "", 1);
    let (start, found) = complete(&text, cursor, vocabulary);
    assert!(start <= cursor && text.is_char_boundary(start), "{text}");
    (text[start..cursor].to_owned(), found)
}

/// The first candidates of a place are these, in order.
#[track_caller]
fn first(vocabulary: &Vocabulary, cases: &[(&str, &[&str])]) {
    for (text, wanted) in cases {
        let (_, found) = at(text, vocabulary);
        let found: Vec<&str> = found.iter().map(|c| c.replacement.as_str()).collect();
        assert!(found.starts_with(wanted), "{text}\n  wanted {wanted:?}\n  found  {:?}", &found[..found.len().min(12)]);
        assert!(!wanted.is_empty() || found.is_empty(), "{text}: {:?}", &found[..found.len().min(12)]);
    }
}

/// Among the candidates are the first ones and are not the second ones.
#[track_caller]
fn among(vocabulary: &Vocabulary, cases: &[(&str, &[&str], &[&str])]) {
    for (text, wanted, unwanted) in cases {
        let (_, found) = at(text, vocabulary);
        let found: Vec<&str> = found.iter().map(|c| c.replacement.as_str()).collect();
        for name in *wanted {
            assert!(found.contains(name), "{text}: no {name} in {:?}", &found[..found.len().min(40)]);
        }
        for name in *unwanted {
            assert!(!found.contains(name), "{text}: {name} should not be there");
        }
    }
}

#[test]
fn tables() {
    first(
        &vocabulary(),
        &[
            ("SELECT * FROM tunn|", &["tunnel_log", "tunnel_sessions", "TunnelDiagnosticLog"]),
            ("SELECT * FROM TUNN|", &["tunnel_log", "tunnel_sessions", "TunnelDiagnosticLog"]),
            ("SELECT * FROM a JOIN ike_|", &["ike_log", "ike_failures", "ike_negotiations"]),
            ("SELECT * FROM ike_log, rou|", &["route_log", "route_changes", "RouteDiagnosticLog"]),
            ("SELECT * FROM failov|", &["failovers", "failovers("]),
            ("SELECT * FROM system.im|", &["imports"]),
            ("SELECT * FROM system.|", &["files", "functions", "imports", "rejects"]),
            ("SELECT * FROM imp|", &["system.imports"]),
            ("SELECT * FROM my|", &["\"My View\""]),
            ("SELECT * FROM \"my|", &["\"My View\""]),
            ("DESCRIBE tunnel_l|", &["tunnel_log"]),
            ("WITH down AS (SELECT 1) SELECT * FROM do|", &["down"]),
            ("SELECT * FROM (SELECT * FROM tunnel_l|", &["tunnel_log"]),
            ("SELECT 1; SELECT * FROM tunnel_l|", &["tunnel_log"]),
            ("SELECT 1 FROM (SELECT 2) x, tunnel_l|", &["tunnel_log"]),
        ],
    );
}

#[test]
fn columns() {
    let v = vocabulary();
    first(
        &v,
        &[
            ("SELECT remot| FROM tunnel_log", &["remote_ip", "ike_remote_ip("]),
            ("SELECT t.re| FROM tunnel_log AS t", &["remote_ip", "resource_group", "resource_type", "resource_id"]),
            ("SELECT * FROM tunnel_log WHERE stat|", &["status", "state_change_reason"]),
            ("SELECT * FROM tunnel_log WHERE \"stat|", &["\"status\"", "\"state_change_reason\""]),
            ("SELECT * FROM AzureDiagnostics WHERE timeg|", &["TimeGenerated"]),
            ("SELECT * FROM tunnel_log t JOIN ike_log i ON t.gateway = i.gat|", &["gateway"]),
            ("SELECT sess| FROM tunnel_log t JOIN ike_log i ON true", &["session_id"]),
            (
                "WITH d AS (SELECT remote_ip AS peer, count(*) AS n, time FROM tunnel_log GROUP BY 1) SELECT | FROM d",
                &["peer", "n", "time"],
            ),
            ("WITH d(a, b) AS (SELECT 1, 2) SELECT d.| FROM d", &["a", "b"]),
            ("SELECT x.| FROM (SELECT gateway, upper(status) up FROM tunnel_log) x", &["gateway", "up"]),
            (
                "SELECT x.| FROM (SELECT l.* FROM route_log l) AS x",
                &["time", "gateway", "instance", "operation", "level", "peer"],
            ),
            ("SELECT f.| FROM failovers(within => INTERVAL '5 minutes') f", &["event_id", "disconnected_at"]),
            ("SELECT \"| FROM \"My View\"", &["\"odd name\""]),
            ("SELECT odd| FROM \"My View\"", &["\"odd name\""]),
            ("SELECT count(*), gatew| FROM tunnel_log GROUP BY 2", &["gateway"]),
            ("SELECT gateway FROM tunnel_log ORDER BY gatew|", &["gateway"]),
            // Each SELECT of a UNION has its own tables, and a subquery sees those around it.
            ("SELECT gateway FROM tunnel_log UNION SELECT pee| FROM route_log", &["peer"]),
            (
                "SELECT * FROM tunnel_log t WHERE EXISTS (SELECT 1 FROM ike_log i WHERE i.remote_ip = t.rem|",
                &["remote_ip"],
            ),
            // A bracket that is still open hides no table behind it.
            ("SELECT upper(stat| FROM tunnel_log", &["status", "state_change_reason"]),
            ("SELECT * FROM tunnel_log WHERE (stat|", &["status", "state_change_reason"]),
            // Nothing is said of tables yet.
            ("SELECT state_|", &["state_change_reason"]),
            ("SELECT nothing.| FROM tunnel_log", &[]),
        ],
    );
    let (typed, found) = at("SELECT rem| FROM tunnel_log", &v);
    assert_eq!((typed.as_str(), found[0].display.as_str(), found[0].kind), ("rem", "remote_ip varchar", Kind::Column));
}

#[test]
fn functions_and_keywords() {
    let v = vocabulary();
    among(
        &v,
        &[
            ("SELECT date_t| FROM tunnel_log", &["date_trunc("], &[]),
            ("SELECT date_t|(", &["date_trunc"], &["date_trunc("]),
            ("|", &["SELECT", "WITH", "EXPLAIN"], &["FROM", "AND"]),
            ("sel|", &["select"], &["SELECT"]),
            ("SEL|", &["SELECT"], &[]),
            ("SELECT 1; |", &["SELECT"], &["AND"]),
            ("SELECT |", &["DISTINCT", "CASE", "ike_remote_ip("], &["FROM", "SELECT", "upper("]),
            ("select * |", &["from"], &["FROM", "where"]),
            ("SELECT gateway |", &["FROM", "AS"], &["WHERE", "gateway"]),
            ("SELECT * FROM tunnel_log |", &["WHERE", "JOIN", "GROUP BY"], &["AND", "SELECT"]),
            ("SELECT * FROM tunnel_log t |", &["WHERE", "JOIN"], &[]),
            ("SELECT * FROM tunnel_log WHERE status |", &["IN", "LIKE", "IS NULL", "GROUP BY"], &["FROM", "status"]),
            ("SELECT * FROM tunnel_log WHERE status IS |", &["NULL", "NOT NULL"], &["status"]),
            ("SELECT * FROM tunnel_log GROUP |", &["BY"], &["status"]),
            ("SELECT * FROM tunnel_log LEFT |", &["JOIN"], &["WHERE"]),
            ("SELECT * FROM tunnel_log ORDER BY time |", &["DESC", "LIMIT"], &["FROM"]),
            ("SELECT * FROM tunnel_log ORDER BY time DESC |", &["NULLS LAST", "LIMIT"], &["ASC"]),
            ("SELECT time::|", &["TIMESTAMP"], &["time"]),
            ("SELECT CAST(time AS |", &["TIMESTAMP"], &["time"]),
            ("SELECT * FROM tunnel_log WHERE time > $|", &["$month"], &["time"]),
            ("SELECT * FROM (|", &["SELECT"], &["AND"]),
            ("CREATE VIEW v AS |", &["SELECT", "WITH"], &["tunnel_log"]),
            ("SELECT extract(hour FROM | FROM tunnel_log", &["time"], &["tunnel_log"]),
        ],
    );
    first(
        &v,
        &[
            ("SELECT * FROM tunnel_log LIMIT |", &[]),
            ("SELECT 1|", &[]),
            ("SELECT gateway AS |", &[]),
            ("SELECT 1 -- sel|", &[]),
            ("SELECT 1 /* sel|", &[]),
            ("SELECT 'sel|'", &[]),
            ("SELECT IKE_REMOTE_I|", &["ike_remote_ip("]),
        ],
    );
    let (_, found) = at("SELECT ike_remote_ip| FROM ike_log", &v);
    assert_eq!(found.iter().find(|c| c.replacement == "ike_remote_ip(").unwrap().display, "ike_remote_ip(message)");
}

#[test]
fn values_of_columns() {
    first(
        &vocabulary(),
        &[
            ("SELECT * FROM tunnel_log WHERE gateway = '|", &["'VPNGW-OSAKA'", "'VPNGW-TOKYO'", "'O''Hare'"]),
            ("SELECT * FROM tunnel_log WHERE gateway = 'vpngw-t|' AND 1 = 1", &["'VPNGW-TOKYO'"]),
            ("SELECT * FROM tunnel_log WHERE gateway = tok|", &["'VPNGW-TOKYO'"]),
            ("SELECT * FROM tunnel_log WHERE gateway = 'O''|", &["'O''Hare'"]),
            ("SELECT * FROM tunnel_log t WHERE t.remote_ip <> '203|", &["'203.0.113.1'", "'203.0.113.22'"]),
            ("SELECT * FROM tunnel_log WHERE remote_ip IN ('203.0.113.1', '198|", &["'198.51.100.7'"]),
            (
                "SELECT * FROM tunnel_log WHERE remote_ip NOT IN (|",
                &["'203.0.113.1'", "'203.0.113.22'", "'198.51.100.7'"],
            ),
            ("SELECT * FROM tunnel_log WHERE status LIKE '|", &["'Connected'", "'Disconnected'"]),
            ("SELECT * FROM tunnel_log WHERE status NOT LIKE 'dis|", &["'Disconnected'"]),
            ("SELECT * FROM failovers WHERE gateway = '|", &["'VPNGW-OSAKA'"]),
            ("SELECT * FROM tunnel_log WHERE message = '|", &[]),
            ("SELECT '|", &[]),
        ],
    );
}

#[test]
fn arguments_of_table_functions() {
    first(
        &vocabulary(),
        &[
            ("SELECT * FROM failovers(|", &["within => "]),
            ("SELECT * FROM failovers(wi|", &["within => "]),
            ("SELECT * FROM failovers(within => |", &["INTERVAL '60 seconds'"]),
            ("SELECT * FROM failovers(within => INTERVAL '1 second', |", &[]),
            ("SELECT * FROM availability(bucket => 'mo|", &["'month'"]),
        ],
    );
}

#[test]
fn commands() {
    let v = vocabulary();
    first(
        &v,
        &[
            (".ta|", &[".tables"]),
            ("  .TA|", &[".tables"]),
            ("\\d|", &["\\dt", "\\d"]),
            (".schema tunnel_l|", &["tunnel_log"]),
            ("\\d tunnel_l|", &["tunnel_log"]),
            (".format |", &["csv", "table", "tsv"]),
            (".stats o|", &["on", "off"]),
            (".help st|", &["stats"]),
            (".describe ike_remote_i|", &["ike_remote_ip"]),
            (".explain SELECT * FROM tunnel_l|", &["tunnel_log"]),
            (".watch 5s SELECT stat| FROM tunnel_log", &["status"]),
            (".tables x|", &[]),
            (".nothing x|", &[]),
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a script.sql"), "").unwrap();
    let typed = format!("{}/a", folder.path().display());
    let (start, found) = complete(&format!(".read {typed}"), 6 + typed.len(), &v);
    assert_eq!((start, found[0].replacement.as_str()), (6, format!("\"{typed} script.sql\"").as_str()));
}

#[test]
fn kql() {
    let v = Vocabulary { dialect: Dialect::Kql, ..vocabulary() };
    // The cursor's mark is the text's first bar, so that these have none before it.
    let at = |before: &str, after: &str| -> Vec<String> {
        let (_, found) = complete(&format!("{before}{after}"), before.len(), &v);
        found.into_iter().map(|c| c.replacement).collect()
    };
    assert_eq!(at("tunnel_l", "")[..1], ["tunnel_log"]);
    assert_eq!(at("tunnel_log | whe", "")[..1], ["where"]);
    assert_eq!(at("tunnel_log | where stat", " == 'x'")[..1], ["status"]);
    assert_eq!(at("tunnel_log | where gateway == \"vpngw-t", "")[..], ["\"VPNGW-TOKYO\""]);
    assert_eq!(at("tunnel_log | where gateway in ('x', 'O", "")[..1], ["'O\\'Hare'"]);
    assert_eq!(at("tunnel_log | project-a", "")[..1], ["project-away"]);
    assert!(at("tunnel_log // whe", "").is_empty());
}

#[test]
fn kql_knows_the_columns_of_its_pipeline() {
    let v = Vocabulary { dialect: Dialect::Kql, ..vocabulary() };
    let at = |before: &str| -> Vec<String> {
        let (_, found) = complete(before, before.len(), &v);
        found.into_iter().map(|c| c.replacement).collect()
    };
    let has = |before: &str, wanted: &str| {
        let found = at(before);
        assert!(found.iter().any(|f| f == wanted), "{before}: {wanted} is not in {found:?}");
    };
    let lacks = |before: &str, unwanted: &str| {
        let found = at(before);
        assert!(!found.iter().any(|f| f == unwanted), "{before}: {unwanted} is in {found:?}");
    };
    has("AzureDiagnostics | summarize drops = count() by remoteIP_s | where dr", "drops");
    lacks("AzureDiagnostics | summarize drops = count() by remoteIP_s | where ", "Category");
    has("AzureDiagnostics | project Peer = remoteIP_s | join kind=inner (tunnel_log | where sta", "status");
    has(
        "AzureDiagnostics | project Peer = remoteIP_s | join kind=inner (tunnel_log | where status == 'x') on Pe",
        "Peer",
    );
    has("let T = tunnel_log | project Peer = remote_ip; T | where Pe", "Peer");
    has("let T = tunnel_log | project Peer = remote_ip; T", "T");
    has("tunnel_log | join (", "ike_log");
    has("tunnel_log | join k", "kind=");
    has("tunnel_log | join kind=left", "leftanti");
    has("tunnel_log | summarize ", "dcount(");
    lacks("tunnel_log | where ", "dcount(");
    has("tunnel_log | where startsw", "startswith");
    has("tunnel_log | where isnotem", "isnotempty(");
    has("tunnel_log | sort ", "by");
    has("tunnel_log | sort by time ", "desc");
    has("tunnel_log | render ti", "timechart");
    has("tunnel_log | render timechart with (ti", "title=");
    has("tunnel_log | evaluate ", "pivot(");
    has("", "AzureDiagnostics");
    has("fi", "find");
    has("tunnel_log | where status !in ('C", "'Connected'");
    has("tunnel_log | where status has 'C", "'Connected'");
    // What cannot be planned is as if it were not there.
    has("tunnel_log | wher x | where stat", "status");
    let display = complete("tunnel_log | extend x = strc", 28, &v).1;
    assert!(display.iter().any(|c| c.display.starts_with("strcat(")), "{display:?}");
}

#[test]
fn any_text_at_any_place_is_taken_and_in_time() {
    let v = vocabulary();
    let kql = Vocabulary { dialect: Dialect::Kql, ..v.clone() };
    let pieces = [
        "SELECT ",
        "FROM ",
        "tunnel_log ",
        "(",
        ")",
        "WITH ",
        "x AS ",
        ",",
        ".",
        "'",
        "\"",
        "=",
        "IN ",
        "LIKE ",
        "UNION ",
        "$",
        "ü表",
        "--",
        "/*",
        "\n",
        ";",
        "1",
        "failovers",
        "=>",
        "::",
        ".read ",
        "\\",
        " | ",
        "JOIN ",
        "*",
        "AS ",
        "BY ",
    ];
    let mut random = 5u64;
    let mut next = |n: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % n
    };
    for _ in 0..2_000 {
        let text: String = (0..14).map(|_| pieces[next(pieces.len())]).collect();
        let cursor = next(text.len() + 2);
        for v in [&v, &kql] {
            let (start, _) = complete(&text, cursor, v);
            assert!(start <= cursor.min(text.len()) && text.is_char_boundary(start), "{text:?} {cursor}");
        }
    }
    // A long statement, and brackets and WITHs without end.
    let columns: String = (0..300).map(|i| format!("max(CASE WHEN status = 'x{i}' THEN time END) AS c{i}, ")).collect();
    let long = format!("WITH a AS (SELECT {columns} 1 FROM tunnel_log) SELECT | FROM a JOIN tunnel_log");
    let deep = format!("SELECT * FROM {}|", "(SELECT * FROM ".repeat(2_000));
    let withs = format!("{}SELECT |", "WITH a AS (SELECT * FROM a, a) ".repeat(300));
    let stars: String = (1..60).map(|i| format!(", t{i} AS (SELECT * FROM t{0}, t{0})", i - 1)).collect();
    let stars = format!("WITH t0 AS (SELECT * FROM tunnel_log){stars} SELECT | FROM t59");
    for text in [&long, &deep, &withs, &stars] {
        let begin = Instant::now();
        at(text, &v);
        // Five milliseconds where it is optimised and nobody else computes.
        assert!(
            begin.elapsed() < Duration::from_millis(if text == &long { 100 } else { 3_000 }),
            "{:?}",
            begin.elapsed()
        );
    }
}
