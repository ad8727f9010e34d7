//! The life of each tunnel: connected periods and interruptions, from the tunnel log alone.
//!
//! A tunnel is a gateway, a peer and an instance. With one active instance a peer's tunnel moves from instance to
//! instance; with two active instances a peer has two tunnels that live side by side. The log does not say which it is: a
//! connect on an instance whose own tunnel waits answers that one, and otherwise the one that waits on the other instance.

use std::collections::BTreeMap;

use super::{SECOND, TunnelEvent};

/// The other instance's connect may come this much before the disconnect (make before break).
pub const MOMENT: i64 = 10 * SECOND;

/// The default of what counts as "within seconds" of a disconnect.
pub const WITHIN: i64 = 60 * SECOND;

/// What became of a disconnected tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It came back on the other instance within the window.
    Failover,
    /// It came back on the same instance within the window.
    Reconnect,
    /// It came back later than the window.
    Outage,
    /// It does not come back in the data.
    Open,
}

impl Kind {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failover => "failover",
            Self::Reconnect => "reconnect",
            Self::Outage => "outage",
            Self::Open => "open",
        }
    }
}

/// A tunnel that went down, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interruption<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The peer.
    pub remote_ip: &'a str,
    /// When it went down.
    pub disconnected_at: i64,
    /// The instance that it left.
    pub from_instance: Option<i32>,
    /// When it came back; `None` when it does not in the data.
    pub reconnected_at: Option<i64>,
    /// The instance on which it came back.
    pub to_instance: Option<i32>,
    /// `stateChangeReason` of the disconnect.
    pub reason: &'a str,
    /// Further disconnects logged while it was down already.
    pub repeated: u32,
}

impl Interruption<'_> {
    /// Time without the tunnel; 0 when the other instance took over before, `None` while it is down.
    pub fn gap(&self) -> Option<i64> {
        self.reconnected_at.map(|back| back.saturating_sub(self.disconnected_at).max(0))
    }

    /// Whether it came back on another instance.
    pub fn moved(&self) -> bool {
        matches!((self.from_instance, self.to_instance), (Some(from), Some(to)) if from != to)
    }

    /// What became of it, where `within` is what counts as seconds.
    pub fn kind(&self, within: i64) -> Kind {
        match self.gap() {
            None => Kind::Open,
            Some(gap) if gap > within => Kind::Outage,
            Some(_) if self.moved() => Kind::Failover,
            Some(_) => Kind::Reconnect,
        }
    }
}

/// A connected period of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The peer.
    pub remote_ip: &'a str,
    /// The instance.
    pub instance: Option<i32>,
    /// `None` when the tunnel stood before the data begins.
    pub connected_at: Option<i64>,
    /// `None` while it stands.
    pub disconnected_at: Option<i64>,
    /// Why it ended; empty while it stands.
    pub reason: &'a str,
}

/// What the tunnel log tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History<'a> {
    /// By time, gateway, peer.
    pub interruptions: Vec<Interruption<'a>>,
    /// By beginning (unknown ones first), gateway, peer.
    pub sessions: Vec<Session<'a>>,
}

/// The order in which events count: time, then place, then whatever tells them apart.
pub fn sorted<'a>(events: &[TunnelEvent<'a>]) -> Vec<TunnelEvent<'a>> {
    let mut events = events.to_vec();
    events.sort_unstable_by_key(|e| (e.time, e.place, e.gateway, e.remote_ip, e.instance, e.connected, e.reason));
    events
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Unknown,
    Up,
    Down,
}

/// A tunnel as the log tells so far.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    state: State,
    connected_at: Option<i64>,
    /// The interruption that waits for a connect.
    waits: Option<usize>,
    /// A connect that answered no disconnect.
    unasked: Option<i64>,
}

/// Follows every tunnel through the log.
pub fn history<'a>(events: &[TunnelEvent<'a>]) -> History<'a> {
    let mut peers: BTreeMap<(&str, &str), BTreeMap<Option<i32>, Slot>> = BTreeMap::new();
    let mut out = History::default();
    for event in sorted(events) {
        let slots = peers.entry((event.gateway, event.remote_ip)).or_default();
        slots.entry(event.instance).or_default();
        if event.connected {
            connect(&event, slots, &mut out);
        } else {
            disconnect(&event, slots, &mut out);
        }
    }
    for ((gateway, remote_ip), slots) in peers {
        for (instance, slot) in slots.into_iter().filter(|(_, slot)| slot.state == State::Up) {
            out.sessions.push(Session {
                gateway,
                remote_ip,
                instance,
                connected_at: slot.connected_at,
                disconnected_at: None,
                reason: "",
            });
        }
    }
    out.interruptions.sort_by_key(|i| (i.disconnected_at, i.gateway, i.remote_ip, i.from_instance));
    out.sessions.sort_by_key(|s| (s.connected_at, s.gateway, s.remote_ip, s.instance, s.disconnected_at));
    out
}

fn connect(event: &TunnelEvent<'_>, slots: &mut BTreeMap<Option<i32>, Slot>, out: &mut History<'_>) {
    let own = slots.get(&event.instance).copied().unwrap_or_default();
    let mut answers = own.waits;
    if answers.is_none() && own.state != State::Up {
        // The newest of those that wait elsewhere: older ones have been waiting for somebody else all the time.
        let waiting = slots.values().filter_map(|slot| slot.waits);
        answers = waiting.max_by_key(|i| out.interruptions.get(*i).map(|w| w.disconnected_at));
    }
    if let Some(index) = answers {
        for slot in slots.values_mut().filter(|slot| slot.waits == Some(index)) {
            slot.waits = None;
        }
        if let Some(interruption) = out.interruptions.get_mut(index) {
            (interruption.reconnected_at, interruption.to_instance) = (Some(event.time), event.instance);
        }
    }
    if let Some(slot) = slots.get_mut(&event.instance).filter(|slot| slot.state != State::Up) {
        slot.state = State::Up;
        slot.connected_at = Some(event.time);
        slot.unasked = answers.is_none().then_some(event.time);
    }
}

fn disconnect<'a>(event: &TunnelEvent<'a>, slots: &mut BTreeMap<Option<i32>, Slot>, out: &mut History<'a>) {
    let own = slots.get(&event.instance).copied().unwrap_or_default();
    if let Some(interruption) = own.waits.and_then(|index| out.interruptions.get_mut(index)) {
        interruption.repeated += 1;
        return;
    }
    let mut interruption = Interruption {
        gateway: event.gateway,
        remote_ip: event.remote_ip,
        disconnected_at: event.time,
        from_instance: event.instance,
        reconnected_at: None,
        to_instance: None,
        reason: event.reason,
        repeated: 0,
    };
    // The other instance took over a moment ago, and nobody had asked it to.
    let settled = own.connected_at.is_none_or(|at| event.time.saturating_sub(at) > 2 * MOMENT);
    let successor = slots.iter_mut().find(|(instance, slot)| {
        let fresh = slot.unasked.is_some_and(|at| event.time.saturating_sub(at) <= MOMENT);
        settled && **instance != event.instance && slot.state == State::Up && fresh
    });
    if let Some((instance, slot)) = successor {
        (interruption.reconnected_at, interruption.to_instance) = (slot.unasked.take(), *instance);
    }
    if own.state != State::Down {
        out.sessions.push(Session {
            gateway: event.gateway,
            remote_ip: event.remote_ip,
            instance: event.instance,
            connected_at: own.connected_at,
            disconnected_at: Some(event.time),
            reason: event.reason,
        });
    }
    let waits = interruption.reconnected_at.is_none().then_some(out.interruptions.len());
    out.interruptions.push(interruption);
    if let Some(slot) = slots.get_mut(&event.instance) {
        *slot = Slot { state: State::Down, connected_at: None, waits, unasked: None };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
