//! `ike_negotiations`: IKE sessions, one row each.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use datafusion::logical_expr::{Expr, col, lit};
use tunnelql_udfs::domain::history::negotiations::{Collector, IkeRow, Negotiations};

use super::AnalysisTable;
use super::columns::{Kind, Rows, column, millis, time};
use super::inputs::{Input, Texts, some};
use super::work::Work;
use crate::model::Category;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "ike_negotiations",
    meaning: "One row a negotiation: an IKE session; where rows have none, their initiator cookie, else what the peer said \
              without a pause of a minute. The order of rows does not matter. Rows that name neither a session nor a peer, and \
              packets of dead-peer detection, belong to none.",
    columns: &[
        column("first_time", Kind::Time, "The first row, UTC."),
        column("last_time", Kind::Time, "The last row, UTC."),
        column("duration_ms", Kind::Number, "Milliseconds between them."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("instance", Kind::Small, "Gateway instance 0 or 1."),
        column("remote_ip", Kind::Text, "Address of the peer, as logged."),
        column("remote_port", Kind::Small, "UDP port of the peer."),
        column("local_ip", Kind::Text, "Address of the gateway, as logged."),
        column("session_id", Kind::Text, "The session, in lower case; null where its rows have none."),
        column("i_cookie", Kind::Text, "Initiator cookie (SPI) as logged."),
        column(
            "initiator",
            Kind::Text,
            "azure or peer: who sent the first SA_INIT (responder cookie 0); null for rekeys of child SAs, which have none.",
        ),
        column("ike_version", Kind::Text, "IKEv2 when a row shows one of its exchanges, else null."),
        column("phases", Kind::Text, "What was reached: init, auth, child."),
        column(
            "outcome",
            Kind::Text,
            "established, policy_mismatch, authentication_failed, timed_out, selectors_unacceptable, deleted (an SA went away), \
             incomplete (no row tells how it ended) or other.",
        ),
        column("status_text", Kind::Text, "Why the tunnel was closed, else the notify, as logged."),
        column("error_code", Kind::Number, "Windows IKE error code in decimal, of the first row that has one."),
        column("sent_ike_proposals", Kind::Text, "Main-mode proposals that Azure sent, as logged, from Policy1 on."),
        column("received_ike_proposals", Kind::Text, "Main-mode proposals of the peer, as logged, from Policy1 on."),
        column("sent_ipsec_proposals", Kind::Text, "Quick-mode proposals that Azure sent, as logged, from Policy1 on."),
        column("received_ipsec_proposals", Kind::Text, "Quick-mode proposals of the peer, as logged, from Policy1 on."),
        column(
            "traffic_selectors",
            Kind::Text,
            "Selectors agreed on, else those proposed, as logged from Number of TSIs on.",
        ),
        column("nat", Kind::Flag, "Port 4500 was used: there is address translation in between."),
        column("messages", Kind::Number, "Rows."),
    ],
    parameters: &[],
    pushed: &["gateway", "remote_ip", "session_id"],
    run,
};

/// The columns that decide what a negotiation is and how it ended.
const TELLING: &[&str] = &[
    "time",
    "gateway",
    "instance",
    "session_id",
    "remote_ip",
    "direction",
    "exchange",
    "event",
    "i_cookie",
    "r_cookie",
    "ts_id",
    "close_status",
    "notify",
    "error_code",
];
/// Those that say between which ends it was.
const ENDS: &[&str] = &["remote_port", "local_ip", "local_port"];

/// Rows of packets are most of the log, and tell nothing here.
fn filter(work: &Work) -> Expr {
    let mut filter = col("family").is_null().or(col("family").not_eq(lit("packet")));
    // Rows without it may belong to it all the same.
    for column in ["remote_ip", "session_id"] {
        let allowed = work.allowed(column);
        if !allowed.is_empty() {
            filter = filter.and(col(column).in_list(allowed, false).or(col(column).is_null()));
        }
    }
    filter
}

/// Reads all negotiations that the statement may ask for. Without `ends` their ports, the gateway's address and address
/// translation stay unknown.
pub async fn negotiations(work: &Work, ends: bool) -> Result<Negotiations> {
    let columns = if ends { [TELLING, ENDS].concat() } else { TELLING.to_vec() };
    let parts = work.gather(work.plan(Category::Ike, &columns, Some(filter(work))).await?, push).await?;
    let all = parts.into_iter().reduce(|mut all, part| {
        all.add(part);
        all
    });
    Ok(all.unwrap_or_default().finish())
}

fn push(collector: &mut Collector, batch: &RecordBatch) -> Result<usize> {
    let input = Input(batch);
    let (times, instances, codes) = (input.times("time")?, input.int32("instance")?, input.int64("error_code")?);
    let (ts_ids, remote_ports, local_ports) =
        (input.int64("ts_id")?, input.int32("remote_port").ok(), input.int32("local_port").ok());
    let text = |name| input.texts(name);
    let [gateway, session_id, remote_ip]: [Texts<'_>; 3] = [text("gateway")?, text("session_id")?, text("remote_ip")?];
    let local_ip = text("local_ip").ok();
    let (direction, exchange, event) = (text("direction")?, text("exchange")?, text("event")?);
    let (i_cookie, r_cookie) = (text("i_cookie")?, text("r_cookie")?);
    let (close_status, notify) = (text("close_status")?, text("notify")?);
    for i in 0..batch.num_rows() {
        let Some(time) = some(times, i) else { continue };
        collector.push(&IkeRow {
            time,
            gateway: gateway.get(i),
            instance: some(instances, i),
            session_id: session_id.get(i),
            remote_ip: remote_ip.get(i),
            remote_port: remote_ports.and_then(|ports| some(ports, i)),
            local_ip: local_ip.map_or("", |ips| ips.get(i)),
            local_port: local_ports.and_then(|ports| some(ports, i)),
            direction: direction.get(i),
            exchange: exchange.get(i),
            event: event.get(i),
            i_cookie: i_cookie.get(i),
            r_cookie: r_cookie.get(i),
            ts_id: some(ts_ids, i),
            close_status: close_status.get(i),
            notify: notify.get(i),
            error_code: some(codes, i),
        });
    }
    Ok(collector.bytes())
}

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let all = negotiations(work, work.wants(&["remote_port", "local_ip", "nat"])).await?;
        let mut rows = Rows::new(TABLE.columns);
        for n in all.iter() {
            // The one place where proposals and selectors leave the kernel: texts that functions over messages can read.
            let [sent_ike, received_ike] = [n.proposals(true, false), n.proposals(false, false)];
            let [sent_ipsec, received_ipsec] = [n.proposals(true, true), n.proposals(false, true)];
            rows.push([
                time(n.first()),
                time(n.last()),
                millis(Some(n.last() - n.first())),
                n.gateway().into(),
                n.instance().into(),
                n.remote_ip().into(),
                n.remote_port().into(),
                n.local_ip().into(),
                n.session_id().into(),
                n.i_cookie().into(),
                n.initiator().into(),
                n.version().into(),
                n.phases().as_str().into(),
                n.outcome().into(),
                n.status().into(),
                n.error_code().into(),
                sent_ike.into(),
                received_ike.into(),
                sent_ipsec.into(),
                received_ipsec.into(),
                n.selectors().into(),
                n.nat().into(),
                n.messages().into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}
