//! Scalar functions.

pub mod bind;
mod conditions;
pub(crate) mod convert;
mod dynamics;
mod kernel;
mod network;
mod numbers;
mod strings;
#[cfg(test)]
mod tests;
mod times;
mod windows;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use kernel::{Batch, Kernel};

use crate::call::{Call, Column, Doc, Function};
use crate::error::KqlError;
use crate::types::{Kind, Typed};

/// The functions, file by file.
static FILES: &[&[Function]] = &[
    conditions::LIST,
    convert::LIST,
    dynamics::arrays::LIST,
    dynamics::bags::LIST,
    dynamics::order::LIST,
    dynamics::paths::LIST,
    dynamics::series::LIST,
    dynamics::series_maths::LIST,
    dynamics::sets::LIST,
    network::LIST,
    numbers::bins::LIST,
    numbers::bits::LIST,
    numbers::maths::LIST,
    strings::basic::LIST,
    strings::build::LIST,
    strings::encode::LIST,
    strings::parse::LIST,
    strings::regexes::LIST,
    strings::terms::LIST,
    times::arithmetic::LIST,
    times::format::LIST,
    times::parts::LIST,
    times::zones::LIST,
    windows::LIST,
];

/// Every scalar function.
pub static FUNCTIONS: LazyLock<Vec<&'static Function>> =
    LazyLock::new(|| FILES.iter().flat_map(|file| file.iter()).collect());

static NAMES: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    FUNCTIONS.iter().flat_map(|f| f.aliases.iter().copied().chain([f.name]).map(move |name| (name, *f))).collect()
});

/// The function of that name.
pub fn lookup(name: &str) -> Option<&'static Function> {
    NAMES.get(name).copied()
}

/// Whether calls of the function of that name may give several columns: whether [`columns`] is worth asking.
pub fn may_give_columns(name: &str) -> bool {
    matches!(name, "array_sort_asc" | "array_sort_desc" | "series_stats")
}

/// The columns of a call that gives several: a sort of several arrays, or `series_stats`. `None` when it gives one value
/// and [`lookup`] is the way. They may be taken as columns, or one of them by an index.
pub fn columns(call: &Call<'_>) -> Option<Result<Vec<Column>, KqlError>> {
    match call.name {
        "array_sort_asc" | "array_sort_desc" if call.args.get(1).is_some_and(|a| a.value.kind == Kind::Dynamic) => {
            Some(dynamics::order::columns(call))
        }
        "series_stats" => Some(dynamics::series::stats_columns(call)),
        _ => None,
    }
}

/// A function for a list.
const fn function(
    name: &'static str,
    aliases: &'static [&'static str],
    bind: fn(&Call<'_>) -> Result<Typed, KqlError>,
    (syntax, meaning): (&'static str, &'static str),
    example: Option<(&'static str, &'static str)>,
) -> Function {
    Function { name, aliases, bind, doc: Doc { syntax, meaning, example } }
}
