//! IKE negotiations: rows of one session, however shuffled, as one row.
//!
//! Rows are pushed one by one and only what they tell is kept, so that memory grows with the negotiations and not with
//! the messages. A row without a session id belongs to the session that has its initiator cookie, else to the nearest
//! negotiation of the same peer and instance; where the log has no sessions at all, to the cookie's, and else to what the
//! peer said in the same minute.
#![expect(
    clippy::vec_box,
    reason = "there may be a million: a list that grows, is joined or sorted moves addresses alone"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::failure::{self, Failure, SA_DELETE};
use super::{MINUTE, SECOND};

mod texts;
mod told;

use texts::{Moved, Text, Texts};
use told::{Said, Told};

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

/// Negotiations, by first row, gateway, peer and session.
#[derive(Debug, Clone, Default)]
pub struct Negotiations {
    texts: Texts,
    all: Vec<Box<Known>>,
}

impl Negotiations {
    /// Each in its turn.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Negotiation<'_>> + Clone {
        self.all.iter().map(|known| Negotiation { texts: &self.texts, known })
    }
}

/// A negotiation.
#[derive(Debug, Clone, Copy)]
pub struct Negotiation<'a> {
    texts: &'a Texts,
    known: &'a Known,
}

/// What is known of a negotiation, or of a row without a session until all sessions are known.
#[derive(Debug, Clone)]
struct Known {
    gateway: Text,
    session_id: Text,
    remote_ip: Text,
    instance: Option<i32>,
    told: Told,
}

/// A negotiation may go on for this long after it looked established, or fail then: later failures are another matter.
const SAME_TROUBLE: i64 = MINUTE;

impl<'a> Negotiation<'a> {
    fn text(self, said: Said) -> Option<&'a str> {
        let text = self.known.told.text(said);
        text.is_some().then(|| self.texts.get(text))
    }

    /// The gateway.
    pub fn gateway(self) -> &'a str {
        self.texts.get(self.known.gateway)
    }

    /// The session's id; `None` where the rows have none.
    pub fn session_id(self) -> Option<&'a str> {
        self.known.session_id.is_some().then(|| self.texts.get(self.known.session_id))
    }

    /// The peer.
    pub fn remote_ip(self) -> &'a str {
        self.texts.get(self.known.remote_ip)
    }

    /// The gateway instance.
    pub fn instance(self) -> Option<i32> {
        self.known.instance
    }

    /// The first row.
    pub fn first(self) -> i64 {
        self.known.told.first
    }

    /// The last row.
    pub fn last(self) -> i64 {
        self.known.told.last
    }

    /// Rows.
    pub fn messages(self) -> u64 {
        self.known.told.messages
    }

    /// The gateway's address; empty when no row names it.
    pub fn local_ip(self) -> &'a str {
        self.texts.get(self.known.told.local_ip)
    }

    /// The initiator's cookie, of the earliest row that has one.
    pub fn i_cookie(self) -> Option<&'a str> {
        self.text(Said::Cookie)
    }

    /// `azure` or `peer`, by who sent the first `SA_INIT` (responder cookie 0), or by the answer to it; `None` where no
    /// `SA_INIT` is, as in the rekeys of child SAs: rows of one moment stand in no order, so who spoke first is not known.
    pub fn initiator(self) -> Option<&'static str> {
        let name = |azure| if azure { "azure" } else { "peer" };
        self.known.told.asked.value().or(self.known.told.answered.value()).map(name)
    }

    /// `IKEv2` when a row shows one of its exchanges.
    pub fn version(self) -> Option<&'static str> {
        let told = &self.known.told;
        (told.init || told.auth_sent || told.auth_received).then_some("IKEv2")
    }

    /// The phases that it reached, in order: `init`, `auth`, `child`.
    pub fn phases(self) -> String {
        let told = &self.known.told;
        let reached = [("init", told.init), ("auth", told.auth_sent || told.auth_received), ("child", told.child)];
        reached.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// How it ended.
    pub fn outcome(self) -> &'static str {
        let told = &self.known.told;
        let agreed = told.agreed.get().map(|(at, ())| at);
        // Both sides' AUTH went through and nothing failed.
        let established = agreed.or((told.auth_sent && told.auth_received).then_some(told.last));
        let failed = told.failed.get().and_then(|(at, failure)| Some((at, failure?)));
        match (established, failed) {
            (None, Some((_, failure))) => failure.outcome(),
            (Some(at), Some((time, failure))) if time.saturating_sub(at) <= SAME_TROUBLE => failure.outcome(),
            (Some(_), _) => "established",
            (None, None) if told.deleted => "deleted",
            (None, None) => match self.text(Said::Status) {
                Some(status) if failure::text_is_end(status) => "deleted",
                Some(_) => "other",
                None => "incomplete",
            },
        }
    }

    /// Windows' text for how it ended, or the notify.
    pub fn status(self) -> Option<&'a str> {
        self.text(Said::Status).or_else(|| self.text(Said::Notify))
    }

    /// Windows' code for how it ended.
    pub fn error_code(self) -> Option<i64> {
        self.known.told.error_code.value()
    }

    /// Whether a row shows port 4500: there is address translation between the two.
    pub fn nat(self) -> bool {
        self.known.told.nat
    }

    /// The peer's port, of the earliest row that has one.
    pub fn remote_port(self) -> Option<i32> {
        self.known.told.remote_port.value()
    }

    /// Proposals as logged, from `Policy1:` on. Sent or received; IKE (main mode) or IPsec (quick mode).
    pub fn proposals(self, sent: bool, ipsec: bool) -> Option<&'a str> {
        self.text(Said::proposals(sent, ipsec))
    }

    /// Traffic selectors as logged, from `Number of TSIs` on: those agreed on, else those proposed.
    pub fn selectors(self) -> Option<&'a str> {
        self.text(Said::AgreedSelectors).or_else(|| self.text(Said::ProposedSelectors))
    }
}

impl Known {
    fn of(row: &IkeRow<'_>, gateway: Text, session_id: Text, texts: &mut Texts) -> Box<Self> {
        Box::new(Self {
            gateway,
            session_id,
            remote_ip: texts.keep(row.remote_ip),
            instance: row.instance,
            told: Told::of(row, texts),
        })
    }

    fn is_of(&self, gateway: &str, session: &str, texts: &Texts) -> bool {
        texts.get(self.session_id) == session && texts.get(self.gateway) == gateway
    }

    /// Takes what a part of the same session, with the same texts, is known for.
    fn add(&mut self, other: &Self, texts: &Texts) {
        if texts.is_less(texts.get(other.remote_ip), self.remote_ip) {
            self.remote_ip = other.remote_ip;
        }
        self.instance = self.instance.into_iter().chain(other.instance).min();
        self.told.add(&other.told, texts);
    }

    fn peer(&self) -> Peer {
        (self.gateway, self.remote_ip, self.instance)
    }
}

/// Gateway, peer and instance.
type Peer = (Text, Text, Option<i32>);

/// An orphan belongs to a negotiation at most this far away.
const NEAR: i64 = 10 * SECOND;

/// Collects rows.
#[derive(Debug, Default)]
pub struct Collector {
    texts: Texts,
    all: Vec<Box<Known>>,
    /// Of sessions, by gateway and session: where they stand.
    sessions: HashMap<(Text, Text), usize>,
    /// The one that the row before belongs to.
    newest: usize,
    /// Rows without a session.
    orphans: Vec<Box<Known>>,
}

impl Collector {
    /// About how much memory it holds.
    pub fn bytes(&self) -> usize {
        let each = size_of::<Known>() + size_of::<Box<Known>>();
        let sessions = self.sessions.capacity() * (size_of::<(Text, Text, usize)>() + 1);
        self.texts.bytes() + (self.all.len() + self.orphans.len()) * each + sessions
    }

    /// Adds a row. Rows with neither a session nor a peer, and packets, tell of no negotiation.
    pub fn push(&mut self, row: &IkeRow<'_>) {
        if row.session_id.is_empty() {
            if !row.remote_ip.is_empty() {
                let gateway = self.texts.keep(row.gateway);
                self.orphans.push(Known::of(row, gateway, Text::NONE, &mut self.texts));
            }
            return;
        }
        let session: Cow<'_, str> = match row.session_id.bytes().any(|b| b.is_ascii_uppercase()) {
            true => row.session_id.to_ascii_lowercase().into(),
            false => row.session_id.into(),
        };
        // Neighbours mostly are of one session.
        if !self.all.get(self.newest).is_some_and(|n| n.is_of(row.gateway, &session, &self.texts)) {
            let (gateway, session_id) = (self.texts.keep(row.gateway), self.texts.keep(&session));
            match self.sessions.entry((gateway, session_id)) {
                Entry::Occupied(known) => self.newest = *known.get(),
                Entry::Vacant(free) => {
                    self.newest = *free.insert(self.all.len());
                    self.all.push(Known::of(row, gateway, session_id, &mut self.texts));
                    return;
                }
            }
        }
        let Some(known) = self.all.get_mut(self.newest) else { return };
        if self.texts.is_less(row.remote_ip, known.remote_ip) {
            known.remote_ip = self.texts.keep(row.remote_ip);
        }
        known.instance = known.instance.into_iter().chain(row.instance).min();
        known.told.see(row, &mut self.texts);
    }

    /// Takes what another one has collected.
    pub fn add(&mut self, other: Self) {
        let mut moved = Moved::new(&other.texts, &mut self.texts);
        let mut renumber = |known: &mut Known| {
            known.gateway = moved.number(known.gateway);
            known.session_id = moved.number(known.session_id);
            known.remote_ip = moved.number(known.remote_ip);
            known.told.renumber(&mut moved);
        };
        let (mut all, mut orphans) = (other.all, other.orphans);
        all.iter_mut().chain(&mut orphans).for_each(|known| renumber(known));
        self.orphans.append(&mut orphans);
        for new in all {
            match self.sessions.entry((new.gateway, new.session_id)) {
                Entry::Occupied(known) => {
                    if let Some(known) = self.all.get_mut(*known.get()) {
                        known.add(&new, &self.texts);
                    }
                }
                Entry::Vacant(free) => {
                    free.insert(self.all.len());
                    self.all.push(new);
                }
            }
        }
    }

    /// Every negotiation.
    pub fn finish(self) -> Negotiations {
        let Self { texts, mut all, orphans, .. } = self;
        if !orphans.is_empty() {
            order(&mut all, &texts);
            let rest = by_cookie(&mut all, orphans, &texts);
            let rest = by_time(&mut all, rest, &texts);
            by_peer(&mut all, rest, &texts);
        }
        order(&mut all, &texts);
        Negotiations { texts, all }
    }
}

/// By first row, and whatever else tells them apart.
fn order(all: &mut [Box<Known>], texts: &Texts) {
    // Times, which are near at hand, nearly always decide.
    let times = |n: &Known| (n.told.first, n.told.last, n.instance);
    all.sort_by_cached_key(|n| times(n));
    for same in all.chunk_by_mut(|a, b| times(a) == times(b)).filter(|same| same.len() > 1) {
        let names = |n: &Known| [n.gateway, n.remote_ip, n.session_id, n.told.text(Said::Cookie)].map(|t| texts.get(t));
        same.sort_unstable_by(|a, b| names(a).cmp(&names(b)));
    }
}

/// Gives orphans with a cookie to the session that has it; what is left of those make a negotiation a cookie.
fn by_cookie(all: &mut Vec<Box<Known>>, orphans: Vec<Box<Known>>, texts: &Texts) -> Vec<Box<Known>> {
    let key =
        |known: &Known| Some((known.gateway, known.told.text(Said::Cookie))).filter(|(_, cookie)| cookie.is_some());
    let mut index: HashMap<(Text, Text), usize> = HashMap::new();
    for (i, n) in all.iter().enumerate() {
        if let Some(key) = key(n) {
            index.entry(key).or_insert(i);
        }
    }
    let mut rest = Vec::new();
    for orphan in orphans {
        let Some(key) = key(&orphan) else {
            rest.push(orphan);
            continue;
        };
        match index.get(&key).and_then(|i| all.get_mut(*i)) {
            Some(known) => known.told.add(&orphan.told, texts),
            None => {
                index.insert(key, all.len());
                all.push(orphan);
            }
        }
    }
    rest
}

/// Gives orphans to the nearest negotiation of their peer and instance, rather one with the same traffic selector.
fn by_time(all: &mut [Box<Known>], orphans: Vec<Box<Known>>, texts: &Texts) -> Vec<Box<Known>> {
    type Span = (i64, i64, Option<i64>, usize);
    let mut index: HashMap<Peer, (Vec<Span>, i64)> = HashMap::new();
    for (i, n) in all.iter().enumerate() {
        let (list, longest) = index.entry(n.peer()).or_default();
        list.push((n.told.first, n.told.last, n.told.ts_id.value(), i));
        *longest = (*longest).max(n.told.last - n.told.first).min(10 * MINUTE);
    }
    for (list, _) in index.values_mut() {
        list.sort_unstable();
    }
    let mut rest = Vec::new();
    // The spans are those without orphans, so that the order in which orphans come does not matter.
    for orphan in orphans {
        let (at, ts) = (orphan.told.first, orphan.told.ts_id.value());
        let Some((list, longest)) = index.get(&orphan.peer()) else {
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
            Some(known) => known.told.add(&orphan.told, texts),
            None => rest.push(orphan),
        }
    }
    rest
}

/// Makes negotiations of what a peer said without a pause of a minute.
fn by_peer(all: &mut Vec<Box<Known>>, orphans: Vec<Box<Known>>, texts: &Texts) {
    let mut peers: BTreeMap<Peer, Vec<Box<Known>>> = BTreeMap::new();
    for orphan in orphans {
        peers.entry(orphan.peer()).or_default().push(orphan);
    }
    for mut list in peers.into_values() {
        list.sort_by_key(|o| o.told.first);
        let mut open: Option<Box<Known>> = None;
        for orphan in list {
            match &mut open {
                Some(n) if orphan.told.first - n.told.last <= MINUTE => n.told.add(&orphan.told, texts),
                _ => all.extend(open.replace(orphan)),
            }
        }
        all.extend(open);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
