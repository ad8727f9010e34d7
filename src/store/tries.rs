//! How often a part of a blob may fail: one bound for requests that are refused, connections that break and bodies that
//! break off, however many layers repeat them.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

/// Failures of one read so far. It travels with the read's requests, as an extension of theirs, down to the wire.
#[derive(Debug, Clone)]
pub struct Tries(Arc<Mutex<Failures>>);

#[derive(Debug)]
struct Failures {
    allowed: usize,
    met: usize,
    last: String,
}

/// There were too many; the text of the last one.
#[derive(Debug)]
pub struct TooMany(pub String);

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TooMany {}

impl Tries {
    /// Lets so many failures pass.
    pub fn new(allowed: usize) -> Self {
        Self(Arc::new(Mutex::new(Failures { allowed, met: 0, last: String::new() })))
    }

    /// One more failure; whether another try is left.
    pub fn failed(&self, why: impl fmt::Display) -> bool {
        let mut failures = self.0.lock();
        failures.met += 1;
        failures.last = why.to_string();
        failures.met <= failures.allowed
    }

    /// Failures so far.
    pub fn met(&self) -> usize {
        self.0.lock().met
    }

    /// Says why, when no try is left.
    pub fn check(&self) -> Result<(), TooMany> {
        let failures = self.0.lock();
        if failures.met <= failures.allowed { Ok(()) } else { Err(TooMany(failures.last.clone())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_one_for_all_who_share_it() {
        let tries = Tries::new(2);
        let same = tries.clone();
        assert!(tries.failed("a") && same.check().is_ok() && same.failed("b") && tries.check().is_ok());
        assert!(!tries.failed("c"));
        assert_eq!((same.met(), same.check().unwrap_err().to_string()), (3, "c".to_owned()));
        assert!(!Tries::new(0).failed("a"));
    }
}
