//! Which family a message belongs to.

use super::ends::Ends;
use super::scan::{byte, skip_spaces, skip_while, slice};
use super::values::Values;
use super::{IkeMessage, classic, structured};

/// Reads an IKE message. Total: any text gives an answer, at worst [`super::Family::Other`] with the text as its event.
///
/// One pass over the bytes; nothing is allocated. For many messages a [`Reader`] is faster.
#[inline]
pub fn parse(message: &str) -> IkeMessage<'_> {
    let mut out = IkeMessage::default();
    read(message, None, Values::ALL, &mut out);
    out
}

/// Reads IKE messages one after the other, each as [`parse`] does, and is fast where one names the same addresses as a
/// recent one.
#[derive(Debug, Clone)]
pub struct Reader {
    known: Ends,
    wanted: Values,
}

impl Default for Reader {
    fn default() -> Self {
        Self::of(Values::ALL)
    }
}

impl Reader {
    /// A reader for whom of the values in a text only these count; it may leave out the others, and is faster then.
    pub fn of(wanted: Values) -> Self {
        Self { known: Ends::default(), wanted }
    }

    /// Reads the next message.
    #[inline]
    pub fn parse<'a>(&mut self, message: &'a str) -> IkeMessage<'a> {
        let mut out = IkeMessage::default();
        self.parse_into(message, &mut out);
        out
    }

    /// Reads the next message into `out`, of which nothing stays.
    #[inline]
    pub fn parse_into<'a>(&mut self, message: &'a str, out: &mut IkeMessage<'a>) {
        *out = IkeMessage::default();
        read(message, Some(&mut self.known), self.wanted, out);
    }
}

fn read<'a>(message: &'a str, known: Option<&mut Ends>, wanted: Values, out: &mut IkeMessage<'a>) {
    let bytes = message.as_bytes();
    let mut at = skip_spaces(bytes, 0);
    if let Some((severity, end)) = severity(message, at) {
        out.severity = Some(severity);
        at = end;
    }
    let packet = classic::packet_tag(message, at);
    if packet.is_none() && structured::begins(message, at) {
        structured::read(message, at, out);
    } else {
        classic::read(message, at, packet, known, wanted, out);
    }
}

/// `(Error)[` at `at`: the word and the offset of the bracket. Elsewhere parentheses are part of the text.
fn severity(text: &str, at: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    if byte(bytes, at) != b'(' {
        return None;
    }
    let end = skip_while(bytes, at + 1, |b| b.is_ascii_alphabetic());
    let closed = end > at + 1 && byte(bytes, end) == b')';
    let next = skip_spaces(bytes, end + 1);
    (closed && byte(bytes, next) == b'[').then(|| (slice(text, at + 1, end), next))
}
