//! `system.rejects`: everything that was no record, and why.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::catalog::Data;
use super::super::raw::read_accounts;
use super::SystemTable;
use super::rows::{Cell, Rows, number, small, text, time};
use crate::archive::StoredReject;

pub const TABLE: SystemTable = SystemTable {
    name: "rejects",
    columns: &[
        time("imported_at", "When it was met, UTC; null for raw exports."),
        text("source", "Blob or file."),
        number("line", "Line, or ordinal of the element or CSV record, from 1."),
        number("byte_offset", "Where it begins in the decompressed source."),
        number("length", "How many bytes it has."),
        small("code", "Stable number of the reason."),
        text("reason", "The reason in words."),
        text("detail", "What was found, where more can be said than the reason does."),
        text("excerpt", "The beginning of the unit."),
    ],
    rows,
};

fn push(out: &mut Rows, at: Cell<'_>, source: &str, r: &StoredReject) -> Result<()> {
    out.push([
        at,
        source.into(),
        r.line.into(),
        r.offset.into(),
        r.length.into(),
        Cell::Number(i64::from(r.code)),
        r.reason.as_str().into(),
        (!r.detail.is_empty()).then_some(r.detail.as_str()).into(),
        r.excerpt.as_str().into(),
    ])
}

fn rows<'a>(data: &'a Data, state: &'a dyn Session, schema: SchemaRef) -> BoxFuture<'a, Result<RecordBatch>> {
    async move {
        let dataset = data.dataset().await?;
        let mut out = Rows::new(schema);
        for archive in &dataset.archives {
            for row in archive.rejects(&state.task_ctx()).await.map_err(super::super::external)? {
                push(&mut out, Cell::Time(row.at), &row.source, &row.reject)?;
            }
        }
        for read in read_accounts(&dataset).await? {
            for reject in &read.rejects {
                push(&mut out, Cell::Null, &read.source, &StoredReject::from(reject))?;
            }
        }
        out.finish()
    }
    .boxed()
}
