//! P2SDiagnosticLog: users come and go. Names and addresses are masked as Azure masks them.

use crate::model::{Category, TICKS_PER_SECOND as SECOND, Ticks};
use crate::simulate::format::{DAY, HOUR, MILLI, MINUTE, text};
use crate::simulate::plan::P2s;
use crate::simulate::rng::{Rng, mix_all};
use crate::simulate::truth::{LIST_LIMIT, P2sSession};

use super::{Findings, Hour, Lines, head};

struct Visit {
    session: P2sSession,
    rows: Vec<(Ticks, String)>,
}

/// Writes the hour's rows. Visits last past midnight: yesterday's are played again for what is left of them.
pub(super) fn write(hour: &Hour<'_>, findings: &mut Findings, to: &mut impl Lines) -> std::io::Result<()> {
    let Some(p2s) = &hour.gateway.p2s else { return Ok(()) };
    let today = i64::from(hour.number / 24);
    let mut rows = Vec::new();
    for day in [today - 1, today] {
        for visit in visits(hour, p2s, day) {
            if (hour.from..hour.to).contains(&visit.session.started_at) {
                findings.p2s[usize::from(visit.session.outcome != "connected")] += 1;
                if findings.p2s_sessions.len() < findings.keep.min(LIST_LIMIT) {
                    findings.p2s_sessions.push(visit.session);
                }
            }
            rows.extend(visit.rows.into_iter().filter(|(at, _)| (hour.from..hour.to).contains(at)));
        }
    }
    rows.sort();
    rows.dedup();
    let mut line = Vec::new();
    for (at, message) in &rows {
        line.clear();
        head(&mut line, hour, *at, Category::P2s, "P2SLogEvent", "Informational");
        text(&mut line, "\"message\":\"");
        text(&mut line, message);
        text(&mut line, "\"}}\n");
        to.record(*at, &line)?;
    }
    Ok(())
}

fn visits(hour: &Hour<'_>, p2s: &P2s, day: i64) -> Vec<Visit> {
    if day < 0 || p2s.users.is_empty() || p2s.only_day.is_some_and(|only| only != day) {
        return Vec::new();
    }
    let seed = hour.plan.seed;
    let gateway = hour.gateway;
    let mut rng = Rng::stream(seed, &[gateway.index, 7, day as u64]);
    let midnight = hour.plan.start + day * DAY;
    let (open, close) = (midnight + p2s.hours.0 * HOUR, midnight + p2s.hours.1 * HOUR);
    // Without opening hours visits may go on into the next day, but not through it.
    let last = if p2s.closes { close - SECOND } else { close + 20 * HOUR };
    let last = last.min(hour.plan.end() - 1);
    let mut out = Vec::new();
    let mean = p2s.sessions_a_day * (0.7 + 0.6 * rng.unit());
    for number in 0..rng.count(mean) {
        let user = rng.below(p2s.users.len() as u64) as usize;
        let id = mix_all(&[seed, gateway.index, day as u64, number]);
        let id = format!("OVPN_{:016X}{:011X}", id, mix_all(&[id]) >> 20);
        let start = rng.range(open, close - 5 * MINUTE);
        out.push(visit(hour, p2s, user, id, start, last, &mut rng));
    }
    out
}

fn visit(hour: &Hour<'_>, p2s: &P2s, user: usize, id: String, start: Ticks, last: Ticks, rng: &mut Rng) -> Visit {
    let name = p2s.users.get(user).cloned().unwrap_or_default();
    let mut at = start;
    let mut rows = Vec::new();
    let mut say = |at: Ticks, words: String| {
        if at <= last {
            rows.push((at, format!("[MSG] [default] [{id}] {words}")));
        }
        at <= last
    };
    let outside =
        format!("0.{}.{}.{}:{}", rng.below(256), rng.below(256), rng.below(255) + 1, 1024 + rng.below(60_000));
    let pool = hour.gateway.index % 50 + 200;
    let inside = format!("172.16.{pool}.{}", user % 250 + 2);
    say(at, format!("Connect request received. IP={outside}"));
    at += rng.range(300 * MILLI, 4 * SECOND);
    let fails = rng.below(10);
    let method = if user.is_multiple_of(3) { "EAP" } else { "AAD" };
    let mut session = P2sSession {
        connection: id.clone(),
        gateway: hour.gateway.name.clone(),
        user: name.clone(),
        outcome: "failed",
        started_at: start,
        disconnected_at: None,
    };
    if fails == 0 {
        say(at, format!("{method} authentication failed. Username={name}"));
        say(at + 3 * MILLI, format!("Connection failed. Username={name}"));
        return Visit { session, rows };
    }
    say(at, format!("{method} authentication succeeded. Username={name}"));
    at += rng.range(20 * MILLI, SECOND);
    if fails == 1 {
        say(at, format!("Connection failed. Username={name}"));
        return Visit { session, rows };
    }
    if say(at, format!("Connection successful. Username={name} IP={inside}")) {
        session.outcome = "connected";
    }
    let skewed = rng.unit() * rng.unit();
    let end = at + MINUTE + (skewed * 9.0 * HOUR as f64) as i64;
    let end = if p2s.closes { end.min(last) } else { end };
    let mut report = at + 15 * MINUTE;
    let (mut received, mut sent) = (0, 0);
    while report < end {
        received += rng.below(40_000_000);
        sent += rng.below(6_000_000);
        say(report, format!("Statistics: Username={name} BytesIn={received} BytesOut={sent}"));
        report += rng.range(55 * MINUTE, 65 * MINUTE);
    }
    if say(end, format!("Disconnect request received. Username={name}")) {
        session.disconnected_at = Some(end);
    }
    Visit { session, rows }
}
