//! What rows of a negotiation tell. Adding is commutative: earlier wins, and of one moment the smaller text.
//!
//! There may be a million of these at a time, so that each field counts.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::texts::{Moved, Text, Texts};
use super::{Failure, IkeRow, SA_DELETE, failure};

/// What is looked for in every row or in many, prepared once.
static POLICIES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Policy1:"));
static SELECTORS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Traffic Selector payload"));
static FIRST_SELECTOR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Number of TSI"));
static AGREED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("(Final Negotiated)"));

/// What the earliest row says that says something; of one moment the least. Packed, since alignment would make it larger
/// by a third.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
pub(super) struct Earliest<T: Copy> {
    /// [`NEVER`] where no row says anything.
    at: i64,
    value: T,
}

/// No log is of the year 2262.
const NEVER: i64 = i64::MAX;

impl<T: Copy + Default> Default for Earliest<T> {
    fn default() -> Self {
        Self { at: NEVER, value: T::default() }
    }
}

impl<T: Copy> Earliest<T> {
    /// When it was said, and what.
    pub(super) fn get(self) -> Option<(i64, T)> {
        (self.at != NEVER).then_some((self.at, self.value))
    }

    /// What was said.
    pub(super) fn value(self) -> Option<T> {
        self.get().map(|(_, value)| value)
    }
}

impl<T: Copy + Ord> Earliest<T> {
    fn see(&mut self, at: i64, value: T) {
        if (at, value) < (self.at, self.value) {
            *self = Self { at, value };
        }
    }

    fn add(&mut self, other: Self) {
        self.see(other.at, other.value);
    }
}

impl Earliest<Text> {
    /// A text is kept only when it wins.
    fn see_text(&mut self, at: i64, text: &str, texts: &mut Texts) {
        let known = self.at;
        if !text.is_empty() && (at < known || (at == known && text < texts.get(self.value))) {
            *self = Self { at, value: texts.keep(text) };
        }
    }

    fn add_text(&mut self, other: Self, texts: &Texts) {
        let (known, at) = (self.at, other.at);
        if at < known || (at == known && texts.get(other.value) < texts.get(self.value)) {
            *self = other;
        }
    }
}

/// Texts that a negotiation has the earliest of. One list, so that all are joined and moved in one place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Said {
    Cookie,
    Status,
    Notify,
    ProposedSelectors,
    AgreedSelectors,
    // Proposals, received or sent, for IKE or for IPsec.
    ReceivedIke,
    ReceivedIpsec,
    SentIke,
    SentIpsec,
}

impl Said {
    const ALL: usize = 9;

    /// Proposals.
    pub(super) fn proposals(sent: bool, ipsec: bool) -> Self {
        match (sent, ipsec) {
            (false, false) => Self::ReceivedIke,
            (false, true) => Self::ReceivedIpsec,
            (true, false) => Self::SentIke,
            (true, true) => Self::SentIpsec,
        }
    }
}

/// What one row or many tell.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) messages: u64,
    texts: [Earliest<Text>; Said::ALL],
    pub(super) local_ip: Text,
    pub(super) remote_port: Earliest<i32>,
    pub(super) ts_id: Earliest<i64>,
    /// The first `SA_INIT` without a responder cookie; whether Azure sent it.
    pub(super) asked: Earliest<bool>,
    /// The answer to it; whether Azure had asked.
    pub(super) answered: Earliest<bool>,
    /// Traffic selectors were agreed on: the child SA stands.
    pub(super) agreed: Earliest<()>,
    pub(super) failed: Earliest<Option<Failure>>,
    pub(super) error_code: Earliest<i64>,
    pub(super) nat: bool,
    pub(super) init: bool,
    pub(super) auth_sent: bool,
    pub(super) auth_received: bool,
    pub(super) child: bool,
    pub(super) deleted: bool,
}

/// `0x0`, whatever its length.
fn is_zero(cookie: &str) -> bool {
    let digits = cookie.strip_prefix("0x").or_else(|| cookie.strip_prefix("0X")).unwrap_or(cookie);
    !digits.is_empty() && digits.bytes().all(|b| b == b'0')
}

impl Told {
    /// What a row tells.
    pub(super) fn of(row: &IkeRow<'_>, texts: &mut Texts) -> Self {
        let mut told = Self {
            first: row.time,
            last: row.time,
            messages: 0,
            texts: [Earliest::default(); Said::ALL],
            local_ip: Text::NONE,
            remote_port: Earliest::default(),
            ts_id: Earliest::default(),
            asked: Earliest::default(),
            answered: Earliest::default(),
            agreed: Earliest::default(),
            failed: Earliest::default(),
            error_code: Earliest::default(),
            nat: false,
            init: false,
            auth_sent: false,
            auth_received: false,
            child: false,
            deleted: false,
        };
        told.see(row, texts);
        told
    }

    /// The earliest of a text.
    pub(super) fn text(&self, said: Said) -> Text {
        self.texts[said as usize].value().unwrap_or_default()
    }

    /// Takes what one more row tells. Most rows come after those that said the same, and cost no more than to see that.
    pub(super) fn see(&mut self, row: &IkeRow<'_>, texts: &mut Texts) {
        let at = row.time;
        let (sent, received) = (row.direction == "SEND", row.direction == "RECEIVED");
        let init = row.exchange.eq_ignore_ascii_case("SA_INIT");
        let auth = row.exchange.eq_ignore_ascii_case("SA_AUTH");
        let unanswered = init && is_zero(row.r_cookie);
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.messages += 1;
        if texts.is_less(row.local_ip, self.local_ip) {
            self.local_ip = texts.keep(row.local_ip);
        }
        if let Some(port) = row.remote_port {
            self.remote_port.see(at, port);
        }
        self.nat |= row.remote_port == Some(4500) || row.local_port == Some(4500);
        if let Some(id) = row.ts_id.filter(|id| *id != 0) {
            self.ts_id.see(at, id);
        }
        if unanswered && (sent || received) {
            self.asked.see(at, sent);
        }
        if init && !unanswered && !row.r_cookie.is_empty() && (received || row.direction == "LOCAL_MSG") {
            self.answered.see(at, received);
        }
        self.init |= init;
        self.auth_sent |= auth && sent;
        self.auth_received |= auth && received;
        self.deleted |= row.event == SA_DELETE;
        // Reading why takes longest, and a later reason does not count.
        if at <= self.failed.at {
            let failed = failure::read(row.event, row.error_code, [row.close_status, row.notify], |t| texts.failure(t));
            if failed.is_some() {
                self.failed.see(at, failed);
            }
        }
        if let Some(code) = row.error_code {
            self.error_code.see(at, code);
        }
        let mut say = |said: Said, text: &str| self.texts[said as usize].see_text(at, text, texts);
        say(Said::Cookie, row.i_cookie);
        say(Said::Status, row.close_status);
        say(Said::Notify, row.notify);
        let event = row.event.as_bytes();
        if let Some(start) = POLICIES.find(event) {
            let head = event.get(..start).unwrap_or_default();
            let ipsec = head.windows(5).any(|word| word == b"IPSec" || word == b"IPsec");
            if sent || received {
                say(Said::proposals(sent, ipsec), row.event.get(start..).unwrap_or_default());
            }
            self.child |= ipsec;
        }
        if SELECTORS.find(event).is_some() {
            let start = FIRST_SELECTOR.find(event).unwrap_or(0);
            let selectors = row.event.get(start..).unwrap_or_default();
            self.child = true;
            if AGREED.find(event).is_some() {
                self.agreed.see(at, ());
                say(Said::AgreedSelectors, selectors);
            } else {
                say(Said::ProposedSelectors, selectors);
            }
        }
    }

    /// Takes what `other`, with the same texts, tells.
    pub(super) fn add(&mut self, other: &Self, texts: &Texts) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.messages += other.messages;
        for (own, other) in self.texts.iter_mut().zip(other.texts) {
            own.add_text(other, texts);
        }
        if texts.is_less(texts.get(other.local_ip), self.local_ip) {
            self.local_ip = other.local_ip;
        }
        self.remote_port.add(other.remote_port);
        self.ts_id.add(other.ts_id);
        self.asked.add(other.asked);
        self.answered.add(other.answered);
        self.agreed.add(other.agreed);
        self.failed.add(other.failed);
        self.error_code.add(other.error_code);
        self.nat |= other.nat;
        self.init |= other.init;
        self.auth_sent |= other.auth_sent;
        self.auth_received |= other.auth_received;
        self.child |= other.child;
        self.deleted |= other.deleted;
    }

    /// Turns the numbers of texts into those of others.
    pub(super) fn renumber(&mut self, moved: &mut Moved<'_>) {
        self.local_ip = moved.number(self.local_ip);
        for text in &mut self.texts {
            text.value = moved.number(text.value);
        }
    }
}
