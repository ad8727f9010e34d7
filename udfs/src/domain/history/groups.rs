//! Tunnels that went down together: one event at the gateway interrupts every tunnel of an instance within seconds.

use std::collections::{BTreeMap, BTreeSet};

use super::tunnels::Interruption;
use super::{SECOND, TunnelEvent};

/// Disconnects of one instance that follow each other this closely are one event.
pub const TOGETHER: i64 = 10 * SECOND;

/// Interruptions with one beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The instance that the tunnels left.
    pub from_instance: Option<i32>,
    /// The first disconnect.
    pub first: i64,
    /// The last disconnect.
    pub last: i64,
    /// Indexes of the interruptions, in their order.
    pub members: Vec<usize>,
}

impl Group<'_> {
    /// A name that stays the same however the data is read: gateway, second of the first disconnect (UTC), instance.
    pub fn id(&self) -> String {
        let instance = self.from_instance.map_or("x".to_owned(), |i| i.to_string());
        // Of a resource id the last part is the name.
        let name = self.gateway.rsplit('/').next().unwrap_or_default();
        format!("{name}-{}-{instance}", compact(self.first))
    }
}

/// Groups the interruptions that `wanted` picks; by beginning, gateway, instance.
pub fn groups<'a>(interruptions: &[Interruption<'a>], wanted: impl Fn(usize) -> bool) -> Vec<Group<'a>> {
    let mut of_instance: BTreeMap<(&str, Option<i32>), Vec<usize>> = BTreeMap::new();
    for (index, i) in interruptions.iter().enumerate().filter(|(index, _)| wanted(*index)) {
        of_instance.entry((i.gateway, i.from_instance)).or_default().push(index);
    }
    let mut out: Vec<Group<'_>> = Vec::new();
    for ((gateway, from_instance), mut members) in of_instance {
        let at = |index: usize| interruptions.get(index).map_or(0, |i| i.disconnected_at);
        members.sort_by_key(|index| (at(*index), *index));
        let mut open: Option<Group<'_>> = None;
        for index in members {
            match &mut open {
                Some(group) if at(index).saturating_sub(group.last) <= TOGETHER => {
                    group.last = at(index);
                    group.members.push(index);
                }
                _ => {
                    let (first, last) = (at(index), at(index));
                    out.extend(open.replace(Group { gateway, from_instance, first, last, members: vec![index] }));
                }
            }
        }
        out.extend(open);
    }
    out.sort_by_key(|g| (g.first, g.gateway, g.from_instance));
    out
}

/// Groups, of those by beginning, that begin between two times, with their indexes.
pub fn between<'l, 'a>(
    groups: &'l [Group<'a>],
    from: i64,
    to: i64,
) -> impl Iterator<Item = (usize, &'l Group<'a>)> + use<'l, 'a> {
    let start = groups.partition_point(|g| g.first < from);
    groups.iter().enumerate().skip(start).take_while(move |(_, g)| g.first <= to)
}

/// Times at which a tunnel changed, and whether it was up then.
type Changes = Vec<(i64, bool)>;

/// How many tunnels an instance held at a moment, as far as the tunnel log tells.
///
/// A tunnel that never appears in the log is not counted, nor is one whose first row is a later connect.
#[derive(Debug, Default)]
pub struct Holdings<'a> {
    /// Per gateway and instance, per peer: changes in time order.
    changes: BTreeMap<(&'a str, Option<i32>), BTreeMap<&'a str, Changes>>,
}

impl<'a> Holdings<'a> {
    /// Learns from the tunnel log.
    pub fn new(events: &[TunnelEvent<'a>]) -> Self {
        let mut out = Self::default();
        for event in super::tunnels::sorted(events) {
            let peers = out.changes.entry((event.gateway, event.instance)).or_default();
            peers.entry(event.remote_ip).or_default().push((event.time, event.connected));
        }
        out
    }

    /// The peers whose tunnels stood on the instance just before `at`.
    pub fn at(&self, gateway: &str, instance: Option<i32>, at: i64) -> BTreeSet<&'a str> {
        let Some(peers) = self.changes.get(&(gateway, instance)) else { return BTreeSet::new() };
        let stood = |changes: &[(i64, bool)]| {
            let after = changes.partition_point(|(time, _)| *time < at);
            match after.checked_sub(1).and_then(|before| changes.get(before)) {
                Some((_, up)) => *up,
                // Who first goes down has been up.
                None => changes.first().is_some_and(|(_, up)| !up),
            }
        };
        peers.iter().filter(|(_, changes)| stood(changes)).map(|(peer, _)| *peer).collect()
    }
}

/// `20260310T011230Z` of nanoseconds since 1970.
pub fn compact(nanos: i64) -> String {
    let seconds = nanos.div_euclid(SECOND);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's civil_from_days.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let day = doy - (153 * mp + 2) / 5 + 1;
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(gateway: &'static str, peer: &'static str, instance: i32, second: i64) -> Interruption<'static> {
        Interruption {
            gateway,
            remote_ip: peer,
            disconnected_at: second * SECOND,
            from_instance: Some(instance),
            reconnected_at: None,
            to_instance: None,
            reason: "",
            repeated: 0,
        }
    }

    #[test]
    fn what_begins_together_is_one_event() {
        let all = [
            down("A", "1", 0, 100),
            down("A", "2", 0, 102),
            down("A", "1", 1, 102),
            down("B", "1", 0, 101),
            down("A", "3", 0, 113),
            down("A", "4", 0, 114),
        ];
        let found = groups(&all, |index| index != 5);
        let told: Vec<_> = found.iter().map(|g| (g.gateway, g.from_instance, g.members.clone())).collect();
        assert_eq!(
            told,
            [("A", Some(0), vec![0, 1]), ("B", Some(0), vec![3]), ("A", Some(1), vec![2]), ("A", Some(0), vec![4])]
        );
        assert_eq!(found[0].id(), "A-19700101T000140Z-0");
        let reversed: Vec<_> = all.iter().rev().copied().collect();
        assert_eq!(groups(&reversed, |index| index != 0).len(), 4);
    }

    #[test]
    fn times_in_names() {
        for (seconds, wanted) in [
            (0, "19700101T000000Z"),
            (1_773_105_150, "20260310T011230Z"),
            (951_782_400, "20000229T000000Z"),
            (-1, "19691231T235959Z"),
        ] {
            assert_eq!(compact(seconds * SECOND), wanted);
        }
    }

    #[test]
    fn holdings_at_a_moment() {
        let event = |peer, second: i64, connected| TunnelEvent {
            time: second * SECOND,
            gateway: "A",
            remote_ip: peer,
            instance: Some(0),
            connected,
            ..TunnelEvent::default()
        };
        let log = [event("1", 50, false), event("1", 60, true), event("2", 100, false), event("3", 200, true)];
        let holdings = Holdings::new(&log);
        let at = |second: i64| holdings.at("A", Some(0), second * SECOND).into_iter().collect::<Vec<_>>();
        assert_eq!(at(10), ["1", "2"]);
        assert_eq!(at(55), ["2"]);
        assert_eq!(at(100), ["1", "2"]);
        assert_eq!(at(101), ["1"]);
        assert_eq!(at(300), ["1", "3"]);
        assert!(holdings.at("A", Some(1), 0).is_empty());
    }
}
