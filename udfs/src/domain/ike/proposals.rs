//! The proposals of a message: `Policy1:Cipher=AES-CBC-256 Integrity=SHA1 DhGroup=DhGroup2 Policy2:...`.

use memchr::memchr;

use super::scan::{byte, find_word, number, skip_while, slice, tail};

/// Which negotiation a proposal belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The IKE SA: main mode of IKEv1, IKE_SA_INIT of IKEv2.
    Main,
    /// The IPsec (child) SA: quick mode of IKEv1, IKE_AUTH and CREATE_CHILD_SA of IKEv2.
    Quick,
}

impl Phase {
    /// The stable lower-case name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Quick => "quick",
        }
    }
}

/// One proposal. Every text borrows from the message and is as logged; the values are open sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proposal<'a> {
    /// The number after `Policy`.
    pub index: u32,
    /// Which negotiation it is for; `None` when neither the message nor the attributes tell.
    pub phase: Option<Phase>,
    /// Encryption, for example `AES-CBC-256`.
    pub cipher: Option<&'a str>,
    /// Integrity, for example `SHA256`; for AES-GCM the cipher once more.
    pub integrity: Option<&'a str>,
    /// Diffie-Hellman group of the main mode, for example `DhGroup2`.
    pub dh_group: Option<&'a str>,
    /// Group for perfect forward secrecy of the quick mode.
    pub pfs_group: Option<&'a str>,
    /// Whether all that a proposal of its phase needs is there: false where the log cut the list.
    pub complete: bool,
    /// The whole text after `PolicyN:`, with attributes that are not known.
    pub text: &'a str,
}

/// Attributes and their spellings, in lower case.
#[derive(Clone, Copy)]
enum Attribute {
    Cipher,
    Integrity,
    DhGroup,
    PfsGroup,
}

const ATTRIBUTES: [(&str, Attribute); 5] = [
    ("cipher", Attribute::Cipher),
    ("integrity", Attribute::Integrity),
    ("dhgroup", Attribute::DhGroup),
    ("pfsgroup", Attribute::PfsGroup),
    ("pfs", Attribute::PfsGroup),
];

/// Values that have been seen or that Azure documents. They only help where an unknown attribute follows without a
/// space; other values come through as well. A value stands before those that it begins with.
const VALUES: [&str; 22] = [
    "aes-cbc-128",
    "aes-cbc-192",
    "aes-cbc-256",
    "aes-gcm-128",
    "aes-gcm-192",
    "aes-gcm-256",
    "3des",
    "des",
    "none",
    "md5",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "dhgroupecp256",
    "dhgroupecp384",
    "dhgroup2048",
    "dhgroup14",
    "dhgroup24",
    "dhgroup1",
    "dhgroup2",
    "dhgroup5",
];

/// The proposals of a message in their order; empty when it has none. Total: any text gives an answer.
pub fn proposals(message: &str) -> Vec<Proposal<'_>> {
    let bytes = message.as_bytes();
    let Some(mut header) = header(bytes, 0) else { return Vec::new() };
    let phase = phase(bytes.get(..header.start).unwrap_or_default());
    let mut found = Vec::new();
    loop {
        let next = self::header(bytes, header.end);
        let text = slice(message, header.end, next.as_ref().map_or(message.len(), |n| n.start));
        found.push(proposal(header.index, phase, text));
        match next {
            Some(next) => header = next,
            None => return found,
        }
    }
}

/// `Policy1:` and where it stands.
struct Header {
    index: u32,
    start: usize,
    end: usize,
}

/// The first `PolicyN:` from `from` on; it may follow a value without a space.
fn header(bytes: &[u8], mut from: usize) -> Option<Header> {
    loop {
        let start = find_word(bytes, from, b"policy")?;
        let digits = start + b"policy".len();
        let end = skip_while(bytes, digits, |b| b.is_ascii_digit());
        if end > digits && byte(bytes, end) == b':' {
            let index = number(bytes, digits).and_then(|(n, _)| u32::try_from(n).ok()).unwrap_or(u32::MAX);
            return Some(Header { index, start, end: end + 1 });
        }
        from = digits;
    }
}

/// The phase that the text before the first proposal names: `Sending IPSec policy Payload`, `Received Ike payload`.
fn phase(before: &[u8]) -> Option<Phase> {
    if find_word(before, 0, b"ipsec policy payload").or_else(|| find_word(before, 0, b"ipsec payload")).is_some() {
        Some(Phase::Quick)
    } else if find_word(before, 0, b"ike payload").or_else(|| find_word(before, 0, b"ike policy payload")).is_some() {
        Some(Phase::Main)
    } else {
        None
    }
}

fn proposal(index: u32, phase: Option<Phase>, text: &str) -> Proposal<'_> {
    let mut out = Proposal { index, phase, text: text.trim_ascii(), ..Proposal::default() };
    let mut at = 0;
    while let Some(equals) = memchr(b'=', tail(text, at).as_bytes()).map(|offset| at + offset) {
        let key = last_word(slice(text, at, equals));
        let run = value_run(tail(text, equals + 1));
        let value = first_value(run);
        let attribute = ATTRIBUTES.iter().find(|(name, _)| key.eq_ignore_ascii_case(name)).map(|(_, a)| *a);
        let field = match attribute {
            Some(Attribute::Cipher) => Some(&mut out.cipher),
            Some(Attribute::Integrity) => Some(&mut out.integrity),
            Some(Attribute::DhGroup) => Some(&mut out.dh_group),
            Some(Attribute::PfsGroup) => Some(&mut out.pfs_group),
            None => None,
        };
        if let Some(field) = field {
            // The first of each counts; dots stand where the log was cut.
            *field = field.or(Some(value.trim_end_matches('.')).filter(|value| !value.is_empty()));
        }
        at = equals + 1 + value.len();
    }
    out.phase = phase.or(match (out.dh_group, out.pfs_group) {
        (Some(_), None) => Some(Phase::Main),
        (None, Some(_)) => Some(Phase::Quick),
        _ => None,
    });
    let needed = out.cipher.is_some() && out.integrity.is_some();
    let group = out.phase != Some(Phase::Main) || out.dh_group.is_some();
    out.complete = needed && group && !out.text.ends_with("...");
    out
}

/// What may end a value.
fn ends_value(b: u8) -> bool {
    b.is_ascii_whitespace() || matches!(b, b',' | b';')
}

fn last_word(text: &str) -> &str {
    let start = text.bytes().rposition(ends_value).map_or(0, |at| at + 1);
    tail(text, start)
}

fn value_run(text: &str) -> &str {
    slice(text, 0, skip_while(text.as_bytes(), 0, |b| !ends_value(b)))
}

/// The value that `run` begins with: all of it, unless an attribute follows without a space (`DESIntegrity=Md5`).
fn first_value(run: &str) -> &str {
    let Some(equals) = memchr(b'=', run.as_bytes()) else { return run };
    let glued = slice(run, 0, equals);
    // The attributes are tried from the longest: `PfsGroup` ends with no other, but `Pfs` begins it.
    let known_key = ATTRIBUTES
        .iter()
        .filter_map(|(name, _)| glued.len().checked_sub(name.len()))
        .find(|at| ATTRIBUTES.iter().any(|(name, _)| tail(glued, *at).eq_ignore_ascii_case(name)));
    if let Some(at) = known_key {
        return slice(glued, 0, at);
    }
    let known_value =
        VALUES.iter().find(|v| glued.get(..v.len()).is_some_and(|head| head.eq_ignore_ascii_case(v))).map(|v| v.len());
    // An unknown attribute behind an unknown value: attributes begin with a capital.
    let capital = || glued.bytes().rposition(|b| b.is_ascii_uppercase());
    slice(glued, 0, known_value.or_else(capital).unwrap_or(glued.len()))
}

#[cfg(test)]
mod tests {
    use super::super::golden::{PREFIX, PUBLISHED};
    use super::*;

    /// Index, phase, cipher, integrity, DH group, PFS group, complete.
    type Short<'a> =
        (u32, Option<&'static str>, Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<&'a str>, bool);

    fn short(text: &str) -> Vec<Short<'_>> {
        proposals(text)
            .into_iter()
            .map(|p| (p.index, p.phase.map(Phase::as_str), p.cipher, p.integrity, p.dh_group, p.pfs_group, p.complete))
            .collect()
    }

    #[test]
    fn published_lines() {
        let (main, quick) = (Some("main"), Some("quick"));
        let mut with = 0;
        for (text, ..) in PUBLISHED {
            let wanted: &[Short<'_>] = match *text {
                t if t.starts_with("[SEND]Sending Ike payload") => &[
                    (1, main, Some("AES-CBC-256"), Some("SHA1"), Some("DhGroup2"), None, true),
                    (2, main, None, None, None, None, false),
                ],
                t if t.starts_with("[RECEIVED]Received Ike payload") => {
                    &[(1, main, Some("AES-CBC-256"), Some("SHA256"), Some("DhGroup2"), None, true)]
                }
                t if t.starts_with("[SEND]Sending IPSec policy Payload") => &[
                    (1, quick, Some("AES-GCM-256"), Some("AES-GCM-256"), None, None, true),
                    (2, quick, Some("AES-CBC-256"), Some("SHA1"), None, None, false),
                ],
                t if t.starts_with("[RECEIVED]Received IPSec payload") => {
                    &[(1, quick, Some("DES"), Some("Md5"), None, None, true)]
                }
                _ => &[],
            };
            with += usize::from(!wanted.is_empty());
            assert_eq!(short(text), wanted, "{text}");
            assert_eq!(short(&format!("{PREFIX}{text}")), wanted, "{text} behind a prefix");
        }
        assert_eq!(with, 4);
    }

    #[test]
    fn bent_lists() {
        // Synthetic: missing separators, other order and case, unknown attributes and values, cut texts.
        let (c, i, d) = (Some("AES-CBC-256"), Some("SHA1"), Some("DhGroup2"));
        for (text, wanted) in [
            ("", &[][..]),
            ("Policy:Cipher=DES", &[]),
            ("policy Payload", &[]),
            ("Policy1:", &[(1, None, None, None, None, None, false)]),
            (
                "Policy1:Cipher=AES-CBC-256Integrity=SHA1DhGroup=DhGroup2Policy2:Integrity=SHA1Cipher=AES-CBC-256",
                &[(1, Some("main"), c, i, d, None, true), (2, None, c, i, None, None, true)],
            ),
            ("POLICY3:CIPHER=AES-CBC-256,integrity=SHA1;", &[(3, None, c, i, None, None, true)]),
            (
                "IPSec payload: Policy1:Cipher=NEW-512Integrity=BLAKE3 PfsGroup=PFS24",
                &[(1, Some("quick"), Some("NEW-512"), Some("BLAKE3"), None, Some("PFS24"), true)],
            ),
            ("Policy1:Cipher=DESLifetime=3600 Integrity=SHA1", &[(1, None, Some("DES"), i, None, None, true)]),
            ("Policy1:Cipher=NEWLifetime=3600 Integrity=SHA1", &[(1, None, Some("NEW"), i, None, None, true)]),
            ("Policy1:Lifetime=3600 Cipher= Integrity=SHA1", &[(1, None, None, i, None, None, false)]),
            (
                "Policy1:Cipher=AES-CBC-256 Integrity=SHA1 Pfs=PFS2",
                &[(1, Some("quick"), c, i, None, Some("PFS2"), true)],
            ),
            ("Policy1:Cipher=AES-CBC-256 Integr...", &[(1, None, c, None, None, None, false)]),
            ("Policy1:Cipher=AES-CBC-256 Integrity=SHA1...", &[(1, None, c, i, None, None, false)]),
            ("Ike payload: Policy1:Cipher=AES-CBC-256 Integrity=SHA1", &[(1, Some("main"), c, i, None, None, false)]),
            ("Policy1:Cipher=AES-CBC-256 Cipher=DES Integrity=SHA1", &[(1, None, c, i, None, None, true)]),
            ("Policy99999999999:Cipher=\u{e9}", &[(u32::MAX, None, Some("\u{e9}"), None, None, None, false)]),
            ("Policy1:====", &[(1, None, None, None, None, None, false)]),
        ] {
            assert_eq!(short(text), wanted, "{text}");
        }
        assert_eq!(proposals("Policy1: Cipher=DES Lifetime=3600 ")[0].text, "Cipher=DES Lifetime=3600");
    }
}
