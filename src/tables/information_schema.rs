//! `information_schema`: DataFusion's, with what each column means.

use std::sync::{Arc, Weak};

use arrow::array::{ArrayRef, Int32Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use async_trait::async_trait;
use datafusion::catalog::information_schema::InformationSchemaProvider;
use datafusion::catalog::{CatalogProviderList, MemTable, SchemaProvider, TableProvider};
use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use super::meaning;
use crate::schema::type_name;

/// Delegates all but `columns`.
#[derive(Debug)]
pub struct InformationSchema {
    rest: InformationSchemaProvider,
    // The list holds the catalog that holds this schema: a strong reference would keep all of them for ever.
    catalogs: Weak<dyn CatalogProviderList>,
}

impl InformationSchema {
    pub fn new(context: &SessionContext) -> Self {
        let catalogs = Arc::clone(context.state().catalog_list());
        Self { rest: InformationSchemaProvider::new(Arc::clone(&catalogs)), catalogs: Arc::downgrade(&catalogs) }
    }

    async fn columns(&self) -> Result<Arc<dyn TableProvider>> {
        const TEXTS: &[&str] =
            &["table_catalog", "table_schema", "table_name", "column_name", "data_type", "is_nullable", "description"];
        let mut texts: Vec<StringBuilder> = TEXTS.iter().map(|_| StringBuilder::new()).collect();
        let mut position = Int32Builder::new();
        if let Some(catalogs) = self.catalogs.upgrade() {
            for catalog_name in catalogs.catalog_names() {
                let Some(catalog) = catalogs.catalog(&catalog_name) else { continue };
                for schema_name in catalog.schema_names().into_iter().filter(|s| s != "information_schema") {
                    let Some(schema) = catalog.schema(&schema_name) else { continue };
                    for table_name in schema.table_names() {
                        let Some(table) = schema.table(&table_name).await? else { continue };
                        for (i, field) in table.schema().fields().iter().enumerate() {
                            let row = [
                                catalog_name.as_str(),
                                &schema_name,
                                &table_name,
                                field.name(),
                                &type_name(field.data_type()),
                                if field.is_nullable() { "YES" } else { "NO" },
                                meaning(&schema_name, &table_name, field.name()).unwrap_or_default(),
                            ];
                            texts.iter_mut().zip(row).for_each(|(b, t)| b.append_value(t));
                            position.append_value(i32::try_from(i).unwrap_or(i32::MAX));
                        }
                    }
                }
            }
        }
        let mut fields: Vec<Field> = TEXTS.iter().map(|n| Field::new(*n, DataType::Utf8, false)).collect();
        fields.push(Field::new("ordinal_position", DataType::Int32, false));
        let mut arrays: Vec<ArrayRef> = texts.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef).collect();
        arrays.push(Arc::new(position.finish()));
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }
}

#[async_trait]
impl SchemaProvider for InformationSchema {
    fn table_names(&self) -> Vec<String> {
        self.rest.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if name.eq_ignore_ascii_case("columns") {
            return self.columns().await.map(Some);
        }
        self.rest.table(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.rest.table_exist(name)
    }
}
