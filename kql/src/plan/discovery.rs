//! Rows that are read before a plan can be made: what columns an unpacked bag has, where a range ends that a table says.
//!
//! The planner is no asynchronous code. Where it needs rows, it leaves the plan that gives them and ends with an error; the
//! plan is run, and everything is planned again with its rows at hand. Planning is deterministic, so that the n-th wish
//! of one turn is the n-th of the next.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::collect;
use datafusion::scalar::ScalarValue;

use super::Planner;
use super::relation::Relation;
use crate::ast::Expr as Ast;
use crate::error::{KqlError, Span};
use crate::types::{Kind, Literal, Typed};

/// Columns that data may give at most.
pub const COLUMN_LIMIT: usize = 1000;
/// Values of a list that a table gives at most, where the list is no join.
const LIST_LIMIT: usize = 100_000;
/// Readings for one text at most.
const READINGS: usize = 100;

/// Rows that were read, in the order in which they were asked for, and the plan of the next ones.
#[derive(Debug, Default)]
pub struct Discovery {
    pub found: Vec<Arc<Vec<RecordBatch>>>,
    pub wanted: Option<LogicalPlan>,
    asked: usize,
}

/// Runs a plan to its end.
pub async fn rows(state: &SessionState, plan: &LogicalPlan) -> Result<Arc<Vec<RecordBatch>>, KqlError> {
    let plan = state.create_physical_plan(plan).await?;
    Ok(Arc::new(collect(plan, Arc::new(TaskContext::from(state))).await?))
}

impl Planner<'_> {
    /// The rows of a plan, which must be few. `what` says what for, where nothing may be read.
    pub(super) fn read(
        &mut self,
        plan: LogicalPlan,
        what: &str,
        span: &Span,
    ) -> Result<Arc<Vec<RecordBatch>>, KqlError> {
        let position = self.discovery.asked;
        self.discovery.asked += 1;
        if let Some(found) = self.discovery.found.get(position) {
            return Ok(Arc::clone(found));
        }
        if self.options.reads_nothing || position >= READINGS {
            return Err(KqlError::unsupported(span, format!("{what} here, which only data can tell")));
        }
        if self.discovery.wanted.is_none() {
            self.discovery.wanted = Some(plan);
        }
        Err(KqlError::typed(span, format!("{what} must be read first")))
    }

    /// A value that needs no row of the query, computed now where it is not constant.
    pub(super) fn known(&mut self, expr: &Ast) -> Result<Typed, KqlError> {
        let value = self.constant(expr)?;
        if value.literal.is_some() {
            return Ok(value);
        }
        let plan = LogicalPlanBuilder::empty(true).project(vec![value.expr.alias("$value")])?.build()?;
        let batches = self.read(plan, "a value", &expr.span)?;
        let literal = literals(&batches, 0, value.kind)?.into_iter().next().unwrap_or(Literal::Null);
        Ok(Typed::of(literal, value.kind))
    }

    /// The values of a table's first column, for lists.
    pub(super) fn first_column(&mut self, table: Relation, span: &Span) -> Result<Vec<Typed>, KqlError> {
        let table = table.plain()?;
        let Some(column) = table.columns.first().cloned() else {
            return Err(KqlError::typed(span, "the table has no column"));
        };
        let value = table.value(&column).expr.alias("$value");
        let plan = LogicalPlanBuilder::from(table.plan)
            .project(vec![value])?
            .distinct()?
            .limit(0, Some(LIST_LIMIT + 1))?
            .build()?;
        let batches = self.read(plan, "a list from a table", span)?;
        let found = literals(&batches, 0, column.kind)?;
        if found.len() > LIST_LIMIT {
            let text = format!("this list has more than {LIST_LIMIT} values; a where with 'in' takes any number");
            return Err(KqlError::typed(span, text));
        }
        Ok(found.into_iter().filter(|l| *l != Literal::Null).map(|l| Typed::of(l, column.kind)).collect())
    }
}

/// A column's values.
pub fn literals(batches: &[RecordBatch], column: usize, kind: Kind) -> Result<Vec<Literal>, KqlError> {
    let mut out = Vec::new();
    for batch in batches {
        let Some(array) = batch.columns().get(column) else { continue };
        for row in 0..batch.num_rows() {
            out.push(literal(&ScalarValue::try_from_array(array, row)?, kind));
        }
    }
    Ok(out)
}

/// The other way round of [`crate::types::scalar`].
fn literal(value: &ScalarValue, kind: Kind) -> Literal {
    match value {
        ScalarValue::Boolean(Some(v)) => Literal::Bool(*v),
        ScalarValue::Int32(Some(v)) => Literal::Long(i64::from(*v)),
        ScalarValue::Int64(Some(v)) => Literal::Long(*v),
        ScalarValue::Float64(Some(v)) => Literal::Real(*v),
        ScalarValue::Decimal128(Some(v), ..) => Literal::Decimal(*v),
        ScalarValue::TimestampNanosecond(Some(v), _) => Literal::Datetime(*v),
        ScalarValue::DurationNanosecond(Some(v)) => Literal::Timespan(*v),
        other => match (other.try_as_str().flatten(), kind) {
            (Some(text), Kind::Dynamic) => Literal::Dynamic(text.to_owned()),
            (Some(text), _) => Literal::String(text.to_owned()),
            (None, Kind::String) => Literal::String(String::new()),
            (None, _) => Literal::Null,
        },
    }
}
