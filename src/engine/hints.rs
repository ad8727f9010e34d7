//! Hints that need the session: which names there are.

use datafusion::execution::SessionState;
use datafusion::logical_expr::Documentation;

use super::EngineError;
use super::mistake::About;
use super::nearest::{did_you_mean, nearest};

/// The same error with what the session knows about the name that it speaks of.
pub fn with_hint(error: EngineError, state: &SessionState) -> EngineError {
    let EngineError::Query(mut mistake) = error else { return error };
    let hint = mistake.about.clone().and_then(|about| match about {
        About::Table(name) => {
            let names = tables(state);
            did_you_mean(&nearest(&name, names.iter().map(String::as_str), 3))
                .or_else(|| Some("SHOW TABLES lists them".to_owned()))
        }
        About::TableFunction(name) => {
            let names = state.table_functions().keys().map(String::as_str);
            did_you_mean(&nearest(&name, names, 3)).or_else(|| Some("system.functions lists them".to_owned()))
        }
        About::Function(name) => did_you_mean(&nearest(&name, functions(state), 3))
            .or_else(|| Some("tunnelql functions, and the table system.functions, list them".to_owned())),
        About::Call(name) => syntax(&name, state).map(|syntax| format!("call it as {syntax}")),
    });
    // What the mistake itself says already is said once.
    if let Some(hint) = hint.filter(|hint| !mistake.text.contains(hint.as_str())) {
        mistake.hint = Some(hint);
    }
    EngineError::Query(mistake)
}

/// Every table as it can be written without its catalog.
fn tables(state: &SessionState) -> Vec<String> {
    let options = &state.config_options().catalog;
    let Some(catalog) = state.catalog_list().catalog(&options.default_catalog) else { return Vec::new() };
    let mut out = Vec::new();
    for schema in catalog.schema_names() {
        let names = catalog.schema(&schema).map(|s| s.table_names()).unwrap_or_default();
        let default = schema == options.default_schema;
        out.extend(names.into_iter().map(|name| if default { name } else { format!("{schema}.{name}") }));
    }
    out
}

fn functions(state: &SessionState) -> impl Iterator<Item = &str> {
    let scalar = state.scalar_functions().keys();
    scalar.chain(state.aggregate_functions().keys()).chain(state.window_functions().keys()).map(String::as_str)
}

fn syntax(name: &str, state: &SessionState) -> Option<String> {
    let of = |doc: Option<&Documentation>| doc.map(|d| d.syntax_example.clone());
    None.or_else(|| of(state.scalar_functions().get(name)?.documentation()))
        .or_else(|| of(state.aggregate_functions().get(name)?.documentation()))
        .or_else(|| of(state.window_functions().get(name)?.documentation()))
}
