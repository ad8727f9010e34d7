//! The story of `sample_data/blobs`: two gateways, two days in March 2026, only the hours in which something happens.

use super::{Entry, cast, plan_of};
use crate::model::{Category, TICKS_PER_SECOND as SECOND, Ticks};
use crate::simulate::format::{DAY, HOUR, MINUTE};
use crate::simulate::incidents::{Consequence, Director, What};
use crate::simulate::options::{Dirt, Scenario, SimulateOptions};
use crate::simulate::plan::{Deed, Forced, Gateway, Outcome, Plan};
use crate::simulate::rng::Rng;

pub(super) const ENTRY: Entry = Entry {
    scenario: Scenario::Sample,
    name: "sample",
    summary: "the fixed two-day story of sample_data/blobs (takes the seed, ignores days, gateways, rates and dirt)",
    plan,
};

/// 2026-03-10T00:00:00Z.
const START: Ticks = SimulateOptions::DEFAULT_START + 9 * DAY;

fn at(day: i64, hour: i64, minute: i64, second: i64) -> Ticks {
    START + (day - 1) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + 1_234_567
}

fn plan(asked: &SimulateOptions) -> Plan {
    let dirt = Dirt { shuffle: true, ..Dirt::none() };
    let options =
        SimulateOptions { days: 2, gateways: 2, start: START, ike_rate: 0.2, size: None, dirt, ..asked.clone() };
    let forced = |gateway, category, hour, nth, deed| Forced { gateway, category, hour, nth, deed };
    let mut plan = plan_of(&options, vec![tokyo(options.seed), osaka(options.seed)]);
    plan.forced = vec![
        forced(0, Category::Tunnel, 1, 0, Deed::Duplicate),
        forced(0, Category::Ike, 29, 40, Deed::Duplicate),
        forced(0, Category::Ike, 29, 60, Deed::DuplicateLater),
        forced(1, Category::Ike, 26, 10, Deed::Duplicate),
        forced(1, Category::Tunnel, 26, 0, Deed::Late),
        forced(1, Category::Ike, 3, 5, Deed::Blank),
    ];
    plan
}

/// Active-standby: a logged maintenance, an unlogged failover, a key changed on one side only.
fn tokyo(seed: u64) -> Gateway {
    let wish = cast::Wish {
        index: 0,
        name: "VPNGW-TOKYO".into(),
        location: "japaneast",
        active_active: false,
        peers: vec![(false, false), (true, false)],
    };
    let mut gateway = cast::gateway(seed, START, wish);
    (gateway.structured, gateway.upper_guids) = (0.6, false);
    gateway.active_hours = Some(vec![1, 2, 7, 8, 29, 30]);
    let mut director = Director::new(&mut gateway, seed, START, START + 2 * DAY);
    director.log_configurations(at(1, 1, 2, 0));
    director.at(at(1, 1, 12, 30), What::Maintenance { logged: true });
    director.at(at(1, 7, 11, 3), What::Maintenance { logged: false });
    let wrong_key = Consequence::Outage(Outcome::AuthFailed, Some(17 * MINUTE), (16, 26));
    director.at(at(2, 5, 10, 15), What::ConnectionConfig { peer: 0, then: wrong_key });
    director.play();
    gateway
}

/// Active-active with BGP and users: a lost line, a policy mismatch, an evening of point-to-site users.
fn osaka(seed: u64) -> Gateway {
    let wish = cast::Wish {
        index: 1,
        name: "VPNGW-OSAKA".into(),
        location: "japanwest",
        active_active: true,
        peers: vec![(false, true), (true, false)],
    };
    let mut gateway = cast::gateway(seed, START, wish);
    (gateway.structured, gateway.upper_guids) = (1.0, true);
    gateway.active_hours = Some(vec![3, 10, 11, 12, 26, 27, 33]);
    let mut users = cast::users(&mut Rng::stream(seed, &[1, 5]), 8);
    (users.hours, users.closes, users.only_day, users.sessions_a_day) = ((10, 13), true, Some(0), 18.0);
    gateway.p2s = Some(users);
    let mut director = Director::new(&mut gateway, seed, START, START + 2 * DAY);
    director.log_configurations(at(1, 3, 1, 0));
    director.at(at(1, 3, 22, 48), What::DpdDrop { peer: 0 });
    let mismatch =
        What::Outage { peer: 1, outcome: Outcome::PolicyMismatch, length: Some(13 * MINUTE), retry_seconds: (16, 26) };
    director.at(at(2, 2, 35, 20), mismatch);
    director.at(at(2, 9, 5, 40), What::BgpFlap { peer: 0 });
    director.play();
    gateway
}
