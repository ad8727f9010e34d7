//! Detection judged against ground truth: the simulator writes down what it did, and knows nothing of the rules.
//!
//! Each kind, each cause, failovers and negotiations get a precision and a recall over several seeds, clean and dirty.
//! What the logs cannot tell in principle is mapped here, with the reason.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde_json::Value;

use crate::support::{arg, read_json, statements, temp, tunnelql};

/// Found rightly, found wrongly, missed; per question and class.
#[derive(Default)]
struct Score(BTreeMap<(&'static str, String), [u64; 3]>);

impl Score {
    fn add(&mut self, question: &'static str, class: &str, place: usize, n: u64) {
        self.0.entry((question, class.to_owned())).or_default()[place] += n;
    }

    /// One thing of which both sides have a class; `None` where a side does not have it.
    fn compare(&mut self, question: &'static str, truth: Option<&str>, found: Option<&str>) {
        match (truth, found) {
            (Some(t), Some(f)) if t == f => self.add(question, t, 0, 1),
            (truth, found) => {
                found.into_iter().for_each(|f| self.add(question, f, 1, 1));
                truth.into_iter().for_each(|t| self.add(question, t, 2, 1));
            }
        }
    }

    /// Prints the table and returns what is below `least`.
    fn judge(&self, what: &str, least: f64) -> Vec<String> {
        println!(
            "{what}\n{:<14} {:<24} {:>6} {:>6} {:>6} {:>9} {:>7}",
            "", "", "right", "wrong", "missed", "precision", "recall"
        );
        let mut below = Vec::new();
        for ((question, class), [right, wrong, missed]) in &self.0 {
            let share = |other: &u64| if right + other == 0 { 1.0 } else { *right as f64 / (right + other) as f64 };
            let (precision, recall) = (share(wrong), share(missed));
            let line =
                format!("{question:<14} {class:<24} {right:>6} {wrong:>6} {missed:>6} {precision:>9.4} {recall:>7.4}");
            println!("{line}");
            if precision < least || recall < least {
                below.push(line);
            }
        }
        below
    }
}

fn text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row[key].as_str()
}

/// Ticks of 100 ns, so that both spellings of a time compare.
fn ticks(row: &Value, key: &str) -> Option<i64> {
    tunnelql::model::parse_iso(text(row, key)?)
}

/// What names an interruption on both sides.
fn key(row: &Value) -> (String, String, i64) {
    (
        text(row, "gateway").unwrap().into(),
        text(row, "remote_ip").unwrap().into(),
        ticks(row, "disconnected_at").unwrap(),
    )
}

/// The kind by the table's own definition, from the truth's moments and instances.
fn kind(incident: &Value, within_seconds: i64) -> &'static str {
    let Some(back) = ticks(incident, "reconnected_at") else { return "open" };
    if back - ticks(incident, "disconnected_at").unwrap() > within_seconds * 10_000_000 {
        "outage"
    } else if incident["from_instance"] != incident["to_instance"] {
        "failover"
    } else {
        "reconnect"
    }
}

/// The truth's cause in the words of the table.
fn cause(incident: &Value) -> &'static str {
    let logged = incident["logged"].as_bool().unwrap();
    match text(incident, "cause").unwrap() {
        "planned_maintenance" if logged => "maintenance",
        // A reset that no row of the gateway log tells of looks like a maintenance that no row tells of.
        "planned_maintenance" => "maintenance_suspected",
        "gateway_reset" if logged => "gateway_reset",
        "gateway_reset" => "maintenance_suspected",
        "psk_mismatch" => "authentication",
        "traffic_selectors" => "selectors",
        same => {
            match ["configuration_change", "dpd_timeout", "peer_disconnect", "policy_mismatch", "negotiation_timeout"]
                .into_iter()
                .find(|known| *known == same)
            {
                Some(known) => known,
                None => panic!("a cause that this test does not know: {same}"),
            }
        }
    }
}

fn outcome(negotiation: &Value) -> &str {
    match text(negotiation, "outcome").unwrap() {
        "traffic_selectors_unacceptable" => "selectors_unacceptable",
        same => same,
    }
}

fn judge_disconnects(score: &mut Score, incidents: &[Value], found: &[Value], wide: &[Value]) {
    let by_key = |rows: &[Value]| rows.iter().map(|r| (key(r), r.clone())).collect::<HashMap<_, _>>();
    let (truth, found, wide) = (by_key(incidents), by_key(found), by_key(wide));
    assert_eq!(truth.len(), incidents.len(), "nothing happens twice");
    let keys: HashSet<_> = truth.keys().chain(found.keys()).collect();
    for one in keys {
        let (t, f, w) = (truth.get(one), found.get(one), wide.get(one));
        score.compare("kind", t.map(|t| kind(t, 60)), f.and_then(|f| text(f, "kind")));
        score.compare("kind (120 s)", t.map(|t| kind(t, 120)), w.and_then(|w| text(w, "kind")));
        score.compare("cause", t.map(cause), f.and_then(|f| text(f, "cause")));
        if let (Some(t), Some(f)) = (t, f) {
            let instance =
                |row: &Value, key| row[key].as_str().and_then(|name: &str| name.chars().last()?.to_digit(10));
            for end in ["from_instance", "to_instance"] {
                assert_eq!(instance(t, end).map(u64::from), f[end].as_u64(), "{t} {f}");
            }
            assert_eq!(ticks(t, "reconnected_at"), ticks(f, "reconnected_at"), "{t} {f}");
            assert_eq!(t["repeated_disconnects"], f["repeated"], "{t}");
            assert!(
                !f["evidence"].as_array().unwrap().is_empty() && f["advice"].as_str().unwrap().contains("https://")
            );
        }
    }
}

fn judge_failovers(score: &mut Score, incidents: &[Value], found: &[Value]) {
    let truth: HashMap<_, _> = incidents.iter().filter(|i| kind(i, 120) == "failover").map(|i| (key(i), i)).collect();
    let found: HashMap<_, _> = found.iter().map(|f| (key(f), f)).collect();
    for one in truth.keys().chain(found.keys()).collect::<HashSet<_>>() {
        score.compare("failovers", truth.get(one).map(|_| "failover"), found.get(one).map(|_| "failover"));
    }
    // One turn of a maintenance or one reset is one event, and no two of them are.
    let mut turns: BTreeMap<(&str, &str), Vec<(i64, &str)>> = BTreeMap::new();
    let mut groups: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (one, t) in &truth {
        let gateway_wide = matches!(text(t, "cause"), Some("planned_maintenance" | "gateway_reset"));
        let Some(f) = found.get(one).filter(|_| gateway_wide) else { continue };
        let (group, event) = (text(t, "group").unwrap(), text(f, "event_id").unwrap());
        turns.entry((group, text(t, "from_instance").unwrap())).or_default().push((one.2, event));
        groups.entry(event).or_default().insert(group);
    }
    for mut turn in turns.into_values() {
        turn.sort_unstable();
        // After a reset in between, the second turn of a maintenance leaves the same instance; it is minutes later.
        for pair in turn.windows(2).filter(|pair| pair[1].0 - pair[0].0 < 60 * 10_000_000) {
            score.compare("events", Some("whole"), Some(if pair[0].1 == pair[1].1 { "whole" } else { "torn" }));
        }
    }
    for groups in groups.values() {
        score.compare("events", Some("apart"), Some(if groups.len() == 1 { "apart" } else { "mixed" }));
    }
}

fn judge_negotiations(score: &mut Score, truth: &Value, found: &[Value]) {
    let found: HashMap<String, &Value> =
        found.iter().filter_map(|f| Some((text(f, "session_id")?.to_ascii_lowercase(), f))).collect();
    for t in truth["list"].as_array().unwrap() {
        let f = found.get(&text(t, "session_id").unwrap().to_ascii_lowercase());
        score.compare("outcome", Some(outcome(t)), f.and_then(|f| text(f, "outcome")));
        // The rekey of a child SA has no SA_INIT, and rows of one moment stand in no order: nobody can know who began.
        let child = text(t, "phase") == Some("child");
        let wanted = if child { "unknown" } else { text(t, "initiator").unwrap() };
        score.compare("initiator", Some(wanted), f.map(|f| text(f, "initiator").unwrap_or("unknown")));
    }
    // The list may be cut, the numbers are not: what is there too often is a false alarm. Deleted SAs are no
    // negotiations for the simulator.
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for f in found.values().filter_map(|f| text(f, "outcome")).filter(|o| *o != "deleted") {
        *counts.entry(f).or_default() += 1;
    }
    for (outcome, n) in truth["by_outcome"].as_object().unwrap() {
        let name = if outcome == "traffic_selectors_unacceptable" { "selectors_unacceptable" } else { outcome };
        let (n, m) = (n.as_u64().unwrap(), counts.remove(name).unwrap_or(0));
        score.add("outcome, all", name, 0, n.min(m));
        score.add("outcome, all", name, 1, m.saturating_sub(n));
        score.add("outcome, all", name, 2, n.saturating_sub(m));
    }
    for (other, m) in counts {
        score.add("outcome, all", other, 1, m);
    }
}

const QUERIES: [&str; 4] = [
    "SELECT * FROM disconnects",
    "SELECT * FROM disconnects(within => INTERVAL '120 seconds')",
    "SELECT * FROM failovers(within => INTERVAL '120 seconds')",
    "SELECT session_id, outcome, initiator FROM ike_negotiations WHERE session_id IS NOT NULL",
];

fn judge(score: &mut Score, folder: &Path, scenario: &str, seed: u32, dirt: &str, gateways: u32) {
    let out = folder.join(format!("{scenario}-{seed}-{dirt}"));
    let (seed, gateways) = (seed.to_string(), gateways.to_string());
    let options = ["--days", "3", "--gateways", &gateways, "--ike-rate", "0.02", "--seed", &seed, "--dirt", dirt];
    tunnelql(["simulate", &arg(&out), "--scenario", scenario].into_iter().chain(options)).ok();
    let truth = read_json(&out.with_extension("truth.json"));
    let [found, wide, failovers, negotiations] = statements(&[&out], &QUERIES, &[]).try_into().unwrap();
    let incidents = truth["incidents"].as_array().unwrap();
    judge_disconnects(score, incidents, &found, &wide);
    judge_failovers(score, incidents, &failovers);
    judge_negotiations(score, &truth["negotiations"], &negotiations);
}

/// Every kind and cause must have been there, or the score says nothing about it.
fn assert_all_were_there(score: &Score) {
    for (question, classes) in [
        ("kind", &["failover", "reconnect", "outage", "open"][..]),
        (
            "cause",
            &[
                "maintenance",
                "maintenance_suspected",
                "gateway_reset",
                "configuration_change",
                "dpd_timeout",
                "peer_disconnect",
                "authentication",
                "policy_mismatch",
                "selectors",
                "negotiation_timeout",
            ],
        ),
        ("failovers", &["failover"]),
        ("initiator", &["azure", "peer"]),
        (
            "outcome",
            &["established", "authentication_failed", "policy_mismatch", "selectors_unacceptable", "timed_out"],
        ),
    ] {
        for class in classes {
            let seen = score.0.get(&(question, (*class).to_owned()));
            assert!(seen.is_some_and(|[right, _, missed]| right + missed > 0), "no {question} {class} to judge");
        }
    }
}

#[test]
fn clean_exports_are_understood_completely() {
    let (folder, mut score) = (temp(), Score::default());
    for seed in 1..=6 {
        judge(&mut score, folder.path(), "mixed", seed, "none", 4);
    }
    let below = score.judge("clean", 1.0);
    assert_all_were_there(&score);
    assert!(below.is_empty(), "below 1.0:\n{}", below.join("\n"));
}

#[test]
fn dirty_exports_are_understood() {
    let (folder, mut score) = (temp(), Score::default());
    for seed in 11..=16 {
        judge(&mut score, folder.path(), "mixed", seed, if seed % 2 == 0 { "heavy" } else { "some" }, 4);
    }
    let below = score.judge("dirty", 0.99);
    assert_all_were_there(&score);
    assert!(below.is_empty(), "below 0.99:\n{}", below.join("\n"));
}

#[test]
fn a_score_tells_right_from_wrong() {
    let mut score = Score::default();
    for (truth, found) in [(Some("a"), Some("a")), (Some("a"), Some("b")), (None, Some("a")), (Some("b"), None)] {
        score.compare("q", truth, found);
    }
    assert_eq!(score.0[&("q", "a".into())], [1, 1, 1]);
    assert_eq!(score.0[&("q", "b".into())], [0, 1, 1]);
    assert_eq!(score.judge("made up", 0.5).len(), 1);
    assert_eq!(score.judge("made up", 0.6).len(), 2);
}

/// Where nothing happens, whatever is found is a false alarm.
#[test]
fn healthy_gateways_raise_no_alarm() {
    let (folder, mut score) = (temp(), Score::default());
    judge(&mut score, folder.path(), "healthy", 3, "some", 3);
    let below = score.judge("healthy", 1.0);
    assert!(below.is_empty(), "{}", below.join("\n"));
    assert!(!score.0.keys().any(|(question, _)| ["kind", "cause", "failovers"].contains(question)));
}
