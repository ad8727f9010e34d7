//! `system.files`: what a query may have to open.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::catalog::Data;
use super::super::raw::list_raw;
use super::SystemTable;
use super::rows::{Cell, Rows, number, text, time};
use crate::archive::Partition;
use crate::model::Category;
use crate::store::Wanted;

pub const TABLE: SystemTable = SystemTable {
    name: "files",
    columns: &[
        text("kind", "archive for a Parquet file of an archive, raw for a blob of an export."),
        text(
            "table_name",
            "Log table that the file belongs to; null for the archive's own files and for paths that do not say.",
        ),
        text("date", "UTC day of the events in an archive file."),
        text("path", "Where it lies."),
        number("rows", "Rows in it, as the archive's log says; null for raw blobs."),
        number("bytes", "Length in bytes."),
        time("min_time", "Earliest event in it, UTC; for raw blobs the hour of the path."),
        time("max_time", "Latest event in it, UTC; for raw blobs the end of the hour of the path."),
    ],
    rows,
};

fn rows<'a>(data: &'a Data, _: &'a dyn Session, schema: SchemaRef) -> BoxFuture<'a, Result<RecordBatch>> {
    async move {
        let dataset = data.dataset().await?;
        let mut out = Rows::new(schema);
        for archive in &dataset.archives {
            for file in archive.files(None).map_err(super::super::external)? {
                let path = archive.location.display(&archive.full(&file.path));
                let date = Partition { category: String::new(), date: file.date }.date_text();
                out.push([
                    "archive".into(),
                    Category::from_partition(&file.category).map(Category::table).into(),
                    date.as_str().into(),
                    path.as_str().into(),
                    file.rows.into(),
                    file.size.into(),
                    file.time.map_or(Cell::Null, |(min, _)| Cell::Time(min)),
                    file.time.map_or(Cell::Null, |(_, max)| Cell::Time(max)),
                ])?;
            }
        }
        for blob in list_raw(&dataset, &Wanted::default()).await? {
            out.push([
                "raw".into(),
                blob.info.category.map(Category::table).into(),
                Cell::Null,
                blob.name.as_str().into(),
                Cell::Null,
                blob.size.into(),
                blob.info.hours.map_or(Cell::Null, |h| Cell::Time(h.start / 10)),
                blob.info.hours.map_or(Cell::Null, |h| Cell::Time(h.end / 10)),
            ])?;
        }
        out.finish()
    }
    .boxed()
}
