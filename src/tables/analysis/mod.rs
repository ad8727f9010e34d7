//! Tables that tell what the logs mean. One file a table, one line in [`ALL`]; the kernels are in `tunnelql_udfs`.
//!
//! Each is a table with the defaults of its parameters, and a table function of the same name with arguments. Rows are
//! made when a statement runs: a plan shows one node for all of it, since what is read of one log depends on what the
//! other says. The session's time range cuts what they see: a tunnel that went down just before its end is down for ever.

mod arguments;
mod availability;
mod bgp_sessions;
mod columns;
mod config_changes;
mod disconnects;
mod exec;
mod failovers;
mod flaps;
mod gateways;
mod ike_failures;
mod ike_negotiations;
mod inputs;
mod log_hours;
mod maintenance;
mod p2s_sessions;
mod readings;
mod route_changes;
mod tunnel_sessions;
mod windows;
mod work;

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{DocSection, Documentation, Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use futures::future::BoxFuture;

use arguments::{Argument, Parameter};
use columns::Column;
use gateways::RESOURCE_ID;
use work::Work;

use super::catalog::Data;
use super::known::KnownParameter;

pub use readings::Readings;

/// An analysis table.
pub struct AnalysisTable {
    /// Its name.
    pub name: &'static str,
    /// What a row is, and where the rule comes from.
    pub meaning: &'static str,
    /// Columns of its own, with their meanings.
    columns: &'static [Column],
    /// Parameters of the table function.
    pub parameters: &'static [Parameter],
    /// Columns of which equality filters reach the logs.
    pub pushed: &'static [&'static str],
    /// Makes the rows.
    pub run: for<'a> fn(&'a Work) -> BoxFuture<'a, Result<RecordBatch>>,
}

/// The chapter of the reference that these tables are.
pub const CHAPTER: &str = "What the logs mean: tables, and table functions of the same names";

/// Every analysis table.
pub const ALL: &[AnalysisTable] = &[
    availability::TABLE,
    bgp_sessions::TABLE,
    config_changes::TABLE,
    disconnects::TABLE,
    failovers::TABLE,
    flaps::TABLE,
    ike_failures::TABLE,
    ike_negotiations::TABLE,
    log_hours::TABLE,
    maintenance::TABLE,
    p2s_sessions::TABLE,
    route_changes::TABLE,
    tunnel_sessions::TABLE,
];

/// The table of that name, in any case.
pub fn find(name: &str) -> Option<&'static AnalysisTable> {
    ALL.iter().find(|t| t.name.eq_ignore_ascii_case(name))
}

impl AnalysisTable {
    /// How the function is called.
    pub fn syntax(&self) -> String {
        let parameters: Vec<_> = self.parameters.iter().map(|p| format!("{} => {}", p.name, p.default)).collect();
        format!("{}({})", self.name, parameters.join(", "))
    }

    /// What a row is, and what the parameters decide.
    pub fn description(&self) -> String {
        let parameters = self.parameters.iter().map(|p| format!(" {}: {}", p.name, p.meaning));
        self.meaning.to_owned() + &parameters.collect::<String>()
    }

    /// The function's documentation, in the form of all others.
    pub fn documentation(&self) -> Documentation {
        let section = DocSection { include: true, label: CHAPTER, description: None };
        let mut doc = Documentation::builder(section, self.description(), self.syntax())
            .with_sql_example(format!("SELECT * FROM {}", self.syntax()));
        for p in self.parameters {
            doc = doc.with_argument(p.name, p.meaning);
        }
        doc.build()
    }

    /// All columns, in order: the table's own, and what tells gateways of one name apart.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().chain(std::iter::once(&RESOURCE_ID))
    }

    /// Its schema.
    pub fn schema(&self) -> SchemaRef {
        columns::schema(self.columns())
    }

    /// What the parameters are.
    pub fn known_parameters(&self) -> Vec<KnownParameter> {
        let known = |p: &Parameter| KnownParameter {
            name: p.name,
            default: p.default,
            meaning: p.meaning,
            words: if let Argument::Word(words, _) = p.value { words } else { &[] },
        };
        self.parameters.iter().map(known).collect()
    }

    /// The table with the defaults of its parameters.
    pub fn provider(&'static self, data: &Arc<Data>) -> Result<Arc<dyn TableProvider>> {
        self.provider_with(data, &[])
    }

    fn provider_with(&'static self, data: &Arc<Data>, values: &[Expr]) -> Result<Arc<dyn TableProvider>> {
        let arguments = arguments::read(self.name, self.parameters, values)?;
        Ok(Arc::new(Provider { table: self, data: Arc::clone(data), arguments, schema: self.schema() }))
    }
}

/// Registers the table functions with a session.
pub fn register_functions(context: &SessionContext, data: &Arc<Data>) {
    for table in ALL {
        context.register_udtf(table.name, Arc::new(Function { table, data: Arc::clone(data) }));
    }
}

struct Function {
    table: &'static AnalysisTable,
    data: Arc<Data>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table.name)
    }
}

impl TableFunctionImpl for Function {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        self.table.provider_with(&self.data, args.exprs())
    }
}

struct Provider {
    table: &'static AnalysisTable,
    data: Arc<Data>,
    arguments: Vec<Argument>,
    schema: SchemaRef,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table.name)
    }
}

#[async_trait]
impl TableProvider for Provider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Used to read less; rows are filtered by the plan above.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let state = state
            .as_any()
            .downcast_ref::<SessionState>()
            .ok_or_else(|| internal_datafusion_err!("{} needs a whole session", self.table.name))?;
        let work = Work::new(self.table, &self.data, state, &self.arguments, projection, filters);
        exec::plan(work, Arc::clone(&self.schema), projection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_says_what_it_means() {
        for table in ALL {
            assert!(table.meaning.ends_with('.'), "{}", table.name);
            for column in table.columns {
                assert!(column.meaning.ends_with('.'), "{}.{}", table.name, column.name);
            }
            for parameter in table.parameters {
                assert!(parameter.meaning.ends_with('.'), "{}.{}", table.name, parameter.name);
            }
            for pushed in table.pushed {
                assert!(table.columns.iter().any(|c| c.name == *pushed), "{}.{pushed}", table.name);
            }
            assert_eq!(find(&table.name.to_uppercase()).map(|t| t.name), Some(table.name));
        }
        assert!(ALL.windows(2).all(|w| w[0].name < w[1].name), "sorted by name");
    }
}
