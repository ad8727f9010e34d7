//! `failovers`: tunnels that moved to the other instance.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::causes;
use tunnelql_udfs::domain::history::rules::Stage;

use super::AnalysisTable;
use super::columns::{EVIDENCE, Kind, Rows, column, millis, time};
use super::disconnects::WITHIN_PARAMETER;
use super::inputs::{evidence, explained};
use super::work::Work;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "failovers",
    meaning: "One row a tunnel that came back on the other instance within the window: a gateway failover, usually \
              maintenance; a gateway reset looks the same. Tunnels that one failover moved share the event.",
    columns: &[
        column(
            "event_id",
            Kind::Text,
            "Name of the event: gateway, second of its first disconnect, instance that was left.",
        ),
        column("disconnected_at", Kind::Time, "When the tunnel went down, UTC."),
        column("reconnected_at", Kind::Time, "When it came up on the other instance, UTC; it may be a moment earlier."),
        column("gap_ms", Kind::Number, "Milliseconds without it; 0 when the other instance was first."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("remote_ip", Kind::Text, "Address of the on-premises device."),
        column("from_instance", Kind::Small, "Gateway instance that it left."),
        column("to_instance", Kind::Small, "Gateway instance that took over."),
        column("state_change_reason", Kind::Text, "Reason of the disconnect as logged."),
        column("tunnels", Kind::Number, "Tunnels that moved with this event."),
        column("grade", Kind::Text, "logged when the gateway log tells of the event, else pattern."),
        column("evidence", EVIDENCE, "The rows that tell of it, nearest first."),
    ],
    parameters: &[WITHIN_PARAMETER],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    // What negotiations tell does not matter here, and the IKE log is by far the largest.
    explained(work, false, |_, _, explained| {
        let mut all = Vec::new();
        for event in causes::failovers(&explained.disconnects, work.interval(0)) {
            let id = event.id();
            for d in event.members.iter().filter_map(|i| explained.disconnects.get(*i)) {
                all.push((d, id.clone(), event.members.len()));
            }
        }
        all.sort_by_key(|(d, ..)| (d.interruption.disconnected_at, d.interruption.gateway, d.interruption.remote_ip));
        let mut rows = Rows::new(TABLE.columns);
        for (d, id, tunnels) in all {
            let i = &d.interruption;
            let told = d.rule.is_some_and(|r| r.stage == Stage::Gateway)
                && d.evidence.iter().any(|e| e.table == "gateway_log");
            rows.push([
                id.as_str().into(),
                time(i.disconnected_at),
                time(i.reconnected_at),
                millis(i.gap()),
                i.gateway.into(),
                i.remote_ip.into(),
                i.from_instance.into(),
                i.to_instance.into(),
                i.reason.into(),
                tunnels.into(),
                if told { "logged" } else { "pattern" }.into(),
                evidence(&d.evidence),
            ])?;
        }
        rows.finish()
    })
    .boxed()
}
