//! What was read of remote stores, kept on the local disk, so that the same question is not paid for twice.
//!
//! Plain files in one folder, of which any number of processes make use at once without locks: a file is written under
//! another name and renamed, what is read is compared with its length and checksum, and a file that is gone is fetched
//! again. An entry is a range of a blob, and belongs to the entity tag that the blob had when it was listed: a blob that
//! changed is another one. Data files of archives have names that are never used twice, and need no tag.
//!
//! `cacache`, the nearest crate, keeps everything by content and knows no limit of size; what it would add to this is an
//! index that has to be read first.

mod disk;
mod store;

pub use disk::{Cache, Kept};
pub use store::Cached;
pub(super) use store::answer;
pub(super) use store::key;

/// The entity tag that a blob had when it was listed, for whoever answers a request for it.
#[derive(Debug, Clone)]
pub struct Tag(pub String);
