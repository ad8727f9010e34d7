//! The traffic selectors of a message: which networks each side wants in the tunnel.
//!
//! `Number of TSIs 2: StartAddress 10.20.0.0 EndAddress 10.20.255.255 PortStart 0 PortEnd 65535 Protocol 0, StartAddress
//! ... Number of TSRs 1:StartAddress ...`; TSI are the initiator's networks and TSR the responder's (RFC 7296, 2.9).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::scan::{byte, find_word, number, skip_separators, skip_spaces, skip_while, slice, tail};

/// One selector: a range of addresses, ports and a protocol. What the log does not show is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selector<'a> {
    /// First address, as logged.
    pub start_address: Option<&'a str>,
    /// Last address, as logged.
    pub end_address: Option<&'a str>,
    /// First port; 0 to 65535 is any.
    pub port_start: Option<u16>,
    /// Last port.
    pub port_end: Option<u16>,
    /// IP protocol number; 0 is any.
    pub protocol: Option<u8>,
}

/// A network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u32,
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Selector<'_> {
    /// The network, where the range is exactly one. `None` for other ranges and for what is no address.
    pub fn cidr(&self) -> Option<Cidr> {
        let (start, end) = (self.start_address?.parse().ok()?, self.end_address?.parse().ok()?);
        match (start, end) {
            (IpAddr::V4(start), IpAddr::V4(end)) => {
                let (address, bits) = network(start.to_bits().into(), end.to_bits().into())?;
                let address = Ipv4Addr::from_bits(u32::try_from(address).ok()?);
                Some(Cidr { address: address.into(), prefix: 32 - bits })
            }
            (IpAddr::V6(start), IpAddr::V6(end)) => {
                let (address, bits) = network(start.to_bits(), end.to_bits())?;
                Some(Cidr { address: Ipv6Addr::from_bits(address).into(), prefix: 128 - bits })
            }
            _ => None,
        }
    }

    fn is_whole(&self) -> bool {
        self.end_address.is_some() && self.port_start.is_some() && self.port_end.is_some() && self.protocol.is_some()
    }
}

/// The network's address and how many bits are free in it.
fn network(start: u128, end: u128) -> Option<(u128, u32)> {
    let free = end.checked_sub(start)?;
    // One less than a power of two, and the start has zeros there.
    (free & free.wrapping_add(1) == 0 && start & free == 0).then_some((start, free.count_ones()))
}

/// The selectors of one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SelectorList<'a> {
    /// How many the message announces; `None` when it does not say.
    pub announced: Option<u32>,
    /// Those that it shows.
    pub selectors: Vec<Selector<'a>>,
    /// Whether all that were announced are there, each whole.
    pub complete: bool,
}

/// The selectors of both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrafficSelectors<'a> {
    /// The number of the traffic selector, as in [`super::IkeMessage::ts_id`].
    pub ts_id: Option<u64>,
    /// Whether these are what the two sides agreed on (`Final Negotiated`), not only what one proposed.
    pub negotiated: bool,
    /// The initiator's networks.
    pub initiator: SelectorList<'a>,
    /// The responder's networks.
    pub responder: SelectorList<'a>,
}

impl TrafficSelectors<'_> {
    /// False when the log cut one of the lists.
    pub fn complete(&self) -> bool {
        self.initiator.complete && self.responder.complete
    }
}

/// The traffic selectors of a message; `None` when it has none. Total: any text gives an answer.
pub fn traffic_selectors(message: &str) -> Option<TrafficSelectors<'_>> {
    let bytes = message.as_bytes();
    let initiator = find_word(bytes, 0, b"number of tsis");
    let responder = find_word(bytes, initiator.unwrap_or_default(), b"number of tsrs");
    let first = initiator.or(responder)?;
    let name = b"number of tsis".len();
    let side = |at: Option<usize>, end: usize| at.map(|at| list(slice(message, at + name, end))).unwrap_or_default();
    Some(TrafficSelectors {
        ts_id: super::parse(message).ts_id,
        negotiated: find_word(bytes.get(..first).unwrap_or_default(), 0, b"final negotiated").is_some(),
        initiator: side(initiator, responder.unwrap_or(message.len())),
        responder: side(responder, message.len()),
    })
}

/// Reads ` 2: StartAddress ... , StartAddress ...`.
fn list(text: &str) -> SelectorList<'_> {
    let bytes = text.as_bytes();
    let announced = number(bytes, skip_separators(bytes, 0)).and_then(|(count, _)| u32::try_from(count).ok());
    let mut selectors = Vec::new();
    let mut next = find_word(bytes, 0, b"startaddress");
    while let Some(start) = next {
        next = find_word(bytes, start + 1, b"startaddress");
        let selector = selector(slice(text, start, next.unwrap_or(text.len())));
        // `StartAddress ...` is where the list was cut.
        if selector.start_address.is_some() {
            selectors.push(selector);
        }
    }
    let count = u32::try_from(selectors.len()).ok();
    let complete = announced.is_some() && announced == count && selectors.iter().all(Selector::is_whole);
    SelectorList { announced, selectors, complete }
}

/// The keys of a selector: where a value is missing, the next of them is none.
const KEYS: [&str; 5] = ["StartAddress", "EndAddress", "PortStart", "PortEnd", "Protocol"];

/// Where a key's value begins. An IPv6 address may begin with two colons, which separate nothing.
fn value_at(bytes: &[u8], key_end: usize) -> usize {
    let at = skip_spaces(bytes, key_end);
    let separated = byte(bytes, at) == b'=' || (byte(bytes, at) == b':' && byte(bytes, at + 1) != b':');
    if separated { skip_spaces(bytes, at + 1) } else { at }
}

fn selector(text: &str) -> Selector<'_> {
    let bytes = text.as_bytes();
    let value = |key_end: Option<usize>| {
        let rest = tail(text, value_at(bytes, key_end?));
        let end = skip_while(rest.as_bytes(), 0, |b| !b.is_ascii_whitespace() && !matches!(b, b',' | b';'));
        Some(slice(rest, 0, end).trim_end_matches('.'))
            .filter(|value| !value.is_empty() && !KEYS.iter().any(|key| value.eq_ignore_ascii_case(key)))
    };
    macro_rules! after {
        ($key:literal) => {
            value(find_word(bytes, 0, $key).map(|at| at + $key.len()))
        };
    }
    Selector {
        start_address: after!(b"startaddress"),
        end_address: after!(b"endaddress"),
        port_start: after!(b"portstart").and_then(|port| port.parse().ok()),
        port_end: after!(b"portend").and_then(|port| port.parse().ok()),
        protocol: after!(b"protocol").and_then(|protocol| protocol.parse().ok()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::golden::{PREFIX, PUBLISHED};
    use super::*;

    const ANY: Selector<'static> = Selector {
        start_address: Some("0.0.0.0"),
        end_address: Some("255.255.255.255"),
        port_start: Some(0),
        port_end: Some(65535),
        protocol: Some(0),
    };

    /// Synthetic, since no published line has IPv6 selectors: the shape is that of the IPv4 lines.
    #[test]
    fn compressed_addresses() {
        for (start, end, cidr) in [
            ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("::/0")),
            ("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", Some("2001:db8::/64")),
            ("::1", "::2", None),
            ("::", "::", Some("::/128")),
        ] {
            let text =
                format!("Number of TSIs 1: StartAddress {start} EndAddress {end} PortStart 0 PortEnd 65535 Protocol 0");
            let found = traffic_selectors(&text).unwrap().initiator;
            let selector = found.selectors[0];
            assert_eq!((selector.start_address, selector.end_address), (Some(start), Some(end)), "{text}");
            assert_eq!(selector.cidr().map(|c| c.to_string()).as_deref(), cidr, "{text}");
            assert!(found.complete);
        }
        let cut = traffic_selectors("Number of TSIs 1: StartAddress EndAddress PortStart 0").unwrap().initiator;
        assert!(cut.selectors.is_empty() && !cut.complete);
        for separated in ["StartAddress: 10.0.0.0 EndAddress=10.0.0.0", "StartAddress = 10.0.0.0 EndAddress : 10.0.0.0"]
        {
            let text = format!("Number of TSIs 1: {separated}");
            let found = traffic_selectors(&text).unwrap().initiator;
            assert_eq!(found.selectors[0].end_address, Some("10.0.0.0"), "{separated}");
        }
    }

    #[test]
    fn published_lines() {
        let net = Selector { start_address: Some("10.20.0.0"), end_address: Some("10.20.255.255"), ..ANY };
        let mut with = 0;
        for (text, ..) in PUBLISHED {
            // The reference cuts both lines, and so the lists are not complete.
            let cut = |announced| SelectorList { announced: Some(announced), ..SelectorList::default() };
            let wanted = if text.contains("0x37 ]") {
                let initiator = SelectorList { announced: Some(1), selectors: vec![ANY], complete: true };
                Some(TrafficSelectors { ts_id: Some(0x37), negotiated: false, initiator, responder: cut(1) })
            } else if text.contains("0x729") {
                let initiator = SelectorList { announced: Some(2), selectors: vec![net], complete: false };
                Some(TrafficSelectors { ts_id: Some(0x729), negotiated: true, initiator, responder: cut(1) })
            } else {
                None
            };
            with += usize::from(wanted.is_some());
            assert_eq!(traffic_selectors(text), wanted, "{text}");
            assert_eq!(traffic_selectors(&format!("{PREFIX}{text}")), wanted, "{text} behind a prefix");
        }
        assert_eq!(with, 2);
    }

    #[test]
    fn whole_and_cut_lists() {
        // Synthetic: the published form with both lists whole, then every prefix of it.
        let any = "StartAddress 0.0.0.0 EndAddress 255.255.255.255 PortStart 0 PortEnd 65535 Protocol 0";
        let six = "StartAddress 2001:db8:: EndAddress 2001:db8::ffff PortStart 443 PortEnd 443 Protocol 17";
        let text = format!("[Tsid 0x37 ]Number of TSIs 2: {any}, {six} Number of TSRs 1:{any}");
        let found = traffic_selectors(&text).unwrap();
        assert!(found.complete());
        assert_eq!((found.initiator.selectors.len(), found.responder.selectors.as_slice()), (2, &[ANY][..]));
        assert_eq!(found.initiator.selectors[1].cidr().unwrap().to_string(), "2001:db8::/112");
        assert_eq!(found.initiator.selectors[1].protocol, Some(17));
        for end in 0..text.len() {
            if let Some(cut) = traffic_selectors(&text[..end]) {
                // The last character is the protocol's only digit.
                assert!(!cut.complete(), "{}", &text[..end]);
                assert!(cut.initiator.selectors.len() <= 2 && cut.responder.selectors.len() <= 1);
            }
        }
        let sixteen = text.replace("TSIs 2", "TSIs 16");
        let found = traffic_selectors(&sixteen).unwrap();
        assert_eq!((found.initiator.announced, found.initiator.selectors.len()), (Some(16), 2));
        assert!(!found.initiator.complete && found.responder.complete && !found.complete());
        for odd in ["Number of TSIs x: StartAddress", "Number of TSRs 99999999999:", "NUMBER OF TSIS", "Number of TSI"]
        {
            assert!(traffic_selectors(odd).is_none_or(|found| !found.complete()), "{odd}");
        }
        assert_eq!(traffic_selectors("Number of TSI 1"), None);
    }

    #[test]
    fn ranges_as_networks() {
        for (start, end, wanted) in [
            ("0.0.0.0", "255.255.255.255", Some("0.0.0.0/0")),
            ("10.20.0.0", "10.20.255.255", Some("10.20.0.0/16")),
            ("10.1.2.3", "10.1.2.3", Some("10.1.2.3/32")),
            ("10.0.0.1", "10.0.0.2", None),
            ("10.0.0.2", "10.0.0.5", None),
            ("10.0.0.255", "10.0.0.0", None),
            ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("::/0")),
            ("fd00::", "fd00::ffff:ffff:ffff:ffff", Some("fd00::/64")),
            ("fd00::1", "fd00::1", Some("fd00::1/128")),
            ("fd00::", "10.0.0.1", None),
            ("10.x.x.x", "10.x.x.x", None),
            ("", "", None),
        ] {
            let selector = Selector { start_address: Some(start), end_address: Some(end), ..ANY };
            assert_eq!(selector.cidr().map(|c| c.to_string()).as_deref(), wanted, "{start} {end}");
        }
        assert_eq!(Selector::default().cidr(), None);
    }
}
