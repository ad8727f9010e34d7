//! Every parser of messages over any text: none panics, and what they give is part of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, unused_imports, reason = "the rest of the crate uses what is not fuzzed")]
#[path = "../../src/domain/mod.rs"]
mod domain;
use domain::{ike, instance, p2s, resource, route};

fuzz_target!(|text: &str| {
    let message = ike::parse(text);
    // After any other message, this one says the same.
    let mut reader = ike::Reader::default();
    for (at, _) in text.char_indices().filter(|(_, c)| *c == '\n') {
        reader.parse(text.get(at + 1..).unwrap_or_default());
    }
    assert_eq!(reader.parse(text), message);
    assert_eq!(reader.parse(text), message);
    message.message_type();
    let range = text.as_bytes().as_ptr_range();
    let pieces = [
        message.session_id,
        message.remote_ip,
        message.local_ip,
        message.direction,
        message.exchange,
        message.event,
        message.body,
        message.i_cookie,
        message.r_cookie,
        message.close_status,
        message.notify,
        message.error_message,
    ];
    for piece in pieces.into_iter().flatten() {
        let inside = piece.as_bytes().as_ptr_range();
        assert!(range.start <= inside.start && inside.end <= range.end && !piece.is_empty());
    }
    for proposal in ike::proposals(text) {
        assert!(!proposal.complete || proposal.cipher.is_some());
    }
    if let Some(found) = ike::traffic_selectors(text) {
        for selector in found.initiator.selectors.iter().chain(&found.responder.selectors) {
            selector.cidr();
        }
    }
    ike::error(text);
    ike::proposal_diff(text, None);
    ike::proposal_diff(text, Some(text));
    p2s::parse(text);
    route::parse(text, "BgpConnectedEvent");
    instance::number(text);
    resource::ResourceId::parse(text);
});
