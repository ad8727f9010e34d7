//! IKE negotiations: rows of one session, however shuffled, as one row.
//!
//! Rows are pushed one by one and only what they tell is kept, so that memory grows with the negotiations and not with
//! the messages. A row without a session id belongs to the session that has its initiator cookie, else to the nearest
//! negotiation of the same peer and instance; where the log has no sessions at all, to the cookie's, and else to what the
//! peer said in the same minute.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};

use super::failure::{self, Failure, SA_DELETE};
use super::{MINUTE, SECOND};

mod told;

use told::Told;

/// A row of `IKEDiagnosticLog`. Empty texts are those that the message does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IkeRow<'a> {
    /// When it happened.
    pub time: i64,
    /// The gateway.
    pub gateway: &'a str,
    /// The gateway instance.
    pub instance: Option<i32>,
    /// The session's id.
    pub session_id: &'a str,
    /// The peer.
    pub remote_ip: &'a str,
    /// Its UDP port.
    pub remote_port: Option<i32>,
    /// The gateway's address.
    pub local_ip: &'a str,
    /// Its UDP port.
    pub local_port: Option<i32>,
    /// `SEND`, `RECEIVED` or `LOCAL_MSG`.
    pub direction: &'a str,
    /// `SA_INIT`, `SA_AUTH`, `NOTIFY`.
    pub exchange: &'a str,
    /// The message after its addresses.
    pub event: &'a str,
    /// Initiator's cookie.
    pub i_cookie: &'a str,
    /// Responder's cookie.
    pub r_cookie: &'a str,
    /// Number of the traffic selector.
    pub ts_id: Option<i64>,
    /// Why the IKE tunnel was closed.
    pub close_status: &'a str,
    /// The notify.
    pub notify: &'a str,
    /// Windows error code.
    pub error_code: Option<i64>,
}

/// A negotiation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiation {
    /// The gateway.
    pub gateway: Arc<str>,
    /// The session's id; `None` where the rows have none.
    pub session_id: Option<Box<str>>,
    /// The peer.
    pub remote_ip: Arc<str>,
    /// The gateway instance.
    pub instance: Option<i32>,
    /// What its rows tell: much, and it is sorted with others.
    told: Box<Told>,
}

/// A negotiation may go on for this long after it looked established, or fail then: later failures are another matter.
const SAME_TROUBLE: i64 = MINUTE;

impl Negotiation {
    /// The first row.
    pub fn first(&self) -> i64 {
        self.told.first
    }

    /// The last row.
    pub fn last(&self) -> i64 {
        self.told.last
    }

    /// Rows.
    pub fn messages(&self) -> u64 {
        self.told.messages
    }

    /// The gateway's address; empty when no row names it.
    pub fn local_ip(&self) -> &str {
        self.told.local_ip.as_deref().unwrap_or_default()
    }

    /// The initiator's cookie, of the earliest row that has one.
    pub fn i_cookie(&self) -> Option<&str> {
        self.told.i_cookie.as_ref().map(|(_, text)| text.as_ref())
    }

    /// `azure` or `peer`, by who sent the first `SA_INIT` (responder cookie 0), or by the answer to it; `None` where no
    /// `SA_INIT` is, as in the rekeys of child SAs: rows of one moment stand in no order, so who spoke first is not known.
    pub fn initiator(&self) -> Option<&'static str> {
        let name = |azure| if azure { "azure" } else { "peer" };
        let first = self.told.asked.or(self.told.answered);
        first.map(|(_, azure)| name(azure))
    }

    /// `IKEv2` when a row shows one of its exchanges.
    pub fn version(&self) -> Option<&'static str> {
        (self.told.init || self.told.auth_sent || self.told.auth_received).then_some("IKEv2")
    }

    /// The phases that it reached, in order: `init`, `auth`, `child`.
    pub fn phases(&self) -> String {
        let auth = self.told.auth_sent || self.told.auth_received;
        let reached = [("init", self.told.init), ("auth", auth), ("child", self.told.child)];
        reached.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// How it ended.
    pub fn outcome(&self) -> &'static str {
        let established = self.told.agreed.or_else(|| {
            // Both sides' AUTH went through and nothing failed.
            (self.told.auth_sent && self.told.auth_received).then_some(self.told.last)
        });
        match (established, &self.told.failed) {
            (None, Some((_, failure))) => failure.outcome(),
            (Some(at), Some((time, failure))) if time.saturating_sub(at) <= SAME_TROUBLE => failure.outcome(),
            (Some(_), _) => "established",
            (None, None) if self.told.deleted => "deleted",
            (None, None) => match &self.told.status {
                Some((_, status)) if failure::text_is_end(status) => "deleted",
                Some(_) => "other",
                None => "incomplete",
            },
        }
    }

    /// Windows' text for how it ended, or the notify.
    pub fn status(&self) -> Option<&str> {
        self.told.status.as_ref().or(self.told.notify.as_ref()).map(|(_, text)| text.as_ref())
    }

    /// Windows' code for how it ended.
    pub fn error_code(&self) -> Option<i64> {
        self.told.error_code.map(|(_, code)| code)
    }

    /// Whether a row shows port 4500: there is address translation between the two.
    pub fn nat(&self) -> bool {
        self.told.nat
    }

    /// The peer's port, of the earliest row that has one.
    pub fn remote_port(&self) -> Option<i32> {
        self.told.remote_port.map(|(_, port)| port)
    }

    /// Proposals as logged, from `Policy1:` on. Sent or received; IKE (main mode) or IPsec (quick mode).
    pub fn proposals(&self, sent: bool, ipsec: bool) -> Option<&str> {
        self.told.proposals[usize::from(sent) * 2 + usize::from(ipsec)].as_ref().map(|(_, text)| text.as_ref())
    }

    /// Traffic selectors as logged, from `Number of TSIs` on: those agreed on, else those proposed.
    pub fn selectors(&self) -> Option<&str> {
        self.told.agreed_selectors.as_ref().or(self.told.proposed_selectors.as_ref()).map(|(_, text)| text.as_ref())
    }
}

impl Negotiation {
    fn is_of(&self, gateway: &str, session: &str) -> bool {
        self.session_id.as_deref() == Some(session) && *self.gateway == *gateway
    }

    /// Whether an address is to be the peer's: of several the least, since rows come in any order.
    fn takes(&self, remote_ip: &str) -> bool {
        self.remote_ip.is_empty() || (!remote_ip.is_empty() && *remote_ip < *self.remote_ip)
    }
}

/// A row without a session, until all sessions are known.
struct Orphan {
    gateway: Arc<str>,
    remote_ip: Arc<str>,
    instance: Option<i32>,
    told: Told,
}

/// Gateway, peer and instance.
type Peer = (Arc<str>, Arc<str>, Option<i32>);

/// An orphan belongs to a negotiation at most this far away.
const NEAR: i64 = 10 * SECOND;

/// Collects rows.
#[derive(Default)]
pub struct Collector {
    texts: HashSet<Arc<str>>,
    negotiations: Vec<Negotiation>,
    /// Of sessions, by hash of gateway and session: where they stand.
    sessions: HashTable<usize>,
    hasher: DefaultHashBuilder,
    /// The one that the row before belongs to.
    newest: usize,
    orphans: Vec<Orphan>,
    bytes: usize,
}

impl Collector {
    /// About how much memory it holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a row. Rows with neither a session nor a peer, and packets, tell of no negotiation.
    pub fn push(&mut self, row: &IkeRow<'_>) {
        if row.session_id.is_empty() && row.remote_ip.is_empty() {
            return;
        }
        if row.session_id.is_empty() {
            let told = Told::of(row, &mut |text| intern(&mut self.texts, &mut self.bytes, text));
            let (gateway, remote_ip) = (self.text(row.gateway), self.text(row.remote_ip));
            self.bytes += size_of::<Orphan>();
            self.orphans.push(Orphan { gateway, remote_ip, instance: row.instance, told });
            return;
        }
        let session: Cow<'_, str> = match row.session_id.bytes().any(|b| b.is_ascii_uppercase()) {
            true => row.session_id.to_ascii_lowercase().into(),
            false => row.session_id.into(),
        };
        // Neighbours mostly are of one session.
        if !self.negotiations.get(self.newest).is_some_and(|n| n.is_of(row.gateway, &session)) {
            let (place, is_new) = self.place(row.gateway, &session);
            self.newest = place;
            if is_new {
                self.bytes += size_of::<Negotiation>() + size_of::<Told>() + session.len() + 64;
                let gateway = intern(&mut self.texts, &mut self.bytes, row.gateway);
                let remote_ip = intern(&mut self.texts, &mut self.bytes, row.remote_ip);
                let session_id = Some(session.into());
                let told = Box::new(Told::of(row, &mut |text| intern(&mut self.texts, &mut self.bytes, text)));
                let new = Negotiation { gateway, session_id, remote_ip, instance: row.instance, told };
                self.negotiations.push(new);
                return;
            }
        }
        let Some(known) = self.negotiations.get_mut(self.newest) else { return };
        if known.takes(row.remote_ip) {
            known.remote_ip = intern(&mut self.texts, &mut self.bytes, row.remote_ip);
        }
        known.instance = known.instance.into_iter().chain(row.instance).min();
        known.told.see(row, &mut |text| intern(&mut self.texts, &mut self.bytes, text));
    }

    /// Takes what another one has collected.
    pub fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.orphans.extend(other.orphans);
        for new in other.negotiations {
            let (place, is_new) = self.place(&new.gateway, new.session_id.as_deref().unwrap_or_default());
            if is_new {
                self.negotiations.push(new);
                continue;
            }
            let Some(known) = self.negotiations.get_mut(place) else { continue };
            if known.takes(&new.remote_ip) {
                known.remote_ip = new.remote_ip;
            }
            known.instance = known.instance.into_iter().chain(new.instance).min();
            known.told.add(*new.told);
        }
    }

    /// Where a session stands, or is to be put now: whether that is so.
    fn place(&mut self, gateway: &str, session: &str) -> (usize, bool) {
        let Self { sessions, negotiations, hasher, .. } = self;
        let hash = |gateway: &str, session: &str| hasher.hash_one((gateway, session));
        let entry = sessions.entry(
            hash(gateway, session),
            |at| negotiations.get(*at).is_some_and(|n| n.is_of(gateway, session)),
            |at| negotiations.get(*at).map_or(0, |n| hash(&n.gateway, n.session_id.as_deref().unwrap_or_default())),
        );
        match entry {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(free) => (*free.insert(negotiations.len()).get(), true),
        }
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        intern(&mut self.texts, &mut self.bytes, text)
    }

    /// Every negotiation, by first row, gateway, peer and session.
    pub fn finish(self) -> Vec<Negotiation> {
        let mut all = ordered(self.negotiations);
        if self.orphans.is_empty() {
            return all;
        }
        let rest = by_cookie(&mut all, self.orphans);
        let rest = by_time(&mut all, rest);
        by_peer(&mut all, rest);
        ordered(all)
    }
}

fn intern(texts: &mut HashSet<Arc<str>>, bytes: &mut usize, text: &str) -> Arc<str> {
    if let Some(known) = texts.get(text) {
        return Arc::clone(known);
    }
    let new: Arc<str> = text.into();
    *bytes += text.len() + 48;
    texts.insert(Arc::clone(&new));
    new
}

/// By first row, and whatever else tells them apart. In place, since there may be very many.
fn ordered(mut all: Vec<Negotiation>) -> Vec<Negotiation> {
    // Times, which are near at hand, nearly always decide.
    let times = |n: &Negotiation| (n.told.first, n.told.last, n.instance);
    all.sort_by_cached_key(times);
    for same in all.chunk_by_mut(|a, b| times(a) == times(b)).filter(|same| same.len() > 1) {
        same.sort_unstable_by(|a, b| {
            let names = (&a.gateway, &a.remote_ip, &a.session_id).cmp(&(&b.gateway, &b.remote_ip, &b.session_id));
            names.then_with(|| a.i_cookie().cmp(&b.i_cookie()))
        });
    }
    all
}

/// Gives orphans with a cookie to the session that has it; what is left of those make a negotiation a cookie.
fn by_cookie(all: &mut Vec<Negotiation>, orphans: Vec<Orphan>) -> Vec<Orphan> {
    let mut index: HashMap<(Arc<str>, Arc<str>), usize> = HashMap::new();
    for (i, n) in all.iter().enumerate() {
        if let Some((_, cookie)) = &n.told.i_cookie {
            index.entry((Arc::clone(&n.gateway), Arc::clone(cookie))).or_insert(i);
        }
    }
    let mut rest = Vec::new();
    for orphan in orphans {
        let Some((_, cookie)) = orphan.told.i_cookie.clone() else {
            rest.push(orphan);
            continue;
        };
        let key = (Arc::clone(&orphan.gateway), cookie);
        match index.get(&key).and_then(|i| all.get_mut(*i)) {
            Some(known) => known.told.add(orphan.told),
            None => {
                index.insert(key, all.len());
                all.push(alone(orphan));
            }
        }
    }
    rest
}

fn alone(orphan: Orphan) -> Negotiation {
    let Orphan { gateway, remote_ip, instance, told } = orphan;
    Negotiation { gateway, session_id: None, remote_ip, instance, told: Box::new(told) }
}

/// Gives orphans to the nearest negotiation of their peer and instance, rather one with the same traffic selector.
fn by_time(all: &mut [Negotiation], orphans: Vec<Orphan>) -> Vec<Orphan> {
    type Span = (i64, i64, Option<i64>, usize);
    let mut index: HashMap<Peer, (Vec<Span>, i64)> = HashMap::new();
    for (i, n) in all.iter().enumerate() {
        let key = (Arc::clone(&n.gateway), Arc::clone(&n.remote_ip), n.instance);
        let (list, longest) = index.entry(key).or_default();
        list.push((n.told.first, n.told.last, n.told.ts_id.map(|(_, id)| id), i));
        *longest = (*longest).max(n.told.last - n.told.first).min(10 * MINUTE);
    }
    for (list, _) in index.values_mut() {
        list.sort_unstable();
    }
    let mut rest = Vec::new();
    // The spans are those without orphans, so that the order in which orphans come does not matter.
    for orphan in orphans {
        let (at, ts) = (orphan.told.first, orphan.told.ts_id.map(|(_, id)| id));
        let key = (Arc::clone(&orphan.gateway), Arc::clone(&orphan.remote_ip), orphan.instance);
        let Some((list, longest)) = index.get(&key) else {
            rest.push(orphan);
            continue;
        };
        let from = list.partition_point(|(first, ..)| *first < at - longest - NEAR);
        let near = list.iter().skip(from).take_while(|(first, ..)| *first <= at + NEAR);
        let distance = |first: i64, last: i64| (first - at).max(at - last).max(0);
        let best = near
            .map(|(first, last, id, i)| {
                let other = ts.is_some() && id.is_some() && *id != ts;
                // Of several that go on, the one that began last.
                (other, distance(*first, *last), std::cmp::Reverse(*first), *i)
            })
            .filter(|(_, distance, ..)| *distance <= NEAR)
            .min();
        match best.and_then(|(.., i)| all.get_mut(i)) {
            Some(known) => known.told.add(orphan.told),
            None => rest.push(orphan),
        }
    }
    rest
}

/// Makes negotiations of what a peer said without a pause of a minute.
fn by_peer(all: &mut Vec<Negotiation>, orphans: Vec<Orphan>) {
    let mut peers: BTreeMap<Peer, Vec<Orphan>> = BTreeMap::new();
    for orphan in orphans {
        let key = (Arc::clone(&orphan.gateway), Arc::clone(&orphan.remote_ip), orphan.instance);
        peers.entry(key).or_default().push(orphan);
    }
    for mut list in peers.into_values() {
        list.sort_by_key(|o| o.told.first);
        let mut open: Option<Negotiation> = None;
        for orphan in list {
            match &mut open {
                Some(n) if orphan.told.first - n.told.last <= MINUTE => n.told.add(orphan.told),
                _ => all.extend(open.replace(alone(orphan))),
            }
        }
        all.extend(open);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
