//! The only place that knows object-store URLs, credentials, listing and how bytes are fetched.
//!
//! Local folders go through the same interface as blob storage. Nothing here writes to a source.

mod cache;
mod counted;
mod fetch;
mod layout;
mod listing;
mod location;
mod memo;
mod options;
mod paged;
mod ranges;
mod remote;
mod synced;
mod tags;
mod wire;

pub use cache::{Cache, Kept};
pub use counted::{Counted, Reads};
pub use fetch::{BlobReader, Counters};
pub use layout::{HourRange, PathInfo};
pub use listing::{Blob, Wanted, list};
pub use location::{Location, StoreError};
pub use memo::{Memo, SMALL_FILE};
pub use options::StoreOptions;
pub use ranges::gets;
pub use wire::{RETRIES, Requests, Sent, Traffic};
