//! Turns "this happens then" into tunnel, gateway and route rows, negotiations and the truth about them.
//!
//! Things are applied in time order from a queue, so that what overlaps stays consistent: a tunnel that is already
//! down cannot drop again, and one that comes back after a failover comes back on the instance that is active then.

use std::collections::{BTreeMap, HashSet};

use crate::model::{TICKS_PER_SECOND as SECOND, Ticks};

use super::config::{Configs, Touch};
use super::format::{HOUR, MILLI, MINUTE};
use super::plan::{Gateway, Header, Outage, Outcome, Phase, instance_name};
use super::rng::{Rng, mix_all};
use super::truth::{Maintenance, Turn};

/// What may happen at a gateway.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// Both instances are serviced, one after the other.
    Maintenance { logged: bool },
    /// Somebody resets the gateway.
    Reset,
    /// The peer stops answering for a moment.
    DpdDrop { peer: usize },
    /// The peer takes the tunnel down and up again.
    PeerDisconnect { peer: usize },
    /// Two peers drop in the same second: their line is one.
    TwinDrop { peers: [usize; 2] },
    /// The gateway's own configuration changes; `drops` says whether the tunnels feel it.
    GatewayConfig { drops: bool },
    /// The configuration is logged again although nothing changed.
    SameConfig,
    /// A connection's configuration changes.
    ConnectionConfig { peer: usize, then: Consequence },
    /// Negotiations begin to fail, for as long as given or for ever.
    Outage { peer: usize, outcome: Outcome, length: Option<Ticks>, retry_seconds: (i64, i64) },
    /// BGP alone is lost.
    BgpFlap { peer: usize },
    /// Somebody unknown knocks.
    Stranger { peer: usize },
    /// The second half of a maintenance.
    SecondTurn { maintenance: usize },
    /// A tunnel comes back.
    Recover { incident: usize, peer: usize, instance: u8 },
}

/// What a connection's change leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Consequence {
    /// Nothing.
    Nothing,
    /// A short drop.
    Drop,
    /// Failing negotiations, for as long as given or for ever.
    Outage(Outcome, Option<Ticks>, (i64, i64)),
}

/// Applies what happens to one gateway.
pub(super) struct Director<'a> {
    pub(super) gateway: &'a mut Gateway,
    pub(super) configs: Configs,
    pub(super) rng: Rng,
    pub(super) start: Ticks,
    pub(super) end: Ticks,
    pub(super) queue: BTreeMap<(Ticks, u64), What>,
    pub(super) queued: u64,
    pub(super) groups: u32,
    /// Times taken, by kind of log: two rows of one log never share a time, so all of them are distinct.
    pub(super) taken: HashSet<(u8, Ticks)>,
}

/// What is the same for all tunnels that one thing interrupts.
#[derive(Debug, Clone)]
pub(super) struct Why {
    pub(super) group: String,
    pub(super) kind: &'static str,
    pub(super) cause: &'static str,
    pub(super) logged: bool,
    pub(super) reason: &'static str,
    pub(super) change: Option<Ticks>,
    pub(super) outage: Option<usize>,
    pub(super) delete: Option<u64>,
}

impl<'a> Director<'a> {
    /// A director for the time from `start` to `end`. Logs the configurations as they are at the beginning.
    pub(super) fn new(gateway: &'a mut Gateway, seed: u64, start: Ticks, end: Ticks) -> Self {
        let connections: Vec<_> =
            gateway.peers.iter().filter(|p| !p.stranger).map(|p| (p.connection.clone(), p.ip.clone())).collect();
        let configs = Configs::new(gateway.sku, &gateway.local_ips[0], gateway.asn, gateway.index, &connections);
        let rng = Rng::stream(seed, &[gateway.index, 1]);
        Self { gateway, configs, rng, start, end, queue: BTreeMap::new(), queued: 0, groups: 0, taken: HashSet::new() }
    }

    /// Logs every configuration once, `after` the start.
    pub(super) fn log_configurations(&mut self, at: Ticks) {
        self.gateway_config(at, Vec::new());
        for peer in 0..self.gateway.peers.iter().filter(|p| !p.stranger).count() {
            let at = at + (peer as i64 + 1) * 3 * SECOND + self.rng.range(0, SECOND);
            self.connection_config(at, peer, Vec::new());
        }
    }

    /// Puts something on the programme.
    pub(super) fn at(&mut self, at: Ticks, what: What) {
        if (self.start..self.end).contains(&at) {
            self.queue.insert((at, self.queued), what);
            self.queued += 1;
        }
    }

    /// Plays the programme to its end.
    pub(super) fn play(mut self) {
        while let Some(((at, _), what)) = self.queue.pop_first() {
            self.apply(at, what);
        }
        let gateway = self.gateway;
        gateway.tunnel_rows.sort_by_key(|r| r.at);
        gateway.gateway_rows.sort_by_key(|r| r.at);
        gateway.route_rows.sort_by_key(|r| r.at);
        gateway.negotiations.sort_by_key(|h| h.start);
        gateway.story.incidents.sort_by(|a, b| a.disconnected_at.cmp(&b.disconnected_at).then_with(|| a.id.cmp(&b.id)));
        gateway.story.config_changes.sort_by_key(|c| c.time);
        gateway.story.bgp.sort_by_key(|b| b.disconnected_at);
    }

    fn apply(&mut self, at: Ticks, what: What) {
        match what {
            What::Maintenance { logged } => self.maintenance(at, logged),
            What::SecondTurn { maintenance } => self.turn(at, maintenance, 1),
            What::Reset => self.reset(at),
            What::DpdDrop { peer } => {
                let why = self.why("same_instance_drop", "dpd_timeout", "DPD timed out", Some(13886));
                self.drop_peer(at, peer, (2, 45), &why);
            }
            What::PeerDisconnect { peer } => {
                let why = self.why("same_instance_drop", "peer_disconnect", "RemotelyTriggered", Some(13885));
                self.drop_peer(at, peer, (1, 25), &why);
            }
            What::TwinDrop { peers } => {
                let why = self.why("same_instance_drop", "dpd_timeout", "DPD timed out", Some(13886));
                for peer in peers {
                    let at = at - at % SECOND + self.rng.range(0, SECOND);
                    self.drop_peer(at, peer, (3, 30), &why);
                }
            }
            What::GatewayConfig { drops } => self.change_gateway(at, drops),
            What::SameConfig => self.gateway_config(at, Vec::new()),
            What::ConnectionConfig { peer, then } => self.change_connection(at, peer, then),
            What::Outage { peer, outcome, length, retry_seconds } => {
                self.outage(at, peer, outcome, length, retry_seconds, None);
            }
            What::BgpFlap { peer } => {
                let instance = self.first_up(peer, at);
                let back = at + self.rng.range(20 * SECOND, 8 * MINUTE);
                self.bgp_flap(peer, instance, at, Some(back), false);
            }
            What::Stranger { peer } => self.stranger(at, peer),
            What::Recover { incident, peer, instance } => self.recover(at, incident, peer, instance),
        }
    }

    fn maintenance(&mut self, at: Ticks, logged: bool) {
        let group = self.group();
        let index = self.gateway.story.maintenance.len();
        let gateway = self.gateway.name.clone();
        self.gateway.story.maintenance.push(Maintenance { group, gateway, logged, turns: Vec::new() });
        self.turn(at, index, 0);
        let pause = self.rng.range(8 * MINUTE, 70 * MINUTE);
        self.at(at + pause, What::SecondTurn { maintenance: index });
    }

    fn turn(&mut self, at: Ticks, index: usize, number: u8) {
        let Some(record) = self.gateway.story.maintenance.get(index) else { return };
        let (logged, group) = (record.logged, record.group.clone());
        let instance = if self.gateway.active_active { number } else { self.gateway.active_at(at) };
        if logged {
            // The announcement usually comes seconds before, now and then minutes before or just after.
            let before = match self.rng.below(10) {
                0 => self.rng.range(2 * MINUTE, 6 * MINUTE),
                1 => -self.rng.range(0, 8 * SECOND),
                _ => self.rng.range(2 * SECOND, 70 * SECOND),
            };
            let word = self.rng.below(3);
            if word != 1 {
                self.gateway_row((at - before).max(self.start), "HostMaintenanceEvent", "Host maintenance event");
            }
            if word != 0 {
                self.gateway_row(
                    (at - before + SECOND).max(self.start),
                    "HostMaintenanceEvent",
                    "Upgrade gateway started",
                );
            }
            if !self.gateway.active_active {
                let after = self.rng.range(0, 9 * SECOND);
                self.gateway_row(at + after, "GatewayTenantPrimaryChanged", "Primary instance changed");
            }
        }
        let reason = ["GlobalStandby", "GlobalStandbyChanged", "StandbyChanged", "Standby changed"];
        let reason = self.rng.pick(&reason).unwrap_or("StandbyChanged");
        let gap = if logged || self.rng.chance(0.7) { (7, 22) } else { (15, 110) };
        let why = Why { group, logged, ..self.why("failover", "planned_maintenance", reason, None) };
        let tunnels = self.instance_leaves(at, instance, gap, &why);
        if let Some(record) = self.gateway.story.maintenance.get_mut(index) {
            record.turns.push(Turn { at, instance: instance_name(instance), tunnels });
        }
    }

    fn reset(&mut self, at: Ticks) {
        let logged = self.rng.chance(0.5);
        let instance = if self.gateway.active_active { self.rng.below(2) as u8 } else { self.gateway.active_at(at) };
        if logged && !self.gateway.active_active {
            let after = self.rng.range(0, 12 * SECOND);
            self.gateway_row(at + after, "GatewayTenantPrimaryChanged", "Primary instance changed");
        }
        let logged = logged && !self.gateway.active_active;
        let why = Why { logged, ..self.why("failover", "gateway_reset", "LocallyTriggered", None) };
        self.instance_leaves(at, instance, (10, 95), &why);
    }

    /// The tunnels of an instance drop and come back: on the other one, or here when both are active.
    fn instance_leaves(&mut self, at: Ticks, instance: u8, gap: (i64, i64), why: &Why) -> u32 {
        let mut why = why.clone();
        if self.gateway.active_active {
            why.kind = "instance_restart";
        } else {
            self.gateway.switches.push((at, 1 - instance));
        }
        let mut dropped = 0;
        let gap = self.rng.range(gap.0 * SECOND, gap.1 * SECOND);
        for peer in 0..self.gateway.peers.len() {
            let down = at + self.rng.range(0, 2500 * MILLI);
            let back = down + gap + self.rng.range(0, 4 * SECOND);
            dropped += u32::from(self.interrupt(peer, instance, down, Some(back), &why).is_some());
        }
        dropped
    }

    fn drop_peer(&mut self, at: Ticks, peer: usize, gap: (i64, i64), why: &Why) {
        let instance = self.first_up(peer, at);
        let back = at + self.rng.range(gap.0 * SECOND, gap.1 * SECOND);
        self.interrupt(peer, instance, at, Some(back), why);
        // The same line carries the other instance's tunnel too, most of the time.
        if self.gateway.active_active && self.rng.chance(0.6) {
            let skew = self.rng.range(0, 3 * SECOND);
            self.interrupt(peer, 1 - instance, at + skew, Some(back + skew), why);
        }
    }

    fn change_gateway(&mut self, at: Ticks, drops: bool) {
        let changed = self.configs.change_gateway(&mut self.rng);
        self.gateway_config(at, changed);
        if !drops {
            return;
        }
        let mut why = self.why("same_instance_drop", "configuration_change", "LocallyTriggered", None);
        why.change = Some(at);
        for peer in 0..self.gateway.peers.len() {
            for instance in 0..2 {
                let down = at + self.rng.range(SECOND, 40 * SECOND);
                let back = down + self.rng.range(3 * SECOND, 30 * SECOND);
                self.interrupt(peer, instance, down, Some(back), &why);
            }
        }
    }

    fn change_connection(&mut self, at: Ticks, peer: usize, then: Consequence) {
        let touch = match then {
            Consequence::Outage(Outcome::AuthFailed, ..) => Touch::Key,
            Consequence::Outage(Outcome::PolicyMismatch, ..) => Touch::Policy,
            Consequence::Outage(Outcome::TrafficSelectors, ..) => Touch::Selectors,
            _ => Touch::Harmless,
        };
        let changed = self.configs.change_connection(peer, touch, &mut self.rng);
        if changed.is_empty() {
            return;
        }
        self.connection_config(at, peer, changed);
        let later = at + self.rng.range(SECOND, 50 * SECOND);
        match then {
            Consequence::Nothing => {}
            Consequence::Drop => {
                let mut why = self.why("same_instance_drop", "configuration_change", "LocallyTriggered", None);
                why.change = Some(at);
                self.drop_peer(later, peer, (3, 30), &why);
            }
            Consequence::Outage(outcome, length, retry) => self.outage(later, peer, outcome, length, retry, Some(at)),
        }
    }

    fn outage(
        &mut self,
        at: Ticks,
        peer: usize,
        outcome: Outcome,
        length: Option<Ticks>,
        retry: (i64, i64),
        change: Option<Ticks>,
    ) {
        if !(0..2).any(|i| self.is_up(peer, i, at)) {
            return;
        }
        let end = length.map_or(self.end, |l| at + l);
        let id = self.gateway.outages.len();
        let status = outcome.error().map_or("RemotelyTriggered", |(_, text)| text);
        let reasons = if change.is_some() { ["LocallyTriggered", status] } else { ["RemotelyTriggered", status] };
        let reason = self.rng.pick(&reasons).unwrap_or(status);
        let code = outcome.error().map(|(code, _)| code);
        let mut why = self.why("outage", outcome.cause(), reason, code);
        (why.change, why.outage) = (change, Some(id));
        let mut last_down = at;
        for instance in 0..2 {
            let down = at + i64::from(instance) * self.rng.range(0, 4 * SECOND);
            let back = length.map(|_| end + self.rng.range(0, 20 * SECOND));
            let Some(incident) = self.interrupt(peer, instance, down, back, &why) else { continue };
            last_down = last_down.max(down);
            // Some gateways report the tunnel as disconnected again while it already is.
            if self.rng.chance(0.15) && end - down > 4 * MINUTE {
                let again = self.rng.range(down + MINUTE, down + (end - down).min(HOUR) - MINUTE);
                if self.tunnel_row(again, peer, instance, false, status)
                    && let Some(incident) = self.gateway.story.incidents.get_mut(incident)
                {
                    incident.repeated_disconnects += 1;
                }
            }
        }
        let azure_share = match self.rng.below(4) {
            0 => 0.0,
            1 => 1.0,
            2 => 0.5,
            _ => 0.85,
        };
        self.gateway.outages.push(Outage {
            id: id as u64,
            peer,
            start: last_down + 200 * MILLI,
            end: end.min(self.end),
            outcome,
            azure_share,
            retry_seconds: retry,
        });
    }

    fn stranger(&mut self, at: Ticks, peer: usize) {
        let outcome = if self.rng.chance(0.6) { Outcome::PolicyMismatch } else { Outcome::AuthFailed };
        for n in 0..self.rng.below(4) + 1 {
            let start = at + n as i64 * 5 * SECOND + self.rng.range(0, SECOND);
            let instance = self.gateway.active_at(start);
            let uid = mix_all(&[4, self.queued, n, at as u64]);
            self.gateway.negotiations.push(Header {
                start,
                peer,
                instance,
                azure_initiates: false,
                outcome,
                phase: Phase::Main,
                uid,
            });
        }
    }
}
