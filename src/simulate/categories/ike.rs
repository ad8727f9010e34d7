//! IKEDiagnosticLog: negotiations, rekeys and, most of it, chatter.
//!
//! An hour is cut into slices of a few thousand rows, so that memory does not grow with the rate.

use crate::model::{Category, Ticks};
use crate::simulate::dialogue::{Scene, Span, spell};
use crate::simulate::format::{HOUR, MILLI, MINUTE, text};
use crate::simulate::ike_text::{Ends, invalid_payload, packet};
use crate::simulate::plan::{Header, Outcome, Phase, instance_name};
use crate::simulate::rng::{Rng, mix_all};
use crate::simulate::rows::{Level, Row, Rows};
use crate::simulate::truth::Negotiation;

use super::{Findings, Hour, Lines, within};

/// Dead-peer-detection exchanges of a tunnel and hour, at rate 1.
const EXCHANGES_AN_HOUR: f64 = 40.0;
/// Rekeys of further child SAs of a tunnel and hour, at rate 1.
const CHILDREN_AN_HOUR: f64 = 3.0;
/// Rows of a slice, about.
const SLICE_ROWS: f64 = 6000.0;
/// No negotiation takes longer than this.
const LONGEST: Ticks = 2 * MINUTE;
/// Main mode is renewed after somewhat less than 28,800 s, quick mode, by the peers' choice, after an hour.
const MAIN_REKEY: Ticks = 28_440 * crate::model::TICKS_PER_SECOND;
const QUICK_REKEY: Ticks = 3_480 * crate::model::TICKS_PER_SECOND;

/// Buffers that are used again for every hour.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    scheduled: Rows,
    slice: Rows,
    line: Vec<u8>,
}

/// A tunnel as the chatter sees it.
struct Endpoint {
    peer: usize,
    instance: u8,
    ends: Ends,
    cookies: (u64, u64),
}

/// Writes the hour's rows.
pub(super) fn write(
    hour: &Hour<'_>,
    buffers: &mut Buffers,
    findings: &mut Findings,
    to: &mut impl Lines,
) -> std::io::Result<()> {
    let endpoints = endpoints(hour);
    let Buffers { scheduled, slice, line } = buffers;
    scheduled.clear();
    let mut headers = headers(hour);
    headers.sort_by_key(|h| (h.start, h.uid));
    for header in &headers {
        if let Some(endpoint) = endpoints.iter().find(|e| e.peer == header.peer && e.instance == header.instance) {
            let span = spell(scheduled, &scene(hour, &endpoint.ends), header);
            if (hour.from..hour.to).contains(&header.start) {
                note(hour, header, span, findings);
            }
        }
    }
    scheduled.sort();
    let mut writer = Writer::new(hour, line);
    let mut planned = scheduled.list.iter().peekable();
    if hour.gateway.is_active(hour.number) {
        let tunnels: Vec<&Endpoint> =
            endpoints.iter().filter(|e| hour.gateway.peers.get(e.peer).is_some_and(|p| !p.stranger)).collect();
        let mut rng = Rng::stream(hour.plan.seed, &[hour.gateway.index, 9, u64::from(hour.number)]);
        let rate = hour.rate * tunnels.len() as f64 * (0.8 + 0.4 * rng.unit());
        let rows = rate * (2.0 * EXCHANGES_AN_HOUR + 5.0 * CHILDREN_AN_HOUR);
        let slices = ((rows / SLICE_ROWS) as i64 + 1).min(36_000);
        let mut counter = rng.below(1 << 20);
        for n in 0..slices {
            let (from, end) = (hour.from + HOUR / slices * n, hour.from + HOUR / slices * (n + 1));
            slice.clear();
            exchanges(hour, &tunnels, (from, end), rate / slices as f64, &mut counter, &mut rng, slice);
            children(hour, &tunnels, (from, end), rate / slices as f64, &mut rng, slice, findings);
            slice.sort();
            for row in &slice.list {
                while let Some(due) = planned.next_if(|p| p.at <= row.at) {
                    writer.write(due, scheduled.message(due), to)?;
                }
                writer.write(row, slice.message(row), to)?;
            }
        }
    }
    for row in planned {
        writer.write(row, scheduled.message(row), to)?;
    }
    Ok(())
}

fn endpoints(hour: &Hour<'_>) -> Vec<Endpoint> {
    let mut out = Vec::new();
    for (peer, about) in hour.gateway.peers.iter().enumerate() {
        for instance in 0..2u8 {
            // A new main mode every eight hours brings new cookies.
            let epoch = u64::from(hour.number / 8);
            let of = |n| mix_all(&[hour.plan.seed, hour.gateway.index, peer as u64, u64::from(instance), epoch, n]);
            let ends = Ends::new(hour.gateway, about, instance);
            out.push(Endpoint { peer, instance, ends, cookies: (of(1), of(2)) });
        }
    }
    out
}

fn scene<'a>(hour: &'a Hour<'_>, ends: &'a Ends) -> Scene<'a> {
    let bounds = (hour.plan.start, hour.plan.end());
    Scene { seed: hour.plan.seed, gateway: hour.gateway, ends, from: hour.from, to: hour.to, bounds }
}

/// Every negotiation with rows in this hour, and some more.
fn headers(hour: &Hour<'_>) -> Vec<Header> {
    let (from, to) = (hour.from - LONGEST, hour.to + MILLI * 10);
    let mut out = within(&hour.gateway.negotiations, |h| h.start, from, to).to_vec();
    for outage in &hour.gateway.outages {
        outage.attempts(hour.plan.seed, hour.gateway, from, to, |h| out.push(h));
    }
    for (index, peer) in hour.gateway.peers.iter().enumerate().filter(|(_, p)| !p.stranger) {
        for instance in 0..2u8 {
            for (period, phase, kind) in [(MAIN_REKEY, Phase::Main, 10), (QUICK_REKEY, Phase::Child, 11)] {
                let id = mix_all(&[hour.gateway.index, index as u64, u64::from(instance), kind]);
                let offset = (mix_all(&[hour.plan.seed, id]) % period as u64) as i64;
                let first = (from - hour.plan.start - offset).div_euclid(period);
                let last = (to - hour.plan.start - offset).div_euclid(period);
                for number in first..=last {
                    let mut rng = Rng::stream(hour.plan.seed, &[id, number as u64]);
                    let start = hour.plan.start + offset + number * period + rng.range(0, 2 * MINUTE);
                    let active = hour.gateway.is_active(((start - hour.plan.start) / HOUR) as u32);
                    if start >= from.max(hour.plan.start + MILLI * 10)
                        && start < to
                        && active
                        && peer.up_at(instance, start)
                    {
                        let azure_initiates = rng.chance(peer.azure_share);
                        let uid = mix_all(&[id, number as u64]);
                        let outcome = Outcome::Established;
                        out.push(Header { start, peer: index, instance, azure_initiates, outcome, phase, uid });
                    }
                }
            }
        }
    }
    out
}

/// Writes down a negotiation for the truth.
fn note(hour: &Hour<'_>, header: &Header, span: Span, findings: &mut Findings) {
    let (Some((first, last)), false) = (span, matches!(header.phase, Phase::Delete(_))) else { return };
    let initiator = if header.azure_initiates { "azure" } else { "peer" };
    *findings.outcomes.entry(header.outcome.name()).or_default() += 1;
    *findings.initiators.entry(initiator).or_default() += 1;
    if findings.negotiations.len() < findings.keep
        && let Some(peer) = hour.gateway.peers.get(header.peer)
    {
        findings.negotiations.push(Negotiation {
            session_id: hour.gateway.session(hour.plan.seed, header.uid).iter().map(|b| char::from(*b)).collect(),
            gateway: hour.gateway.name.clone(),
            remote_ip: peer.ip.clone(),
            initiator,
            outcome: header.outcome.name(),
            phase: if header.phase == Phase::Child { "child" } else { "main" },
            first,
            last,
        });
    }
}

/// Dead-peer detection: question and answer with one message id. Each slot has a time of its own, so that no two rows
/// without a session can be equal.
fn exchanges(
    hour: &Hour<'_>,
    tunnels: &[&Endpoint],
    (from, end): (Ticks, Ticks),
    rate: f64,
    counter: &mut u64,
    rng: &mut Rng,
    rows: &mut Rows,
) {
    let count = rng.count(rate * EXCHANGES_AN_HOUR);
    let Some(step) = (end - from).checked_div(count as i64).filter(|s| *s > 0) else { return };
    for slot in 0..count as i64 {
        let at = from + slot * step + rng.range(0, step);
        let Some(tunnel) = tunnels.get(rng.below(tunnels.len() as u64) as usize) else { return };
        let Some(peer) = hour.gateway.peers.get(tunnel.peer) else { continue };
        *counter += 1;
        if !peer.up_at(tunnel.instance, at) {
            continue;
        }
        let draw = rng.below(1 << 32);
        if draw.is_multiple_of(64) {
            rows.push(at, tunnel.instance, Level::Info, invalid_payload);
            continue;
        }
        let answer = (at + peer.round_trip + (draw >> 8) as i64 % peer.round_trip.max(1)).min(hour.to - 1);
        let azure_asks = draw & 128 == 0;
        rows.push(at, tunnel.instance, Level::Info, |out| {
            packet(out, &tunnel.ends, azure_asks, tunnel.cookies, *counter)
        });
        rows.push(answer, tunnel.instance, Level::Info, |out| {
            packet(out, &tunnel.ends, !azure_asks, tunnel.cookies, *counter);
        });
    }
}

/// Rekeys of child SAs beyond the first.
fn children(
    hour: &Hour<'_>,
    tunnels: &[&Endpoint],
    (from, end): (Ticks, Ticks),
    rate: f64,
    rng: &mut Rng,
    rows: &mut Rows,
    findings: &mut Findings,
) {
    // A rekey is over in less than two seconds and stays within its hour.
    let latest = end.min(hour.to - 2000 * MILLI);
    for _ in 0..rng.count(rate * CHILDREN_AN_HOUR) {
        let start = rng.range(from + 3 * MILLI, latest).min(latest);
        let (pick, uid, who) = (rng.below(tunnels.len() as u64) as usize, rng.bits(), rng.unit());
        let Some(tunnel) = tunnels.get(pick) else { return };
        let Some(peer) = hour.gateway.peers.get(tunnel.peer) else { continue };
        if !peer.up_at(tunnel.instance, start) {
            continue;
        }
        let header = Header {
            start,
            peer: tunnel.peer,
            instance: tunnel.instance,
            azure_initiates: who < peer.azure_share,
            outcome: Outcome::Established,
            phase: Phase::Child,
            uid,
        };
        let span = spell(rows, &scene(hour, &tunnel.ends), &header);
        note(hour, &header, span, findings);
    }
}

/// Puts messages into lines: all but the time, the level, the message and the instance is prepared.
struct Writer<'a> {
    hour: &'a Hour<'a>,
    line: &'a mut Vec<u8>,
    middle: Vec<u8>,
    before_message: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(hour: &'a Hour<'a>, line: &'a mut Vec<u8>) -> Self {
        let middle = format!(
            "\",\"resourceId\":\"{}\",\"category\":\"{}\",\"operationName\":\"IKELogEvent\",\"level\":\"",
            hour.gateway.resource_id,
            Category::Ike.azure_name()
        );
        let before_message = format!("\",\"location\":\"{}\",\"properties\":{{\"message\":\"", hour.gateway.location);
        Self { hour, line, middle: middle.into_bytes(), before_message: before_message.into_bytes() }
    }

    fn write(&mut self, row: &Row, message: &[u8], to: &mut impl Lines) -> std::io::Result<()> {
        let line = &mut *self.line;
        line.clear();
        text(line, "{\"time\":\"");
        self.hour.stamp.time(line, row.at);
        line.extend_from_slice(&self.middle);
        text(line, if row.level == Level::Info { "Informational" } else { "Error" });
        line.extend_from_slice(&self.before_message);
        line.extend_from_slice(message);
        text(line, "\",\"instance\":\"");
        text(line, instance_name(row.instance));
        text(line, "\"}}\n");
        to.record(row.at, line)
    }
}
