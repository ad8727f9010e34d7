//! Runs rules over a session. What is wrong with one does not stop the others.

use super::finding::{Collector, Finding};
use super::params::{bound, lets};
use super::rule::{Language, Rule};
use crate::engine::{AnyStatement, Engine, EngineError, Event, Measures, Params};
use crate::model::Ticks;
use crate::render::pointer;
use crate::tables::TimeRange;

/// Columns of a statement's line that an error shows.
const COLUMNS: usize = 120;

/// What came of a rule.
#[derive(Debug)]
pub struct Ran {
    /// The rule's id.
    pub rule: String,
    /// What it found, or why it could not tell.
    pub found: Result<Found, RunError>,
}

/// What a rule found.
#[derive(Debug, Default)]
pub struct Found {
    /// Findings in the order of the query.
    pub findings: Vec<Finding>,
    /// Rows that were too many to tell.
    pub more: u64,
}

/// Why a rule could not be run.
#[derive(Debug)]
pub struct RunError {
    /// Whose matter it is.
    pub error: EngineError,
    /// The whole text, with the place in the rule's file.
    pub text: String,
}

fn before(at: Ticks, ago: std::time::Duration) -> Ticks {
    at.saturating_sub(i64::try_from(ago.as_nanos() / 100).unwrap_or(i64::MAX))
}

/// The times that a rule reads and those that it is asked about: its window makes the first longer, never shorter.
pub fn times(rule: &Rule, asked: TimeRange, now: Ticks) -> (TimeRange, Ticks, Ticks) {
    let until = asked.end.unwrap_or(now);
    let window = rule.window.map(|window| before(until, window));
    let start = match (asked.start, window) {
        (Some(asked), Some(window)) => Some(asked.min(window)),
        (asked, window) => asked.or(window),
    };
    let since = asked.start.or(window).unwrap_or(0);
    (TimeRange { start, end: asked.end }, since, until)
}

/// All times that some rules read.
pub fn reach(rules: &[Rule], asked: TimeRange, now: Ticks) -> TimeRange {
    let starts = rules.iter().map(|rule| times(rule, asked, now).0.start);
    // Without a start comes before any.
    TimeRange { start: starts.min().unwrap_or(asked.start), ..asked }
}

/// Runs one rule. `asked` are the times that the command is about.
pub async fn run(engine: &Engine, rule: &Rule, asked: TimeRange) -> Ran {
    let now = engine.now();
    let (range, since, until) = times(rule, asked, now);
    Ran { rule: rule.id.clone(), found: findings(engine, rule, range, since, until).await }
}

async fn findings(
    engine: &Engine,
    rule: &Rule,
    range: TimeRange,
    since: Ticks,
    until: Ticks,
) -> Result<Found, RunError> {
    let place = |error: EngineError, text: &str| {
        let said = match error.place_in(text) {
            Some(p) => {
                let shown = pointer(text, p.line, p.column, p.length, COLUMNS).unwrap_or_default();
                format!("{}:{}: {error}\n{shown}", rule.origin, p.line)
            }
            None if matches!(error, EngineError::Query(_)) => format!("{}: {error}", rule.origin),
            // What is wrong with the world is not the rule's.
            None => error.to_string(),
        };
        RunError { text: said, error }
    };
    let own = |text: String| RunError { text: format!("{}: {text}", rule.origin), error: EngineError::query(text) };
    // As many line breaks before it as stand in the file, so that errors name its lines.
    let above = rule.query.line.saturating_sub(1);
    let (text, params): (String, Params) = match rule.language {
        Language::Sql => ("\n".repeat(above) + &rule.query.text, bound(&rule.params, since, until).map_err(own)?),
        Language::Kql => {
            let (before, last) = ("\n".repeat(above.saturating_sub(1)), if above > 0 { "\n" } else { "" });
            (before + &lets(&rule.params, since, until) + last + &rule.query.text, Params::new())
        }
    };
    let statement = parse(engine, rule.language, &text).map_err(|e| place(e, &text))?;
    engine.set_range(range, &params).await.map_err(|e| place(e, &text))?;
    let mut running = engine.run(statement, params);
    let mut collector: Option<Collector<'_>> = None;
    let mut measures = None;
    while let Some(event) = running.next().await {
        match event {
            // A statement in KQL may have several results; their rows are of one form or they are no findings.
            Event::Started(schema, m) => match collector {
                None => {
                    measures = Some(m);
                    collector = Some(Collector::new(rule, schema).map_err(own)?);
                }
                Some(_) => return Err(own("the query has more than one result".to_owned())),
            },
            Event::Batch(batch) => {
                if let Some(collector) = &mut collector {
                    collector.push(&batch).map_err(own)?;
                }
            }
            Event::Noted(_) | Event::Charted(_) | Event::Finished => {}
            Event::Failed(e) => return Err(place(e, &text)),
        }
    }
    // What cannot be read may hold the very row that says otherwise: such a rule cannot tell.
    if let Some(first) = measures.iter().flat_map(Measures::failed).next() {
        return Err(place(EngineError::Storage(first), &text));
    }
    let (findings, more) = collector.map(Collector::finish).unwrap_or_default();
    Ok(Found { findings, more })
}

/// The one query of a text. Anything that could write or change something is refused: rules come with other people's files.
fn parse(engine: &Engine, language: Language, text: &str) -> Result<AnyStatement, EngineError> {
    let statement = match language {
        Language::Kql => engine.parse_kql(text)?,
        Language::Sql => {
            let mut statements = engine.parse(text)?;
            match (statements.pop(), statements.is_empty()) {
                (Some(one), true) => AnyStatement::from(one),
                _ => return Err(EngineError::query("a rule has one query".to_owned())),
            }
        }
    };
    match statement.only_reads() {
        true => Ok(statement),
        false => Err(EngineError::query("a rule's statement must be a query".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{reach, times};
    use crate::rules::RuleSet;
    use crate::tables::TimeRange;

    #[test]
    fn a_window_makes_the_range_longer_and_never_shorter() {
        let set = RuleSet::builtin().unwrap();
        let mut rule = set.rules()[0].clone();
        let hours = |n: i64| n * 3600 * 10_000_000;
        let asked = |start: Option<i64>, end: Option<i64>| TimeRange { start: start.map(hours), end: end.map(hours) };
        for (window, start, end, wanted) in [
            // Hours: the window, what is asked for, what is read from, since, until.
            (Some(10), Some(99), None, (Some(90), 99, 100)),
            (Some(10), Some(50), None, (Some(50), 50, 100)),
            (Some(10), None, None, (Some(90), 90, 100)),
            (Some(10), Some(40), Some(42), (Some(32), 40, 42)),
            (None, Some(99), None, (Some(99), 99, 100)),
            (None, None, None, (None, 0, 100)),
        ] {
            rule.window = window.map(|h| Duration::from_secs(h * 3600));
            let (range, since, until) = times(&rule, asked(start, end), hours(100));
            assert_eq!((range.start, since, until), (wanted.0.map(hours), hours(wanted.1), hours(wanted.2)));
            assert_eq!(range.end, end.map(hours));
            assert_eq!(reach(&[rule.clone()], asked(start, end), hours(100)), range);
        }
    }
}
