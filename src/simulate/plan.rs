//! The plan: who exists and what happens, decided before the first byte is written.
//!
//! A plan is small (some events per gateway and day); the rows are made from it hour by hour, in any order and on any
//! number of threads.

use crate::model::Ticks;

use super::format::{HOUR, MINUTE, guid_text};
use super::options::Dirt;
use super::rng::{Rng, mix_all};

/// How a negotiation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// The SA stands.
    Established,
    /// Windows error 13801.
    AuthFailed,
    /// Windows error 13868.
    PolicyMismatch,
    /// Windows error 13999.
    TrafficSelectors,
    /// Windows error 13805.
    TimedOut,
}

impl Outcome {
    /// The name in the truth file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Established => "established",
            Self::AuthFailed => "authentication_failed",
            Self::PolicyMismatch => "policy_mismatch",
            Self::TrafficSelectors => "traffic_selectors_unacceptable",
            Self::TimedOut => "timed_out",
        }
    }

    /// The incident's cause in the truth file.
    pub(super) fn cause(self) -> &'static str {
        match self {
            Self::Established => "none",
            Self::AuthFailed => "psk_mismatch",
            Self::PolicyMismatch => "policy_mismatch",
            Self::TrafficSelectors => "traffic_selectors",
            Self::TimedOut => "negotiation_timeout",
        }
    }

    /// Windows error code and its text; `None` for success.
    pub(super) fn error(self) -> Option<(u64, &'static str)> {
        match self {
            Self::Established => None,
            Self::AuthFailed => Some((13801, "IKE authentication credentials are unacceptable")),
            Self::PolicyMismatch => Some((13868, "Policy match error")),
            Self::TrafficSelectors => Some((13999, "Traffic selectors unacceptable")),
            Self::TimedOut => Some((13805, "Negotiation timed out")),
        }
    }
}

/// What an IKE header is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// SA_INIT and AUTH.
    Main,
    /// Rekey of a child SA.
    Child,
    /// An SA taken down, with its Windows error code.
    Delete(u64),
}

/// One negotiation, not yet spelt out in rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) start: Ticks,
    /// Index into [`Gateway::peers`]; strangers stand behind the real peers.
    pub(super) peer: usize,
    pub(super) instance: u8,
    pub(super) azure_initiates: bool,
    pub(super) outcome: Outcome,
    pub(super) phase: Phase,
    /// Names the random stream of its rows and its session.
    pub(super) uid: u64,
}

/// A span of failing negotiations.
#[derive(Debug, Clone)]
pub(super) struct Outage {
    pub(super) id: u64,
    pub(super) peer: usize,
    pub(super) start: Ticks,
    pub(super) end: Ticks,
    pub(super) outcome: Outcome,
    /// Share of the attempts that Azure begins.
    pub(super) azure_share: f64,
    /// Seconds between attempts while they are frequent: from, to.
    pub(super) retry_seconds: (i64, i64),
}

impl Outage {
    /// Calls `f` with each attempt that starts in `from..to`. The attempts are the same whatever range is asked.
    pub(super) fn attempts(&self, seed: u64, gateway: &Gateway, from: Ticks, to: Ticks, mut f: impl FnMut(Header)) {
        let (from, to) = (from.max(self.start), to.min(self.end));
        if from >= to {
            return;
        }
        let mut rng = Rng::stream(seed, &[gateway.index, 3, self.id]);
        let mut at = self.start + rng.range(0, 2 * MINUTE / 60);
        let mut number = 0;
        while at < to {
            let (step, who, which) = (rng.bits(), rng.chance(self.azure_share), rng.below(2));
            if at >= from {
                let instance = if gateway.active_active { which as u8 } else { gateway.active_at(at) };
                f(Header {
                    start: at,
                    peer: self.peer,
                    instance,
                    azure_initiates: who,
                    outcome: self.outcome,
                    phase: Phase::Main,
                    uid: mix_all(&[3, self.id, number]),
                });
            }
            // Devices lose patience: first every few seconds, later every half minute, then every minute or two.
            let (low, high) = match at - self.start {
                age if age < 20 * MINUTE => self.retry_seconds,
                age if age < 2 * HOUR => (20, 45),
                _ => (60, 180),
            };
            let span = ((high - low).max(1) as u64).saturating_mul(10_000_000);
            at += low * 10_000_000 + (step % span) as i64;
            number += 1;
        }
    }
}

/// A BGP neighbour.
#[derive(Debug, Clone)]
pub(super) struct BgpPeer {
    pub(super) ip: String,
    pub(super) asn: u32,
}

/// The device at the other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) ip: String,
    /// 500, or behind NAT 4500 or whatever the translation made of it.
    pub(super) remote_port: u16,
    pub(super) local_port: u16,
    pub(super) connection: String,
    /// The peer's network is `10.<lan>.0.0/16`.
    pub(super) lan: u8,
    pub(super) bgp: Option<BgpPeer>,
    pub(super) azure_share: f64,
    /// How many traffic selectors it has; more than one means a policy-based device.
    pub(super) selectors: u8,
    pub(super) round_trip: Ticks,
    /// Per instance: when the tunnel went up or down, in time order.
    pub(super) transitions: [Vec<(Ticks, bool)>; 2],
    /// Somebody else's device that knocks: it has no tunnel.
    pub(super) stranger: bool,
}

impl Peer {
    /// Whether the tunnel to `instance` stands at `at`.
    pub(super) fn up_at(&self, instance: u8, at: Ticks) -> bool {
        let list = &self.transitions[usize::from(instance & 1)];
        let next = list.partition_point(|(t, _)| *t <= at);
        next.checked_sub(1).and_then(|i| list.get(i)).is_some_and(|(_, up)| *up)
    }
}

/// A row of the tunnel log.
#[derive(Debug, Clone)]
pub(super) struct TunnelRow {
    pub(super) at: Ticks,
    pub(super) peer: usize,
    pub(super) instance: u8,
    pub(super) up: bool,
    pub(super) reason: &'static str,
}

/// A row of the gateway log.
#[derive(Debug, Clone)]
pub(super) struct GatewayRow {
    pub(super) at: Ticks,
    pub(super) operation: &'static str,
    pub(super) message: &'static str,
    pub(super) configuration: Option<String>,
    pub(super) ids: (u64, u64),
}

/// A row of the route log.
#[derive(Debug, Clone)]
pub(super) struct RouteRow {
    pub(super) at: Ticks,
    pub(super) operation: &'static str,
    pub(super) instance: u8,
    pub(super) message: String,
}

/// Point-to-site users of a gateway.
#[derive(Debug, Clone)]
pub(super) struct P2s {
    pub(super) users: Vec<String>,
    pub(super) sessions_a_day: f64,
    /// Hours of the day in which sessions begin: from, to.
    pub(super) hours: (i64, i64),
    /// Whether sessions end within `hours` too.
    pub(super) closes: bool,
    /// Only this day of the simulation; every day when `None`.
    pub(super) only_day: Option<i64>,
}

/// A gateway and all that happens to it.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    pub(super) index: u64,
    pub(super) name: String,
    pub(super) resource_id: String,
    pub(super) location: &'static str,
    pub(super) active_active: bool,
    pub(super) local_ips: [String; 2],
    pub(super) asn: u32,
    pub(super) sku: &'static str,
    pub(super) upper_guids: bool,
    /// Share of closing rows that come in the structured family.
    pub(super) structured: f64,
    pub(super) peers: Vec<Peer>,
    /// Active-standby only: when which instance became active; the first entry is the beginning.
    pub(super) switches: Vec<(Ticks, u8)>,
    pub(super) p2s: Option<P2s>,
    /// Hours since the start in which background rows are written; all when `None`.
    pub(super) active_hours: Option<Vec<u32>>,
    pub(super) tunnel_rows: Vec<TunnelRow>,
    pub(super) gateway_rows: Vec<GatewayRow>,
    pub(super) route_rows: Vec<RouteRow>,
    pub(super) negotiations: Vec<Header>,
    pub(super) outages: Vec<Outage>,
    pub(super) story: super::truth::Story,
}

impl Gateway {
    /// The active instance of an active-standby gateway at `at`.
    pub(super) fn active_at(&self, at: Ticks) -> u8 {
        let next = self.switches.partition_point(|(t, _)| *t <= at);
        next.checked_sub(1).and_then(|i| self.switches.get(i)).map_or(0, |(_, instance)| *instance)
    }

    /// Whether background rows are written in this hour.
    pub(super) fn is_active(&self, hour: u32) -> bool {
        self.active_hours.as_ref().is_none_or(|hours| hours.contains(&hour))
    }

    /// The session id of a negotiation.
    pub(super) fn session(&self, seed: u64, uid: u64) -> [u8; 36] {
        super::format::guid(
            mix_all(&[seed, self.index, uid, 1]),
            mix_all(&[seed, self.index, uid, 2]),
            self.upper_guids,
        )
    }
}

/// The name of an instance, as logged.
pub(super) fn instance_name(instance: u8) -> &'static str {
    if instance == 0 { "GatewayTenantWorker_IN_0" } else { "GatewayTenantWorker_IN_1" }
}

/// What to do to one certain record: for a scenario that must have exactly this dirt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Write it twice in its blob.
    Duplicate,
    /// Write it again in the next hour's blob.
    DuplicateLater,
    /// Write it in the next hour's blob only.
    Late,
    /// Write a blank line after it.
    Blank,
}

/// A [`Deed`] and the record it is done to.
#[derive(Debug, Clone)]
pub(super) struct Forced {
    pub(super) gateway: u64,
    pub(super) category: crate::model::Category,
    pub(super) hour: u32,
    /// Ordinal of the record in its blob, from 0.
    pub(super) nth: u64,
    pub(super) deed: Deed,
}

/// All that is decided beforehand.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) start: Ticks,
    pub(super) days: u32,
    pub(super) ike_rate: f64,
    pub(super) size: Option<u64>,
    pub(super) dirt: Dirt,
    pub(super) gateways: Vec<Gateway>,
    pub(super) forced: Vec<Forced>,
}

impl Plan {
    /// The subscription that owns everything: it follows from the seed.
    pub(super) fn subscription(seed: u64) -> String {
        guid_text(mix_all(&[seed, 0x5AB5]), mix_all(&[seed, 0x5AB6]), true)
    }

    /// The first moment after the simulation.
    pub(super) fn end(&self) -> Ticks {
        self.start + i64::from(self.days) * super::format::DAY
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::simulate::{SimulateOptions, scenarios};

    #[test]
    fn attempts_do_not_depend_on_the_range_asked() {
        let mut options = SimulateOptions::new("unused".into());
        options.days = 2;
        let plan = scenarios::plan(&options);
        let (gateway, outage) =
            plan.gateways.iter().find_map(|g| g.outages.first().map(|o| (g, o))).expect("a mixed plan has an outage");
        let list = |from, to| {
            let mut out = Vec::new();
            outage.attempts(7, gateway, from, to, |h| out.push((h.start, h.uid)));
            out
        };
        let whole = list(Ticks::MIN, Ticks::MAX);
        let cut = outage.start + (outage.end - outage.start) / 3;
        let mut parts = list(Ticks::MIN, cut);
        parts.extend(list(cut, Ticks::MAX));
        assert!(whole.len() > 2);
        assert_eq!(whole, parts);
    }
}
