//! Findings as JSON: the same fields in every format, and in what is posted.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::format_ticks;
use crate::render::json_text;
use crate::rules::finding::Finding;
use crate::rules::outcome::{Outcome, Resolved};

/// The version of the documents' form.
pub const VERSION: u32 = 1;

/// A finding or its end.
#[derive(Serialize)]
pub struct Item<'a> {
    /// `new`, `standing` or `resolved`.
    status: &'static str,
    rule: &'a str,
    title: &'a str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    /// When it was first told.
    since: String,
    key: &'a Map<String, Value>,
    /// The row; a finding that has ended has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<&'a Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
}

fn found(finding: &Finding, new: bool, since: i64) -> Item<'_> {
    Item {
        status: if new { "new" } else { "standing" },
        rule: &finding.rule,
        title: &finding.title,
        severity: finding.severity.name(),
        message: &finding.message,
        advice: finding.advice.as_deref(),
        url: finding.url.as_deref(),
        since: format_ticks(since),
        key: &finding.key,
        row: Some(&finding.row),
        rows: Some(finding.rows),
    }
}

fn ended(resolved: &Resolved) -> Item<'_> {
    Item {
        status: "resolved",
        rule: &resolved.rule,
        title: &resolved.title,
        severity: resolved.severity.name(),
        message: &resolved.message,
        advice: None,
        url: None,
        since: format_ticks(resolved.since),
        key: &resolved.key,
        row: None,
        rows: None,
    }
}

/// Findings, new and standing ones.
pub fn findings(outcome: &Outcome) -> Vec<Item<'_>> {
    outcome.findings.iter().map(|told| found(&told.finding, told.new, told.since)).collect()
}

/// What has ended.
pub fn resolved(outcome: &Outcome) -> Vec<Item<'_>> {
    outcome.resolved.iter().map(ended).collect()
}

/// A value as JSON on one line, in which nothing acts on a display.
pub fn one_line(value: &impl Serialize) -> String {
    // Only maps with other keys than texts cannot be written, and there are none.
    json_text(&serde_json::to_string(value).unwrap_or_default())
}

/// Lines of the one text of news: chat programs refuse long ones. The lists have all of them.
const MOST_LINES: usize = 20;

#[derive(Serialize)]
struct News<'a> {
    version: u32,
    now: String,
    /// For whoever shows one text: `<`, `>` and `&` are written as entities.
    text: String,
    new: Vec<Item<'a>>,
    resolved: Vec<Item<'a>>,
}

/// What is news, as one document that names no machine: what is posted.
pub fn news(outcome: &Outcome) -> String {
    let new: Vec<_> = outcome.findings.iter().filter(|t| t.new).map(|t| found(&t.finding, true, t.since)).collect();
    let lines = outcome.new_findings().map(|f| line(f.severity.name(), &f.rule, &f.message));
    let ends = outcome.resolved.iter().map(|r| line("resolved", &r.rule, &r.message));
    let all: Vec<String> = lines.chain(ends).collect();
    let mut text = all.iter().take(MOST_LINES).map(String::as_str).collect::<Vec<_>>().join("\n");
    if let Some(more) = all.len().checked_sub(MOST_LINES).filter(|n| *n > 0) {
        text.push_str(&format!("\nand {more} more"));
    }
    // Chat programs take <!channel> and links for what they are.
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    one_line(&News { version: VERSION, now: format_ticks(outcome.now), text, new, resolved: resolved(outcome) })
}

/// A finding on one line, for people.
pub fn line(status: &str, rule: &str, message: &str) -> String {
    crate::render::terminal_line(&format!("{} {rule}: {message}", status.to_uppercase()))
}
