//! The array that `az monitor log-analytics query -o json` prints: rows as objects, every value a string.
//!
//! Read like the bare array of [`super::records`]; the type suffix of a column tells what a string was.

use super::{Definition, Layout, records};
use crate::parse::Format;

pub(crate) const DEFINITION: Definition = Definition {
    format: Format::AzArray,
    name: "az-array",
    resumable: false,
    open: |_, core| records::open(Layout::Envelope, core),
    #[cfg(test)]
    sample: include_str!("samples/az_array.json"),
};
