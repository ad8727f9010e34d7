//! Lives of tunnels, as tables of cases. All of them are made up; what they show is the reference's description.

use super::*;
use crate::domain::history::Place;

/// `+0@5`: instance 0 connects at second 5; `-` disconnects.
fn events(script: &str) -> Vec<TunnelEvent<'static>> {
    let event = |(line, word): (usize, &str)| {
        let (sign, rest) = word.split_at(1);
        let (instance, at) = rest.split_once('@').unwrap();
        TunnelEvent {
            time: (at.parse::<f64>().unwrap() * 1e9) as i64,
            place: Place { source: "a", line: line as i64 },
            gateway: "GW",
            remote_ip: "203.0.113.1",
            instance: instance.parse().ok(),
            connected: sign == "+",
            reason: "",
        }
    };
    script.split_whitespace().enumerate().map(event).collect()
}

fn told(script: &str) -> String {
    let all = history(&events(script)).interruptions;
    let one = |i: &Interruption<'_>| {
        let number = |n: Option<i32>| n.map_or("?".to_owned(), |n| n.to_string());
        let gap = i.gap().map_or("-".to_owned(), |g| (g / SECOND).to_string());
        let repeated = if i.repeated > 0 { format!(" x{}", i.repeated) } else { String::new() };
        format!("{}>{} {gap} {}{repeated}", number(i.from_instance), number(i.to_instance), i.kind(WITHIN).as_str())
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_becomes_of_a_disconnect() {
    for (script, wanted) in [
        ("", ""),
        ("+0@1", ""),
        // The same instance, within the window and after it; the other instance; never.
        ("-0@100 +0@120", "0>0 20 reconnect"),
        ("-0@100 +0@160", "0>0 60 reconnect"),
        ("-0@100 +0@161", "0>0 61 outage"),
        ("-0@100 +1@112", "0>1 12 failover"),
        ("-0@100 +1@500", "0>1 400 outage"),
        ("-0@100", "0>? - open"),
        // Make before break: the connect comes first.
        ("+0@1 +1@99 -0@100", "0>1 0 failover"),
        ("+0@1 +1@80 -0@100", "0>? - open"),
        // Both instances come up together and one flaps at once: no failover.
        ("+0@1 +1@2 -0@8 +0@9", "0>0 1 reconnect"),
        // Two active instances: each tunnel is its own, also when both drop in one second.
        ("-0@100 -1@101 +0@110 +1@111", "0>0 10 reconnect, 1>1 10 reconnect"),
        ("-0@100 -1@101 +1@110 +0@111", "0>0 11 reconnect, 1>1 9 reconnect"),
        ("+0@1 +1@1 -0@100 -1@105 +1@106", "0>? - open, 1>1 1 reconnect"),
        // Over and back again.
        ("-1@100 +0@110 -0@1500 +1@1512", "1>0 10 failover, 0>1 12 failover"),
        // Disconnects while it is down already.
        ("-0@100 -0@200 -0@300 +0@400", "0>0 300 outage x2"),
        // After a failover that instance has nothing to lose, unless a connect is missing in the log.
        ("-0@100 +1@110 -0@300 +0@310", "0>1 10 failover, 0>0 10 reconnect"),
        // A connect that repeats answers nobody.
        ("+1@1 +0@1 -0@100 +1@110 +0@120", "0>0 20 reconnect"),
        // An instance that is not known.
        ("-?@100 +?@110", "?>? 10 reconnect"),
        ("-?@100 +1@110", "?>1 10 reconnect"),
        // Any order of input.
        ("+1@112 -0@100", "0>1 12 failover"),
    ] {
        assert_eq!(told(script), wanted, "{script}");
    }
}

#[test]
fn any_order_gives_the_same() {
    let script = "+0@1 -0@100 +1@112 -1@112 +0@112 -0@300 -0@301 -1@301 +0@400 +1@401";
    let wanted = history(&events(script));
    let mut all = events(script);
    for turn in 0..all.len() {
        all.rotate_left(1);
        all.swap(0, turn / 2);
        assert_eq!(history(&all), wanted);
    }
}

#[test]
fn sessions_are_the_connected_periods() {
    let told = |script: &str| -> Vec<(Option<i32>, Option<i64>, Option<i64>)> {
        let seconds = |t: Option<i64>| t.map(|t| t / SECOND);
        let one = |s: &Session<'_>| (s.instance, seconds(s.connected_at), seconds(s.disconnected_at));
        history(&events(script)).sessions.iter().map(one).collect()
    };
    assert_eq!(told("-0@100 +1@110 -1@200"), [(Some(0), None, Some(100)), (Some(1), Some(110), Some(200))]);
    assert_eq!(told("+0@5 +0@6 -0@9 +0@20"), [(Some(0), Some(5), Some(9)), (Some(0), Some(20), None)]);
    // A second disconnect ends nothing.
    assert_eq!(told("-0@100 -0@200"), [(Some(0), None, Some(100))]);
}

#[test]
fn tunnels_of_other_peers_and_gateways_are_others() {
    let mut all = events("-0@100 +1@110");
    all[1].remote_ip = "203.0.113.2";
    assert_eq!(history(&all).interruptions[0].kind(WITHIN), Kind::Open);
    let mut all = events("-0@100 +1@110");
    all[1].gateway = "OTHER";
    assert_eq!(history(&all).interruptions[0].kind(WITHIN), Kind::Open);
}

/// An odd log: one peer with very many instances, none of which is ever answered.
#[test]
fn many_instances_take_no_longer_than_their_number() {
    let script: String = (0..30_000).map(|i| format!("+{i}@{} -{i}@{} ", i * 2, i * 2 + 1)).collect();
    let all = events(&script);
    let begin = std::time::Instant::now();
    assert_eq!(history(&all).interruptions.len(), 30_000);
    let all: Vec<_> = all.into_iter().filter(|e| !e.connected).collect();
    let found = history(&all).interruptions;
    assert!(found.len() == 30_000 && found.iter().all(|i| i.reconnected_at.is_none()));
    // Each with each is a billion steps.
    assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{:?}", begin.elapsed());
}
