//! Where in a KQL query the cursor stands: in which operator, and which columns its rows have. For that the query up to the
//! last `|` is planned over tables without rows; nothing is read.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionConfig;
use futures::FutureExt;
use tunnelql_kql::Options;

use super::vocabulary::Vocabulary;
use crate::engine::lex::{Token, TokenKind};

/// Queries around the cursor that are planned, from the innermost outwards.
const MOST_TRIES: u32 = 3;

/// The place of the cursor.
pub struct Place<'t> {
    /// The tokens of the operator that is being written, from its first word on; empty at the beginning of a pipeline.
    pub operator: Vec<Token<'t>>,
    /// A `|` stands before it; otherwise it is the beginning of a pipeline.
    pub piped: bool,
    /// The first table of the pipeline.
    pub table: Option<String>,
    /// The columns of its rows with their types; `None` when they are not known.
    pub columns: Option<Vec<(String, String)>>,
    /// Names that `let` has bound before.
    pub bound: Vec<String>,
}

impl<'t> Place<'t> {
    /// The place behind `left`, the tokens before the cursor without comments. `text` is all that was typed.
    pub fn of(text: &str, left: &[Token<'t>], vocabulary: &Vocabulary) -> Self {
        let statement = left.iter().rposition(|t| t.is_symbol(";")).map_or(0, |i| i + 1);
        let lets = lets(text, left.get(..statement).unwrap_or_default());
        let bound = left.windows(2).filter(|w| w.first().is_some_and(|t| t.is("let"))).filter_map(|w| w.get(1));
        let bound = bound.filter(|t| t.kind == TokenKind::Word).map(|t| t.text.to_owned()).collect();
        // From the innermost open bracket outwards: the first that a pipeline began in.
        let mut starts: Vec<usize> = vec![statement];
        for (i, token) in left.iter().enumerate().skip(statement) {
            match token.text {
                "(" | "[" | "{" if token.kind == TokenKind::Symbol => starts.push(i + 1),
                ")" | "]" | "}" if token.kind == TokenKind::Symbol && starts.len() > 1 => {
                    starts.pop();
                }
                // `let x = T | ...` begins behind its sign.
                "=" if starts.len() == 1 && left.get(statement).is_some_and(|t| t.is("let")) && i == statement + 2 => {
                    starts = vec![i + 1];
                }
                _ => {}
            }
        }
        let mut tries = 0;
        for (depth, start) in starts.iter().enumerate().rev() {
            let piece = left.get(*start..).unwrap_or_default();
            let Some(bar) = last_bar(piece) else {
                if depth > 0 && begins_pipeline(left, *start) {
                    let table = None;
                    return Self { operator: piece.to_vec(), piped: false, table, columns: None, bound };
                }
                continue;
            };
            let table = first_table(piece, vocabulary);
            let first = piece.first().map_or(0, |t| t.start);
            let end = piece.get(bar).map_or(first, |t| t.start);
            let query = text.get(first..end).unwrap_or_default();
            tries += 1;
            let columns = if tries <= MOST_TRIES { columns(&lets, query, vocabulary) } else { None };
            if columns.is_none() && depth > 0 && table.is_none() {
                // The query of a `mv-apply` has no table of its own: the outer one is nearer than nothing.
                continue;
            }
            let operator = piece.get(bar + 1..).unwrap_or_default().to_vec();
            return Self { operator, piped: true, table, columns, bound };
        }
        let piece = left.get(*starts.first().unwrap_or(&statement)..).unwrap_or_default();
        Self { operator: piece.to_vec(), piped: false, table: first_table(piece, vocabulary), columns: None, bound }
    }
}

/// The statements that bind names, as text.
fn lets(text: &str, before: &[Token<'_>]) -> String {
    let mut out = String::new();
    for statement in before.split(|t| t.is_symbol(";")) {
        if let (Some(first), Some(last)) = (statement.first(), statement.last())
            && first.is("let")
        {
            out.push_str(text.get(first.start..last.end()).unwrap_or_default());
            out.push_str(";\n");
        }
    }
    out
}

/// The last `|` that is in no bracket.
fn last_bar(piece: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0usize;
    let mut found = None;
    for (i, token) in piece.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" if token.kind == TokenKind::Symbol => depth += 1,
            ")" | "]" | "}" if token.kind == TokenKind::Symbol => depth = depth.saturating_sub(1),
            "|" if token.kind == TokenKind::Symbol && depth == 0 => found = Some(i),
            _ => {}
        }
    }
    found
}

/// Whether in the bracket that ends before `start` a query is expected.
fn begins_pipeline(left: &[Token<'_>], start: usize) -> bool {
    const BEFORE: &[&str] = &["join", "lookup", "union", "materialize", "toscalar", "in", "on", "as"];
    let Some(before) = start.checked_sub(2).and_then(|i| left.get(i)) else { return true };
    let parameter = start.checked_sub(3).and_then(|i| left.get(i)).is_some_and(|t| t.is_symbol("="));
    BEFORE.iter().any(|w| before.is(w)) || parameter || before.is_symbol(",") || before.is_symbol("|")
}

fn first_table(piece: &[Token<'_>], vocabulary: &Vocabulary) -> Option<String> {
    let is_table = |t: &&Token<'_>| t.kind == TokenKind::Word && vocabulary.table(None, t.text).is_some();
    piece.iter().find(is_table).and_then(|t| vocabulary.table(None, t.text)).map(|t| t.name.clone())
}

/// The columns that a query gives.
fn columns(lets: &str, query: &str, vocabulary: &Vocabulary) -> Option<Vec<(String, String)>> {
    let state = vocabulary.empty_session();
    let options = Options { reads_nothing: true, ..Options::default() };
    let text = format!("{lets}{query}");
    // Tables in memory are there at once: whatever would have to wait is not known.
    let planned = tunnelql_kql::plan(&state, &text, &options).now_or_never()?.ok()?;
    let last = planned.into_iter().last()?;
    Some(last.columns.into_iter().map(|(name, kind)| (name, kind.name().to_owned())).collect())
}

/// A session with the vocabulary's tables, all of them empty.
pub fn empty_session(vocabulary: &Vocabulary) -> SessionState {
    let config = SessionConfig::new()
        .with_default_catalog_and_schema("tunnelql", "logs")
        .with_create_default_catalog_and_schema(false);
    let state = SessionStateBuilder::new().with_config(config).build();
    let catalog = MemoryCatalogProvider::new();
    for table in &vocabulary.tables {
        let schema_name = table.schema.as_deref().unwrap_or("logs");
        let schema = catalog.schema(schema_name).unwrap_or_else(|| {
            let schema: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
            // Registering in memory cannot fail.
            let _ = catalog.register_schema(schema_name, Arc::clone(&schema));
            schema
        });
        let field = |c: &super::Column| Field::new(&c.name, c.data_type.clone().unwrap_or(DataType::Utf8), true);
        let fields: Vec<Field> = table.columns.iter().map(field).collect();
        let _ = schema.register_table(table.name.clone(), Arc::new(EmptyTable::new(Arc::new(Schema::new(fields)))));
    }
    state.catalog_list().register_catalog("tunnelql".to_owned(), Arc::new(catalog));
    state
}
