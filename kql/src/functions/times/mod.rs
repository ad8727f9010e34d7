//! Functions over datetimes and timespans.

pub mod arithmetic;
pub mod calendar;
pub mod format;
pub mod parts;
pub mod zones;
