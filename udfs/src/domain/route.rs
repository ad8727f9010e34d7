//! The messages of `RouteDiagnosticLog`. Microsoft publishes none of their texts, so addresses are found by pattern only.

use std::net::IpAddr;

/// The addresses in a message, as logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RouteMessage<'a> {
    /// The first address without a prefix length; for BGP events that is taken for the peer.
    pub peer: Option<&'a str>,
    /// The first network in CIDR notation.
    pub prefix: Option<&'a str>,
}

/// What a run of address characters turned out to be.
enum Token<'a> {
    Address(&'a str),
    Network { network: &'a str, host: Option<&'a str> },
}

/// Finds the peer and the prefix in a message of `operation` (`BgpRouteUpdate`, `BgpConnectedEvent` ...). Total.
///
/// Only valid, complete addresses count: redacted ones (`184.x.x.x`) and lengths out of range give `None`. A BGP session
/// coming or going announces no networks, so in these events a host route (`/32`, `/128`) names the peer when no plain
/// address does; that is inferred, not documented.
pub fn parse<'a>(message: &'a str, operation: &str) -> RouteMessage<'a> {
    let session_event = ["BgpConnectedEvent", "BgpDisconnectedEvent"].iter().any(|o| o.eq_ignore_ascii_case(operation));
    let mut out = RouteMessage::default();
    let mut host_route = None;
    let bytes = message.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_address_byte(byte(bytes, at)) {
            at += 1;
            continue;
        }
        let start = at;
        while is_address_byte(byte(bytes, at)) {
            at += 1;
        }
        // Part of a longer word, such as a host name, a GUID or a redacted address.
        let joined = start > 0 && is_word(byte(bytes, start - 1)) && byte(bytes, start).is_ascii_alphanumeric();
        if joined || is_word(byte(bytes, at)) {
            continue;
        }
        match message.get(start..at).and_then(token) {
            Some(Token::Address(address)) => out.peer = out.peer.or(Some(address)),
            Some(Token::Network { host: Some(host), .. }) if session_event => host_route = host_route.or(Some(host)),
            Some(Token::Network { network, .. }) => out.prefix = out.prefix.or(Some(network)),
            None => {}
        }
    }
    out.peer = out.peer.or(host_route);
    out
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

fn is_address_byte(b: u8) -> bool {
    b.is_ascii_hexdigit() || matches!(b, b'.' | b':' | b'/')
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'*')
}

/// Reads a run of address characters. Punctuation of the sentence around it (`peer:10.0.0.1.`) and the port of an
/// IPv4 address are no part of it.
fn token(run: &str) -> Option<Token<'_>> {
    // Longer than any address with its length; also bounds the work on garbage.
    if run.len() > 64 {
        return None;
    }
    let run = run.trim_end_matches('.');
    let run = run.strip_suffix(':').filter(|rest| !rest.ends_with(':')).unwrap_or(run);
    let run = run.strip_prefix(':').filter(|rest| !rest.starts_with(':')).unwrap_or(run);
    if let Some((address, length)) = run.split_once('/') {
        let ip: IpAddr = address.parse().ok()?;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let digits = (1..=3).contains(&length.len()) && length.bytes().all(|b| b.is_ascii_digit());
        let length: u8 = length.parse().ok().filter(|length| digits && *length <= most)?;
        return Some(Token::Network { network: run, host: (length == most).then_some(address) });
    }
    let without_port = run.split_once(':').filter(|(head, port)| head.contains('.') && port.parse::<u16>().is_ok());
    let address = without_port.map_or(run, |(head, _)| head);
    let ip: IpAddr = address.parse().ok()?;
    // Nobody's address: `::` is also mere punctuation.
    (!ip.is_unspecified()).then_some(Token::Address(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_by_pattern() {
        // All synthetic: no text of this log is published.
        for (text, peer, prefix) in [
            ("", None, None),
            ("Route 10.1.0.0/16 learned from 10.2.0.254.", Some("10.2.0.254"), Some("10.1.0.0/16")),
            ("peer:10.2.0.254 prefix:0.0.0.0/0", Some("10.2.0.254"), Some("0.0.0.0/0")),
            ("10.2.0.254:179 [fd00::/8, fd00:1::/32] via fd00::1", Some("10.2.0.254"), Some("fd00::/8")),
            ("peer fd00::1, ::/0", Some("fd00::1"), Some("::/0")),
            ("peer fe80::1%eth0 up", Some("fe80::1"), None),
            ("\u{e9}10.0.0.1\u{e9}", Some("10.0.0.1"), None),
            ("peer 184.x.x.x, 10.1.x.x/16, <IPaddress>", None, None),
            ("256.1.1.1 10.0.0.0/33 fd00::/129 10.0.0.0/ab 1.2.3 10.0.0.0/8/8 10.0.0.0/+8", None, None),
            (
                "at 07:15:30, id 8cb5875d-4c80-434b-8702-d78ac5b3d154, added, face::, v1.2.3.4, host-10.0.0.1",
                Some("face::"),
                None,
            ),
            (":: 0.0.0.0 / . :", None, None),
            ("10.1.0.0/16/ 10.2.0.254/", None, None),
        ] {
            assert_eq!(parse(text, "BgpRouteUpdate"), RouteMessage { peer, prefix }, "{text}");
        }
    }

    #[test]
    fn a_session_event_may_name_its_peer_as_a_host_route() {
        // Synthetic.
        for (text, operation, peer, prefix) in [
            ("BGP up with 10.2.0.254/32", "BgpConnectedEvent", Some("10.2.0.254"), None),
            ("BGP down with 10.2.0.254/32 from 10.9.0.4", "bgpdisconnectedevent", Some("10.9.0.4"), None),
            ("BGP up with 10.2.0.254/32", "BgpRouteUpdate", None, Some("10.2.0.254/32")),
            ("BGP up, 10.2.0.0/16", "BgpConnectedEvent", None, Some("10.2.0.0/16")),
        ] {
            assert_eq!(parse(text, operation), RouteMessage { peer, prefix }, "{text} {operation}");
        }
    }
}
