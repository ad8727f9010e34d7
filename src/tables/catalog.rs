//! Names to tables. Nothing is opened before a statement asks for it, so that starting up costs nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, col, lit};
use datafusion::prelude::SessionContext;
use hashbrown::HashMap;
use parking_lot::RwLock;
use tokio::sync::OnceCell;

use super::analysis;
use super::azure;
use super::dataset::{Dataset, RawOptions, ScanCounts};
use super::information_schema::InformationSchema;
use super::log_table::LogTable;
use super::metrics;
use super::opening::Openings;
use super::pruning::TimeRange;
use super::system;
use crate::model::Category;
use crate::store::Location;

/// The data of a session, opened when it is first asked for and then kept at that version until it is asked to look again.
#[derive(Debug)]
pub struct Data {
    places: Vec<Location>,
    options: RawOptions,
    range: RwLock<TimeRange>,
    opened: RwLock<Arc<OnceCell<Arc<Dataset>>>>,
    counts: Arc<ScanCounts>,
    openings: Arc<Openings>,
    kept: analysis::Readings,
    /// How far before the range the tunnel log tells analysis tables what was down already, in ticks.
    look_back: AtomicI64,
}

impl Data {
    /// Data at some places, of which every log table and view shows only the range.
    pub fn new(places: Vec<Location>, options: RawOptions, range: TimeRange) -> Arc<Self> {
        let (range, opened) = (RwLock::new(range), RwLock::default());
        let counts = Arc::new(ScanCounts::of(&places));
        Arc::new(Self {
            places,
            options,
            range,
            opened,
            counts,
            openings: Arc::default(),
            kept: analysis::Readings::default(),
            look_back: AtomicI64::new(0),
        })
    }

    /// What log tables and views show.
    pub fn range(&self) -> TimeRange {
        *self.range.read()
    }

    /// Makes outages count in analysis tables that began so many ticks before the range at most, and go on in it.
    pub fn set_look_back(&self, ticks: i64) {
        self.look_back.store(ticks, Ordering::Relaxed);
    }

    /// How far analysis tables look back from the range's start, in ticks.
    pub fn look_back(&self) -> i64 {
        self.look_back.load(Ordering::Relaxed)
    }

    /// Changes what tables and views show that are asked for from now on.
    pub fn set_range(&self, range: TimeRange) {
        *self.range.write() = range;
    }

    /// Looks at the places anew when a table is next asked for.
    pub fn forget(&self) {
        *self.opened.write() = Arc::default();
        self.kept.forget();
    }

    /// What analysis tables have read, for the statements that follow.
    pub fn kept(&self) -> &analysis::Readings {
        &self.kept
    }

    /// The opened data.
    pub async fn dataset(&self) -> Result<Arc<Dataset>> {
        let cell = Arc::clone(&self.opened.read());
        let opened = cell.get_or_try_init(|| async {
            let (places, options, counts) = (self.places.clone(), self.options, Arc::clone(&self.counts));
            let opening = self.openings.begin();
            // A task of its own: whoever waits for it may be cancelled, opening may not.
            let opened = tokio::spawn(async move {
                let _opening = opening;
                Dataset::open(&places, options, counts).await
            });
            let opened = opened.await.map_err(|e| DataFusionError::External(Box::new(e)))?;
            opened.map(Arc::new).map_err(super::external)
        });
        opened.await.cloned()
    }

    /// From when to when there is data, where all of it lies in archives that are open: their logs say it.
    pub fn archived_span(&self) -> Option<TimeRange> {
        let cell = Arc::clone(&self.opened.read());
        cell.get().and_then(|dataset| dataset.archived_span())
    }

    /// What is being opened.
    pub fn openings(&self) -> &Arc<Openings> {
        &self.openings
    }

    /// What statements read.
    pub fn counts(&self) -> &Arc<ScanCounts> {
        &self.counts
    }

    /// A log table as a plan, restricted to the session's time range.
    pub(super) async fn log_plan(&self, category: Category) -> Result<LogicalPlan> {
        self.log_plan_of(category, self.range()).await
    }

    /// A log table as a plan, restricted to a time range.
    pub(super) async fn log_plan_of(&self, category: Category, range: TimeRange) -> Result<LogicalPlan> {
        let table = Arc::new(LogTable::new(self.dataset().await?, category));
        let mut plan = LogicalPlanBuilder::scan(category.table(), provider_as_source(table), None)?;
        let at = |ticks: i64| lit(ScalarValue::TimestampNanosecond(ticks.checked_mul(100), Some("UTC".into())));
        if let Some(start) = range.start {
            plan = plan.filter(col("time").gt_eq(at(start)))?;
        }
        if let Some(end) = range.end {
            plan = plan.filter(col("time").lt(at(end)))?;
        }
        plan.build()
    }

    async fn log_table(&self, category: Category) -> Result<Arc<dyn TableProvider>> {
        if self.range() == TimeRange::default() {
            return Ok(Arc::new(LogTable::new(self.dataset().await?, category)));
        }
        Ok(Arc::new(ViewTable::new(self.log_plan(category).await?, None)))
    }
}

/// Registers every table with a session.
pub fn register(context: &SessionContext, data: &Arc<Data>) -> Result<()> {
    let state = context.state();
    let options = &state.config_options().catalog;
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(&options.default_schema, Arc::new(LogSchema::new(Arc::clone(data))))?;
    catalog.register_schema("system", Arc::new(SystemSchema { data: Arc::clone(data) }))?;
    catalog.register_schema("information_schema", Arc::new(InformationSchema::new(context)))?;
    context.register_catalog(&options.default_catalog, Arc::new(catalog));
    analysis::register_functions(context, data);
    Ok(())
}

/// The log tables, Azure's names for them, what they mean together, and what a session creates for itself.
#[derive(Debug)]
struct LogSchema {
    data: Arc<Data>,
    own: RwLock<HashMap<String, Arc<dyn TableProvider>>>,
}

impl LogSchema {
    fn new(data: Arc<Data>) -> Self {
        Self { data, own: RwLock::default() }
    }

    fn is_ours(name: &str) -> bool {
        is_ours("", name)
    }
}

/// Whether a table or view is one of tunnelql's own. An empty schema is the logs'.
pub fn is_ours(schema: &str, table: &str) -> bool {
    if schema.eq_ignore_ascii_case("system") {
        return system::ALL.iter().any(|t| t.name.eq_ignore_ascii_case(table));
    }
    (schema.is_empty() || schema.eq_ignore_ascii_case("logs"))
        && (Category::ALL.iter().any(|c| c.table().eq_ignore_ascii_case(table))
            || azure::is_view(table)
            || metrics::is_table(table)
            || analysis::find(table).is_some())
}

#[async_trait]
impl SchemaProvider for LogSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names: BTreeSet<String> = Category::ALL.iter().map(|c| c.table().to_owned()).collect();
        names.extend(azure::view_names().map(str::to_owned));
        names.insert(metrics::NAME.to_owned());
        names.extend(analysis::ALL.iter().map(|t| t.name.to_owned()));
        names.extend(self.own.read().keys().cloned());
        names.into_iter().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(table) = self.own.read().get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        if let Some(category) = Category::ALL.into_iter().find(|c| c.table().eq_ignore_ascii_case(name)) {
            return self.data.log_table(category).await.map(Some);
        }
        if metrics::is_table(name) {
            return Ok(Some(metrics::provider()));
        }
        if let Some(table) = analysis::find(name) {
            return table.provider(&self.data).map(Some);
        }
        azure::view(&self.data, name).await
    }

    fn register_table(&self, name: String, table: Arc<dyn TableProvider>) -> Result<Option<Arc<dyn TableProvider>>> {
        if Self::is_ours(&name) {
            return exec_err!("'{name}' is a table of the logs; choose another name");
        }
        Ok(self.own.write().insert(name, table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if Self::is_ours(name) {
            return exec_err!("'{name}' is a table of the logs and cannot be dropped");
        }
        Ok(self.own.write().remove(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        Self::is_ours(name) || self.own.read().contains_key(name)
    }
}

/// `system.*`: what the tool knows about the data.
#[derive(Debug)]
struct SystemSchema {
    data: Arc<Data>,
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        system::ALL.iter().map(|t| t.name.to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let found = system::ALL.iter().find(|t| t.name.eq_ignore_ascii_case(name));
        Ok(found.map(|t| system::provider(t, Arc::clone(&self.data))))
    }

    fn table_exist(&self, name: &str) -> bool {
        system::ALL.iter().any(|t| t.name.eq_ignore_ascii_case(name))
    }
}
