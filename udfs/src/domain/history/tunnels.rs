//! The life of each tunnel: connected periods and interruptions, from the tunnel log alone.
//!
//! A tunnel is a gateway, a peer and an instance. With one active instance a peer's tunnel moves from instance to
//! instance; with two active instances a peer has two tunnels that live side by side. The log does not say which it is: a
//! connect on an instance whose own tunnel waits answers that one, and otherwise the one that waits on the other instance.

use std::collections::{BTreeMap, VecDeque};

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
}

/// The tunnels of a peer, by instance. A log with thousands of instances would be an odd one, but it is not compared each
/// with each.
#[derive(Debug, Default)]
struct Peer {
    slots: BTreeMap<Option<i32>, Slot>,
    /// Interruptions that wait for a connect, by when and where the tunnel went down.
    waiting: BTreeMap<(i64, Option<i32>), usize>,
    /// Instances whose connect, a moment ago, answered no disconnect.
    unasked: BTreeMap<Option<i32>, i64>,
    /// The same by time, with some that are no longer true.
    unasked_since: VecDeque<(i64, Option<i32>)>,
}

impl Peer {
    /// Forgets connects that are no longer a moment ago; events come in the order of time.
    fn settle(&mut self, now: i64) {
        while let Some((at, instance)) = self.unasked_since.front().filter(|(at, _)| now.saturating_sub(*at) > MOMENT) {
            if self.unasked.get(instance) == Some(at) {
                self.unasked.remove(instance);
            }
            self.unasked_since.pop_front();
        }
    }
}

/// Follows every tunnel through the log.
pub fn history<'a>(events: &[TunnelEvent<'a>]) -> History<'a> {
    let mut peers: BTreeMap<(&str, &str), Peer> = BTreeMap::new();
    // Every other row is a disconnect, where nothing is missing.
    let mut out =
        History { interruptions: Vec::with_capacity(events.len() / 2), sessions: Vec::with_capacity(events.len() / 2) };
    for event in sorted(events) {
        let peer = peers.entry((event.gateway, event.remote_ip)).or_default();
        peer.slots.entry(event.instance).or_default();
        if event.connected {
            connect(&event, peer, &mut out);
        } else {
            disconnect(&event, peer, &mut out);
        }
    }
    for ((gateway, remote_ip), peer) in peers {
        for (instance, slot) in peer.slots.into_iter().filter(|(_, slot)| slot.state == State::Up) {
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

fn connect(event: &TunnelEvent<'_>, peer: &mut Peer, out: &mut History<'_>) {
    let own = peer.slots.get(&event.instance).copied().unwrap_or_default();
    let mut answers = own.waits;
    if answers.is_none() && own.state != State::Up {
        // The newest of those that wait elsewhere: older ones have been waiting for somebody else all the time.
        answers = peer.waiting.last_key_value().map(|(_, index)| *index);
    }
    if let Some(interruption) = answers.and_then(|index| out.interruptions.get_mut(index)) {
        let from = interruption.from_instance;
        peer.waiting.remove(&(interruption.disconnected_at, from));
        if let Some(slot) = peer.slots.get_mut(&from) {
            slot.waits = None;
        }
        (interruption.reconnected_at, interruption.to_instance) = (Some(event.time), event.instance);
    }
    if let Some(slot) = peer.slots.get_mut(&event.instance).filter(|slot| slot.state != State::Up) {
        slot.state = State::Up;
        slot.connected_at = Some(event.time);
        if answers.is_none() {
            peer.unasked.insert(event.instance, event.time);
            peer.unasked_since.push_back((event.time, event.instance));
        }
    }
}

fn disconnect<'a>(event: &TunnelEvent<'a>, peer: &mut Peer, out: &mut History<'a>) {
    peer.settle(event.time);
    let own = peer.slots.get(&event.instance).copied().unwrap_or_default();
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
    peer.unasked.remove(&event.instance);
    if settled && let Some((instance, at)) = peer.unasked.pop_first() {
        (interruption.reconnected_at, interruption.to_instance) = (Some(at), instance);
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
    if let Some(index) = waits {
        peer.waiting.insert((event.time, event.instance), index);
    }
    out.interruptions.push(interruption);
    if let Some(slot) = peer.slots.get_mut(&event.instance) {
        *slot = Slot { state: State::Down, connected_at: None, waits };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
