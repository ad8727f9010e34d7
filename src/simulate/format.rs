//! Numbers, ids and times as bytes, without the formatting machinery: these run for every line.

use crate::model::{TICKS_PER_SECOND, Ticks, format_ticks};

/// Ticks of a minute, an hour and a day.
pub(super) const MINUTE: Ticks = 60 * TICKS_PER_SECOND;
/// Ticks of an hour.
pub(super) const HOUR: Ticks = 60 * MINUTE;
/// Ticks of a day.
pub(super) const DAY: Ticks = 24 * HOUR;
/// Ticks of a millisecond.
pub(super) const MILLI: Ticks = TICKS_PER_SECOND / 1000;

/// Appends text.
#[inline]
pub(super) fn text(out: &mut Vec<u8>, s: &str) {
    out.extend_from_slice(s.as_bytes());
}

/// Appends a decimal number.
#[inline]
pub(super) fn decimal(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends `0x` and the number in upper-case hexadecimal without leading zeros.
#[inline]
pub(super) fn hex(out: &mut Vec<u8>, n: u64) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut digits = [0u8; 16];
    let width = ((64 - n.leading_zeros()).div_ceil(4)).max(1) as usize;
    for (i, slot) in digits[..width].iter_mut().enumerate() {
        *slot = DIGITS[((n >> (4 * (width - 1 - i))) & 15) as usize];
    }
    text(out, "0x");
    out.extend_from_slice(&digits[..width]);
}

/// The 36 characters of a GUID.
pub(super) fn guid(high: u64, low: u64, upper: bool) -> [u8; 36] {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let bits = (u128::from(high) << 64) | u128::from(low);
    // Version 4, variant 1, as any reader of GUIDs expects.
    let bits = (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let mut out = [b'-'; 36];
    let mut nibble = 32;
    for (i, slot) in out.iter_mut().enumerate() {
        if !matches!(i, 8 | 13 | 18 | 23) {
            nibble -= 1;
            *slot = digits[((bits >> (4 * nibble)) & 15) as usize];
        }
    }
    out
}

/// [`guid`] as text.
pub(super) fn guid_text(high: u64, low: u64, upper: bool) -> String {
    guid(high, low, upper).iter().map(|b| char::from(*b)).collect()
}

/// The hour of a blob, ready to be stamped on lines and into paths.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    start: Ticks,
    /// `2026-03-01T07:`.
    prefix: [u8; 14],
}

impl Stamp {
    /// The stamp of the hour that begins at `start`.
    pub(super) fn new(start: Ticks) -> Self {
        let mut prefix = *b"1970-01-01T00:";
        for (slot, byte) in prefix.iter_mut().zip(format_ticks(start).bytes()) {
            *slot = byte;
        }
        Self { start, prefix }
    }

    /// Appends a time such as `2026-03-01T07:00:01.1234567Z`. Times of other hours are right too, only slower.
    #[inline]
    pub(super) fn time(&self, out: &mut Vec<u8>, ticks: Ticks) {
        let within = ticks - self.start;
        if !(0..HOUR).contains(&within) {
            text(out, &format_ticks(ticks));
            return;
        }
        let (seconds, mut fraction) = (within / TICKS_PER_SECOND, within % TICKS_PER_SECOND);
        let (minute, second) = (seconds / 60, seconds % 60);
        let two = |n: i64| [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        let ([m1, m2], [s1, s2]) = (two(minute), two(second));
        let mut tail = [m1, m2, b':', s1, s2, b'.', 0, 0, 0, 0, 0, 0, 0, b'Z'];
        for slot in tail[6..13].iter_mut().rev() {
            *slot = b'0' + (fraction % 10) as u8;
            fraction /= 10;
        }
        out.extend_from_slice(&self.prefix);
        out.extend_from_slice(&tail);
    }

    /// `y=2026/m=03/d=01/h=07/m=00`, as Azure names the folders.
    pub(super) fn folder(&self) -> String {
        let part = |from: usize, to: usize| String::from_utf8_lossy(&self.prefix[from..to]).into_owned();
        format!("y={}/m={}/d={}/h={}/m=00", part(0, 4), part(5, 7), part(8, 10), part(11, 13))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::parse_iso;

    fn shown(f: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        f(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers() {
        for n in [0, 9, 10, 65_535, u64::MAX] {
            assert_eq!(shown(|o| decimal(o, n)), n.to_string());
            assert_eq!(shown(|o| hex(o, n)), format!("0x{n:X}"));
        }
        assert_eq!(guid_text(0, 0, false), "00000000-0000-4000-8000-000000000000");
        assert_eq!(guid_text(u64::MAX, u64::MAX, true), "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF");
    }

    #[test]
    fn times_and_folders() {
        let start = parse_iso("2026-03-01T07:00:00Z").unwrap();
        let stamp = Stamp::new(start);
        for more in [-1, 0, 1, 1_234_567, HOUR - 1, HOUR, DAY * 400] {
            assert_eq!(shown(|o| stamp.time(o, start + more)), format_ticks(start + more));
        }
        assert_eq!(stamp.folder(), "y=2026/m=03/d=01/h=07/m=00");
    }
}
