//! Spells out negotiations: who says what, in which family of messages, and when.

use crate::model::{TICKS_PER_SECOND as SECOND, Ticks};

use super::format::{MILLI, decimal, hex, text};
use super::ike_text::{
    Ends, MAIN_CHOICES, MAIN_MISFITS, MAIN_OFFER, QUICK_CHOICES, QUICK_OFFER, error_text, selector_list,
};
use super::plan::{Gateway, Header, Outcome, Peer, Phase};
use super::rng::{Rng, mix_all};
use super::rows::{Level, Rows};

/// What spelling out needs to know.
pub(super) struct Scene<'a> {
    pub(super) seed: u64,
    pub(super) gateway: &'a Gateway,
    pub(super) ends: &'a Ends,
    /// Only rows of `from..to` are kept.
    pub(super) from: Ticks,
    pub(super) to: Ticks,
    /// No row is earlier or later than the simulation.
    pub(super) bounds: (Ticks, Ticks),
}

/// Times of the first and the last row that carries the session; `None` when there is no such row.
pub(super) type Span = Option<(Ticks, Ticks)>;

/// Spells out a negotiation: the same rows for the same header, whatever part of them is kept.
pub(super) fn spell(rows: &mut Rows, scene: &Scene<'_>, header: &Header) -> Span {
    let peer = scene.gateway.peers.get(header.peer)?;
    let mut rng = Rng::stream(scene.seed, &[scene.gateway.index, 6, header.uid]);
    let kept = rows.list.len();
    // What belongs to the peer stays with the peer from one negotiation to the next.
    let habit = mix_all(&[scene.seed, scene.gateway.index, header.peer as u64]);
    let mut talk = Talk {
        session: scene.gateway.session(scene.seed, header.uid),
        tunnel: 1 + header.peer as u64 * 2 + u64::from(header.instance),
        ts: 0x20 + rng.below(0x800),
        cookies: (rng.bits(), rng.bits()),
        now: header.start,
        rng,
        rows,
        scene,
        header,
        peer,
        habit,
        span: None,
    };
    match header.phase {
        Phase::Main => talk.main(),
        Phase::Child => talk.child(),
        Phase::Delete(code) => talk.delete(code),
    }
    let span = talk.span;
    rows.cut(kept, scene.from, scene.to);
    span
}

struct Talk<'a> {
    rows: &'a mut Rows,
    scene: &'a Scene<'a>,
    header: &'a Header,
    peer: &'a Peer,
    session: [u8; 36],
    tunnel: u64,
    ts: u64,
    cookies: (u64, u64),
    now: Ticks,
    habit: u64,
    span: Span,
    rng: Rng,
}

impl Talk<'_> {
    /// A time for the next row: close to the last one, often cut to the millisecond, now and then out of order.
    fn time(&mut self) -> Ticks {
        self.now += self.rng.range(0, MILLI / 3);
        let mut at = self.now;
        let draw = self.rng.below(100);
        if draw < 15 {
            at -= self.rng.range(0, 2 * MILLI);
        }
        if draw.is_multiple_of(2) {
            at -= at.rem_euclid(MILLI);
        }
        at.clamp(self.scene.bounds.0, self.scene.bounds.1 - 1)
    }

    fn wait_for_peer(&mut self) {
        self.now += self.peer.round_trip + self.rng.range(0, self.peer.round_trip / 3 + MILLI);
    }

    fn seen(&mut self, at: Ticks) {
        self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }

    fn say(&mut self, body: impl FnOnce(&mut Vec<u8>)) {
        self.say_at(Level::Info, body);
    }

    fn say_at(&mut self, level: Level, body: impl FnOnce(&mut Vec<u8>)) {
        let mut at = self.time();
        let (ends, session, instance) = (self.scene.ends, self.session, self.header.instance);
        // Some rows come without the session, but not those that tell who began and how it ended.
        let whole = self.header.phase != Phase::Main || level == Level::Error || self.span.is_none();
        if !whole && self.rng.below(100) < 5 {
            at += self.rng.range(0, MILLI);
            let at = at.min(self.scene.bounds.1 - 1);
            self.rows.push_unique(at, instance, level, |out| {
                text(out, ends.classic.trim_start());
                body(out);
            });
            return;
        }
        self.seen(at);
        self.rows.push(at, instance, level, |out| {
            text(out, "SESSION_ID :{");
            out.extend_from_slice(&session);
            text(out, "}");
            text(out, &ends.classic);
            body(out);
        });
    }

    fn bare(&mut self, mode: &'static str, code: u64) {
        let at = self.time() + self.rng.range(0, MILLI);
        let at = at.min(self.scene.bounds.1 - 1);
        let flags = [0xA, 0xB, 0x2][self.rng.below(3) as usize];
        self.rows.push_unique(at, self.header.instance, Level::Error, |out| {
            text(out, "IkeCleanup");
            text(out, mode);
            text(out, "Negotiation called with error ");
            decimal(out, code);
            text(out, " and flags ");
            out.push(b"0123456789abcdef"[flags]);
        });
    }

    fn structured(&mut self, event: &str, sa: &str, established: bool, code: u64, message: &str) {
        let at = self.time();
        self.seen(at);
        let inbound = self.rng.chance(0.5);
        let code_in_hex = self.rng.below(10) == 0;
        let (ends, session, tunnel, ts) = (self.scene.ends, self.session, self.tunnel, self.ts);
        self.rows.push(at, self.header.instance, Level::Error, |out| {
            text(out, "(Error)[Remote] ");
            text(out, &ends.remote);
            text(out, " [Local] ");
            text(out, &ends.local);
            text(out, " [SESSION_ID] {");
            out.extend_from_slice(&session);
            text(out, "} [ConnType] IKEv2-S2S [TunnelId] ");
            decimal(out, tunnel);
            text(out, " [TSId] ");
            decimal(out, if sa == "QM_SA" { ts } else { 0 });
            text(out, " [IkeEvent] ");
            text(out, event);
            text(out, " [SA_type] ");
            text(out, sa);
            text(out, if inbound { " [FailureDirection] Inbound" } else { " [FailureDirection] Outbound" });
            text(out, if established { " [SAEstablished] true" } else { " [SAEstablished] false" });
            text(out, " [ErrorCode] ");
            if code_in_hex {
                hex(out, code);
            } else {
                decimal(out, code);
            }
            text(out, " [ErrorMessage] ");
            text(out, message);
            out.push(b'.');
        });
    }

    // ---- dialogues ----

    fn main(&mut self) {
        let outcome = self.header.outcome;
        if self.header.azure_initiates {
            self.init_by_azure(outcome)
        } else {
            self.init_by_peer(outcome)
        }
        match outcome {
            Outcome::TimedOut | Outcome::PolicyMismatch => self.fail(outcome),
            Outcome::AuthFailed | Outcome::TrafficSelectors => {
                self.auth(false);
                self.fail(outcome);
            }
            Outcome::Established => self.auth(true),
        }
    }

    fn init_by_azure(&mut self, outcome: Outcome) {
        let (tunnel, (mine, theirs)) = (self.tunnel, self.cookies);
        let tries = if outcome == Outcome::TimedOut { 4 } else { 1 };
        for n in 0..tries {
            self.say(|out| {
                text(out, "[SEND][SA_INIT] Sending IKE SA_INIT packet with tunnelId ");
                hex(out, tunnel);
                text(out, ", iCookie ");
                hex(out, mine);
                text(out, " and rCookie 0x0");
            });
            if tries > 1 {
                self.now += (SECOND << n) + self.rng.range(0, SECOND / 5);
            }
        }
        self.say(|out| {
            text(out, "[SEND]Sending Ike payload for tunnel Id ");
            hex(out, tunnel);
            text(out, ": Auth:PreShared Key- ");
            text(out, MAIN_OFFER);
        });
        if outcome == Outcome::TimedOut {
            return;
        }
        self.wait_for_peer();
        if outcome == Outcome::PolicyMismatch {
            // The peer may tell what it would have liked, or just say no.
            if self.habit.is_multiple_of(2) {
                self.received_main(true);
            }
            return;
        }
        self.say(|out| {
            text(out, "[RECEIVED][SA_INIT] Received IKE SA Init response message with iCookie ");
            hex(out, mine);
            text(out, " rCookie ");
            hex(out, theirs);
        });
        self.received_main(false);
        self.say(|out| {
            text(out, "[RECEIVED] Receiving MM Packet for tunnel Id ");
            hex(out, tunnel);
            text(out, " iCookie ");
            hex(out, mine);
            text(out, " and rCookie ");
            hex(out, theirs);
            text(out, ": Receiving MM Nonce");
        });
    }

    fn init_by_peer(&mut self, outcome: Outcome) {
        let (theirs, mine) = self.cookies;
        self.say(|out| {
            text(out, "[RECEIVED][SA_INIT] Received SA INIT iCookie ");
            hex(out, theirs);
            text(out, " rCookie 0x0");
        });
        self.received_main(outcome == Outcome::PolicyMismatch);
        if outcome != Outcome::PolicyMismatch {
            self.say(|out| {
                text(out, "[LOCAL_MSG][SA_INIT] Received SA INIT iCookie ");
                hex(out, theirs);
                text(out, " and Generated new rCookie ");
                hex(out, mine);
            });
        }
        if outcome == Outcome::TimedOut {
            self.now += 9 * SECOND + self.rng.range(0, 20 * SECOND);
        } else {
            self.wait_for_peer();
        }
    }

    fn received_main(&mut self, misfit: bool) {
        let choices = if misfit { &MAIN_MISFITS } else { &MAIN_CHOICES };
        let policy = choices[(self.habit >> 8) as usize % choices.len()];
        self.say(|out| {
            text(out, "[RECEIVED]Received Ike payload: ");
            text(out, policy);
        });
    }

    fn auth(&mut self, succeeds: bool) {
        let (tunnel, ts) = (self.tunnel, self.ts);
        if self.header.azure_initiates {
            self.send_auth();
            self.offer_quick();
            self.wait_for_peer();
            if succeeds {
                self.say(|out| text(out, "[RECEIVED][SA_AUTH] Received IKE AUTH message"));
                self.received_quick();
                self.selectors(true);
            }
        } else {
            self.say(|out| text(out, "[RECEIVED][SA_AUTH] Received IKE AUTH message"));
            self.received_quick();
            if succeeds {
                self.selectors(true);
                self.say(|out| {
                    text(out, "[SEND][SA_AUTH] Sending SA AUTH message for tunnelId ");
                    hex(out, tunnel);
                    text(out, " and tsId ");
                    hex(out, ts);
                });
            }
        }
    }

    fn send_auth(&mut self) {
        let (tunnel, ts) = (self.tunnel, self.ts);
        self.say(|out| {
            text(out, "[SEND][SA_AUTH] Sending SA AUTH message for tunnelId ");
            hex(out, tunnel);
            text(out, " and tsId ");
            hex(out, ts);
        });
    }

    fn offer_quick(&mut self) {
        let (tunnel, ts) = (self.tunnel, self.ts);
        self.say(|out| {
            text(out, "[SEND]Sending IPSec policy Payload for tunnel Id ");
            hex(out, tunnel);
            text(out, ", tsId ");
            hex(out, ts);
            text(out, ": ");
            text(out, QUICK_OFFER);
        });
        self.selectors(false);
    }

    fn received_quick(&mut self) {
        let policy = QUICK_CHOICES[(self.habit >> 16) as usize % QUICK_CHOICES.len()];
        self.say(|out| {
            text(out, "[RECEIVED]Received IPSec payload: ");
            text(out, policy);
        });
    }

    fn selectors(&mut self, agreed: bool) {
        let (ts, count, lan) = (self.ts, u64::from(self.peer.selectors), self.peer.lan);
        self.say(|out| {
            if agreed {
                text(out, "[SEND] Proposed Traffic Selector payload will be (Final Negotiated) - [Tsid ");
                hex(out, ts);
                text(out, "  ]");
            } else {
                text(out, " Proposed(send) Traffic Selector payload will be- [Tsid ");
                hex(out, ts);
                text(out, " ]");
            }
            text(out, "Number of TSIs ");
            selector_list(out, count, lan);
            text(out, " Number of TSRs ");
            selector_list(out, if count == 1 { 1 } else { 2 }, lan ^ 0x80);
        });
    }

    fn child(&mut self) {
        if self.header.azure_initiates {
            self.offer_quick();
            self.wait_for_peer();
            self.received_quick();
        } else {
            self.received_quick();
            self.offer_quick();
            self.wait_for_peer();
        }
        self.selectors(true);
        // The SA that was replaced goes away, and some gateways log that as an error.
        if self.rng.chance(0.3 * self.scene.gateway.structured) {
            self.structured("SA_DELETE", "QM_SA", true, 13885, error_text(13885));
        }
    }

    fn delete(&mut self, code: u64) {
        let message = error_text(code);
        self.structured("SA_DELETE", "MM_SA", true, code, message);
        self.structured("SA_DELETE", "QM_SA", true, code, message);
    }

    fn fail(&mut self, outcome: Outcome) {
        let Some((code, status)) = outcome.error() else { return };
        let notify = match outcome {
            Outcome::AuthFailed => "Authentication failed",
            Outcome::PolicyMismatch => "Policy Mismatch",
            Outcome::TrafficSelectors => "Traffic selectors unacceptable",
            Outcome::Established | Outcome::TimedOut => "",
        };
        let azure = self.header.azure_initiates;
        if !notify.is_empty() {
            self.say_at(Level::Error, |out| {
                text(out, if azure { "[RECEIVED][NOTIFY] Received" } else { "[SEND][NOTIFY] Sending" });
                text(out, " Notify Message - ");
                text(out, notify);
            });
        }
        let tunnel = self.tunnel;
        let structured = self.rng.chance(self.scene.gateway.structured);
        // Both families coexist; only the structured one is left on the newest gateways, and not always.
        if !structured || self.rng.chance(0.5) {
            self.say_at(Level::Error, |out| {
                text(out, "[LOCAL_MSG] IKE Tunnel closed for tunnelId ");
                hex(out, tunnel);
                text(out, " with status ");
                text(out, status);
            });
        }
        let quick = outcome == Outcome::TrafficSelectors;
        if structured {
            self.structured("SA_NEGOTIATION_FAILED", if quick { "QM_SA" } else { "MM_SA" }, false, code, status);
        }
        self.bare(if quick { "QM" } else { "MM" }, code);
        if outcome == Outcome::PolicyMismatch && self.rng.chance(0.3) {
            self.bare("QM", code);
        }
    }
}
