//! How much of the time each peer had a tunnel, by month, and on which days it had none.

use futures::FutureExt;
use futures::future::BoxFuture;
use tunnelql_udfs::domain::history::availability::Bucket;

use super::super::ReportError;
use super::super::context::{Context, DAYS, Gateways};
use super::super::document::{Block, Cell, Column, Tone};
use super::super::pictures::heat::{Heat, HeatRow};
use super::super::pictures::{Kind, Picture};
use super::super::say::Word;
use super::super::value::{Rows, Value};
use super::{Spec, millis_cell, newest, seconds_cell};

pub const SECTION: Spec = Spec { name: "availability", title: Word::SectionAvailability, build };

const MONTHS: &str = "SELECT * FROM availability(bucket => 'month') ORDER BY bucket, gateway, resource_id, remote_ip";
const MOST_ROWS: usize = 240;
const MOST_PEERS: usize = 40;
const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

fn build<'a>(context: &'a Context<'a>) -> BoxFuture<'a, Result<Vec<Block>, ReportError>> {
    async move {
        let say = &context.say;
        let (months, gateways) = (context.rows(MONTHS).await?, context.gateways().await?);
        let span = context.span().await?;
        if months.is_empty() {
            return Ok(vec![Block::Text(say.word(Word::NoTunnelRows))]);
        }
        let columns = vec![
            Column::text("bucket", say.word(Word::Month)),
            Column::text("gateway", say.word(Word::Gateway)),
            Column::text("remote_ip", say.word(Word::Peer)),
            Column::number("availability", say.word(Word::Availability)),
            Column::number("down_s", say.word(Word::DownTime)),
            Column::number("planned_down_s", say.word(Word::PlannedDown)),
            Column::number("unplanned_down_s", say.word(Word::UnplannedDown)),
            Column::number("no_data_s", say.word(Word::NoData)),
            Column::number("disconnects", say.word(Word::Disconnects)),
            Column::number("interruptions", say.word(Word::Interruptions)),
            Column::number("mean_repair_ms", say.word(Word::MeanRepair)),
        ];
        let rows = months.iter().map(|row| {
            let (up, down) = (row.count("up_s"), row.count("down_s"));
            let share = if up + down > 0 { Value::Float(up as f64 / (up + down) as f64) } else { Value::Null };
            let no_data = (row.count("no_data_s") - row.time("bucket").map_or(0, |month| untold(month, span))).max(0);
            let unplanned = if row.count("unplanned_down_s") > 0 { Tone::Warning } else { Tone::Plain };
            vec![
                Cell::shown(row.time("bucket").map_or_else(String::new, |t| say.month(t)), row.get("bucket").clone()),
                Cell::text(gateways.of(row)),
                Cell::text(row.text("remote_ip")),
                Cell::shown(say.percent(up, up + down), share),
                seconds_cell(say, row, "down_s"),
                seconds_cell(say, row, "planned_down_s"),
                seconds_cell(say, row, "unplanned_down_s").toned(unplanned),
                Cell::shown(say.millis(no_data.saturating_mul(1000)), Value::Int(no_data)),
                Cell::int(row.count("disconnects")),
                Cell::int(row.count("interruptions")),
                millis_cell(say, row, "mean_repair_ms"),
            ]
        });
        let table =
            newest(say.word(Word::AvailabilityCaption), columns, rows.collect(), context.at_most(MOST_ROWS), MONTHS);
        let mut blocks = vec![Block::Text(say.word(Word::AvailabilityIntro)), Block::Table(table)];
        if let Some((heat, left_out)) = heat(&*context.rows(DAYS).await?, context.at_most(MOST_PEERS), &gateways) {
            let alternative = say.fill(Word::HeatAlternative, &[&heat.rows.len().to_string(), &heat.days.to_string()]);
            let mut caption = say.word(Word::HeatCaption);
            if left_out > 0 {
                caption = format!("{caption} {}", say.fill(Word::PeersLeftOut, &[&left_out.to_string()]));
            }
            blocks.push(Block::Picture(Picture { kind: Kind::Heat(heat), caption, alternative }));
        }
        Ok(blocks)
    }
    .boxed()
}

/// Seconds of a month of which the report does not tell, so that nobody misses data of them. Rounded up.
fn untold(month: i64, span: Option<(i64, i64)>) -> i64 {
    let Some((from, to)) = span else { return 0 };
    let (_, next) = Bucket::Month.around(month);
    let nanos = (from - month).clamp(0, next - month) + (next - to).clamp(0, next - month);
    nanos.div_euclid(SECOND) + i64::from(nanos.rem_euclid(SECOND) > 0)
}

/// The map, and how many peers it leaves out: those that were down the least.
fn heat(days: &Rows, most: usize, gateways: &Gateways) -> Option<(Heat, usize)> {
    let from = days.iter().filter_map(|r| r.time("bucket")).min()?;
    let to = days.iter().filter_map(|r| r.time("bucket")).max()?;
    let count = usize::try_from((to - from) / DAY).ok()? + 1;
    let mut rows: Vec<((String, String), i64, HeatRow)> = Vec::new();
    for row in days.iter() {
        let key = (row.text("resource_id").to_ascii_uppercase(), row.text("remote_ip").to_owned());
        if rows.last().is_none_or(|(last, ..)| *last != key) {
            let name = format!("{} · {}", gateways.of(row), row.text("remote_ip"));
            rows.push((key, 0, HeatRow { name, days: vec![None; count] }));
        }
        let Some((_, total, heat)) = rows.last_mut() else { continue };
        let at = row.time("bucket").map(|t| (t - from) / DAY).and_then(|n| usize::try_from(n).ok());
        if let Some(day) = at.and_then(|at| heat.days.get_mut(at)) {
            let (up, down) = (row.count("up_s"), row.count("down_s"));
            *day = (up + down > 0).then_some(down);
            *total += down;
        }
    }
    let left_out = rows.len().saturating_sub(most);
    if left_out > 0 {
        rows.sort_by_key(|(_, total, _)| std::cmp::Reverse(*total));
        rows.truncate(most);
        rows.sort_by(|a, b| a.2.name.cmp(&b.2.name));
    }
    Some((Heat { from, days: count, rows: rows.into_iter().map(|(.., heat)| heat).collect() }, left_out))
}

#[cfg(test)]
mod tests {
    use super::{DAY, SECOND, untold};

    #[test]
    fn what_is_not_told_of_a_month() {
        let march = 1_772_323_200 * SECOND;
        for (from, to, seconds) in [
            (march, march + 31 * DAY, 0),
            (march - DAY, march + 40 * DAY, 0),
            (march + DAY, march + 3 * DAY, 29 * 86_400),
            (march + SECOND / 2, march + 31 * DAY - SECOND / 4, 1),
            (march + 40 * DAY, march + 50 * DAY, 31 * 86_400),
        ] {
            assert_eq!(untold(march, Some((from, to))), seconds, "{from} {to}");
        }
        assert_eq!(untold(march, None), 0);
    }
}
