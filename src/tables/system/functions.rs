//! `system.functions`: every SQL function with its documentation.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::Documentation;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::catalog::Data;
use super::super::table_functions;
use super::SystemTable;
use super::rows::{Rows, text};

pub const TABLE: SystemTable = SystemTable {
    name: "functions",
    columns: &[
        text("name", "Name of the function."),
        text("kind", "scalar, aggregate, window or table."),
        text("syntax", "How it is called."),
        text("description", "What it does."),
        text("example", "An example with its result, where the documentation has one."),
    ],
    rows,
};

fn rows<'a>(_: &'a Data, state: &'a dyn Session, schema: SchemaRef) -> BoxFuture<'a, Result<RecordBatch>> {
    async move {
        // DataFusion keeps no documentation of table functions; ours have one all the same.
        let functions = tunnelql_udfs::documentation().into_iter().map(|doc| (doc.name, doc.to_datafusion()));
        let own: Vec<(&str, Documentation)> = functions.chain(table_functions().1).collect();
        let table_doc = |name: &str| own.iter().find(|(own, _)| *own == name).map(|(_, doc)| doc);
        let mut all: Vec<(&str, &str, Option<&Documentation>)> = Vec::new();
        all.extend(state.scalar_functions().iter().map(|(n, f)| (n.as_str(), "scalar", f.documentation())));
        all.extend(state.aggregate_functions().iter().map(|(n, f)| (n.as_str(), "aggregate", f.documentation())));
        all.extend(state.window_functions().iter().map(|(n, f)| (n.as_str(), "window", f.documentation())));
        if let Some(state) = state.as_any().downcast_ref::<SessionState>() {
            all.extend(state.table_functions().keys().map(|name| (name.as_str(), "table", table_doc(name))));
        }
        all.sort_unstable_by_key(|(name, kind, _)| (*name, *kind));
        let mut out = Rows::new(schema);
        for (name, kind, doc) in all {
            out.push([
                name.into(),
                kind.into(),
                doc.map(|d| d.syntax_example.as_str()).into(),
                doc.map(|d| d.description.as_str()).into(),
                doc.and_then(|d| d.sql_example.as_deref()).into(),
            ])?;
        }
        out.finish()
    }
    .boxed()
}
