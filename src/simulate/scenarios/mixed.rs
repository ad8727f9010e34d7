//! Every kind of incident, at random.

use super::{Entry, healthy, plan_of, start_of};
use crate::model::{TICKS_PER_SECOND as SECOND, Ticks};
use crate::simulate::format::{DAY, HOUR, MINUTE};
use crate::simulate::incidents::{Consequence, Director, What};
use crate::simulate::options::{Scenario, SimulateOptions};
use crate::simulate::plan::{Outcome, Plan};
use crate::simulate::rng::Rng;

pub(super) const ENTRY: Entry = Entry {
    scenario: Scenario::Mixed,
    name: "mixed",
    summary: "every kind of incident now and then, among healthy tunnels",
    plan,
};

/// How often each thing happens, per gateway and day; `what` says what the places stand for.
const RATES: [f64; 16] = [0.25, 0.25, 0.08, 0.6, 0.45, 0.12, 0.12, 0.12, 0.12, 0.15, 0.12, 0.13, 0.13, 0.07, 0.1, 0.4];

/// How often somebody unknown knocks, per gateway and day.
const STRANGERS_A_DAY: f64 = 1.0;

fn plan(options: &SimulateOptions) -> Plan {
    let mut gateways = healthy::crowd(options);
    let start = start_of(options);
    let length = i64::from(options.days) * DAY;
    let (count, end) = (gateways.len(), start + length);
    let mut rngs: Vec<Rng> = (0..count as u64).map(|g| Rng::stream(options.seed, &[g, 4])).collect();
    let mut programme: Vec<Vec<(Ticks, usize)>> = vec![Vec::new(); count];
    let mut happened = [false; RATES.len()];
    for (rng, list) in rngs.iter_mut().zip(&mut programme) {
        for (kind, rate) in RATES.iter().enumerate() {
            for _ in 0..rng.count(rate * f64::from(options.days)) {
                list.push((start + rng.range(20 * MINUTE, length - 20 * MINUTE), kind));
                happened[kind] = true;
            }
        }
    }
    // A small run would miss some kinds by chance; who asks for a mixed one wants to see them all.
    if count > 0 && length > HOUR {
        for (kind, _) in happened.iter().enumerate().filter(|(_, h)| !**h) {
            let at = kind % count;
            programme[at].push((start + rngs[at].range(20 * MINUTE, length - 20 * MINUTE), kind));
        }
    }
    for (number, gateway) in gateways.iter_mut().enumerate() {
        let rng = &mut rngs[number];
        let peers = gateway.peers.iter().filter(|p| !p.stranger).count();
        let stranger = peers;
        let bgp: Vec<usize> = (0..peers).filter(|p| gateway.peers[*p].bgp.is_some()).collect();
        let mut director = Director::new(gateway, options.seed, start, end);
        director.log_configurations(start + 5 * MINUTE);
        for (at, kind) in &programme[number] {
            let peer = rng.below(peers as u64) as usize;
            director.at(*at, what(*kind, peer, peers, &bgp, rng));
        }
        for _ in 0..rng.count(STRANGERS_A_DAY * f64::from(options.days)) {
            director.at(start + rng.range(0, length), What::Stranger { peer: stranger });
        }
        // The outage that never ends: on the last gateway always, elsewhere seldom.
        if number + 1 == count || rng.chance(0.02 * f64::from(options.days)) {
            let peer = peers.saturating_sub(1);
            let outcome = [Outcome::TimedOut, Outcome::AuthFailed][rng.below(2) as usize];
            let at = start + length / 3 * 2 + rng.range(0, length / 4);
            director.at(at, What::Outage { peer, outcome, length: None, retry_seconds: (3, 9) });
        }
        director.play();
    }
    plan_of(options, gateways)
}

/// Minutes to hours, short ones more often.
fn outage_length(rng: &mut Rng) -> Option<Ticks> {
    let skewed = rng.unit() * rng.unit() * rng.unit();
    Some(3 * MINUTE + (skewed * 5.0 * HOUR as f64) as i64 / SECOND * SECOND)
}

fn what(kind: usize, peer: usize, peers: usize, bgp: &[usize], rng: &mut Rng) -> What {
    let length = outage_length(rng);
    let low = rng.range(2, 6);
    let retry = (low, low + rng.range(1, 6));
    let outage = |outcome| What::Outage { peer, outcome, length, retry_seconds: retry };
    let change = |then| What::ConnectionConfig { peer, then };
    match kind {
        0 => What::Maintenance { logged: true },
        1 => What::Maintenance { logged: false },
        2 => What::Reset,
        3 => What::DpdDrop { peer },
        4 => What::PeerDisconnect { peer },
        5 if peers > 1 => What::TwinDrop { peers: [peer, (peer + 1) % peers] },
        5 => What::DpdDrop { peer },
        6 => What::GatewayConfig { drops: false },
        7 => What::GatewayConfig { drops: true },
        8 => What::SameConfig,
        9 => change(Consequence::Nothing),
        10 => change(Consequence::Drop),
        11 => change(Consequence::Outage(
            [Outcome::AuthFailed, Outcome::PolicyMismatch][rng.below(2) as usize],
            length,
            retry,
        )),
        12 => outage([Outcome::AuthFailed, Outcome::PolicyMismatch][rng.below(2) as usize]),
        13 => outage(Outcome::TrafficSelectors),
        14 => outage(Outcome::TimedOut),
        _ => What::BgpFlap { peer: bgp.get(peer % bgp.len().max(1)).copied().unwrap_or(peer) },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn even_a_small_run_has_every_cause_and_an_end_that_never_comes() {
        let mut options = SimulateOptions::new("unused".into());
        (options.days, options.gateways) = (3, 3);
        for seed in 1..6 {
            options.seed = seed;
            let plan = plan(&options);
            let incidents: Vec<_> = plan.gateways.iter().flat_map(|g| &g.story.incidents).collect();
            for cause in ["dpd_timeout", "peer_disconnect", "configuration_change", "planned_maintenance"] {
                assert!(incidents.iter().any(|i| i.cause == cause), "seed {seed}: {cause}");
            }
            for logged in [true, false] {
                assert!(incidents.iter().any(|i| i.kind == "failover" && i.logged == logged), "seed {seed}: {logged}");
            }
            assert!(incidents.iter().any(|i| i.reconnected_at.is_none()), "seed {seed}");
            assert!(plan.gateways.iter().any(|g| g.active_active) && plan.gateways.iter().any(|g| !g.active_active));
        }
    }

    #[test]
    fn the_tunnel_log_is_consistent() {
        let mut options = SimulateOptions::new("unused".into());
        (options.days, options.gateways) = (20, 6);
        for gateway in &plan(&options).gateways {
            for peer in gateway.peers.iter().filter(|p| !p.stranger) {
                for list in &peer.transitions {
                    assert!(list.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 != w[1].1), "{}", gateway.name);
                }
            }
            for incident in &gateway.story.incidents {
                assert!(incident.reconnected_at.is_none_or(|t| t > incident.disconnected_at));
                assert_eq!(incident.reconnected_at.is_some(), incident.to_instance.is_some());
                let moved = incident.to_instance.is_some_and(|to| to != incident.from_instance);
                assert!(!moved || matches!(incident.kind, "failover" | "outage"), "{incident:?}");
            }
        }
    }
}
