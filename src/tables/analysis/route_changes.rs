//! `route_changes`: routes learned, withdrawn and updated.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;

use datafusion::functions::expr_fn::lower;
use datafusion::logical_expr::{col, lit};

use super::AnalysisTable;
use super::columns::{Kind, Rows, column, time};
use super::inputs::{Input, some};
use super::work::Work;
use crate::model::Category;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "route_changes",
    meaning: "One row a StaticRouteUpdate or BgpRouteUpdate of the route log. Their texts are not published: prefix, peer and \
              change are found by pattern, and the message is kept.",
    columns: &[
        column("time", Kind::Time, "When it was logged, UTC."),
        column("gateway", Kind::Text, "The gateway as logged."),
        column("instance", Kind::Small, "Gateway instance 0 or 1."),
        column("origin", Kind::Text, "bgp or static."),
        column(
            "change",
            Kind::Text,
            "learned, withdrawn or updated, by the words of the message; null when it has none.",
        ),
        column("prefix", Kind::Text, "The first network in the message, in CIDR notation."),
        column("peer", Kind::Text, "The first address in the message: the neighbour or the next hop."),
        column("message", Kind::Text, "The message as logged."),
    ],
    parameters: &[],
    pushed: &["gateway"],
    run,
};

/// Words, in lower case, and the change that they mean.
const WORDS: &[(&str, &str)] = &[
    ("withdraw", "withdrawn"),
    ("remov", "withdrawn"),
    ("delet", "withdrawn"),
    ("learn", "learned"),
    ("advertis", "learned"),
    ("receiv", "learned"),
    ("add", "learned"),
    ("updat", "updated"),
];

fn change(message: &str) -> Option<&'static str> {
    let lower = message.to_ascii_lowercase();
    WORDS.iter().find(|(word, _)| lower.contains(word)).map(|(_, change)| *change)
}

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let columns =
            ["time", "gateway", "instance", "operation", "peer", "prefix", "message", "source", "source_line"];
        let updates = lower(col("operation")).in_list(vec![lit("staticrouteupdate"), lit("bgprouteupdate")], false);
        let batch = work.collect(work.plan(Category::Route, &columns, Some(updates)).await?).await?;
        let input = Input(&batch);
        let (times, place, gateway) = (input.times("time")?, input.places()?, input.texts("gateway")?);
        let (instances, operation) = (input.int32("instance")?, input.texts("operation")?);
        let (peer, prefix, message) = (input.texts("peer")?, input.texts("prefix")?, input.texts("message")?);
        let mut order: Vec<usize> = (0..batch.num_rows()).collect();
        order.sort_by_key(|i| (some(times, *i), place(*i), message.get(*i)));
        let mut rows = Rows::new(TABLE.columns);
        for i in order {
            let is_static = operation.get(i).eq_ignore_ascii_case("StaticRouteUpdate");
            rows.push([
                time(some(times, i)),
                gateway.get(i).into(),
                some(instances, i).into(),
                if is_static { "static" } else { "bgp" }.into(),
                change(message.get(i)).into(),
                prefix.get(i).into(),
                peer.get(i).into(),
                message.get(i).into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn changes_by_words() {
        // Synthetic: no text of this log is published.
        for (message, wanted) in [
            ("Route 10.1.0.0/16 learned from peer 10.2.0.254", Some("learned")),
            ("ROUTE 10.1.0.0/16 Withdrawn by peer", Some("withdrawn")),
            ("Static route 10.1.0.0/16 updated", Some("updated")),
            ("10.1.0.0/16", None),
        ] {
            assert_eq!(change(message), wanted, "{message}");
        }
    }
}
