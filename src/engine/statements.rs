//! Text to statements, statements to plans.

use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::mistake::Mistake;
use super::{EngineError, Params, arguments, distinct, guard, identifiers, names};

/// Statements of a text, separated by semicolons.
pub fn parse(sql: &str) -> Result<Vec<Statement>, EngineError> {
    let parser = DFParserBuilder::new(sql).with_dialect(&GenericDialect {}).with_recursion_limit(200).build();
    let parsed = parser.and_then(|mut parser| parser.parse_statements());
    let mut statements: Vec<_> = parsed.map_err(|e| EngineError::query(Mistake::of_syntax(&e, sql)))?.into();
    statements.iter_mut().for_each(distinct::bind_tightly);
    Ok(statements)
}

/// The statement that an EXPLAIN is about, or the statement itself.
pub fn explained(statement: &mut Statement) -> &mut Statement {
    let mut inner = statement;
    while let Statement::Explain(explain) = inner {
        inner = &mut explain.statement;
    }
    inner
}

/// A statement with its parameters as a logical plan.
pub async fn plan(
    context: &SessionContext,
    mut statement: Statement,
    params: Params,
) -> Result<LogicalPlan, EngineError> {
    let state = context.state();
    guard::keep_ours(&statement)?;
    arguments::by_position(&state, &mut statement, &params)?;
    names::name_results(&mut statement);
    identifiers::respect_columns(&state, &mut statement).await?;
    let plan = state.statement_to_plan(statement).await?;
    let wanted = plan.get_parameter_names()?;
    if wanted.is_empty() {
        return Ok(plan);
    }
    let missing: Vec<&str> =
        wanted.iter().map(|w| w.trim_start_matches('$')).filter(|w| !params.iter().any(|(n, _)| n == w)).collect();
    if !missing.is_empty() {
        let hint = missing.iter().map(|m| format!("--param {m}=VALUE")).collect::<Vec<_>>().join(" ");
        return Err(EngineError::query(format!("the statement has parameters without a value; give {hint}")));
    }
    let values: std::collections::HashMap<String, _> = params.into_iter().collect();
    Ok(plan.with_param_values(ParamValues::from(values))?)
}
