//! What a session has made for itself, and how it survives a change of data or of the time range.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use super::{EngineError, Params, statements};
use crate::tables::is_ours;

/// A table or view that is not tunnelql's own.
pub type Own = (String, Arc<dyn TableProvider>);

/// Everything that a session has made.
pub async fn own_tables(context: &SessionContext) -> Result<Vec<Own>> {
    let options = context.copied_config().options().catalog.clone();
    let Some(schema) = context.catalog(&options.default_catalog).and_then(|c| c.schema(&options.default_schema)) else {
        return Ok(Vec::new());
    };
    let mut own = Vec::new();
    for name in schema.table_names().into_iter().filter(|name| !is_ours("", name)) {
        if let Some(table) = schema.table(&name).await? {
            own.push((name, table));
        }
    }
    Ok(own)
}

/// Makes all that anew in a session: tables as they are, views from their definitions, which are planned again, since a
/// plan keeps the data and the range that it was made with. Returns the views that do not plan any more, with the reason.
pub async fn restore(context: &SessionContext, own: Vec<Own>, params: &Params) -> Vec<(String, EngineError)> {
    let mut views = Vec::new();
    for (name, table) in own {
        match table.get_table_definition().map(str::to_owned) {
            Some(definition) => views.push((name, definition)),
            None => {
                let _ = context.register_table(name.as_str(), table);
            }
        }
    }
    // A view may need another; whoever fails is tried again as long as that helps.
    loop {
        let before = views.len();
        let (mut failed, mut errors) = (Vec::new(), Vec::new());
        for (name, definition) in views {
            if let Err(e) = define(context, &definition, params).await {
                errors.push((name.clone(), e));
                failed.push((name, definition));
            }
        }
        if failed.is_empty() || failed.len() == before {
            return errors;
        }
        views = failed;
    }
}

async fn define(context: &SessionContext, definition: &str, params: &Params) -> std::result::Result<(), EngineError> {
    for mut statement in statements::parse(definition)? {
        if let Statement::Statement(sql) = &mut statement
            && let SqlStatement::CreateView(view) = sql.as_mut()
        {
            view.or_replace = true;
        }
        let plan = statements::plan(context, statement, params.clone()).await?;
        context.execute_logical_plan(plan).await?;
    }
    Ok(())
}
