//! Point-to-site: how many connections, how many of them failed, and how.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::Context;
use super::super::document::{Block, Cell, Column, Fact, Tone};
use super::super::say::{Word, grouped};
use super::super::value::Value;
use super::{Spec, capped, time_cell};

pub const SECTION: Spec = Spec { name: "p2s", title: Word::SectionP2s, build };

const TOTALS: &str = "SELECT count(*) AS sessions, count(*) FILTER (WHERE outcome IN ('connected', 'disconnected')) AS connected, \
    count(*) FILTER (WHERE outcome = 'failed') AS failed, \
    count(DISTINCT user_name) AS users FROM p2s_sessions";
const WAYS: &str = "SELECT gateway, resource_id, protocol, authentication, count(*) AS sessions, \
    count(*) FILTER (WHERE outcome = 'failed') AS failed, \
    count(DISTINCT user_name) AS users, CAST(median(duration_ms) AS BIGINT) AS median_ms FROM p2s_sessions \
    GROUP BY 1, 2, 3, 4 ORDER BY sessions DESC, gateway, protocol, authentication";
const FAILURES: &str = "SELECT user_name, gateway, resource_id, authentication, count(*) AS failed, min(started_at) AS first, \
    max(started_at) AS last FROM p2s_sessions WHERE outcome = 'failed' GROUP BY 1, 2, 3, 4 ORDER BY failed DESC, last DESC, 1";
const MOST_ROWS: usize = 100;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let totals = context.rows(TOTALS).await?;
        let gateways = context.gateways().await?;
        let Some(total) = totals.first().filter(|r| r.count("sessions") > 0) else {
            return Ok(vec![Block::Text(say.word(Word::NoP2s))]);
        };
        let fact = |key: &'static str, label: Word| {
            let n = total.count(key);
            let tone = if key == "failed" && n > 0 { Tone::Warning } else { Tone::Plain };
            Fact { key, label: say.word(label), text: grouped(n), value: Value::Int(n), tone }
        };
        let mut blocks = vec![Block::Facts(vec![
            fact("sessions", Word::P2sSessions),
            fact("connected", Word::P2sConnected),
            fact("failed", Word::P2sFailed),
            fact("users", Word::P2sUsers),
        ])];
        let ways = context.rows(WAYS).await?;
        let columns = vec![
            Column::text("gateway", say.word(Word::Gateway)),
            Column::text("protocol", say.word(Word::Protocol)),
            Column::text("authentication", say.word(Word::Authentication)),
            Column::number("sessions", say.word(Word::P2sSessions)),
            Column::number("failed", say.word(Word::P2sFailed)),
            Column::number("users", say.word(Word::P2sUsers)),
            Column::number("median_ms", say.word(Word::MedianLength)),
        ];
        let rows = ways.iter().map(|row| {
            vec![
                Cell::text(gateways.of(row)),
                Cell::text(row.text("protocol")),
                Cell::text(row.text("authentication")),
                Cell::int(row.count("sessions")),
                Cell::int(row.count("failed")),
                Cell::int(row.count("users")),
                super::millis_cell(say, row, "median_ms"),
            ]
        });
        blocks.push(Block::Table(capped(
            say.word(Word::P2sWaysCaption),
            columns,
            rows.collect(),
            context.at_most(MOST_ROWS),
            WAYS,
        )));
        let failures = context.rows(FAILURES).await?;
        if !failures.is_empty() {
            let columns = vec![
                Column::text("user_name", say.word(Word::User)),
                Column::text("gateway", say.word(Word::Gateway)),
                Column::text("authentication", say.word(Word::Authentication)),
                Column::number("failed", say.word(Word::P2sFailed)),
                Column::text("first", say.word(Word::FirstSeen)),
                Column::text("last", say.word(Word::LastSeen)),
            ];
            let rows = failures.iter().map(|row| {
                vec![
                    Cell::text(row.text("user_name")),
                    Cell::text(gateways.of(row)),
                    Cell::text(row.text("authentication")),
                    Cell::int(row.count("failed")),
                    time_cell(say, row, "first"),
                    time_cell(say, row, "last"),
                ]
            });
            let caption = say.word(Word::P2sFailuresCaption);
            blocks.push(Block::Table(capped(caption, columns, rows.collect(), context.at_most(MOST_ROWS), FAILURES)));
        }
        Ok(blocks)
    }
    .boxed()
}
