//! Gateway failovers and the maintenance behind them.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::{Context, Log, MAINTENANCE};
use super::super::document::{Block, Cell, Column, Tone};
use super::super::say::Word;
use super::super::value::{Value, field, field_time};
use super::{Spec, millis_cell, newest, time_cell};

pub const SECTION: Spec = Spec { name: "failovers", title: Word::SectionFailovers, build };

const EVENTS: &str = "SELECT event_id, min(disconnected_at) AS at, min(gateway) AS gateway, min(resource_id) AS resource_id, \
    min(from_instance) AS from_instance, min(to_instance) AS to_instance, count(*) AS moved, max(gap_ms) AS gap_ms, \
    min(grade) AS grade FROM failovers GROUP BY event_id ORDER BY 2, 1";
const MOST_ROWS: usize = 200;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let (events, maintenance) = (context.rows(EVENTS).await?, context.rows(MAINTENANCE).await?);
        let gateways = context.gateways().await?;
        let mut blocks = vec![Block::Text(say.word(Word::FailoversIntro))];
        if events.is_empty() {
            let seen = context.has_rows(Log::Tunnel).await?;
            blocks.push(Block::Text(say.word(if seen { Word::NoFailovers } else { Word::NoTunnelRows })));
        } else {
            let columns = vec![
                Column::text("at", say.word(Word::Time)),
                Column::text("gateway", say.word(Word::Gateway)),
                Column::text("instances", say.word(Word::Instances)),
                Column::number("moved", say.word(Word::TunnelsMoved)),
                Column::number("gap_ms", say.word(Word::LongestGap)),
                Column::text("grade", say.word(Word::Grade)),
                Column::text("event_id", say.word(Word::EventId)),
            ];
            let rows = events.iter().map(|row| {
                vec![
                    time_cell(say, row, "at"),
                    Cell::text(gateways.of(row)),
                    Cell::text(format!("{} → {}", row.count("from_instance"), row.count("to_instance"))),
                    Cell::int(row.count("moved")),
                    millis_cell(say, row, "gap_ms"),
                    Cell::shown(say.known(row.text("grade")), row.get("grade").clone()),
                    Cell::text(row.text("event_id")),
                ]
            });
            let query = "SELECT * FROM failovers ORDER BY disconnected_at";
            let table =
                newest(say.word(Word::FailoversCaption), columns, rows.collect(), context.at_most(MOST_ROWS), query);
            blocks.push(Block::Table(table));
        }
        if maintenance.is_empty() {
            let seen = context.has_rows(Log::Gateway).await?;
            blocks.push(Block::Text(say.word(if seen { Word::NoMaintenance } else { Word::WithoutGatewayLog })));
            return Ok(blocks);
        }
        let columns = vec![
            Column::text("started_at", say.word(Word::Begin)),
            Column::text("ended_at", say.word(Word::End)),
            Column::text("gateway", say.word(Word::Gateway)),
            Column::text("logged", say.word(Word::Announced)),
            Column::number("tunnels", say.word(Word::TunnelsDown)),
            Column::number("longest_down_ms", say.word(Word::LongestGap)),
            Column::text("turns", say.word(Word::Turns)),
        ];
        let rows = maintenance.iter().map(|row| {
            let logged = row.flag("logged");
            let turns = row.list("turns").iter().filter_map(|turn| {
                let instance = match field(turn, "instance") {
                    Value::Int(n) => n.to_string(),
                    _ => "–".to_owned(),
                };
                Some(format!("{} ({instance})", say.time(field_time(field(turn, "at"))?)))
            });
            let tone = if logged { Tone::Good } else { Tone::Warning };
            vec![
                time_cell(say, row, "started_at"),
                time_cell(say, row, "ended_at"),
                Cell::text(gateways.of(row)),
                Cell::shown(say.word(if logged { Word::Yes } else { Word::OnlySuspected }), Value::Bool(logged))
                    .toned(tone),
                Cell::int(row.count("tunnels")),
                millis_cell(say, row, "longest_down_ms"),
                Cell::text(turns.collect::<Vec<_>>().join(", ")),
            ]
        });
        let table = newest(
            say.word(Word::MaintenanceCaption),
            columns,
            rows.collect(),
            context.at_most(MOST_ROWS),
            MAINTENANCE,
        );
        blocks.push(Block::Table(table));
        Ok(blocks)
    }
    .boxed()
}
