//! The rules, as data: what each concludes, why, from which source, and examples on which it fires or stays quiet.
//!
//! Examples are rows of made-up logs; a test plays all of them.

use super::announcements::Notice;
use super::case::{Case, Evidence};
use super::causes::{Cause, Grade};
use super::failure::Failure;
use super::reason::Reason;
use super::tunnels::WITHIN;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod examples;
mod list;

pub use list::RULES;

/// When a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// From the tunnel's own surroundings: its reason, its negotiations, changes of its configuration.
    Tunnel,
    /// From what the gateway log says about the whole gateway, for what is not explained by then.
    Gateway,
}

/// The log of an example's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// `-0 reason` or `+0 reason`, with `/2` after the instance for the second peer.
    Tunnel,
    /// `operation message`, or `operation {configuration}`.
    Gateway,
    /// `code text`, with `SA_DELETE ` before it for a deleted SA.
    Ike,
}

/// A made-up piece of the logs: second, log, words. The first disconnect is what the rule is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub says: &'static str,
    /// The rows.
    pub rows: &'static [(i64, Log, &'static str)],
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// When it is asked.
    pub stage: Stage,
    /// What it concludes.
    pub cause: Cause,
    /// How well that is founded.
    pub grade: Grade,
    /// Confidence, 0 to 1.
    pub confidence: f64,
    /// Why it may conclude that.
    pub reason: &'static str,
    /// Where that is said.
    pub source: &'static str,
    /// Whether it fires, by its kind.
    pub test: Test,
    /// Where it decides.
    pub fires: &'static [Example],
    /// Where it does not.
    pub quiet: &'static [Example],
}

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// The tunnel's reason is this one.
    ReasonIs(Reason),
    /// The peer's negotiations fail so while the tunnel is down.
    NegotiationsFail(Failure),
    /// A configuration that concerns the peer changed shortly before, and the gateway ended the tunnel.
    ConfigurationChanged,
    /// The peer's SA was found dead in this moment, though the tunnel gives no reason.
    DeletedWith(i64),
    /// The gateway log announces this.
    Announced(Notice),
    /// The active instance changed, announced as nothing else, and the gateway ended the tunnel.
    PrimaryChangedAlone,
    /// The active instance changed, or all tunnels of an instance were ended, by the tunnel log alone.
    InstanceLeft,
}

/// A rule that fired.
pub struct Decided<'a> {
    /// The rule.
    pub rule: &'static Rule,
    /// 0 to 1.
    pub confidence: f64,
    /// The rows, in no order.
    pub evidence: Vec<Evidence<'a>>,
}

/// The first rule of a stage that fires.
pub fn decide<'a>(case: &Case<'a>, stage: Stage) -> Option<Decided<'a>> {
    RULES.iter().filter(|rule| rule.stage == stage).find_map(|rule| {
        let (mut evidence, more) = rule.test.run(case)?;
        evidence.push(case.own.clone());
        Some(Decided { rule, confidence: (rule.confidence + more).clamp(0.0, 1.0), evidence })
    })
}

impl Test {
    /// Rows that make it true, and what they add to the confidence; `None` when it is not.
    fn run<'a>(self, case: &Case<'a>) -> Option<(Vec<Evidence<'a>>, f64)> {
        // Whether nobody else is said to have ended it.
        let silent = matches!(case.reason, Reason::Local | Reason::Unknown);
        let gateway_side = silent || case.reason == Reason::Standby;
        match self {
            Self::ReasonIs(reason) => (case.reason == reason).then(|| (supporting(case), 0.0)),
            Self::NegotiationsFail(failure) => {
                let asked =
                    case.reason == Reason::Unknown || (case.lasting() && (silent || case.reason == Reason::Remote));
                // What fails first and goes on failing; later failures may be another trouble.
                let first = case.failures.iter().map(|(f, _)| *f).find(|f| *f != Failure::Other);
                (asked && first == Some(failure)).then(|| {
                    let mut rows = of(&case.failures, failure);
                    rows.extend(case.changes.iter().map(|(_, e)| e.clone()));
                    (rows, 0.0)
                })
            }
            Self::ConfigurationChanged => {
                let asked =
                    case.reason == Reason::Local || (case.reason == Reason::Unknown && !case.interruption.moved());
                let known = case.changes.iter().any(|(has_previous, _)| *has_previous);
                let rows: Vec<_> = case.changes.iter().map(|(_, e)| e.clone()).collect();
                (asked && !rows.is_empty()).then_some((rows, if known { 0.0 } else { -0.3 }))
            }
            Self::DeletedWith(code) => {
                let rows = of(&case.deletes, code);
                (case.reason == Reason::Unknown && !rows.is_empty()).then_some((rows, 0.0))
            }
            Self::Announced(notice) => {
                let said = case.notices.iter().any(|(n, _)| *n == notice);
                let rows = case.notices.iter().map(|(_, e)| e.clone()).collect();
                (gateway_side && said).then_some((rows, 0.0))
            }
            Self::PrimaryChangedAlone => {
                let rows = of(&case.notices, Notice::PrimaryChanged);
                (case.reason == Reason::Local && !rows.is_empty()).then_some((rows, 0.0))
            }
            Self::InstanceLeft => {
                let moved = case.interruption.moved() && case.interruption.gap().is_some_and(|gap| gap <= 5 * WITHIN);
                let ended = case.reason == Reason::Local && case.together >= case.held;
                if !(case.reason == Reason::Standby || (gateway_side && moved) || ended) {
                    return None;
                }
                let mut rows: Vec<_> = case.notices.iter().map(|(_, e)| e.clone()).collect();
                rows.extend(case.other_turn.clone());
                let turn = if case.other_turn.is_some() { 0.2 } else { 0.0 };
                let together = if case.together > 1 { 0.1 } else { 0.0 };
                let alone = if moved || case.reason == Reason::Standby || case.together > 1 { 0.0 } else { -0.2 };
                Some((rows, turn + together + alone))
            }
        }
    }
}

fn of<'a, T: PartialEq + Copy>(list: &[(T, Evidence<'a>)], wanted: T) -> Vec<Evidence<'a>> {
    list.iter().filter(|(what, _)| *what == wanted).take(3).map(|(_, e)| e.clone()).collect()
}

/// The rows beside a reason that say the same.
fn supporting<'a>(case: &Case<'a>) -> Vec<Evidence<'a>> {
    let mut rows: Vec<_> = case.deletes.iter().take(1).map(|(_, e)| e.clone()).collect();
    if let Reason::Ike(failure) = case.reason {
        rows.extend(of(&case.failures, failure));
        rows.extend(case.changes.iter().map(|(_, e)| e.clone()));
    }
    rows
}
