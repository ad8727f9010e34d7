//! Something that went wrong with storage, in words for the user.

use std::fmt;

use super::trouble::Trouble;

/// What was expected, what was found, where, a hint.
#[derive(Debug)]
pub struct StoreError(String);

impl StoreError {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What a store met, where the place is not known.
    pub fn of(error: &object_store::Error) -> Self {
        Self::at("use", "the storage", error)
    }

    /// What `action` met at `place`.
    pub fn at(action: &str, place: impl fmt::Display, error: &object_store::Error) -> Self {
        Self(format!("cannot {action} {place}: {}", Trouble::of(error)))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
