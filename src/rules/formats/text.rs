//! For people: what is new and what has ended, a line each, with what to do below it.

use super::Spec;
use super::document::line;
use crate::render::terminal_line;
use crate::rules::outcome::Outcome;
use crate::rules::rule::Severity;

pub(super) const SPEC: Spec = Spec { name: "text", extensions: &["txt"], write: |outcome, _| write(outcome) };

fn write(outcome: &Outcome) -> String {
    let mut out = String::new();
    for finding in outcome.new_findings() {
        out.push_str(&line(finding.severity.name(), &finding.rule, &finding.message));
        if finding.rows > 1 {
            out.push_str(&format!(" (the first of {})", finding.rows));
        }
        out.push('\n');
        for more in [&finding.advice, &finding.url].into_iter().flatten() {
            out.push_str(&format!("    {}\n", terminal_line(more)));
        }
    }
    for (rule, rows) in &outcome.more {
        out.push_str(&format!("{rule}: {rows} more rows\n"));
    }
    for resolved in &outcome.resolved {
        out.push_str(&line("resolved", &resolved.rule, &resolved.message));
        out.push('\n');
    }
    // With a state, silence means that there is no news: cron sends mail for anything that is said.
    if !outcome.remembers {
        out.push_str(&summary(outcome));
    }
    out
}

/// `10 rules: 1 critical, 2 warning`.
fn summary(outcome: &Outcome) -> String {
    let counts = Severity::ALL.iter().rev().filter_map(|severity| {
        let n = outcome.new_findings().filter(|f| f.severity == *severity).count();
        (n > 0).then(|| format!("{n} {severity}"))
    });
    let counts: Vec<String> = counts.collect();
    let found = match (counts.is_empty(), outcome.blind) {
        (false, _) => counts.join(", "),
        (true, false) => "no findings".to_owned(),
        // Not having looked is no good news.
        (true, true) => "no data to find anything in".to_owned(),
    };
    let failed = outcome.failed.iter().map(|f| f.rules.len()).sum::<usize>();
    let failed = if failed > 0 { format!(", {failed} could not tell") } else { String::new() };
    let rules = if outcome.rules.len() == 1 { "rule" } else { "rules" };
    format!("{} {rules}: {found}{failed}\n", outcome.rules.len())
}
