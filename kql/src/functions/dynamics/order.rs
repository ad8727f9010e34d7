//! Sorting arrays.

use std::cmp::Ordering;

use crate::call::{Argument, Call, Column, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, apply, argument, check, count, simple, unsupported, wrong};
use crate::functions::{Batch, Kernel, function};
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

fn sort(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
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

/// Nulls first or last, all else rising or falling.
fn compare(x: &Json, y: &Json, falling: bool, nulls_last: bool) -> Ordering {
    match (*x == Json::Null, *y == Json::Null) {
        (true, true) => Ordering::Equal,
        (true, false) if nulls_last => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, true) if nulls_last => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) if falling => y.order(x),
        (false, false) => x.order(y),
    }
}

fn sorted(b: &Batch, falling: bool) -> ArrayRef {
    b.dynamics(|row| {
        let Json::Array(mut items) = b.json(0, row) else { return Json::Null };
        let nulls_last = b.count() < 2 || b.bool(1, row).unwrap_or(true);
        items.sort_by(|x, y| compare(x, y, falling, nulls_last));
        Json::Array(items)
    })
}

/// The columns of a sort of several arrays: the first decides, the others follow it.
pub fn columns(call: &Call<'_>) -> Result<Vec<Column>, KqlError> {
    count(call, 2, 64)?;
    let falling = call.name.ends_with("desc");
    let (mut arrays, mut nulls_last) = (call.args, true);
    if let Some((last, before)) = call.args.split_last()
        && let Some(Literal::Bool(wanted)) = last.value.literal
    {
        (arrays, nulls_last) = (before, wanted);
    }
    for index in 0..arrays.len() {
        check(call, index, Want::Dynamic)?;
    }
    let Some(first) = arrays.first() else { return Err(wrong(call, 0, "expected an array")) };
    let column = |(index, array): (usize, &Argument)| {
        let kernel: Kernel = match (falling, nulls_last) {
            (false, true) => |b| following(b, false, true),
            (false, false) => |b| following(b, false, false),
            (true, true) => |b| following(b, true, true),
            (true, false) => |b| following(b, true, false),
        };
        let function = match (falling, nulls_last) {
            (false, true) => "kql_array_follow_asc",
            (false, false) => "kql_array_follow_asc_nulls_first",
            (true, true) => "kql_array_follow_desc",
            (true, false) => "kql_array_follow_desc_nulls_first",
        };
        let value = apply(function, kernel, Kind::Dynamic, &[first.value.clone(), array.value.clone()])?;
        Ok(Column { name: Some(format!("array{}_sorted", index + 1)), value })
    };
    arrays.iter().enumerate().map(column).collect()
}

/// The second array in the order that sorts the first.
fn following(b: &Batch, falling: bool, nulls_last: bool) -> ArrayRef {
    b.dynamics(|row| {
        let (Json::Array(keys), Json::Array(items)) = (b.json(0, row), b.json(1, row)) else { return Json::Null };
        if keys.len() != items.len() {
            return Json::Null;
        }
        let mut pairs: Vec<(Json, Json)> = keys.into_iter().zip(items).collect();
        pairs.sort_by(|x, y| compare(&x.0, &y.0, falling, nulls_last));
        Json::Array(pairs.into_iter().map(|(_, item)| item).collect())
    })
}
