//! JUnit's XML, for build servers: a test case a rule. It fails when a new finding is at or above the level; other findings
//! are its output.

use super::Spec;
use super::document::line;
use crate::render::{terminal_line, xml_text};
use crate::rules::outcome::Outcome;
use crate::rules::rule::Severity;

pub(super) const SPEC: Spec = Spec { name: "junit", extensions: &["xml"], write };

fn write(outcome: &Outcome, least: Option<Severity>) -> String {
    let fails = |told: &crate::rules::outcome::Told| told.new && least.is_some_and(|l| told.finding.severity >= l);
    let mut cases = String::new();
    let (mut failures, mut errors) = (0, 0);
    for (id, title) in &outcome.rules {
        cases.push_str(&format!("    <testcase classname=\"tunnelql.check\" name=\"{}\">\n", xml_text(id)));
        let (bad, other): (Vec<_>, Vec<_>) =
            outcome.findings.iter().filter(|t| t.finding.rule == *id).partition(|t| fails(t));
        let lines = |told: &[&crate::rules::outcome::Told]| -> String {
            let lines = told.iter().map(|t| {
                let status = if t.new { t.finding.severity.name() } else { "standing" };
                let mut text = line(status, id, &t.finding.message) + "\n";
                for more in [&t.finding.advice, &t.finding.url].into_iter().flatten() {
                    text.push_str(&format!("    {}\n", terminal_line(more)));
                }
                text
            });
            lines.collect()
        };
        if let Some(failed) = outcome.failed.iter().find(|f| f.rules.contains(id)) {
            errors += 1;
            let text = xml_text(&failed.error.text);
            cases.push_str(&format!("      <error message=\"the rule could not be run\">{text}</error>\n"));
        } else if let Some(first) = bad.first() {
            failures += 1;
            let message = match bad.len() {
                1 => title.clone(),
                n => format!("{title}: {n} findings"),
            };
            let (message, kind) = (xml_text(&message), first.finding.severity.name());
            let text = xml_text(&lines(&bad));
            cases.push_str(&format!("      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n"));
        }
        let mut said = lines(&other);
        for resolved in outcome.resolved.iter().filter(|r| r.rule == *id) {
            said.push_str(&(line("resolved", id, &resolved.message) + "\n"));
        }
        if let Some((_, rows)) = outcome.more.iter().find(|(rule, _)| rule == id) {
            said.push_str(&format!("{rows} more rows\n"));
        }
        if !said.is_empty() {
            cases.push_str(&format!("      <system-out>{}</system-out>\n", xml_text(&said)));
        }
        cases.push_str("    </testcase>\n");
    }
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"", outcome.rules.len());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"tunnelql check\" {counts} \
         skipped=\"0\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}
