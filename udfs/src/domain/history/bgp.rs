//! BGP sessions: connected periods per peer and instance, and whether BGP was lost with its tunnel or alone.

use std::collections::BTreeMap;

use super::tunnels::{History, Session as TunnelSession, history};
use super::{Place, SECOND, TunnelEvent};

/// A `BgpConnectedEvent` or `BgpDisconnectedEvent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BgpEvent<'a> {
    /// When it happened.
    pub time: i64,
    /// Where it stands.
    pub place: Place<'a>,
    /// The gateway.
    pub gateway: &'a str,
    /// The BGP neighbour found in the message; empty when none is.
    pub peer: &'a str,
    /// The gateway instance.
    pub instance: Option<i32>,
    /// Connected or disconnected.
    pub connected: bool,
    /// The message.
    pub message: &'a str,
}

/// A connected period of a BGP session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BgpSession<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The neighbour.
    pub peer: &'a str,
    /// The instance.
    pub instance: Option<i32>,
    /// `None` when it stood before the data begins.
    pub connected_at: Option<i64>,
    /// `None` while it stands.
    pub disconnected_at: Option<i64>,
    /// When it came back, on this instance or, where it moved, on the other; `None` while it stands and when there is none.
    pub reconnected_at: Option<i64>,
    /// Whether a tunnel of the instance went down around the moment at which the session ended; `None` while it stands.
    pub with_tunnel: Option<bool>,
    /// The text with which it ended.
    pub message: &'a str,
}

/// A tunnel takes its BGP session along within this time.
const WITH_TUNNEL: i64 = 5 * SECOND;
/// BGP notices a lost tunnel at the latest when its hold time (180 s) is over.
const HOLD: i64 = 180 * SECOND;

/// Connected periods. `tunnels` tell whether a session was lost with a tunnel: the log names no neighbour of a tunnel, so
/// any tunnel of the same instance that went down moments before, or is down within BGP's hold time, counts.
pub fn sessions<'a>(events: &[BgpEvent<'a>], tunnels: &[TunnelSession<'a>]) -> Vec<BgpSession<'a>> {
    let mut downs: BTreeMap<(&str, Option<i32>), Vec<i64>> = BTreeMap::new();
    for tunnel in tunnels {
        if let Some(at) = tunnel.disconnected_at {
            downs.entry((tunnel.gateway, tunnel.instance)).or_default().push(at);
        }
    }
    for list in downs.values_mut() {
        list.sort_unstable();
    }
    let with_tunnel = |gateway: &str, instance: Option<i32>, at: i64| {
        let Some(list) = downs.get(&(gateway, instance)) else { return false };
        let from = list.partition_point(|t| *t < at.saturating_sub(HOLD));
        list.get(from).is_some_and(|t| *t <= at.saturating_add(WITH_TUNNEL))
    };
    // A neighbour moves between instances as a tunnel does, and its log is of the same form.
    let like_tunnels: Vec<TunnelEvent<'a>> = events
        .iter()
        .map(|e| TunnelEvent {
            time: e.time,
            place: e.place,
            gateway: e.gateway,
            remote_ip: e.peer,
            instance: e.instance,
            connected: e.connected,
            reason: e.message,
        })
        .collect();
    let History { interruptions, sessions } = history(&like_tunnels);
    let back: BTreeMap<_, _> = interruptions
        .iter()
        .map(|i| ((i.gateway, i.remote_ip, i.from_instance, i.disconnected_at), i.reconnected_at))
        .collect();
    let session = |s: &TunnelSession<'a>| BgpSession {
        gateway: s.gateway,
        peer: s.remote_ip,
        instance: s.instance,
        connected_at: s.connected_at,
        disconnected_at: s.disconnected_at,
        reconnected_at: s.disconnected_at.and_then(|at| *back.get(&(s.gateway, s.remote_ip, s.instance, at))?),
        with_tunnel: s.disconnected_at.map(|at| with_tunnel(s.gateway, s.instance, at)),
        message: s.reason,
    };
    let mut out: Vec<_> = sessions.iter().map(session).collect();
    out.sort_by_key(|s| (s.connected_at, s.disconnected_at, s.gateway, s.peer, s.instance));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_with_the_tunnel_or_alone() {
        let event = |second: i64, instance, connected| BgpEvent {
            time: second * SECOND,
            gateway: "GW",
            peer: "10.17.255.254",
            instance: Some(instance),
            connected,
            ..BgpEvent::default()
        };
        let log = [
            event(102, 0, false),
            event(150, 0, true),
            event(900, 0, false),
            event(901, 0, false),
            event(960, 1, true),
        ];
        let tunnel = TunnelSession {
            gateway: "GW",
            remote_ip: "203.0.113.1",
            instance: Some(0),
            connected_at: None,
            disconnected_at: Some(100 * SECOND),
            reason: "",
        };
        let told: Vec<_> = sessions(&log, &[tunnel])
            .iter()
            .map(|s| {
                let seconds = |t: Option<i64>| t.map(|t| t / SECOND);
                (
                    s.instance,
                    seconds(s.connected_at),
                    seconds(s.disconnected_at),
                    seconds(s.reconnected_at),
                    s.with_tunnel,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (Some(0), None, Some(102), Some(150), Some(true)),
                (Some(0), Some(150), Some(900), Some(960), Some(false)),
                (Some(1), Some(960), None, None, None)
            ]
        );
    }
}
