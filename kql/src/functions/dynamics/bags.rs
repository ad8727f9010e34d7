//! Property bags.

use datafusion::arrow::array::ArrayRef;

use crate::call::{Argument, Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, count, simple, variadic, wrong};
use crate::functions::{Batch, function};
use crate::types::{Kind, Literal, Typed};
use crate::values::json::{Json, set};

use super::paths;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "bag_pack",
        &["pack", "pack_dictionary"],
        |c| {
            if c.args.len() % 2 != 0 {
                return Err(KqlError::typed(&c.span, format!("{}() takes pairs of key and value", c.name)));
            }
            variadic(c, "kql_bag_pack", Want::Any, 2, Kind::Dynamic, pack)
        },
        ("bag_pack(key, value, ...)", "A bag of keys and values."),
        Some(("bag_pack('a', 1)", r#"{"a":1}"#)),
    ),
    function(
        "bag_pack_columns",
        &[],
        pack_columns,
        ("bag_pack_columns(column, ...)", "A bag of columns under their own names."),
        None,
    ),
    function(
        "bag_keys",
        &["bagkeys"],
        |c| {
            simple(c, "kql_bag_keys", &[Want::Dynamic], 1, Kind::Dynamic, |b| {
                b.dynamics(|row| match b.json(0, row) {
                    Json::Bag(entries) => Json::Array(entries.into_iter().map(|(k, _)| Json::Text(k)).collect()),
                    _ => Json::Null,
                })
            })
        },
        ("bag_keys(bag)", "The keys of a bag; null for what is no bag."),
        Some(("bag_keys(dynamic({'a':1}))", r#"["a"]"#)),
    ),
    function(
        "bag_merge",
        &[],
        |c| {
            variadic(c, "kql_bag_merge", Want::Dynamic, 2, Kind::Dynamic, |b| {
                b.dynamics(|row| merge((0..b.count()).map(|i| b.json(i, row))))
            })
        },
        ("bag_merge(bag, ...)", "The entries of bags in one; of a key that several have the first counts."),
        Some(("bag_merge(dynamic({'a':1}), dynamic({'a':2,'b':3}))", r#"{"a":1,"b":3}"#)),
    ),
    function(
        "bag_has_key",
        &[],
        |c| {
            simple(c, "kql_bag_has_key", &[Want::Dynamic, Want::Text], 2, Kind::Bool, |b| {
                let mut bags = b.jsons(0);
                b.bools(|row| {
                    let (bag, key) = (bags.get(row), b.text(1, row));
                    match bag {
                        Json::Bag(_) if key.starts_with('$') => Some(paths::find(bag, &paths::parse(key)?).is_some()),
                        Json::Bag(_) => Some(bag.get(key).is_some()),
                        _ => None,
                    }
                })
            })
        },
        ("bag_has_key(bag, key)", "Whether a bag has a key, or what a path such as $.a.b names."),
        Some(("bag_has_key(dynamic({'a':{'b':1}}), '$.a.b')", "true")),
    ),
    function(
        "bag_remove_keys",
        &[],
        |c| simple(c, "kql_bag_remove_keys", &[Want::Dynamic, Want::Dynamic], 2, Kind::Dynamic, remove_keys),
        ("bag_remove_keys(bag, keys)", "A bag without some keys; paths such as $.a.b reach inside."),
        Some(("bag_remove_keys(dynamic({'a':1,'b':2}), dynamic(['a']))", r#"{"b":2}"#)),
    ),
    function(
        "bag_set_key",
        &[],
        |c| {
            simple(c, "kql_bag_set_key", &[Want::Dynamic, Want::Text, Want::Any], 3, Kind::Dynamic, |b| {
                b.dynamics(|row| {
                    let (mut bag, key) = (b.json(0, row), b.text(1, row));
                    let path = if key.starts_with('$') { paths::parse(key) } else { None };
                    let path = path.unwrap_or_else(|| vec![paths::Step::Key(key.to_owned())]);
                    if !matches!(bag, Json::Bag(_)) {
                        return Json::Null;
                    }
                    paths::put(&mut bag, &path, b.json(2, row));
                    bag
                })
            })
        },
        ("bag_set_key(bag, key, value)", "A bag with a value under a key or path."),
        Some(("bag_set_key(dynamic({'a':1}), 'b', 2)", r#"{"a":1,"b":2}"#)),
    ),
    function(
        "bag_zip",
        &[],
        |c| {
            simple(c, "kql_bag_zip", &[Want::Dynamic, Want::Dynamic], 2, Kind::Dynamic, |b| {
                b.dynamics(|row| {
                    let (Json::Array(keys), Json::Array(values)) = (b.json(0, row), b.json(1, row)) else {
                        return Json::Null;
                    };
                    let mut values = values.into_iter();
                    let mut bag = Vec::new();
                    for key in keys {
                        let value = values.next().unwrap_or(Json::Null);
                        if let Json::Text(key) = key {
                            set(&mut bag, key, value);
                        }
                    }
                    Json::Bag(bag)
                })
            })
        },
        ("bag_zip(keys, values)", "A bag of an array of keys and one of values."),
        Some(("bag_zip(dynamic(['a']), dynamic([1]))", r#"{"a":1}"#)),
    ),
];

fn pack(b: &Batch) -> ArrayRef {
    b.dynamics(|row| {
        let mut bag = Vec::with_capacity(b.count() / 2);
        for i in (0..b.count()).step_by(2) {
            let mut key = String::new();
            b.write(i, row, &mut key);
            set(&mut bag, key, b.json(i + 1, row));
        }
        Json::Bag(bag)
    })
}

fn pack_columns(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, usize::MAX)?;
    let mut pairs = Vec::with_capacity(call.args.len() * 2);
    for (index, argument) in call.args.iter().enumerate() {
        let Some(name) = &argument.name else { return Err(wrong(call, index, "expected a column")) };
        let key = Typed::of(Literal::String(name.clone()), Kind::String);
        pairs.push(Argument { value: key, span: argument.span.clone(), name: None });
        pairs.push(argument.clone());
    }
    variadic(&Call { args: &pairs, ..call.clone() }, "kql_bag_pack", Want::Any, 2, Kind::Dynamic, pack)
}

/// The entries of all bags; the first of a key counts. Null when none is a bag.
pub fn merge(bags: impl Iterator<Item = Json>) -> Json {
    let mut all: Option<Vec<(String, Json)>> = None;
    for bag in bags {
        if let Json::Bag(entries) = bag {
            let all = all.get_or_insert_default();
            for (key, value) in entries {
                if !all.iter().any(|(k, _)| *k == key) {
                    all.push((key, value));
                }
            }
        }
    }
    all.map_or(Json::Null, Json::Bag)
}

fn remove_keys(b: &Batch) -> ArrayRef {
    b.dynamics(|row| {
        let (mut bag, keys) = (b.json(0, row), b.json(1, row));
        if !matches!(bag, Json::Bag(_)) {
            return Json::Null;
        }
        for key in keys.items().unwrap_or_default() {
            let Json::Text(key) = key else { continue };
            let path = if key.starts_with('$') { paths::parse(key) } else { None };
            paths::remove(&mut bag, &path.unwrap_or_else(|| vec![paths::Step::Key(key.clone())]));
        }
        bag
    })
}
