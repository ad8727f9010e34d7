//! An interruption with everything that the logs say around it: what rules decide from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::announcements::{self, Notice};
use super::config::{self, ConfigRecord};
use super::failure::{self, Failure, SA_DELETE};
use super::groups::{Group, Holdings, between};
use super::reason::{Reason, reason};
use super::tunnels::{Interruption, WITHIN};
use super::{GatewayEvent, IkeSign, MINUTE, SECOND};

/// A configuration change may precede what it causes by this much.
pub const CHANGE_BEFORE: i64 = 5 * MINUTE;
/// Clocks of two logs differ by less than this.
const SKEW: i64 = 2 * SECOND;
/// Negotiations are looked at for this long after a disconnect: a failing one repeats every few seconds.
pub const NEGOTIATIONS_AFTER: i64 = 10 * MINUTE;
/// Negotiations a moment before the disconnect belong to it: the SA is deleted first.
pub const NEGOTIATIONS_BEFORE: i64 = SKEW;
/// The two instances are serviced one after the other, at least and at most this far apart.
const TURNS: std::ops::RangeInclusive<i64> = 3 * MINUTE..=90 * MINUTE;

/// A row that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// The log table.
    pub table: &'static str,
    /// Time of the row.
    pub time: i64,
    /// What it says.
    pub message: Cow<'a, str>,
}

/// What is known around an interruption. Lists are nearest first.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The interruption.
    pub interruption: Interruption<'a>,
    /// Its reason, read.
    pub reason: Reason,
    /// The disconnect itself.
    pub own: Evidence<'a>,
    /// Configuration changes shortly before that concern the peer; whether a record before is known.
    pub changes: Vec<(bool, Evidence<'a>)>,
    /// Failures of the peer's negotiations while the tunnel was down.
    pub failures: Vec<(Failure, Evidence<'a>)>,
    /// SAs of the peer that were deleted in the moment of the disconnect, with the codes.
    pub deletes: Vec<(i64, Evidence<'a>)>,
    /// Announcements in the gateway log that belong to this event.
    pub notices: Vec<(Notice, Evidence<'a>)>,
    /// Tunnels of the instance that went down with it, itself among them.
    pub together: usize,
    /// Tunnels that the instance is known to have held.
    pub held: usize,
    /// The other instance's turn, minutes before or after.
    pub other_turn: Option<Evidence<'a>>,
}

impl Case<'_> {
    /// Whether it was down for longer than seconds, or still is.
    pub fn lasting(&self) -> bool {
        self.interruption.gap().is_none_or(|gap| gap > WITHIN)
    }
}

/// The logs around interruptions, ready to be searched.
pub struct Logs<'l, 'a> {
    /// Configuration records with their events, in time order.
    configs: Vec<(ConfigRecord<'a>, &'l GatewayEvent<'a>)>,
    /// Per gateway and peer, in time order.
    signs: BTreeMap<(&'a str, &'a str), Vec<&'l IkeSign<'a>>>,
}

impl<'l, 'a> Logs<'l, 'a> {
    /// Prepares the logs; `interruptions` name the peers that configurations may speak of.
    pub fn new(gateway: &'l [GatewayEvent<'a>], ike: &'l [IkeSign<'a>], interruptions: &[Interruption<'a>]) -> Self {
        let mut peers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for i in interruptions {
            let list = peers.entry(i.gateway).or_default();
            if !list.contains(&i.remote_ip) {
                list.push(i.remote_ip);
            }
        }
        let configs = config::records(gateway, &|name| peers.get(name).cloned().unwrap_or_default());
        let with_event = |record: ConfigRecord<'a>| gateway.get(record.event).map(|event| (record, event));
        let configs = configs.into_iter().filter_map(with_event).collect();
        let mut signs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for sign in ike {
            signs.entry((sign.gateway, sign.remote_ip)).or_default().push(sign);
        }
        for list in signs.values_mut() {
            list.sort_by_key(|s| (s.time, s.place, s.message));
        }
        Self { configs, signs }
    }

    /// What the tunnel's own surroundings say; the gateway's events come with [`Case::notices`] later.
    pub fn case(&self, interruption: Interruption<'a>) -> Case<'a> {
        let at = interruption.disconnected_at;
        let words = if interruption.reason.is_empty() { "without a reason" } else { interruption.reason };
        Case {
            interruption,
            reason: reason(interruption.reason),
            own: Evidence { table: "tunnel_log", time: at, message: format!("TunnelDisconnected: {words}").into() },
            changes: self.changes(&interruption),
            failures: self.failures(&interruption),
            deletes: self.deletes(&interruption),
            notices: Vec::new(),
            together: 1,
            held: 1,
            other_turn: None,
        }
    }

    fn changes(&self, i: &Interruption<'a>) -> Vec<(bool, Evidence<'a>)> {
        let from = i.disconnected_at.saturating_sub(CHANGE_BEFORE);
        let to = i.disconnected_at.saturating_add(SKEW);
        let start = self.configs.partition_point(|(_, event)| event.time < from);
        let mut out: Vec<_> = self
            .configs
            .iter()
            .skip(start)
            .take_while(|(_, event)| event.time <= to)
            .filter(|(record, event)| {
                event.gateway == i.gateway
                    && record.may_change()
                    && (record.remote.is_empty() || record.remote == i.remote_ip)
            })
            .map(|(record, event)| (record.has_previous, change_evidence(record, event)))
            .collect();
        out.sort_by_key(|(_, evidence)| evidence.time.abs_diff(i.disconnected_at));
        out
    }

    fn signs(&self, i: &Interruption<'a>, from: i64, to: i64) -> &[&'l IkeSign<'a>] {
        let Some(list) = self.signs.get(&(i.gateway, i.remote_ip)) else { return &[] };
        let start = list.partition_point(|s| s.time < from);
        let end = list.partition_point(|s| s.time <= to);
        list.get(start..end.max(start)).unwrap_or_default()
    }

    fn failures(&self, i: &Interruption<'a>) -> Vec<(Failure, Evidence<'a>)> {
        let last = i.disconnected_at.saturating_add(NEGOTIATIONS_AFTER);
        let to = i.reconnected_at.map_or(last, |back| back.min(last));
        let signs = self.signs(i, i.disconnected_at, to).iter();
        signs
            .filter_map(|s| Some((failure::of(s.event, s.error_code, s.close_status, s.notify)?, ike_evidence(s))))
            .collect()
    }

    fn deletes(&self, i: &Interruption<'a>) -> Vec<(i64, Evidence<'a>)> {
        let at = i.disconnected_at;
        let signs = self.signs(i, at.saturating_sub(NEGOTIATIONS_BEFORE), at.saturating_add(SKEW)).iter();
        // An instance that the row names must be the one that lost its tunnel.
        let same = |s: &IkeSign<'_>| s.instance.is_none() || i.from_instance.is_none() || s.instance == i.from_instance;
        let mut out: Vec<_> = signs
            .filter(|s| s.event == SA_DELETE && same(s))
            .filter_map(|s| Some((s.error_code?, ike_evidence(s))))
            .collect();
        out.sort_by_key(|(_, evidence)| evidence.time.abs_diff(at));
        out
    }
}

/// What the gateway log says about events of the whole gateway: `groups` are events of indexes into `cases`.
pub fn add_gateway_events<'a>(
    cases: &mut [Case<'a>],
    groups: &[Group<'a>],
    gateway: &[GatewayEvent<'a>],
    holdings: &Holdings<'a>,
) {
    let assigned = announcements::assign(groups, gateway);
    for (group, rows) in groups.iter().zip(assigned) {
        let held = holdings.at(group.gateway, group.from_instance, group.first).len();
        let (from, to) = (group.first.saturating_sub(*TURNS.end()), group.first.saturating_add(*TURNS.end()));
        let other_turn = between(groups, from, to)
            .map(|(_, g)| g)
            .filter(|g| g.gateway == group.gateway && g.from_instance != group.from_instance)
            .filter(|g| i64::try_from(g.first.abs_diff(group.first)).is_ok_and(|apart| TURNS.contains(&apart)))
            .min_by_key(|g| g.first.abs_diff(group.first))
            .and_then(|g| cases.get(*g.members.first()?).map(|c| c.own.clone()));
        let notices: Vec<_> = rows
            .iter()
            .filter_map(|i| gateway.get(*i))
            .filter_map(|e| Some((announcements::notice(e)?, gateway_evidence(e))))
            .collect();
        for index in &group.members {
            let Some(case) = cases.get_mut(*index) else { continue };
            case.together = group.members.len();
            case.held = held.max(group.members.len());
            case.notices.clone_from(&notices);
            case.other_turn.clone_from(&other_turn);
        }
    }
}

fn ike_evidence<'a>(sign: &IkeSign<'a>) -> Evidence<'a> {
    Evidence { table: "ike_log", time: sign.time, message: sign.message.into() }
}

/// A row of the gateway log in words.
pub fn gateway_evidence<'a>(event: &GatewayEvent<'a>) -> Evidence<'a> {
    let message = match (event.operation, event.message) {
        (operation, "") => operation.into(),
        ("", message) => message.into(),
        (operation, message) => format!("{operation}: {message}").into(),
    };
    Evidence { table: "gateway_log", time: event.time, message }
}

fn change_evidence<'a>(record: &ConfigRecord<'a>, event: &GatewayEvent<'a>) -> Evidence<'a> {
    let mut message = event.operation.to_owned();
    if let Some(connection) = &record.connection {
        message = format!("{message} {connection}");
    }
    let of = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let list: Vec<_> = record.changed.iter().map(|c| format!("{}: {} -> {}", c.path, of(&c.old), of(&c.new))).collect();
    let list = if record.has_previous { list.join(", ") } else { "no record before it to compare with".to_owned() };
    Evidence { table: "gateway_log", time: event.time, message: format!("{message} ({list})").into() }
}
