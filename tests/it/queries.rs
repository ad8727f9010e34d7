//! The ready queries of `sample_data/queries`: each says what it is for, runs, and finds what is in the sample blobs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{arg, sample, tunnelql};

/// File, rows, and something that the first row says; the facts are those of `blobs.truth.json`.
const EXPECTED: &[(&str, usize, &str, &str)] = &[
    ("microsoft_1_gateway_log", 12, "OperationName", "SetGatewayConfiguration"),
    ("microsoft_2_tunnel_log", 26, "remoteIP_s", "203.0.113.2"),
    ("microsoft_3_route_log", 19, "Resource", "VPNGW-TOKYO"),
    ("microsoft_4_ike_log", 1804, "Level", "Informational"),
    ("microsoft_5_p2s_log", 94, "Resource", "VPNGW-OSAKA"),
    // 4 tunnels moved by maintenance that is logged and 4 by one that is not, 2 by dead-peer detection, 2 by policy, 1 by key.
    ("tip_failover_or_glitch", 5, "cause", "maintenance"),
    // 2 tunnels with 3 rows of the gateway log for the first turn and 2 for the second, and the new key.
    ("tip_gateway_events_before_disconnects", 11, "cause", "maintenance"),
    ("tip_who_initiates", 15, "gateway", "VPNGW-OSAKA"),
    ("tip_one_failing_negotiation", 11, "direction", "SEND"),
    ("tip_failed_p2s_connections", 1, "user_name", "***da@example.com"),
    ("month_worst_tunnels", 4, "remote_ip", "203.0.113.1"),
    ("month_failovers", 1, "gateway", "VPNGW-TOKYO"),
    ("month_mean_time_to_repair", 5, "cause", "maintenance"),
    ("month_failing_shapes", 4, "outcome", "authentication_failed"),
    ("month_changes_before_outages", 1, "cause", "authentication"),
];

#[test]
fn every_query_finds_what_is_there() {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for entry in std::fs::read_dir(sample("queries")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        match path.extension().and_then(|e| e.to_str()) {
            // Compared with their SQL twins below.
            Some("kql") => continue,
            other => assert_eq!(other, Some("sql"), "{name}"),
        }
        files.insert(name, std::fs::read_to_string(path).unwrap());
    }
    let mut wrong = Vec::new();
    for (name, number, column, value) in EXPECTED {
        let Some(sql) = files.remove(*name) else { panic!("{name}.sql is missing") };
        assert!(sql.starts_with("-- "), "{name}.sql does not say what it is for");
        let file = sample("queries").join(format!("{name}.sql"));
        let out = tunnelql(["query", "--format", "ndjson", "--data", &arg(sample("blobs")), "-f", &arg(file)]);
        let found: Vec<Value> = out.ok().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let first = found.first().map_or(Value::Null, |row| row[*column].clone());
        if found.len() != *number || first.as_str() != Some(value) {
            wrong.push(format!("{name}: {} rows, {column} {first}", found.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(files.is_empty(), "not expected here: {:?}", files.keys());
}

/// The rows of a query file, each as its columns; times without their last zeros and nulls as empty texts, which is how KQL
/// has them.
fn rows(file: &str) -> Vec<Vec<(String, String)>> {
    let file = sample("queries").join(file);
    let out = tunnelql(["query", "--format", "ndjson", "--data", &arg(sample("blobs")), "-f", &arg(file)]);
    let cell = |(name, value): (&String, &Value)| {
        let text = value.as_str().unwrap_or_default();
        let text = match name.as_str() {
            "TimeGenerated" => text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.'),
            _ => text,
        };
        (name.clone(), text.to_owned())
    };
    let parse = |line: &str| -> serde_json::Map<String, Value> { serde_json::from_str(line).unwrap() };
    let mut rows: Vec<_> = out.ok().lines().map(|l| parse(l).iter().map(cell).collect::<Vec<_>>()).collect();
    rows.sort();
    rows
}

#[test]
fn microsofts_queries_in_kql_say_what_their_sql_twins_say() {
    for name in ["1_gateway_log", "2_tunnel_log", "3_route_log", "5_p2s_log"] {
        let (kql, sql) = (rows(&format!("microsoft_{name}.kql")), rows(&format!("microsoft_{name}.sql")));
        assert!(!kql.is_empty() && kql == sql, "{name}");
    }
    // The published pattern misses ports that do not end in 500; everything else is the same.
    let (kql, sql) = (rows("microsoft_4_ike_log.kql"), rows("microsoft_4_ike_log.sql"));
    assert_eq!(kql.len(), sql.len());
    let found = |row: &&Vec<(String, String)>| row.iter().any(|(n, v)| n == "RemoteIP" && !v.is_empty());
    let matched: Vec<_> = kql.iter().filter(found).collect();
    assert!(matched.len() > 1000, "{}", matched.len());
    // Its event is the whole message where that names no session, and ours what the message says in the end.
    let value = |row: &[(String, String)], name: &str| row.iter().find(|(n, _)| n == name).unwrap().1.clone();
    for row in matched {
        let same = |other: &&Vec<(String, String)>| {
            ["TimeGenerated", "RemoteIP", "LocalIP", "Level"].iter().all(|n| value(other, n) == value(row, n))
                && value(row, "Event").ends_with(&value(other, "Event"))
        };
        assert!(sql.iter().any(|other| same(&other)), "{row:?}");
    }
}
