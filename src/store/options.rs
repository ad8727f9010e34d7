//! How stores are used, whatever they hold.

use std::sync::Arc;

use super::cache::Cache;
use super::wire::RETRIES;

/// How a store is used.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// How often a request is repeated after a fault that may pass: busy, reset, timeout.
    pub retries: usize,
    /// Where what was read is kept; nowhere when `None`.
    pub cache: Option<Arc<Cache>>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { retries: RETRIES, cache: None }
    }
}
