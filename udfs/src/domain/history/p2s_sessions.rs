//! Point-to-site visits: one row a connection id, from request to end.

use hashbrown::HashMap;

use super::{MINUTE, Place};
use crate::domain::p2s;

/// A row of `P2SDiagnosticLog`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct P2sRow<'a> {
    /// When it happened.
    pub time: i64,
    /// Where it stands.
    pub place: Place<'a>,
    /// The gateway.
    pub gateway: &'a str,
    /// The text.
    pub message: &'a str,
}

/// A visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct P2sSession<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The connection's id as logged.
    pub connection_id: &'a str,
    /// `OVPN`, `IKEv2` or `SSTP`; empty when the id does not tell.
    pub protocol: &'a str,
    /// The user, masked as Azure left it.
    pub user_name: &'a str,
    /// The client's public address, masked as Azure left it.
    pub client_ip: &'a str,
    /// The address given to the client.
    pub assigned_ip: &'a str,
    /// The word before `authentication`: `AAD`, `EAP`, `RADIUS` ...
    pub authentication: &'a str,
    /// Whether the authentication succeeded.
    pub authenticated: Option<bool>,
    /// The first row.
    pub started_at: i64,
    /// The connection stood from here.
    pub connected_at: Option<i64>,
    /// It failed here.
    pub failed_at: Option<i64>,
    /// It ended here.
    pub disconnected_at: Option<i64>,
    /// The last row.
    pub last_at: i64,
    /// Rows.
    pub messages: u64,
}

impl P2sSession<'_> {
    /// `connected` (stands still, as far as the data goes), `disconnected`, `failed` or `incomplete`.
    pub fn outcome(&self) -> &'static str {
        match (self.connected_at, self.failed_at, self.disconnected_at) {
            (Some(_), _, Some(_)) => "disconnected",
            (Some(_), _, None) => "connected",
            (None, Some(_), _) => "failed",
            (None, None, _) if self.authenticated == Some(false) => "failed",
            _ => "incomplete",
        }
    }
}

/// An id that Azure has masked entirely names many visits: silence this long, or a new request after an end, begins
/// another.
const SILENCE: i64 = 24 * 60 * MINUTE;

/// Every visit, by beginning, gateway and id. Rows without a connection id belong to none.
pub fn sessions<'a>(rows: &[P2sRow<'a>]) -> Vec<P2sSession<'a>> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by_key(|r| (r.time, r.place, r.gateway, r.message));
    let mut open: HashMap<(&str, &str), usize> = HashMap::new();
    let mut out: Vec<P2sSession<'_>> = Vec::new();
    for row in rows {
        let said = p2s::parse(row.message);
        let Some(id) = said.connection_id else { continue };
        let event = said.event.unwrap_or_default();
        let known = open.get(&(row.gateway, id)).copied().filter(|index| {
            out.get(*index).is_some_and(|s| {
                let ended = s.disconnected_at.or(s.failed_at).is_some() && event == "connect_request";
                !ended && row.time.saturating_sub(s.last_at) <= SILENCE
            })
        });
        let index = known.unwrap_or_else(|| {
            open.insert((row.gateway, id), out.len());
            let protocol = said.protocol.unwrap_or_default();
            out.push(P2sSession {
                gateway: row.gateway,
                connection_id: id,
                protocol,
                started_at: row.time,
                last_at: row.time,
                ..P2sSession::default()
            });
            out.len() - 1
        });
        let Some(session) = out.get_mut(index) else { continue };
        session.messages += 1;
        session.last_at = row.time;
        let fill = |slot: &mut &'a str, value: Option<&'a str>| {
            if let Some(value) = value.filter(|_| slot.is_empty()) {
                *slot = value;
            }
        };
        fill(&mut session.user_name, said.user_name);
        fill(&mut session.client_ip, said.client_ip);
        fill(&mut session.assigned_ip, said.assigned_ip);
        match event {
            "authentication_succeeded" | "authentication_failed" => {
                fill(&mut session.authentication, method(row.message));
                session.authenticated = Some(event == "authentication_succeeded");
            }
            "connected" => session.connected_at = session.connected_at.or(Some(row.time)),
            "connection_failed" => session.failed_at = session.failed_at.or(Some(row.time)),
            "disconnect_request" | "disconnected" => {
                session.disconnected_at = session.disconnected_at.or(Some(row.time));
            }
            _ => {}
        }
    }
    out.sort_by_key(|s| (s.started_at, s.gateway, s.connection_id));
    out
}

/// The word before `authentication`, for example `AAD`.
fn method(message: &str) -> Option<&str> {
    let at = message.find("uthentication ")?.checked_sub(1)?;
    let word = message.get(..at)?.trim_end().rsplit([' ', ']']).next()?;
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_from_request_to_end() {
        // Published wording; addresses and ids are made up. Rows in any order.
        let row = |time, message| P2sRow { time, gateway: "GW", message, ..P2sRow::default() };
        let rows = [
            row(9, "[MSG] [default] [OVPN_1] Disconnect request received. Username=***a@example.com"),
            row(1, "[MSG] [default] [OVPN_1] Connect request received. IP=0.1.2.3:443"),
            row(2, "[MSG] [default] [OVPN_1] AAD authentication succeeded. Username=***a@example.com"),
            row(3, "[MSG] [default] [OVPN_1] Connection successful. Username=***a@example.com IP=10.0.0.1"),
            row(4, "[MSG] [default] [OVPN_2] Connect request received. IP=0.1.2.4:443"),
            row(5, "[MSG] [default] [OVPN_2] EAP authentication failed. Username=***b@example.com"),
            row(6, "[MSG] [default] [OVPN_2] Connection failed. Username=***b@example.com"),
            row(7, "[MSG] [default] [OVPN_3] Connect request received. IP=0.1.2.4:443"),
            row(10, "[MSG] [default] [OVPN_1] Connect request received. IP=0.1.2.3:443"),
            row(8, "nothing that has an id"),
        ];
        let found = sessions(&rows);
        let told: Vec<_> = found.iter().map(|s| (s.connection_id, s.authentication, s.outcome(), s.messages)).collect();
        assert_eq!(
            told,
            [
                ("OVPN_1", "AAD", "disconnected", 4),
                ("OVPN_2", "EAP", "failed", 3),
                ("OVPN_3", "", "incomplete", 1),
                ("OVPN_1", "", "incomplete", 1)
            ]
        );
        let first = found[0];
        assert_eq!((first.user_name, first.client_ip, first.assigned_ip), ("***a@example.com", "0.1.2.3", "10.0.0.1"));
        assert_eq!((first.connected_at, first.disconnected_at, first.protocol), (Some(3), Some(9), "OVPN"));
    }
}
