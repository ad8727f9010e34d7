//! `config_changes`: what was configured, and what happened then.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::case::CHANGE_BEFORE;
use tunnelql_udfs::domain::history::{config, tunnels};

use super::AnalysisTable;
use super::columns::{Cell, Kind, Rows, column, time};
use super::inputs::{gateway_batch, gateway_events, tunnel_batch, tunnel_events};
use super::work::Work;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "config_changes",
    meaning: "One row a SetGatewayConfiguration or SetConnectionConfiguration of the gateway log, compared with the one before \
              of the same gateway and connection.",
    columns: &[
        column("time", Kind::Time, "When it was logged, UTC."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("operation", Kind::Text, "SetGatewayConfiguration or SetConnectionConfiguration."),
        column("connection", Kind::Text, "The connection, where the configuration names it."),
        column("remote_ip", Kind::Text, "The peer whose address the configuration names; null when it names none."),
        column("operation_status", Kind::Text, "Result of the operation."),
        column("first", Kind::Flag, "There is none before it to compare with."),
        column(
            "changed",
            Kind::Structs(&[("path", Kind::Text), ("old", Kind::Text), ("new", Kind::Text)]),
            "What differs; empty for the first one and when the same was applied again.",
        ),
        column(
            "disconnects_after",
            Kind::Number,
            "Tunnels that went down within 5 minutes after, of the peer or, when none is named, of the gateway.",
        ),
        column("message", Kind::Text, "The text, where there is one."),
    ],
    parameters: &[],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let (tunnel_batch, gateway_batch) = (tunnel_batch(work).await?, gateway_batch(work).await?);
        let events = gateway_events(&gateway_batch)?;
        let gone = tunnels::history(&tunnel_events(&tunnel_batch)?).interruptions;
        let peers = |gateway: &str| {
            let mut all: Vec<_> = gone.iter().filter(|i| i.gateway == gateway).map(|i| i.remote_ip).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let mut rows = Rows::new(TABLE.columns);
        for record in config::records(&events, &peers) {
            let Some(event) = events.get(record.event) else { continue };
            let from = gone.partition_point(|i| i.disconnected_at < event.time);
            let after =
                gone.iter().skip(from).take_while(|i| i.disconnected_at <= event.time.saturating_add(CHANGE_BEFORE));
            let after = after
                .filter(|i| i.gateway == event.gateway && (record.remote.is_empty() || record.remote == i.remote_ip));
            let change =
                |c: &config::Difference| vec![c.path.as_str().into(), c.old.as_deref().into(), c.new.as_deref().into()];
            rows.push([
                time(event.time),
                event.gateway.into(),
                event.operation.into(),
                record.connection.as_deref().into(),
                record.remote.into(),
                event.status.into(),
                (!record.has_previous).into(),
                Cell::Structs(record.changed.iter().map(change).collect()),
                after.count().into(),
                event.message.into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}
