//! BGP sessions that went down, with their tunnel or alone.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::Context;
use super::super::document::{Block, Cell, Column, Tone};
use super::super::say::Word;
use super::{Spec, millis_cell, newest, time_cell};

pub const SECTION: Spec = Spec { name: "bgp", title: Word::SectionBgp, build };

const DOWNS: &str =
    "SELECT * FROM bgp_sessions WHERE disconnected_at IS NOT NULL ORDER BY disconnected_at, gateway, peer, instance";
const NEIGHBOURS: &str = "SELECT count(*) AS n FROM (SELECT DISTINCT resource_id, peer FROM bgp_sessions)";
const MOST_ROWS: usize = 200;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let (downs, gateways) = (context.rows(DOWNS).await?, context.gateways().await?);
        let neighbours = context.rows(NEIGHBOURS).await?.first().map_or(0, |r| r.count("n"));
        if neighbours == 0 {
            return Ok(vec![Block::Text(say.word(Word::NoBgp))]);
        }
        let alone = downs.iter().filter(|r| r.text("cause") != "tunnel").count();
        let told = [&neighbours.to_string(), &downs.len().to_string(), &alone.to_string()];
        let tone = if alone > 0 { Tone::Warning } else { Tone::Good };
        let mut blocks = vec![Block::Verdict(tone, say.fill(Word::BgpVerdict, &told.map(String::as_str)))];
        let columns = vec![
            Column::text("disconnected_at", say.word(Word::WentDown)),
            Column::text("reconnected_at", say.word(Word::CameBack)),
            Column::number("down_ms", say.word(Word::DownTime)),
            Column::text("gateway", say.word(Word::Gateway)),
            Column::text("peer", say.word(Word::BgpPeer)),
            Column::text("instance", say.word(Word::Instance)),
            Column::text("cause", say.word(Word::Cause)),
        ];
        let rows = downs.iter().map(|row| {
            vec![
                time_cell(say, row, "disconnected_at"),
                time_cell(say, row, "reconnected_at"),
                millis_cell(say, row, "down_ms"),
                Cell::text(gateways.of(row)),
                Cell::text(row.text("peer")),
                Cell::text(row.int("instance").map_or_else(String::new, |n| n.to_string())),
                Cell::shown(say.known(row.text("cause")), row.get("cause").clone()),
            ]
        });
        if !downs.is_empty() {
            let table = newest(say.word(Word::BgpCaption), columns, rows.collect(), context.at_most(MOST_ROWS), DOWNS);
            blocks.push(Block::Table(table));
        }
        Ok(blocks)
    }
    .boxed()
}
