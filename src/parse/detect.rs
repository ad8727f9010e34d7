//! Tells the format of a source by its first bytes, never by its name.

use super::Format;
use super::formats::Layout;
use super::formats::{ike_logs::is_ike, portal_csv::header_fields};
use super::json::{Fault, Scanner};
use super::keys::{Key, Top};

/// So many bytes are looked at, at most.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;
/// So many lines that are not blank are looked at, at most.
const HEAD_LINES: usize = 20;

/// What the first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detected {
    /// More bytes are needed.
    Wait,
    /// A format.
    Format(Format, Layout),
    /// None that is known; what can be said about it.
    Unknown(&'static str),
}

/// Looks at the beginning of a source (after a byte order mark). `all`: this is all there is.
pub(crate) fn detect(buf: &[u8], all: bool) -> Detected {
    let full = all || buf.len() >= HEAD_BYTES;
    let head = &buf[..buf.len().min(HEAD_BYTES)];
    if let Some(detail) = wide(head) {
        return Detected::Unknown(detail);
    }
    let text = head.trim_ascii_start();
    match text {
        [] | [0xff] | [0xfe] if !full => return Detected::Wait,
        // Nothing but blank lines.
        [] => return Detected::Format(Format::JsonLines, Layout::Envelope),
        [b'<', ..] => return Detected::Unknown("looks like XML or HTML"),
        _ => {}
    }
    let first = text.first().copied().unwrap_or_default();
    let verdict = match first {
        b'{' => object(text),
        b'[' => array(text, full),
        _ => None,
    };
    if let Some(detected) = verdict {
        return if detected == Detected::Wait && full { by_lines(text, true) } else { detected };
    }
    by_lines(text, full)
}

/// Two bytes a character.
fn wide(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[' | b'"', 0, ..] | [0, b'{' | b'[' | b'"', ..] => {
            Some("UTF-16: re-export as UTF-8")
        }
        _ => None,
    }
}

/// What the keys of an object that is maybe not whole say. `Early` objects tell what they can.
struct Seen {
    fault: Option<Fault>,
    records: bool,
    tables: bool,
    generated: bool,
    /// `time` or `properties`: a record, not a row.
    record: bool,
    end: usize,
}

fn look(text: &[u8]) -> Seen {
    // The head may be cut inside a character.
    let valid = match std::str::from_utf8(text) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&text[..error.valid_up_to()]).unwrap_or_default(),
    };
    let mut seen = Seen { fault: None, records: false, tables: false, generated: false, record: false, end: 0 };
    let mut scanner = Scanner::new(valid);
    seen.fault = keys(&mut scanner, &mut seen).err();
    seen.end = scanner.at();
    seen
}

fn keys(scanner: &mut Scanner<'_>, seen: &mut Seen) -> Result<(), Fault> {
    let mut more = scanner.open(b'{', b'}')?;
    while more {
        let raw = scanner.key()?;
        let list = scanner.peek() == Some(b'[');
        seen.records |= list && raw.eq_ignore_ascii_case("records");
        seen.tables |= list && raw.eq_ignore_ascii_case("tables");
        if seen.records || seen.tables {
            return Ok(());
        }
        match Key::classify(raw).top {
            Top::TimeGenerated | Top::TimeOtherZone => seen.generated = true,
            Top::Time | Top::Properties => seen.record = true,
            _ => {}
        }
        scanner.value(1)?;
        more = scanner.more(b'}')?;
    }
    Ok(())
}

/// For a source that begins with `{`. `None`: the lines must tell. `Wait`: more bytes could tell.
fn object(text: &[u8]) -> Option<Detected> {
    let seen = look(text);
    if seen.records {
        return Some(Detected::Format(Format::Records, Layout::Envelope));
    }
    if seen.tables {
        return Some(Detected::Format(Format::LogAnalyticsTables, Layout::Envelope));
    }
    if seen.fault == Some(Fault::Early) {
        return Some(Detected::Wait);
    }
    // One object on several lines: someone pretty-printed records.
    if seen.fault.is_none() && text.get(..seen.end).is_some_and(|object| object.contains(&b'\n')) {
        return Some(Detected::Format(Format::Records, Layout::Sequence));
    }
    None
}

/// For a source that begins with `[`, which may also be a bracketed time or tag.
fn array(text: &[u8], full: bool) -> Option<Detected> {
    let inner = text.get(1..).unwrap_or_default().trim_ascii_start();
    match inner.first() {
        None if full => None,
        None => Some(Detected::Wait),
        Some(b']') if inner.get(1..).unwrap_or_default().trim_ascii().is_empty() => {
            // A query that found nothing.
            Some(if full { Detected::Format(Format::AzArray, Layout::Envelope) } else { Detected::Wait })
        }
        Some(b'{') => {
            let seen = look(inner);
            if seen.fault == Some(Fault::Early) && !full {
                return Some(Detected::Wait);
            }
            let row = seen.generated && !seen.record;
            let format = if row { Format::AzArray } else { Format::Records };
            Some(Detected::Format(format, Layout::Envelope))
        }
        Some(_) => None,
    }
}

/// For sources whose lines tell: the header of a CSV, JSON Lines (maybe after garbage), IKE messages.
fn by_lines(text: &[u8], full: bool) -> Detected {
    let Some(end) = memchr::memchr(b'\n', text).or(full.then_some(text.len())) else { return Detected::Wait };
    let header = text.get(..end).unwrap_or_default();
    let time = |field: &String| matches!(Key::classify(field.trim()).top, Top::TimeGenerated | Top::TimeOtherZone);
    if memchr::memmem::find(header, b"{").is_none() && header_fields(header).iter().any(time) {
        return Detected::Format(Format::PortalCsv, Layout::Envelope);
    }
    let (mut ike, mut opened, mut count, mut rest) = (false, None, 0, text);
    while !rest.is_empty() && count < HEAD_LINES {
        let (line, after) = match memchr::memchr(b'\n', rest) {
            Some(newline) => (&rest[..newline], &rest[newline + 1..]),
            // An unfinished line is looked at only when no more is to come.
            None if full => (rest, &rest[rest.len()..]),
            None => return Detected::Wait,
        };
        rest = after;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        count += 1;
        if line.first() == Some(&b'{') {
            let seen = look(line);
            let row = seen.generated && !seen.record;
            let format = if row { Format::LogAnalyticsRows } else { Format::JsonLines };
            if seen.fault.is_none() || seen.fault == Some(Fault::TooDeep) {
                return Detected::Format(format, Layout::Envelope);
            }
            // `{` alone opens a document of some other kind; with a key after it, it is a damaged record. As the very
            // last byte it is a record of which nothing more is there yet.
            let key = line.get(1..).unwrap_or_default().trim_ascii_start().first();
            if matches!(key, Some(b'"' | b'}')) || key.is_none() && rest.is_empty() && text.last() == Some(&b'{') {
                opened = opened.or(Some(format));
            }
        } else {
            ike |= is_ike(line);
        }
    }
    match (opened, ike) {
        // The last lines looked at may be sound where these are not.
        (Some(_), _) if !full && count < HEAD_LINES => Detected::Wait,
        (Some(format), _) => Detected::Format(format, Layout::Envelope),
        (None, _) if !full && count < HEAD_LINES => Detected::Wait,
        (None, true) => Detected::Format(Format::IkeLogs, Layout::Envelope),
        (None, false) => Detected::Unknown("no format that is known"),
    }
}
