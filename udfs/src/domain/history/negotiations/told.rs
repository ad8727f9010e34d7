//! What rows of a negotiation tell. Adding is commutative: earlier wins, and of one moment the smaller text.

use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::{Failure, IkeRow, SA_DELETE, failure};

/// What is looked for in every row or in many, prepared once.
static POLICIES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Policy1:"));
static SELECTORS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Traffic Selector payload"));
static FIRST_SELECTOR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Number of TSI"));
static AGREED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("(Final Negotiated)"));

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
        let mut told = Self {
            first: row.time,
            last: row.time,
            messages: 0,
            local_ip: None,
            remote_port: None,
            nat: false,
            i_cookie: None,
            ts_id: None,
            asked: None,
            answered: None,
            init: false,
            auth_sent: false,
            auth_received: false,
            child: false,
            agreed: None,
            deleted: false,
            failed: None,
            status: None,
            notify: None,
            error_code: None,
            proposals: [None, None, None, None],
            proposed_selectors: None,
            agreed_selectors: None,
        };
        told.see(row, intern);
        told
    }

    /// Takes what one more row tells. Most rows come after those that said the same, and cost no more than to see that.
    pub(super) fn see(&mut self, row: &IkeRow<'_>, intern: &mut dyn FnMut(&str) -> Arc<str>) {
        let at = row.time;
        let (sent, received) = (row.direction == "SEND", row.direction == "RECEIVED");
        let init = row.exchange.eq_ignore_ascii_case("SA_INIT");
        let auth = row.exchange.eq_ignore_ascii_case("SA_AUTH");
        let unanswered = init && is_zero(row.r_cookie);
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.messages += 1;
        let local = row.local_ip;
        if !local.is_empty() && self.local_ip.as_deref().is_none_or(|own| local < own) {
            self.local_ip = Some(intern(local));
        }
        earlier(&mut self.remote_port, row.remote_port.map(|port| (at, port)));
        self.nat |= row.remote_port == Some(4500) || row.local_port == Some(4500);
        text(&mut self.i_cookie, at, row.i_cookie, intern);
        earlier(&mut self.ts_id, row.ts_id.filter(|id| *id != 0).map(|id| (at, id)));
        earlier(&mut self.asked, (unanswered && (sent || received)).then_some((at, sent)));
        let answers = init && !unanswered && !row.r_cookie.is_empty() && (received || row.direction == "LOCAL_MSG");
        earlier(&mut self.answered, answers.then_some((at, received)));
        self.init |= init;
        self.auth_sent |= auth && sent;
        self.auth_received |= auth && received;
        self.deleted |= row.event == SA_DELETE;
        // Reading why takes longest, and a later reason does not count.
        if self.failed.as_ref().is_none_or(|(known, _)| at <= *known) {
            let failed = failure::of(row.event, row.error_code, row.close_status, row.notify);
            earlier(&mut self.failed, failed.map(|f| (at, f)));
        }
        text(&mut self.status, at, row.close_status, intern);
        text(&mut self.notify, at, row.notify, intern);
        earlier(&mut self.error_code, row.error_code.map(|code| (at, code)));
        let event = row.event.as_bytes();
        if let Some(start) = POLICIES.find(event) {
            let head = event.get(..start).unwrap_or_default();
            let ipsec = head.windows(5).any(|word| word == b"IPSec" || word == b"IPsec");
            if sent || received {
                let own = &mut self.proposals[usize::from(sent) * 2 + usize::from(ipsec)];
                text(own, at, row.event.get(start..).unwrap_or_default(), intern);
            }
            self.child |= ipsec;
        }
        if SELECTORS.find(event).is_some() {
            let start = FIRST_SELECTOR.find(event).unwrap_or(0);
            let selectors = row.event.get(start..).unwrap_or_default();
            self.child = true;
            if AGREED.find(event).is_some() {
                earlier(&mut self.agreed, Some(at));
                text(&mut self.agreed_selectors, at, selectors, intern);
            } else {
                text(&mut self.proposed_selectors, at, selectors, intern);
            }
        }
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

/// The same of a text, which is made only when it is kept.
fn text(own: &mut Text, at: i64, text: &str, intern: &mut dyn FnMut(&str) -> Arc<str>) {
    if !text.is_empty() && own.as_ref().is_none_or(|(time, known)| (at, text) < (*time, &**known)) {
        *own = Some((at, intern(text)));
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
