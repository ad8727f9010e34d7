//! Checks: rules as data, run over a session. A rule is a query of which each row is a finding.
//!
//! | module | holds |
//! |---|---|
//! | `rule`, `params`, `message` | what a rule is, its parameters, its texts with values of a row |
//! | `reader`, `file` | a rule's file, with every mistake named by file and line |
//! | `builtin` | the built-in rules, one file each |
//! | `set` | which rules there are and what is set of them |
//! | `run`, `finding` | running a rule; a row as a finding |
//! | `example` | a rule tried on its own examples |
//! | `outcome` | what came of all rules |
//! | `state` | what was told before: a standing alarm is told once, and its end once |
//! | `formats` | what came of them as text, JSON or JUnit |
//! | `webhook` | news posted to somebody |

mod builtin;
mod example;
mod file;
mod finding;
pub mod formats;
mod message;
mod outcome;
mod params;
mod reader;
mod rule;
mod run;
mod set;
mod state;
mod webhook;

use std::fmt;

pub use example::{Tried, test_rule};
pub use finding::Finding;
pub use outcome::{Failed, Outcome, Resolved, Told};
pub use params::Param;
pub use rule::{Kind, Language, Rule, Severity};
pub use run::{Found, Ran, RunError, reach, run};
pub use set::RuleSet;
pub use state::{State, StateError, StateLock};
pub use webhook::{SECRET_VARIABLE, Webhook, WebhookError};

/// What is wrong with rules, in words for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError(pub String);

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RuleError {}
