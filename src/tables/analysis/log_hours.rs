//! `log_hours`: when each gateway logged anything.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use datafusion::common::Result;
use datafusion::common::internal_datafusion_err;
use futures::FutureExt;
use futures::StreamExt;
use futures::future::BoxFuture;
use hashbrown::HashMap;

use tunnelql_udfs::domain::history::MINUTE;

use super::AnalysisTable;
use super::columns::{Kind, Rows, column, time};
use super::work::Work;
use crate::model::Category;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "log_hours",
    meaning: "One row a gateway and full hour, UTC, with rows of it in any of the five logs. Hours that are missing are hours in \
              which nothing was logged, or of which nothing was exported: of them nobody knows.",
    columns: &[
        column("hour", Kind::Time, "Beginning of the hour, UTC."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("first_time", Kind::Time, "The first row in it, UTC."),
        column("last_time", Kind::Time, "The last row in it, UTC."),
        column("gateway_rows", Kind::Number, "Rows of gateway_log in it."),
        column("tunnel_rows", Kind::Number, "Rows of tunnel_log in it."),
        column("route_rows", Kind::Number, "Rows of route_log in it."),
        column("ike_rows", Kind::Number, "Rows of ike_log in it."),
        column("p2s_rows", Kind::Number, "Rows of p2s_log in it."),
    ],
    parameters: &[],
    pushed: &["gateway"],
    run,
};

const HOUR: i64 = 60 * MINUTE;

/// An hour in which a gateway logged something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHour {
    /// The gateway's key.
    pub gateway: String,
    /// Its beginning.
    pub hour: i64,
    first: i64,
    last: i64,
    /// By category, in the order of [`Category::VPN`].
    rows: [u64; Category::VPN.len()],
}

/// All such hours, by time and gateway.
pub async fn hours(work: &Work) -> Result<std::sync::Arc<Vec<LogHour>>> {
    let bytes = |hours: &Vec<LogHour>| hours.iter().map(|h| size_of::<LogHour>() + h.gateway.len()).sum();
    work.once("hours of the logs", bytes, read(work)).await
}

/// Rows lie in the order of time and mostly are of one gateway, so that nearly all belong to the hour of the one before:
/// comparing the two is far cheaper than any grouping.
async fn read(work: &Work) -> Result<Vec<LogHour>> {
    let mut known: HashMap<(String, i64), LogHour> = HashMap::new();
    for (n, category) in Category::VPN.into_iter().enumerate() {
        let mut stream = work.stream(work.plan(category, &["resource_id", "time"], None).await?).await?;
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let (ids, times) = (batch.column(0).as_string_view_opt(), batch.column(1).as_primitive_opt());
            let Some((ids, times)) = ids.zip(times) else {
                return Err(internal_datafusion_err!("no resource_id and time"));
            };
            let times: &arrow::array::PrimitiveArray<TimestampNanosecondType> = times;
            // Records without a gateway count as one of no name.
            let id = |at: usize| if ids.is_valid(at) { ids.value(at) } else { "" };
            let mut at = 0;
            while at < batch.num_rows() {
                let (of, hour) = (id(at), times.value(at).div_euclid(HOUR));
                let (mut first, mut last, mut rows) = (i64::MAX, i64::MIN, 0);
                while at < batch.num_rows() && times.value(at).div_euclid(HOUR) == hour && id(at) == of {
                    // A record without a time belongs to no hour.
                    if times.is_valid(at) {
                        (first, last, rows) = (first.min(times.value(at)), last.max(times.value(at)), rows + 1);
                    }
                    at += 1;
                }
                if rows == 0 {
                    continue;
                }
                let gateway = if of.is_empty() { String::new() } else { work.gateways.key(of) };
                let hour = hour.saturating_mul(HOUR);
                let entry = known.entry((gateway, hour)).or_insert_with_key(|(gateway, hour)| LogHour {
                    gateway: gateway.clone(),
                    hour: *hour,
                    first,
                    last,
                    rows: [0; Category::VPN.len()],
                });
                entry.first = entry.first.min(first);
                entry.last = entry.last.max(last);
                entry.rows[n] += rows;
            }
        }
    }
    let mut hours: Vec<LogHour> = known.into_values().collect();
    hours.sort_unstable_by(|a, b| (a.hour, &a.gateway).cmp(&(b.hour, &b.gateway)));
    Ok(hours)
}

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let mut rows = Rows::new(TABLE.columns);
        for h in hours(work).await?.iter() {
            let of = |category| Category::VPN.iter().position(|c| *c == category).map_or(0, |n| h.rows[n]);
            rows.push([
                time(h.hour),
                h.gateway.as_str().into(),
                time(h.first),
                time(h.last),
                of(Category::Gateway).into(),
                of(Category::Tunnel).into(),
                of(Category::Route).into(),
                of(Category::Ike).into(),
                of(Category::P2s).into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}
