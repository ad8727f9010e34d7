//! What came of all rules together.

use serde_json::{Map, Value};

use super::finding::Finding;
use super::rule::{Rule, Severity};
use super::run::{Ran, RunError};
use crate::model::Ticks;

/// What came of a check.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What `now()` said.
    pub now: Ticks,
    /// The rules that were run: id, title.
    pub rules: Vec<(String, String)>,
    /// Findings, the worst first.
    pub findings: Vec<Told>,
    /// What has ended.
    pub resolved: Vec<Resolved>,
    /// Rules that could not tell.
    pub failed: Vec<Failed>,
    /// Rows that were too many to tell, by rule.
    pub more: Vec<(String, u64)>,
    /// Whether it is known what was told before.
    pub remembers: bool,
    /// There was no row in all the times that rules read: nobody can tell anything.
    pub blind: bool,
}

/// A finding, and whether it is news.
#[derive(Debug)]
pub struct Told {
    /// The finding.
    pub finding: Finding,
    /// It was not there the time before; true without a state.
    pub new: bool,
    /// When it was first told; now for a new one.
    pub since: Ticks,
}

/// Something that was told and is no longer so.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// How bad it was.
    pub severity: Severity,
    /// What was last said of it.
    pub message: String,
    /// The columns that name it.
    pub key: Map<String, Value>,
    /// When it was first told.
    pub since: Ticks,
}

/// Rules that failed with the same words.
#[derive(Debug)]
pub struct Failed {
    /// Their ids.
    pub rules: Vec<String>,
    /// Why.
    pub error: RunError,
}

impl Outcome {
    /// Puts together what came of each rule.
    pub fn new(rules: &[Rule], ran: Vec<Ran>, now: Ticks) -> Self {
        let mut out =
            Self { now, rules: rules.iter().map(|r| (r.id.clone(), r.title.clone())).collect(), ..Self::default() };
        for one in ran {
            match one.found {
                Ok(found) => {
                    out.findings.extend(found.findings.into_iter().map(|finding| Told {
                        finding,
                        new: true,
                        since: now,
                    }));
                    if found.more > 0 {
                        out.more.push((one.rule, found.more));
                    }
                }
                // The same file that cannot be read is one thing to say.
                Err(error) => {
                    match out.failed.iter_mut().find(|f| f.error.error.to_string() == error.error.to_string()) {
                        Some(same) => same.rules.push(one.rule),
                        None => out.failed.push(Failed { rules: vec![one.rule], error }),
                    }
                }
            }
        }
        // Stable, so that each rule's own order holds.
        out.findings.sort_by_key(|told| std::cmp::Reverse(told.finding.severity));
        out
    }

    /// Whether all of a rule's findings are known.
    pub fn is_complete(&self, rule: &str) -> bool {
        !self.blind
            && self.rules.iter().any(|(id, _)| id == rule)
            && !self.failed.iter().any(|f| f.rules.iter().any(|r| r == rule))
            && !self.more.iter().any(|(r, _)| r == rule)
    }

    /// Findings that are news.
    pub fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|told| told.new).map(|told| &told.finding)
    }

    /// Whether there is anything to tell that was not told before.
    pub fn has_news(&self) -> bool {
        self.new_findings().next().is_some() || !self.resolved.is_empty()
    }

    /// Whether a new finding is at least so bad.
    pub fn fails(&self, least: Option<Severity>) -> bool {
        least.is_some_and(|least| self.new_findings().any(|f| f.severity >= least))
    }
}
