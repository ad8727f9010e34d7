//! A syntax tree to a plan of DataFusion's.

mod bind;
mod catalog;
mod discovery;
mod filter;
mod names;
mod operations;
mod operators;
mod output;
mod relation;
mod several;
mod sources;
mod statements;
mod windows;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use crate::ast::{Render, Script};
use crate::call::Argument;
use crate::error::{KqlError, Span};
use crate::parse::parse;
use crate::types::{Kind, Typed};
use relation::Relation;

pub use output::KIND_KEY;

/// How queries are planned.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What `now()` says, in nanoseconds since 1970.
    pub now: i64,
    /// The tables that `search` and `union *` read when the query names none.
    pub searched: Vec<String>,
    /// Nothing is read while planning. What only rows can tell (the columns of `evaluate bag_unpack` without a schema, the
    /// end of a `range` that a table says) is refused then; otherwise such rows are read, and memory grows with their
    /// answer only.
    pub reads_nothing: bool,
}

/// A query that can be run.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan. Its fields say their Kusto type in their metadata, under [`KIND_KEY`].
    pub plan: LogicalPlan,
    /// Names and types of the result.
    pub columns: Vec<(String, Kind)>,
    /// The chart that the query asks for.
    pub render: Option<Render>,
    /// What its reader should know, such as statements without effect.
    pub notes: Vec<String>,
    /// Whether `now()` or `ago()` was asked for.
    pub uses_now: bool,
}

/// Everything that is wrong with a query.
#[derive(Debug, Clone)]
pub struct Refused {
    /// At least one.
    pub errors: Vec<KqlError>,
}

impl Refused {
    /// The errors with their lines.
    pub fn at(&self, query: &str) -> String {
        self.errors.iter().map(|e| e.at(query)).collect::<Vec<_>>().join("\n")
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            let separator = if i > 0 { "\n" } else { "" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

impl From<KqlError> for Refused {
    fn from(error: KqlError) -> Self {
        Self { errors: vec![error] }
    }
}

/// A text that is KQL, read once for all that is done with it. Its names are not looked up yet.
#[derive(Debug, Clone)]
pub struct Query(Arc<Script>);

impl Query {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        parse(text).map(|script| Self(Arc::new(script))).map_err(|errors| Refused { errors })
    }

    /// Plans every query of the text. Names are those of the session's tables, exactly as they are written.
    pub async fn plan(&self, state: &SessionState, options: &Options) -> Result<Vec<Planned>, Refused> {
        let script = self.0.as_ref();
        let (tables, known) = catalog::resolve(state, script, options).await?;
        let mut found = Vec::new();
        loop {
            let mut planner = Planner::new(options, tables.clone(), known.clone());
            planner.discovery.found.clone_from(&found);
            let planned = planner.script(script);
            // What is wanted decides: whoever asked may have gone on without it.
            match planner.discovery.wanted.take() {
                Some(plan) => found.push(discovery::rows(state, &plan).await?),
                None => return Ok(planned?),
            }
        }
    }
}

/// Reads and plans a text.
pub async fn plan(state: &SessionState, text: &str, options: &Options) -> Result<Vec<Planned>, Refused> {
    Query::parse(text)?.plan(state, options).await
}

/// What a name stands for.
#[derive(Debug, Clone)]
enum Binding {
    /// A value.
    Scalar(Typed),
    /// Rows.
    Table(Box<Relation>),
    /// A function of the query's own, with the bindings it saw.
    Function(Arc<Function>),
}

#[derive(Debug)]
struct Function {
    lambda: crate::ast::Lambda,
    seen: Arc<HashMap<String, Binding>>,
}

struct Planner<'a> {
    options: &'a Options,
    tables: HashMap<String, Relation>,
    /// Names of all tables, for those that do not know one.
    known: Arc<[String]>,
    bindings: Arc<HashMap<String, Binding>>,
    /// Views in the order of their definition, for `search` and `union`.
    views: Vec<String>,
    render: Option<Render>,
    notes: Vec<String>,
    uses_now: bool,
    counter: usize,
    /// Calls of own functions inside each other.
    calls: usize,
    /// The rows of the outer query, inside `mv-apply`, `partition` and calls of own functions.
    input: Option<Relation>,
    /// What was read, and is to be read, before the plan can be made.
    discovery: discovery::Discovery,
    /// Inside a `where`: conditions may hold sub-queries.
    filtering: bool,
    /// Inside `summarize`: aggregates may stand in expressions; the keys.
    aggregating: Option<Vec<(String, Typed)>>,
}

impl<'a> Planner<'a> {
    fn new(options: &'a Options, tables: HashMap<String, Relation>, known: Arc<[String]>) -> Self {
        Self {
            options,
            tables,
            known,
            bindings: Arc::default(),
            views: Vec::new(),
            render: None,
            notes: Vec::new(),
            uses_now: false,
            counter: 0,
            calls: 0,
            input: None,
            discovery: discovery::Discovery::default(),
            filtering: false,
            aggregating: None,
        }
    }

    /// A new name for a hidden field.
    fn fresh(&mut self, what: &str) -> String {
        self.counter += 1;
        format!("${what}{}", self.counter)
    }

    /// Calls a scalar function by name.
    fn call(&self, name: &str, span: &Span, args: &[Typed]) -> Result<Typed, KqlError> {
        let args: Vec<Argument> =
            args.iter().map(|value| Argument { value: value.clone(), span: span.clone(), name: None }).collect();
        let function = crate::functions::lookup(name)
            .ok_or_else(|| KqlError::unsupported(span, format!("the function {name}()")))?;
        (function.bind)(&crate::call::Call { name, span: span.clone(), args: &args, now: self.options.now })
    }

    /// A value as another type: numbers are widened, dynamic values are read.
    fn convert(&self, value: Typed, kind: Kind, span: &Span) -> Result<Typed, KqlError> {
        let name = match kind {
            _ if value.kind == kind => return Ok(value),
            Kind::Bool => "tobool",
            Kind::Int => "toint",
            Kind::Long => "tolong",
            Kind::Real => "todouble",
            Kind::Decimal => "todecimal",
            Kind::String => "tostring",
            Kind::Datetime => "todatetime",
            Kind::Timespan => "totimespan",
            Kind::Guid => "toguid",
            Kind::Dynamic => "todynamic",
        };
        if value.literal == Some(crate::types::Literal::Null) {
            return Ok(Typed::of(crate::types::Literal::Null, kind));
        }
        self.call(name, span, &[value])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
