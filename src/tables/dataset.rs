//! What `--data` names, told apart by what is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::archive::{Archive, ArchiveError};
use crate::model::TICKS_PER_SECOND;
use crate::store::{Counters, HourRange, Location, Reads};
use crate::tables::pruning::TimeRange;
use crate::tables::reading::{Reading, Readings};

/// How raw exports are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawOptions {
    /// Records may arrive in an hour's blob this long after they happened.
    pub late_margin: Duration,
    /// Other categories and resources go to `other_log` instead of being rejected.
    pub keep_unknown: bool,
}

impl Default for RawOptions {
    fn default() -> Self {
        Self { late_margin: Duration::from_secs(6 * 3600), keep_unknown: false }
    }
}

/// A blob of an hour may hold records that happened a little after it by the gateway's clock.
const CLOCK_SKEW: i64 = 600 * TICKS_PER_SECOND;

impl RawOptions {
    /// The arrival hours in which records of these event times can be.
    pub fn arrival(&self, range: TimeRange) -> Option<HourRange> {
        if range == TimeRange::default() {
            return None;
        }
        let late = i64::try_from(self.late_margin.as_nanos() / 100).unwrap_or(i64::MAX);
        Some(HourRange {
            start: range.start.map_or(i64::MIN, |s| s.saturating_sub(CLOCK_SKEW)),
            end: range.end.map_or(i64::MAX, |e| e.saturating_add(late)),
        })
    }
}

/// Files and bytes, for `--stats`.
#[derive(Debug, Default)]
pub struct ScanCounts {
    /// Files or blobs that there are.
    pub files_total: AtomicU64,
    /// Their bytes.
    pub bytes_total: AtomicU64,
    /// Blobs and bytes really read from raw exports.
    pub raw: Arc<Counters>,
    /// What is really read from archives.
    pub archive: Arc<Reads>,
    /// What scans decide, when the statement is to be explained.
    readings: Mutex<Option<Readings>>,
}

impl ScanCounts {
    /// Begins to count anew, for the next statement.
    pub fn reset(&self) {
        self.files_total.store(0, Ordering::Relaxed);
        self.bytes_total.store(0, Ordering::Relaxed);
        self.raw.reset();
        self.archive.reset();
        *self.readings.lock() = None;
    }

    /// From now on, until the next reset, scans say what they decide.
    pub fn explain(&self) {
        *self.readings.lock() = Some(Readings::default());
    }

    /// Whether the statement is to be explained.
    pub fn explains(&self) -> bool {
        self.readings.lock().is_some()
    }

    /// Keeps what a scan decided.
    pub fn decided(&self, reading: Reading) {
        if let Some(readings) = &mut *self.readings.lock() {
            readings.scans.push(reading);
        }
    }

    /// Keeps that a table decides while the statement runs.
    pub fn decides_later(&self, table: &'static str) {
        if let Some(readings) = &mut *self.readings.lock()
            && !readings.later.contains(&table)
        {
            readings.later.push(table);
        }
    }

    /// All that was decided.
    pub fn readings(&self) -> Readings {
        self.readings.lock().clone().unwrap_or_default()
    }

    /// Adds files that a scan chooses from.
    pub fn add_files(&self, files: usize, bytes: u64) {
        self.files_total.fetch_add(files as u64, Ordering::Relaxed);
        self.bytes_total.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// All the data of a session.
#[derive(Debug)]
pub struct Dataset {
    /// Archives, each at the version it had when it was opened.
    pub archives: Vec<Archive>,
    /// Raw exports; together they are one export, in which each record counts once.
    pub raw: Vec<Location>,
    /// How raw exports are read.
    pub options: RawOptions,
    /// What was read.
    pub counts: Arc<ScanCounts>,
}

impl Dataset {
    /// Looks what is at each place.
    pub async fn open(places: &[Location], options: RawOptions, counts: Arc<ScanCounts>) -> Result<Self, ArchiveError> {
        let (mut archives, mut raw) = (Vec::new(), Vec::new());
        for place in places {
            if place.is_archive().await? {
                archives.push(Archive::open(place).await?);
            } else {
                raw.push(place.clone());
            }
        }
        Ok(Self { archives, raw, options, counts })
    }
}
