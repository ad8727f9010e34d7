//! Tries a rule on its own examples.

use serde_json::{Map, Value};

use super::RuleError;
use super::rule::{Example, Rule};
use super::run::{Found, run};
use super::set::set_param;
use crate::engine::{Engine, EngineOptions};
use crate::store::Location;
use crate::tables::TimeRange;

/// The gateway of records that name none.
const GATEWAY: &str = "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/RESOURCEGROUPS/RG-EXAMPLE/PROVIDERS/\
                       MICROSOFT.NETWORK/VIRTUALNETWORKGATEWAYS/VPNGW-EXAMPLE";

/// Memory for an example, in bytes.
const MEMORY: usize = 256 << 20;

/// An example that was tried.
#[derive(Debug)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// What is not as it says.
    pub wrong: Option<String>,
}

/// Tries all examples of a rule. An error is one of the world, such as a full disk.
pub async fn test_rule(rule: &Rule) -> Result<Vec<Tried>, RuleError> {
    let mut tried = Vec::new();
    if rule.examples.is_empty() {
        // A rule without examples is at least a query that can be run.
        let name = "over an empty log".to_owned();
        let nothing =
            Example { name, now: 0, findings: 0, message: None, params: Vec::new(), records: String::new(), line: 0 };
        let wrong = found(rule, &nothing).await?.err();
        tried.extend(wrong.map(|wrong| Tried { name: nothing.name, wrong: Some(wrong) }));
    }
    for example in &rule.examples {
        tried.push(Tried { name: example.name.clone(), wrong: test_one(rule, example).await? });
    }
    Ok(tried)
}

async fn test_one(rule: &Rule, example: &Example) -> Result<Option<String>, RuleError> {
    let found = match found(rule, example).await? {
        Ok(found) => found,
        Err(wrong) => return Ok(Some(wrong)),
    };
    let said: Vec<&str> = found.findings.iter().map(|f| f.message.as_str()).collect();
    if said.len() != example.findings {
        let listed = if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) };
        return Ok(Some(format!("expected {} findings, found {}{listed}", example.findings, said.len())));
    }
    Ok(match (&example.message, said.first()) {
        (Some(wanted), Some(said)) if wanted != said => Some(format!("expected '{wanted}', found '{said}'")),
        (Some(wanted), None) => Some(format!("expected '{wanted}', found nothing")),
        _ => None,
    })
}

/// What a rule finds in an example, or why it cannot be run.
async fn found(rule: &Rule, example: &Example) -> Result<Result<Found, String>, RuleError> {
    let mut rule = rule.clone();
    for (name, value) in &example.params {
        if let Err(wrong) = set_param(&mut rule, name, value) {
            return Ok(Err(wrong));
        }
    }
    let records = match records(&rule, example) {
        Ok(records) => records,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let fails = |e: &dyn std::fmt::Display| RuleError(format!("cannot prepare an example of {}: {e}", rule.id));
    let folder = tempfile::tempdir().map_err(|e| fails(&e))?;
    let path = folder.path().join("example.json");
    std::fs::write(&path, records).map_err(|e| fails(&e))?;
    let place = Location::parse(&path.display().to_string()).map_err(|e| fails(&e))?;
    let engine = Engine::new(&EngineOptions {
        data: vec![place],
        memory_limit: MEMORY,
        threads: 1,
        now: Some(example.now),
        ..EngineOptions::default()
    });
    let engine = engine.map_err(|e| fails(&e))?;
    let ran = run(&engine, &rule, TimeRange { start: None, end: Some(example.now) }).await;
    Ok(ran.found.map_err(|e| e.text))
}

/// The export of an example: its records, of the example's gateway where they name none.
fn records(rule: &Rule, example: &Example) -> Result<String, String> {
    let mut out = String::new();
    for (i, line) in example.records.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |e: serde_json::Error| format!("{}:{}: no JSON: {e}", rule.origin, example.line + i);
        let mut record: Map<String, Value> = serde_json::from_str(line).map_err(wrong)?;
        if !record.keys().any(|key| key.eq_ignore_ascii_case("resourceId")) {
            record.insert("resourceId".to_owned(), GATEWAY.into());
        }
        out.push_str(&Value::Object(record).to_string());
        out.push('\n');
    }
    Ok(out)
}
