//! One JSON document: findings, what has ended, and rules that could not tell.

use serde_json::json;

use super::Spec;
use super::document::{VERSION, findings, one_line, resolved};
use crate::model::format_ticks;
use crate::rules::outcome::Outcome;

pub(super) const SPEC: Spec = Spec { name: "json", extensions: &["json"], write: |outcome, _| write(outcome) };

fn write(outcome: &Outcome) -> String {
    let mut out = format!("{{\"version\":{VERSION},\"now\":\"{}\",\n", format_ticks(outcome.now));
    let rules: Vec<_> = outcome.rules.iter().map(|(id, _)| id.as_str()).collect();
    out.push_str(&format!("\"rules\":{},\n", one_line(&rules)));
    let failed = outcome.failed.iter().map(|f| json!({ "rules": f.rules, "error": f.error.text }));
    let more = outcome.more.iter().map(|(rule, rows)| json!({ "rule": rule, "rows": rows }));
    let lists = [
        ("findings", findings(outcome).iter().map(one_line).collect::<Vec<_>>()),
        ("resolved", resolved(outcome).iter().map(one_line).collect()),
        ("failed", failed.map(|f| one_line(&f)).collect()),
        ("more", more.map(|m| one_line(&m)).collect()),
    ];
    for (i, (name, items)) in lists.iter().enumerate() {
        let (open, between, close) = if items.is_empty() { ("", "", "") } else { ("\n", ",\n", "\n") };
        let end = if i + 1 < lists.len() { "],\n" } else { "]}\n" };
        out.push_str(&format!("\"{name}\":[{open}{}{close}{end}", items.join(between)));
    }
    out
}
