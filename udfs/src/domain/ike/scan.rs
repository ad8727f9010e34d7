//! Byte helpers that cannot fail: an offset past the end reads as nothing.

use memchr::memchr2;

/// `text[from..to]`, empty when that is no valid piece of it.
#[inline]
pub(super) fn slice(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// `text[from..]`, empty when that is no valid piece of it.
#[inline]
pub(super) fn tail(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

/// The byte at `at`; NUL past the end, which no rule here accepts as part of anything.
#[inline]
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

/// The first offset from `at` on whose byte is refused by `accept`.
#[inline]
pub(super) fn skip_while(bytes: &[u8], mut at: usize, accept: impl Fn(u8) -> bool) -> usize {
    while bytes.get(at).is_some_and(|b| accept(*b)) {
        at += 1;
    }
    at
}

/// Classes of bytes, as bits for [`skip`].
pub(super) mod class {
    /// ASCII white space.
    pub(in super::super) const SPACE: u8 = 1;
    /// Digits, and what redaction puts in their place.
    pub(in super::super) const MASKED_DIGIT: u8 = 2;
    /// Hexadecimal digits.
    pub(in super::super) const HEX: u8 = 4;
    /// What may stand between a key and its value: `tunnelId 0x3`, `Messid : 1`, `[TunnelId] 1`, `tunnelId=3`.
    pub(in super::super) const SEPARATOR: u8 = 8;
    /// Bracket tags: capitals, digits, underscores and spaces.
    pub(in super::super) const TAG: u8 = 16;
    /// Letters and digits.
    pub(in super::super) const ALPHANUMERIC: u8 = 32;
    /// The names in brackets of the structured family.
    pub(in super::super) const NAME: u8 = 64;
}

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let b = at as u8;
        let flags = [
            (b.is_ascii_whitespace(), class::SPACE),
            (b.is_ascii_digit() || matches!(b, b'x' | b'X' | b'*'), class::MASKED_DIGIT),
            (b.is_ascii_hexdigit(), class::HEX),
            (matches!(b, b' ' | b'\t' | b':' | b'=' | b']'), class::SEPARATOR),
            (b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b' '), class::TAG),
            (b.is_ascii_alphanumeric(), class::ALPHANUMERIC),
            (b.is_ascii_alphanumeric() || matches!(b, b'_' | b' '), class::NAME),
        ];
        let mut flag = 0;
        while flag < flags.len() {
            if flags[flag].0 {
                classes[at] |= flags[flag].1;
            }
            flag += 1;
        }
        at += 1;
    }
    classes
};

/// Whether `b` belongs to one of `classes`.
#[inline]
pub(super) fn is(b: u8, classes: u8) -> bool {
    CLASSES[usize::from(b)] & classes != 0
}

/// The first offset from `at` on whose byte belongs to none of `classes`.
#[inline]
pub(super) fn skip(bytes: &[u8], at: usize, classes: u8) -> usize {
    skip_while(bytes, at, |b| is(b, classes))
}

/// The first offset from `at` on that is not ASCII white space.
#[inline]
pub(super) fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    skip(bytes, at, class::SPACE)
}

/// The first offset from `at` on that does not separate a key from its value.
#[inline]
pub(super) fn skip_separators(bytes: &[u8], at: usize) -> usize {
    skip(bytes, at, class::SEPARATOR)
}

/// The offset after `word` when it stands at `at` in any case. `word` is given in lower case.
///
/// The length is part of the type so that the comparison becomes a few wide instructions.
#[inline(always)]
pub(super) fn after_word<const N: usize>(bytes: &[u8], at: usize, word: &[u8; N]) -> Option<usize> {
    let found: &[u8; N] = bytes.get(at..)?.first_chunk()?;
    let mut differ = 0;
    for (found, wanted) in found.iter().zip(word) {
        let case = if wanted.is_ascii_lowercase() { 0x20 } else { 0 };
        differ |= (found | case) ^ wanted;
    }
    (differ == 0).then_some(at + N)
}

/// The offset where `word` first stands from `from` on, in any case and anywhere, even inside a longer word. `word` is
/// given in lower case and begins with a letter.
pub(super) fn find_word<const N: usize>(bytes: &[u8], mut from: usize, word: &[u8; N]) -> Option<usize> {
    let first = word.first().copied()?;
    loop {
        let at = from + memchr2(first, first.to_ascii_uppercase(), bytes.get(from..)?)?;
        if after_word(bytes, at, word).is_some() {
            return Some(at);
        }
        from = at + 1;
    }
}

/// A decimal or `0x` number at `at` and the offset after it. `None` when it overflows or letters or digits follow.
#[inline]
pub(super) fn number(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let hex = byte(bytes, at) == b'0' && byte(bytes, at + 1) | 0x20 == b'x';
    let (radix, start) = if hex { (16, at + 2) } else { (10, at) };
    let (mut value, mut end) = (0u64, start);
    while let Some(digit) = char::from(byte(bytes, end)).to_digit(radix) {
        value = value.checked_mul(u64::from(radix))?.checked_add(u64::from(digit))?;
        end += 1;
    }
    (end > start && !byte(bytes, end).is_ascii_alphanumeric()).then_some((value, end))
}

/// A printed Windows code at `at`: decimal, hexadecimal, or an HRESULT (also as a negative decimal). An HRESULT of
/// facility Win32 (`0x8007....`) gives the code it wraps, so that all spellings of one error are equal.
pub(super) fn error_code(bytes: &[u8], at: usize) -> Option<u32> {
    let code = if byte(bytes, at) == b'-' {
        let (value, _) = number(bytes, at + 1)?;
        i32::try_from(-i64::try_from(value).ok()?).ok()?.cast_unsigned()
    } else {
        u32::try_from(number(bytes, at)?.0).ok()?
    };
    Some(if code & 0xFFFF_0000 == 0x8007_0000 { code & 0xFFFF } else { code })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, wanted) in [
            ("0", Some((0, 1))),
            ("0x37  ]", Some((0x37, 4))),
            ("0XfF,", Some((255, 4))),
            ("684 ", Some((684, 3))),
            ("0xFFFFFFFFFFFFFFFF", Some((u64::MAX, 18))),
            ("0x10000000000000000", None),
            ("18446744073709551616", None),
            ("0x", None),
            ("", None),
            ("12a", None),
            ("0x3and", None),
        ] {
            assert_eq!(number(text.as_bytes(), 0), wanted, "{text}");
        }
    }

    #[test]
    fn words_in_any_case() {
        for (text, from, wanted) in [
            ("Number of TSIs 1", 0, Some(10)),
            ("tsiTSI", 1, Some(3)),
            ("ts", 0, None),
            ("tstsi", 0, Some(2)),
            ("", 0, None),
            ("tsi", 9, None),
        ] {
            assert_eq!(find_word(text.as_bytes(), from, b"tsi"), wanted, "{text}");
        }
    }

    #[test]
    fn error_codes() {
        for (text, wanted) in [
            ("13801", Some(13801)),
            ("0x35E9", Some(13801)),
            ("0x000035e9", Some(13801)),
            ("0x80073613", Some(13843)),
            ("-2147011053", Some(13843)),
            ("2147956243", Some(13843)),
            ("0x80004005", Some(0x8000_4005)),
            ("0x100000000", None),
            ("-9999999999", None),
            ("-", None),
        ] {
            assert_eq!(error_code(text.as_bytes(), 0), wanted, "{text}");
        }
    }
}
