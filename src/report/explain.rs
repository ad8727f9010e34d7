//! The argument for one incident: what happened around it, what proves the cause, and what to do.

use super::ReportError;
use super::context::{Context, DISCONNECTS};
use super::document::{Block, Cell, Column, Document, Section, Table, Tone};
use super::incident::Incident;
use super::say::Word;
use super::sections::negotiations::{failing, story};
use super::value::{Row, Value};
use crate::engine::{EngineError, Params, parse_param};
use crate::model::{Ticks, format_ticks};

/// Which incident.
#[derive(Debug, Clone)]
pub enum Asked {
    /// By its id.
    Id(String),
    /// By a time at which a tunnel was down, and its peer where several were.
    At {
        /// The time, in ticks.
        time: Ticks,
        /// The peer's address.
        peer: Option<String>,
    },
}

/// Rows told before and after.
const AROUND: i64 = 5 * 60 * 1_000_000_000;
const MOST_ROWS: usize = 40;

/// The document about one incident.
pub async fn explain(context: &Context<'_>, asked: &Asked) -> Result<Document, ReportError> {
    let say = &context.say;
    let rows = context.rows(DISCONNECTS).await?;
    let all: Vec<_> = rows.iter().map(|row| Incident { row }).collect();
    let incident = find(context, &all, asked)?;
    let gateways = context.gateways().await?;
    let row = incident.row;
    let told = say.fill(
        Word::IncidentSays,
        &[&gateways.of(row), &incident.tunnel(say), &incident.length(say), &say.known(row.text("cause"))],
    );
    let mut blocks = vec![Block::Verdict(incident.tone(), told), Block::Facts(incident.facts(say, &gateways))];
    blocks.extend(beside(context, &all, &incident, asked).map(Block::Text));
    blocks.push(Block::Items(vec![incident.advice(say)]));
    if let Some(table) = incident.evidence(say) {
        blocks.push(Block::Table(table));
    }
    blocks.push(Block::Heading(say.word(Word::AroundIt)));
    blocks.push(Block::Table(around(context, &incident).await?));
    if let Some(at) = failing(context, &incident).await? {
        blocks.push(Block::Heading(say.word(Word::SeeNegotiation)));
        blocks.extend(story(context, at).await?);
    }
    blocks.push(Block::Code(incident.query()));
    let title = say.fill(Word::IncidentIs, &[incident.id()]);
    let section = Section { id: incident.id().to_owned(), title: String::new(), blocks };
    let about = super::about(context).await?;
    Ok(Document { title, say: say.clone(), about, sections: vec![section] })
}

/// The incident that was asked for.
fn find<'a>(context: &Context<'_>, all: &[Incident<'a>], asked: &Asked) -> Result<Incident<'a>, ReportError> {
    let none = |what: String| {
        EngineError::query(format!(
            "{what}; SELECT incident_id, disconnected_at, remote_ip FROM disconnects lists them"
        ))
    };
    match asked {
        Asked::Id(id) => {
            let found = all.iter().find(|i| i.id().eq_ignore_ascii_case(id.trim()));
            found
                .copied()
                .ok_or_else(|| none(format!("there is no incident '{id}' in this data and time range")).into())
        }
        Asked::At { time, peer } => {
            let nanos = time.saturating_mul(100);
            // A peer is asked for by its address, and rows may have its pseudonym.
            let peer = peer.as_deref().map(|p| context.redactor().text(p).into_owned());
            let fits =
                |i: &&Incident<'_>| peer.as_deref().is_none_or(|p| i.row.text("remote_ip").eq_ignore_ascii_case(p));
            let lasts = |i: &&Incident<'_>| i.from() <= nanos && i.to().is_none_or(|to| nanos <= to);
            // Else what is nearest, within an hour: clocks and memories are not exact.
            let near =
                |i: &Incident<'_>| (i.from() - nanos).abs().min(i.to().map_or(i64::MAX, |to| (to - nanos).abs()));
            let during = all.iter().filter(fits).filter(lasts).max_by_key(|i| i.from());
            let nearest = || all.iter().filter(fits).min_by_key(|i| near(i)).filter(|i| near(i) <= 12 * AROUND);
            let found = during.or_else(nearest).copied();
            let whose = peer.map_or_else(String::new, |p| format!(" to {p}"));
            found.ok_or_else(|| {
                none(format!("no tunnel{whose} was down within an hour of {}", format_ticks(*time))).into()
            })
        }
    }
}

/// What else could have been meant by a time: other tunnels that were down then, or that this one was not.
fn beside(context: &Context<'_>, all: &[Incident<'_>], found: &Incident<'_>, asked: &Asked) -> Option<String> {
    let Asked::At { time, .. } = asked else { return None };
    let (say, nanos) = (&context.say, time.saturating_mul(100));
    let down = |i: &Incident<'_>| i.from() <= nanos && i.to().is_none_or(|to| nanos <= to);
    if !down(found) {
        return Some(say.fill(Word::NearestIs, &[&say.time(nanos)]));
    }
    let others: Vec<String> = all
        .iter()
        .filter(|i| down(i) && i.id() != found.id())
        .map(|i| format!("{} ({})", i.id(), i.tunnel(say)))
        .collect();
    (!others.is_empty()).then(|| say.fill(Word::AlsoDown, &[&others.join(", ")]))
}

/// Values for the statements that look around an incident.
pub fn around_params(from: i64, to: i64) -> Result<Params, ReportError> {
    let time = |name: &str, nanos: i64| parse_param(&format!("{name}:time={}", format_ticks(nanos.div_euclid(100))));
    Ok(vec![time("from", from).map_err(ReportError::usage)?, time("to", to).map_err(ReportError::usage)?])
}

const ROWS: &str = "SELECT time, 'tunnel_log' AS log, operation, remote_ip, instance, concat_ws(' ', state_change_reason, message) AS message, resource_id \
    FROM tunnel_log WHERE time BETWEEN $from AND $to UNION ALL \
    SELECT time, 'gateway_log', operation, NULL, instance, concat_ws(' ', message, operation_status), resource_id FROM gateway_log \
    WHERE time BETWEEN $from AND $to UNION ALL \
    SELECT time, 'route_log', operation, NULL, instance, message, resource_id FROM route_log WHERE time BETWEEN $from AND $to \
    ORDER BY time, log, operation, remote_ip, instance";

async fn around(context: &Context<'_>, incident: &Incident<'_>) -> Result<Table, ReportError> {
    let say = &context.say;
    let from = incident.from().saturating_sub(AROUND);
    let to = incident.to().unwrap_or_else(|| incident.from()).saturating_add(AROUND);
    let rows = context.rows_with(ROWS, around_params(from, to)?).await?;
    let of_it = |r: &Row<'_>| r.text("resource_id").eq_ignore_ascii_case(incident.row.text("resource_id"));
    let all: Vec<Row<'_>> = rows.iter().filter(of_it).collect();
    let is_own = |r: &Row<'_>| {
        r.time("time") == Some(incident.from())
            && r.text("remote_ip") == incident.row.text("remote_ip")
            && r.int("instance") == incident.row.int("from_instance")
    };
    // Where not all fit: those around the disconnect itself.
    let own = all.iter().position(is_own).unwrap_or(0);
    let skip = own.saturating_sub(MOST_ROWS / 2).min(all.len().saturating_sub(MOST_ROWS));
    let shown = all.iter().skip(skip).take(MOST_ROWS).map(|row| {
        let mut message = row.text("message").to_owned();
        if is_own(row) {
            message = format!("◀ {} · {message}", say.word(Word::ThisRow));
        }
        let tone = if is_own(row) { Tone::Bad } else { Tone::Plain };
        vec![
            Cell::shown(row.time("time").map_or_else(String::new, |t| say.exact_time(t)), row.get("time").clone()),
            Cell::text(row.text("operation")),
            Cell::text(row.text("remote_ip")),
            Cell::shown(row.int("instance").map_or_else(String::new, |n| n.to_string()), row.get("instance").clone()),
            Cell::shown(message.trim().to_owned(), Value::Text(row.text("message").to_owned())).toned(tone),
        ]
    });
    Ok(Table {
        caption: say.word(Word::AroundCaption),
        columns: vec![
            Column::text("time", say.word(Word::Time)),
            Column::text("operation", say.word(Word::Operation)),
            Column::text("remote_ip", say.word(Word::Peer)),
            Column::text("instance", say.word(Word::Instance)),
            Column::text("message", say.word(Word::Message)),
        ],
        more: (all.len() > MOST_ROWS).then(|| super::document::More {
            rows: all.len() - MOST_ROWS,
            query: format!(
                "SELECT * FROM tunnel_log WHERE time BETWEEN '{}' AND '{}' ORDER BY time",
                super::value::iso(from),
                super::value::iso(to)
            ),
        }),
        rows: shown.collect(),
        filter: false,
    })
}
