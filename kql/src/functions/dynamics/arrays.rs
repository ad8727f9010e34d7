//! Arrays: making them, measuring them, cutting them.

use datafusion::arrow::array::ArrayRef;

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{self, Want, argument, as_kind, count, simple, variadic, wrong};
use crate::functions::{Batch, function};
use crate::types::{Kind, Typed};
use crate::values::json::Json;
use crate::values::{datetime, timespan};

/// Items that `range` and `repeat` make at most.
const MOST_ITEMS: usize = 1_048_576;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "pack_array",
        &[],
        |c| {
            variadic(c, "kql_pack_array", Want::Any, 1, Kind::Dynamic, |b| {
                b.dynamics(|row| Json::Array((0..b.count()).map(|i| b.json(i, row)).collect()))
            })
        },
        ("pack_array(value, ...)", "An array of the values."),
        Some(("pack_array(1, 'a')", r#"[1,"a"]"#)),
    ),
    function(
        "array_length",
        &["arraylength"],
        |c| {
            simple(c, "kql_array_length", &[Want::Dynamic], 1, Kind::Long, |b| {
                let mut arrays = b.jsons(0);
                b.longs(|row| i64::try_from(arrays.get(row).items()?.len()).ok())
            })
        },
        ("array_length(array)", "How many items an array has; null for what is no array."),
        Some(("array_length(dynamic([1,2]))", "2")),
    ),
    function(
        "array_concat",
        &[],
        |c| {
            variadic(c, "kql_array_concat", Want::Dynamic, 1, Kind::Dynamic, |b| {
                b.dynamics(|row| {
                    let mut all = Vec::new();
                    for i in 0..b.count() {
                        if let Json::Array(items) = b.json(i, row) {
                            all.extend(items);
                        }
                    }
                    Json::Array(all)
                })
            })
        },
        ("array_concat(array, ...)", "The items of arrays in one."),
        Some(("array_concat(dynamic([1]), dynamic([2]))", "[1,2]")),
    ),
    function(
        "array_slice",
        &[],
        |c| simple(c, "kql_array_slice", &[Want::Dynamic, Want::Whole, Want::Whole], 3, Kind::Dynamic, slice),
        (
            "array_slice(array, start, end)",
            "The items from start to end, both included; negative ones count from the end.",
        ),
        Some(("array_slice(dynamic([1,2,3,4]), 1, 2)", "[2,3]")),
    ),
    function(
        "array_split",
        &[],
        |c| {
            count(c, 2, 2)?;
            let indices = argument(c, 1)?;
            if indices.kind != Kind::Dynamic && !indices.kind.is_integer() {
                return Err(wrong(c, 1, "expected a whole number or an array of them"));
            }
            simple(c, "kql_array_split", &[Want::Dynamic, Want::Any], 2, Kind::Dynamic, split)
        },
        ("array_split(array, index)", "An array cut before an index, or before each of several."),
        Some(("array_split(dynamic([1,2,3]), 1)", "[[1],[2,3]]")),
    ),
    function(
        "array_sum",
        &[],
        |c| {
            simple(c, "kql_array_sum", &[Want::Dynamic], 1, Kind::Real, |b| {
                let mut arrays = b.jsons(0);
                b.reals(|row| arrays.get(row).items()?.iter().map(Json::number).sum::<Option<f64>>())
            })
        },
        ("array_sum(array)", "The sum of an array's numbers."),
        Some(("array_sum(dynamic([1,2.5]))", "3.5")),
    ),
    function(
        "array_index_of",
        &[],
        |c| {
            let wants = [Want::Dynamic, Want::Any, Want::Whole, Want::Whole, Want::Whole];
            simple(c, "kql_array_index_of", &wants, 2, Kind::Long, index_of)
        },
        (
            "array_index_of(array, value, [start], [length], [occurrence])",
            "Where a value stands in an array, from 0; -1 when it does not.",
        ),
        Some(("array_index_of(dynamic(['a','b']), 'b')", "1")),
    ),
    function(
        "array_reverse",
        &[],
        |c| {
            simple(c, "kql_array_reverse", &[Want::Dynamic], 1, Kind::Dynamic, |b| {
                b.dynamics(|row| match b.json(0, row) {
                    Json::Array(mut items) => {
                        items.reverse();
                        Json::Array(items)
                    }
                    _ => Json::Null,
                })
            })
        },
        ("array_reverse(array)", "The items in reverse order."),
        Some(("array_reverse(dynamic([1,2]))", "[2,1]")),
    ),
    function(
        "array_rotate_left",
        &[],
        |c| simple(c, "kql_array_rotate_left", &[Want::Dynamic, Want::Whole], 2, Kind::Dynamic, |b| rotate(b, 1)),
        ("array_rotate_left(array, n)", "The items moved to the left; those that fall off come in at the end."),
        Some(("array_rotate_left(dynamic([1,2,3]), 1)", "[2,3,1]")),
    ),
    function(
        "array_rotate_right",
        &[],
        |c| simple(c, "kql_array_rotate_right", &[Want::Dynamic, Want::Whole], 2, Kind::Dynamic, |b| rotate(b, -1)),
        ("array_rotate_right(array, n)", "The items moved to the right; those that fall off come in at the beginning."),
        Some(("array_rotate_right(dynamic([1,2,3]), 1)", "[3,1,2]")),
    ),
    function(
        "array_shift_left",
        &[],
        |c| {
            let wants = [Want::Dynamic, Want::Whole, Want::Any];
            simple(c, "kql_array_shift_left", &wants, 2, Kind::Dynamic, |b| shift(b, 1))
        },
        ("array_shift_left(array, n, [default])", "The items moved to the left; null or the default fills the end."),
        Some(("array_shift_left(dynamic([1,2,3]), 1)", "[2,3,null]")),
    ),
    function(
        "array_shift_right",
        &[],
        |c| {
            let wants = [Want::Dynamic, Want::Whole, Want::Any];
            simple(c, "kql_array_shift_right", &wants, 2, Kind::Dynamic, |b| shift(b, -1))
        },
        (
            "array_shift_right(array, n, [default])",
            "The items moved to the right; null or the default fills the beginning.",
        ),
        Some(("array_shift_right(dynamic([1,2,3]), 1, 0)", "[0,1,2]")),
    ),
    function(
        "array_iff",
        &["array_iif"],
        |c| simple(c, "kql_array_iff", &[Want::Dynamic, Want::Any, Want::Any], 3, Kind::Dynamic, array_iff),
        ("array_iff(conditions, a, b)", "Item by item that of a where the condition holds, else that of b."),
        Some(("array_iff(dynamic([true,false]), dynamic([1,2]), dynamic([3,4]))", "[1,4]")),
    ),
    function(
        "repeat",
        &[],
        |c| {
            simple(c, "kql_repeat", &[Want::Any, Want::Whole], 2, Kind::Dynamic, |b| {
                b.dynamics(|row| {
                    let Some(times) = b.long(1, row) else { return Json::Null };
                    let times = usize::try_from(times).unwrap_or(0);
                    if times > MOST_ITEMS { Json::Null } else { Json::Array(vec![b.json(0, row); times]) }
                })
            })
        },
        ("repeat(value, times)", "An array of a value so many times."),
        Some(("repeat(1, 3)", "[1,1,1]")),
    ),
    function(
        "range",
        &[],
        range,
        ("range(start, stop, [step])", "An array of numbers, datetimes or timespans from start to stop."),
        Some(("range(1, 7, 3)", "[1,4,7]")),
    ),
    function(
        "zip",
        &[],
        |c| {
            variadic(c, "kql_zip", Want::Dynamic, 2, Kind::Dynamic, |b| {
                b.dynamics(|row| {
                    let arrays: Vec<Json> = (0..b.count()).map(|i| b.json(i, row)).collect();
                    let items: Vec<&[Json]> = arrays.iter().map(|a| a.items().unwrap_or_default()).collect();
                    let longest = items.iter().map(|i| i.len()).max().unwrap_or(0);
                    let nth = |n: usize| items.iter().map(|i| i.get(n).cloned().unwrap_or(Json::Null)).collect();
                    Json::Array((0..longest).map(|n| Json::Array(nth(n))).collect())
                })
            })
        },
        ("zip(array, ...)", "Arrays of the items that stand at the same place."),
        Some(("zip(dynamic([1,2]), dynamic(['a','b']))", r#"[[1,"a"],[2,"b"]]"#)),
    ),
];

/// A place that may count from the end, within 0 to `length`.
fn place(index: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if index < 0 { length.saturating_add(index) } else { index };
    usize::try_from(at.clamp(0, length)).unwrap_or(0)
}

fn slice(b: &Batch) -> ArrayRef {
    let mut arrays = b.jsons(0);
    b.dynamics(|row| {
        let (Some(items), Some(start), Some(end)) = (arrays.get(row).items(), b.long(1, row), b.long(2, row)) else {
            return Json::Null;
        };
        let start = place(start, items.len());
        let end = if end == -1 { items.len() } else { place(end.saturating_add(1), items.len()) };
        Json::Array(items.get(start..end).unwrap_or_default().to_vec())
    })
}

fn split(b: &Batch) -> ArrayRef {
    let mut arrays = b.jsons(0);
    b.dynamics(|row| {
        let Some(items) = arrays.get(row).items() else { return Json::Null };
        let number = |j: &Json| match j {
            Json::Long(n) => Some(place(*n, items.len())),
            _ => None,
        };
        let cuts: Option<Vec<usize>> = match b.json(1, row) {
            Json::Array(indices) => indices.iter().map(number).collect(),
            other => number(&other).map(|n| vec![n]),
        };
        let Some(mut cuts) = cuts else { return Json::Null };
        cuts.sort_unstable();
        cuts.push(items.len());
        let mut from = 0;
        let part = |to: usize| {
            let part = items.get(from..to).unwrap_or_default().to_vec();
            from = to;
            Json::Array(part)
        };
        Json::Array(cuts.into_iter().map(part).collect())
    })
}

fn index_of(b: &Batch) -> ArrayRef {
    let mut arrays = b.jsons(0);
    b.longs(|row| {
        let items = arrays.get(row).items()?;
        let wanted = b.json(1, row);
        let start = if b.count() > 2 { place(b.long(2, row)?, items.len()) } else { 0 };
        let length = match if b.count() > 3 { b.long(3, row)? } else { -1 } {
            -1 => usize::MAX,
            n => usize::try_from(n).ok()?,
        };
        let occurrence = if b.count() > 4 { usize::try_from(b.long(4, row)?.checked_sub(1)?).ok()? } else { 0 };
        let found = items.iter().enumerate().skip(start).take(length).filter(|(_, i)| i.same(&wanted));
        found.map(|(at, _)| at).nth(occurrence).map_or(Some(-1), |at| i64::try_from(at).ok())
    })
}

fn rotate(b: &Batch, direction: i64) -> ArrayRef {
    b.dynamics(|row| match (b.json(0, row), b.long(1, row)) {
        (Json::Array(mut items), Some(by)) if !items.is_empty() => {
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let by = usize::try_from((by % length * direction).rem_euclid(length)).unwrap_or(0);
            items.rotate_left(by);
            Json::Array(items)
        }
        (empty @ Json::Array(_), Some(_)) => empty,
        _ => Json::Null,
    })
}

fn shift(b: &Batch, direction: i64) -> ArrayRef {
    b.dynamics(|row| {
        let (Json::Array(items), Some(by)) = (b.json(0, row), b.long(1, row)) else { return Json::Null };
        let fill = if b.count() > 2 { b.json(2, row) } else { Json::Null };
        let by = by.saturating_mul(direction);
        let at = |i: usize| {
            let from = i64::try_from(i).ok()?.checked_add(by)?;
            items.get(usize::try_from(from).ok()?).cloned()
        };
        Json::Array((0..items.len()).map(|i| at(i).unwrap_or_else(|| fill.clone())).collect())
    })
}

fn array_iff(b: &Batch) -> ArrayRef {
    b.dynamics(|row| {
        let (Json::Array(conditions), yes, no) = (b.json(0, row), b.json(1, row), b.json(2, row)) else {
            return Json::Null;
        };
        let nth = |from: &Json, n: usize| match from {
            Json::Array(items) => items.get(n).cloned().unwrap_or(Json::Null),
            scalar => scalar.clone(),
        };
        let chosen = conditions.iter().enumerate().map(|(n, condition)| match condition {
            Json::Bool(true) => nth(&yes, n),
            Json::Bool(false) => nth(&no, n),
            other => match other.number() {
                Some(0.0) => nth(&no, n),
                Some(_) => nth(&yes, n),
                None => Json::Null,
            },
        });
        Json::Array(chosen.collect())
    })
}

/// From `start` by `step` until `stop` is passed; nothing for a step that leads away, null for too many.
fn walk(start: i64, stop: i64, step: i64, show: impl Fn(i64) -> Json) -> Json {
    let mut items = Vec::new();
    let mut at = Some(start);
    if step == 0 {
        return Json::Null;
    }
    while let Some(value) = at.filter(|v| if step > 0 { *v <= stop } else { *v >= stop }) {
        if items.len() == MOST_ITEMS {
            return Json::Null;
        }
        items.push(show(value));
        at = value.checked_add(step);
    }
    Json::Array(items)
}

#[allow(clippy::cast_precision_loss)]
fn walk_real(start: f64, stop: f64, step: f64) -> Json {
    let mut items = Vec::new();
    while step != 0.0 && step.is_finite() {
        let value = start + items.len() as f64 * step;
        if !(if step > 0.0 { value <= stop } else { value >= stop }) {
            break;
        }
        if items.len() == MOST_ITEMS {
            return Json::Null;
        }
        items.push(Json::Real(value));
    }
    Json::Array(items)
}

fn range(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 2, 3)?;
    let kind = argument(call, 0)?.kind;
    match kind {
        Kind::Datetime | Kind::Timespan => {
            let want = if kind == Kind::Datetime { Want::Datetime } else { Want::Timespan };
            if call.args.len() < 3 {
                return Err(bind::unsupported(call, format!("of {kind}s without a step")));
            }
            let wants = [want, want, Want::Timespan];
            if kind == Kind::Datetime {
                simple(call, "kql_range", &wants, 3, Kind::Dynamic, |b| steps(b, |n| Json::Text(datetime::format(n))))
            } else {
                simple(call, "kql_range", &wants, 3, Kind::Dynamic, |b| steps(b, |n| Json::Text(timespan::format(n))))
            }
        }
        _ => {
            let wants = [Want::Number, Want::Number, Want::Number];
            if call.args.iter().all(|a| a.value.kind.is_integer()) {
                return simple(call, "kql_range", &wants, 2, Kind::Dynamic, |b| steps(b, Json::Long));
            }
            for index in 0..call.args.len() {
                bind::check(call, index, Want::Number)?;
            }
            let args = call.args.iter().map(|a| as_kind(&a.value, Kind::Real)).collect::<Result<Vec<_>, _>>()?;
            let kernel: crate::functions::Kernel = |b| {
                b.dynamics(|row| match (b.real(0, row), b.real(1, row), b.real(2, row)) {
                    (Some(start), Some(stop), step) => {
                        walk_real(start, stop, if b.count() > 2 { step.unwrap_or(0.0) } else { 1.0 })
                    }
                    _ => Json::Null,
                })
            };
            bind::apply("kql_range", kernel, Kind::Dynamic, &args)
        }
    }
}

fn steps(b: &Batch, show: impl Fn(i64) -> Json) -> ArrayRef {
    b.dynamics(|row| {
        let step = if b.count() > 2 { b.long(2, row) } else { Some(1) };
        match (b.long(0, row), b.long(1, row), step) {
            (Some(start), Some(stop), Some(step)) => walk(start, stop, step, &show),
            _ => Json::Null,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_ends() {
        assert_eq!(walk(1, 7, 3, Json::Long).to_string(), "[1,4,7]");
        assert_eq!(walk(3, 1, -1, Json::Long).to_string(), "[3,2,1]");
        assert_eq!(walk(1, 3, -1, Json::Long).to_string(), "[]");
        assert_eq!(walk(i64::MAX - 1, i64::MAX, 1, Json::Long).items().map(<[_]>::len), Some(2));
        assert_eq!(walk(0, i64::MAX, 1, Json::Long), Json::Null);
        assert_eq!(walk(0, 1, 0, Json::Long), Json::Null);
        assert_eq!(walk_real(0.0, 1.0, 0.5).to_string(), "[0.0,0.5,1.0]");
        assert_eq!(walk_real(0.0, f64::NAN, 0.5).to_string(), "[]");
    }

    #[test]
    fn places_stay_inside() {
        for (index, expected) in [(0, 0), (-1, 2), (9, 3), (-9, 0), (i64::MIN, 0), (i64::MAX, 3)] {
            assert_eq!(place(index, 3), expected);
        }
    }
}
