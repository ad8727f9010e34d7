//! Plain data that every layer speaks of: categories, records, positions, reject codes and the import account.
//!
//! Nothing here does I/O or knows of Arrow, DataFusion or object stores.

mod account;
mod category;
mod fingerprint;
mod part;
mod record;
mod reject;
mod time;

pub use account::Account;
pub use category::Category;
pub use fingerprint::{Fingerprint, hex};
pub use part::part_of;
pub use record::{Position, Record, Sink};
pub use reject::{Reject, RejectCode};
pub use time::{TICKS_PER_SECOND, Ticks, format_ticks, parse_iso, ticks_from_civil};
pub use tunnelql_udfs::domain::resource::ResourceId;
