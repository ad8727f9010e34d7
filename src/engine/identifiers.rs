//! Names without quotes mean a column whatever their case, as everywhere in SQL; but Azure's columns have capitals.
//!
//! DataFusion folds unquoted names to lower case and then compares exactly, so that `SELECT TimeGenerated` would find
//! nothing. Here an unquoted name that is, but for its case, a column of the statement's tables gets that column's
//! spelling. All other names are left to DataFusion.

use std::ops::ControlFlow;

use datafusion::common::{Result, TableReference};
use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Statement as SqlStatement, VisitMut, VisitorMut};

use super::statements::explained;

/// Gives column names in the statement their tables' spelling.
pub async fn respect_columns(state: &SessionState, statement: &mut Statement) -> Result<()> {
    let mut columns: Vec<String> = Vec::new();
    for table in state.resolve_table_references(statement)? {
        columns.extend(columns_with_capitals(state, table).await?);
    }
    if columns.is_empty() {
        return Ok(());
    }
    if let Statement::Statement(sql) = explained(statement) {
        rewrite(sql, &columns);
    }
    Ok(())
}

async fn columns_with_capitals(state: &SessionState, table: TableReference) -> Result<Vec<String>> {
    let options = &state.config_options().catalog;
    let resolved = table.resolve(&options.default_catalog, &options.default_schema);
    // Only our own views have capitals, and other tables need not be opened for this.
    let Some(schema) = state.catalog_list().catalog(&resolved.catalog).and_then(|c| c.schema(&resolved.schema)) else {
        return Ok(Vec::new());
    };
    let Some(table) = schema.table(&resolved.table).await? else { return Ok(Vec::new()) };
    let has_capitals = |n: &&String| n.bytes().any(|b| b.is_ascii_uppercase());
    Ok(table.schema().fields().iter().map(|f| f.name()).filter(has_capitals).cloned().collect())
}

fn rewrite(sql: &mut SqlStatement, columns: &[String]) {
    struct Names<'a>(&'a [String]);
    impl Names<'_> {
        fn fix(&self, ident: &mut Ident) {
            if ident.quote_style.is_none()
                && let Some(column) = self.0.iter().find(|c| c.eq_ignore_ascii_case(&ident.value))
            {
                column.clone_into(&mut ident.value);
                ident.quote_style = Some('"');
            }
        }
    }
    impl VisitorMut for Names<'_> {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(ident) => self.fix(ident),
                Expr::CompoundIdentifier(parts) => {
                    if let Some(last) = parts.last_mut() {
                        self.fix(last);
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let _ = sql.visit(&mut Names(columns));
}
