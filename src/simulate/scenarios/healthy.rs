//! Nothing happens: whatever a detector finds here is a false alarm.

use super::{Entry, cast, plan_of, start_of};
use crate::simulate::format::{DAY, MINUTE};
use crate::simulate::incidents::Director;
use crate::simulate::options::{Scenario, SimulateOptions};
use crate::simulate::plan::{Gateway, Plan};
use crate::simulate::rng::Rng;

pub(super) const ENTRY: Entry = Entry {
    scenario: Scenario::Healthy,
    name: "healthy",
    summary: "no incident at all: rekeys, chatter, routes and users",
    plan,
};

fn plan(options: &SimulateOptions) -> Plan {
    let mut gateways = crowd(options);
    let (start, end) = (start_of(options), start_of(options) + i64::from(options.days) * DAY);
    for gateway in &mut gateways {
        let mut director = Director::new(gateway, options.seed, start, end);
        director.log_configurations(start + 5 * MINUTE);
        director.play();
    }
    plan_of(options, gateways)
}

/// Gateways of all sorts, as many as asked for.
pub(super) fn crowd(options: &SimulateOptions) -> Vec<Gateway> {
    let start = start_of(options);
    let mut gateways: Vec<Gateway> = Vec::new();
    for index in 0..u64::from(options.gateways) {
        let mut rng = Rng::stream(options.seed, &[index, 2]);
        let (place, location) = cast::PLACES[(index % cast::PLACES.len() as u64) as usize];
        // Every third has two active instances, so that even a small crowd has both sorts.
        let active_active = index % 3 == 1;
        let mut peers = vec![(false, active_active)];
        for _ in 0..rng.below(3) + 1 {
            peers.push((rng.chance(0.5), rng.chance(0.4)));
        }
        let name = format!("VPNGW-{place}-{:02}", index + 1);
        let mut gateway =
            cast::gateway(options.seed, start, cast::Wish { index, name, location, active_active, peers });
        if index % 2 == 0 {
            let number = 3 + rng.below(20);
            gateway.p2s = Some(cast::users(&mut rng, number));
        }
        // One device may serve two gateways: an address alone does not name a tunnel.
        if index % 4 == 3
            && let Some(shared) = gateways.last().and_then(|g| g.peers.first()).map(|p| p.ip.clone())
        {
            if let Some(peer) = gateway.peers.first_mut() {
                peer.ip.clone_from(&shared);
            }
            if let Some(tunnel) = gateway.story.tunnels.first_mut() {
                tunnel.remote_ip = shared;
            }
        }
        gateways.push(gateway);
    }
    gateways
}
