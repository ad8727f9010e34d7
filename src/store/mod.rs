//! The only place that knows object-store URLs, credentials, listing and how bytes are fetched.
//!
//! Local folders go through the same interface as blob storage. Nothing here writes to a source.

mod azure;
mod counted;
mod error;
mod fetch;
mod layout;
mod listing;
mod location;
mod others;
mod probe;
mod secrets;
mod synced;
mod trouble;

pub use azure::Azure;
pub use counted::{Counted, Reads};
pub use error::StoreError;
pub use fetch::{BlobReader, Counters};
pub use layout::{HourRange, PathInfo};
pub use listing::{Blob, Wanted, list};
pub use location::Location;
pub use probe::{Outcome, Step, probe};
pub use secrets::{redact, without_secrets};
pub use trouble::Trouble;
