//! Maintenances: both instances' turns, what announced them, and what only looks like one.

use super::announcements::{Notice, assign, notice};
use super::case::{Evidence, gateway_evidence};
use super::causes::{Cause, Disconnect, Explained};
use super::groups::Group;
use super::{GatewayEvent, MINUTE};

/// The turns of one maintenance are at most this far apart.
const APART: i64 = 90 * MINUTE;

/// An instance's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Name of the event, as in `failovers`.
    pub event_id: String,
    /// The first disconnect.
    pub at: i64,
    /// The instance that its tunnels left.
    pub instance: Option<i32>,
    /// Tunnels that went down.
    pub tunnels: usize,
}

/// A maintenance.
#[derive(Debug, Clone, PartialEq)]
pub struct Maintenance<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The first announcement or the first disconnect, whichever is earlier.
    pub started_at: i64,
    /// The last tunnel is back, or the last row about it.
    pub ended_at: i64,
    /// Whether the gateway log announces it; otherwise it is a suspicion.
    pub logged: bool,
    /// One or two; none when an announcement moved no tunnel.
    pub turns: Vec<Turn>,
    /// Time without a tunnel, the longest of them.
    pub longest_down: Option<i64>,
    /// Rows of the gateway log, by time.
    pub evidence: Vec<Evidence<'a>>,
}

/// Every maintenance, logged or suspected, by beginning and gateway.
pub fn maintenance<'a>(explained: &Explained<'a>, gateway: &[GatewayEvent<'a>]) -> Vec<Maintenance<'a>> {
    let rows = assign(&explained.events, gateway);
    let mut out: Vec<Maintenance<'a>> = Vec::new();
    let mut taken = vec![false; gateway.len()];
    for (group, rows) in explained.events.iter().zip(&rows) {
        let members: Vec<_> = group.members.iter().filter_map(|i| explained.disconnects.get(*i)).collect();
        let caused = |cause| members.iter().any(|d: &&Disconnect<'_>| d.cause == cause);
        let logged = caused(Cause::Maintenance);
        if !logged && !caused(Cause::MaintenanceSuspected) {
            continue;
        }
        let mut evidence = Vec::new();
        for index in rows {
            let Some(event) = gateway.get(*index) else { continue };
            if let Some(slot) = taken.get_mut(*index) {
                *slot = true;
            }
            evidence.push(gateway_evidence(event));
        }
        let gap = members.iter().filter_map(|d| d.interruption.gap()).max();
        let back = members.iter().filter_map(|d| d.interruption.reconnected_at).max().unwrap_or(group.last);
        let first_row = evidence.iter().map(|e| e.time).min().unwrap_or(group.first);
        add(
            &mut out,
            Maintenance {
                gateway: group.gateway,
                started_at: group.first.min(first_row),
                ended_at: back.max(group.last),
                logged,
                turns: vec![turn(group)],
                longest_down: gap,
                evidence,
            },
        );
    }
    // Announcements that no tunnel felt.
    for (event, _) in gateway.iter().zip(taken).filter(|(e, taken)| !taken && notice(e) == Some(Notice::Maintenance)) {
        let evidence = vec![gateway_evidence(event)];
        let alone = Maintenance {
            gateway: event.gateway,
            started_at: event.time,
            ended_at: event.time,
            logged: true,
            turns: Vec::new(),
            longest_down: None,
            evidence,
        };
        let near = |m: &&mut Maintenance<'_>| {
            m.gateway == event.gateway
                && m.logged
                && (m.started_at - 10 * MINUTE..=m.ended_at + 10 * MINUTE).contains(&event.time)
        };
        match out.iter_mut().find(near) {
            Some(known) => {
                known.started_at = known.started_at.min(event.time);
                known.ended_at = known.ended_at.max(event.time);
                known.evidence.extend(alone.evidence);
            }
            None => out.push(alone),
        }
    }
    for one in &mut out {
        one.evidence.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.message.cmp(&b.message)));
    }
    out.sort_by_key(|m| (m.started_at, m.gateway, m.ended_at));
    out
}

fn turn(group: &Group<'_>) -> Turn {
    Turn { event_id: group.id(), at: group.first, instance: group.from_instance, tunnels: group.members.len() }
}

/// Adds a turn to the maintenance of which it is the second half, or begins another.
fn add<'a>(out: &mut Vec<Maintenance<'a>>, mut new: Maintenance<'a>) {
    let second_half = |m: &&mut Maintenance<'a>| {
        let [only] = m.turns.as_slice() else { return false };
        let Some(turn) = new.turns.first() else { return false };
        m.gateway == new.gateway
            && m.logged == new.logged
            && only.instance != turn.instance
            && turn.at.saturating_sub(only.at) <= APART
    };
    match out.iter_mut().rev().find(second_half) {
        Some(first) => {
            first.turns.append(&mut new.turns);
            first.ended_at = first.ended_at.max(new.ended_at);
            first.longest_down = first.longest_down.max(new.longest_down);
            first.evidence.append(&mut new.evidence);
        }
        None => out.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::super::causes::explain;
    use super::super::{SECOND, TunnelEvent};
    use super::*;

    fn tunnel(second: i64, instance: i32, connected: bool) -> TunnelEvent<'static> {
        TunnelEvent {
            time: second * SECOND,
            gateway: "GW",
            remote_ip: "203.0.113.1",
            instance: Some(instance),
            connected,
            reason: "StandbyChanged",
            ..TunnelEvent::default()
        }
    }

    fn announcement(second: i64) -> GatewayEvent<'static> {
        GatewayEvent {
            time: second * SECOND,
            gateway: "GW",
            operation: "HostMaintenanceEvent",
            ..GatewayEvent::default()
        }
    }

    #[test]
    fn both_turns_are_one_maintenance() {
        let log = [
            tunnel(1000, 0, false),
            tunnel(1010, 1, true),
            tunnel(2500, 1, false),
            tunnel(2513, 0, true),
            // Hours later another one, without a word.
            tunnel(50_000, 0, false),
            tunnel(50_090, 1, true),
        ];
        let gateway = [announcement(980), announcement(2490), announcement(90_000)];
        let found = maintenance(&explain(&log, &gateway, &[]), &gateway);
        let told: Vec<_> =
            found.iter().map(|m| (m.started_at / SECOND, m.logged, m.turns.len(), m.evidence.len())).collect();
        assert_eq!(told, [(980, true, 2, 2), (50_000, false, 1, 0), (90_000, true, 0, 1)]);
        assert_eq!(found[0].longest_down, Some(13 * SECOND));
        assert_eq!(found[0].turns[1].instance, Some(1));
    }
}
