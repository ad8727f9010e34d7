//! Keeps of the telling rows of the IKE log only those that can matter to a disconnect: an outage of a day has hundreds of
//! thousands that all say the same.

use std::collections::BTreeMap;

use super::case::{NEGOTIATIONS_AFTER, NEGOTIATIONS_BEFORE};
use super::failure::{self, Failure, SA_DELETE};
use super::tunnels::Interruption;
use super::{IkeSign, Place};

/// So many rows of one kind around one disconnect; more prove no more.
const MOST: usize = 4;

/// A row with texts of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    time: i64,
    source: String,
    line: i64,
    gateway: String,
    remote_ip: String,
    instance: Option<i32>,
    event: String,
    close_status: String,
    notify: String,
    error_code: Option<i64>,
    message: String,
}

impl Kept {
    fn new(sign: &IkeSign<'_>) -> Self {
        Self {
            time: sign.time,
            source: sign.place.source.to_owned(),
            line: sign.place.line,
            gateway: sign.gateway.to_owned(),
            remote_ip: sign.remote_ip.to_owned(),
            instance: sign.instance,
            event: sign.event.to_owned(),
            close_status: sign.close_status.to_owned(),
            notify: sign.notify.to_owned(),
            error_code: sign.error_code,
            message: sign.message.to_owned(),
        }
    }

    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        let texts = [
            &self.source,
            &self.gateway,
            &self.remote_ip,
            &self.event,
            &self.close_status,
            &self.notify,
            &self.message,
        ];
        size_of::<Self>() + texts.iter().map(|text| text.len()).sum::<usize>()
    }

    /// The row.
    pub fn sign(&self) -> IkeSign<'_> {
        IkeSign {
            time: self.time,
            place: Place { source: &self.source, line: self.line },
            gateway: &self.gateway,
            remote_ip: &self.remote_ip,
            instance: self.instance,
            event: &self.event,
            close_status: &self.close_status,
            notify: &self.notify,
            error_code: self.error_code,
            message: &self.message,
        }
    }
}

/// What makes rows alike: how a negotiation failed, or on which instance and with which code an SA was deleted.
type Alike = (Option<Failure>, Option<i32>, Option<i64>);

/// A disconnect and the rows kept for it, nearest first.
struct Around {
    at: i64,
    from: i64,
    to: i64,
    rows: BTreeMap<Alike, Vec<(u64, Kept)>>,
}

/// Keeps rows.
pub struct Keeper<'a> {
    /// Per gateway and peer, by time.
    around: BTreeMap<&'a str, BTreeMap<&'a str, Vec<Around>>>,
}

impl<'a> Keeper<'a> {
    /// A keeper for these disconnects.
    pub fn new(interruptions: &[Interruption<'a>]) -> Self {
        let mut around: BTreeMap<_, BTreeMap<_, Vec<Around>>> = BTreeMap::new();
        for i in interruptions {
            let (from, to) = window(i);
            let one = Around { at: i.disconnected_at, from, to, rows: BTreeMap::new() };
            around.entry(i.gateway).or_default().entry(i.remote_ip).or_default().push(one);
        }
        for list in around.values_mut().flat_map(BTreeMap::values_mut) {
            list.sort_by_key(|a| a.from);
        }
        Self { around }
    }

    /// Takes a row, in any order.
    pub fn push(&mut self, sign: &IkeSign<'_>) {
        let peers = self.around.get_mut::<str>(sign.gateway);
        let Some(list) = peers.and_then(|p| p.get_mut::<str>(sign.remote_ip)) else { return };
        let failed = failure::of(sign.event, sign.error_code, sign.close_status, sign.notify);
        if failed.is_none() && sign.event != SA_DELETE {
            return;
        }
        let deleted = failed.is_none();
        let alike = (failed, sign.instance.filter(|_| deleted), sign.error_code.filter(|_| deleted));
        // A window is minutes long at most, so that those that began longer ago are over.
        let longest = NEGOTIATIONS_BEFORE + NEGOTIATIONS_AFTER + NEGOTIATIONS_BEFORE;
        let first = list.partition_point(|a| a.from < sign.time.saturating_sub(longest));
        for around in list.iter_mut().skip(first).take_while(|a| a.from <= sign.time).filter(|a| sign.time <= a.to) {
            let rows = around.rows.entry(alike).or_default();
            let distance = sign.time.abs_diff(around.at);
            if rows.len() >= MOST && rows.last().is_some_and(|(far, _)| *far < distance) {
                continue;
            }
            let row = (distance, Kept::new(sign));
            let place = rows.partition_point(|known| *known < row);
            rows.insert(place, row);
            rows.truncate(MOST);
        }
    }

    /// The rows kept, each once, by time.
    pub fn finish(self) -> Vec<Kept> {
        let all = self
            .around
            .into_values()
            .flat_map(BTreeMap::into_values)
            .flatten()
            .flat_map(|a| a.rows.into_values())
            .flatten();
        let mut rows: Vec<Kept> = all.map(|(_, row)| row).collect();
        rows.sort();
        rows.dedup();
        rows
    }
}

/// The times in which rows can matter to a disconnect.
pub fn window(i: &Interruption<'_>) -> (i64, i64) {
    let latest = i.disconnected_at.saturating_add(NEGOTIATIONS_AFTER);
    let to = i.reconnected_at.map_or(latest, |back| back.clamp(i.disconnected_at, latest));
    (i.disconnected_at.saturating_sub(NEGOTIATIONS_BEFORE), to.saturating_add(NEGOTIATIONS_BEFORE))
}

#[cfg(test)]
mod tests {
    use super::super::causes::explain;
    use super::super::tunnels::history;
    use super::super::{SECOND, TunnelEvent};
    use super::*;

    #[test]
    fn few_rows_decide_as_all_of_them() {
        let tunnel = |second: i64, instance, connected| TunnelEvent {
            time: second * SECOND,
            gateway: "GW",
            remote_ip: "203.0.113.1",
            instance: Some(instance),
            connected,
            reason: "RemotelyTriggered",
            ..TunnelEvent::default()
        };
        let tunnels = [tunnel(100, 0, false), tunnel(101, 1, false), tunnel(5000, 0, true), tunnel(9000, 0, false)];
        let sign = |second: i64, code, event| IkeSign {
            time: second * SECOND,
            gateway: "GW",
            remote_ip: "203.0.113.1",
            error_code: Some(code),
            event,
            message: "m",
            ..IkeSign::default()
        };
        let mut all: Vec<_> = (0..500).map(|n| sign(102 + n, if n % 3 == 2 { 13805 } else { 13868 }, "")).collect();
        all.extend([sign(100, 13885, SA_DELETE), sign(20, 13801, ""), sign(2000, 13801, ""), sign(9003, 13999, "")]);
        let keep = |order: &[IkeSign<'_>]| {
            let mut keeper = Keeper::new(&history(&tunnels).interruptions);
            order.iter().for_each(|s| keeper.push(s));
            keeper.finish()
        };
        let kept = keep(&all);
        let reversed: Vec<_> = all.iter().rev().copied().collect();
        assert_eq!(kept, keep(&reversed));
        assert_eq!(kept.len(), 4 + 4 + 1 + 1, "{kept:?}");
        let few: Vec<_> = kept.iter().map(Kept::sign).collect();
        let (few, all) = (explain(&tunnels, &[], &few), explain(&tunnels, &[], &all));
        assert_eq!(few, all);
        assert_eq!(all.disconnects[0].cause.as_str(), "policy_mismatch");
        assert_eq!(all.disconnects[2].cause.as_str(), "selectors");
    }
}
