//! The SQL functions: one file each, one line each in [`functions`].
//!
//! A new function is a file with its `DOC` (documentation as data, with an example that runs as a test), its types and its
//! kernel, and a line in the list below. `FUNCTIONS.md`, `system.functions` and the tests follow from the list.

mod azure;
mod doc;
mod ike;
mod interval;
mod json;
mod p2s;
mod parts;
mod reference;
mod scalar;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod text;
mod tunnel;

use std::sync::{Arc, LazyLock};

use datafusion::catalog::TableFunctionImpl;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::SessionContext;

pub use doc::{Example, FunctionDoc, Kind, Section};
pub use ike::share::ShareIkeParse;
pub use interval::{constant_text, interval_nanos};
pub use reference::reference;

/// How a function is made.
#[derive(Clone, Copy)]
pub(crate) enum Make {
    Scalar(fn() -> ScalarUDF),
    Table(fn() -> Arc<dyn TableFunctionImpl>),
    Window(fn() -> WindowUDF),
    #[allow(dead_code, reason = "the place of functions over tunnels in time")]
    Aggregate(fn() -> AggregateUDF),
}

/// A function and what is written about it.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub doc: &'static FunctionDoc,
    pub make: Make,
}

/// Every function with a file of its own.
const FUNCTIONS: &[Function] = &[
    ike::parse::FUNCTION,
    ike::proposals::FUNCTION,
    ike::traffic_selectors::FUNCTION,
    ike::error::FUNCTION,
    ike::default_proposals::FUNCTION,
    ike::proposal_diff::FUNCTION,
    tunnel::transition::FUNCTION,
    p2s::parse::FUNCTION,
    azure::resource::FUNCTION,
    azure::instance_number::FUNCTION,
    json::text::FUNCTION,
];

/// Every scalar function.
pub fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    static ALL: LazyLock<Vec<Arc<ScalarUDF>>> = LazyLock::new(|| {
        let own = FUNCTIONS.iter().filter_map(|function| match function.make {
            Make::Scalar(make) => Some(make()),
            _ => None,
        });
        own.chain(ike::field::udfs().map(|(_, udf)| udf)).map(Arc::new).collect()
    });
    ALL.clone()
}

/// Every table function with its name.
pub fn table_functions() -> Vec<(&'static str, Arc<dyn TableFunctionImpl>)> {
    let own = FUNCTIONS.iter().filter_map(|function| match function.make {
        Make::Table(make) => Some((function.doc.name, make())),
        _ => None,
    });
    own.collect()
}

/// Every window function.
pub fn window_functions() -> Vec<Arc<WindowUDF>> {
    let own = FUNCTIONS.iter().filter_map(|function| match function.make {
        Make::Window(make) => Some(Arc::new(make())),
        _ => None,
    });
    own.collect()
}

/// Every aggregate function.
pub fn aggregate_functions() -> Vec<Arc<AggregateUDF>> {
    let own = FUNCTIONS.iter().filter_map(|function| match function.make {
        Make::Aggregate(make) => Some(Arc::new(make())),
        _ => None,
    });
    own.collect()
}

/// What is written about every function, in the order of the reference.
pub fn documentation() -> Vec<&'static FunctionDoc> {
    let fields = ike::field::udfs().map(|(doc, _)| doc);
    let mut all: Vec<_> = FUNCTIONS.iter().map(|function| function.doc).chain(fields).collect();
    all.sort_by_key(|doc| (Section::ALL.iter().position(|section| *section == doc.section), doc.name));
    all
}

/// Registers every function of this crate with a session, and the rule that lets several functions of one IKE message
/// share one parse.
pub fn register_all(context: &SessionContext) {
    for function in scalar_functions() {
        context.register_udf(function.as_ref().clone());
    }
    for function in window_functions() {
        context.register_udwf(function.as_ref().clone());
    }
    for function in aggregate_functions() {
        context.register_udaf(function.as_ref().clone());
    }
    for (name, function) in table_functions() {
        context.register_udtf(name, function);
    }
    context.add_optimizer_rule(Arc::new(ShareIkeParse));
}

/// The function `json_text`.
pub fn json_text() -> Arc<ScalarUDF> {
    static UDF: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(json::text::function()));
    Arc::clone(&UDF)
}
