//! `tunnel_sessions`: when each tunnel was connected.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::tunnels::history;

use super::AnalysisTable;
use super::columns::{Kind, Rows, column, millis, time};
use super::inputs::{tunnel_batch, tunnel_events};
use super::work::Work;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "tunnel_sessions",
    meaning: "One row a connected period of a tunnel; a tunnel is a gateway, a peer and an instance, so that a peer of an \
              active-active gateway has two.",
    columns: &[
        column("connected_at", Kind::Time, "When it came up, UTC; null when it stood before the data begins."),
        column("disconnected_at", Kind::Time, "When it went down, UTC; null while it stands."),
        column("duration_ms", Kind::Number, "Length in milliseconds; null while one of the two is unknown."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("remote_ip", Kind::Text, "Address of the on-premises device."),
        column("instance", Kind::Small, "Gateway instance 0 or 1."),
        column("state_change_reason", Kind::Text, "Why it ended, as logged; null while it stands."),
    ],
    parameters: &[],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let batch = tunnel_batch(work).await?;
        let mut rows = Rows::new(TABLE.columns);
        for s in history(&tunnel_events(&batch)?).sessions {
            let length = s.connected_at.zip(s.disconnected_at).map(|(from, to)| to.saturating_sub(from));
            rows.push([
                time(s.connected_at),
                time(s.disconnected_at),
                millis(length),
                s.gateway.into(),
                s.remote_ip.into(),
                s.instance.into(),
                s.reason.into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}
