//! The classic family: prefix, bracket tags, text. Every part of it is optional.

use super::endpoint::{Endpoint, endpoint};
use super::ends::Ends;
use super::scan::{after_word, byte, class, skip, skip_spaces, skip_while, slice, tail};
use super::values::Values;
use super::{Direction, Family, IkeMessage, body};

/// Reads a message that is not structured: classic, packet, bare or other. `from` is the offset of the first byte that
/// is neither white space nor severity, `packet` what [`packet_tag`] finds there. Of the values in its text only the wanted
/// ones need be found.
pub(super) fn read<'a>(
    text: &'a str,
    from: usize,
    packet: Option<(&'a str, usize)>,
    mut known: Option<&mut Ends>,
    wanted: Values,
    out: &mut IkeMessage<'a>,
) {
    let prefix = read_prefix(text, from, known.as_deref_mut(), out);
    // Microsoft's query takes one separating space away and nothing else: a text may begin with a space of its own.
    let start = prefix.map_or(from, |end| if byte(text.as_bytes(), end) == b' ' { end + 1 } else { end });
    let (tags_end, family) = match packet.or_else(|| prefix.and_then(|_| packet_tag(text, start))) {
        Some((direction, end)) => {
            out.direction = Some(direction);
            // A packet may name its ends after its tag, as other messages do before theirs.
            (read_prefix(text, end, known, out).unwrap_or(end), Some(Family::Packet))
        }
        None => {
            let (end, known) = tags(text, start, out);
            (end, (known || prefix.is_some()).then_some(Family::Classic))
        }
    };
    let rest = tail(text, tags_end).trim_ascii_start();
    let body_at = text.len() - rest.len();
    out.body = Some(rest).filter(|rest| !rest.is_empty());
    // Without prefix and tags the values in it say what a message is.
    body::read(text, body_at, if family.is_some() { wanted } else { Values::ALL }, out);
    out.family = family.unwrap_or_else(|| family_of_text(rest, out));
    let event = match (prefix, out.family) {
        (Some(_), _) => tail(text, start),
        (None, Family::Classic) => text,
        (None, _) => text.trim_ascii(),
    };
    out.event = Some(event).filter(|event| !event.is_empty());
    if out.family == Family::Other {
        out.exchange = None;
    }
}

/// The family of a text without prefix and without a known tag.
fn family_of_text(text: &str, found: &IkeMessage<'_>) -> Family {
    let classic = found.tunnel_id.is_some()
        || found.ts_id.is_some()
        || found.i_cookie.is_some()
        || found.r_cookie.is_some()
        || found.close_status.is_some()
        || found.notify.is_some();
    if is_function_name(text.as_bytes()) {
        Family::Bare
    } else if classic {
        Family::Classic
    } else {
        Family::Other
    }
}

/// Whether the text begins with a name such as `IkeCleanupQMNegotiation`.
fn is_function_name(bytes: &[u8]) -> bool {
    let end = skip_while(bytes, 3, |b| b.is_ascii_alphanumeric() || b == b'_');
    bytes.starts_with(b"Ike")
        && byte(bytes, 3).is_ascii_uppercase()
        && (end == bytes.len() || byte(bytes, end).is_ascii_whitespace() || matches!(byte(bytes, end), b'(' | b':'))
}

/// Reads `SESSION_ID :{guid} Remote ip:port: Local ip:port:` as far as it is there, and gives the offset after it.
/// `None` when no part is there.
fn read_prefix<'a>(
    text: &'a str,
    from: usize,
    mut known: Option<&mut Ends>,
    out: &mut IkeMessage<'a>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut found = None;
    // Where `Remote` was read, with nothing but it before this place.
    let mut remote_at = None;
    loop {
        let at = skip_spaces(bytes, found.unwrap_or(from));
        // The first letter decides; no part is read twice, so that a text which begins like one stays whole.
        let end = match byte(bytes, at) {
            b'S' if out.session_id.is_none() => after_word(bytes, at, b"session_id").and_then(|end| {
                let start = skip_while(bytes, end, |b| matches!(b, b' ' | b':'));
                let (id, end) = session_id(text, start)?;
                out.session_id = Some(id);
                remote_at = None;
                Some(end)
            }),
            b'R' if out.remote_ip.is_none() => {
                let again =
                    if out.local_ip.is_none() { known.as_deref().and_then(|k| k.again(text, at, out)) } else { None };
                again.or_else(|| {
                    let (found, end) = peer(text, after_word(bytes, at, b"remote"))?;
                    (out.remote_ip, out.remote_port) = (Some(found.ip), found.port);
                    remote_at = Some((at, found));
                    Some(end)
                })
            }
            b'L' if out.local_ip.is_none() => peer(text, after_word(bytes, at, b"local")).map(|(found, end)| {
                (out.local_ip, out.local_port) = (Some(found.ip), found.port);
                if let (Some((start, remote)), Some(known)) = (remote_at, known.as_deref_mut()) {
                    known.keep(text, start, remote, found);
                }
                end
            }),
            _ => None,
        };
        match end {
            Some(end) => found = Some(if byte(bytes, end) == b':' { end + 1 } else { end }),
            None => return found,
        }
    }
}

/// The address and port after a word that ends at `after`, and the offset after them.
fn peer(text: &str, after: Option<usize>) -> Option<(Endpoint<'_>, usize)> {
    let after = after?;
    let start = skip_spaces(text.as_bytes(), after);
    // Without a space `Remote` is the beginning of a longer word.
    let found = endpoint(text, start).filter(|_| start > after)?;
    Some((found, found.end))
}

/// A session id and the offset after it: what stands in braces, or a bare GUID.
pub(super) fn session_id(text: &str, at: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let braced = byte(bytes, at) == b'{';
    let start = if braced { at + 1 } else { at };
    // Nearly every id is a GUID; all its bytes are looked at together.
    let guid_follows = bytes.get(start..).and_then(|rest| rest.first_chunk()).is_some_and(is_guid);
    let end = skip_while(bytes, if guid_follows { start + 36 } else { start }, |b| {
        !b.is_ascii_whitespace() && !matches!(b, b'{' | b'}' | b'[' | b']')
    });
    let id = slice(text, start, end);
    let guid = || id.len() == 36 && guid_follows;
    let closed = byte(bytes, end) == b'}';
    let valid = !id.is_empty() && ((braced && closed) || guid());
    valid.then_some((id, if braced && closed { end + 1 } else { end }))
}

/// Whether the bytes are hexadecimal digits and hyphens. Without an early end, so that it is done in wide steps.
fn is_guid(bytes: &[u8; 36]) -> bool {
    bytes.iter().fold(true, |all, b| all & (b.is_ascii_digit() | (b | 0x20).wrapping_sub(b'a').lt(&6) | (*b == b'-')))
}

/// `[SEND Network Packet]`: its first word and the offset after it.
pub(super) fn packet_tag(text: &str, start: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let at = skip_spaces(bytes, start);
    if byte(bytes, at) != b'[' {
        return None;
    }
    let end = skip_while(bytes, at + 1, |b| b.is_ascii_uppercase());
    if byte(bytes, end) != b' ' {
        return None;
    }
    let direction = slice(text, at + 1, end);
    let end = after_word(bytes, skip_spaces(bytes, end), b"network")?;
    let end = after_word(bytes, skip_spaces(bytes, end), b"packet")?;
    let end = skip_spaces(bytes, end);
    Direction::from_tag(direction).filter(|_| byte(bytes, end) == b']').map(|_| (direction, end + 1))
}

/// Reads the bracket tags at `start` and gives the offset after them and whether one of them is known.
fn tags<'a>(text: &'a str, start: usize, out: &mut IkeMessage<'a>) -> (usize, bool) {
    let bytes = text.as_bytes();
    let (mut at, mut count, mut known) = (start, 0usize, false);
    while let Some((tag, end)) = tag(text, skip_spaces(bytes, at)) {
        if count == 0 && Direction::from_tag(tag).is_some() {
            out.direction = Some(tag);
            known = true;
        } else if count == 1 || (count == 0 && matches!(tag, "SA_INIT" | "SA_AUTH" | "NOTIFY")) {
            known |= count == 0;
            out.exchange = out.exchange.or(Some(tag));
        }
        (at, count) = (end, count + 1);
    }
    (at, known)
}

/// A tag of capitals, digits, underscores and spaces at `at`, and the offset after it. `[Tsid 0x37 ]` is none.
fn tag(text: &str, at: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    if byte(bytes, at) != b'[' {
        return None;
    }
    let end = skip(bytes, at + 1, class::TAG);
    let name = slice(text, at + 1, end).trim_ascii();
    let valid = byte(bytes, end) == b']' && name.starts_with(|c: char| c.is_ascii_uppercase());
    valid.then_some((name, end + 1))
}
