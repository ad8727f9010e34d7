//! Bits of longs.

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, simple};
use crate::functions::{Kernel, function};
use crate::types::{Kind, Typed};

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "binary_and",
        &[],
        |c| two(c, "kql_binary_and", |b| b.longs(|r| Some(b.long(0, r)? & b.long(1, r)?))),
        ("binary_and(a, b)", "The bits that both have."),
        Some(("binary_and(6, 3)", "2")),
    ),
    function(
        "binary_or",
        &[],
        |c| two(c, "kql_binary_or", |b| b.longs(|r| Some(b.long(0, r)? | b.long(1, r)?))),
        ("binary_or(a, b)", "The bits that either has."),
        Some(("binary_or(6, 3)", "7")),
    ),
    function(
        "binary_xor",
        &[],
        |c| two(c, "kql_binary_xor", |b| b.longs(|r| Some(b.long(0, r)? ^ b.long(1, r)?))),
        ("binary_xor(a, b)", "The bits that only one has."),
        Some(("binary_xor(6, 3)", "5")),
    ),
    function(
        "binary_not",
        &[],
        |c| simple(c, "kql_binary_not", &[Want::Whole], 1, Kind::Long, |b| b.longs(|r| Some(!b.long(0, r)?))),
        ("binary_not(a)", "The bits that it has not."),
        Some(("binary_not(100)", "-101")),
    ),
    function(
        "binary_shift_left",
        &[],
        |c| two(c, "kql_binary_shift_left", |b| b.longs(|r| Some(b.long(0, r)? << by(b.long(1, r)?)?))),
        ("binary_shift_left(a, n)", "The bits moved to the left by n modulo 64."),
        Some(("binary_shift_left(1, 2)", "4")),
    ),
    function(
        "binary_shift_right",
        &[],
        |c| two(c, "kql_binary_shift_right", |b| b.longs(|r| Some(b.long(0, r)? >> by(b.long(1, r)?)?))),
        ("binary_shift_right(a, n)", "The bits moved to the right by n modulo 64."),
        Some(("binary_shift_right(4, 2)", "1")),
    ),
    function(
        "bitset_count_ones",
        &[],
        |c| {
            simple(c, "kql_bitset_count_ones", &[Want::Whole], 1, Kind::Long, |b| {
                b.longs(|r| Some(i64::from(b.long(0, r)?.count_ones())))
            })
        },
        ("bitset_count_ones(a)", "How many bits are set."),
        Some(("bitset_count_ones(42)", "3")),
    ),
];

/// Null for a negative number of places.
fn by(places: i64) -> Option<u32> {
    u32::try_from(places)
        .ok()
        .or_else(|| u32::try_from(places.checked_abs()? % 64).ok().filter(|_| places > 0))
        .map(|n| n % 64)
}

fn two(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Whole, Want::Whole], 2, Kind::Long, kernel)
}
