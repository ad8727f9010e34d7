//! One log table over everything that `--data` names: archives, raw exports or both.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::{Column, col};
use datafusion::physical_expr::utils::conjunction;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;

use super::dataset::Dataset;
use super::first_copy::FirstCopyExec;
use super::pruning::stored_filter;
use super::raw::raw_scan;
use super::reading::{FilterEffect, Reading, ScanRequests, TIME_HINT, Unit, filter_text, is_plain, names_time};
use super::time::stored_time;
use crate::archive::{Archive, DataFile, KEYS, ROW_GROUP_ROWS, Scan, files_kept, parquet_options};
use crate::model::Category;
use crate::schema::columns::table_schema;
use crate::schema::physical;
use crate::store::{SMALL_FILE, cached_file};

/// The table of one category.
#[derive(Debug)]
pub struct LogTable {
    dataset: Arc<Dataset>,
    category: Category,
}

impl LogTable {
    /// The table of `category` over `dataset`.
    pub fn new(dataset: Arc<Dataset>, category: Category) -> Self {
        Self { dataset, category }
    }
}

#[async_trait]
impl TableProvider for LogTable {
    fn schema(&self) -> SchemaRef {
        table_schema(self.category)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Files, row groups, pages and blobs are skipped; rows are filtered by the plan above.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.schema();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        // With filters to come, a limit here would cut rows that the filters drop.
        let limit = limit.filter(|_| filters.is_empty());
        let mut plans = Vec::new();
        let question = Question { category: self.category, state, wanted: &wanted, filters, limit };
        for (i, archive) in self.dataset.archives.iter().enumerate() {
            plans.extend(archive_scan(archive, &self.dataset.archives[..i], &question, &self.dataset)?);
        }
        if !self.dataset.raw.is_empty() {
            plans.push(raw_scan(&self.dataset, self.category, state, &wanted, filters).await?);
        }
        Ok(match plans.len() {
            0 => Arc::new(EmptyExec::new(Arc::new(schema.project(&wanted)?))),
            1 => plans.remove(0),
            _ => UnionExec::try_new(plans)?,
        })
    }
}

/// What a scan is asked for.
struct Question<'a> {
    category: Category,
    state: &'a dyn Session,
    /// Indexes of the wanted columns.
    wanted: &'a [usize],
    filters: &'a [Expr],
    limit: Option<usize>,
}

/// The rows of one archive that those before it do not hold.
fn archive_scan(
    archive: &Archive,
    before: &[Archive],
    question: &Question<'_>,
    dataset: &Dataset,
) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
    let &Question { category, state, wanted, filters, limit } = question;
    let table = table_schema(category);
    let file = physical::file_schema(category);
    let all_parts: Vec<Expr> = filters.iter().filter_map(stored_filter).collect();
    // The other filters reach the scan by themselves; those on time are said in a column that it does not have.
    let on_time = all_parts.iter().filter(|e| e.column_refs().iter().any(|c| c.name == "time")).cloned().collect();
    let predicate = physical_predicate(on_time, &file, state)?;
    let all = archive.files(Some(category.partition())).map_err(super::external)?;
    dataset.counts.add_files(all.len(), all.iter().map(|f| f.size).sum());
    let skip_files = physical_predicate(all_parts, &file, state)?;
    let left = match &skip_files {
        Some(predicate) if dataset.counts.counts_bytes() => files_kept(archive, &all, &file, predicate)?,
        _ => vec![true; all.len()],
    };
    let left_bytes = all.iter().zip(&left).filter(|(_, left)| **left).map(|(f, _)| f.size).sum();
    dataset.counts.plan_bytes(left_bytes).map_err(super::external)?;
    if dataset.counts.explains() {
        let reading = archive_reading(archive, category, &all, filters, &left, state)?;
        dataset.counts.decided(reading);
    }
    let scan = |archive: &Archive, files: Vec<DataFile>, names: &[&str], limit: Option<usize>| {
        let stored = names.iter().map(|name| file.index_of(name)).collect::<Result<_, _>>()?;
        let (plan, _) = Scan {
            archive,
            files,
            schema: Arc::clone(&file),
            projection: Some(stored),
            skip_files: skip_files.clone(),
            predicate: predicate.clone(),
            limit,
            partitions: state.config().target_partitions(),
            options: parquet_options(state.config_options()),
            runtime: state.runtime_env(),
        }
        .plan()?;
        Ok::<_, DataFusionError>(plan)
    };
    let names: Vec<&str> = wanted
        .iter()
        .map(|&i| physical::stored_name(table.field(i).name()))
        .flat_map(|name| std::iter::once(name).chain((name == "time").then_some(physical::TIME_100NS)))
        .collect();
    let (shared, alone, known) = shared_files(all, before, category)?;
    let mut plans = Vec::new();
    if !alone.is_empty() || shared.is_empty() {
        plans.push(scan(archive, alone, &names, limit)?);
    }
    if !shared.is_empty() {
        let mut with_keys = names;
        with_keys.extend(KEYS.iter().filter(|key| !with_keys.contains(key)).copied().collect::<Vec<_>>());
        let rows = scan(archive, shared, &with_keys, None)?;
        let known = known.into_iter().map(|(archive, files)| scan(archive, files, &KEYS, None));
        let mut known = known.collect::<Result<Vec<_>>>()?;
        let known = match known.len() {
            1 => known.remove(0),
            _ => UnionExec::try_new(known)?,
        };
        plans.push(Arc::new(FirstCopyExec::new(rows, known)?));
    }
    plans.into_iter().map(|plan| as_table(plan, &table, wanted, state)).collect()
}

/// Files of one archive that may hold records of the archives before it, those that do not, and of each of those before the
/// files that may hold them as well.
type Shared<'a> = (Vec<DataFile>, Vec<DataFile>, Vec<(&'a Archive, Vec<DataFile>)>);

fn shared_files(files: Vec<DataFile>, before: &[Archive], category: Category) -> Result<Shared<'_>> {
    let mut known = Vec::new();
    for archive in before {
        let mut theirs = archive.files(Some(category.partition())).map_err(super::external)?;
        theirs.retain(|their| files.iter().any(|f| may_share(f, their)));
        if !theirs.is_empty() {
            known.push((archive, theirs));
        }
    }
    let is_shared = |f: &DataFile| known.iter().any(|(_, theirs)| theirs.iter().any(|their| may_share(f, their)));
    let (shared, alone) = files.into_iter().partition(is_shared);
    Ok((shared, alone, known))
}

/// Whether two files may hold the same record.
fn may_share(a: &DataFile, b: &DataFile) -> bool {
    // Nearly all pairs are of two days.
    if a.date != b.date {
        return false;
    }
    let at_one_time = match (a.time, b.time) {
        (Some((first, last)), Some((other_first, other_last))) => first <= other_last && other_first <= last,
        _ => true,
    };
    // Exports spell a gateway's name in different cases, which statistics of several gateways do not allow for.
    let only_gateway = |f: &DataFile| {
        let (min, max) = f.texts.get("gateway")?;
        (min == max).then(|| min.to_lowercase())
    };
    let of_one_gateway = only_gateway(a).zip(only_gateway(b)).is_none_or(|(a, b)| a == b);
    at_one_time && of_one_gateway
}

/// Stored columns as the table's.
fn as_table(
    scan: Arc<dyn ExecutionPlan>,
    table: &SchemaRef,
    wanted: &[usize],
    state: &dyn Session,
) -> Result<Arc<dyn ExecutionPlan>> {
    let has: SchemaRef = scan.schema();
    let out: Arc<Schema> = Arc::new(table.project(wanted)?);
    let mut exprs: Vec<ProjectionExpr> = Vec::with_capacity(out.fields().len());
    for field in out.fields() {
        let expr: Arc<dyn PhysicalExpr> = if field.name() == "time" {
            let parts = vec![col("time", &has)?, col(physical::TIME_100NS, &has)?];
            Arc::new(ScalarFunctionExpr::try_new(stored_time(), parts, &has, Arc::new(state.config_options().clone()))?)
        } else {
            let name = physical::stored_name(field.name());
            Arc::new(Column::new(name, has.index_of(name)?))
        };
        exprs.push(ProjectionExpr::new(expr, field.name().clone()));
    }
    Ok(Arc::new(ProjectionExec::try_new(exprs, scan)?))
}

/// What the filters do to an archive's files, together and each by itself.
fn archive_reading(
    archive: &Archive,
    category: Category,
    files: &[DataFile],
    filters: &[Expr],
    left: &[bool],
    state: &dyn Session,
) -> Result<Reading> {
    let schema = physical::file_schema(category);
    let kept = |predicate: Option<&Arc<dyn PhysicalExpr>>| -> Result<Vec<bool>> {
        match predicate {
            Some(predicate) => files_kept(archive, files, &schema, predicate),
            None => Ok(vec![true; files.len()]),
        }
    };
    let left: Vec<&DataFile> = files.iter().zip(left).filter(|(_, keep)| **keep).map(|(f, _)| f).collect();
    // The end of a file says where its parts are; then the wanted columns of each row group.
    let reads = |f: &DataFile| match f.size <= SMALL_FILE {
        true => 1,
        false => 1 + f.rows.unwrap_or(1).div_ceil(ROW_GROUP_ROWS as u64).max(1),
    };
    let effect = |filter: &Expr| -> Result<FilterEffect> {
        let text = filter_text(filter);
        let stored = stored_filter(filter);
        let Some(stored) = stored.filter(|_| is_plain(filter)) else {
            let note =
                if names_time(filter) { TIME_HINT } else { "an expression, which statistics of columns do not decide" };
            return Ok(FilterEffect { filter: text, leaves: None, note: Some(note.to_owned()) });
        };
        let known = |name: &str| name == "time" || files.iter().any(|f| f.texts.contains_key(name));
        let unknown: Vec<String> =
            stored.column_refs().iter().filter(|c| !known(&c.name)).map(|c| c.name.clone()).collect();
        let predicate = physical_predicate(vec![stored], &schema, state)?;
        let leaves = kept(predicate.as_ref())?.into_iter().filter(|keep| *keep).count();
        let note = (!unknown.is_empty()).then(|| {
            let columns = unknown.join(", ");
            format!("the log has no statistics of {columns}; parts of files may still be skipped while they are read")
        });
        Ok(FilterEffect { filter: text, leaves: Some(leaves as u64).filter(|_| note.is_none()), note })
    };
    Ok(Reading {
        table: category.table().to_owned(),
        place: format!("archive {}", archive.location),
        unit: Unit::Files,
        total: files.len() as u64,
        total_bytes: files.iter().map(|f| f.size).sum(),
        left: left.len() as u64,
        left_bytes: left.iter().map(|f| f.size).sum(),
        filters: filters.iter().flat_map(split_conjunction).map(effect).collect::<Result<_>>()?,
        requests: (!archive.location.is_local()).then(|| {
            let kept = |f: &&DataFile| cached_file(&archive.location, &archive.full(&f.path), f.size, reads(f));
            let all = ScanRequests {
                read: left.iter().map(|f| reads(f)).sum(),
                read_total: files.iter().map(reads).sum(),
                ..ScanRequests::default()
            };
            all.without_cached(left.iter().map(kept))
        }),
    })
}

/// Filters over stored columns as one physical predicate.
fn physical_predicate(
    filters: Vec<Expr>,
    file: &SchemaRef,
    state: &dyn Session,
) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let schema = DFSchema::try_from(Arc::clone(file))?;
    let parts = filters.into_iter().map(|f| state.create_physical_expr(f, &schema)).collect::<Result<Vec<_>>>()?;
    Ok((!parts.is_empty()).then(|| conjunction(parts)))
}
