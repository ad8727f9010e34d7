//! What a statement must not take away: tunnelql's own tables.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectType, Statement as SqlStatement};

use super::EngineError;
use crate::tables::is_ours;

/// Refuses to drop a table or view that is no one's to drop, whatever kind the statement takes it for.
pub fn keep_ours(statement: &Statement) -> Result<(), EngineError> {
    let Statement::Statement(sql) = statement else { return Ok(()) };
    let SqlStatement::Drop { object_type: ObjectType::Table | ObjectType::View, names, .. } = sql.as_ref() else {
        return Ok(());
    };
    match names.iter().map(parts).find(|(schema, table)| is_ours(schema, table)) {
        Some((schema, table)) => {
            let dot = if schema.is_empty() { "" } else { "." };
            Err(EngineError::query(format!(
                "{schema}{dot}{table} is one of tunnelql's own tables and cannot be dropped"
            )))
        }
        None => Ok(()),
    }
}

/// The last two parts of a name.
fn parts(name: &ObjectName) -> (String, String) {
    let mut parts = name.0.iter().rev().filter_map(|p| p.as_ident()).map(|i| i.value.clone());
    let table = parts.next().unwrap_or_default();
    (parts.next().unwrap_or_default(), table)
}
