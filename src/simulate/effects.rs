//! What an incident leaves behind: rows, states of tunnels, negotiations and entries in the truth.

use crate::model::{TICKS_PER_SECOND as SECOND, Ticks};

use super::format::MILLI;
use super::incidents::{Director, What, Why};
use super::plan::{GatewayRow, Header, Outcome, Phase, RouteRow, TunnelRow, instance_name};
use super::rng::mix_all;
use super::truth::{BgpFlap, Changed, ConfigChange, Incident};

const GATEWAY_LOG: u8 = 0;
const TUNNEL_LOG: u8 = 1;
const ROUTE_LOG: u8 = 2;

impl Director<'_> {
    pub(super) fn interrupt(
        &mut self,
        peer: usize,
        instance: u8,
        at: Ticks,
        back: Option<Ticks>,
        why: &Why,
    ) -> Option<usize> {
        if !self.is_up(peer, instance, at) || !self.tunnel_row(at, peer, instance, false, why.reason) {
            return None;
        }
        let at = self.gateway.tunnel_rows.last()?.at;
        let gateway_name = self.gateway.name.clone();
        let id = self.gateway.story.incidents.len();
        let remote_ip = self.gateway.peers.get(peer)?.ip.clone();
        self.gateway.story.incidents.push(Incident {
            id: format!("{gateway_name}-{id:04}"),
            group: why.group.clone(),
            kind: why.kind,
            cause: why.cause,
            gateway: gateway_name,
            remote_ip,
            from_instance: instance_name(instance),
            to_instance: None,
            disconnected_at: at,
            reconnected_at: None,
            logged: why.logged,
            state_change_reason: why.reason,
            config_change_at: why.change,
            repeated_disconnects: 0,
            failing_sessions: Vec::new(),
            outage: why.outage,
        });
        if let Some(code) = why.delete {
            let before = self.rng.range(0, 40 * MILLI);
            self.header(at - before, peer, instance, Phase::Delete(code));
        }
        let bgp_back = back.map(|b| b + self.rng.range(4 * SECOND, 50 * SECOND));
        let bgp_down = at + self.rng.range(0, 3 * SECOND);
        self.bgp_flap(peer, instance, bgp_down, bgp_back, true);
        if let Some(back) = back {
            self.at(back, What::Recover { incident: id, peer, instance });
        }
        Some(id)
    }

    pub(super) fn recover(&mut self, at: Ticks, incident: usize, peer: usize, from: u8) {
        let to = if self.gateway.active_active { from } else { self.gateway.active_at(at) };
        let reason = ["RemotelyTriggered", "LocallyTriggered", "GlobalStandbyChanged"];
        let reason = self.rng.pick(&reason[..if from == to { 2 } else { 3 }]).unwrap_or("RemotelyTriggered");
        if !self.tunnel_row(at, peer, to, true, reason) {
            return;
        }
        let Some(at) = self.gateway.tunnel_rows.last().map(|r| r.at) else { return };
        if let Some(incident) = self.gateway.story.incidents.get_mut(incident) {
            incident.reconnected_at = Some(at);
            incident.to_instance = Some(instance_name(to));
            // A drop that a failover overtook ends on the other instance after all.
            if incident.kind == "same_instance_drop" && from != to {
                incident.kind = "failover";
            }
        }
        let before = self.rng.range(120 * MILLI, 700 * MILLI);
        self.header(at - before, peer, to, Phase::Main);
    }

    pub(super) fn header(&mut self, start: Ticks, peer: usize, instance: u8, phase: Phase) {
        let share = self.gateway.peers.get(peer).map_or(1.0, |p| p.azure_share);
        let azure_initiates = self.rng.chance(share);
        let uid = mix_all(&[1, self.gateway.negotiations.len() as u64]);
        self.gateway.negotiations.push(Header {
            start,
            peer,
            instance,
            azure_initiates,
            outcome: Outcome::Established,
            phase,
            uid,
        });
    }

    pub(super) fn bgp_flap(&mut self, peer: usize, instance: u8, at: Ticks, back: Option<Ticks>, with_tunnel: bool) {
        let Some((bgp, lan)) = self.gateway.peers.get(peer).and_then(|p| p.bgp.clone().map(|b| (b, p.lan))) else {
            return;
        };
        let lost = format!("BGP peer {} (ASN {}) disconnected", bgp.ip, bgp.asn);
        let Some(at) = self.route_row(at, "BgpDisconnectedEvent", instance, lost) else { return };
        let gone = format!("Route 10.{lan}.0.0/16 withdrawn by peer {}", bgp.ip);
        self.route_row(at + 200 * MILLI, "BgpRouteUpdate", instance, gone);
        let mut connected_at = None;
        if let Some(back) = back {
            let to = if self.gateway.active_active { instance } else { self.gateway.active_at(back) };
            let found = format!("BGP peer {} (ASN {}) connected", bgp.ip, bgp.asn);
            connected_at = self.route_row(back, "BgpConnectedEvent", to, found);
            let learnt = format!("Route 10.{lan}.0.0/16 learned from peer {} AS path {}", bgp.ip, bgp.asn);
            self.route_row(back + 300 * MILLI, "BgpRouteUpdate", to, learnt);
        }
        let gateway = self.gateway.name.clone();
        self.gateway.story.bgp.push(BgpFlap {
            gateway,
            peer: bgp.ip,
            instance: instance_name(instance),
            disconnected_at: at,
            connected_at,
            with_tunnel,
        });
    }

    pub(super) fn gateway_config(&mut self, at: Ticks, changed: Vec<Changed>) {
        let json = self.configs.gateway_json();
        self.config_row(at, "SetGatewayConfiguration", json, None, changed);
    }

    pub(super) fn connection_config(&mut self, at: Ticks, peer: usize, changed: Vec<Changed>) {
        let json = self.configs.connection_json(peer);
        let name = self.gateway.peers.get(peer).map(|p| p.connection.clone());
        self.config_row(at, "SetConnectionConfiguration", json, name, changed);
    }

    pub(super) fn config_row(
        &mut self,
        at: Ticks,
        operation: &'static str,
        json: String,
        connection: Option<String>,
        changed: Vec<Changed>,
    ) {
        let Some(time) = self.time(GATEWAY_LOG, at) else { return };
        let ids = (self.rng.bits(), self.rng.bits());
        self.gateway.gateway_rows.push(GatewayRow { at: time, operation, message: "", configuration: Some(json), ids });
        let gateway = self.gateway.name.clone();
        self.gateway.story.config_changes.push(ConfigChange { time, gateway, operation, connection, changed });
    }

    pub(super) fn gateway_row(&mut self, at: Ticks, operation: &'static str, message: &'static str) {
        let Some(at) = self.time(GATEWAY_LOG, at) else { return };
        let ids = (self.rng.bits(), self.rng.bits());
        self.gateway.gateway_rows.push(GatewayRow { at, operation, message, configuration: None, ids });
    }

    pub(super) fn route_row(
        &mut self,
        at: Ticks,
        operation: &'static str,
        instance: u8,
        message: String,
    ) -> Option<Ticks> {
        let at = self.time(ROUTE_LOG, at)?;
        self.gateway.route_rows.push(RouteRow { at, operation, instance, message });
        Some(at)
    }

    pub(super) fn tunnel_row(&mut self, at: Ticks, peer: usize, instance: u8, up: bool, reason: &'static str) -> bool {
        let Some(at) = self.time(TUNNEL_LOG, at) else { return false };
        let Some(found) = self.gateway.peers.get_mut(peer) else { return false };
        let list = &mut found.transitions[usize::from(instance & 1)];
        // A repeated "disconnected" is written, but changes nothing.
        if list.last().is_none_or(|(_, was)| *was != up) {
            list.push((at, up));
        }
        self.gateway.tunnel_rows.push(TunnelRow { at, peer, instance, up, reason });
        true
    }

    pub(super) fn why(
        &mut self,
        kind: &'static str,
        cause: &'static str,
        reason: &'static str,
        delete: Option<u64>,
    ) -> Why {
        let group = self.group();
        Why { group, kind, cause, logged: false, reason, change: None, outage: None, delete }
    }

    pub(super) fn group(&mut self) -> String {
        self.groups += 1;
        format!("{}-G{:03}", self.gateway.name, self.groups)
    }

    /// Up now and undisturbed for a little while, so that "down" comes after "up" in the log.
    pub(super) fn is_up(&self, peer: usize, instance: u8, at: Ticks) -> bool {
        let Some(found) = self.gateway.peers.get(peer) else { return false };
        let last = found.transitions[usize::from(instance & 1)].last();
        last.is_some_and(|(since, up)| *up && since.saturating_add(2 * SECOND) < at)
    }

    pub(super) fn first_up(&mut self, peer: usize, at: Ticks) -> u8 {
        if self.gateway.active_active {
            let first = self.rng.below(2) as u8;
            if self.is_up(peer, first, at) { first } else { 1 - first }
        } else {
            self.gateway.active_at(at)
        }
    }

    /// `at`, or the next moment that is still free in the log; `None` outside the simulation.
    pub(super) fn time(&mut self, log: u8, mut at: Ticks) -> Option<Ticks> {
        while !self.taken.insert((log, at)) {
            at += 1;
        }
        (self.start..self.end).contains(&at).then_some(at)
    }
}
