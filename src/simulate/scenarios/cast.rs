//! Invents gateways, peers and users.

use crate::model::Ticks;
use crate::simulate::format::MILLI;
use crate::simulate::plan::{BgpPeer, Gateway, P2s, Peer, Plan, instance_name};
use crate::simulate::rng::Rng;
use crate::simulate::truth::{Story, Tunnel};

/// What a scenario wants of a gateway.
pub(super) struct Wish {
    /// Number of the gateway, from 0.
    pub(super) index: u64,
    /// Its name.
    pub(super) name: String,
    /// Its Azure region.
    pub(super) location: &'static str,
    /// Two active instances or one.
    pub(super) active_active: bool,
    /// Per peer: behind NAT, speaks BGP.
    pub(super) peers: Vec<(bool, bool)>,
}

/// Places to name gateways after, with their regions.
pub(super) const PLACES: [(&str, &str); 8] = [
    ("TOKYO", "japaneast"),
    ("OSAKA", "japanwest"),
    ("DUBLIN", "northeurope"),
    ("VIRGINIA", "eastus"),
    ("SYDNEY", "australiaeast"),
    ("PARIS", "francecentral"),
    ("SAOPAULO", "brazilsouth"),
    ("PUNE", "centralindia"),
];

/// A public address that belongs to nobody: the documentation ranges first, then the benchmark range.
fn address(number: u64, ranges: [&str; 2], wide: &str) -> String {
    match number {
        n @ 0..250 => format!("{}.{}", ranges[0], n + 1),
        n @ 250..500 => format!("{}.{}", ranges[1], n - 249),
        n => format!("{wide}.{}.{}", (n / 250) % 250, n % 250 + 1),
    }
}

/// Makes a gateway with all its tunnels up.
pub(super) fn gateway(seed: u64, start: Ticks, wish: Wish) -> Gateway {
    let mut rng = Rng::stream(seed, &[wish.index, 0]);
    let subscription = Plan::subscription(seed);
    let resource_id = format!(
        "/SUBSCRIPTIONS/{subscription}/RESOURCEGROUPS/RG-SYNTHETIC/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/{}",
        wish.name
    );
    let local = |n: u64| {
        let n = 2 * wish.index + n;
        if n < 250 { format!("192.0.2.{}", n + 1) } else { format!("198.19.{}.{}", (n / 250) % 250, n % 250 + 1) }
    };
    let first_active = rng.below(2) as u8;
    let mut peers = Vec::new();
    for (i, (nat, bgp)) in wish.peers.iter().enumerate() {
        peers.push(peer(&mut rng, &wish, i as u64, *nat, *bgp, first_active));
    }
    // One more who has no tunnel here and only knocks.
    let mut knocker = peer(&mut rng, &wish, 9, true, false, first_active);
    (knocker.stranger, knocker.transitions) = (true, [Vec::new(), Vec::new()]);
    knocker.ip = address(600 + wish.index, ["198.18.250", "198.18.251"], "198.18");
    let mode = if wish.active_active { "active-active" } else { "active-standby" };
    let held = if wish.active_active { vec![0, 1] } else { vec![first_active] };
    let tunnels = peers
        .iter()
        .map(|p| Tunnel {
            gateway: wish.name.clone(),
            remote_ip: p.ip.clone(),
            mode,
            instances: held.iter().map(|i| instance_name(*i)).collect(),
            nat: p.local_port == 4500,
            bgp_peer: p.bgp.as_ref().map(|b| b.ip.clone()),
        })
        .collect();
    peers.push(knocker);
    let has_bgp = peers.iter().any(|p| p.bgp.is_some());
    Gateway {
        index: wish.index,
        local_ips: [local(0), local(1)],
        name: wish.name,
        resource_id,
        location: wish.location,
        active_active: wish.active_active,
        asn: if has_bgp { 65010 } else { 65515 },
        sku: rng.pick(&["VpnGw1AZ", "VpnGw2AZ", "VpnGw3AZ"]).unwrap_or("VpnGw1AZ"),
        upper_guids: rng.chance(0.2),
        structured: [0.15, 0.6, 1.0][rng.below(3) as usize],
        peers,
        switches: vec![(start - 1, first_active)],
        p2s: None,
        active_hours: None,
        tunnel_rows: Vec::new(),
        gateway_rows: Vec::new(),
        route_rows: Vec::new(),
        negotiations: Vec::new(),
        outages: Vec::new(),
        story: Story { tunnels, ..Story::default() },
    }
}

fn peer(rng: &mut Rng, wish: &Wish, i: u64, nat: bool, bgp: bool, first_active: u8) -> Peer {
    let number = wish.index * 4 + i;
    let lan = (10 + (wish.index * 7 + i * 3) % 200) as u8;
    let up = vec![(Ticks::MIN, true)];
    // Behind NAT the port is 4500, unless the translation changed it.
    let (remote_port, local_port) = match (nat, rng.chance(0.5)) {
        (false, _) => (500, 500),
        (true, false) => (4500, 4500),
        (true, true) => (20_000 + rng.below(40_000) as u16, 4500),
    };
    Peer {
        ip: address(number, ["203.0.113", "198.51.100"], "198.18"),
        remote_port,
        local_port,
        connection: format!("CN-SYNTHETIC-{}-{}", wish.name, i + 1),
        lan,
        bgp: bgp.then(|| BgpPeer { ip: format!("10.{lan}.255.254"), asn: 65_100 + number as u32 % 400 }),
        azure_share: [0.0, 0.3, 0.7, 1.0][rng.below(4) as usize],
        selectors: if rng.chance(0.3) { 2 + rng.below(3) as u8 } else { 1 },
        round_trip: rng.range(3 * MILLI, 180 * MILLI),
        transitions: if wish.active_active {
            [up.clone(), up]
        } else if first_active == 0 {
            [up, Vec::new()]
        } else {
            [Vec::new(), up]
        },
        stranger: false,
    }
}

/// Users of a gateway, masked as Azure masks them.
pub(super) fn users(rng: &mut Rng, number: u64) -> P2s {
    const TAILS: [&str; 12] =
        ["da", "nne", "ato", "obias", "iko", "ristine", "vera", "lan", "zuki", "etra", "omas", "lena"];
    let users = (0..number)
        .map(|i| {
            let tail = TAILS[rng.below(TAILS.len() as u64) as usize];
            format!("***{tail}{}@example.com", if i < 6 { String::new() } else { i.to_string() })
        })
        .collect();
    P2s { users, sessions_a_day: number as f64 * 1.5, hours: (0, 24), closes: false, only_day: None }
}
