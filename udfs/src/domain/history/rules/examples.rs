//! Plays the rules' examples: made-up logs, as real events.

use super::super::causes::{Explained, explain};
use super::super::{GatewayEvent, IkeSign, Place, SECOND, TunnelEvent};
use super::*;

const PEERS: [&str; 2] = ["203.0.113.1", "203.0.113.2"];

/// The name of the rule that decides about the first disconnect of the first peer.
fn decided(example: &Example, reversed: bool) -> &'static str {
    let (mut tunnels, mut gateway, mut ike) = (Vec::new(), Vec::new(), Vec::new());
    for (line, (second, log, words)) in example.rows.iter().enumerate() {
        let (time, place) = (second * SECOND, Place { source: "example", line: line as i64 });
        match log {
            Log::Tunnel => {
                let (what, reason) = words.split_once(' ').unwrap_or((words, ""));
                let (instance, peer) = what[1..].split_once('/').unwrap_or((&what[1..], "1"));
                tunnels.push(TunnelEvent {
                    time,
                    place,
                    gateway: "GW",
                    remote_ip: PEERS[peer.parse::<usize>().unwrap() - 1],
                    instance: instance.parse().ok(),
                    connected: what.starts_with('+'),
                    reason,
                });
            }
            Log::Gateway => {
                let (operation, rest) = words.split_once(' ').unwrap_or((words, ""));
                let json = rest.starts_with('{');
                let (message, configuration) = if json { ("", rest) } else { (rest, "") };
                gateway.push(GatewayEvent {
                    time,
                    place,
                    gateway: "GW",
                    operation,
                    message,
                    configuration,
                    status: "",
                });
            }
            Log::Ike => {
                let (event, rest) = words.strip_prefix("SA_DELETE ").map_or(("", *words), |rest| ("SA_DELETE", rest));
                let (code, close_status) = rest.split_once(' ').unwrap();
                ike.push(IkeSign {
                    time,
                    place,
                    gateway: "GW",
                    remote_ip: PEERS[0],
                    event,
                    close_status,
                    error_code: code.parse().ok(),
                    message: words,
                    ..IkeSign::default()
                });
            }
        }
    }
    if reversed {
        tunnels.reverse();
        gateway.reverse();
        ike.reverse();
    }
    let Explained { disconnects, .. } = explain(&tunnels, &gateway, &ike);
    let first = disconnects.iter().find(|d| d.interruption.remote_ip == PEERS[0]).unwrap();
    assert!(!first.evidence.is_empty() && (0.0..=1.0).contains(&first.confidence));
    let at = |i: usize| first.evidence.get(i).map(|e| e.time.abs_diff(first.interruption.disconnected_at));
    assert!((1..first.evidence.len()).all(|i| at(i - 1) <= at(i)), "nearest first");
    first.rule.map_or("unknown", |rule| rule.name)
}

#[test]
fn examples_fire_and_stay_quiet() {
    for rule in RULES {
        for example in rule.fires {
            assert_eq!(decided(example, false), rule.name, "{}", example.says);
            assert_eq!(decided(example, true), rule.name, "{}", example.says);
        }
        for example in rule.quiet {
            assert_ne!(decided(example, false), rule.name, "{}: {}", rule.name, example.says);
        }
    }
}

#[test]
fn every_rule_is_whole() {
    for (i, rule) in RULES.iter().enumerate() {
        assert!(RULES.iter().skip(i + 1).all(|other| other.name != rule.name), "{} is there twice", rule.name);
        assert!(!rule.fires.is_empty() && !rule.quiet.is_empty(), "{} has no examples", rule.name);
        assert!(rule.reason.ends_with('.') && !rule.source.is_empty(), "{}", rule.name);
        assert!((0.0..=1.0).contains(&rule.confidence));
        assert!(rule.cause.advice().contains("https://learn.microsoft.com/"));
    }
}

#[test]
fn what_nothing_decides_is_unknown() {
    let silent = Example { says: "", rows: &[(0, Log::Tunnel, "-0 Something new"), (900, Log::Tunnel, "+0")] };
    assert_eq!(decided(&silent, false), "unknown");
    assert_eq!(explain(&[], &[], &[]), Explained::default());
}
