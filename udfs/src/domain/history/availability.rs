//! How long each peer was connected, day by day or month by month, and for how long nobody can know.

use std::collections::{BTreeMap, BTreeSet};

use super::causes::Disconnect;
use super::tunnels::Session;
use super::{MINUTE, SECOND};

const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The span of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// A day, UTC.
    Day,
    /// A calendar month, UTC.
    Month,
}

impl Bucket {
    /// `day` or `month`, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [("day", Self::Day), ("month", Self::Month)]
            .into_iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, b)| b)
    }

    /// Beginning and end of the span around a time.
    pub fn around(self, at: i64) -> (i64, i64) {
        let day = at.div_euclid(DAY);
        match self {
            Self::Day => (day * DAY, (day + 1) * DAY),
            Self::Month => {
                let (year, month) = civil_month(day);
                let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                (first_day(year, month).saturating_mul(DAY), first_day(next.0, next.1).saturating_mul(DAY))
            }
        }
    }
}

/// Year and month of a day since 1970 (Howard Hinnant's civil_from_days).
fn civil_month(days: i64) -> (i64, i64) {
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let mp = (5 * (doe - (365 * yoe + yoe / 4 - yoe / 100)) + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month)
}

/// Day since 1970 of the first of a month.
fn first_day(year: i64, month: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
    let doy = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// A peer in a span. Up, down and no data together are the whole span.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The peer.
    pub remote_ip: &'a str,
    /// Beginning of the span.
    pub from: i64,
    /// Length of the span.
    pub length: i64,
    /// A tunnel to the peer stood.
    pub up: i64,
    /// None did, and the log says so.
    pub down: i64,
    /// Of that, by announced maintenance, a reset or a change of configuration.
    pub planned: i64,
    /// The gateway logged nothing, or nothing is known about the tunnel yet.
    pub no_data: i64,
    /// Tunnels that went down in the span.
    pub disconnects: u64,
    /// Times without any tunnel that begin in the span.
    pub interruptions: u64,
    /// Their mean length, of those that ended.
    pub mean_repair: Option<i64>,
}

/// The times in which a gateway's logs say anything, from the full hours in which they have rows. Silence of less than
/// `silence` between them counts as logged.
///
/// Returns spans per gateway, in order and apart from each other.
pub fn logged<'a>(hours: &[(&'a str, i64)], silence: i64) -> BTreeMap<&'a str, Vec<(i64, i64)>> {
    let mut of_gateway: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for (gateway, at) in hours {
        of_gateway.entry(gateway).or_default().insert(at.div_euclid(HOUR));
    }
    let spans = |hours: BTreeSet<i64>| {
        let mut out: Vec<(i64, i64)> = Vec::new();
        for hour in hours {
            let (from, to) = (hour.saturating_mul(HOUR), (hour + 1).saturating_mul(HOUR));
            match out.last_mut() {
                Some((_, end)) if from - *end < silence.max(1) => *end = to,
                _ => out.push((from, to)),
            }
        }
        out
    };
    of_gateway.into_iter().map(|(gateway, hours)| (gateway, spans(hours))).collect()
}

/// Parts of `span` that lie in one of `parts`, which are in order.
fn clipped(parts: &[(i64, i64)], span: (i64, i64)) -> impl Iterator<Item = (i64, i64)> {
    parts.iter().map(move |(a, b)| ((*a).max(span.0), (*b).min(span.1))).filter(|(a, b)| a < b)
}

/// Spans joined where they touch or overlap.
fn joined(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.retain(|(a, b)| a < b);
    spans.sort_unstable();
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match out.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// What is left of `whole` without `parts`; both in order.
fn without(whole: &[(i64, i64)], parts: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut out = Vec::new();
    for (mut from, to) in whole.iter().copied() {
        for (a, b) in clipped(parts, (from, to)) {
            out.push((from, a));
            from = b;
        }
        out.push((from, to));
    }
    out.retain(|(a, b)| a < b);
    out
}

/// A peer's time.
#[derive(Default)]
struct Life {
    up: Vec<(i64, i64)>,
    down: Vec<(i64, i64)>,
    planned: Vec<(i64, i64)>,
    disconnected_at: Vec<i64>,
}

/// Adds up each peer's time. A peer is up while any tunnel to it stands: with two active instances the loss of one is a
/// disconnect, and no time down.
pub fn availability<'a>(
    sessions: &[Session<'a>],
    disconnects: &[Disconnect<'a>],
    logged: &BTreeMap<&'a str, Vec<(i64, i64)>>,
    bucket: Bucket,
) -> Vec<Availability<'a>> {
    let mut lives: BTreeMap<(&str, &str), Life> = BTreeMap::new();
    for s in sessions {
        let life = lives.entry((s.gateway, s.remote_ip)).or_default();
        life.up.push((s.connected_at.unwrap_or(i64::MIN), s.disconnected_at.unwrap_or(i64::MAX)));
    }
    for d in disconnects {
        let i = &d.interruption;
        let life = lives.entry((i.gateway, i.remote_ip)).or_default();
        let span = (i.disconnected_at, i.reconnected_at.unwrap_or(i64::MAX));
        life.disconnected_at.push(i.disconnected_at);
        life.down.push(span);
        if d.cause.is_planned() {
            life.planned.push(span);
        }
    }
    let mut out = Vec::new();
    for ((gateway, remote_ip), life) in lives {
        let Some(logged) = logged.get(gateway) else { continue };
        let up = joined(life.up);
        let down = without(&joined(life.down), &up);
        let planned = joined(life.planned);
        let (Some((first, _)), Some((_, last))) = (logged.first(), logged.last()) else { continue };
        let mut at = *first;
        while at < *last {
            let span = bucket.around(at);
            let known: Vec<_> = clipped(logged, span).collect();
            let sum = |parts: &[(i64, i64)]| -> i64 {
                known.iter().flat_map(|k| clipped(parts, *k)).map(|(a, b)| b - a).sum()
            };
            let down_known: Vec<_> = known.iter().flat_map(|k| clipped(&down, *k)).collect();
            let planned_down: i64 = down_known.iter().flat_map(|d| clipped(&planned, *d)).map(|(a, b)| b - a).sum();
            let begun: Vec<_> = down.iter().filter(|(from, _)| (span.0..span.1).contains(from)).collect();
            let ended: Vec<i64> = begun.iter().filter(|(_, to)| *to < i64::MAX).map(|(from, to)| to - from).collect();
            let count = i64::try_from(ended.len()).unwrap_or(i64::MAX);
            let (up, down) = (sum(&up), sum(&down));
            let length = span.1 - span.0;
            out.push(Availability {
                gateway,
                remote_ip,
                from: span.0,
                length,
                up,
                down,
                planned: planned_down,
                no_data: length - up - down,
                disconnects: life.disconnected_at.iter().filter(|t| (span.0..span.1).contains(*t)).count() as u64,
                interruptions: begun.len() as u64,
                mean_repair: ended.iter().fold(0i64, |sum, d| sum.saturating_add(*d)).checked_div(count),
            });
            at = span.1;
        }
    }
    out.sort_by_key(|a| (a.from, a.gateway, a.remote_ip));
    out
}

/// Seconds, rounded down, of nanoseconds.
pub fn seconds(nanos: i64) -> i64 {
    nanos.div_euclid(SECOND)
}

#[cfg(test)]
mod tests {
    use super::super::causes::{Cause, Grade};
    use super::super::tunnels::Interruption;
    use super::*;

    fn session(instance: i32, from: Option<i64>, to: Option<i64>) -> Session<'static> {
        Session {
            gateway: "GW",
            remote_ip: "203.0.113.1",
            instance: Some(instance),
            connected_at: from.map(|t| t * MINUTE),
            disconnected_at: to.map(|t| t * MINUTE),
            reason: "",
        }
    }

    fn down(cause: Cause, from: i64, to: Option<i64>) -> Disconnect<'static> {
        let interruption = Interruption {
            gateway: "GW",
            remote_ip: "203.0.113.1",
            disconnected_at: from * MINUTE,
            from_instance: Some(0),
            reconnected_at: to.map(|t| t * MINUTE),
            to_instance: Some(0),
            reason: "",
            repeated: 0,
        };
        let (grade, confidence, rule) = (Some(Grade::Logged), 1.0, None);
        Disconnect { interruption, cause, grade, confidence, rule, evidence: Vec::new() }
    }

    #[test]
    fn no_log_is_not_up() {
        // Hours 0, 1 and 4 have rows; down from 1:30 to 1:40, and from 4:50 on.
        let logged = logged(&[("GW", 5 * MINUTE), ("GW", 70 * MINUTE), ("GW", 4 * HOUR)], HOUR);
        let sessions = [session(0, None, Some(90)), session(0, Some(100), Some(290))];
        let gone = [down(Cause::DpdTimeout, 90, Some(100)), down(Cause::Maintenance, 290, None)];
        let found = availability(&sessions, &gone, &logged, Bucket::Day);
        let [day] = found.as_slice() else { panic!("{found:?}") };
        let minutes = |n: i64| n / MINUTE;
        assert_eq!((minutes(day.up), minutes(day.down), minutes(day.planned)), (160, 20, 10));
        assert_eq!(day.up + day.down + day.no_data, DAY);
        assert_eq!((day.disconnects, day.interruptions, day.mean_repair.map(minutes)), (2, 2, Some(10)));
    }

    #[test]
    fn with_two_tunnels_one_is_enough() {
        let logged = logged(&[("GW", 0)], HOUR);
        let sessions = [
            session(0, None, Some(10)),
            session(0, Some(20), None),
            session(1, None, Some(15)),
            session(1, Some(30), None),
        ];
        let gone = [down(Cause::DpdTimeout, 10, Some(20)), down(Cause::DpdTimeout, 15, Some(30))];
        let found = availability(&sessions, &gone, &logged, Bucket::Month);
        assert_eq!((found[0].up / MINUTE, found[0].down / MINUTE, found[0].interruptions), (55, 5, 1));
        assert_eq!((found[0].disconnects, found[0].length), (2, 31 * DAY));
    }

    #[test]
    fn spans() {
        let march = first_day(2026, 3) * DAY;
        assert_eq!(Bucket::Month.around(march + 5 * DAY), (march, march + 31 * DAY));
        assert_eq!(Bucket::Month.around(first_day(2026, 12) * DAY).1, first_day(2027, 1) * DAY);
        assert_eq!(Bucket::Day.around(-1), (-DAY, 0));
        assert_eq!((Bucket::from_name("Month"), Bucket::from_name("week")), (Some(Bucket::Month), None));
        assert_eq!(logged(&[("A", 0), ("A", 2 * HOUR)], 2 * HOUR)["A"], [(0, 3 * HOUR)]);
        assert_eq!(logged(&[("A", 0), ("A", 2 * HOUR)], HOUR)["A"], [(0, HOUR), (2 * HOUR, 3 * HOUR)]);
    }
}
