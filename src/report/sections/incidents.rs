//! Every disconnect: a table of all, and the story of each that is worth one.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::{Context, DAYS, DISCONNECTS};
use super::super::document::{Block, Cell, Column};
use super::super::incident::Incident;
use super::super::say::Word;
use super::super::value::Value;
use super::negotiations::Shapes;
use super::{Spec, capped, time_cell};

pub const SECTION: Spec = Spec { name: "incidents", title: Word::SectionIncidents, build };

/// Rows of the table.
const MOST_ROWS: usize = 500;
/// Incidents with a story.
const MOST_STORIES: usize = 150;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let (rows, gateways) = (context.rows(DISCONNECTS).await?, context.gateways().await?);
        if rows.is_empty() {
            let word = if context.rows(DAYS).await?.is_empty() { Word::NoTunnelRows } else { Word::NoDisconnects };
            return Ok(vec![Block::Text(say.word(word))]);
        }
        let shapes = Shapes::read(context).await?;
        let end = context.span().await?.map_or(0, |(_, to)| to);
        let incidents: Vec<_> = rows.iter().map(|row| Incident { row }).collect();
        let mut order: Vec<usize> = (0..incidents.len()).collect();
        // Where not all fit: what is down still, then what somebody can do something about, the longest first.
        order.sort_by_key(|at| {
            let i = &incidents[*at];
            let planned = i.group() == super::super::causes::Group::Maintenance;
            (!i.is_open(), planned, std::cmp::Reverse(i.down_ms(end)), i.from())
        });
        let mut told: Vec<usize> = order.iter().copied().take(context.at_most(MOST_STORIES)).collect();
        told.sort_unstable();
        let mut listed: Vec<usize> = order.iter().copied().take(context.at_most(MOST_ROWS)).collect();
        listed.sort_unstable();
        let columns = vec![
            Column::text("disconnected_at", say.word(Word::WentDown)),
            Column::text("gateway", say.word(Word::Gateway)),
            Column::text("remote_ip", say.word(Word::Peer)),
            Column::text("instances", say.word(Word::Instances)),
            Column::number("down_ms", say.word(Word::DownTime)),
            Column::text("kind", say.word(Word::KindOf)),
            Column::text("cause", say.word(Word::Cause)),
            Column::text("grade", say.word(Word::Grade)),
            Column::text("incident_id", say.word(Word::Incident)),
        ];
        let cells = |at: &usize| {
            let (i, row) = (&incidents[*at], incidents[*at].row);
            let known = |name: &str| Cell::shown(say.known(row.text(name)), row.get(name).clone());
            let id = Cell::text(i.id());
            vec![
                time_cell(say, row, "disconnected_at"),
                Cell::text(gateways.of(row)),
                Cell::text(row.text("remote_ip")),
                Cell::text(i.instances()),
                Cell::shown(i.length(say), row.int("down_ms").map_or(Value::Int(i.down_ms(end)), Value::Int))
                    .toned(i.tone()),
                known("kind"),
                known("cause"),
                known("grade"),
                if told.binary_search(at).is_ok() { id.to(i.id()) } else { id },
            ]
        };
        let mut table = capped(
            say.word(Word::IncidentsCaption),
            columns,
            listed.iter().map(cells).collect(),
            context.at_most(MOST_ROWS),
            DISCONNECTS,
        );
        if incidents.len() > context.at_most(MOST_ROWS) {
            let more = incidents.len() - context.at_most(MOST_ROWS);
            table.more = Some(super::super::document::More { rows: more, query: DISCONNECTS.to_owned() });
        }
        table.filter = true;
        let entries = told.iter().map(|at| {
            let i = &incidents[*at];
            i.entry(say, &gateways, shapes.of(i).map(|shape| shape.anchor.as_str()))
        });
        let mut blocks = vec![Block::Text(say.word(Word::IncidentsIntro)), Block::Table(table)];
        if told.len() < incidents.len() {
            let n = (incidents.len() - told.len()).to_string();
            blocks.push(Block::Text(say.fill(Word::StoriesLeftOut, &[&n, &incidents.len().to_string()])));
            let text = "tunnelql explain-incident ID".to_owned();
            blocks.push(Block::Source { language: "console".to_owned(), text });
        }
        blocks.push(Block::Entries(entries.collect()));
        Ok(blocks)
    }
    .boxed()
}
