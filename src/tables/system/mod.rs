//! `system.*`: what the tool knows about the data. One file a table, one line in [`ALL`].

mod files;
mod functions;
mod imports;
mod rejects;
mod rows;

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;
use rows::Column;

use super::catalog::Data;

/// A system table: its rows are made when it is asked for.
pub struct SystemTable {
    /// Name below `system`.
    pub name: &'static str,
    /// Columns with their meanings.
    pub columns: &'static [Column],
    /// Makes the rows.
    pub rows: for<'a> fn(&'a Data, &'a dyn Session, SchemaRef) -> BoxFuture<'a, Result<RecordBatch>>,
}

/// Every system table.
pub const ALL: &[SystemTable] = &[files::TABLE, functions::TABLE, imports::TABLE, rejects::TABLE];

/// The provider of a system table.
pub fn provider(table: &'static SystemTable, data: Arc<Data>) -> Arc<dyn TableProvider> {
    let fields = table.columns.iter().map(|c| Field::new(c.name, c.data_type.clone(), true));
    Arc::new(Provider { table, data, schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())) })
}

struct Provider {
    table: &'static SystemTable,
    data: Arc<Data>,
    schema: SchemaRef,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "system.{}", self.table.name)
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

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let batch = (self.table.rows)(&self.data, state, Arc::clone(&self.schema)).await?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], Arc::clone(&self.schema), projection.cloned())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_says_what_it_means() {
        for table in ALL {
            for column in table.columns {
                assert!(column.meaning.ends_with('.'), "system.{}.{}", table.name, column.name);
            }
        }
    }
}
