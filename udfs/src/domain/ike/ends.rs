//! The addresses of the last message, which the next one usually names again.

use super::IkeMessage;
use super::endpoint::Endpoint;
use super::scan::{byte, slice};

/// Room for two IPv6 addresses with their ports and words.
const ROOM: usize = 128;

/// `Remote ip:port: Local ip:port: ` as the last message that had it wrote it, with what was found in it. Rows of one
/// negotiation, and a packet with its answer, stand together; comparing the bytes is far cheaper than reading them.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    text: [u8; ROOM],
    length: usize,
    /// Offsets of the addresses in `text`, with their ports.
    remote: (usize, usize, Option<u16>),
    local: (usize, usize, Option<u16>),
}

impl Default for Ends {
    fn default() -> Self {
        Self { text: [0; ROOM], length: 0, remote: (0, 0, None), local: (0, 0, None) }
    }
}

impl Ends {
    /// Whether the same text stands at `at`.
    #[inline]
    pub(super) fn begins(&self, bytes: &[u8], at: usize) -> bool {
        let known = self.text.get(..self.length).unwrap_or_default();
        self.length > 0 && bytes.get(at..).is_some_and(|rest| rest.starts_with(known))
    }

    /// What [`Ends::begins`] has found at `at`, and the offset after it, before its last space.
    #[inline]
    pub(super) fn copy<'a>(&self, text: &'a str, at: usize, out: &mut IkeMessage<'a>) -> usize {
        let piece = |(from, to, _): (usize, usize, Option<u16>)| Some(slice(text, at + from, at + to));
        (out.remote_ip, out.remote_port) = (piece(self.remote), self.remote.2);
        (out.local_ip, out.local_port) = (piece(self.local), self.local.2);
        at + self.length - 1
    }

    /// Remembers what was found from `start` on. Only with a colon and a space behind it: there reading ends, whatever
    /// follows, so that the same bytes mean the same elsewhere.
    #[inline]
    pub(super) fn keep(&mut self, text: &str, start: usize, remote: Endpoint<'_>, local: Endpoint<'_>) {
        let bytes = text.as_bytes();
        let end = local.end + 2;
        let closed = byte(bytes, local.end) == b':' && byte(bytes, local.end + 1) == b' ';
        let Some(whole) = bytes.get(start..end).filter(|whole| closed && whole.len() <= ROOM) else { return };
        let Some(room) = self.text.get_mut(..whole.len()) else { return };
        room.copy_from_slice(whole);
        self.length = whole.len();
        // Both addresses are pieces of `text`.
        let place = |found: Endpoint<'_>| {
            let from = (found.ip.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize).wrapping_sub(start);
            (from, from.wrapping_add(found.ip.len()), found.port)
        };
        (self.remote, self.local) = (place(remote), place(local));
    }
}
