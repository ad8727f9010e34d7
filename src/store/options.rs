//! How stores are used, whatever they hold.

use std::sync::Arc;

use super::azure::Accounts;
use super::cache::Cache;
use super::wire::RETRIES;

/// How a store is used.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// How often a request is repeated after a fault that may pass: busy, reset, timeout.
    pub retries: usize,
    /// Where what was read is kept; nowhere when `None`.
    pub cache: Option<Arc<Cache>>,
    /// Accounts that were signed in to. Options that are copies of each other share them.
    pub accounts: Accounts,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { retries: RETRIES, cache: None, accounts: Accounts::default() }
    }
}
