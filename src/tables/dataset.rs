//! What `--data` names, told apart by what is there.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use crate::archive::{Archive, ArchiveError};
use crate::model::TICKS_PER_SECOND;
use crate::store::{Counters, HourRange, Location, Reads, Sent, StoreError, Traffic};
use crate::tables::pruning::TimeRange;
use crate::tables::reading::{Reading, Readings, size};

/// What a blob that cannot be read means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnBlobError {
    /// The statement or the import fails.
    #[default]
    Stop,
    /// The others are read, and it is told which could not be.
    Skip,
}

/// How raw exports are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawOptions {
    /// Records may arrive in an hour's blob this long after they happened.
    pub late_margin: Duration,
    /// Other categories and resources go to `other_log` instead of being rejected.
    pub keep_unknown: bool,
    /// What a blob that cannot be read means.
    pub on_blob_error: OnBlobError,
}

impl Default for RawOptions {
    fn default() -> Self {
        Self { late_margin: Duration::from_secs(6 * 3600), keep_unknown: false, on_blob_error: OnBlobError::Stop }
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
    /// What goes to and from the stores, and how much that was when the statement began.
    traffic: Vec<Arc<Traffic>>,
    before: Mutex<Sent>,
    /// Bytes that scans are going to read at most.
    planned_bytes: AtomicU64,
    /// Bytes that a statement may read; 0 for any.
    max_bytes: AtomicU64,
    /// Scans are refused one by one, since the statement runs already.
    running: AtomicBool,
    /// The statement is only explained.
    explains_only: AtomicBool,
    /// Blobs that could not be read, with the reason.
    failed: Mutex<Vec<String>>,
    /// Archives that were met in exports, since the data was opened.
    archives: Mutex<BTreeSet<String>>,
    /// Files of raw exports in which there was a record.
    recognized: AtomicU64,
    /// Files in which there was none but something else.
    unrecognized: Mutex<BTreeSet<String>>,
}

/// A statement that would read too much.
#[derive(Debug)]
pub struct TooMuch(String);

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TooMuch {}

impl ScanCounts {
    /// Counts of statements over some places.
    pub fn of(places: &[Location]) -> Self {
        Self { traffic: places.iter().map(|p| Arc::clone(&p.traffic)).collect(), ..Self::default() }
    }

    /// What has gone over the wire since the last reset.
    pub fn sent(&self) -> Sent {
        let before = *self.before.lock();
        self.traffic.iter().fold(Sent::default(), |sum, t| sum + t.sent()) - before
    }

    /// Lets no statement read more than so many bytes; 0 lets it read any.
    pub fn set_max_bytes(&self, bytes: u64) {
        self.max_bytes.store(bytes, Ordering::Relaxed);
    }

    /// From now on, until the next reset, a scan that goes beyond the limit is refused at once.
    pub fn runs(&self) {
        self.running.store(true, Ordering::Relaxed);
    }

    /// Adds bytes that a scan is going to read at most.
    pub fn plan_bytes(&self, bytes: u64) -> Result<(), TooMuch> {
        self.planned_bytes.fetch_add(bytes, Ordering::Relaxed);
        if self.running.load(Ordering::Relaxed) { self.check_bytes() } else { Ok(()) }
    }

    /// Whether somebody wants to know how much is going to be read.
    pub fn counts_bytes(&self) -> bool {
        self.max_bytes.load(Ordering::Relaxed) > 0 || self.explains()
    }

    /// Whether all scans together stay below the limit.
    pub fn check_bytes(&self) -> Result<(), TooMuch> {
        let (planned, most) = (self.planned_bytes.load(Ordering::Relaxed), self.max_bytes.load(Ordering::Relaxed));
        if most == 0 || planned <= most {
            return Ok(());
        }
        Err(TooMuch(format!(
            "the statement would read up to {}, and --max-bytes allows {}; a shorter time range (--last, --since, \
             WHERE time >= ...) or fewer gateways read less; --dry-run says what is read, and for what reason",
            size(planned),
            size(most)
        )))
    }

    /// Keeps that a blob could not be read.
    pub fn blob_failed(&self, error: &StoreError) {
        self.failed.lock().push(error.to_string());
    }

    /// Why blobs could not be read.
    pub fn failed(&self) -> Vec<String> {
        self.failed.lock().clone()
    }

    /// Keeps that an archive lies in an export, and was not read as one.
    pub fn archive_met(&self, place: String) {
        self.archives.lock().insert(place);
    }

    /// Archives that lie in exports, as far as they were met.
    pub fn archives_met(&self) -> Vec<String> {
        self.archives.lock().iter().cloned().collect()
    }

    /// Keeps whether a file that was read to its end holds records.
    pub fn blob_read(&self, name: &str, records: u64, rejects: u64) {
        if records > 0 {
            self.recognized.fetch_add(1, Ordering::Relaxed);
        } else if rejects > 0 {
            self.unrecognized.lock().insert(name.to_owned());
        }
    }

    /// How many files were read in which there is no record, and one of them, when there is a record in none.
    pub fn nothing_recognized(&self) -> Option<(usize, String)> {
        let others = self.unrecognized.lock();
        let first = others.first().filter(|_| self.recognized.load(Ordering::Relaxed) == 0)?;
        Some((others.len(), first.clone()))
    }

    /// Begins to count anew, for the next statement.
    pub fn reset(&self) {
        self.files_total.store(0, Ordering::Relaxed);
        self.bytes_total.store(0, Ordering::Relaxed);
        self.raw.reset();
        self.archive.reset();
        *self.readings.lock() = None;
        self.traffic.iter().for_each(|t| t.begin());
        *self.before.lock() = self.traffic.iter().fold(Sent::default(), |sum, t| sum + t.sent());
        self.planned_bytes.store(0, Ordering::Relaxed);
        self.running.store(false, Ordering::Relaxed);
        self.explains_only.store(false, Ordering::Relaxed);
        self.failed.lock().clear();
        self.recognized.store(0, Ordering::Relaxed);
        self.unrecognized.lock().clear();
    }

    /// From now on, until the next reset, scans say what they decide.
    pub fn explain(&self) {
        *self.readings.lock() = Some(Readings::default());
    }

    /// The same, of a statement that will not run.
    pub fn explain_only(&self) {
        self.explain();
        self.explains_only.store(true, Ordering::Relaxed);
    }

    /// Whether the statement will not run.
    pub fn explains_only(&self) -> bool {
        self.explains_only.load(Ordering::Relaxed)
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
    /// From when to when there is data, once somebody asked.
    span: OnceLock<Option<TimeRange>>,
}

impl Dataset {
    /// Looks what is at each place.
    pub async fn open(places: &[Location], options: RawOptions, counts: Arc<ScanCounts>) -> Result<Self, ArchiveError> {
        let (mut archives, mut raw): (Vec<Archive>, _) = (Vec::new(), Vec::new());
        for place in places {
            if place.is_archive().await? {
                if archives.iter().all(|a| a.location.to_string() != place.to_string()) {
                    archives.push(Archive::open(place).await?);
                }
            } else {
                raw.push(place.clone());
            }
        }
        Ok(Self { archives, raw, options, counts, span: OnceLock::new() })
    }

    /// From when to when there is data, where all of it lies in archives: their logs say it.
    pub fn archived_span(&self) -> Option<TimeRange> {
        *self.span.get_or_init(|| {
            if !self.raw.is_empty() {
                return None;
            }
            let files = self.archives.iter().map(|a| a.files(None)).collect::<Result<Vec<_>, _>>().ok()?;
            let logs = files.iter().flatten().filter(|f| !f.category.starts_with('_'));
            let times = logs.filter_map(|f| f.time).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
            // The end is that of the microsecond.
            times.map(|(first, last)| TimeRange { start: Some(first * 10), end: Some((last + 1) * 10) })
        })
    }
}
