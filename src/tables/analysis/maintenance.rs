//! `maintenance`: what Azure serviced, logged or suspected.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::maintenance::maintenance;

use super::AnalysisTable;
use super::columns::{Cell, EVIDENCE, Kind, Rows, column, millis, time};
use super::inputs::{evidence, explained};
use super::work::Work;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "maintenance",
    meaning: "One row a maintenance: HostMaintenanceEvent, Upgrade gateway started and GatewayTenantPrimaryChanged, with the \
              events that they caused; the instances are serviced one after the other. Events that only look like it are \
              marked: not every maintenance is logged.",
    columns: &[
        column("started_at", Kind::Time, "The first announcement or disconnect, UTC."),
        column("ended_at", Kind::Time, "The last tunnel is back, or the last row about it, UTC."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("logged", Kind::Flag, "Whether the gateway log announces it; otherwise it is a suspicion."),
        column("tunnels", Kind::Number, "Tunnels that went down in all turns together."),
        column(
            "longest_down_ms",
            Kind::Number,
            "The longest that a tunnel was down, in milliseconds; null when none was.",
        ),
        column(
            "turns",
            Kind::Structs(&[
                ("event_id", Kind::Text),
                ("at", Kind::Time),
                ("instance", Kind::Small),
                ("tunnels", Kind::Number),
            ]),
            "Each instance's turn, with the event's name as in failovers; empty when no tunnel felt it.",
        ),
        column("evidence", EVIDENCE, "Rows of the gateway log, by time."),
    ],
    parameters: &[],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    // With the negotiations, so that an outage is no maintenance here that is none in disconnects.
    explained(work, true, |_, gateway, explained| {
        let mut rows = Rows::new(TABLE.columns);
        for m in maintenance(explained, gateway) {
            let turn = |t: &tunnelql_udfs::domain::history::maintenance::Turn| {
                vec![t.event_id.as_str().into(), time(t.at), t.instance.into(), t.tunnels.into()]
            };
            rows.push([
                time(m.started_at),
                time(m.ended_at),
                m.gateway.into(),
                m.logged.into(),
                m.turns.iter().map(|t| t.tunnels).sum::<usize>().into(),
                millis(m.longest_down),
                Cell::Structs(m.turns.iter().map(turn).collect()),
                evidence(&m.evidence),
            ])?;
        }
        rows.finish()
    })
    .boxed()
}
