//! Peers whose connection goes down again and again.

use std::collections::BTreeMap;

use super::groups::TOGETHER;
use super::tunnels::Interruption;

/// A time of flapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flap<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The peer.
    pub remote_ip: &'a str,
    /// The first time down.
    pub started_at: i64,
    /// The end of the last time down; `None` when it is down still.
    pub ended_at: Option<i64>,
    /// How often it went down.
    pub times: usize,
    /// Time down in all, as far as it came back.
    pub down: i64,
    /// The reasons logged, each once, in their order.
    pub reasons: Vec<&'a str>,
}

/// Times down of a peer that overlap: two tunnels that drop together are one time down.
struct Down<'a> {
    from: i64,
    to: Option<i64>,
    reasons: Vec<&'a str>,
}

/// The peers that went down at least `count` times within `within`; overlapping times of flapping are one.
pub fn flaps<'a>(interruptions: &[Interruption<'a>], count: usize, within: i64) -> Vec<Flap<'a>> {
    let mut peers: BTreeMap<(&str, &str), Vec<&Interruption<'a>>> = BTreeMap::new();
    for interruption in interruptions {
        peers.entry((interruption.gateway, interruption.remote_ip)).or_default().push(interruption);
    }
    let mut out = Vec::new();
    for ((gateway, remote_ip), mut list) in peers {
        list.sort_by_key(|i| (i.disconnected_at, i.from_instance));
        let downs = merge(&list);
        // From each time down, whether `count` of them begin within the window; runs that touch are one.
        let mut run: Option<(usize, usize)> = None;
        let mut runs = Vec::new();
        for start in 0..downs.len() {
            let Some(end) = start.checked_add(count.max(1) - 1).filter(|end| *end < downs.len()) else { break };
            let span = |i: usize| downs.get(i).map_or(0, |d| d.from);
            if span(end).saturating_sub(span(start)) > within {
                continue;
            }
            match &mut run {
                Some((_, last)) if start <= *last => *last = end,
                _ => runs.extend(run.replace((start, end))),
            }
        }
        runs.extend(run);
        for (start, end) in runs {
            let part = downs.get(start..=end).unwrap_or_default();
            let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
            let mut reasons: Vec<&str> = Vec::new();
            for reason in part.iter().flat_map(|d| &d.reasons) {
                if !reasons.contains(reason) {
                    reasons.push(reason);
                }
            }
            let down = part.iter().filter_map(|d| d.to.map(|to| to - d.from)).sum();
            let (started_at, ended_at, times) = (first.from, last.to, part.len());
            out.push(Flap { gateway, remote_ip, started_at, ended_at, times, down, reasons });
        }
    }
    out.sort_by_key(|f| (f.started_at, f.gateway, f.remote_ip));
    out
}

fn merge<'a>(sorted: &[&Interruption<'a>]) -> Vec<Down<'a>> {
    let mut out: Vec<Down<'a>> = Vec::new();
    for i in sorted {
        let to = i.reconnected_at.map(|back| back.max(i.disconnected_at));
        let together = |last: &Down<'_>| match last.to {
            Some(end) => i.disconnected_at < end,
            // One that never comes back must not hide all that the other tunnel does from then on.
            None => i.disconnected_at.saturating_sub(last.from) <= TOGETHER,
        };
        match out.last_mut().filter(|last| together(last)) {
            Some(last) => {
                last.to = last.to.zip(to).map(|(a, b)| a.max(b));
                last.reasons.push(i.reason);
            }
            None => out.push(Down { from: i.disconnected_at, to, reasons: vec![i.reason] }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::MINUTE;
    use super::*;

    fn down(instance: i32, from: i64, to: Option<i64>) -> Interruption<'static> {
        Interruption {
            gateway: "GW",
            remote_ip: "203.0.113.1",
            disconnected_at: from * MINUTE,
            from_instance: Some(instance),
            reconnected_at: to.map(|t| t * MINUTE),
            to_instance: Some(instance),
            reason: "DPD timed out",
            repeated: 0,
        }
    }

    #[test]
    fn several_times_within_the_window() {
        let told = |list: &[Interruption<'static>], count| -> Vec<(i64, Option<i64>, usize)> {
            let minutes = |f: &Flap<'_>| (f.started_at / MINUTE, f.ended_at.map(|t| t / MINUTE), f.times);
            flaps(list, count, 10 * MINUTE).iter().map(minutes).collect()
        };
        let often = [down(0, 0, Some(1)), down(0, 4, Some(5)), down(0, 10, Some(11)), down(0, 30, Some(31))];
        assert_eq!(told(&often, 3), [(0, Some(11), 3)]);
        assert_eq!(told(&often, 4), []);
        assert_eq!(told(&often, 2), [(0, Some(11), 3)]);
        assert_eq!(told(&often, 0).len(), 4);
        // Windows that touch are one time of flapping.
        let long: Vec<_> = (0..6).map(|n| down(0, n * 4, Some(n * 4 + 1))).collect();
        assert_eq!(told(&long, 3), [(0, Some(21), 6)]);
        // Both tunnels of a peer drop together: one time down.
        let twins = [down(0, 0, Some(2)), down(1, 1, Some(3)), down(0, 5, Some(6))];
        assert_eq!(told(&twins, 3), []);
        assert_eq!(told(&twins, 2), [(0, Some(6), 2)]);
        assert_eq!(told(&[down(0, 0, Some(1)), down(0, 2, Some(3)), down(0, 4, None)], 3), [(0, None, 3)]);
        assert_eq!(flaps(&often, 3, 10 * MINUTE)[0].reasons, ["DPD timed out"]);
        assert_eq!(flaps(&often, 3, 10 * MINUTE)[0].down, 3 * MINUTE);
    }
}
