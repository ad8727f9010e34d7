//! `availability`: how long each peer was connected.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use tunnelql_udfs::domain::history::MINUTE;
use tunnelql_udfs::domain::history::availability::{Bucket, availability, logged, seconds};
use tunnelql_udfs::domain::history::tunnels::history;

use super::AnalysisTable;
use super::arguments::{Argument, Parameter};
use super::columns::{Kind, Rows, column, millis, time};
use super::inputs::explained;
use super::log_hours::hours;
use super::work::Work;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "availability",
    meaning: "One row a peer of a gateway and a day or month, UTC. It is up while any tunnel to it stands: with two active \
              instances the loss of one is a disconnect and no time down. up_s, down_s and no_data_s are the whole span: where \
              the gateway logged nothing, nobody knows.",
    columns: &[
        column("bucket", Kind::Time, "Beginning of the day or month, UTC."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("remote_ip", Kind::Text, "Address of the on-premises device."),
        column("up_s", Kind::Number, "Seconds in which a tunnel stood."),
        column("down_s", Kind::Number, "Seconds in which none did."),
        column(
            "planned_down_s",
            Kind::Number,
            "Of these, by announced maintenance, a reset or a change of configuration.",
        ),
        column("unplanned_down_s", Kind::Number, "Of these, by anything else; unannounced maintenance is among them."),
        column("no_data_s", Kind::Number, "Seconds of which the logs do not tell."),
        column("disconnects", Kind::Number, "Tunnels that went down."),
        column("interruptions", Kind::Number, "Times without any tunnel that begin in the span."),
        column("mean_repair_ms", Kind::Number, "Mean length of these, of those that ended, in milliseconds."),
    ],
    parameters: &[
        Parameter {
            name: "bucket",
            default: "'day'",
            value: Argument::Word(&["day", "month"], 0),
            meaning: "day or month.",
        },
        Parameter {
            name: "silence",
            default: "INTERVAL '1 hour'",
            value: Argument::Interval(60 * MINUTE),
            meaning: "Full hours without a row of the gateway in any log are a gap of the data when they are as long as this; \
                      where only the tunnel log is exported, give days.",
        },
    ],
    pushed: &["gateway"],
    run,
};

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let hours = hours(work).await?;
        let hours: Vec<_> = hours.iter().map(|h| (h.gateway.as_str(), h.hour)).collect();
        // Hours are full ones, and reach beyond the times that are asked about.
        let (start, end) = work.times();
        let mut logged = logged(&hours, work.interval(1));
        for spans in logged.values_mut() {
            *spans = spans.iter().map(|(a, b)| ((*a).max(start), (*b).min(end))).filter(|(a, b)| a < b).collect();
        }
        let bucket = Bucket::from_name(work.word(0)).unwrap_or(Bucket::Day);
        explained(work, true, |tunnels, _, explained| {
            // The kernel wants all names from one place.
            let logged = logged.iter().map(|(gateway, spans)| (*gateway, spans.clone())).collect();
            let sessions = history(tunnels).sessions;
            let mut rows = Rows::new(TABLE.columns);
            for a in availability(&sessions, &explained.disconnects, &logged, bucket) {
                let [up, down, no_data] = whole_seconds([a.up, a.down, a.no_data]);
                let planned = seconds(a.planned).min(down);
                rows.push([
                    time(a.from),
                    a.gateway.into(),
                    a.remote_ip.into(),
                    up.into(),
                    down.into(),
                    planned.into(),
                    (down - planned).into(),
                    no_data.into(),
                    a.disconnects.into(),
                    a.interruptions.into(),
                    millis(a.mean_repair),
                ])?;
            }
            rows.finish()
        })
        .await
    }
    .boxed()
}

/// Parts of a span in whole seconds that are as many as the span's: the longest takes what rounding leaves.
fn whole_seconds(parts: [i64; 3]) -> [i64; 3] {
    let mut whole = parts.map(seconds);
    let rest = seconds(parts.iter().sum()) - whole.iter().sum::<i64>();
    if let Some(longest) = (0..parts.len()).max_by_key(|at| parts[*at]) {
        whole[longest] += rest;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::whole_seconds;

    #[test]
    fn rounding_is_no_time_without_data() {
        const S: i64 = 1_000_000_000;
        for (parts, whole) in [
            ([86_000 * S + 1, 400 * S - 1, 0], [86_001, 399, 0]),
            ([0, 10 * S, 0], [0, 10, 0]),
            ([0, S / 2, 10 * S - S / 2], [0, 0, 10]),
            ([S / 3, S / 3, S / 3], [0, 0, 0]),
            ([0, 0, 0], [0, 0, 0]),
        ] {
            assert_eq!(whole_seconds(parts), whole, "{parts:?}");
        }
    }
}
