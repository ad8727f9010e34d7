//! The five categories: what a line of each looks like, and which rows an hour has.

mod gateway;
mod ike;
mod p2s;
mod route;
mod tunnel;

use crate::model::{Category, Ticks};

use super::format::{Stamp, text};
use super::plan::{Gateway, Plan};
use super::truth::{Negotiation, P2sSession};

/// What the categories find out while writing.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Negotiations by outcome, in the order of [`Findings::OUTCOMES`].
    pub(super) outcomes: std::collections::BTreeMap<&'static str, u64>,
    /// Negotiations by initiator.
    pub(super) initiators: std::collections::BTreeMap<&'static str, u64>,
    /// The first of them.
    pub(super) negotiations: Vec<Negotiation>,
    /// How many to keep.
    pub(super) keep: usize,
    /// P2S sessions that began: connected, failed.
    pub(super) p2s: [u64; 2],
    /// The first of them.
    pub(super) p2s_sessions: Vec<P2sSession>,
}

/// An hour of a gateway.
pub(super) struct Hour<'a> {
    pub(super) plan: &'a Plan,
    pub(super) gateway: &'a Gateway,
    /// Multiplier of IKE chatter.
    pub(super) rate: f64,
    /// Hours since the start of the simulation.
    pub(super) number: u32,
    pub(super) from: Ticks,
    pub(super) to: Ticks,
    pub(super) stamp: Stamp,
}

/// Takes the lines of an hour; each with its newline.
pub(super) trait Lines {
    /// A good record.
    fn record(&mut self, at: Ticks, line: &[u8]) -> std::io::Result<()>;
}

/// Buffers that are used again for every hour.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    ike: ike::Buffers,
}

/// Writes a category's rows of the hour.
pub(super) fn write(
    category: Category,
    hour: &Hour<'_>,
    buffers: &mut Buffers,
    findings: &mut Findings,
    to: &mut impl Lines,
) -> std::io::Result<()> {
    match category {
        Category::Gateway => gateway::write(hour, to),
        Category::Tunnel => tunnel::write(hour, to),
        Category::Route => route::write(hour, to),
        Category::Ike => ike::write(hour, &mut buffers.ike, findings, to),
        Category::P2s => p2s::write(hour, findings, to),
        Category::Other => Ok(()),
    }
}

/// Writes a line up to and with `"properties":{`.
fn head(out: &mut Vec<u8>, hour: &Hour<'_>, at: Ticks, category: Category, operation: &str, level: &str) {
    text(out, "{\"time\":\"");
    hour.stamp.time(out, at);
    text(out, "\",\"resourceId\":\"");
    text(out, &hour.gateway.resource_id);
    text(out, "\",\"category\":\"");
    text(out, category.azure_name());
    text(out, "\",\"operationName\":\"");
    text(out, operation);
    text(out, "\",\"level\":\"");
    text(out, level);
    text(out, "\",\"location\":\"");
    text(out, hour.gateway.location);
    text(out, "\",\"properties\":{");
}

/// The slice of a list, sorted by time, that lies in `from..to`.
fn within<T>(list: &[T], at: impl Fn(&T) -> Ticks, from: Ticks, to: Ticks) -> &[T] {
    let start = list.partition_point(|x| at(x) < from);
    let end = list.partition_point(|x| at(x) < to);
    list.get(start..end).unwrap_or_default()
}

/// A record of the category that was never finished: its beginning, for a torn last line.
pub(super) fn unfinished(hour: &Hour<'_>, category: Category, at: Ticks) -> Vec<u8> {
    let mut out = Vec::new();
    head(&mut out, hour, at, category, "SyntheticTornRecord", "Informational");
    text(&mut out, "\"message\":\"Synthetic record whose end has not been written yet");
    out
}
