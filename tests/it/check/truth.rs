//! Rules judged against what the simulator did.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::of_rule;
use crate::support::{arg, command, finish, import, read_json, temp, tunnelql};

fn simulate(out: &Path, scenario: &str, seed: &str) -> Value {
    let options = ["--days", "3", "--gateways", "4", "--ike-rate", "0.02", "--dirt", "none", "--seed", seed];
    tunnelql(["simulate", &arg(out), "--scenario", scenario].into_iter().chain(options)).ok();
    read_json(&out.with_extension("truth.json"))
}

fn check(data: &Path, now: &str, last: &str) -> Value {
    let mut run = command();
    run.args(["check", "--data", &arg(data), "--now", now, "--last", last, "--format", "json", "--fail-on", "never"]);
    finish(&mut run).json()
}

fn ticks(value: &Value) -> i64 {
    tunnelql::model::parse_iso(value.as_str().unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn incidents_are_found_and_no_others() {
    let folder = temp();
    for seed in ["1", "2"] {
        let data = folder.path().join(format!("mixed-{seed}"));
        let truth = simulate(&data, "mixed", seed);
        let now = "2026-03-04T00:00:00Z";
        let archive = folder.path().join(format!("archive-{seed}"));
        import(&archive, &data, &[]);
        let document = check(&archive, now, "3d");
        assert_eq!(document["failed"], serde_json::json!([]), "{document}");
        let incidents = truth["incidents"].as_array().unwrap();

        // An outage that never ended, if it began more than the rule's five minutes before the end.
        let end = tunnelql::model::parse_iso(now).unwrap();
        let open =
            |i: &&Value| i["reconnected_at"].is_null() && ticks(&i["disconnected_at"]) <= end - 5 * 60 * 10_000_000;
        let wanted: BTreeSet<_> =
            incidents.iter().filter(open).map(|i| (text(i, "gateway"), text(i, "remote_ip"))).collect();
        let found: BTreeSet<_> = of_rule(&document, "tunnel-down")
            .iter()
            .map(|f| (text(&f["row"], "gateway"), text(&f["row"], "remote_ip")))
            .collect();
        assert!(!wanted.is_empty());
        assert_eq!(found, wanted, "seed {seed}");

        // Failovers that the gateway log does not tell of, by gateway and second.
        let second = |value: &Value| ticks(value) / 10_000_000;
        let unlogged: Vec<_> = incidents
            .iter()
            .filter(|i| text(i, "kind") == "failover" && i["logged"] == false)
            .map(|i| (text(i, "gateway"), second(&i["disconnected_at"])))
            .collect();
        let found: Vec<_> = of_rule(&document, "failover-unplanned")
            .iter()
            .map(|f| (text(&f["row"], "gateway"), second(&f["row"]["at"])))
            .collect();
        assert!(!unlogged.is_empty());
        for (gateway, at) in &found {
            assert!(
                unlogged.iter().any(|(g, t)| g == gateway && t == at),
                "seed {seed}: no failover at {gateway} {at}"
            );
        }
        for (gateway, at) in &unlogged {
            let known = found.iter().any(|(g, t)| g == gateway && (0..=30).contains(&(at - t)));
            assert!(known, "seed {seed}: the failover of {gateway} at {at} is missing");
        }

        // Changes that interrupted something.
        let changes: BTreeSet<_> = incidents
            .iter()
            .filter(|i| text(i, "cause") == "configuration_change")
            .map(|i| text(i, "gateway"))
            .collect();
        let found: BTreeSet<_> =
            of_rule(&document, "config-change-drop").iter().map(|f| text(&f["row"], "gateway")).collect();
        assert!(!changes.is_empty() && changes.is_subset(&found), "seed {seed}: {changes:?} {found:?}");
    }
}

#[test]
fn a_healthy_export_is_quiet() {
    let folder = temp();
    let data = folder.path().join("healthy");
    simulate(&data, "healthy", "7");
    for now in ["2026-03-02T12:00:00Z", "2026-03-04T00:30:00Z"] {
        let document = check(&data, now, "3d");
        assert_eq!(document["findings"], serde_json::json!([]), "{document}");
        assert_eq!(document["failed"], serde_json::json!([]), "{document}");
    }
    // Hours later, nothing has come: that is something.
    let document = check(&data, "2026-03-04T06:00:00Z", "1h");
    let silent = of_rule(&document, "gateway-silent");
    assert_eq!(silent.len(), 4, "{document}");
    assert_eq!(document["findings"].as_array().unwrap().len(), 4, "{document}");
}
