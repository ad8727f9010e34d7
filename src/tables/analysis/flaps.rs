//! `flaps`: peers whose connection goes down again and again.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::tunnels::history;
use tunnelql_udfs::domain::history::{MINUTE, flaps::flaps};

use super::AnalysisTable;
use super::arguments::{Argument, Parameter};
use super::columns::{Cell, Kind, Rows, column, millis, time};
use super::inputs::{tunnel_batch, tunnel_events};
use super::work::Work;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "flaps",
    meaning: "One row a time in which a peer's connection went down at least count times within the window. Both tunnels of \
              a peer that drop together are one time down.",
    columns: &[
        column("started_at", Kind::Time, "When it first went down, UTC."),
        column("ended_at", Kind::Time, "When it was back the last time, UTC; null when it is down still."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("remote_ip", Kind::Text, "Address of the on-premises device."),
        column("times", Kind::Number, "How often it went down."),
        column("down_ms", Kind::Number, "Milliseconds down in all, of the times that ended."),
        column("reasons", Kind::Texts, "The reasons logged, each once."),
    ],
    parameters: &[
        Parameter {
            name: "count",
            default: "3",
            value: Argument::Count(3),
            meaning: "So many times down are flapping.",
        },
        Parameter {
            name: "within",
            default: "INTERVAL '10 minutes'",
            value: Argument::Interval(10 * MINUTE),
            meaning: "When they begin within this time.",
        },
    ],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let batch = tunnel_batch(work).await?;
        let history = history(&tunnel_events(&batch)?);
        let mut rows = Rows::new(TABLE.columns);
        for f in flaps(&history.interruptions, work.count(0), work.interval(1)) {
            let reasons = f.reasons.iter().filter(|r| !r.is_empty()).map(|r| (*r).to_owned()).collect();
            rows.push([
                time(f.started_at),
                time(f.ended_at),
                f.gateway.into(),
                f.remote_ip.into(),
                f.times.into(),
                millis(Some(f.down)),
                Cell::Texts(reasons),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}
