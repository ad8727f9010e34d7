//! Collecting values into arrays and bags.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::common::Result;
use datafusion::functions_aggregate::expr_fn::array_agg;
use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;

use super::aggregate;
use super::bind::{condition, filtered, named, of_values, one, or};
use super::lists::{self, Lists, OfLists, Settings};
use super::set::set;
use crate::call::{Aggregate, Call, Column};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, check, count, whole, wrong};
use crate::types::Kind;
use crate::values::json::Json;

/// Items at most when the call says nothing.
const MOST: usize = 1_048_576;
/// The same of the old spellings.
const MOST_OF_OLD: usize = 128;

/// The aggregates of this file.
pub static LIST: &[Aggregate] = &[
    aggregate(
        "make_list",
        &["makelist"],
        |c| collect(c, "list", "kql_make_list", to_list, Form { conditional: false, nulls: false }),
        ("make_list(value, [most])", "The values that are not null, as an array."),
        Some(("make_list(x)", "[1,2,3,4]")),
    ),
    aggregate(
        "make_list_if",
        &[],
        |c| collect(c, "list", "kql_make_list", to_list, Form { conditional: true, nulls: false }),
        ("make_list_if(value, condition, [most])", "The values where the condition holds, as an array."),
        Some(("make_list_if(x, x > 2)", "[3,4]")),
    ),
    aggregate(
        "make_list_with_nulls",
        &[],
        |c| collect(c, "list", "kql_make_list_with_nulls", to_list, Form { conditional: false, nulls: true }),
        ("make_list_with_nulls(value)", "The values as an array, nulls among them."),
        Some(("make_list_with_nulls(iff(x == 2, int(null), 1))", "[1,null,1,1]")),
    ),
    aggregate(
        "make_set",
        &["makeset"],
        |c| distinct(c, false),
        ("make_set(value, [most])", "The different values that are not null, as an array."),
        Some(("make_set(x % 2)", "[1,0]")),
    ),
    aggregate(
        "make_set_if",
        &[],
        |c| distinct(c, true),
        ("make_set_if(value, condition, [most])", "The different values where the condition holds, as an array."),
        Some(("make_set_if(x % 2, x > 2)", "[1,0]")),
    ),
    aggregate(
        "make_bag",
        &["make_dictionary"],
        |c| {
            check(c, 0, Want::Dynamic)?;
            collect(c, "bag", "kql_make_bag", to_bag, Form { conditional: false, nulls: false })
        },
        ("make_bag(bag, [most])", "The entries of all bags in one; of a key that several have the first counts."),
        Some(("make_bag(bag_pack(tostring(x), x), 2)", r#"{"1":1,"2":2}"#)),
    ),
    aggregate(
        "make_bag_if",
        &[],
        |c| {
            check(c, 0, Want::Dynamic)?;
            collect(c, "bag", "kql_make_bag", to_bag, Form { conditional: true, nulls: false })
        },
        ("make_bag_if(bag, condition, [most])", "The entries of the bags where the condition holds."),
        Some(("make_bag_if(bag_pack(tostring(x), x), x > 3)", r#"{"4":4}"#)),
    ),
];

struct Form {
    conditional: bool,
    nulls: bool,
}

/// How many items at most, and what holds for the rows that count.
fn limits(call: &Call<'_>, form: &Form) -> Result<(usize, Option<Expr>), KqlError> {
    let limit_at = 1 + usize::from(form.conditional);
    count(call, limit_at, if form.nulls { 1 } else { limit_at + 1 })?;
    let most = match call.args.get(limit_at) {
        None if matches!(call.name, "makelist" | "makeset") => MOST_OF_OLD,
        None => MOST,
        Some(_) => match whole(call, limit_at)? {
            n if n < 1 => return Err(wrong(call, limit_at, format!("expected a number above 0, found {n}"))),
            n => usize::try_from(n).unwrap_or(MOST).min(MOST),
        },
    };
    Ok((most, if form.conditional { Some(condition(call, 1)?) } else { None }))
}

fn distinct(call: &Call<'_>, conditional: bool) -> Result<Vec<Column>, KqlError> {
    let (most, condition) = limits(call, &Form { conditional, nulls: false })?;
    let value = argument(call, 0)?;
    let expr = filtered(set(value.expr.clone(), value.kind, most), condition)?;
    Ok(one(named(call, "set"), or(expr, ScalarValue::Utf8View(Some("[]".to_owned()))), Kind::Dynamic))
}

fn collect(
    call: &Call<'_>,
    prefix: &str,
    name: &'static str,
    of: OfLists,
    form: Form,
) -> Result<Vec<Column>, KqlError> {
    let (most, condition) = limits(call, &form)?;
    let value = argument(call, 0)?;
    let all = array_agg(value.expr.clone());
    let collected = if form.nulls { filtered(all, condition)? } else { of_values(all, condition)? };
    let settings = Settings { most: Some(most), ..Settings::default() };
    let expr = lists::call(name, of, Kind::Dynamic, vec![(collected, value.kind)], settings);
    Ok(one(named(call, prefix), expr, Kind::Dynamic))
}

/// JSON text for each list, of the items that the function keeps.
fn json(lists: &[Lists], mut each: impl FnMut(&Lists, usize) -> Json) -> ArrayRef {
    let mut builder = StringViewBuilder::new();
    let mut text = String::new();
    if let Some(lists) = lists.first() {
        for row in 0..lists.len() {
            text.clear();
            each(lists, row).write(&mut text);
            builder.append_value(&text);
        }
    }
    Arc::new(builder.finish())
}

/// The items of a list; arrays among them are laid flat, as the engine does.
fn flat(lists: &Lists, row: usize) -> impl Iterator<Item = Json> + '_ {
    lists.range(row).flat_map(|at| match lists.items.json(0, at) {
        Json::Array(items) => items,
        other => vec![other],
    })
}

fn to_list(lists: &[Lists], settings: &Settings) -> Result<ArrayRef> {
    let most = settings.most.unwrap_or(MOST);
    Ok(json(lists, |lists, row| Json::Array(flat(lists, row).take(most).collect())))
}

fn to_bag(lists: &[Lists], settings: &Settings) -> Result<ArrayRef> {
    let most = settings.most.unwrap_or(MOST);
    Ok(json(lists, |lists, row| {
        let mut seen = HashSet::new();
        let mut bag = Vec::new();
        for at in lists.range(row) {
            if let Json::Bag(entries) = lists.items.json(0, at) {
                for (key, value) in entries {
                    if bag.len() < most && seen.insert(key.clone()) {
                        bag.push((key, value));
                    }
                }
            }
        }
        Json::Bag(bag)
    }))
}
