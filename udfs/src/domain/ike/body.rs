//! The values that stand anywhere in a message's text: ids, cookies, codes, and the texts that run to the end.

use super::IkeMessage;
use super::scan::{
    after_word, byte, class, error_code, is, number, skip, skip_separators, skip_spaces, skip_while, slice, tail,
};

/// Bytes looked at together.
const BLOCK: usize = 16;

/// Reads every known value of `text` from `from` on into `out`; the first of each counts.
pub(super) fn read<'a>(text: &'a str, from: usize, out: &mut IkeMessage<'a>) {
    let bytes = text.as_bytes();
    value(text, from, from, out);
    // Each block starts at the byte before the first word start it looks for, and ends one after the last.
    let mut at = from;
    let mut padded = [0; BLOCK + 2];
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() > 2) {
        // The last block reaches back; what it finds again changes nothing, since the first of each value counts.
        let (base, block) = match (rest.first_chunk(), bytes.last_chunk()) {
            (Some(block), _) => (at, block),
            (None, Some(block)) => (bytes.len() - block.len(), block),
            (None, None) => {
                padded.iter_mut().zip(rest).for_each(|(to, b)| *to = *b);
                (at, &padded)
            }
        };
        let mut starts = key_starts(block);
        while starts != 0 {
            let place = starts.trailing_zeros() / 8;
            starts &= !(0xFF << (8 * place));
            let start = base + 1 + place as usize;
            // The block test takes digits and underscores for gaps.
            let before = byte(bytes, start - 1);
            if start > from && !is(before, class::ALPHANUMERIC) && before != b'_' {
                value(text, from, start, out);
            }
        }
        at += BLOCK;
    }
}

/// The first two letters of every key that [`value`] knows, in lower case.
const KEYS: [[u8; 2]; 9] = [*b"tu", *b"ts", *b"ic", *b"rc", *b"er", *b"hr", *b"wi", *b"no", *b"me"];

/// Both letters in one number. The keys have eight of the 256 (`tu` and `no` share one), and words of these messages
/// hardly ever have one of them: a comparison for each number, instead of one for each letter.
const fn both(first: u8, second: u8) -> u8 {
    first.wrapping_add(first) ^ second
}

/// Where words begin in `block` with the first two letters of a key: a byte each, zero where none does, and seldom not
/// zero where none does. Without branches, and with single-byte steps only, the compiler turns the loop into a few wide
/// instructions.
#[inline]
fn key_starts(block: &[u8; BLOCK + 2]) -> u128 {
    let mut hits = [0u8; BLOCK];
    for (at, hit) in hits.iter_mut().enumerate() {
        let (before, first, second) = (block[at], block[at + 1] | 0x20, block[at + 2] | 0x20);
        let gap = (before.cast_signed() < 0x41) | ((before | 0x20).cast_signed() > 0x7A);
        let letters = both(first, second);
        let mut key = false;
        for [first, second] in KEYS {
            key |= letters == both(first, second);
        }
        *hit = u8::from(gap & key);
    }
    u128::from_le_bytes(hits)
}

/// Reads the value whose key may start at `at`.
fn value<'a>(text: &'a str, from: usize, at: usize, out: &mut IkeMessage<'a>) {
    let bytes = text.as_bytes();
    match byte(bytes, at) | 0x20 {
        b't' => {
            if byte(bytes, at + 1) | 0x20 == b's' {
                out.ts_id = out.ts_id.or_else(|| id(bytes, after_word(bytes, at, b"ts")));
            } else {
                out.tunnel_id = out.tunnel_id.or_else(|| id(bytes, after_word(bytes, at, b"tunnel")));
            }
        }
        b'i' if out.i_cookie.is_none() => out.i_cookie = cookie(text, after_word(bytes, at, b"icookie")),
        b'r' if out.r_cookie.is_none() => out.r_cookie = cookie(text, after_word(bytes, at, b"rcookie")),
        b'e' | b'h' if out.error_code.is_none() => out.error_code = printed_code(bytes, at),
        b'w' if out.close_status.is_none() => {
            let status = after_word(bytes, at, b"with status ").map(|end| tail(text, end).trim_ascii());
            // Other texts may come to speak of a status; only a closed tunnel has one that explains it.
            let before = || bytes.get(from..at).unwrap_or_default();
            let closed = || {
                after_word(bytes, from, b"ike tunnel closed").is_some() || before().windows(6).any(|w| w == b"closed")
            };
            if let Some(status) = status.filter(|s| !s.is_empty() && closed()) {
                out.close_status = Some(status);
                if let Some((_, end)) = number(status.as_bytes(), 0).filter(|(_, end)| *end == status.len()) {
                    out.error_code = out.error_code.or_else(|| error_code(slice(status, 0, end).as_bytes(), 0));
                }
            }
        }
        b'n' if out.notify.is_none() => {
            let Some(end) = after_word(bytes, at, b"notify message") else { return };
            let sign = skip_spaces(bytes, end);
            if matches!(byte(bytes, sign), b'-' | b':') {
                out.notify = Some(tail(text, sign + 1).trim_ascii()).filter(|notify| !notify.is_empty());
            }
        }
        b'm' if out.message_id.is_none() => {
            let Some(end) = after_word(bytes, at, b"messid") else { return };
            let start = skip_separators(bytes, end);
            let end = skip_while(bytes, start, |b| b.is_ascii_alphanumeric() || b == b'-');
            out.message_id = Some(slice(text, start, end)).filter(|id| !id.is_empty());
        }
        _ => {}
    }
}

/// The number after `tunnelId`, `tunnel Id`, `Tsid`, `TSId` and so on.
fn id(bytes: &[u8], after_name: Option<usize>) -> Option<u64> {
    let end = skip_spaces(bytes, after_name?);
    let end = after_word(bytes, end, b"id")?;
    number(bytes, skip_separators(bytes, end)).map(|(value, _)| value)
}

/// A cookie: `0x` and hexadecimal digits, or all 16 digits without it.
fn cookie(text: &str, after_key: Option<usize>) -> Option<&str> {
    let bytes = text.as_bytes();
    let start = skip_separators(bytes, after_key?);
    let prefixed = byte(bytes, start) == b'0' && byte(bytes, start + 1) | 0x20 == b'x';
    let digits = if prefixed { start + 2 } else { start };
    // Nearly every cookie has all its digits; they are looked at together.
    let all = bytes.get(digits..).and_then(|rest| rest.first_chunk()).is_some_and(is_hex);
    let end = skip(bytes, if all { digits + 16 } else { digits }, class::HEX);
    let whole = !is(byte(bytes, end), class::ALPHANUMERIC);
    let enough = if prefixed { end > digits } else { end - digits == 16 };
    (whole && enough).then(|| slice(text, start, end))
}

/// Whether the bytes are hexadecimal digits. Without an early end, so that it is done in wide steps.
fn is_hex(bytes: &[u8; 16]) -> bool {
    bytes.iter().fold(true, |all, b| all & (b.is_ascii_digit() | (b | 0x20).wrapping_sub(b'a').lt(&6)))
}

/// The code of `error 13868`, `error code: 13868`, `ErrorCode=0x35E9`, `Windows error 13843(NAME)`, `HRESULT 0x80073613`.
fn printed_code(bytes: &[u8], at: usize) -> Option<u32> {
    let end = after_word(bytes, at, b"hresult").or_else(|| {
        let end = after_word(bytes, at, b"error")?;
        Some(after_word(bytes, skip_spaces(bytes, end), b"code").unwrap_or(end))
    })?;
    error_code(bytes, skip_separators(bytes, end))
}
