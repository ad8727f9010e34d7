//! The structured family: `[Key] value [Key] value ... [ErrorMessage] text to the end`.

use std::sync::LazyLock;

use memchr::{memchr, memmem};

use super::scan::{byte, class, error_code, number, skip, slice};
use super::{Family, IkeMessage, classic, endpoint::endpoint};

/// The keys of the family (Microsoft's article on tunnels that cannot connect, 2026).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Remote,
    Local,
    SessionId,
    ConnType,
    TunnelId,
    TsId,
    IkeEvent,
    SaType,
    FailureDirection,
    SaEstablished,
    ErrorCode,
    ErrorMessage,
}

/// The key that `name` is, in any case. Length and first letter leave one candidate to compare with.
fn key_of(name: &str) -> Option<Key> {
    let (candidate, key) = match (name.len(), byte(name.as_bytes(), 0) | 0x20) {
        (4, _) => ("TSId", Key::TsId),
        (5, _) => ("Local", Key::Local),
        (6, _) => ("Remote", Key::Remote),
        (7, _) => ("SA_type", Key::SaType),
        (8, b'c') => ("ConnType", Key::ConnType),
        (8, b't') => ("TunnelId", Key::TunnelId),
        (8, _) => ("IkeEvent", Key::IkeEvent),
        (9, _) => ("ErrorCode", Key::ErrorCode),
        (10, _) => ("SESSION_ID", Key::SessionId),
        (12, _) => ("ErrorMessage", Key::ErrorMessage),
        (13, _) => ("SAEstablished", Key::SaEstablished),
        (16, _) => ("FailureDirection", Key::FailureDirection),
        _ => return None,
    };
    // `[LOCAL]` is a direction tag of the classic family; `[Local]` is a key of this one.
    let same = candidate == name || (candidate.eq_ignore_ascii_case(name) && name != "LOCAL");
    same.then_some(key)
}

/// A name in brackets: the key it stands for, its text, and the offset after it.
type Name<'a> = (Option<Key>, &'a str, usize);

/// No name is longer; bounds the search for the closing bracket.
const NAME_MAX_BYTES: usize = 40;

/// The bracketed name at `at`. An IPv6 address in brackets has colons and is none.
fn name(text: &str, at: usize) -> Option<Name<'_>> {
    let bytes = text.as_bytes();
    if byte(bytes, at) != b'[' || !byte(bytes, at + 1).is_ascii_alphabetic() {
        return None;
    }
    let start = at + 1;
    let end = start + memchr(b']', bytes.get(start..bytes.len().min(start + NAME_MAX_BYTES))?)?;
    let name = slice(text, start, end).trim_ascii();
    let key = key_of(name);
    (key.is_some() || skip(bytes, start, class::NAME) == end).then_some((key, name, end + 1))
}

/// Made once: preparing a search costs more than searching one message.
static IKE_EVENT: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"[IkeEvent]"));

/// Whether the bracket at `at` begins a structured message.
pub(super) fn begins(text: &str, at: usize) -> bool {
    let Some((key, name, _)) = name(text, at) else { return false };
    if key.is_some() {
        return true;
    }
    // A key that is not known yet may come first. Tags are capitals only, so they need no search.
    let is_tag = name.bytes().all(|b| !b.is_ascii_lowercase());
    !is_tag && IKE_EVENT.find(text.as_bytes().get(at..).unwrap_or_default()).is_some()
}

/// Reads the keys from `from` on; the first of each counts, unknown ones are passed over.
pub(super) fn read<'a>(text: &'a str, from: usize, out: &mut IkeMessage<'a>) {
    out.family = Family::Structured;
    let mut next = name(text, from);
    while let Some((key, _, start)) = next {
        let mut end = text.len();
        next = None;
        if key != Some(Key::ErrorMessage) {
            (end, next) = next_name(text, start);
        }
        let value = slice(text, start, end).trim_ascii();
        if let Some(key) = key.filter(|_| !value.is_empty()) {
            set(key, value, out);
        }
    }
    out.event = out.ike_event;
}

/// The offset of the next bracketed name at or after `from`, and the name; else the end.
fn next_name(text: &str, mut from: usize) -> (usize, Option<Name<'_>>) {
    let bytes = text.as_bytes();
    while let Some(at) = bytes.get(from..).and_then(|rest| memchr(b'[', rest)).map(|offset| from + offset) {
        if let Some(found) = name(text, at) {
            return (at, Some(found));
        }
        from = at + 1;
    }
    (bytes.len(), None)
}

fn set<'a>(key: Key, value: &'a str, out: &mut IkeMessage<'a>) {
    let id = || number(value.as_bytes(), 0).map(|(id, _)| id);
    let first = |field: &mut Option<&'a str>| *field = field.or(Some(value));
    match key {
        Key::Remote if out.remote_ip.is_none() => {
            (out.remote_ip, out.remote_port) = endpoint(value, 0).map_or((Some(value), None), |e| (Some(e.ip), e.port));
        }
        Key::Local if out.local_ip.is_none() => {
            (out.local_ip, out.local_port) = endpoint(value, 0).map_or((Some(value), None), |e| (Some(e.ip), e.port));
        }
        Key::Remote | Key::Local => {}
        Key::SessionId => out.session_id = out.session_id.or_else(|| classic::session_id(value, 0).map(|(id, _)| id)),
        Key::ConnType => first(&mut out.conn_type),
        Key::TunnelId => out.tunnel_id = out.tunnel_id.or_else(id),
        Key::TsId => out.ts_id = out.ts_id.or_else(id),
        Key::IkeEvent => first(&mut out.ike_event),
        Key::SaType => first(&mut out.sa_type),
        Key::FailureDirection => first(&mut out.failure_direction),
        Key::SaEstablished if value.eq_ignore_ascii_case("true") => _ = out.sa_established.get_or_insert(true),
        Key::SaEstablished if value.eq_ignore_ascii_case("false") => _ = out.sa_established.get_or_insert(false),
        Key::SaEstablished => {}
        Key::ErrorCode => out.error_code = out.error_code.or_else(|| error_code(value.as_bytes(), 0)),
        Key::ErrorMessage => first(&mut out.error_message),
    }
}
