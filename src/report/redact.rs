//! Pseudonyms for what is not to leave the house: the same value always gets the same one, raw messages included.
//!
//! Addresses become addresses of ranges that nobody has (240.0.0.0/4, reserved, and 100::/64, for discarding), so that messages
//! read and parse as before. Everything that a report shows passes through here on its way out of the engine, so that no section can forget it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use parking_lot::Mutex;

use super::say::{Say, Word};

/// What is kept back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redaction {
    /// Addresses of devices, gateways and clients; networks.
    pub ips: bool,
    /// Names of point-to-site users.
    pub users: bool,
    /// Azure subscription ids.
    pub subscriptions: bool,
}

/// The kinds, with what they say on the command line.
pub const KINDS: [&str; 3] = ["ips", "users", "subscriptions"];

impl Redaction {
    /// Reads `ips,users,subscriptions`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = Self::default();
        for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            match word {
                "ips" => out.ips = true,
                "users" => out.users = true,
                "subscriptions" => out.subscriptions = true,
                "none" => out = Self::default(),
                "all" => out = Self { ips: true, users: true, subscriptions: true },
                other => return Err(format!("'{other}' cannot be redacted; expected all, none, {}", KINDS.join(", "))),
            }
        }
        Ok(out)
    }

    /// Whether anything is.
    pub fn is_any(self) -> bool {
        self.ips || self.users || self.subscriptions
    }

    /// The kinds that are, as a reader calls them.
    pub fn words(self, say: &Say) -> Vec<String> {
        let words = [Word::RedactIps, Word::RedactUsers, Word::RedactSubscriptions];
        let on = [self.ips, self.users, self.subscriptions];
        words.into_iter().zip(on).filter(|(_, on)| *on).map(|(word, _)| say.word(word)).collect()
    }

    /// The kinds that are.
    pub fn names(self) -> Vec<&'static str> {
        KINDS
            .into_iter()
            .zip([self.ips, self.users, self.subscriptions])
            .filter(|(_, on)| *on)
            .map(|(k, _)| k)
            .collect()
    }
}

#[derive(Debug, Default)]
struct Known {
    ips: HashMap<String, usize>,
    users: HashMap<String, usize>,
    subscriptions: HashMap<String, usize>,
    /// Names that are users wherever they stand, the longest first.
    names: Vec<String>,
}

/// Replaces, and remembers what it gave.
#[derive(Debug, Default)]
pub struct Redactor {
    what: Redaction,
    known: Mutex<Known>,
}

/// The number of a value: the next when it is new.
fn number(map: &mut HashMap<String, usize>, value: &str) -> usize {
    let next = map.len() + 1;
    *map.entry(value.to_ascii_lowercase()).or_insert(next)
}

/// Characters of which addresses consist, with `x` for octets that Azure has masked.
fn is_address(c: u8) -> bool {
    c.is_ascii_hexdigit() || matches!(c, b'.' | b':' | b'x' | b'X')
}

fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-')
}

/// The length of an IPv4 address at the beginning, also of one with masked octets.
fn ipv4(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for octet in 0..4 {
        if octet > 0 {
            (text.get(at) == Some(&b'.')).then_some(())?;
            at += 1;
        }
        let digits = text.get(at..)?.iter().take_while(|c| c.is_ascii_digit()).count();
        let masks = text.get(at..)?.iter().take_while(|c| c.eq_ignore_ascii_case(&b'x')).count();
        let n = if digits > 0 { digits } else { masks };
        if !(1..=3).contains(&n) {
            return None;
        }
        if digits > 0 && std::str::from_utf8(text.get(at..at + n)?).ok()?.parse::<u16>().ok()? > 255 {
            return None;
        }
        at += n;
    }
    // `1.2.3.4.5` is a version or an object identifier.
    let ends = match text.get(at) {
        None => true,
        Some(b'.') => text.get(at + 1).is_none_or(|c| !c.is_ascii_digit()),
        Some(c) => !is_word(*c),
    };
    ends.then_some(at)
}

/// The length of an IPv6 address at the beginning.
fn ipv6(text: &[u8]) -> Option<usize> {
    let run = text.iter().take_while(|c| c.is_ascii_hexdigit() || matches!(c, b':' | b'.')).count();
    let run = text.get(..run)?;
    if run.iter().filter(|c| **c == b':').count() < 2 {
        return None;
    }
    let mut text = std::str::from_utf8(run).ok()?;
    // A port or a colon of the sentence may follow.
    loop {
        if text.parse::<Ipv6Addr>().is_ok_and(|ip| !ip.is_unspecified() && !ip.is_loopback()) {
            return Some(text.len());
        }
        text = text.strip_suffix([':', '.']).or_else(|| text.rsplit_once(':').map(|(head, _)| head))?;
    }
}

/// An address that names nobody: a mask, everything, this host.
fn is_general(address: &str) -> bool {
    address.parse::<Ipv4Addr>().is_ok_and(|ip| {
        ip.is_unspecified() || ip.is_broadcast() || ip.is_loopback() || {
            let bits = u32::from(ip);
            bits.leading_ones() + bits.trailing_zeros() == 32
        }
    })
}

fn is_guid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => *c == b'-',
            _ => c.is_ascii_hexdigit(),
        })
}

impl Redactor {
    /// Keeps `what` back.
    pub fn new(what: Redaction) -> Self {
        Self { what, known: Mutex::default() }
    }

    /// What is kept back.
    pub fn what(&self) -> Redaction {
        self.what
    }

    /// Tells of values that stand in texts without a sign of what they are.
    pub fn learn(&self, users: &[String], subscriptions: &[String]) {
        let mut known = self.known.lock();
        for user in users.iter().filter(|u| u.len() > 2) {
            number(&mut known.users, user);
            known.names.push(user.clone());
        }
        for id in subscriptions {
            number(&mut known.subscriptions, id);
        }
        known.names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    }

    /// The text with pseudonyms.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.what.is_any() {
            return Cow::Borrowed(text);
        }
        let mut known = self.known.lock();
        let mut out = Cow::Borrowed(text);
        if self.what.users {
            out = replaced(out, |text, at| user(text, at, &mut known));
        }
        if self.what.subscriptions {
            out = replaced(out, |text, at| subscription(text, at, &mut known));
        }
        if self.what.ips {
            out = replaced(out, |text, at| address(text, at, &mut known));
        }
        out
    }
}

/// Walks through a text; `find` says how many bytes at a place become what.
fn replaced<'a>(text: Cow<'a, str>, mut find: impl FnMut(&str, usize) -> Option<(usize, String)>) -> Cow<'a, str> {
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while at < text.len() {
        if text.is_char_boundary(at)
            && let Some((length, with)) = find(&text, at)
        {
            out.push_str(text.get(copied..at).unwrap_or_default());
            out.push_str(&with);
            at += length.max(1);
            copied = at;
        } else {
            at += 1;
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn before(text: &str, at: usize) -> Option<u8> {
    at.checked_sub(1).and_then(|i| text.as_bytes().get(i)).copied()
}

fn address(text: &str, at: usize, known: &mut Known) -> Option<(usize, String)> {
    let here = text.as_bytes().get(at..)?;
    // In the middle of an address or a word nothing begins.
    let first = *here.first()?;
    if !is_address(first) || before(text, at).is_some_and(|c| is_word(c) || c == b'.') {
        return None;
    }
    let length = match before(text, at) {
        Some(b':') => ipv4(here)?,
        _ => ipv4(here).or_else(|| ipv6(here))?,
    };
    let address = text.get(at..at + length)?;
    if is_general(address) {
        return Some((length, address.to_owned()));
    }
    let n = u32::try_from(number(&mut known.ips, address)).unwrap_or(u32::MAX);
    let pseudonym = match address.contains(':') {
        true => Ipv6Addr::from((0x100 << 112) | u128::from(n)).to_string(),
        false => Ipv4Addr::from(0xf000_0000 | (n & 0x0fff_ffff)).to_string(),
    };
    Some((length, pseudonym))
}

fn user(text: &str, at: usize, known: &mut Known) -> Option<(usize, String)> {
    if before(text, at).is_some_and(|c| is_word(c) || matches!(c, b'@' | b'.' | b'+' | b'*')) {
        return None;
    }
    let rest = text.get(at..)?;
    let ends = |n: usize| rest.as_bytes().get(n).is_none_or(|c| !is_word(*c) && *c != b'@');
    let named = known.names.iter().find(|name| rest.starts_with(name.as_str()) && ends(name.len())).cloned();
    let found = match named {
        Some(name) => name,
        None => {
            let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '*');
            let name = rest.find(|c| !part(c)).filter(|n| *n > 0 && rest[*n..].starts_with('@'))?;
            let host = rest.get(name + 1..)?;
            let host = host.get(
                ..host.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '*'))).unwrap_or(host.len()),
            )?;
            let host = host.trim_end_matches(['.', '-']);
            (!host.is_empty()).then(|| rest[..name + 1 + host.len()].to_owned())?
        }
    };
    Some((found.len(), format!("user-{}", number(&mut known.users, &found))))
}

fn subscription(text: &str, at: usize, known: &mut Known) -> Option<(usize, String)> {
    if before(text, at).is_some_and(is_word) {
        return None;
    }
    let id = text.get(at..at + 36).filter(|id| is_guid(id.as_bytes()))?;
    const BEFORE: &str = "subscriptions/";
    let named = at.checked_sub(BEFORE.len()).and_then(|from| text.get(from..at));
    let is_one = named.is_some_and(|b| b.eq_ignore_ascii_case(BEFORE))
        || known.subscriptions.contains_key(&id.to_ascii_lowercase());
    is_one.then(|| (36, format!("00000000-0000-0000-0000-{:012}", number(&mut known.subscriptions, id))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Redactor {
        Redactor::new(Redaction { ips: true, users: true, subscriptions: true })
    }

    #[test]
    fn the_same_value_has_the_same_pseudonym_everywhere() {
        let r = all();
        r.learn(&["jane".into()], &["9B58FFEE-0F4A-429B-995F-CECA99457095".into()]);
        for (text, want) in [
            (
                "Remote 203.0.113.6:4500: Local 192.0.2.3:4500: [SEND]",
                "Remote 240.0.0.1:4500: Local 240.0.0.2:4500: [SEND]",
            ),
            ("[Remote] 203.0.113.6:4500", "[Remote] 240.0.0.1:4500"),
            ("peer 203.0.113.6.", "peer 240.0.0.1."),
            ("10.0.0.0/8 and 0.0.0.0 255.255.255.255", "240.0.0.3/8 and 0.0.0.0 255.255.255.255"),
            ("184.x.x.x", "240.0.0.4"),
            ("version 1.2.3.4.5, 300.1.1.1", "version 1.2.3.4.5, 300.1.1.1"),
            ("[2001:db8::1]:500 at 01:12:30", "[100::5]:500 at 01:12:30"),
            ("Username=***tosouser@contoso.com IP=10.0.0.1", "Username=user-2 IP=240.0.0.6"),
            ("user jane, not janet", "user user-1, not janet"),
            (
                "/subscriptions/9b58ffee-0f4a-429b-995f-ceca99457095/x",
                "/subscriptions/00000000-0000-0000-0000-000000000001/x",
            ),
            (
                "SESSION_ID :{8cb5875d-4c80-434b-8702-d78ac5b3d154}",
                "SESSION_ID :{8cb5875d-4c80-434b-8702-d78ac5b3d154}",
            ),
            ("日本語 203.0.113.6 ü", "日本語 240.0.0.1 ü"),
            ("", ""),
        ] {
            assert_eq!(r.text(text), want, "{text}");
        }
    }

    #[test]
    fn only_what_was_asked() {
        let r = Redactor::new(Redaction::parse("users").unwrap());
        assert_eq!(r.text("a@b.c from 10.0.0.1"), "user-1 from 10.0.0.1");
        assert_eq!(Redaction::parse("ips, subscriptions").unwrap().names(), ["ips", "subscriptions"]);
        assert!(Redaction::parse("names").unwrap_err().contains("'names' cannot be redacted"));
        assert_eq!(Redactor::default().text("10.0.0.1"), "10.0.0.1");
    }
}
