//! What rows of a negotiation tell. Adding is commutative: earlier wins, and of one moment the smaller text.

use std::sync::Arc;

use memchr::memmem;

use super::{Failure, IkeRow, SA_DELETE, failure};

type Text = Option<(i64, Arc<str>)>;

/// What one row or many tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) messages: u64,
    pub(super) local_ip: Option<Arc<str>>,
    pub(super) remote_port: Option<(i64, i32)>,
    pub(super) nat: bool,
    pub(super) i_cookie: Text,
    pub(super) ts_id: Option<(i64, i64)>,
    /// The first `SA_INIT` without a responder cookie; whether Azure sent it.
    pub(super) asked: Option<(i64, bool)>,
    /// The answer to it; whether Azure had asked.
    pub(super) answered: Option<(i64, bool)>,
    pub(super) init: bool,
    pub(super) auth_sent: bool,
    pub(super) auth_received: bool,
    pub(super) child: bool,
    /// Traffic selectors were agreed on: the child SA stands.
    pub(super) agreed: Option<i64>,
    pub(super) deleted: bool,
    pub(super) failed: Option<(i64, Failure)>,
    pub(super) status: Text,
    pub(super) notify: Text,
    pub(super) error_code: Option<(i64, i64)>,
    /// Received IKE, received IPsec, sent IKE, sent IPsec.
    pub(super) proposals: [Text; 4],
    pub(super) proposed_selectors: Text,
    pub(super) agreed_selectors: Text,
}

/// `0x0`, whatever its length.
fn is_zero(cookie: &str) -> bool {
    let digits = cookie.strip_prefix("0x").or_else(|| cookie.strip_prefix("0X")).unwrap_or(cookie);
    !digits.is_empty() && digits.bytes().all(|b| b == b'0')
}

impl Told {
    /// What a row tells; texts are kept through `intern`, since the same offers come again and again.
    pub(super) fn of(row: &IkeRow<'_>, intern: &mut dyn FnMut(&str) -> Arc<str>) -> Self {
        let at = row.time;
        let (sent, received) = (row.direction == "SEND", row.direction == "RECEIVED");
        let init = row.exchange.eq_ignore_ascii_case("SA_INIT");
        let auth = row.exchange.eq_ignore_ascii_case("SA_AUTH");
        let unanswered = init && is_zero(row.r_cookie);
        let mut text = |t: &str| (!t.is_empty()).then(|| (at, intern(t)));
        let mut told = Self {
            first: at,
            last: at,
            messages: 1,
            local_ip: text(row.local_ip).map(|(_, t)| t),
            remote_port: row.remote_port.map(|port| (at, port)),
            nat: row.remote_port == Some(4500) || row.local_port == Some(4500),
            i_cookie: text(row.i_cookie),
            ts_id: row.ts_id.filter(|id| *id != 0).map(|id| (at, id)),
            asked: (unanswered && (sent || received)).then_some((at, sent)),
            answered: (init && !unanswered && !row.r_cookie.is_empty() && (received || row.direction == "LOCAL_MSG"))
                .then_some((at, received)),
            init,
            auth_sent: auth && sent,
            auth_received: auth && received,
            child: false,
            agreed: None,
            deleted: row.event == SA_DELETE,
            failed: failure::of(row.event, row.error_code, row.close_status, row.notify).map(|f| (at, f)),
            status: text(row.close_status),
            notify: text(row.notify),
            error_code: row.error_code.map(|code| (at, code)),
            proposals: [None, None, None, None],
            proposed_selectors: None,
            agreed_selectors: None,
        };
        let event = row.event.as_bytes();
        if let Some(start) = memmem::find(event, b"Policy1:") {
            let head = event.get(..start).unwrap_or_default();
            let ipsec = memmem::find(head, b"IPSec").or_else(|| memmem::find(head, b"IPsec")).is_some();
            if sent || received {
                told.proposals[usize::from(sent) * 2 + usize::from(ipsec)] =
                    text(row.event.get(start..).unwrap_or_default());
            }
            told.child |= ipsec;
        }
        if memmem::find(event, b"Traffic Selector payload").is_some() {
            let start = memmem::find(event, b"Number of TSI").unwrap_or(0);
            let selectors = text(row.event.get(start..).unwrap_or_default());
            told.child = true;
            if memmem::find(event, b"(Final Negotiated)").is_some() {
                (told.agreed, told.agreed_selectors) = (Some(at), selectors);
            } else {
                told.proposed_selectors = selectors;
            }
        }
        told
    }

    /// Takes what `other` tells.
    pub(super) fn add(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.messages += other.messages;
        earlier(&mut self.local_ip, other.local_ip);
        earlier(&mut self.remote_port, other.remote_port);
        earlier(&mut self.i_cookie, other.i_cookie);
        earlier(&mut self.ts_id, other.ts_id);
        earlier(&mut self.asked, other.asked);
        earlier(&mut self.answered, other.answered);
        earlier(&mut self.agreed, other.agreed);
        earlier(&mut self.failed, other.failed);
        earlier(&mut self.status, other.status);
        earlier(&mut self.notify, other.notify);
        earlier(&mut self.error_code, other.error_code);
        for (own, other) in self.proposals.iter_mut().zip(other.proposals) {
            earlier(own, other);
        }
        earlier(&mut self.proposed_selectors, other.proposed_selectors);
        earlier(&mut self.agreed_selectors, other.agreed_selectors);
        self.nat |= other.nat;
        self.init |= other.init;
        self.auth_sent |= other.auth_sent;
        self.auth_received |= other.auth_received;
        self.child |= other.child;
        self.deleted |= other.deleted;
    }
}

/// Keeps the smaller of the two, that is the earlier.
fn earlier<T: Ord>(own: &mut Option<T>, other: Option<T>) {
    if let Some(other) = other
        && own.as_ref().is_none_or(|own| other < *own)
    {
        *own = Some(other);
    }
}
