//! Runs the reference queries, where they are, and compares with the answers of the real engine.
//!
//! `UPDATE=1` writes `CONFORMANCE.md`; `FAILURES=word` prints the cases that differ or are refused, of families and
//! queries with that word. Without the reference data nothing is compared, and the test says so.

pub mod cells;
mod compare;
mod mutations;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::AssertUnwindSafe;

use datafusion::prelude::{SessionConfig, SessionContext};
use futures::FutureExt;
use serde_json::Value;

use crate::{Options, plan};

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/kql");

/// How a case ended.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Right,
    Different(String),
    Refused(String),
    /// The engine rejects it, and so do we.
    RightlyRefused,
    /// The engine rejects it, and we do not.
    WronglyAccepted,
    Panicked,
}

#[derive(Default)]
struct Counts {
    cases: usize,
    right: usize,
    different: usize,
    refused: usize,
}

fn cases(file: &str) -> Vec<Value> {
    let Ok(text) = std::fs::read_to_string(format!("{REFERENCE}/{file}")) else { return Vec::new() };
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn answer(query: &str) -> Result<Vec<serde_json::Map<String, Value>>, String> {
    let mut config = SessionConfig::new().with_target_partitions(2);
    crate::configure(&mut config);
    let context = SessionContext::new_with_config(config);
    let options = Options { now: 1_700_000_000_000_000_000, ..Options::default() };
    let planned = plan(&context.state(), query, &options).await.map_err(|e| e.to_string())?;
    let last = planned.into_iter().last().ok_or("no query")?;
    let frame = context.execute_logical_plan(last.plan).await.map_err(|e| format!("engine: {e}"))?;
    let batches = frame.collect().await.map_err(|e| format!("engine: {e}"))?;
    Ok(cells::rows(&batches))
}

async fn run(case: &Value) -> Outcome {
    let query = case["query"].as_str().unwrap();
    let Ok(result) = AssertUnwindSafe(answer(query)).catch_unwind().await else { return Outcome::Panicked };
    match (case["expected"].is_null(), result) {
        (true, Err(_)) => Outcome::RightlyRefused,
        (true, Ok(_)) => Outcome::WronglyAccepted,
        (false, Err(e)) => Outcome::Refused(e),
        (false, Ok(rows)) => match compare::compare(case, &rows) {
            Ok(()) => Outcome::Right,
            Err(difference) => Outcome::Different(difference),
        },
    }
}

#[test]
fn answers_are_those_of_the_engine() {
    let engine = cases("engine-dev.jsonl");
    let docs = cases("docs-dev.jsonl");
    if engine.is_empty() || docs.is_empty() {
        println!("no reference data beside the repository: nothing was compared");
        return;
    }
    let wanted = std::env::var("FAILURES").ok();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut tables = String::new();
    let mut summary = Vec::new();
    let (mut panics, mut accepted) = (Vec::new(), Vec::new());
    for (title, all) in [("Answers of the engine", &engine), ("Tables in the documentation", &docs)] {
        let mut families: BTreeMap<String, Counts> = BTreeMap::new();
        let (mut rejected, mut rightly) = (0, 0);
        for case in all {
            let outcome = runtime.block_on(run(case));
            let id = case["id"].as_str().unwrap();
            let counts = families.entry(case["family"].as_str().unwrap().to_owned()).or_default();
            let mut told = None;
            match &outcome {
                Outcome::Right => counts.right += 1,
                Outcome::Different(text) => {
                    counts.different += 1;
                    told = Some(format!("DIFFERENT {text}"));
                }
                Outcome::Refused(text) => {
                    counts.refused += 1;
                    told = Some(format!("REFUSED {text}"));
                }
                Outcome::RightlyRefused => rightly += 1,
                Outcome::WronglyAccepted => {
                    accepted.push(id.to_owned());
                    told = Some("ACCEPTED".to_owned());
                }
                Outcome::Panicked => {
                    panics.push(id.to_owned());
                    told = Some("PANIC".to_owned());
                }
            }
            if case["expected"].is_null() {
                rejected += 1;
            } else {
                counts.cases += 1;
            }
            if let (Some(wanted), Some(told)) = (&wanted, told) {
                let query = case["query"].as_str().unwrap();
                if case["family"].as_str().unwrap().contains(wanted.as_str()) || query.contains(wanted.as_str()) {
                    println!("{id} {}\n    {}\n    {told}\n", case["family"], query.replace('\n', "\n    "));
                }
            }
        }
        writeln!(tables, "## {title}\n\n| family | cases | right | different | refused |\n|---|---|---|---|---|")
            .unwrap();
        let mut total = Counts::default();
        for (family, c) in &families {
            writeln!(tables, "| {family} | {} | {} | {} | {} |", c.cases, c.right, c.different, c.refused).unwrap();
            total.cases += c.cases;
            total.right += c.right;
            total.different += c.different;
            total.refused += c.refused;
        }
        #[allow(clippy::cast_precision_loss)]
        let percent = |n: usize| n as f64 * 100.0 / total.cases.max(1) as f64;
        writeln!(
            tables,
            "| **all** | {} | {} ({:.1} %) | {} ({:.1} %) | {} |",
            total.cases,
            total.right,
            percent(total.right),
            total.different,
            percent(total.different),
            total.refused
        )
        .unwrap();
        if rejected > 0 {
            writeln!(tables, "\nOf {rejected} queries that the engine rejects, {rightly} are refused.").unwrap();
        }
        tables.push('\n');
        summary.push(percent(total.right));
    }
    println!("{tables}");
    if std::env::var("UPDATE").is_ok() {
        let text = format!("{HEAD}{}\n", tables.trim_end());
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/CONFORMANCE.md"), text).unwrap();
    }
    assert!(panics.is_empty(), "these panic: {panics:?}");
    assert!(summary.iter().all(|p| *p > 90.0), "too few answers are right: {summary:?}");
}

const HEAD: &str = "# Conformance

How the answers of this crate compare with the recorded answers of the Kusto engine and with the tables in Microsoft's
documentation. Made by `UPDATE=1 cargo test --workspace --lib -- answers_are_those_of_the_engine` beside the reference data.
*Different* is an accepted query with another answer; *refused* is one with a clear error.

";
