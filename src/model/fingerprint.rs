//! A short proof that some bytes are still the same.

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

/// Length and hash of a piece of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// How many bytes.
    pub length: u64,
    /// XXH3-64 of them.
    pub hash: u64,
}

/// Bytes as hexadecimal digits, small letters: how digests are written.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Fingerprint {
    /// How many bytes of the beginning and of the end of a source are remembered.
    pub const BYTES: usize = 1024;

    /// The fingerprint of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, hash: XxHash3_64::oneshot(bytes) }
    }
}
