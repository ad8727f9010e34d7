//! What happened, why, and what to do first, on the first screen.

use std::collections::BTreeMap;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::causes::Group;
use super::super::context::{Context, DAYS, DISCONNECTS, Gateways};
use super::super::document::{Block, Cell, Column, Fact, Inline, Table, Tone};
use super::super::incident::{Incident, advice};
use super::super::say::{Say, Word, grouped};
use super::super::stories::{Story, stories};
use super::super::value::{Rows, Value};
use super::Spec;
use super::negotiations::Shapes;

pub const SECTION: Spec = Spec { name: "summary", title: Word::SectionSummary, build };

const MOST_STORIES: usize = 8;
const MOST_ADVICE: usize = 3;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let (rows, days, gateways) =
            (context.rows(DISCONNECTS).await?, context.rows(DAYS).await?, context.gateways().await?);
        let Some((from, end)) = context.span().await? else {
            return Ok(vec![Block::Verdict(Tone::Warning, context.no_data())]);
        };
        if rows.is_empty() && days.is_empty() {
            // Not having looked is no good news.
            return Ok(vec![Block::Verdict(Tone::Warning, say.word(Word::WithoutTunnelLog))]);
        }
        let incidents: Vec<_> = rows.iter().map(|row| Incident { row }).collect();
        let facts = Numbers::of(&incidents, &days, &gateways, (from, end));
        let span = [say.time(from), say.time(end)];
        let mut blocks = vec![facts.verdict(say, &span), Block::Facts(facts.facts(say))];
        if incidents.is_empty() {
            return Ok(blocks);
        }
        blocks.push(Block::Table(facts.groups(say)));
        let shapes = Shapes::read(context).await?;
        let told = stories(&incidents, &gateways, end);
        let has = context.options.has("incidents");
        let lines = |stories: &[&Story<'_>]| Block::Items(stories.iter().map(|s| s.line(say, has)).collect());
        let mut worst: Vec<&Story<'_>> = told.iter().collect();
        worst.sort_by_key(|s| s.rank());
        let first: Vec<&Story<'_>> = worst.iter().copied().filter(|s| s.asks_for_something()).collect();
        blocks.push(Block::Heading(say.word(Word::DoFirst)));
        blocks.push(match first.is_empty() {
            true => Block::Verdict(Tone::Good, say.word(Word::NothingToDo)),
            false => todo(&first, &shapes, say, has),
        });
        blocks.push(Block::Heading(say.word(Word::WhatHappened)));
        let mut shown: Vec<&Story<'_>> = worst.into_iter().take(MOST_STORIES).collect();
        shown.sort_by_key(|s| s.from);
        blocks.push(lines(&shown));
        if told.len() > MOST_STORIES {
            blocks.push(Block::Text(say.fill(Word::EventsLeftOut, &[&(told.len() - MOST_STORIES).to_string()])));
        }
        Ok(blocks)
    }
    .boxed()
}

/// One line a cause: the same advice is not given twice.
fn todo(stories: &[&Story<'_>], shapes: &Shapes, say: &Say, linked: bool) -> Block {
    let (mut causes, mut items) = (Vec::new(), Vec::new());
    for story in stories {
        let cause = story.first.row.text("cause");
        if items.len() == MOST_ADVICE {
            break;
        }
        if causes.contains(&cause) {
            continue;
        }
        causes.push(cause);
        let mut line = story.line(say, linked);
        line.push(Inline::Text(" ".to_owned()));
        line.extend(advice(cause, story.first.row.text("advice"), say));
        // What both sides offer says what to set.
        if let Some(shape) = shapes.of(&story.first) {
            line.push(Inline::Text(" · ".to_owned()));
            line.push(Inline::Link { text: say.word(Word::SeeNegotiation), anchor: shape.anchor.clone() });
        }
        items.push(line);
    }
    Block::Items(items)
}

struct Numbers {
    disconnects: usize,
    interruptions: i64,
    down_s: i64,
    unplanned_s: i64,
    open: usize,
    /// Down already when the time begins.
    before: usize,
    longest_ms: i64,
    groups: BTreeMap<Group, (usize, i64)>,
    worst: Option<(String, i64)>,
}

impl Numbers {
    fn of(incidents: &[Incident<'_>], days: &Rows, gateways: &Gateways, (from, end): (i64, i64)) -> Self {
        let mut groups: BTreeMap<Group, (usize, i64)> = BTreeMap::new();
        for i in incidents {
            let entry = groups.entry(i.group()).or_default();
            entry.0 += 1;
            entry.1 += i.down_ms(end);
        }
        let mut peers: BTreeMap<String, i64> = BTreeMap::new();
        for row in days.iter() {
            *peers.entry(format!("{} · {}", gateways.of(row), row.text("remote_ip"))).or_default() +=
                row.count("down_s");
        }
        let sum = |name: &str| days.iter().map(|r| r.count(name)).sum();
        // Of equals the first by name.
        let worst = peers.into_iter().filter(|(_, s)| *s > 0).rev().max_by_key(|(_, s)| *s);
        Self {
            disconnects: incidents.len(),
            interruptions: sum("interruptions"),
            down_s: sum("down_s"),
            unplanned_s: sum("unplanned_down_s"),
            before: incidents.iter().filter(|i| i.from() < from).count(),
            open: incidents.iter().filter(|i| i.is_open()).count(),
            longest_ms: incidents.iter().map(|i| i.down_ms(end)).max().unwrap_or(0),
            groups,
            worst,
        }
    }

    fn count(&self, group: Group) -> usize {
        self.groups.get(&group).map_or(0, |g| g.0)
    }

    fn verdict(&self, say: &Say, span: &[String; 2]) -> Block {
        if self.disconnects == 0 {
            return Block::Verdict(Tone::Good, say.fill(Word::VerdictQuiet, &[&span[0], &span[1]]));
        }
        let parts: Vec<String> = Group::ALL
            .into_iter()
            .filter(|g| self.count(*g) > 0)
            .map(|g| say.fill(Word::GroupCount, &[&self.count(g).to_string(), &say.word(g.word())]))
            .collect();
        let joined = parts.join(&say.word(Word::ListComma));
        let n = say.count(i64::try_from(self.disconnects).unwrap_or(i64::MAX), Word::OneDisconnect, Word::NDisconnects);
        let m = say.count(self.interruptions, Word::OneInterruption, Word::NInterruptions);
        let mut text = say.fill(Word::VerdictMain, &[&span[0], &span[1], &n, &m, &joined]);
        if self.before > 0 {
            text.push_str(&say.fill(Word::VerdictBefore, &[&self.before.to_string()]));
        }
        let tone = match (self.open, self.count(Group::Maintenance) == self.disconnects) {
            (0, true) => Tone::Good,
            (0, false) => Tone::Warning,
            (open, _) => {
                text.push_str(&say.fill(Word::VerdictOpen, &[&open.to_string()]));
                Tone::Bad
            }
        };
        Block::Verdict(tone, text)
    }

    fn facts(&self, say: &Say) -> Vec<Fact> {
        let count = |key: &'static str, label: Word, n: i64, bad: bool| {
            let tone = if bad && n > 0 { Tone::Bad } else { Tone::Plain };
            Fact { key, label: say.word(label), text: grouped(n), value: Value::Int(n), tone }
        };
        let length = |key: &'static str, label: Word, ms: i64, value: i64| Fact {
            key,
            label: say.word(label),
            text: say.millis(ms),
            value: Value::Int(value),
            tone: Tone::Plain,
        };
        let mut facts = vec![
            count("disconnects", Word::Disconnects, self.disconnects as i64, false),
            count("interruptions", Word::Interruptions, self.interruptions, false),
            count("open", Word::DownNow, self.open as i64, true),
            length("down_s", Word::PeersDown, self.down_s.saturating_mul(1000), self.down_s),
            length("unplanned_down_s", Word::UnplannedDown, self.unplanned_s.saturating_mul(1000), self.unplanned_s),
            length("longest_ms", Word::LongestDisconnect, self.longest_ms, self.longest_ms),
        ];
        if let Some((name, seconds)) = &self.worst {
            let text = format!("{name} ({})", say.millis(seconds.saturating_mul(1000)));
            facts.push(Fact {
                key: "worst",
                label: say.word(Word::WorstPeer),
                text,
                value: Value::Text(name.clone()),
                tone: Tone::Warning,
            });
        }
        facts
    }

    fn groups(&self, say: &Say) -> Table {
        let rows = Group::ALL.into_iter().filter(|g| self.count(*g) > 0).map(|g| {
            let (n, ms) = self.groups.get(&g).copied().unwrap_or_default();
            vec![
                Cell::shown(say.word(g.word()), Value::Text(g.key().to_owned())),
                Cell::int(n as i64),
                Cell::shown(say.millis(ms), Value::Int(ms)),
            ]
        });
        Table {
            caption: say.word(Word::GroupsCaption),
            columns: vec![
                Column::text("group", say.word(Word::WhoseMatter)),
                Column::number("disconnects", say.word(Word::Disconnects)),
                Column::number("down_ms", say.word(Word::DownTimeSum)),
            ],
            rows: rows.collect(),
            ..Table::default()
        }
    }
}
