//! Records that differ from an earlier one of the same source in time and message alone.
//!
//! Nearly all of an export is like that: a line of 600 bytes says anew which gateway, instance and operation it is about, in the
//! same words as the line before. What stands around the time and the message is its frame. A unit in a known frame need not
//! be scanned: its bytes are compared, its message is looked through for the closing quote, and what the record says otherwise
//! is known, its identity included. Whatever fits no frame, or has a time or a message that is not right, is scanned as ever.

use std::sync::atomic::{AtomicU64, Ordering};

use super::identity::{mix, worth};
use super::json::{Scanner, Value, inner};
use super::text::plain;
use crate::model::{Category, Record, Ticks, parse_iso, part_of};

/// Frames remembered of a source: gateways have two instances and a few levels.
const MOST: usize = 8;
/// A longer frame is remembered by nobody.
const LONGEST: usize = 4096;
/// After so many units more without a frame than with one, a source is asked no longer.
const PATIENCE: u32 = 64;

/// The frames of one source.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    known: Vec<Frame>,
    /// The one that fitted last: mostly the next to fit.
    last: usize,
    /// Where the next is put, once there are as many as may be.
    next: usize,
    /// Units that fitted none, less those that did.
    missed: u32,
    unescaped: String,
}

/// What stands around time and message, and what the record says apart from them.
#[derive(Debug)]
struct Frame {
    /// Up to the opening quote of the time, inclusive.
    before: Box<[u8]>,
    /// How long the time is.
    time: usize,
    /// From the closing quote of the time to the last byte before the opening quote of the message.
    between: Box<[u8]>,
    /// What follows the closing quote of the message.
    after: Box<[u8]>,
    shared: Shared,
}

/// What does not change within a frame.
#[derive(Debug)]
struct Shared {
    id: u64,
    category: Category,
    category_name: String,
    resource_id: String,
    operation: String,
    level: String,
    instance: String,
    remote_ip: String,
    status: String,
    state_change_reason: String,
    operation_status: String,
    configuration: String,
    properties: String,
    identity: Identity,
}

/// The identity of a record without its message, see [`super::identity`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    /// Of resource, category and operation.
    pub base: u64,
    /// The sum of all leaves, the message's included when it is first handed over.
    pub leaves: u64,
    /// Of the message's path.
    pub path: u64,
}

/// Where the values are in a unit that is to be remembered, as they stand there with their quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    /// The whole unit.
    pub unit: &'a str,
    /// The time.
    pub time: &'a str,
    /// The message.
    pub message: &'a str,
}

impl Frames {
    /// The record of a unit that fits a frame; `None` when it has to be scanned.
    #[inline]
    pub(crate) fn record<'a>(&'a mut self, unit: &'a [u8]) -> Option<Record<'a>> {
        if self.missed > PATIENCE {
            return None;
        }
        let count = self.known.len();
        let fitting = (0..count).map(|i| (self.last + i) % count).find_map(|i| Some((i, self.known[i].fits(unit)?)));
        let Some((at, (ticks, message))) = fitting else {
            self.missed += 1;
            return None;
        };
        self.missed = self.missed.saturating_sub(1);
        self.last = at;
        let message = match message {
            Value::Escaped(quoted) => plain(quoted, &mut self.unescaped),
            Value::Text(quoted) => inner(quoted),
            _ => return None,
        };
        Some(self.known[at].shared.record(ticks, message))
    }

    /// Remembers the frame of a record that was scanned. Returns what [`Record::alike`] is of those in it; 0 for none.
    pub(crate) fn learn(&mut self, places: Places<'_>, record: &Record<'_>, identity: Identity) -> u64 {
        if self.missed > PATIENCE || places.unit.len().saturating_sub(places.message.len()) > LONGEST {
            return 0;
        }
        let Some(frame) = Frame::new(places, record, identity) else { return 0 };
        let id = frame.shared.id;
        if self.known.len() < MOST {
            self.known.push(frame);
        } else {
            self.known[self.next] = frame;
            self.next = (self.next + 1) % MOST;
        }
        id
    }
}

impl Frame {
    fn new(places: Places<'_>, record: &Record<'_>, mut identity: Identity) -> Option<Self> {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let (time, message) = (part_of(places.unit, places.time)?, part_of(places.unit, places.message)?);
        let unit = places.unit.as_bytes();
        identity.leaves = identity.leaves.wrapping_sub(worth(record.message?, identity.path));
        Some(Self {
            before: unit.get(..time.start + 1)?.into(),
            time: time.len().checked_sub(2)?,
            between: unit.get(time.end - 1..message.start)?.into(),
            after: unit.get(message.end..)?.into(),
            shared: Shared {
                id: IDS.fetch_add(1, Ordering::Relaxed),
                category: record.category,
                category_name: record.category_name.to_owned(),
                resource_id: record.resource_id.to_owned(),
                operation: record.operation.to_owned(),
                level: record.level.to_owned(),
                instance: record.instance.to_owned(),
                remote_ip: record.remote_ip.to_owned(),
                status: record.status.to_owned(),
                state_change_reason: record.state_change_reason.to_owned(),
                operation_status: record.operation_status.to_owned(),
                configuration: record.configuration.to_owned(),
                properties: record.properties.to_owned(),
                identity,
            },
        })
    }

    /// The time and the message of a unit in this frame.
    #[inline]
    fn fits<'a>(&self, unit: &'a [u8]) -> Option<(Ticks, Value<'a>)> {
        let unit = unit.strip_suffix(&*self.after)?.strip_prefix(&*self.before)?;
        let (time, unit) = unit.split_at_checked(self.time)?;
        let quoted = std::str::from_utf8(unit.strip_prefix(&*self.between)?).ok()?;
        // A time holds no quote, so that it ends where the frame goes on; white space around it might be what JSON forbids.
        let time = std::str::from_utf8(time).ok().filter(|time| time.trim_ascii().len() == time.len())?;
        let ticks = parse_iso(time)?;
        let mut scanner = Scanner::new(quoted);
        let message = scanner.value(0).ok()?;
        (scanner.at() == quoted.len()).then_some((ticks, message))
    }
}

impl Shared {
    fn record<'a>(&'a self, ticks: Ticks, message: &'a str) -> Record<'a> {
        let Identity { base, leaves, path } = self.identity;
        Record {
            ticks,
            category: self.category,
            category_name: &self.category_name,
            resource_id: &self.resource_id,
            operation: &self.operation,
            level: &self.level,
            message: Some(message),
            instance: &self.instance,
            remote_ip: &self.remote_ip,
            status: &self.status,
            state_change_reason: &self.state_change_reason,
            operation_status: &self.operation_status,
            configuration: &self.configuration,
            properties: &self.properties,
            hash: mix(base, leaves.wrapping_add(worth(message, path))),
            alike: self.id,
        }
    }
}
