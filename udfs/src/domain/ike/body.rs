//! The values that stand anywhere in a message's text: ids, cookies, codes, and the texts that run to the end.

use super::IkeMessage;
use super::scan::{
    after_word, byte, class, error_code, is, number, skip, skip_separators, skip_spaces, skip_while, slice, tail,
};
use super::starts::{Block, WIDTH, key_starts};
use super::values::Values;

/// Reads the wanted values of `text` from `from` on into `out`; the first of each counts.
pub(super) fn read<'a>(text: &'a str, from: usize, mut wanted: Values, out: &mut IkeMessage<'a>) {
    let bytes = text.as_bytes();
    if wanted == Values::NONE {
        return;
    }
    value(text, from, from, &mut wanted, out);
    // Each block starts at the byte before the first word start it looks for, and ends one after the last.
    let mut at = from;
    let mut padded: Block = [0; WIDTH + 2];
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() > 2 && wanted != Values::NONE) {
        // The last block reaches back over what was looked at already.
        let (base, block): (usize, &Block) = match (rest.first_chunk(), bytes.last_chunk()) {
            (Some(block), _) => (at, block),
            (None, Some(block)) => (bytes.len() - block.len(), block),
            (None, None) => {
                padded.iter_mut().zip(rest).for_each(|(to, b)| *to = *b);
                (at, &padded)
            }
        };
        let mut starts = key_starts(block) & (u64::MAX << (at - base));
        while starts != 0 {
            let start = base + 1 + starts.trailing_zeros() as usize;
            starts &= starts - 1;
            // The block test takes digits and underscores for gaps.
            let before = byte(bytes, start - 1);
            if !is(before, class::ALPHANUMERIC) && before != b'_' {
                value(text, from, start, &mut wanted, out);
            }
        }
        at += WIDTH;
    }
}

/// Reads the value whose key may start at `at`, if it is wanted; it is not wanted any more once it is found.
fn value<'a>(text: &'a str, from: usize, at: usize, wanted: &mut Values, out: &mut IkeMessage<'a>) {
    let bytes = text.as_bytes();
    match byte(bytes, at) | 0x20 {
        b't' => {
            if byte(bytes, at + 1) | 0x20 == b's' {
                if wanted.has(Values::TS_ID) {
                    out.ts_id = wanted.found(Values::TS_ID, id(bytes, after_word(bytes, at, b"ts")));
                }
            } else if wanted.has(Values::TUNNEL_ID) {
                out.tunnel_id = wanted.found(Values::TUNNEL_ID, id(bytes, after_word(bytes, at, b"tunnel")));
            }
        }
        b'i' if wanted.has(Values::I_COOKIE) => {
            out.i_cookie = wanted.found(Values::I_COOKIE, cookie(text, after_word(bytes, at, b"icookie")));
        }
        b'r' if wanted.has(Values::R_COOKIE) => {
            out.r_cookie = wanted.found(Values::R_COOKIE, cookie(text, after_word(bytes, at, b"rcookie")));
        }
        b'e' | b'h' if wanted.has(Values::ERROR_CODE) => {
            out.error_code = wanted.found(Values::ERROR_CODE, printed_code(bytes, at));
        }
        b'w' if wanted.has(Values::CLOSE_STATUS) => {
            let status = after_word(bytes, at, b"with status ").map(|end| tail(text, end).trim_ascii());
            // Other texts may come to speak of a status; only a closed tunnel has one that explains it.
            let before = || bytes.get(from..at).unwrap_or_default();
            let closed = || {
                after_word(bytes, from, b"ike tunnel closed").is_some() || before().windows(6).any(|w| w == b"closed")
            };
            out.close_status = wanted.found(Values::CLOSE_STATUS, status.filter(|s| !s.is_empty() && closed()));
            let code = out.close_status.filter(|_| wanted.has(Values::ERROR_CODE)).unwrap_or_default().as_bytes();
            if number(code, 0).is_some_and(|(_, end)| end == code.len()) {
                out.error_code = wanted.found(Values::ERROR_CODE, error_code(code, 0));
            }
        }
        b'n' if wanted.has(Values::NOTIFY) => {
            let Some(end) = after_word(bytes, at, b"notify message") else { return };
            let sign = skip_spaces(bytes, end);
            if matches!(byte(bytes, sign), b'-' | b':') {
                let notify = Some(tail(text, sign + 1).trim_ascii()).filter(|notify| !notify.is_empty());
                out.notify = wanted.found(Values::NOTIFY, notify);
            }
        }
        b'm' if wanted.has(Values::MESSAGE_ID) => {
            let Some(end) = after_word(bytes, at, b"messid") else { return };
            let start = skip_separators(bytes, end);
            let end = skip_while(bytes, start, |b| b.is_ascii_alphanumeric() || b == b'-');
            let id = Some(slice(text, start, end)).filter(|id| !id.is_empty());
            out.message_id = wanted.found(Values::MESSAGE_ID, id);
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
