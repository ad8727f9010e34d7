//! Finds the bytes that end a run of plain text inside a JSON string, many bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks the bytes of `word` that are a quote, a backslash or a control character. Only the lowest mark is exact
/// (subtraction borrows upwards), and only that one is used.
#[inline]
fn marks(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let slash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    ((quote.wrapping_sub(ONES) & !quote) | (slash.wrapping_sub(ONES) & !slash) | control) & HIGHS
}

/// The index, not before `from`, of the first quote, backslash or control character; the length when there is none.
#[inline]
pub(crate) fn special_at(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut rest = bytes.get(from..).unwrap_or_default();
    // Keys and short values end within the first words; long messages go on in wide blocks, which vectorise.
    for _ in 0..4 {
        let Some((chunk, tail)) = rest.split_first_chunk::<8>() else { break };
        let found = marks(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
        rest = tail;
    }
    while let Some((block, tail)) = rest.split_first_chunk::<32>() {
        if block.iter().fold(false, |any, &b| any | (b == b'"') | (b == b'\\') | (b < 0x20)) {
            break;
        }
        at += 32;
        rest = tail;
    }
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let found = marks(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
        rest = tail;
    }
    at + rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_bytes_are_found_wherever_they_stand() {
        for length in 0..150 {
            for special in [b'"', b'\\', 0x1f, 0, b'\n'] {
                for place in 0..length {
                    // 0x80 and up, and neighbours of the special bytes, must not be taken for special ones.
                    let mut bytes: Vec<u8> =
                        (0..length).map(|i| [b'!', b'#', 0x20, 0xa2, 0xdc, 0x80, 0xff, b'[', b']'][i % 9]).collect();
                    bytes[place] = special;
                    for from in [0, place / 2, place] {
                        assert_eq!(special_at(&bytes, from), place);
                    }
                    assert_eq!(special_at(&bytes, place + 1), length);
                }
            }
        }
    }
}
