//! `p2s_sessions`: visits of point-to-site users.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::p2s_sessions::{P2sRow, sessions};

use super::AnalysisTable;
use super::columns::{Kind, Rows, column, millis, time};
use super::inputs::{Input, some};
use super::work::Work;
use crate::model::Category;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "p2s_sessions",
    meaning: "One row a point-to-site connection, from request to end.",
    columns: &[
        column("started_at", Kind::Time, "The first row about it, UTC."),
        column("connected_at", Kind::Time, "When the connection stood, UTC; null when it never did."),
        column("failed_at", Kind::Time, "When it failed, UTC."),
        column("disconnected_at", Kind::Time, "When the client asked to end it, UTC; null while it stands."),
        column("duration_ms", Kind::Number, "Milliseconds connected; null while one of the two is unknown."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("connection_id", Kind::Text, "The connection's id as logged."),
        column("protocol", Kind::Text, "OVPN, IKEv2 or SSTP, by the id; null when it does not tell."),
        column("user_name", Kind::Text, "The user, masked as Azure left it."),
        column("client_ip", Kind::Text, "Public address of the client, masked as Azure left it."),
        column("assigned_ip", Kind::Text, "Address given to the client."),
        column("authentication", Kind::Text, "Method as logged, for example AAD or EAP."),
        column("authenticated", Kind::Flag, "Whether it succeeded; null when no row tells."),
        column("outcome", Kind::Text, "connected, disconnected (after it was connected), failed or incomplete."),
        column("messages", Kind::Number, "Rows about it."),
    ],
    parameters: &[],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let columns = ["time", "gateway", "message", "source", "source_line"];
        let batch = work.collect(work.plan(Category::P2s, &columns, None).await?).await?;
        let input = Input(&batch);
        let (times, place) = (input.times("time")?, input.places()?);
        let (gateway, message) = (input.texts("gateway")?, input.texts("message")?);
        let row = |i| {
            let (gateway, message) = (gateway.get(i), message.get(i));
            Some(P2sRow { time: some(times, i)?, place: place(i), gateway, message })
        };
        let found: Vec<_> = (0..batch.num_rows()).filter_map(row).collect();
        let mut rows = Rows::new(TABLE.columns);
        for s in sessions(&found) {
            let length = s.connected_at.zip(s.disconnected_at).map(|(from, to)| to.saturating_sub(from));
            rows.push([
                time(s.started_at),
                time(s.connected_at),
                time(s.failed_at),
                time(s.disconnected_at),
                millis(length),
                s.gateway.into(),
                s.connection_id.into(),
                s.protocol.into(),
                s.user_name.into(),
                s.client_ip.into(),
                s.assigned_ip.into(),
                s.authentication.into(),
                s.authenticated.into(),
                s.outcome().into(),
                s.messages.into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}
