//! IP addresses and their ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use datafusion::arrow::array::ArrayRef;

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, argument, count, simple};
use crate::functions::{Batch, Kernel, function};
use crate::types::{Kind, Typed};
use crate::values::json::Json;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "parse_ipv4",
        &[],
        |c| {
            simple(c, "kql_parse_ipv4", &[Want::Text], 1, Kind::Long, |b| {
                b.longs(|r| V4::parse(b.text(0, r)).map(|a| i64::from(a.bits & mask4(a.prefix))))
            })
        },
        ("parse_ipv4(address)", "An IPv4 address as a number, cut to its prefix."),
        Some(("parse_ipv4('192.168.1.1/24')", "3232235776")),
    ),
    function(
        "parse_ipv4_mask",
        &[],
        |c| {
            simple(c, "kql_parse_ipv4_mask", &[Want::Text, Want::Whole], 2, Kind::Long, |b| {
                b.longs(|r| {
                    let prefix = prefix(b.long(1, r)?, 32)?;
                    V4::parse(b.text(0, r)).map(|a| i64::from(a.bits & mask4(prefix.min(a.prefix))))
                })
            })
        },
        ("parse_ipv4_mask(address, prefix)", "An IPv4 address as a number, cut to a prefix."),
        Some(("parse_ipv4_mask('192.168.1.1', 24)", "3232235776")),
    ),
    function(
        "parse_ipv6",
        &[],
        |c| {
            simple(c, "kql_parse_ipv6", &[Want::Text], 1, Kind::String, |b| {
                b.texts(|r, out| {
                    if let Some(a) = V6::parse(b.text(0, r)) {
                        full(a.bits & mask6(a.prefix), out);
                    }
                })
            })
        },
        ("parse_ipv6(address)", "An IPv6 or IPv4 address in full length."),
        Some(("parse_ipv6('fe80::1')", "fe80:0000:0000:0000:0000:0000:0000:0001")),
    ),
    function(
        "parse_ipv6_mask",
        &[],
        |c| {
            simple(c, "kql_parse_ipv6_mask", &[Want::Text, Want::Whole], 2, Kind::String, |b| {
                b.texts(|r, out| {
                    let wanted = b.long(1, r).and_then(|n| prefix(n, 128));
                    if let (Some(a), Some(wanted)) = (V6::parse(b.text(0, r)), wanted) {
                        full(a.bits & mask6(wanted.min(a.prefix)), out);
                    }
                })
            })
        },
        ("parse_ipv6_mask(address, prefix)", "An IPv6 or IPv4 address in full length, cut to a prefix."),
        Some(("parse_ipv6_mask('fe80::85d:e82c:9446:7994', 120)", "fe80:0000:0000:0000:085d:e82c:9446:7900")),
    ),
    function(
        "ipv4_compare",
        &[],
        |c| {
            simple(c, "kql_ipv4_compare", &[Want::Text, Want::Text, Want::Whole], 2, Kind::Long, |b| {
                b.longs(|r| compare4(b, r))
            })
        },
        ("ipv4_compare(a, b, [prefix])", "-1, 0 or 1, as the first address is below, equal to or above the second."),
        Some(("ipv4_compare('192.168.1.1/24', '192.168.1.255')", "0")),
    ),
    function(
        "ipv4_is_match",
        &[],
        |c| {
            simple(c, "kql_ipv4_is_match", &[Want::Text, Want::Text, Want::Whole], 2, Kind::Bool, |b| {
                b.bools(|r| compare4(b, r).map(|o| o == 0))
            })
        },
        ("ipv4_is_match(a, b, [prefix])", "Whether two addresses are equal within the shortest prefix."),
        Some(("ipv4_is_match('192.168.1.1/24', '192.168.1.255')", "true")),
    ),
    function(
        "ipv4_is_in_range",
        &[],
        |c| {
            simple(c, "kql_ipv4_is_in_range", &[Want::Text, Want::Text], 2, Kind::Bool, |b| {
                b.bools(|r| Some(V4::parse(b.text(1, r))?.holds(V4::parse(b.text(0, r))?)))
            })
        },
        ("ipv4_is_in_range(address, range)", "Whether an address lies in a range such as 10.0.0.0/8."),
        Some(("ipv4_is_in_range('10.1.2.3', '10.0.0.0/8')", "true")),
    ),
    function(
        "ipv4_is_in_any_range",
        &[],
        |c| {
            ranges(c, "kql_ipv4_is_in_any_range", |b| {
                in_any(
                    b,
                    |address, range| Some(V4::parse(range)?.holds(V4::parse(address)?)),
                    |a| V4::parse(a).is_some(),
                )
            })
        },
        ("ipv4_is_in_any_range(address, range, ...)", "Whether an address lies in any of some ranges."),
        Some(("ipv4_is_in_any_range('10.1.2.3', '1.0.0.0/8', '10.0.0.0/8')", "true")),
    ),
    function(
        "ipv4_is_private",
        &[],
        |c| {
            simple(c, "kql_ipv4_is_private", &[Want::Text], 1, Kind::Bool, |b| {
                b.bools(|r| {
                    let address = V4::parse(b.text(0, r))?;
                    Some(Ipv4Addr::from(address.bits & mask4(address.prefix)).is_private())
                })
            })
        },
        ("ipv4_is_private(address)", "Whether an address is of a private network."),
        Some(("ipv4_is_private('10.1.2.3')", "true")),
    ),
    function(
        "ipv4_netmask_suffix",
        &[],
        |c| {
            simple(c, "kql_ipv4_netmask_suffix", &[Want::Text], 1, Kind::Long, |b| {
                b.longs(|r| V4::parse(b.text(0, r)).map(|a| i64::from(a.prefix)))
            })
        },
        ("ipv4_netmask_suffix(address)", "The length of an address's prefix; 32 when it names none."),
        Some(("ipv4_netmask_suffix('10.0.0.0/8')", "8")),
    ),
    function(
        "ipv4_range_to_cidr_list",
        &[],
        |c| {
            simple(c, "kql_ipv4_range_to_cidr_list", &[Want::Text, Want::Text], 2, Kind::Dynamic, |b| {
                b.dynamics(|r| match (V4::parse(b.text(0, r)), V4::parse(b.text(1, r))) {
                    (Some(first), Some(last)) => Json::Array(cidrs(first.bits, last.bits)),
                    _ => Json::Null,
                })
            })
        },
        ("ipv4_range_to_cidr_list(first, last)", "The ranges that make up what lies between two addresses."),
        Some(("ipv4_range_to_cidr_list('1.1.1.0', '1.1.1.4')", r#"["1.1.1.0/30","1.1.1.4/32"]"#)),
    ),
    function(
        "format_ipv4",
        &[],
        |c| {
            simple(c, "kql_format_ipv4", &[Want::Any, Want::Whole], 1, Kind::String, |b| {
                b.texts(|r, out| {
                    if let Some(a) = formatted(b, r) {
                        out.push_str(&Ipv4Addr::from(a.bits & mask4(a.prefix)).to_string());
                    }
                })
            })
        },
        ("format_ipv4(address, [prefix])", "A number or text as an IPv4 address, cut to a prefix."),
        Some(("format_ipv4('192.168.1.1', 24)", "192.168.1.0")),
    ),
    function(
        "format_ipv4_mask",
        &[],
        |c| {
            simple(c, "kql_format_ipv4_mask", &[Want::Any, Want::Whole], 1, Kind::String, |b| {
                b.texts(|r, out| {
                    if let Some(a) = formatted(b, r) {
                        out.push_str(&format!("{}/{}", Ipv4Addr::from(a.bits & mask4(a.prefix)), a.prefix));
                    }
                })
            })
        },
        ("format_ipv4_mask(address, [prefix])", "A number or text as an IPv4 range."),
        Some(("format_ipv4_mask('192.168.1.1', 24)", "192.168.1.0/24")),
    ),
    function(
        "has_ipv4",
        &[],
        |c| {
            simple(c, "kql_has_ipv4", &[Want::Text, Want::Text], 2, Kind::Bool, |b| {
                b.bools(|r| {
                    let wanted = b.text(1, r).parse::<Ipv4Addr>().ok();
                    Some(wanted.is_some_and(|w| addresses(b.text(0, r)).any(|(_, found)| found == w)))
                })
            })
        },
        ("has_ipv4(text, address)", "Whether an IPv4 address stands in a text."),
        Some(("has_ipv4('peer 10.1.2.3: down', '10.1.2.3')", "true")),
    ),
    function(
        "has_ipv4_prefix",
        &[],
        |c| {
            simple(c, "kql_has_ipv4_prefix", &[Want::Text, Want::Text], 2, Kind::Bool, |b| {
                b.bools(|r| Some(begins(b.text(0, r), b.text(1, r))))
            })
        },
        ("has_ipv4_prefix(text, prefix)", "Whether an IPv4 address that begins so stands in a text."),
        Some(("has_ipv4_prefix('peer 10.1.2.3: down', '10.1.')", "true")),
    ),
    function(
        "has_any_ipv4",
        &[],
        |c| {
            ranges(c, "kql_has_any_ipv4", |b| {
                let is_there = |text: &str, address: &str| {
                    let wanted = address.parse::<Ipv4Addr>().ok()?;
                    Some(addresses(text).any(|(_, found)| found == wanted))
                };
                in_any(b, is_there, |_| true)
            })
        },
        ("has_any_ipv4(text, address, ...)", "Whether any of some IPv4 addresses stands in a text."),
        Some(("has_any_ipv4('peer 10.1.2.3: down', '1.1.1.1', '10.1.2.3')", "true")),
    ),
    function(
        "has_any_ipv4_prefix",
        &[],
        |c| ranges(c, "kql_has_any_ipv4_prefix", |b| in_any(b, |text, prefix| Some(begins(text, prefix)), |_| true)),
        ("has_any_ipv4_prefix(text, prefix, ...)", "Whether an IPv4 address that begins so or so stands in a text."),
        Some(("has_any_ipv4_prefix('peer 10.1.2.3: down', '1.1.', '10.1.')", "true")),
    ),
    function(
        "ipv6_compare",
        &[],
        |c| {
            simple(c, "kql_ipv6_compare", &[Want::Text, Want::Text, Want::Whole], 2, Kind::Long, |b| {
                b.longs(|r| compare6(b, r))
            })
        },
        ("ipv6_compare(a, b, [prefix])", "-1, 0 or 1, as the first address is below, equal to or above the second."),
        Some(("ipv6_compare('::1', '::2')", "-1")),
    ),
    function(
        "ipv6_is_match",
        &[],
        |c| {
            simple(c, "kql_ipv6_is_match", &[Want::Text, Want::Text, Want::Whole], 2, Kind::Bool, |b| {
                b.bools(|r| compare6(b, r).map(|o| o == 0))
            })
        },
        ("ipv6_is_match(a, b, [prefix])", "Whether two addresses are equal within the shortest prefix."),
        Some(("ipv6_is_match('fe80::1/64', 'fe80::2')", "true")),
    ),
    function(
        "ipv6_is_in_range",
        &[],
        |c| {
            simple(c, "kql_ipv6_is_in_range", &[Want::Text, Want::Text], 2, Kind::Bool, |b| {
                b.bools(|r| Some(V6::parse(b.text(1, r))?.holds(V6::parse(b.text(0, r))?)))
            })
        },
        ("ipv6_is_in_range(address, range)", "Whether an address lies in a range such as fe80::/10."),
        Some(("ipv6_is_in_range('fe80::1', 'fe80::/10')", "true")),
    ),
    function(
        "ipv6_is_in_any_range",
        &[],
        |c| {
            ranges(c, "kql_ipv6_is_in_any_range", |b| {
                in_any(
                    b,
                    |address, range| Some(V6::parse(range)?.holds(V6::parse(address)?)),
                    |a| V6::parse(a).is_some(),
                )
            })
        },
        ("ipv6_is_in_any_range(address, range, ...)", "Whether an address lies in any of some ranges."),
        Some(("ipv6_is_in_any_range('fe80::1', '::/128', 'fe80::/10')", "true")),
    ),
];

#[derive(Clone, Copy)]
struct V4 {
    bits: u32,
    prefix: u32,
}

#[derive(Clone, Copy)]
struct V6 {
    bits: u128,
    prefix: u32,
}

fn mask4(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix.min(32)).unwrap_or(0)
}

fn mask6(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0)
}

fn prefix(length: i64, most: u32) -> Option<u32> {
    u32::try_from(length).ok().filter(|n| *n <= most)
}

/// An address and the length of its prefix.
fn parts(text: &str, most: u32) -> Option<(&str, u32)> {
    match text.trim().split_once('/') {
        None => Some((text.trim(), most)),
        Some((address, length)) => Some((address, prefix(length.parse().ok()?, most)?)),
    }
}

impl V4 {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = parts(text, 32)?;
        Some(Self { bits: address.parse::<Ipv4Addr>().ok()?.to_bits(), prefix })
    }

    fn holds(self, other: Self) -> bool {
        let mask = mask4(self.prefix.min(other.prefix));
        self.bits & mask == other.bits & mask
    }
}

impl V6 {
    /// An IPv4 address is one of IPv6's as well.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = parts(text, 128)?;
        match address.parse::<IpAddr>().ok()? {
            IpAddr::V6(a) => Some(Self { bits: a.to_bits(), prefix }),
            IpAddr::V4(a) => {
                let prefix = if text.contains('/') { prefix.checked_add(96).filter(|p| *p <= 128)? } else { 128 };
                Some(Self { bits: a.to_ipv6_mapped().to_bits(), prefix })
            }
        }
    }

    fn holds(self, other: Self) -> bool {
        let mask = mask6(self.prefix.min(other.prefix));
        self.bits & mask == other.bits & mask
    }
}

/// The IPv4 addresses in a text, between characters that are neither letters nor digits.
fn addresses(text: &str) -> impl Iterator<Item = (&str, Ipv4Addr)> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '.'))
        .map(|run| run.trim_matches('.'))
        .filter_map(|run| Some((run, run.parse().ok()?)))
}

/// Whether an address in the text begins with a prefix that is an address itself or ends behind a dot.
fn begins(text: &str, prefix: &str) -> bool {
    let whole = prefix.parse::<Ipv4Addr>().is_ok();
    let parts = prefix.strip_suffix('.').map(|p| p.split('.').all(|n| n.parse::<u8>().is_ok()));
    (whole || parts == Some(true))
        && addresses(text).any(|(found, _)| if whole { found == prefix } else { found.starts_with(prefix) })
}

fn full(bits: u128, out: &mut String) {
    let groups: Vec<String> = Ipv6Addr::from_bits(bits).segments().iter().map(|g| format!("{g:04x}")).collect();
    out.push_str(&groups.join(":"));
}

fn wanted(b: &Batch, row: usize, most: u32) -> Option<u32> {
    if b.count() > 2 { prefix(b.long(2, row)?, most) } else { Some(most) }
}

fn compare4(b: &Batch, row: usize) -> Option<i64> {
    let (x, y) = (V4::parse(b.text(0, row))?, V4::parse(b.text(1, row))?);
    let mask = mask4(x.prefix.min(y.prefix).min(wanted(b, row, 32)?));
    Some((x.bits & mask).cmp(&(y.bits & mask)) as i64)
}

fn compare6(b: &Batch, row: usize) -> Option<i64> {
    let (x, y) = (V6::parse(b.text(0, row))?, V6::parse(b.text(1, row))?);
    let mask = mask6(x.prefix.min(y.prefix).min(wanted(b, row, 128)?));
    Some((x.bits & mask).cmp(&(y.bits & mask)) as i64)
}

fn formatted(b: &Batch, row: usize) -> Option<V4> {
    let given = match b.kind(0) {
        Kind::Int | Kind::Long => V4 { bits: u32::try_from(b.long(0, row)?).ok()?, prefix: 32 },
        _ => V4::parse(&b.json(0, row).plain())?,
    };
    let wanted = if b.count() > 1 { prefix(b.long(1, row)?, 32)? } else { 32 };
    Some(V4 { prefix: given.prefix.min(wanted), ..given })
}

/// Ranges as arguments, or one array of them.
fn ranges(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    count(call, 2, 64)?;
    let mut wants = vec![Want::Text; call.args.len()];
    if call.args.len() == 2 && argument(call, 1)?.kind == Kind::Dynamic {
        wants = vec![Want::Text, Want::Dynamic];
        bind::check(call, 1, Want::Dynamic)?;
    }
    simple(call, name, &wants, 2, Kind::Bool, kernel)
}

fn in_any(b: &Batch, holds: fn(&str, &str) -> Option<bool>, valid: fn(&str) -> bool) -> ArrayRef {
    let mut arrays = b.jsons(1);
    b.bools(|row| {
        let address = b.text(0, row);
        if !valid(address) {
            return None;
        }
        if b.kind(1) == Kind::Dynamic {
            let ranges = arrays.get(row).items()?;
            return Some(ranges.iter().any(|r| holds(address, &r.plain()) == Some(true)));
        }
        Some((1..b.count()).any(|i| holds(address, b.text(i, row)) == Some(true)))
    })
}

fn cidrs(first: u32, last: u32) -> Vec<Json> {
    let (mut at, last) = (u64::from(first), u64::from(last));
    let mut out = Vec::new();
    while at <= last {
        // The largest range that begins here and does not pass the end.
        let mut length = 32 - at.trailing_zeros().min(32);
        while at + (1u64 << (32 - length)) - 1 > last {
            length += 1;
        }
        let address = Ipv4Addr::from(u32::try_from(at).unwrap_or(u32::MAX));
        out.push(Json::Text(format!("{address}/{length}")));
        at += 1u64 << (32 - length);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        assert_eq!((mask4(0), mask4(32), mask4(24)), (0, u32::MAX, 0xffff_ff00));
        assert_eq!((mask6(0), mask6(128)), (0, u128::MAX));
    }

    #[test]
    fn wrong_text_is_none() {
        for wrong in ["", "1.2.3", "1.2.3.4/33", "1.2.3.4/x", "1.2.3.4/-1", "256.1.1.1", "é", "/", "1.2.3.4/24/5"] {
            assert!(V4::parse(wrong).is_none(), "{wrong}");
            assert!(V6::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn whole_ranges() {
        assert_eq!(Json::Array(cidrs(0, u32::MAX)).to_string(), r#"["0.0.0.0/0"]"#);
        assert_eq!(cidrs(5, 4), []);
        assert_eq!(Json::Array(cidrs(u32::MAX, u32::MAX)).to_string(), r#"["255.255.255.255/32"]"#);
    }
}
