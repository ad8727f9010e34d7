//! `ike_failures`: failing negotiations by what they have in common.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use datafusion::common::Result;
use futures::FutureExt;
use futures::future::BoxFuture;
use hashbrown::HashMap;

use tunnelql_udfs::domain::history::negotiations::{Negotiation, Negotiations};

use super::AnalysisTable;
use super::columns::{Kind, Rows, column, millis, time};
use super::ike_negotiations::negotiations;
use super::work::Work;

pub const TABLE: AnalysisTable = AnalysisTable {
    name: "ike_failures",
    meaning: "One row a shape of failing negotiations: gateway, peer, initiator, outcome and proposals. A failing negotiation \
              repeats every few seconds with the same result: one sample explains all (Microsoft Learn, Troubleshoot Azure VPN \
              Gateway using diagnostic logs).",
    columns: &[
        column("gateway", Kind::Text, "The gateway as logged."),
        column("remote_ip", Kind::Text, "Address of the peer, as logged."),
        column("initiator", Kind::Text, "azure or peer, by who sent the first SA_INIT; null when unknown."),
        column("outcome", Kind::Text, "As in ike_negotiations, without established, deleted and incomplete."),
        column("status_text", Kind::Text, "Of the sample: why the tunnel was closed, or the notify."),
        column("error_code", Kind::Number, "Of the sample: Windows IKE error code."),
        column("negotiations", Kind::Number, "How many there are."),
        column("first_seen", Kind::Time, "The first one's first row, UTC."),
        column("last_seen", Kind::Time, "The last one's last row, UTC."),
        column("retry_ms", Kind::Number, "Median of the milliseconds from one to the next; null for a single one."),
        column("sample_session_id", Kind::Text, "A session that explains the rest: of those with most rows the first."),
        column("sample_time", Kind::Time, "Its first row, UTC."),
        column("sent_ike_proposals", Kind::Text, "Main-mode proposals that Azure sent, as logged."),
        column("received_ike_proposals", Kind::Text, "Main-mode proposals of the peer, as logged."),
        column("sent_ipsec_proposals", Kind::Text, "Quick-mode proposals that Azure sent, as logged."),
        column("received_ipsec_proposals", Kind::Text, "Quick-mode proposals of the peer, as logged."),
    ],
    parameters: &[],
    pushed: &["gateway", "remote_ip"],
    run,
};

fn fails(n: Negotiation<'_>) -> bool {
    !matches!(n.outcome(), "established" | "deleted" | "incomplete")
}

/// What failing negotiations have in common.
type Shape<'a> = (&'a str, &'a str, Option<&'static str>, &'static str, [Option<&'a str>; 4]);

fn shape(n: Negotiation<'_>) -> Shape<'_> {
    let proposals =
        [n.proposals(true, false), n.proposals(false, false), n.proposals(true, true), n.proposals(false, true)];
    (n.gateway(), n.remote_ip(), n.initiator(), n.outcome(), proposals)
}

/// Where the texts of a shape lie. Texts that are equal nearly always are one, which is known sooner than that they are
/// equal: proposals are long.
fn lies(shape: &Shape<'_>) -> ([usize; 6], Option<&'static str>, &'static str) {
    let (gateway, remote_ip, initiator, outcome, proposals) = *shape;
    let at = |text: &str| text.as_ptr().addr();
    let [a, b, c, d] = proposals.map(|text| text.map_or(0, at));
    ([at(gateway), at(remote_ip), a, b, c, d], initiator, outcome)
}

/// Failing negotiations by their shapes.
fn by_shape(all: &Negotiations) -> Vec<(Shape<'_>, Vec<Negotiation<'_>>)> {
    let mut found: Vec<(Shape<'_>, Vec<Negotiation<'_>>)> = Vec::new();
    let (mut places, mut known) = (BTreeMap::new(), HashMap::new());
    for n in all.iter().filter(|n| fails(*n)) {
        let shape = shape(n);
        let place = *known.entry(lies(&shape)).or_insert_with(|| {
            *places.entry(shape).or_insert_with(|| {
                found.push((shape, Vec::new()));
                found.len() - 1
            })
        });
        if let Some((_, list)) = found.get_mut(place) {
            list.push(n);
        }
    }
    found
}

/// The middle of the times from each to the next.
fn retry(starts: &[i64]) -> Option<i64> {
    let mut apart: Vec<i64> = starts.windows(2).map(|w| w[1] - w[0]).collect();
    apart.sort_unstable();
    apart.get(apart.len() / 2).copied()
}

fn run(work: &Work) -> BoxFuture<'_, Result<RecordBatch>> {
    async move {
        let all = negotiations(work, false).await?;
        let mut found = by_shape(&all);
        found.sort_by(|(a, x), (b, y)| y.len().cmp(&x.len()).then_with(|| a.cmp(b)));
        let mut rows = Rows::new(TABLE.columns);
        for ((gateway, remote_ip, initiator, outcome, proposals), list) in found {
            let starts: Vec<i64> = list.iter().map(|n| n.first()).collect();
            // Sorted by time, so that the first of equals is kept.
            let sample = list.iter().rev().max_by_key(|n| (n.session_id().is_some(), n.messages()));
            rows.push([
                gateway.into(),
                remote_ip.into(),
                initiator.into(),
                outcome.into(),
                sample.and_then(|n| n.status()).into(),
                sample.and_then(|n| n.error_code()).into(),
                list.len().into(),
                time(starts.first().copied()),
                time(list.iter().map(|n| n.last()).max()),
                millis(retry(&starts)),
                sample.and_then(|n| n.session_id()).into(),
                time(sample.map(|n| n.first())),
                proposals[0].into(),
                proposals[1].into(),
                proposals[2].into(),
                proposals[3].into(),
            ])?;
        }
        rows.finish()
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::retry;

    #[test]
    fn retries() {
        assert_eq!(retry(&[]), None);
        assert_eq!(retry(&[5]), None);
        assert_eq!(retry(&[0, 4, 8, 100]), Some(4));
    }
}
