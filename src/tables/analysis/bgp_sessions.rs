//! `bgp_sessions`: when BGP neighbours were connected.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use datafusion::functions::expr_fn::lower;
use datafusion::logical_expr::{col, lit};
use tunnelql_udfs::domain::history::bgp::{BgpEvent, sessions};
use tunnelql_udfs::domain::history::tunnels::history;

use super::AnalysisTable;
use super::columns::{Kind, Rows, column, millis, time};
use super::inputs::{Input, some, tunnel_batch, tunnel_events};
use super::work::Work;
use crate::model::Category;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "bgp_sessions",
    meaning: "One row a connected period of a BGP neighbour and an instance, from BgpConnectedEvent and BgpDisconnectedEvent. \
              Their texts are not published: the neighbour is found by pattern.",
    columns: &[
        column("connected_at", Kind::Time, "When it came up, UTC; null when it stood before the data begins."),
        column("disconnected_at", Kind::Time, "When it was lost, UTC; null while it stands."),
        column("reconnected_at", Kind::Time, "When the neighbour came back on any instance, UTC."),
        column("down_ms", Kind::Number, "Milliseconds without it; null while one of the two is unknown."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("peer", Kind::Text, "Address of the neighbour; null when the message has none."),
        column("instance", Kind::Small, "Gateway instance 0 or 1."),
        column(
            "cause",
            Kind::Text,
            "tunnel when a tunnel of the instance went down within BGP's hold time before, else bgp_only; null while it stands.",
        ),
        column("message", Kind::Text, "The text with which it was lost."),
    ],
    parameters: &[],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let columns = ["time", "gateway", "instance", "operation", "peer", "message", "source", "source_line"];
        let events =
            lower(col("operation")).in_list(vec![lit("bgpconnectedevent"), lit("bgpdisconnectedevent")], false);
        let batch = work.collect(work.plan(Category::Route, &columns, Some(events)).await?).await?;
        let tunnel_batch = tunnel_batch(work).await?;
        let input = Input(&batch);
        let (times, place, gateway) = (input.times("time")?, input.places()?, input.texts("gateway")?);
        let (instances, operation) = (input.int32("instance")?, input.texts("operation")?);
        let (peer, message) = (input.texts("peer")?, input.texts("message")?);
        let event = |i| {
            Some(BgpEvent {
                time: some(times, i)?,
                place: place(i),
                gateway: gateway.get(i),
                peer: peer.get(i),
                instance: some(instances, i),
                connected: operation.get(i).eq_ignore_ascii_case("BgpConnectedEvent"),
                message: message.get(i),
            })
        };
        let events: Vec<_> = (0..batch.num_rows()).filter_map(event).collect();
        let tunnels = history(&tunnel_events(&tunnel_batch)?).sessions;
        let mut rows = Rows::new(TABLE.columns);
        for s in sessions(&events, &tunnels) {
            let gap = s.disconnected_at.zip(s.reconnected_at).map(|(from, to)| to.saturating_sub(from));
            rows.push([
                time(s.connected_at),
                time(s.disconnected_at),
                time(s.reconnected_at),
                millis(gap),
                s.gateway.into(),
                s.peer.into(),
                s.instance.into(),
                s.with_tunnel.map(|with| if with { "tunnel" } else { "bgp_only" }).into(),
                s.message.into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}
