//! An address with its port, as logged: IPv4, IPv6, or what redaction left of them.

use std::net::Ipv6Addr;

use super::scan::{byte, class, is, skip_while, slice};

/// An address and port found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Endpoint<'a> {
    /// The address as logged, IPv6 without brackets.
    pub(in super::super) ip: &'a str,
    /// The port; `None` when absent, redacted or above 65535.
    pub(in super::super) port: Option<u16>,
    /// The offset after the address and port, before any separator.
    pub(in super::super) end: usize,
}

/// Reads the address and port at `at`. `None` when there is no address.
pub(in super::super) fn endpoint(text: &str, at: usize) -> Option<Endpoint<'_>> {
    let bytes = text.as_bytes();
    match byte(bytes, at) {
        b'<' => {
            let end = skip_while(bytes, at, |b| b != b'>' && b != b'\n');
            (byte(bytes, end) == b'>').then(|| with_port(text, slice(text, at, end + 1), end + 1))
        }
        b'[' => {
            let end = skip_while(bytes, at + 1, |b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'%'));
            let ip = slice(text, at + 1, end);
            (byte(bytes, end) == b']' && ip.contains(':')).then(|| with_port(text, ip, end + 1))
        }
        _ => dotted(text, at).or_else(|| colons(text, at)).or_else(|| masked(text, at)),
    }
}

/// Four short labels with dots between; digits or redacted.
fn dotted(text: &str, at: usize) -> Option<Endpoint<'_>> {
    let bytes = text.as_bytes();
    let part = |at: usize| is(byte(bytes, at), class::MASKED_DIGIT);
    let mut end = at;
    for label in 0..4 {
        if label > 0 {
            if byte(bytes, end) != b'.' {
                return None;
            }
            end += 1;
        }
        if !part(end) {
            return None;
        }
        // Added up without branches: label lengths vary from address to address and cannot be predicted.
        let second = part(end + 1);
        end += 1 + usize::from(second) + usize::from(second & part(end + 2));
    }
    if part(end) {
        return None;
    }
    Some(with_port(text, slice(text, at, end), end))
}

/// IPv6 without brackets: the port is after the last colon. Where that is ambiguous, the reading that leaves a valid
/// address wins, with a port before without.
fn colons(text: &str, at: usize) -> Option<Endpoint<'_>> {
    let bytes = text.as_bytes();
    let mut end = skip_while(bytes, at, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    if byte(bytes, end) == b'%' {
        end = skip_while(bytes, end + 1, |b| b.is_ascii_alphanumeric() || b == b':');
    }
    let run = slice(text, at, end);
    let run = run.strip_suffix(':').filter(|rest| !rest.ends_with(':')).unwrap_or(run);
    if run.bytes().filter(|b| *b == b':').count() < 2 {
        return None;
    }
    let end = at + run.len();
    let whole = Endpoint { ip: run, port: None, end };
    let Some((ip, digits)) = run.rsplit_once(':') else { return Some(whole) };
    let decimal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let valid = |ip: &str| ip.split('%').next().is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok());
    if decimal && (valid(ip) || !valid(run)) {
        Some(Endpoint { ip, port: digits.parse().ok(), end })
    } else {
        Some(whole)
    }
}

/// Any other word, taken for a redacted address only because a port follows it and no word of a sentence looks so:
/// small letters other than x are refused, as in `Local time:12`.
fn masked(text: &str, at: usize) -> Option<Endpoint<'_>> {
    let bytes = text.as_bytes();
    let end = skip_while(bytes, at, |b| !b.is_ascii_whitespace() && !matches!(b, b':' | b'[' | b']' | b'{' | b'}'));
    let found = with_port(text, slice(text, at, end), end);
    let mask = found.ip.bytes().all(|b| !b.is_ascii_lowercase() || b == b'x');
    (end > at && mask && found.port.is_some()).then_some(found)
}

/// Adds the port that follows an address which ends at `end`.
fn with_port<'a>(text: &'a str, ip: &'a str, end: usize) -> Endpoint<'a> {
    let bytes = text.as_bytes();
    let none = Endpoint { ip, port: None, end };
    if byte(bytes, end) != b':' {
        return none;
    }
    let (mut port_end, mut port, mut digits) = (end + 1, 0u32, true);
    while is(byte(bytes, port_end), class::MASKED_DIGIT) {
        let b = byte(bytes, port_end);
        // What redaction left of a port is no number, but still belongs to the address.
        digits &= b.is_ascii_digit();
        port = port.wrapping_mul(10).wrapping_add(u32::from(b & 0xF));
        port_end += 1;
    }
    // Up to nine digits cannot wrap.
    let port = u16::try_from(port).ok().filter(|_| digits && port_end - end <= 10);
    if port_end == end + 1 { none } else { Endpoint { ip, port, end: port_end } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_logged() {
        // The first four shapes are from published logs; the others are synthetic.
        for (text, wanted) in [
            ("77.98.70.226:59780: Local", Some(("77.98.70.226", Some(59780), ": Local"))),
            ("<IPaddress>:500: x", Some(("<IPaddress>", Some(500), ": x"))),
            ("184.x.x.x:4500 [Local]", Some(("184.x.x.x", Some(4500), " [Local]"))),
            ("0.X.X.X:XXX", Some(("0.X.X.X", None, ""))),
            ("1.2.3.4:500:Local", Some(("1.2.3.4", Some(500), ":Local"))),
            ("1.2.3.4:500:body", Some(("1.2.3.4", Some(500), ":body"))),
            ("1.2.3.4: x", Some(("1.2.3.4", None, ": x"))),
            ("1.2.3.4:70000:", Some(("1.2.3.4", None, ":"))),
            ("[::1]:500: x", Some(("::1", Some(500), ": x"))),
            ("2001:db8::1:500: x", Some(("2001:db8::1", Some(500), ": x"))),
            ("2001:db8::abcd: x", Some(("2001:db8::abcd", None, ": x"))),
            ("2001:db8:0:0:0:0:0:1: x", Some(("2001:db8:0:0:0:0:0:1", None, ": x"))),
            ("2001:db8:0:0:0:0:0:1:4500:", Some(("2001:db8:0:0:0:0:0:1", Some(4500), ":"))),
            ("fe80:::500:", Some(("fe80::", Some(500), ":"))),
            ("fe80::1%eth0:500:", Some(("fe80::1%eth0", Some(500), ":"))),
            ("REDACTED:500:", Some(("REDACTED", Some(500), ":"))),
            ("peer went away", None),
            ("time:12:30", None),
            ("<open:500", None),
            ("[SEND] x", None),
            ("", None),
        ] {
            let found = endpoint(text, 0).map(|e| (e.ip, e.port, &text[e.end..]));
            assert_eq!(found, wanted, "{text}");
        }
    }
}
