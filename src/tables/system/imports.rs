//! `system.imports`: the account of every source.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::catalog::Data;
use super::super::raw::read_accounts;
use super::SystemTable;
use super::rows::{Cell, Rows, flag, number, text, time};
use crate::model::Account;

pub const TABLE: SystemTable = SystemTable {
    name: "imports",
    columns: &[
        time(
            "imported_at",
            "When the piece was committed, UTC; null for raw exports, which are accounted for while they are read.",
        ),
        text("import_id", "The run that imported it."),
        text("source", "Blob or file."),
        text("format", "Format found in it; null when it is of none."),
        number("start_byte", "First byte of the piece in the decompressed source."),
        number("end_byte", "Byte after the piece; the next import goes on here."),
        number("bytes", "Bytes looked at, after decompression."),
        number("lines", "Units: lines, array elements or CSV records; always blank + records + rejects."),
        number("blank", "Lines with nothing in them."),
        number("records", "Good records."),
        number("rejects", "Units that are no record; see system.rejects."),
        number(
            "duplicates",
            "Records that were there already; null for raw exports, where it depends on what is read together.",
        ),
        number("rows", "Rows added: records less duplicates; null for raw exports."),
        number("torn_bytes", "Bytes of an unfinished last line, left for the next import."),
        flag("complete", "The source, as long as it was then, is imported to its end."),
        flag("rewritten", "The source had other contents before and was read again from its beginning."),
    ],
    rows,
};

/// What a row says apart from where it comes from.
struct Piece<'a> {
    at: Cell<'a>,
    import_id: Option<&'a str>,
    source: &'a str,
    format: Option<&'a str>,
    span: (u64, u64),
    account: &'a Account,
    /// Duplicates and rows added.
    added: Option<(u64, u64)>,
    complete: bool,
    rewritten: bool,
}

fn push(out: &mut Rows, piece: Piece<'_>) -> Result<()> {
    let a = piece.account;
    out.push([
        piece.at,
        piece.import_id.into(),
        piece.source.into(),
        piece.format.into(),
        piece.span.0.into(),
        piece.span.1.into(),
        a.bytes.into(),
        a.lines.into(),
        a.blank.into(),
        a.records.into(),
        a.rejects.into(),
        piece.added.map(|(d, _)| d).into(),
        piece.added.map(|(_, r)| r).into(),
        a.torn_bytes.into(),
        piece.complete.into(),
        piece.rewritten.into(),
    ])
}

fn rows<'a>(data: &'a Data, state: &'a dyn Session, schema: SchemaRef) -> BoxFuture<'a, Result<RecordBatch>> {
    async move {
        let dataset = data.dataset().await?;
        let mut out = Rows::new(schema);
        for archive in &dataset.archives {
            for e in archive.ledger(&state.task_ctx()).await.map_err(super::super::external)? {
                let piece = Piece {
                    at: Cell::Time(e.imported_at),
                    import_id: Some(&e.import_id),
                    source: &e.source,
                    format: e.format.as_deref(),
                    span: (e.start, e.end),
                    account: &e.account,
                    added: Some((e.duplicates, e.rows)),
                    complete: e.complete,
                    rewritten: e.rewritten,
                };
                push(&mut out, piece)?;
            }
        }
        for read in read_accounts(&dataset).await? {
            let piece = Piece {
                at: Cell::Null,
                import_id: None,
                source: &read.source,
                format: read.format.map(crate::parse::Format::name),
                span: (0, read.end),
                account: &read.account,
                added: None,
                complete: true,
                rewritten: false,
            };
            push(&mut out, piece)?;
        }
        out.finish()
    }
    .boxed()
}
