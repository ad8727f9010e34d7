//! Where words begin that may be a key: 64 bytes of a text at a time.

/// Places looked at together: a bit each in one word.
pub(super) const WIDTH: usize = 64;

/// The bytes at those places, with the one before them and the one after them.
pub(super) type Block = [u8; WIDTH + 2];

/// The first two letters of every key that a text may have, in lower case.
const KEYS: [[u8; 2]; 9] = [*b"tu", *b"ts", *b"ic", *b"rc", *b"er", *b"hr", *b"wi", *b"no", *b"me"];

/// Both letters in one number. The keys have eight of the 256 (`tu` and `no` share one), and words of these messages
/// hardly ever have one of them: a comparison for each number, instead of one for each letter.
const fn both(first: u8, second: u8) -> u8 {
    first.wrapping_add(first) ^ second
}

/// Where words begin in `block` with the first two letters of a key: a bit each, set where one does, and seldom where none
/// does. The lowest bit stands for the second byte, which is the first that has one before it. Digits and underscores are
/// taken for gaps between words.
#[inline]
pub(super) fn key_starts(block: &Block) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function asks for, as was just seen.
        #[allow(unsafe_code)]
        return unsafe { wide(block) };
    }
    plain(block)
}

/// [`key_starts`] on any processor.
fn plain(block: &Block) -> u64 {
    // Eight bytes of 0 or 1 become eight bits: the product puts them beside each other in its highest byte.
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    starts(block).as_chunks().0.iter().rev().fold(0, |all, eight| all << 8 | bits(eight))
}

/// [`key_starts`] in instructions of 32 bytes: a sixth of reading a message is gained, most of it by the instruction that
/// makes bits of bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn wide(block: &Block) -> u64 {
    use std::arch::x86_64::{_mm256_loadu_si256, _mm256_movemask_epi8, _mm256_slli_epi16};
    let starts = starts(block);
    starts.as_chunks::<32>().0.iter().rev().fold(0, |all, half| {
        // SAFETY: 32 bytes are read, and there are so many; they need not be aligned.
        #[allow(unsafe_code)]
        let half = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
        all << 32 | u64::from(_mm256_movemask_epi8(_mm256_slli_epi16::<7>(half)).cast_unsigned())
    })
}

/// A byte for each place, 1 where a key may start. Each step is one for all bytes and without branches, so that the
/// compiler takes the widest instructions that it may.
#[inline(always)]
fn starts(block: &Block) -> [u8; WIDTH] {
    let (Some(before), Some(first), Some(second)) =
        (block.first_chunk::<WIDTH>(), block[1..].first_chunk::<WIDTH>(), block.last_chunk::<WIDTH>())
    else {
        return [0; WIDTH];
    };
    let letters: [u8; WIDTH] = std::array::from_fn(|at| both(first[at] | 0x20, second[at] | 0x20));
    let mut starts = [false; WIDTH];
    for [first, second] in KEYS {
        let key = both(first, second);
        starts.iter_mut().zip(&letters).for_each(|(start, letters)| *start |= *letters == key);
    }
    for (start, before) in starts.iter_mut().zip(before) {
        *start &= (before | 0x20).wrapping_sub(b'a') >= 26;
    }
    starts.map(u8::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_seen_wherever_it_stands_but_not_inside_a_word() {
        for key in KEYS {
            for place in 0..WIDTH {
                for before in *b" [(_9`@{\xA0aZ" {
                    let mut block: Block = [b'x'; WIDTH + 2];
                    (block[place], block[place + 1], block[place + 2]) = (before, key[0].to_ascii_uppercase(), key[1]);
                    let wanted = u64::from(!before.is_ascii_alphabetic()) << place;
                    // Both ways: a processor takes one of them only.
                    assert_eq!((plain(&block), key_starts(&block)), (wanted, wanted), "{key:?} at {place}");
                }
            }
        }
    }
}
