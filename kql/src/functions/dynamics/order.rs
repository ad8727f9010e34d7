//! Sorting arrays.

use std::cmp::Ordering;

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, count, simple, unsupported, wrong};
use crate::functions::{Batch, function};
use crate::types::{Kind, Literal, Typed};
use crate::values::json::Json;

use datafusion::arrow::array::ArrayRef;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "array_sort_asc",
        &[],
        |c| sort(c, "kql_array_sort_asc", |b| sorted(b, false)),
        ("array_sort_asc(array, [nulls_last])", "The items in rising order, nulls at the end unless told otherwise."),
        Some(("array_sort_asc(dynamic([3,null,1]))", "[1,3,null]")),
    ),
    function(
        "array_sort_desc",
        &[],
        |c| sort(c, "kql_array_sort_desc", |b| sorted(b, true)),
        ("array_sort_desc(array, [nulls_last])", "The items in falling order, nulls at the end unless told otherwise."),
        Some(("array_sort_desc(dynamic([3,null,1]))", "[3,1,null]")),
    ),
];

fn sort(call: &Call<'_>, name: &'static str, kernel: crate::functions::Kernel) -> Result<Typed, KqlError> {
    count(call, 1, 64)?;
    if let Some(more) = call.args.get(1) {
        if more.value.kind == Kind::Dynamic || call.args.len() > 2 {
            return Err(unsupported(call, "of several arrays, which gives several columns"));
        }
        if !matches!(argument(call, 1)?.literal, Some(Literal::Bool(_))) {
            return Err(wrong(call, 1, "expected true or false"));
        }
    }
    simple(call, name, &[Want::Dynamic, Want::Bool], 1, Kind::Dynamic, kernel)
}

fn sorted(b: &Batch, falling: bool) -> ArrayRef {
    b.dynamics(|row| {
        let Json::Array(mut items) = b.json(0, row) else { return Json::Null };
        let nulls_last = b.count() < 2 || b.bool(1, row).unwrap_or(true);
        items.sort_by(|x, y| match (*x == Json::Null, *y == Json::Null) {
            (true, true) => Ordering::Equal,
            (true, false) if nulls_last => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, true) if nulls_last => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) if falling => y.order(x),
            (false, false) => x.order(y),
        });
        Json::Array(items)
    })
}
