//! Statements in KQL: from text to plans.

use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{SetExpr, Statement as SqlStatement};
use tunnelql_kql::{KqlError, Options, Planned, Query, Refused};

use super::{EngineError, Mistake, Place};
use crate::model::Ticks;

/// What a bare `search` looks in.
const SEARCHED: &str = "AzureDiagnostics";

/// A statement of either language.
#[derive(Debug, Clone)]
pub enum AnyStatement {
    /// SQL, parsed.
    Sql(Box<Statement>),
    /// KQL, parsed. It is planned when the tables are known.
    Kql(Kql),
}

/// A text in KQL.
#[derive(Debug, Clone)]
pub struct Kql {
    query: Query,
    /// What it was parsed from: errors point there.
    text: String,
}

impl From<Statement> for AnyStatement {
    fn from(statement: Statement) -> Self {
        Self::Sql(Box::new(statement))
    }
}

impl AnyStatement {
    /// Whether it asks and changes nothing: no session, no table, no file.
    pub fn only_reads(&self) -> bool {
        match self {
            // KQL has no statements that write, and its commands are refused.
            Self::Kql(_) => true,
            Self::Sql(statement) => match statement.as_ref() {
                Statement::Statement(sql) => matches!(sql.as_ref(), SqlStatement::Query(query) if reads(&query.body)),
                _ => false,
            },
        }
    }
}

fn reads(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Values(_) | SetExpr::Table(_) => true,
        SetExpr::Query(query) => reads(&query.body),
        SetExpr::SetOperation { left, right, .. } => reads(left) && reads(right),
        _ => false,
    }
}

/// A text as a statement, when nothing is wrong with its syntax.
pub fn parse(text: &str) -> Result<AnyStatement, EngineError> {
    let query = Query::parse(text).map_err(|e| refused(&e, text))?;
    Ok(AnyStatement::Kql(Kql { query, text: text.to_owned() }))
}

/// The plans of a text, with what `now()` says in it.
pub async fn plan(context: &SessionContext, kql: &Kql, now: Ticks) -> Result<Vec<Planned>, EngineError> {
    let options = Options { now: now.saturating_mul(100), searched: vec![SEARCHED.to_owned()], ..Options::default() };
    kql.query.plan(&context.state(), &options).await.map_err(|e| refused(&e, &kql.text))
}

/// The one plan of a text, for explaining it.
pub async fn only_plan(context: &SessionContext, kql: &Kql, now: Ticks) -> Result<LogicalPlan, EngineError> {
    let planned = plan(context, kql, now).await?;
    planned.into_iter().next().map(|p| p.plan).ok_or_else(|| EngineError::query("there is no query".to_owned()))
}

fn refused(refused: &Refused, text: &str) -> EngineError {
    let Some(first) = refused.errors.first() else { return EngineError::query(refused.to_string()) };
    let more = match refused.errors.len() {
        0 | 1 => String::new(),
        2 => " (and one more error)".to_owned(),
        n => format!(" (and {} more errors)", n - 1),
    };
    if let KqlError::Engine(inner) = first {
        return EngineError::query(inner.clone());
    }
    let place = first.span().filter(|s| s.end > 0).map(|span| Place::of(text, span));
    // The other way round, `Mistake::of_syntax` tells KQL from SQL.
    let is_sql = matches!(first, KqlError::Syntax { .. }) && super::statements::parse(text).is_ok();
    let hint = is_sql.then(|| "for SQL switch with .lang sql, or start with --lang sql".to_owned());
    EngineError::query(Mistake { text: format!("{first}{more}"), hint, place, ..Mistake::default() })
}
