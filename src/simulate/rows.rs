//! IKE rows in the making: messages in one arena, kept distinct and sorted.

use std::collections::HashSet;

use crate::model::Ticks;

use super::rng::mix;

/// How serious a row is, as logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// `Informational`.
    Info,
    /// `Error`.
    Error,
}

/// A message and where it stands in the arena of [`Rows`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) at: Ticks,
    start: usize,
    end: usize,
    pub(super) instance: u8,
    pub(super) level: Level,
}

/// Rows in the making; the buffers are used again and again.
#[derive(Debug, Default)]
pub(super) struct Rows {
    arena: Vec<u8>,
    pub(super) list: Vec<Row>,
    /// Messages without a session, which alone could be equal to another: time, instance and text are kept unique.
    seen: HashSet<(Ticks, u64)>,
}

impl Rows {
    /// Forgets everything but the memory.
    pub(super) fn clear(&mut self) {
        self.arena.clear();
        self.list.clear();
        self.seen.clear();
    }

    /// Sorts by time; rows of one time stay as they came.
    pub(super) fn sort(&mut self) {
        self.list.sort_unstable_by_key(|r| (r.at, r.start));
    }

    /// The message of a row.
    pub(super) fn message(&self, row: &Row) -> &[u8] {
        self.arena.get(row.start..row.end).unwrap_or_default()
    }

    /// Adds a row whose text or time nobody else can have.
    pub(super) fn push(&mut self, at: Ticks, instance: u8, level: Level, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.arena.len();
        write(&mut self.arena);
        self.list.push(Row { at, start, end: self.arena.len(), instance, level });
    }

    /// Adds a row, moved on by a tick for as long as an equal one is there.
    pub(super) fn push_unique(&mut self, at: Ticks, instance: u8, level: Level, write: impl FnOnce(&mut Vec<u8>)) {
        self.push(at, instance, level, write);
        let Some(row) = self.list.last_mut() else { return };
        let message = self.arena.get(row.start..row.end).unwrap_or_default();
        let hash = message.iter().fold(u64::from(row.instance), |h, b| mix(h ^ u64::from(*b)));
        while !self.seen.insert((row.at, hash)) {
            row.at += 1;
        }
    }

    /// Keeps only rows of `from..to` among those added after the first `kept`.
    pub(super) fn cut(&mut self, kept: usize, from: Ticks, to: Ticks) {
        let mut index = 0;
        self.list.retain(|r| {
            index += 1;
            index <= kept || (from..to).contains(&r.at)
        });
    }
}
