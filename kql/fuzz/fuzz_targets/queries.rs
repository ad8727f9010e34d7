//! The lexer, the parser and the planner over any text: none panics.
#![no_main]

use datafusion::prelude::SessionContext;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if tunnelql_kql::check(text).is_err() {
        return;
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let state = SessionContext::new().state();
    let _ = runtime.block_on(tunnelql_kql::plan(&state, text, &tunnelql_kql::Options { reads_nothing: true, ..Options::default() }));
});
