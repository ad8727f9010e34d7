//! The lexer, the parser and the planner over any text: none panics.
#![no_main]

use datafusion::prelude::SessionContext;
use libfuzzer_sys::fuzz_target;
use tunnelql_kql::Options;

fuzz_target!(|text: &str| {
    let Ok(query) = tunnelql_kql::Query::parse(text) else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let state = SessionContext::new().state();
    let _ = runtime.block_on(query.plan(&state, &Options { reads_nothing: true, ..Options::default() }));
});
