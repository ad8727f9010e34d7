//! Lanes of tunnels over the report's time.

use std::collections::BTreeMap;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::super::ReportError;
use super::super::context::{CHANGES, Context, DISCONNECTS, Gateways, HOURS, MAINTENANCE, SESSIONS};
use super::super::document::Block;
use super::super::incident::{Incident, tunnel_name};
use super::super::pictures::timeline::{Down, Gateway, Lane, Mark, Timeline};
use super::super::pictures::{Kind, Picture};
use super::super::say::Word;
use super::super::value::{Row, Rows};
use super::Spec;

pub const SECTION: Spec = Spec { name: "timeline", title: Word::SectionTimeline, build };

/// Interruptions that are drawn; the longest of them when there are more.
const MOST_DOWNS: usize = 1_000;
const MOST_LANES: usize = 60;
/// Parts of a lane that are told apart.
const MOST_SPANS: usize = 1_500;
/// Gaps of the data and events that are drawn of a gateway: the longest, the newest.
const MOST_GAPS: usize = 400;
const MOST_MARKS: usize = 400;
/// A gap in the data is told from here on.
const HOUR: i64 = 3_600_000_000_000;

type Key = (String, String, Option<i64>);

fn key(row: Row<'_>, instance: &str) -> Key {
    (row.text("resource_id").to_ascii_uppercase(), row.text("remote_ip").to_owned(), row.int(instance))
}

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let Some((from, to)) = context.span().await? else {
            return Ok(vec![Block::Text(say.word(Word::NoTunnelRows))]);
        };
        let (sessions, downs) = (context.rows(SESSIONS).await?, context.rows(DISCONNECTS).await?);
        let gateways = context.gateways().await?;
        let mut lanes: BTreeMap<Key, Lane> = BTreeMap::new();
        let lane = |lanes: &mut BTreeMap<Key, Lane>, row: Row<'_>, instance: &str, f: &mut dyn FnMut(&mut Lane)| {
            let key = key(row, instance);
            let name = tunnel_name(&key.1, key.2, say);
            f(lanes.entry(key).or_insert_with(|| Lane { name, ..Lane::default() }));
        };
        // Spans nearer to each other than could be seen are one; what is between them is drawn above.
        let unseen = (to - from) / i64::try_from(context.at_most(MOST_SPANS)).unwrap_or(i64::MAX);
        for row in sessions.iter() {
            let span = (row.time("connected_at").unwrap_or(from), row.time("disconnected_at").unwrap_or(to));
            lane(&mut lanes, row, "instance", &mut |lane| match lane.up.last_mut() {
                Some(last) if span.0 - last.1 <= unseen => last.1 = last.1.max(span.1),
                _ => lane.up.push(span),
            });
        }
        let mut drawn: Vec<_> = downs.iter().map(|row| Incident { row }).collect();
        let left_out = drawn.len().saturating_sub(context.at_most(MOST_DOWNS));
        if left_out > 0 {
            drawn.sort_by_key(|i| std::cmp::Reverse(i.down_ms(to)));
            drawn.truncate(context.at_most(MOST_DOWNS));
        }
        let told = context.options.has("incidents");
        for i in &drawn {
            let row = i.row;
            let tip = format!("{} · {} · {}", i.title(say, &gateways), i.length(say), say.known(row.text("kind")));
            lane(&mut lanes, row, "from_instance", &mut |lane| {
                lane.down.push(Down {
                    from: i.from(),
                    to: i.to().unwrap_or(to),
                    group: i.group(),
                    tip: tip.clone(),
                    anchor: if told { i.id().to_owned() } else { String::new() },
                });
            });
            if row.text("kind") == "failover"
                && let Some(back) = i.to()
            {
                lane(&mut lanes, row, "to_instance", &mut |lane| lane.failovers.push(back));
            }
        }
        let mut of: BTreeMap<String, Gateway> = BTreeMap::new();
        let lanes_left_out = lanes.len().saturating_sub(context.at_most(MOST_LANES));
        for ((gateway, ..), lane) in lanes.into_iter().take(context.at_most(MOST_LANES)) {
            of.entry(gateway).or_insert_with(|| Gateway::of(String::new(), Vec::new())).lanes.push(lane);
        }
        marks(context, &mut of, &gateways).await?;
        for (id, spans) in silences(&*context.rows(HOURS).await?, from, to) {
            if let Some(gateway) = of.get_mut(&id) {
                gateway.silent = longest(spans, context.at_most(MOST_GAPS));
            }
        }
        let alternative =
            say.fill(Word::TimelineAlternative, &[&say.time(from), &say.time(to), &downs.len().to_string()]);
        let mut caption = say.word(Word::TimelineCaption);
        for (n, word) in [(left_out, Word::DownsLeftOut), (lanes_left_out, Word::LanesLeftOut)] {
            if n > 0 {
                caption = format!("{caption} {}", say.fill(word, &[&n.to_string()]));
            }
        }
        if of.is_empty() {
            return Ok(vec![Block::Text(say.word(Word::NoTunnelRows))]);
        }
        let timeline = Timeline { from, to, gateways: of.into_values().collect() };
        Ok(vec![Block::Picture(Picture { kind: Kind::Timeline(timeline), caption, alternative })])
    }
    .boxed()
}

/// Maintenance and changes of configuration, on each gateway that has a lane.
async fn marks(context: &Context<'_>, of: &mut BTreeMap<String, Gateway>, names: &Gateways) -> Result<(), ReportError> {
    let say = &context.say;
    let (maintenance, changes) = (context.rows(MAINTENANCE).await?, context.rows(CHANGES).await?);
    let mut add = |row: Row<'_>, time: &str, maintenance: bool, what: String| {
        let Some(gateway) = of.get_mut(&row.text("resource_id").to_ascii_uppercase()) else { return };
        if let Some(at) = row.time(time) {
            gateway.marks.push(Mark { at, maintenance, tip: format!("{} · {what}", say.time(at)) });
        }
    };
    for row in maintenance.iter() {
        let word = if row.flag("logged") { Word::MaintenanceAnnounced } else { Word::MaintenanceSuspected };
        add(row, "started_at", true, say.word(word));
    }
    for row in changes.iter() {
        let connection = row.text("connection");
        add(row, "time", false, format!("{} {connection}", row.text("operation")).trim().to_owned());
    }
    for row in [&*context.rows(SESSIONS).await?, &*context.rows(DISCONNECTS).await?].into_iter().flat_map(Rows::iter) {
        if let Some(gateway) = of.get_mut(&row.text("resource_id").to_ascii_uppercase()).filter(|g| g.name.is_empty()) {
            gateway.name = names.of(row);
        }
    }
    for gateway in of.values_mut() {
        gateway.marks.sort_by_key(|mark| mark.at);
        let more = gateway.marks.len().saturating_sub(context.at_most(MOST_MARKS));
        gateway.marks.drain(..more);
    }
    Ok(())
}

/// The longest spans, in their order.
fn longest(mut spans: Vec<(i64, i64)>, most: usize) -> Vec<(i64, i64)> {
    spans.sort_by_key(|(a, b)| std::cmp::Reverse(b - a));
    spans.truncate(most);
    spans.sort_unstable();
    spans
}

/// Full hours without a row of a gateway in any log, by gateway, within the report's time.
pub fn silences(hours: &Rows, from: i64, to: i64) -> BTreeMap<String, Vec<(i64, i64)>> {
    let mut out: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    let mut known: BTreeMap<String, i64> = BTreeMap::new();
    let floor = |t: i64| t.div_euclid(HOUR) * HOUR;
    let mut gap = |id: &str, a: i64, b: i64| {
        if b - a >= HOUR {
            out.entry(id.to_owned()).or_default().push((a, b));
        }
    };
    for row in hours.iter() {
        let (id, Some(hour)) = (row.text("resource_id").to_ascii_uppercase(), row.time("hour")) else { continue };
        // Spellings of one gateway may overlap.
        let end = known.get(&id).copied().unwrap_or(if floor(from) < from { floor(from) + HOUR } else { from });
        gap(&id, end, hour);
        known.insert(id, end.max(hour + HOUR));
    }
    for (id, end) in known {
        gap(&id, end, floor(to));
    }
    out
}
