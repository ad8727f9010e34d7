//! Which event at a gateway each announcement in the gateway log belongs to.
//!
//! An announcement of maintenance comes seconds to minutes before the tunnels move, now and then just after. It explains
//! one event and not all that happens in those minutes: each goes to the nearest event.

use super::failure::contains;
use super::groups::{Group, between};
use super::{GatewayEvent, MINUTE, SECOND};

/// An announcement may come this long before the first tunnel goes down.
pub const BEFORE: i64 = 10 * MINUTE;
/// And this long after.
pub const AFTER: i64 = 30 * SECOND;
/// Rows of one announcement follow each other within this time.
const ONE_TEXT: i64 = 5 * SECOND;

/// What a row of the gateway log announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// `HostMaintenanceEvent`, or the message `Upgrade gateway started`.
    Maintenance,
    /// Somebody reset the gateway, in words.
    Reset,
    /// `GatewayTenantPrimaryChanged`: another instance is active now.
    PrimaryChanged,
}

/// What a row announces; `None` for configuration and everything else.
pub fn notice(event: &GatewayEvent<'_>) -> Option<Notice> {
    if contains(event.operation, "resetgateway") || contains(event.message, "reset gateway") {
        Some(Notice::Reset)
    } else if event.operation.eq_ignore_ascii_case("HostMaintenanceEvent")
        || contains(event.message, "upgrade gateway started")
    {
        Some(Notice::Maintenance)
    } else if event.operation.eq_ignore_ascii_case("GatewayTenantPrimaryChanged") {
        Some(Notice::PrimaryChanged)
    } else {
        None
    }
}

/// Indexes of gateway events that belong to each group, which come by beginning; nearest first.
pub fn assign(groups: &[Group<'_>], events: &[GatewayEvent<'_>]) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); groups.len()];
    let mut rows: Vec<(usize, &GatewayEvent<'_>, Notice)> =
        events.iter().enumerate().filter_map(|(i, e)| Some((i, e, notice(e)?))).collect();
    rows.sort_by_key(|(_, e, notice)| (e.gateway, *notice, e.time, e.place, e.operation, e.message));
    let mut at = 0;
    while let Some((_, first, notice)) = rows.get(at) {
        let mut end = at + 1;
        let mut last = first.time;
        while let Some((_, next, _)) = rows.get(end).filter(|(_, next, other)| {
            next.gateway == first.gateway && other == notice && next.time.saturating_sub(last) <= ONE_TEXT
        }) {
            (last, end) = (next.time, end + 1);
        }
        if let Some(group) = nearest(groups, first.gateway, first.time) {
            out[group].extend(rows.get(at..end).unwrap_or_default().iter().map(|(i, ..)| *i));
        }
        at = end;
    }
    for (group, found) in groups.iter().zip(&mut out) {
        let distance = |i: &usize| events.get(*i).map_or(0, |e| e.time.abs_diff(group.first));
        found.sort_by_key(|i| (distance(i), *i));
    }
    out
}

/// The event that an announcement at `at` is for. One that goes on already has been announced late; otherwise it is the
/// next one.
fn nearest(groups: &[Group<'_>], gateway: &str, at: i64) -> Option<usize> {
    between(groups, at.saturating_sub(AFTER), at.saturating_add(BEFORE))
        .filter(|(_, g)| g.gateway == gateway)
        .min_by_key(|(index, g)| (g.first.abs_diff(at), *index))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_explains_the_nearest_event() {
        let group = |second: i64| Group {
            gateway: "GW",
            from_instance: Some(0),
            first: second * SECOND,
            last: second * SECOND,
            members: Vec::new(),
        };
        let event = |second: i64, operation, message| GatewayEvent {
            time: second * SECOND,
            gateway: "GW",
            operation,
            message,
            ..GatewayEvent::default()
        };
        let groups = [group(1000), group(1300), group(9000)];
        let events = [
            event(960, "HostMaintenanceEvent", "Host maintenance event"),
            event(961, "HostMaintenanceEvent", "Upgrade gateway started"),
            event(1004, "GatewayTenantPrimaryChanged", ""),
            event(1308, "Anything", "UPGRADE gateway started"),
            event(5000, "HostMaintenanceEvent", ""),
            event(8500, "HostMaintenanceEvent", ""),
            event(9001, "SetGatewayConfiguration", ""),
            event(9031, "HostMaintenanceEvent", ""),
        ];
        assert_eq!(assign(&groups, &events), [vec![2, 1, 0], vec![3], vec![5]]);
        let other: Vec<_> = events.iter().map(|e| GatewayEvent { gateway: "B", ..*e }).collect();
        assert!(assign(&groups, &other).iter().all(Vec::is_empty));
    }
}
