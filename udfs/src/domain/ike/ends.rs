//! The addresses of recent messages, which the next ones usually name again.

use super::IkeMessage;
use super::endpoint::Endpoint;
use super::scan::{byte, slice};

/// Room for two IPv6 addresses with their ports and words.
const ROOM: usize = 128;

/// Pairs of addresses that are remembered: a gateway's tunnels, mostly. A power of two.
const PLACES: usize = 16;

/// `Remote ip:port: Local ip:port: ` as recent messages wrote it, with what was found in it. Rows of one negotiation stand
/// together, and keep-alive packets of some tunnels go on for ever; comparing the bytes is far cheaper than reading them.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends(Vec<Pair>);

#[derive(Debug, Clone)]
struct Pair {
    text: [u8; ROOM],
    length: usize,
    /// Offsets of the addresses in `text`, with their ports.
    remote: (usize, usize, Option<u16>),
    local: (usize, usize, Option<u16>),
}

const NONE: Pair = Pair { text: [0; ROOM], length: 0, remote: (0, 0, None), local: (0, 0, None) };

/// Where a pair that begins with `bytes` is remembered: by what differs from tunnel to tunnel, the end of the peer's
/// address and the end of the gateway's.
#[inline]
fn place(bytes: &[u8]) -> usize {
    let word = |at: usize| bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u64::from_le_bytes(*b));
    let mixed = (word(14) ^ word(22).rotate_left(7) ^ word(34).rotate_left(13)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 60) as usize % PLACES
}

impl Ends {
    /// Copies what is known of the text at `at`, and gives the offset after it, before its last space. `None` when it is
    /// not known.
    #[inline]
    pub(super) fn again<'a>(&self, text: &'a str, at: usize, out: &mut IkeMessage<'a>) -> Option<usize> {
        let rest = text.as_bytes().get(at..)?;
        let pair = self.0.get(place(rest)).filter(|pair| pair.length > 0)?;
        if !rest.starts_with(pair.text.get(..pair.length)?) {
            return None;
        }
        let piece = |(from, to, _): (usize, usize, Option<u16>)| Some(slice(text, at + from, at + to));
        (out.remote_ip, out.remote_port) = (piece(pair.remote), pair.remote.2);
        (out.local_ip, out.local_port) = (piece(pair.local), pair.local.2);
        Some(at + pair.length - 1)
    }

    /// Remembers what was found from `start` on. Only with a colon and a space behind it: there reading ends, whatever
    /// follows, so that the same bytes mean the same elsewhere.
    #[inline]
    pub(super) fn keep(&mut self, text: &str, start: usize, remote: Endpoint<'_>, local: Endpoint<'_>) {
        let bytes = text.as_bytes();
        let end = local.end + 2;
        let closed = byte(bytes, local.end) == b':' && byte(bytes, local.end + 1) == b' ';
        let Some(whole) = bytes.get(start..end).filter(|whole| closed && whole.len() <= ROOM) else { return };
        if self.0.is_empty() {
            self.0.resize(PLACES, NONE);
        }
        let Some(rest) = bytes.get(start..) else { return };
        let Some(pair) = self.0.get_mut(place(rest)) else { return };
        let Some(room) = pair.text.get_mut(..whole.len()) else { return };
        room.copy_from_slice(whole);
        pair.length = whole.len();
        // Both addresses are pieces of `text`.
        let at = |found: Endpoint<'_>| {
            let from = (found.ip.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize).wrapping_sub(start);
            (from, from.wrapping_add(found.ip.len()), found.port)
        };
        (pair.remote, pair.local) = (at(remote), at(local));
    }
}
