//! Negotiations from published messages, shuffled; sessions and addresses are made up.

use super::*;
use crate::domain::ike;

const SESSION: &str = "SESSION_ID :{7A9C0ADD-d440-4aec-8910-2b576739ae83} ";

/// Rows as an import makes them, from messages a millisecond apart. Whether one collector takes them or several, each some
/// of a negotiation's, makes no difference.
fn collect(messages: &[String], turn: usize) -> Negotiations {
    let whole = collect_in(messages, turn, 1).finish();
    for parts in [2, 3] {
        let joined = collect_in(messages, turn, parts).finish();
        assert_eq!(all_of(&joined), all_of(&whole), "{parts} parts of {messages:?}");
    }
    whole
}

/// Everything that is known.
fn all_of(all: &Negotiations) -> Vec<String> {
    let values = |n: Negotiation<'_>| {
        let names = (n.gateway(), n.session_id(), n.remote_ip(), n.instance(), n.remote_port(), n.local_ip(), n.nat());
        let ends = (n.outcome(), n.status(), n.error_code(), n.initiator(), n.version(), n.phases(), n.i_cookie());
        let offers = [false, true].map(|sent| [false, true].map(|ipsec| n.proposals(sent, ipsec)));
        format!("{:?} {names:?} {ends:?} {offers:?} {:?}", (n.first(), n.last(), n.messages()), n.selectors())
    };
    all.iter().map(values).collect()
}

fn first(all: &Negotiations) -> Negotiation<'_> {
    all.iter().next().unwrap()
}

fn collect_in(messages: &[String], turn: usize, parts: usize) -> Collector {
    let mut rows: Vec<(i64, &String)> = messages.iter().enumerate().map(|(i, m)| (i as i64 * 1_000_000, m)).collect();
    let turn = turn % rows.len().max(1);
    rows.rotate_left(turn);
    let mut collectors: Vec<Collector> = (0..parts).map(|_| Collector::default()).collect();
    for (n, (time, message)) in rows.into_iter().enumerate() {
        let said = ike::parse(message);
        let row = IkeRow {
            time,
            gateway: "GW",
            instance: Some(0),
            session_id: said.session_id.unwrap_or_default(),
            remote_ip: said.remote_ip.unwrap_or_default(),
            remote_port: said.remote_port.map(i32::from),
            local_ip: said.local_ip.unwrap_or_default(),
            local_port: said.local_port.map(i32::from),
            direction: match said.direction_kind() {
                Some(ike::Direction::Send) => "SEND",
                Some(ike::Direction::Received) => "RECEIVED",
                Some(ike::Direction::Local) => "LOCAL_MSG",
                None => "",
            },
            exchange: said.exchange.unwrap_or_default(),
            event: said.event.unwrap_or_default(),
            i_cookie: said.i_cookie.unwrap_or_default(),
            r_cookie: said.r_cookie.unwrap_or_default(),
            ts_id: said.ts_id.and_then(|id| i64::try_from(id).ok()),
            close_status: said.close_status.unwrap_or_default(),
            notify: said.notify.unwrap_or_default(),
            error_code: said.error_code.map(i64::from),
        };
        collectors[n % parts].push(&row);
    }
    let whole = collectors.into_iter().reduce(|mut whole, part| {
        whole.add(part);
        whole
    });
    let whole = whole.unwrap_or_default();
    assert!(whole.bytes() > 0 || whole.sessions.is_empty());
    whole
}

fn lines(session: &str, bodies: &[&str]) -> Vec<String> {
    bodies.iter().map(|b| format!("{session}Remote 203.0.113.1:500: Local 192.0.2.1:500: {b}")).collect()
}

const BY_AZURE: [&str; 6] = [
    "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId 0x3, iCookie 0xCBF235637168FA00 and rCookie 0x0",
    "[SEND]Sending Ike payload for tunnel Id 0x3: Auth:PreShared Key- Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2",
    "[RECEIVED][SA_INIT] Received IKE SA Init response message with iCookie 0xCBF235637168FA00 rCookie 0x69284B72D78CBC71",
    "[RECEIVED]Received Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2",
    "[SEND][SA_AUTH] Sending SA AUTH message for tunnelId 0x3 and tsId 0x37",
    "[SEND]Sending IPSec policy Payload for tunnel Id 0x3, tsId 0x37: Policy1:Integrity=AES-GCM-256 Cipher=AES-GCM-256",
];
const BY_PEER: [&str; 2] = [
    "[RECEIVED][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D rCookie 0x0",
    "[LOCAL_MSG][SA_INIT] Received SA INIT iCookie 0xA3C9358D2737DA5D and Generated new rCookie 0x70C9D10B840827BC",
];
const AGREED: &str = "[SEND] Proposed Traffic Selector payload will be (Final Negotiated) - [Tsid 0x37  ]Number of TSIs 1: \
                      StartAddress 0.0.0.0 EndAddress 255.255.255.255 PortStart 0 PortEnd 65535 Protocol 0 Number of TSRs 1:";

fn told(all: &Negotiations) -> Vec<(&'static str, Option<&'static str>, String, u64)> {
    all.iter().map(|n| (n.outcome(), n.initiator(), n.phases(), n.messages())).collect()
}

#[test]
fn outcomes_in_any_order() {
    let with = |start: &[&'static str], end: &[&'static str]| lines(SESSION, &[start, end].concat());
    for (messages, outcome, initiator, phases) in [
        (
            with(&BY_AZURE, &["[RECEIVED][SA_AUTH] Received IKE AUTH message", AGREED]),
            "established",
            Some("azure"),
            "init, auth, child",
        ),
        (
            with(&BY_AZURE, &["[RECEIVED][SA_AUTH] Received IKE AUTH message"]),
            "established",
            Some("azure"),
            "init, auth, child",
        ),
        (with(&BY_AZURE, &[]), "incomplete", Some("azure"), "init, auth, child"),
        (with(&BY_AZURE[2..3], &[]), "incomplete", Some("azure"), "init"),
        (with(&BY_PEER[1..], &[]), "incomplete", Some("peer"), "init"),
        (
            with(&BY_PEER, &["[SEND][NOTIFY] Sending Notify Message - Policy Mismatch"]),
            "policy_mismatch",
            Some("peer"),
            "init",
        ),
        (
            with(
                &BY_AZURE,
                &[
                    "[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status IKE authentication credentials are unacceptable",
                ],
            ),
            "authentication_failed",
            Some("azure"),
            "init, auth, child",
        ),
        (
            with(&[], &["[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Negotiation timed out"]),
            "timed_out",
            None,
            "",
        ),
        (with(&[], &["[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Something new"]), "other", None, ""),
        (
            with(&[], &["[LOCAL_MSG] IKE Tunnel closed for tunnelId 0x3 with status Main mode SA lifetime expired"]),
            "deleted",
            None,
            "",
        ),
        (with(&[], &[AGREED]), "established", None, "child"),
    ] {
        for turn in 0..messages.len() {
            assert_eq!(
                told(&collect(&messages, turn)),
                [(outcome, initiator, phases.to_owned(), messages.len() as u64)],
                "{messages:?}"
            );
        }
    }
}

#[test]
fn deleted_sas() {
    let message = "(Error)[Remote] 184.x.x.x:4500 [Local] 40.x.x.x:4500 [SESSION_ID] {7a9c0add-d440-4aec-8910-2b576739ae83} \
                   [ConnType] IKEv2-S2S [TunnelId] 1 [TSId] 684 [IkeEvent] SA_DELETE [SA_type] QM_SA [FailureDirection] \
                   Outbound [SAEstablished] true [ErrorCode] 13885 [ErrorMessage] Main mode SA lifetime expired or peer sent \
                   a main mode delete.";
    let alone = collect(&[message.to_owned()], 0);
    assert_eq!(
        (first(&alone).outcome(), first(&alone).error_code(), first(&alone).nat()),
        ("deleted", Some(13885), true)
    );
    // The SA that a rekey replaced goes away: the negotiation is established all the same, and one by its session, though
    // that is spelt in another case.
    let mut messages = lines(SESSION, &[AGREED]);
    messages.push(message.to_owned());
    assert_eq!(told(&collect(&messages, 1)), [("established", None, "child".to_owned(), 2)]);
}

#[test]
fn what_is_kept() {
    let all = collect(&lines(SESSION, &[&BY_AZURE[..], &[AGREED]].concat()), 3);
    let n = first(&all);
    assert_eq!(n.session_id(), Some("7a9c0add-d440-4aec-8910-2b576739ae83"));
    assert_eq!(n.proposals(true, false), Some("Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2"));
    assert_eq!(n.proposals(false, false), Some("Policy1:Cipher=AES-CBC-256 Integrity=SHA256 DhGroup=DhGroup2"));
    assert_eq!(n.proposals(true, true), Some("Policy1:Integrity=AES-GCM-256 Cipher=AES-GCM-256"));
    assert_eq!(n.proposals(false, true), None);
    assert!(n.selectors().unwrap().starts_with("Number of TSIs 1: StartAddress 0.0.0.0"));
    assert_eq!((n.version(), n.local_ip(), n.remote_port(), n.nat()), (Some("IKEv2"), "192.0.2.1", Some(500), false));
    assert_eq!(n.last() - n.first(), 6_000_000);
}

#[test]
fn rows_without_a_session() {
    // They belong to the session around them ...
    let mut messages = lines(SESSION, &BY_AZURE);
    messages.extend(lines("", &["[RECEIVED][SA_AUTH] Received IKE AUTH message", AGREED]));
    for turn in 0..messages.len() {
        assert_eq!(
            told(&collect(&messages, turn)),
            [("established", Some("azure"), "init, auth, child".to_owned(), 8)]
        );
    }
    // ... or where there are no sessions at all, as in IkeLogs.txt, to their cookie and what is near it.
    let messages = lines("", &[&BY_AZURE[..], &[AGREED], &BY_PEER[..]].concat());
    for turn in 0..messages.len() {
        let found = collect(&messages, turn);
        assert_eq!(found.iter().count(), 2, "{found:?}");
        assert_eq!(found.iter().map(|n| n.messages()).sum::<u64>(), 9);
        assert_eq!(told(&found)[0].1, Some("azure"));
        assert_eq!(told(&found)[1].1, Some("peer"));
    }
    // Without any of it, the peer and the time.
    let messages = lines("", &["[RECEIVED][SA_AUTH] Received IKE AUTH message", AGREED]);
    assert_eq!(told(&collect(&messages, 1)), [("established", None, "auth, child".to_owned(), 2)]);
    // What has neither session nor peer tells nothing.
    assert!(
        collect(&["IkeCleanupQMNegotiation called with error 13868 and flags a".to_owned()], 0).iter().next().is_none()
    );
}
