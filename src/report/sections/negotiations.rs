//! Negotiations that fail, by shape: one sample explains all of a shape.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::{Context, Gateways, Log};
use super::super::document::{Block, Cell, Column, Entry, Fact, More, Table, Tone};
use super::super::incident::Incident;
use super::super::ladder::Ladder;
use super::super::proposals;
use super::super::say::{Say, Word, grouped};
use super::super::value::{Row, Rows, Value};
use super::Spec;
use crate::engine::parse_param;
use crate::model::format_ticks;

pub const SECTION: Spec = Spec { name: "negotiations", title: Word::SectionNegotiations, build };

const FAILURES: &str =
    "SELECT * FROM ike_failures ORDER BY negotiations DESC, gateway, remote_ip, initiator, outcome, first_seen";
const MOST_SHAPES: usize = 12;
/// What a sample without a session id spans.
const SAMPLE_NANOS: i64 = 10_000_000_000;

/// A way in which negotiations fail.
pub struct Shape {
    /// Where it is told.
    pub anchor: String,
    gateway: String,
    peer: String,
    first: i64,
    last: i64,
}

/// All of them.
pub struct Shapes(Vec<Shape>);

impl Shapes {
    /// Those that the report tells.
    pub async fn read(context: &Context<'_>) -> Result<Self, ReportError> {
        if !context.options.has(SECTION.name) {
            // A link to what is not there leads nowhere, and reading negotiations takes longest.
            return Ok(Self(Vec::new()));
        }
        let rows = context.rows(FAILURES).await?;
        let shapes = rows.iter().take(context.at_most(MOST_SHAPES)).enumerate().map(|(i, row)| Shape {
            anchor: anchor(i),
            gateway: row.text("resource_id").to_ascii_uppercase(),
            peer: row.text("remote_ip").to_owned(),
            first: row.time("first_seen").unwrap_or(0),
            last: row.time("last_seen").unwrap_or(0),
        });
        Ok(Self(shapes.collect()))
    }

    /// The shape of what fails while an incident lasts.
    pub fn of(&self, incident: &Incident<'_>) -> Option<&Shape> {
        let row = incident.row;
        self.0.iter().find(|s| {
            s.gateway == row.text("resource_id").to_ascii_uppercase()
                && s.peer == row.text("remote_ip")
                && s.last >= incident.from()
                && incident.to().is_none_or(|to| s.first <= to)
        })
    }
}

fn anchor(i: usize) -> String {
    format!("negotiation-{}", i + 1)
}

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let (failures, gateways) = (context.rows(FAILURES).await?, context.gateways().await?);
        if failures.is_empty() {
            // Not having looked is no good news.
            return Ok(vec![match context.has_rows(Log::Ike).await? {
                true => Block::Verdict(Tone::Good, say.word(Word::NoFailures)),
                false => Block::Verdict(Tone::Warning, say.word(Word::WithoutIkeLog)),
            }]);
        }
        let mut blocks = vec![
            Block::Text(say.word(Word::NegotiationsIntro)),
            Block::Table(overview(&failures, context.at_most(MOST_SHAPES), say, &gateways)),
        ];
        let mut entries = Vec::new();
        for (i, row) in failures.iter().take(context.at_most(MOST_SHAPES)).enumerate() {
            entries.push(entry(context, row, anchor(i), &gateways).await?);
        }
        blocks.push(Block::Entries(entries));
        Ok(blocks)
    }
    .boxed()
}

fn title(row: Row<'_>, say: &Say, gateways: &Gateways) -> String {
    format!("{} · {} · {}", gateways.of(row), row.text("remote_ip"), say.known(row.text("outcome")))
}

/// Every shape in a line.
fn overview(failures: &Rows, most: usize, say: &Say, gateways: &Gateways) -> Table {
    let columns = vec![
        Column::text("shape", say.word(Word::Shape)),
        Column::text("gateway", say.word(Word::Gateway)),
        Column::text("remote_ip", say.word(Word::Peer)),
        Column::text("initiator", say.word(Word::Initiator)),
        Column::text("outcome", say.word(Word::Outcome)),
        Column::number("error_code", say.word(Word::ErrorCode)),
        Column::number("negotiations", say.word(Word::Negotiations)),
        Column::text("first_seen", say.word(Word::FirstSeen)),
        Column::text("last_seen", say.word(Word::LastSeen)),
    ];
    let rows = failures.iter().take(most).enumerate().map(|(i, row)| {
        let known = |name: &str| Cell::shown(say.known(row.text(name)), row.get(name).clone());
        vec![
            Cell::text((i + 1).to_string()).to(anchor(i)),
            Cell::text(gateways.of(row)),
            Cell::text(row.text("remote_ip")),
            known("initiator"),
            known("outcome"),
            Cell::text(row.int("error_code").map_or_else(String::new, |n| n.to_string())),
            Cell::int(row.count("negotiations")),
            super::time_cell(say, row, "first_seen"),
            super::time_cell(say, row, "last_seen"),
        ]
    });
    let more = failures.len().saturating_sub(most);
    Table {
        caption: say.word(Word::ShapesCaption),
        columns,
        rows: rows.collect(),
        more: (more > 0).then(|| More { rows: more, query: FAILURES.to_owned() }),
        filter: false,
    }
}

async fn entry(context: &Context<'_>, row: Row<'_>, id: String, gateways: &Gateways) -> Result<Entry, ReportError> {
    let say = &context.say;
    let fact = |key: &'static str, label: Word, text: String| Fact {
        key,
        label: say.word(label),
        text,
        value: row.get(key).clone(),
        tone: Tone::Plain,
    };
    let mut facts = vec![
        fact("negotiations", Word::Negotiations, grouped(row.count("negotiations"))),
        fact("initiator", Word::Initiator, say.known(row.text("initiator"))),
        fact("status_text", Word::LoggedReason, row.text("status_text").to_owned()),
        fact("error_code", Word::ErrorCode, row.int("error_code").map_or_else(|| "–".to_owned(), |n| n.to_string())),
    ];
    if let Some(ms) = row.int("retry_ms") {
        facts.push(fact("retry_ms", Word::RetriesEvery, say.millis(ms)));
    }
    let mut blocks = vec![Block::Facts(facts)];
    let ladder = sample(context, row, gateways).await?;
    if let Some(ladder) = ladder {
        let stopped = ladder.stopped_at().map(|s| format!("{}: {}", s.label, s.detail));
        if let Some(stopped) = stopped {
            blocks.push(Block::Verdict(Tone::Bad, say.fill(Word::StoppedAt, &[&stopped])));
        }
        blocks.push(Block::Ladder(ladder));
    }
    blocks.extend(proposals::blocks(row, say));
    blocks.push(Block::Items(vec![advice(row, say)]));
    let sample = row.text("sample_session_id");
    if !sample.is_empty() {
        blocks.push(Block::Code(format!(
            "SELECT time, message FROM ike_log WHERE session_id = '{}' ORDER BY time",
            sample.replace('\'', "''")
        )));
    }
    Ok(Entry { id, title: title(row, say, gateways), tone: Tone::Bad, blocks })
}

/// Advice on an outcome is that on the cause which it is of a disconnect.
fn advice(row: Row<'_>, say: &Say) -> Vec<super::super::document::Inline> {
    use tunnelql_udfs::domain::history::causes::Cause;
    let cause = match row.text("outcome") {
        "authentication_failed" => Cause::Authentication,
        "policy_mismatch" => Cause::PolicyMismatch,
        "selectors_unacceptable" => Cause::Selectors,
        "timed_out" => Cause::NegotiationTimeout,
        _ => Cause::Unknown,
    };
    super::super::incident::advice(cause.as_str(), cause.advice(), say)
}

/// The sample negotiation of a shape.
pub async fn sample(context: &Context<'_>, row: Row<'_>, gateways: &Gateways) -> Result<Option<Ladder>, ReportError> {
    let Some(at) = row.time("sample_time") else { return Ok(None) };
    let session = row.text("sample_session_id");
    // Rows of a session may be minutes apart when an answer is waited for.
    let span = if session.is_empty() { SAMPLE_NANOS } else { 30 * SAMPLE_NANOS };
    let time = |nanos: i64| format_ticks(nanos.div_euclid(100));
    let params = [
        format!("from:time={}", time(at.saturating_sub(1_000_000_000))),
        format!("to:time={}", time(at.saturating_add(span))),
        format!("session:text={session}"),
    ];
    let mut values = Vec::new();
    for param in &params[..if session.is_empty() { 2 } else { 3 }] {
        values.push(parse_param(param).map_err(ReportError::usage)?);
    }
    let session = if session.is_empty() { "session_id IS NULL" } else { "session_id = $session" };
    let sql = format!(
        "SELECT time, remote_ip, local_ip, message, resource_id, gateway FROM ike_log WHERE time BETWEEN $from AND $to AND {session} \
         ORDER BY time, source, source_line LIMIT 500"
    );
    let rows = context.rows_with(&sql, values).await?;
    let peer = row.text("remote_ip");
    let of_it = |r: &Row<'_>| {
        r.text("resource_id").eq_ignore_ascii_case(row.text("resource_id"))
            && (r.text("remote_ip") == peer || r.text("remote_ip").is_empty())
    };
    let local = rows.iter().map(|r| r.text("local_ip")).find(|ip| !ip.is_empty()).unwrap_or_default();
    let azure = format!("{} {local}", gateways.of(row));
    let messages = rows.iter().filter(of_it).filter_map(|r| match (r.get("time"), r.get("message")) {
        (Value::Time(t), Value::Text(m)) => Some((*t, m.clone())),
        _ => None,
    });
    let ladder = Ladder::new(row.text("sample_session_id"), azure.trim(), peer, messages);
    Ok((!ladder.steps.is_empty()).then_some(ladder))
}

/// The failures that overlap an incident.
pub async fn failing(context: &Context<'_>, incident: &Incident<'_>) -> Result<Option<usize>, ReportError> {
    let rows = context.rows(FAILURES).await?;
    let at = rows.iter().position(|r| {
        r.text("resource_id").eq_ignore_ascii_case(incident.row.text("resource_id"))
            && r.text("remote_ip") == incident.row.text("remote_ip")
            && r.time("last_seen").is_some_and(|t| t >= incident.from())
            && r.time("first_seen").is_some_and(|t| incident.to().is_none_or(|to| t <= to))
    });
    Ok(at)
}

/// All that is told of one way of failing.
pub async fn story(context: &Context<'_>, at: usize) -> Result<Vec<Block>, ReportError> {
    let (rows, gateways) = (context.rows(FAILURES).await?, context.gateways().await?);
    match rows.iter().nth(at) {
        Some(row) => Ok(entry(context, row, anchor(at), &gateways).await?.blocks),
        None => Ok(Vec::new()),
    }
}
