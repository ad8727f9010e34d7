//! Golden lines and mutations of them.

use super::golden::{BENT, CLASSIC, PREFIX, PUBLISHED, STRUCTURED};
use super::*;

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[test]
fn published_and_bent_lines() {
    for (text, fields, body) in PUBLISHED.iter().chain(BENT) {
        // A text that is not classic loses nothing but the white space around it.
        let event = if fields.family == Family::Classic { text } else { text.trim() };
        assert_eq!(parse(text), IkeMessage { event: some(event), body: some(body), ..*fields }, "{text}");
    }
}

#[test]
fn the_prefix_changes_nothing_behind_it() {
    // The prefix is published, the bodies are published; only their composition is synthetic.
    for (text, fields, body) in PUBLISHED {
        let line = format!("{PREFIX}{text}");
        let wanted = IkeMessage {
            family: Family::Classic,
            session_id: Some("8cb5875d-4c80-434b-8702-d78ac5b3d154"),
            remote_ip: Some("77.98.70.226"),
            remote_port: Some(59780),
            local_ip: Some("51.124.63.204"),
            local_port: Some(4500),
            event: Some(text),
            body: Some(body),
            ..*fields
        };
        assert_eq!(parse(&line), wanted, "{line}");
    }
}

#[test]
fn prefixes() {
    // Session, remote, local, event. Synthetic but for the first.
    type Case = (
        &'static str,
        Option<&'static str>,
        Option<(&'static str, Option<u16>)>,
        Option<(&'static str, Option<u16>)>,
        &'static str,
    );
    let guid = Some("8CB5875D-4c80-434b-8702-d78ac5b3d154");
    let cases: &[Case] = &[
        (
            PREFIX,
            Some("8cb5875d-4c80-434b-8702-d78ac5b3d154"),
            Some(("77.98.70.226", Some(59780))),
            Some(("51.124.63.204", Some(4500))),
            "",
        ),
        ("SESSION_ID :{8CB5875D-4c80-434b-8702-d78ac5b3d154} [SEND] x", guid, None, None, "[SEND] x"),
        (
            "SESSION_ID: 8CB5875D-4c80-434b-8702-d78ac5b3d154 Remote 1.2.3.4:500: x",
            guid,
            Some(("1.2.3.4", Some(500))),
            None,
            "x",
        ),
        (
            "SESSION_ID :{8CB5875D-4c80-434b-8702-d78ac5b3d154 Remote 1.2.3.4:500: x",
            guid,
            Some(("1.2.3.4", Some(500))),
            None,
            "x",
        ),
        (
            "Remote 1.2.3.4:500: Local 5.6.7.8:500: [SEND]x",
            None,
            Some(("1.2.3.4", Some(500))),
            Some(("5.6.7.8", Some(500))),
            "[SEND]x",
        ),
        (
            "Remote 1.2.3.4:500:Local 5.6.7.8:500:[SEND]x",
            None,
            Some(("1.2.3.4", Some(500))),
            Some(("5.6.7.8", Some(500))),
            "[SEND]x",
        ),
        (
            "Remote <IPaddress>:500: Local 40.x.x.x:500:  x",
            None,
            Some(("<IPaddress>", Some(500))),
            Some(("40.x.x.x", Some(500))),
            " x",
        ),
        (
            "Remote 2001:db8::1:4500: Local [::1]:500: x",
            None,
            Some(("2001:db8::1", Some(4500))),
            Some(("::1", Some(500))),
            "x",
        ),
        ("Local 5.6.7.8:70000: x", None, None, Some(("5.6.7.8", None)), "x"),
        ("Local 5.6.7.8:500: Local 9.9.9.9:500: x", None, None, Some(("5.6.7.8", Some(500))), "Local 9.9.9.9:500: x"),
        ("SESSION_ID :{8CB5875D-4c80-434b-8702-d78ac5b3d154} \u{e9}t\u{e9}", guid, None, None, "\u{e9}t\u{e9}"),
        ("SESSION_ID :{} x", None, None, None, "SESSION_ID :{} x"),
        ("RemoteX 1.2.3.4:500: x", None, None, None, "RemoteX 1.2.3.4:500: x"),
    ];
    for (text, session, remote, local, event) in cases {
        let found = parse(text);
        assert_eq!(found.session_id, *session, "{text}");
        assert_eq!(found.remote_ip.map(|ip| (ip, found.remote_port)), *remote, "{text}");
        assert_eq!(found.local_ip.map(|ip| (ip, found.local_port)), *local, "{text}");
        assert_eq!(found.event.unwrap_or_default(), *event, "{text}");
    }
}

#[test]
fn a_packet_is_one_whatever_else_it_says() {
    let found = parse("[SEND Network Packet] Remote 203.0.113.1:500: text [IkeEvent] SA_DELETE");
    assert_eq!((found.family, found.direction, found.ike_event), (Family::Packet, Some("SEND"), None));
    assert_eq!(parse("[SEND network stack] text [IkeEvent] SA_DELETE").family, Family::Structured);
}

#[test]
fn structured() {
    let wanted = IkeMessage {
        family: Family::Structured,
        severity: Some("Error"),
        remote_ip: Some("184.x.x.x"),
        remote_port: Some(4500),
        local_ip: Some("40.x.x.x"),
        local_port: Some(4500),
        session_id: Some("guid"),
        conn_type: Some("IKEv2-S2S"),
        tunnel_id: Some(1),
        ts_id: Some(684),
        ike_event: Some("SA_DELETE"),
        event: Some("SA_DELETE"),
        sa_type: Some("QM_SA"),
        failure_direction: Some("Outbound"),
        sa_established: Some(true),
        error_code: Some(13885),
        error_message: Some("Main mode SA lifetime expired or peer sent a main mode delete."),
        ..CLASSIC
    };
    assert_eq!(parse(STRUCTURED), wanted);

    // Synthetic: without severity, other cases and orders, unknown keys, empty values, IPv6, brackets in the message.
    let base = IkeMessage { family: Family::Structured, ..CLASSIC };
    for (text, wanted) in [
        ("[IkeEvent] SA_NEGOTIATION_FAILED", IkeMessage { ike_event: Some("SA_NEGOTIATION_FAILED"), ..base }),
        (
            "[NewKey] 1 [IkeEvent] X [ErrorCode] 0x000035e9",
            IkeMessage { ike_event: Some("X"), error_code: Some(13801), ..base },
        ),
        (
            "[Remote] [2001:db8::1]:500[Local]2001:db8::2:500[tsid]0x10",
            IkeMessage {
                remote_ip: Some("2001:db8::1"),
                remote_port: Some(500),
                local_ip: Some("2001:db8::2"),
                local_port: Some(500),
                ts_id: Some(16),
                ..base
            },
        ),
        (
            "[Local] hidden [ConnType] [SAEstablished] False [TunnelId] many",
            IkeMessage { local_ip: Some("hidden"), sa_established: Some(false), ..base },
        ),
        (
            "[SAEstablished] perhaps [ErrorMessage] see [TunnelId] 9",
            IkeMessage { error_message: Some("see [TunnelId] 9"), ..base },
        ),
        (
            "[IkeEvent] A [IkeEvent] B [ErrorCode] x [ErrorCode] 5",
            IkeMessage { ike_event: Some("A"), error_code: Some(5), ..base },
        ),
    ] {
        assert_eq!(parse(text), IkeMessage { event: wanted.ike_event, ..wanted }, "{text}");
    }
}

#[test]
fn values_are_found_at_every_offset() {
    // Synthetic: the text is looked at in blocks, and a key may lie across two of them or end with the text.
    for filler in ["a", " ", "\u{e9} ", "ts", "_"] {
        for count in 0..80 {
            let text = format!("{} tsId 7", filler.repeat(count));
            assert_eq!(parse(&text).ts_id, Some(7), "{text}");
            let text = format!("[SEND]rCookie 0x1 {}(tunnelId 0x3, iCookie 0x2", filler.repeat(count));
            let found = parse(&text);
            assert_eq!(
                (found.tunnel_id, found.i_cookie, found.r_cookie),
                (Some(3), Some("0x2"), Some("0x1")),
                "{text}"
            );
            assert_eq!(parse(&format!("[SEND]{}atsId 7", filler.repeat(count))).ts_id, None);
        }
    }
}

#[test]
fn directions() {
    for (tag, wanted) in [
        ("SEND", Some("SEND")),
        ("RECEIVED", Some("RECEIVED")),
        ("RECEIVE", Some("RECEIVED")),
        ("RECV", Some("RECEIVED")),
        ("LOCAL_MSG", Some("LOCAL_MSG")),
        ("LOCAL", Some("LOCAL_MSG")),
        ("send", None),
        ("SA_INIT", None),
    ] {
        let text = format!("[{tag}] text");
        assert_eq!(parse(&text).direction_kind().map(Direction::as_str), wanted, "{tag}");
    }
}

#[test]
fn ids_in_lower_case() {
    let guid = "8CB5875D-4C80-434B-8702-D78AC5B3D154";
    assert_eq!(lower_case_id(guid, &mut [0; 64]), guid.to_ascii_lowercase());
    for same in ["", "\u{c9}", "8cb5875d-4c80-434b-8702-d78ac5b3d154"] {
        assert_eq!(lower_case_id(same, &mut [0; 64]), same);
    }
    assert_eq!(lower_case_id("\u{c9}A", &mut [0; 64]), "\u{c9}a");
    let long = "A".repeat(65);
    assert_eq!(lower_case_id(&long, &mut [0; 64]), long);
}

/// Every text the parser handed out.
fn texts<'a>(m: &IkeMessage<'a>) -> impl Iterator<Item = &'a str> {
    [
        m.session_id,
        m.remote_ip,
        m.local_ip,
        m.direction,
        m.exchange,
        m.event,
        m.body,
        m.i_cookie,
        m.r_cookie,
        m.close_status,
        m.notify,
        m.ike_event,
        m.conn_type,
        m.sa_type,
        m.failure_direction,
        m.error_message,
        m.severity,
        m.message_id,
    ]
    .into_iter()
    .flatten()
}

/// The pieces of both lists are pieces of the text.
fn lists_stay_inside(text: &str) {
    let range = text.as_bytes().as_ptr_range();
    let inside = |piece: &str| range.start <= piece.as_ptr() && piece.as_bytes().as_ptr_range().end <= range.end;
    for p in proposals(text) {
        assert!(
            [p.cipher, p.integrity, p.dh_group, p.pfs_group]
                .into_iter()
                .flatten()
                .all(|piece| inside(piece) && !piece.is_empty())
        );
        assert!(inside(p.text) || p.text.is_empty());
        assert!(!p.complete || (p.cipher.is_some() && p.integrity.is_some()));
    }
    let Some(found) = traffic_selectors(text) else { return };
    for list in [&found.initiator, &found.responder] {
        assert!(!list.complete || list.announced.is_some_and(|n| n as usize == list.selectors.len()));
        for s in &list.selectors {
            assert!(
                [s.start_address, s.end_address].into_iter().flatten().all(|piece| inside(piece) && !piece.is_empty())
            );
            s.cidr();
        }
    }
}

#[test]
fn mutations_neither_panic_nor_invent() {
    const PIECES: &[&str] = &[
        "\u{e9}",
        "\u{20ac}",
        "\u{1f600}",
        "\u{a0}",
        "\0",
        " ",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "(",
        ")",
        ":",
        "::",
        ".",
        "-",
        "=",
        "0x",
        "9999999999999999999999",
        "tunnelId ",
        "tsId",
        "iCookie ",
        "error ",
        "with status ",
        "Notify Message - ",
        "Messid : ",
        "SESSION_ID :{",
        "Remote ",
        "Local ",
        "[SEND]",
        "[IkeEvent] ",
        "[ErrorMessage] ",
        "Policy1:",
        "Cipher=",
        "Integrity=SHA1",
        "Number of TSIs 2:",
        "Number of TSRs 1:",
        "StartAddress 10.0.0.0",
        "EndAddress ::1",
        "...",
        "%",
        "\n",
    ];
    // xorshift64 with a fixed seed: the same mutations every time.
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut seeds: Vec<String> = PUBLISHED.iter().chain(BENT).map(|(text, ..)| (*text).to_owned()).collect();
    seeds.extend(PUBLISHED.iter().map(|(text, ..)| format!("{PREFIX}{text}")));
    seeds.push(STRUCTURED.to_owned());
    let mut families = [0usize; 5];
    for n in 0..200_000 {
        let mut text: Vec<char> = seeds[random(seeds.len())].chars().collect();
        for _ in 0..=random(4) {
            let at = random(text.len() + 1);
            match random(4) {
                0 => drop(text.splice(at..at, PIECES[random(PIECES.len())].chars())),
                1 => drop(text.drain(at..(at + random(8)).min(text.len()))),
                2 => text.truncate(at.max(1)),
                _ => text.rotate_left(at),
            }
        }
        let text: String = text.into_iter().collect();
        let found = parse(&text);
        families[found.family as usize] += 1;
        let range = text.as_bytes().as_ptr_range();
        for piece in texts(&found) {
            let inside = piece.as_bytes().as_ptr_range();
            assert!(range.start <= inside.start && inside.end <= range.end, "{piece:?} is no part of {text:?}");
            assert!(!piece.is_empty(), "empty piece from {text:?}");
        }
        found.message_type();
        // Slower than the rest, and so on some of them.
        if n % 4 == 0 {
            lists_stay_inside(&text);
            error(&text);
            proposal_diff(&text, None);
        }
        crate::domain::resource::ResourceId::parse(&text);
        crate::domain::p2s::parse(&text);
        crate::domain::route::parse(&text, "BgpConnectedEvent");
        crate::domain::instance::number(&text);
    }
    assert!(families.iter().all(|count| *count > 100), "mutations reach every family: {families:?}");
}
