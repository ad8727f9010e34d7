//! Changes of configuration, and what went down after each.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::{CHANGES, Context, DISCONNECTS, Log};
use super::super::document::{Block, Cell, Column, Tone};
use super::super::incident::{Incident, cut};
use super::super::say::Word;
use super::super::value::{Value, field, field_text};
use super::{Spec, newest, time_cell};

pub const SECTION: Spec = Spec { name: "configuration", title: Word::SectionConfiguration, build };

const MOST_ROWS: usize = 200;
/// Differences told of one change.
const MOST_PATHS: usize = 6;
/// As in `config_changes.disconnects_after`.
const AFTER: i64 = 5 * 60 * 1_000_000_000;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let (changes, downs) = (context.rows(CHANGES).await?, context.rows(DISCONNECTS).await?);
        let gateways = context.gateways().await?;
        if changes.is_empty() {
            let seen = context.has_rows(Log::Gateway).await?;
            return Ok(vec![Block::Text(say.word(if seen { Word::NoChanges } else { Word::WithoutGatewayLog }))]);
        }
        let columns = vec![
            Column::text("time", say.word(Word::Time)),
            Column::text("gateway", say.word(Word::Gateway)),
            Column::text("operation", say.word(Word::Operation)),
            Column::text("connection", say.word(Word::Connection)),
            Column::text("changed", say.word(Word::WhatChanged)),
            Column::number("disconnects_after", say.word(Word::WentDownAfter)),
            Column::text("followed_by", say.word(Word::FirstAfter)),
        ];
        // By time, as they come.
        let downs: Vec<_> = downs.iter().map(|row| Incident { row }).map(|i| (i.from(), i)).collect();
        let firsts = changes.iter().filter(|r| r.flag("first") && r.count("disconnects_after") == 0).count();
        let told = changes.iter().filter(|r| !r.flag("first") || r.count("disconnects_after") > 0);
        let rows = told.map(|row| {
            let paths = row.list("changed");
            let text = |change: &Value, name: &str| match field(change, name) {
                Value::Null => "–".to_owned(),
                value => field_text(value).to_owned(),
            };
            let mut told: Vec<String> = paths
                .iter()
                .take(MOST_PATHS)
                .map(|c| format!("{}: {} → {}", text(c, "path"), text(c, "old"), text(c, "new")))
                .collect();
            if paths.len() > MOST_PATHS {
                told.push(say.fill(Word::NMore, &[&(paths.len() - MOST_PATHS).to_string()]));
            }
            if told.is_empty() {
                told.push(say.word(if row.flag("first") { Word::FirstConfiguration } else { Word::SameAgain }));
            }
            let (at, peer) = (row.time("time").unwrap_or(0), row.text("remote_ip"));
            let soon = downs.iter().skip(downs.partition_point(|(from, _)| *from < at));
            let mut soon = soon.take_while(|(from, _)| *from <= at.saturating_add(AFTER)).map(|(_, i)| i);
            let after = soon.find(|i| {
                i.row.text("resource_id").eq_ignore_ascii_case(row.text("resource_id"))
                    && (peer.is_empty() || i.row.text("remote_ip") == peer)
            });
            let n = row.count("disconnects_after");
            let after = after.map_or_else(|| Cell::text(""), |i| Cell::text(i.id()).to(i.id()));
            vec![
                time_cell(say, row, "time"),
                Cell::text(gateways.of(row)),
                Cell::text(row.text("operation")),
                Cell::text(row.text("connection")),
                Cell::shown(cut(&told.join("; ")), row.get("changed").clone()),
                Cell::int(n).toned(if n > 0 { Tone::Warning } else { Tone::Plain }),
                after,
            ]
        });
        let table =
            newest(say.word(Word::ChangesCaption), columns, rows.collect(), context.at_most(MOST_ROWS), CHANGES);
        let mut blocks = Vec::new();
        if firsts > 0 {
            blocks.push(Block::Text(say.fill(Word::FirstsLeftOut, &[&firsts.to_string()])));
        }
        blocks.push(Block::Table(table));
        Ok(blocks)
    }
    .boxed()
}
