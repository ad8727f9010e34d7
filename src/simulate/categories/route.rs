//! RouteDiagnosticLog: BGP sessions and routes. No text of this log is published: the messages are made up.

use std::collections::BTreeMap;

use crate::model::{Category, Ticks};
use crate::simulate::format::{HOUR, text};
use crate::simulate::plan::instance_name;
use crate::simulate::rng::Rng;

use super::{Hour, Lines, head, within};

/// Writes the hour's rows: the planned ones and, in between, updates that mean nothing.
pub(super) fn write(hour: &Hour<'_>, to: &mut impl Lines) -> std::io::Result<()> {
    let mut rows: BTreeMap<Ticks, (&str, u8, String)> = BTreeMap::new();
    for row in within(&hour.gateway.route_rows, |r| r.at, hour.from, hour.to) {
        rows.insert(row.at, (row.operation, row.instance, row.message.clone()));
    }
    if hour.gateway.is_active(hour.number) {
        updates(hour, &mut rows);
    }
    let mut line = Vec::new();
    for (at, (operation, instance, message)) in rows {
        line.clear();
        head(&mut line, hour, at, Category::Route, operation, "Informational");
        text(&mut line, "\"message\":\"");
        text(&mut line, &message);
        text(&mut line, "\",\"instance\":\"");
        text(&mut line, instance_name(instance));
        text(&mut line, "\"}}\n");
        to.record(at, &line)?;
    }
    Ok(())
}

fn updates(hour: &Hour<'_>, rows: &mut BTreeMap<Ticks, (&'static str, u8, String)>) {
    let gateway = hour.gateway;
    let mut rng = Rng::stream(hour.plan.seed, &[gateway.index, 8, u64::from(hour.number)]);
    for peer in gateway.peers.iter().filter(|p| !p.stranger) {
        if !rng.chance(0.35) {
            continue;
        }
        let mut at = hour.from + rng.range(0, HOUR);
        while rows.contains_key(&at) {
            at = if at + 1 < hour.to { at + 1 } else { hour.from };
        }
        let instance = if gateway.active_active { rng.below(2) as u8 } else { gateway.active_at(at) };
        let (lan, third) = (peer.lan, rng.below(16) * 16);
        if let Some(bgp) = &peer.bgp {
            let message = format!("Route 10.{lan}.{third}.0/20 learned from peer {} AS path {}", bgp.ip, bgp.asn);
            rows.insert(at, ("BgpRouteUpdate", instance, message));
        } else {
            let message = format!("Static route 10.{lan}.{third}.0/20 next hop {} updated", peer.ip);
            rows.insert(at, ("StaticRouteUpdate", instance, message));
        }
    }
}
