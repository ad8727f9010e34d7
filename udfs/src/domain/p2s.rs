//! The messages of `P2SDiagnosticLog`: one client connection each, named by an id in brackets.
//!
//! Source: published lines of OpenVPN clients (adstuart/azure-vpn-p2s); Azure masks users and client addresses itself.

use memchr::memmem;

use super::ike::endpoint;

/// What a message says. Every text borrows from the message and is as logged; what it does not say is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct P2sMessage<'a> {
    /// The client connection's id, for example `OVPN_...`.
    pub connection_id: Option<&'a str>,
    /// `OVPN`, `IKEv2` or `SSTP`, from the id's beginning.
    pub protocol: Option<&'static str>,
    /// `connect_request`, `authentication_succeeded`, `authentication_failed`, `connected`, `connection_failed`,
    /// `disconnect_request`, `disconnected`, `statistics` or `other`; `None` for an empty message.
    pub event: Option<&'static str>,
    /// The text after `Username=`, partly masked by Azure.
    pub user_name: Option<&'a str>,
    /// The client's public address without its port, from a connect request; Azure masks it (`0.X.X.X`).
    pub client_ip: Option<&'a str>,
    /// The address the client was given, from a successful connection.
    pub assigned_ip: Option<&'a str>,
}

/// Phrases, in lower case, and their events.
const EVENTS: [(&[u8], &str); 8] = [
    (b"connect request", "connect_request"),
    (b"authentication succeeded", "authentication_succeeded"),
    (b"authentication failed", "authentication_failed"),
    (b"connection successful", "connected"),
    (b"connection failed", "connection_failed"),
    (b"disconnect request", "disconnect_request"),
    (b"disconnected", "disconnected"),
    (b"statistics", "statistics"),
];

/// Reads a P2S message. Total: any text gives an answer.
pub fn parse(message: &str) -> P2sMessage<'_> {
    let (id, text) = header(message);
    let event = event(text);
    let address = after(text, b"IP=").map(word);
    P2sMessage {
        connection_id: id,
        protocol: id.and_then(protocol),
        event,
        user_name: after(text, b"Username=").map(word).filter(|user| !user.is_empty()),
        client_ip: address
            .filter(|_| event == Some("connect_request"))
            .and_then(|address| Some(endpoint(address, 0)?.ip).filter(|ip| !ip.is_empty())),
        assigned_ip: address.filter(|address| event == Some("connected") && !address.is_empty()),
    }
}

/// The connection id and the text after `[MSG] [default] [id]`. An id is known by its protocol, else by its place: the
/// third bracket.
fn header(message: &str) -> (Option<&str>, &str) {
    let (mut id, mut text) = (None, message.trim());
    for place in 0..4 {
        let Some((inner, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { break };
        let inner = inner.trim();
        if !inner.is_empty() && (id.and_then(protocol).is_none() && (place == 2 || protocol(inner).is_some())) {
            id = Some(inner);
        }
        text = rest.trim_start();
    }
    (id, text)
}

fn protocol(id: &str) -> Option<&'static str> {
    [("OVPN", "OVPN"), ("IKE", "IKEv2"), ("SSTP", "SSTP")]
        .into_iter()
        .find(|(start, _)| id.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
        .map(|(_, name)| name)
}

fn event(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return None;
    }
    // The first phrase in the text counts, at the start of a word: "disconnect request" holds "connect request".
    let bytes = text.as_bytes();
    let mut inside = false;
    for (at, b) in bytes.iter().enumerate() {
        if !inside && matches!(b | 0x20, b'a' | b'c' | b'd' | b's') {
            let rest = bytes.get(at..).unwrap_or_default();
            let found = EVENTS
                .iter()
                .find(|(phrase, _)| rest.get(..phrase.len()).is_some_and(|head| head.eq_ignore_ascii_case(phrase)));
            if let Some((_, name)) = found {
                return Some(name);
            }
        }
        inside = b.is_ascii_alphanumeric();
    }
    Some("other")
}

/// The text after `key` where that is a word of its own.
fn after<'a>(text: &'a str, key: &[u8]) -> Option<&'a str> {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, key)
        .find(|at| at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|b| !b.is_ascii_alphanumeric()))
        .and_then(|at| text.get(at + key.len()..))
}

/// The text up to the first white space, without the punctuation that ends a clause.
fn word(text: &str) -> &str {
    text.split(|c: char| c.is_whitespace()).next().unwrap_or_default().trim_end_matches([',', ';', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "OVPN_xxxxxxxxxxxxxxxxxxxxxxxxxxx";

    #[test]
    fn published_lines() {
        // Published lines, masked by Azure itself.
        let base = P2sMessage { connection_id: Some(ID), protocol: Some("OVPN"), ..P2sMessage::default() };
        for (text, wanted) in [
            (
                "[MSG] [default] [OVPN_XXXXXXXXXXXXXXXXXXXXXXXXXXX] Connect request received. IP=0.X.X.X:XXX",
                P2sMessage {
                    connection_id: Some("OVPN_XXXXXXXXXXXXXXXXXXXXXXXXXXX"),
                    event: Some("connect_request"),
                    client_ip: Some("0.X.X.X"),
                    ..base
                },
            ),
            (
                "[MSG] [default] [OVPN_xxxxxxxxxxxxxxxxxxxxxxxxxxx] AAD authentication succeeded. Username=***tosouser@contoso.com",
                P2sMessage {
                    event: Some("authentication_succeeded"),
                    user_name: Some("***tosouser@contoso.com"),
                    ..base
                },
            ),
            (
                "[MSG] [default] [OVPN_xxxxxxxxxxxxxxxxxxxxxxxxxxx] Connection successful. Username=***tosouser@contoso.com IP=10.0.0.1",
                P2sMessage {
                    event: Some("connected"),
                    user_name: Some("***tosouser@contoso.com"),
                    assigned_ip: Some("10.0.0.1"),
                    ..base
                },
            ),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }

    #[test]
    fn synthetic_lines() {
        // Synthetic: only the phrases are known, or the line is bent on purpose.
        for (text, id, protocol, event, user, client, assigned) in [
            ("", None, None, None, None, None, None),
            ("  ", None, None, None, None, None, None),
            ("hello", None, None, Some("other"), None, None, None),
            (
                "[MSG] [default] [SSTP_1] Connection failed",
                Some("SSTP_1"),
                Some("SSTP"),
                Some("connection_failed"),
                None,
                None,
                None,
            ),
            (
                "[MSG][default][IKEv2_1]Disconnect request received.",
                Some("IKEv2_1"),
                Some("IKEv2"),
                Some("disconnect_request"),
                None,
                None,
                None,
            ),
            ("[MSG] [default] [abc] Disconnected", Some("abc"), None, Some("disconnected"), None, None, None),
            ("[OVPN_1] Statistics: in=1", Some("OVPN_1"), Some("OVPN"), Some("statistics"), None, None, None),
            (
                "EAP authentication succeeded for Username=a@b.c, x",
                None,
                None,
                Some("authentication_succeeded"),
                Some("a@b.c"),
                None,
                None,
            ),
            ("RADIUS authentication failed. Username=", None, None, Some("authentication_failed"), None, None, None),
            (
                "Connect request received. IP=[2001:db8::7]:443",
                None,
                None,
                Some("connect_request"),
                None,
                Some("2001:db8::7"),
                None,
            ),
            ("Connect request received. VIP=1.2.3.4:5", None, None, Some("connect_request"), None, None, None),
            (
                "Connection successful. Username=\u{e9}t\u{e9} IP=fd00::5",
                None,
                None,
                Some("connected"),
                Some("\u{e9}t\u{e9}"),
                None,
                Some("fd00::5"),
            ),
            ("[MSG] [default] [OVPN_1", None, None, Some("other"), None, None, None),
        ] {
            let wanted = P2sMessage {
                connection_id: id,
                protocol,
                event,
                user_name: user,
                client_ip: client,
                assigned_ip: assigned,
            };
            assert_eq!(parse(text), wanted, "{text}");
        }
    }
}
