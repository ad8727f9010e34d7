//! The ledger: what was imported from where, in the archive itself.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::model::{Account, Fingerprint, Reject};
use crate::schema::physical::system_file_schema;

/// One imported piece of one source. The pieces of a source follow each other without gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Blob or file.
    #[serde(skip)]
    pub source: String,
    /// When it was imported, microseconds since 1970, UTC.
    #[serde(skip)]
    pub imported_at: i64,
    /// The run that imported it.
    pub import_id: String,
    /// Number of the import commit; later pieces have larger ones.
    pub sequence: i64,
    /// First byte of the piece in the decoded source.
    pub start: u64,
    /// Byte after it; the next piece starts here.
    pub end: u64,
    /// Units of the source up to `end`.
    pub end_line: u64,
    /// The last unit had no line end after it.
    pub open_end: bool,
    /// Time of the last unit, for formats whose lines inherit it; 100 ns ticks.
    pub last_ticks: Option<i64>,
    /// The whole source, as long as it was then, is imported.
    pub complete: bool,
    /// Format found.
    pub format: Option<String>,
    /// The source is gzip-compressed.
    pub compressed: bool,
    /// Reading can go on at `end` without the beginning.
    pub resumable: bool,
    /// Length of the source when it was read.
    pub size: u64,
    /// Entity tag of the source when it was read.
    pub etag: Option<String>,
    /// The source had other contents before and was read again from its beginning.
    pub rewritten: bool,
    /// The source's first bytes, to tell growth from a rewrite.
    pub head: Option<Fingerprint>,
    /// The bytes before `end`, likewise.
    pub tail: Option<Fingerprint>,
    /// What became of the bytes.
    #[serde(flatten)]
    pub account: Account,
    /// Records that were there before.
    pub duplicates: u64,
    /// Rows added: records less duplicates.
    pub rows: u64,
}

/// A reject as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectRow {
    /// Blob or file.
    pub source: String,
    /// When it was met, microseconds since 1970, UTC.
    pub at: i64,
    /// The reject itself.
    pub reject: StoredReject,
}

/// The parts of a reject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReject {
    /// Stable number.
    pub code: u16,
    /// Meaning of the number when it was written.
    pub reason: String,
    /// Ordinal of the unit.
    #[serde(skip)]
    pub line: u64,
    /// Byte offset of the unit.
    pub offset: u64,
    /// Length of the unit in bytes.
    pub length: u64,
    /// What was found.
    pub detail: String,
    /// Beginning of the unit.
    #[serde(skip)]
    pub excerpt: String,
}

impl From<&Reject> for StoredReject {
    fn from(r: &Reject) -> Self {
        Self {
            code: r.code.number(),
            reason: r.code.meaning().to_owned(),
            line: r.line,
            offset: r.offset,
            length: r.length,
            detail: r.detail.clone(),
            excerpt: r.excerpt.clone(),
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, ArrowError> {
    serde_json::to_string(value).map_err(|e| ArrowError::ExternalError(e.into()))
}

/// Ledger entries as rows of the `_import` partition.
pub(crate) fn encode_ledger(entries: &[LedgerEntry]) -> Result<RecordBatch, ArrowError> {
    let times: TimestampMicrosecondArray = entries.iter().map(|e| Some(e.imported_at)).collect();
    let json = entries.iter().map(json).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(
        system_file_schema(),
        vec![
            Arc::new(times.with_timezone("UTC")),
            Arc::new(StringViewArray::from_iter_values(entries.iter().map(|_| "import"))),
            Arc::new(StringViewArray::from_iter(entries.iter().map(|_| None::<&str>))),
            Arc::new(StringViewArray::from_iter_values(json)),
            Arc::new(StringViewArray::from_iter_values(entries.iter().map(|e| &e.source))),
            Arc::new(arrow::array::Int64Array::from_iter(entries.iter().map(|e| i64::try_from(e.end_line).ok()))),
        ],
    )
}

/// Rejects as rows of the `_reject` partition.
pub(crate) fn encode_rejects(rows: &[RejectRow]) -> Result<RecordBatch, ArrowError> {
    let times: TimestampMicrosecondArray = rows.iter().map(|e| Some(e.at)).collect();
    let json = rows.iter().map(|r| json(&r.reject)).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(
        system_file_schema(),
        vec![
            Arc::new(times.with_timezone("UTC")),
            Arc::new(StringViewArray::from_iter_values(rows.iter().map(|_| "reject"))),
            Arc::new(StringViewArray::from_iter_values(rows.iter().map(|r| &r.reject.excerpt))),
            Arc::new(StringViewArray::from_iter_values(json)),
            Arc::new(StringViewArray::from_iter_values(rows.iter().map(|r| &r.source))),
            Arc::new(arrow::array::Int64Array::from_iter(rows.iter().map(|r| i64::try_from(r.reject.line).ok()))),
        ],
    )
}

/// The columns that both kinds of rows have.
struct SystemRows<'a> {
    time: &'a TimestampMicrosecondArray,
    message: &'a StringViewArray,
    properties: &'a StringViewArray,
    source: &'a StringViewArray,
    line: &'a arrow::array::Int64Array,
}

fn columns(batch: &RecordBatch) -> Result<SystemRows<'_>, ArrowError> {
    let wrong = || ArrowError::SchemaError("unexpected columns in the ledger".into());
    let text = |name: &str| batch.column_by_name(name).and_then(|c| c.as_string_view_opt()).ok_or_else(wrong);
    Ok(SystemRows {
        time: batch
            .column_by_name("time")
            .and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>())
            .ok_or_else(wrong)?,
        message: text("message")?,
        properties: text("properties")?,
        source: text("source")?,
        line: batch.column_by_name("source_line").and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or_else(wrong)?,
    })
}

/// Reads rows of the `_import` partition.
pub fn decode_ledger(batch: &RecordBatch) -> Result<Vec<LedgerEntry>, ArrowError> {
    let rows = columns(batch)?;
    (0..batch.num_rows())
        .map(|i| {
            let mut entry: LedgerEntry =
                serde_json::from_str(rows.properties.value(i)).map_err(|e| ArrowError::ExternalError(e.into()))?;
            rows.source.value(i).clone_into(&mut entry.source);
            entry.imported_at = rows.time.value(i);
            Ok(entry)
        })
        .collect()
}

/// Reads rows of the `_reject` partition.
pub fn decode_rejects(batch: &RecordBatch) -> Result<Vec<RejectRow>, ArrowError> {
    let rows = columns(batch)?;
    (0..batch.num_rows())
        .map(|i| {
            let mut reject: StoredReject =
                serde_json::from_str(rows.properties.value(i)).map_err(|e| ArrowError::ExternalError(e.into()))?;
            reject.line = u64::try_from(rows.line.value(i)).unwrap_or_default();
            if rows.message.is_valid(i) {
                rows.message.value(i).clone_into(&mut reject.excerpt);
            }
            Ok(RejectRow { source: rows.source.value(i).to_owned(), at: rows.time.value(i), reject })
        })
        .collect()
}

/// The newest entry of each source.
pub fn latest_by_source(entries: impl IntoIterator<Item = LedgerEntry>) -> HashMap<String, LedgerEntry> {
    let mut latest: HashMap<String, LedgerEntry> = HashMap::new();
    for entry in entries {
        match latest.get(&entry.source) {
            Some(known) if (known.sequence, known.end) >= (entry.sequence, entry.end) => {}
            _ => {
                latest.insert(entry.source.clone(), entry);
            }
        }
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_rejects_come_back() {
        let entry = LedgerEntry {
            source: "/a/ü.json".into(),
            imported_at: 5,
            import_id: "x".into(),
            sequence: 3,
            start: 0,
            end: 10,
            end_line: 2,
            open_end: false,
            last_ticks: None,
            complete: true,
            format: Some("json-lines".into()),
            compressed: false,
            resumable: true,
            size: 12,
            etag: None,
            rewritten: false,
            head: Some(Fingerprint::of(b"some bytes")),
            tail: None,
            account: Account { bytes: 12, lines: 2, records: 2, torn_bytes: 2, ..Account::default() },
            duplicates: 1,
            rows: 1,
        };
        let batch = encode_ledger(std::slice::from_ref(&entry)).unwrap();
        assert_eq!(decode_ledger(&batch).unwrap(), vec![entry.clone()]);
        let newer = LedgerEntry { sequence: 4, end: 5, ..entry.clone() };
        assert_eq!(latest_by_source([newer.clone(), entry])["/a/ü.json"], newer);

        let reject = RejectRow {
            source: "s".into(),
            at: 1,
            reject: StoredReject {
                code: 1,
                reason: "r".into(),
                line: 7,
                offset: 8,
                length: 9,
                detail: "d".into(),
                excerpt: "e".into(),
            },
        };
        assert_eq!(decode_rejects(&encode_rejects(std::slice::from_ref(&reject)).unwrap()).unwrap(), vec![reject]);
    }
}
