//! The only place that knows object-store URLs, credentials, listing and how bytes are fetched.
//!
//! Local folders go through the same interface as blob storage. Nothing here writes to a source.

mod azure;
mod cache;
mod client;
mod counted;
mod error;
mod fetch;
mod layout;
mod listing;
mod location;
mod memo;
mod nested;
mod options;
mod others;
mod paged;
mod probe;
mod ranges;
mod remote;
mod secrets;
mod signin;
mod synced;
mod tags;
mod tries;
mod trouble;
mod wire;

pub use azure::{Accounts, Azure};
pub use cache::{Cache, Kept};
pub use counted::{Counted, Reads};
pub use error::StoreError;
pub use fetch::{BlobReader, Counters};
pub use layout::{HourRange, PathInfo};
pub use listing::{Blob, Listed, Wanted, list};
pub use location::Location;
pub use memo::{Memo, SMALL_FILE};
pub use options::StoreOptions;
pub use probe::{Outcome, Step, probe};
pub use ranges::{cached, cached_file, gets};
pub use secrets::{redact, without_secrets};
pub use trouble::{Trouble, innermost};
pub use wire::{RETRIES, Requests, Sent, Traffic};
