//! The only place that knows object-store URLs, credentials, listing and how bytes are fetched.
//!
//! Local folders go through the same interface as blob storage. Nothing here writes to a source.

mod counted;
mod fetch;
mod layout;
mod listing;
mod location;
mod secrets;
mod synced;

pub use counted::{Counted, Reads};
pub use fetch::{BlobReader, Counters};
pub use layout::{HourRange, PathInfo};
pub use listing::{Blob, Wanted, list};
pub use location::{Location, StoreError};
pub use secrets::{redact, without_secrets};
