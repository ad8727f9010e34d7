//! A slice of the logs around one incident, to send to somebody: an export, the same as Parquet, the argument, and what all of it is.

use std::sync::Arc;

use parking_lot::Mutex;
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::context::Context;
use super::explain::{Asked, around_params, explain};
use super::value::{Value, field, field_time, iso, redacted};
use super::{ReportError, ReportFormat};
use crate::engine::{EngineError, Params, parse_param};
use crate::model::hex;
use crate::render::{Format, RenderOptions, renderer};

/// A file of a bundle.
pub struct BundleFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// All files, the manifest last.
pub struct Bundle {
    /// The files.
    pub files: Vec<BundleFile>,
}

/// Time before and after the incident.
const AROUND: i64 = 15 * 60 * 1_000_000_000;
/// An incident that does not end, or not soon, is told by its beginning.
const MOST: i64 = 2 * 3_600 * 1_000_000_000;

/// The rows as Log Analytics exports them, which tunnelql and others read; it lies alone in its folder.
const EXPORT: &str = "logs/AzureDiagnostics.json";
/// The folder of a bundle that `--data` reads.
pub const BUNDLE_LOGS: &str = "logs";

const LOGS: [&str; 5] = ["gateway_log", "tunnel_log", "route_log", "ike_log", "p2s_log"];

/// Gathers the bundle of an incident.
pub async fn bundle(context: &Context<'_>, id: &str) -> Result<Bundle, ReportError> {
    let document = explain(context, &Asked::Id(id.to_owned())).await?;
    let rows = context.rows(super::context::DISCONNECTS).await?;
    let incident = rows.iter().find(|r| r.text("incident_id").eq_ignore_ascii_case(id.trim()));
    let Some(row) = incident else { return Err(EngineError::query(format!("there is no incident '{id}'")).into()) };
    let id = row.text("incident_id");
    let down = row.time("disconnected_at").unwrap_or(0);
    let back = row.time("reconnected_at").unwrap_or(i64::MAX).min(down.saturating_add(MOST));
    // What decides the cause may lie further back than what surrounds it.
    let proof = row.list("evidence").iter().filter_map(|e| field_time(field(e, "time"))).min().unwrap_or(down);
    let (from, to) =
        (down.min(proof.max(down.saturating_sub(MOST))).saturating_sub(AROUND), back.saturating_add(AROUND));
    let mut params = around_params(from, to)?;
    params.push(parse_param(&format!("id:text={id}")).map_err(ReportError::usage)?);
    let mut files = Vec::new();
    let mut counts = serde_json::Map::new();
    for log in LOGS {
        let sql = format!(
            "SELECT * FROM {log} WHERE time BETWEEN $from AND $to AND upper(resource_id) = \
             (SELECT upper(resource_id) FROM disconnects WHERE incident_id = $id) ORDER BY time, source, source_line"
        );
        let (schema, batches) = context.engine().collect(&sql, params.clone()).await?;
        let out = Shared::default();
        let wrong = |e: &dyn std::fmt::Display| ReportError::from(EngineError::query(format!("{log}: {e}")));
        let mut writer =
            renderer(Format::Parquet, Arc::clone(&schema), Box::new(out.clone()), RenderOptions::default())
                .map_err(|e| wrong(&e))?;
        let mut n = 0;
        for batch in &batches {
            n += batch.num_rows();
            let batch = redacted(batch, context.redactor()).map_err(|e| wrong(&e))?;
            writer.write(&batch).map_err(|e| wrong(&e))?;
        }
        writer.finish().map_err(|e| wrong(&e))?;
        counts.insert(log.to_owned(), n.into());
        files.push(BundleFile { name: format!("{log}.parquet"), bytes: out.take() });
    }
    files.push(BundleFile { name: EXPORT.to_owned(), bytes: export(context, params).await? });
    for (name, format) in [
        ("report.html", ReportFormat::Html),
        ("report.md", ReportFormat::Markdown),
        ("report.json", ReportFormat::Json),
    ] {
        files.push(BundleFile { name: name.to_owned(), bytes: format.render(&document).into_bytes() });
    }
    let hash = |bytes: &[u8]| hex(digest(&SHA256, bytes).as_ref());
    let listed: Vec<_> =
        files.iter().map(|f| json!({"name": f.name, "bytes": f.bytes.len(), "sha256": hash(&f.bytes)})).collect();
    let manifest = json!({
        "tunnelql": env!("CARGO_PKG_VERSION"),
        "made_at": crate::model::format_ticks(context.engine().now()),
        "incident": id,
        "gateway": row.text("gateway"),
        "from": iso(from),
        "to": iso(to),
        "disconnected_at": match row.get("disconnected_at") { Value::Time(t) => iso(*t), _ => String::new() },
        "redacted": context.options.redact.names(),
        "rows": counts,
        "data": BUNDLE_LOGS,
        "files": listed,
    });
    let mut text = serde_json::to_vec_pretty(&manifest).map_err(|e| EngineError::query(e.to_string()))?;
    text.push(b'\n');
    files.push(BundleFile { name: "manifest.json".to_owned(), bytes: text });
    Ok(Bundle { files })
}

/// The rows of all logs as one export.
async fn export(context: &Context<'_>, params: Params) -> Result<Vec<u8>, ReportError> {
    const SQL: &str = "SELECT * FROM \"AzureDiagnostics\" WHERE \"TimeGenerated\" BETWEEN $from AND $to AND \
        upper(\"ResourceId\") = (SELECT upper(resource_id) FROM disconnects WHERE incident_id = $id) ORDER BY \"TimeGenerated\"";
    let (schema, batches) = context.engine().collect(SQL, params).await?;
    let out = Shared::default();
    let wrong = |e: &dyn std::fmt::Display| ReportError::from(EngineError::query(format!("{EXPORT}: {e}")));
    let mut writer =
        renderer(Format::Ndjson, schema, Box::new(out.clone()), RenderOptions::default()).map_err(|e| wrong(&e))?;
    for batch in &batches {
        let batch = redacted(batch, context.redactor()).map_err(|e| wrong(&e))?;
        writer.write(&batch).map_err(|e| wrong(&e))?;
    }
    writer.finish().map_err(|e| wrong(&e))?;
    Ok(out.take())
}

/// Bytes that a writer and its owner share: the writer does not give them back.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock())
    }
}

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
