//! When each tunnel was up: one lane a tunnel and instance, from sessions or from the tunnel log.

use std::collections::BTreeMap;

use super::axis::{Span, note, time_axis};
use super::data::Columns;
use super::{Frame, Spec};
use crate::render::layout::{display_width, push_cut};

pub(super) const SPEC: Spec = Spec {
    name: "timeline",
    needs: "columns remote_ip, connected_at and disconnected_at as of tunnel_sessions, or remote_ip, time and status as of \
            tunnel_log; instance and gateway, if any, make lanes of their own",
    fits: |columns| columns.text("remote_ip").is_some() && (is_sessions(columns) || is_events(columns)),
    draw,
};

const SECOND: i64 = 1_000_000_000;
/// The other instance takes over within this long: a failover, as the table function counts them unless told otherwise.
const WITHIN: i64 = 60 * SECOND;
/// It may have come up a little before this one went down.
const EARLIER: i64 = 2 * SECOND;
/// More lanes than this are no overview.
const MOST_LANES: usize = 64;

fn is_sessions(columns: &Columns) -> bool {
    columns.time("connected_at").is_some() && columns.time("disconnected_at").is_some()
}

fn is_events(columns: &Columns) -> bool {
    columns.time("time").is_some() && columns.text("status").is_some()
}

/// A tunnel's instance: gateway, remote address, instance.
type Lane = (String, String, Option<i64>);

/// Changes of a lane by time: up or down.
type Changes = Vec<(i64, bool)>;

/// What the rows tell; a lane without changes was up throughout.
fn changes(columns: &Columns) -> BTreeMap<Lane, Changes> {
    let mut lanes: BTreeMap<Lane, Changes> = BTreeMap::new();
    let text = |name: &str, row: usize| {
        let column = columns.text(name);
        column.and_then(|c| c.values.get(row)).and_then(Option::as_deref).unwrap_or_default().to_owned()
    };
    let time = |name: &str, row: usize| columns.time(name).and_then(|c| c.values.get(row)).copied().flatten();
    for row in 0..columns.rows {
        let instance = columns.number("instance").and_then(|c| c.values.get(row)).copied().flatten();
        let instance = instance.filter(|n| n.is_finite()).map(|n| n as i64);
        let lane = lanes.entry((text("gateway", row), text("remote_ip", row), instance)).or_default();
        if is_sessions(columns) {
            lane.extend(time("connected_at", row).map(|t| (t, true)));
            lane.extend(time("disconnected_at", row).map(|t| (t, false)));
        } else if let Some(at) = time("time", row) {
            match text("status", row).to_ascii_lowercase().as_str() {
                "connected" => lane.push((at, true)),
                "disconnected" => lane.push((at, false)),
                _ => {}
            }
        }
    }
    for lane in lanes.values_mut() {
        // Of both at one time it went down first.
        lane.sort_unstable();
        lane.dedup_by_key(|(_, up)| *up);
    }
    lanes
}

/// Whether an instance that went down at a time gave way to another of its tunnel: that one came up about then, did not drop
/// about then itself, and was there before this one came back.
fn is_failover(lanes: &BTreeMap<Lane, Changes>, lane: &Lane, at: i64) -> bool {
    let comes_back = |changes: &Changes| changes.iter().find(|(t, up)| *up && *t > at).map(|(t, _)| *t);
    let back = lanes.get(lane).and_then(comes_back);
    let others = lanes
        .iter()
        .filter(|((gateway, remote, instance), _)| *gateway == lane.0 && *remote == lane.1 && *instance != lane.2);
    let (earliest, latest) = (at.saturating_sub(EARLIER), at.saturating_add(WITHIN));
    others.into_iter().any(|(_, changes)| {
        let dropped = |(t, up): &(i64, bool)| !up && *t >= at.saturating_sub(WITHIN) && *t <= latest;
        changes.iter().enumerate().any(|(n, (t, up))| {
            let before = n.checked_sub(1).and_then(|n| changes.get(n));
            *up && *t >= earliest
                && *t <= latest
                && before.is_none_or(|before| !dropped(before))
                && back.is_none_or(|back| back > (*t).max(at))
                // One that was there first takes over only if this one stays away.
                && (*t >= at || back.is_none_or(|back| back > latest))
        })
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Up,
    Down,
    Dropped,
    Failover,
}

impl Sign {
    fn text(self, frame: &Frame<'_>) -> &'static str {
        match (self, frame.ascii) {
            (Sign::Up, false) => "━",
            (Sign::Up, true) => "=",
            (Sign::Down, false) => "·",
            (Sign::Down, true) => ".",
            (Sign::Dropped, false) => "╳",
            (Sign::Dropped, true) => "x",
            (Sign::Failover, false) => "◆",
            (Sign::Failover, true) => "F",
        }
    }

    /// Blue, orange and their likes, which colour-blind people tell apart.
    fn color(self) -> &'static str {
        match self {
            Sign::Up => "\x1b[34m",
            Sign::Down => "\x1b[2m",
            Sign::Dropped => "\x1b[38;5;208m",
            Sign::Failover => "\x1b[38;5;214m",
        }
    }
}

fn draw(columns: &Columns, frame: &Frame<'_>) -> String {
    let mut out = String::new();
    let lanes = changes(columns);
    let Some(span) = Span::of(lanes.values().flatten().map(|(t, _)| *t)) else {
        note("no row has a time at which a tunnel changed", frame, &mut out);
        return out;
    };
    let gateways = lanes.keys().map(|(g, ..)| g).collect::<std::collections::BTreeSet<_>>().len();
    let label = |(gateway, remote, instance): &Lane| {
        let mut label = if gateways > 1 { format!("{gateway} {remote}") } else { remote.clone() };
        if let Some(n) = instance {
            label.push_str(&format!(" #{n}"));
        }
        label
    };
    let widest = lanes.keys().take(MOST_LANES).map(|lane| display_width(&label(lane))).max().unwrap_or(0);
    let label_width = widest.min(frame.width * 2 / 5).max(1);
    let left = label_width + 2;
    let width = frame.width.saturating_sub(left).max(1);
    if let (1, Some((gateway, ..))) = (gateways, lanes.keys().next()).to_owned()
        && !gateway.is_empty()
    {
        note(gateway, frame, &mut out);
    }
    for (lane, changes) in lanes.iter().take(MOST_LANES) {
        let text = label(lane);
        let used = push_cut(&text, display_width(&text), label_width, frame.ellipsis(), &mut out);
        out.extend(std::iter::repeat_n(' ', label_width - used));
        out.push(' ');
        out.push_str(frame.pick("│", "|"));
        let is_failover = |at: i64| is_failover(&lanes, lane, at);
        push_signs(&signs(changes, span, width, is_failover), frame, &mut out);
        out.push('\n');
    }
    time_axis(span, left, width, frame, &mut out);
    let sign = |sign: Sign, what: &str| format!("{} {what}", sign.text(frame));
    let legend = [
        sign(Sign::Up, "up"),
        sign(Sign::Down, "down"),
        sign(Sign::Dropped, "went down"),
        sign(Sign::Failover, "went down, the other instance came up"),
    ];
    note(&legend.join("  "), frame, &mut out);
    if lanes.len() > MOST_LANES {
        note(&format!("{} more lanes left out", lanes.len() - MOST_LANES), frame, &mut out);
    }
    out
}

/// What stands in each column: however short an outage is, its column shows that the tunnel went down.
fn signs(changes: &Changes, span: Span, width: usize, is_failover: impl Fn(i64) -> bool) -> Vec<Sign> {
    // What is said first tells what was before: who goes down was up.
    let mut up = changes.first().is_none_or(|(_, up)| !up);
    let mut signs = Vec::with_capacity(width);
    let mut rest = changes.iter().peekable();
    let column = |at: i64| ((span.part(at) * width as f64) as usize).min(width.saturating_sub(1));
    for here in 0..width {
        let (mut dropped, mut failover, mut was_up) = (false, false, up);
        while let Some((at, to)) = rest.next_if(|(at, _)| column(*at) <= here) {
            if up && !to {
                dropped = true;
                failover |= is_failover(*at);
            }
            up = *to;
            was_up |= up;
        }
        signs.push(match (failover, dropped, was_up) {
            (true, ..) => Sign::Failover,
            (_, true, _) => Sign::Dropped,
            (.., true) => Sign::Up,
            _ => Sign::Down,
        });
    }
    signs
}

fn push_signs(signs: &[Sign], frame: &Frame<'_>, out: &mut String) {
    for run in signs.chunk_by(|a, b| a == b) {
        let Some(sign) = run.first() else { continue };
        if frame.color {
            out.push_str(sign.color());
        }
        out.extend(std::iter::repeat_n(sign.text(frame), run.len()));
        if frame.color {
            out.push_str("\x1b[0m");
        }
    }
}
