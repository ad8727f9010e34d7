//! `disconnects`: every time a tunnel went down, what became of it, and why.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::tunnels::{Interruption, WITHIN};
use twox_hash::XxHash3_64;

use super::AnalysisTable;
use super::arguments::{Argument, Parameter};
use super::columns::{Cell, EVIDENCE, Kind, Rows, column, millis, time};
use super::inputs::{evidence, explained};
use super::work::Work;

/// What counts as "within seconds" of a disconnect.
pub const WITHIN_PARAMETER: Parameter = Parameter {
    name: "within",
    default: "INTERVAL '60 seconds'",
    value: Argument::Interval(WITHIN),
    meaning: "A tunnel that comes back later than this had an outage; maintenance takes 10 to 15 s, an unplanned failover up \
              to a minute and a half.",
};

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "disconnects",
    meaning: "One row a tunnel that went down; a TunnelDisconnected that is logged while it is down already is counted in \
              repeated. The first of the rules that fires decides the cause (Microsoft Learn, Troubleshoot Azure VPN Gateway \
              using diagnostic logs); what no rule can decide is unknown.",
    columns: &[
        column("disconnected_at", Kind::Time, "When it went down, UTC."),
        column(
            "reconnected_at",
            Kind::Time,
            "When it came back on any instance, UTC; null when it does not in the data or in the session's time range.",
        ),
        column(
            "down_ms",
            Kind::Number,
            "Milliseconds without it; 0 when the other instance had taken over, null while down.",
        ),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("remote_ip", Kind::Text, "Address of the on-premises device."),
        column("from_instance", Kind::Small, "Gateway instance that the tunnel left."),
        column("to_instance", Kind::Small, "Gateway instance on which it came back."),
        column("state_change_reason", Kind::Text, "Reason of the disconnect as logged."),
        column(
            "kind",
            Kind::Text,
            "failover (back on the other instance within the window), reconnect (on the same one), outage (later), open (never).",
        ),
        column(
            "cause",
            Kind::Text,
            "maintenance, maintenance_suspected, gateway_reset, configuration_change, dpd_timeout, peer_disconnect, \
             authentication, policy_mismatch, selectors, negotiation_timeout, bgp_only or unknown.",
        ),
        column(
            "grade",
            Kind::Text,
            "logged (a row says it), inferred (rows together tell it), pattern (it looks like it).",
        ),
        column("side", Kind::Text, "Where to look: azure, peer, both (settings that must agree), path or unknown."),
        column("confidence", Kind::Double, "0 to 1: how far the rule is trusted; a rank, not a measured probability."),
        column("rule", Kind::Text, "Name of the rule that decided; null when unknown."),
        column("repeated", Kind::Number, "Further TunnelDisconnected rows while it was down."),
        column("evidence", EVIDENCE, "The rows that decided it, nearest first."),
        column("advice", Kind::Text, "The next step, with Microsoft's page for it."),
        column(
            "incident_id",
            Kind::Text,
            "Names this row in reports and for explain-incident: made of gateway, peer, instance and time, so that it stays the \
             same when more is imported.",
        ),
    ],
    parameters: &[WITHIN_PARAMETER],
    pushed: &["gateway"],
    run,
};

/// Columns that only the rules make.
const DECIDED: &[&str] = &["cause", "grade", "side", "confidence", "rule", "evidence", "advice"];

/// The name of an interruption: 48 bits are enough for millions of them.
fn incident_id(i: &Interruption<'_>) -> String {
    let instance = i.from_instance.map_or_else(String::new, |n| n.to_string());
    // The gateway is its resource id in capitals here, whatever its case in the logs.
    let key = format!("{}\n{}\n{instance}\n{}", i.gateway, i.remote_ip, i.disconnected_at);
    format!("i-{:012x}", XxHash3_64::oneshot(key.as_bytes()) >> 16)
}

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    explained(work, work.wants(DECIDED), |_, _, explained| {
        let mut rows = Rows::new(TABLE.columns);
        for d in &explained.disconnects {
            let i = &d.interruption;
            rows.push([
                time(i.disconnected_at),
                time(i.reconnected_at),
                millis(i.gap()),
                i.gateway.into(),
                i.remote_ip.into(),
                i.from_instance.into(),
                i.to_instance.into(),
                i.reason.into(),
                i.kind(work.interval(0)).as_str().into(),
                d.cause.as_str().into(),
                d.grade.map(|g| g.as_str()).into(),
                d.cause.side().into(),
                Cell::Double(d.confidence),
                d.rule.map(|r| r.name).into(),
                u64::from(i.repeated).into(),
                evidence(&d.evidence),
                d.cause.advice().into(),
                Cell::Text(incident_id(i)),
            ])?;
        }
        rows.finish()
    })
    .boxed()
}
