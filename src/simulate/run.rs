//! Runs a plan: gateways and days on several threads, each with its own random streams, then what joins them.
//!
//! A day hands over what arrives on the next one, and that is appended when all days are there: the bytes do not
//! depend on how many threads there are or which is faster.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::model::{Category, Ticks};

use super::blob::{self, Blob};
use super::categories::{self, Findings, Hour, Lines};
use super::dirt::{Carried, DayDirt, Deeds};
use super::format::{DAY, HOUR, Stamp, text};
use super::plan::{Gateway, Plan};
use super::rng::Rng;
use super::truth::{FileAccount, LIST_LIMIT};

/// Gateway, place in [`Category::VPN`], hour.
pub(super) type Key = (usize, usize, u32);

/// Told how far it is: bytes, hours done, hours in all.
pub(super) type Progress<'a> = &'a (dyn Fn(u64, u64, u64) + Sync);

/// What a whole run brings.
pub(super) struct Outcome {
    pub(super) files: BTreeMap<Key, FileAccount>,
    pub(super) deeds: Deeds,
    pub(super) findings: Findings,
}

/// What one gateway and day brings.
struct Day {
    files: Vec<(Key, FileAccount)>,
    carried: Vec<Carried>,
    deeds: Deeds,
    findings: Findings,
}

/// A run of a plan.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    /// The folder; none when only the size is wanted.
    pub(super) out: Option<&'a Path>,
    pub(super) rate: f64,
    /// Days to run, of those of the plan.
    pub(super) days: u32,
    pub(super) threads: usize,
    pub(super) progress: Progress<'a>,
}

impl Run<'_> {
    /// Runs it.
    pub(super) fn run(&self) -> std::io::Result<Outcome> {
        let mut total = Outcome { files: BTreeMap::new(), deeds: Deeds::default(), findings: Findings::default() };
        let mut carried = Vec::new();
        for (number, day) in self.days()?.into_iter().enumerate() {
            let gateway = number / self.days.max(1) as usize;
            total.files.extend(day.files);
            carried.extend(day.carried.into_iter().map(|c| (gateway, c)));
            add(&mut total, day.deeds, day.findings);
        }
        self.append_carried(&mut total, carried)?;
        self.tear(&mut total)?;
        Ok(total)
    }

    /// Every gateway's days, in order.
    fn days(&self) -> std::io::Result<Vec<Day>> {
        let tasks = self.plan.gateways.len() * self.days as usize;
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (bytes, hours) = (AtomicU64::new(0), AtomicU64::new(0));
        let done: Mutex<BTreeMap<usize, std::io::Result<Day>>> = Mutex::new(BTreeMap::new());
        let keep = (LIST_LIMIT / tasks.max(1)).max(4);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.clamp(1, tasks.max(1)) {
                scope.spawn(|| {
                    let mut buffers = (categories::Buffers::default(), blob::Buffers::default());
                    while !failed.load(Ordering::Relaxed) {
                        let task = next.fetch_add(1, Ordering::Relaxed);
                        if task >= tasks {
                            break;
                        }
                        let (gateway, day) = (task / self.days as usize, (task % self.days as usize) as u32);
                        let after_hour = |written: u64| {
                            let bytes = bytes.fetch_add(written, Ordering::Relaxed) + written;
                            let hours = hours.fetch_add(1, Ordering::Relaxed) + 1;
                            (self.progress)(bytes, hours, tasks as u64 * 24);
                        };
                        let result = self.day(gateway, day, keep, &mut buffers, &after_hour);
                        failed.fetch_or(result.is_err(), Ordering::Relaxed);
                        // A poisoned lock only means that another thread panicked; what is in it is whole.
                        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(task, result);
                    }
                });
            }
        });
        done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_values().collect()
    }

    fn day(
        &self,
        index: usize,
        day: u32,
        keep: usize,
        buffers: &mut (categories::Buffers, blob::Buffers),
        after_hour: &dyn Fn(u64),
    ) -> std::io::Result<Day> {
        let mut findings = Findings { keep, ..Findings::default() };
        let mut files = Vec::new();
        let Some(gateway) = self.plan.gateways.get(index) else {
            return Ok(Day { files, carried: Vec::new(), deeds: Deeds::default(), findings });
        };
        let mut dirt = DayDirt::new(self.plan, gateway, day);
        for number in day * 24..day * 24 + 24 {
            let hour = self.hour(gateway, number);
            let mut written = 0;
            for (slot, category) in Category::VPN.into_iter().enumerate() {
                let path = self.out.map(|out| out.join(blob_path(gateway, category, &hour.stamp)));
                let blob = Blob::new(&mut dirt, category, number, hour.from, path, &mut buffers.1);
                let mut to = Into { blob, dirt: &mut dirt };
                categories::write(category, &hour, &mut buffers.0, &mut findings, &mut to)?;
                let account = to.blob.finish(&mut dirt)?;
                if account.bytes > 0 {
                    written += account.bytes;
                    files.push(((index, slot, number), account));
                }
            }
            after_hour(written);
        }
        Ok(Day { files, carried: dirt.carried, deeds: dirt.deeds, findings })
    }

    fn hour<'h>(&'h self, gateway: &'h Gateway, number: u32) -> Hour<'h> {
        let from = self.plan.start + i64::from(number) * HOUR;
        Hour { plan: self.plan, gateway, rate: self.rate, number, from, to: from + HOUR, stamp: Stamp::new(from) }
    }

    /// Appends to each day's first blobs what the day before sent on.
    fn append_carried(&self, total: &mut Outcome, carried: Vec<(usize, Carried)>) -> std::io::Result<()> {
        let mut by_blob: BTreeMap<Key, Vec<Carried>> = BTreeMap::new();
        for (gateway, c) in carried {
            let slot = Category::VPN.iter().position(|v| *v == c.category).unwrap_or(0);
            by_blob.entry((gateway, slot, c.hour)).or_default().push(c);
        }
        for (key, mut list) in by_blob {
            list.sort_by_key(|c| c.arrival);
            let mut bytes = Vec::new();
            for c in &list {
                bytes.extend_from_slice(&c.line);
            }
            self.append(key, &bytes)?;
            let account = total.files.entry(key).or_default();
            account.bytes += bytes.len() as u64;
            account.lines += list.len() as u64;
            account.records += list.len() as u64;
        }
        Ok(())
    }

    /// Leaves an unfinished record at the end of some newest blobs.
    fn tear(&self, total: &mut Outcome) -> std::io::Result<()> {
        let mut newest: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for (gateway, slot, hour) in total.files.keys() {
            newest.insert((*gateway, *slot), *hour);
        }
        for ((index, slot), number) in newest {
            let (Some(gateway), Some(category)) = (self.plan.gateways.get(index), Category::VPN.get(slot)) else {
                continue;
            };
            let mut rng = Rng::stream(self.plan.seed, &[gateway.index, 21, slot as u64]);
            if !rng.chance(self.plan.dirt.torn) {
                continue;
            }
            let hour = self.hour(gateway, number);
            let at: Ticks = hour.to - 1 - rng.range(0, HOUR / 60);
            let mut bytes = categories::unfinished(&hour, *category, at);
            bytes.truncate(1 + rng.below(bytes.len() as u64 - 1) as usize);
            self.append((index, slot, number), &bytes)?;
            if let Some(account) = total.files.get_mut(&(index, slot, number)) {
                account.bytes += bytes.len() as u64;
                account.torn_bytes = bytes.len() as u64;
            }
        }
        Ok(())
    }

    fn append(&self, (index, slot, number): Key, bytes: &[u8]) -> std::io::Result<()> {
        let (Some(out), Some(gateway), Some(category)) =
            (self.out, self.plan.gateways.get(index), Category::VPN.get(slot))
        else {
            return Ok(());
        };
        let path = out.join(blob_path(gateway, *category, &self.hour(gateway, number).stamp));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::OpenOptions::new().create(true).append(true).open(path)?.write_all(bytes)
    }
}

/// The path of a blob below the folder, as Azure lays it out.
fn blob_path(gateway: &Gateway, category: Category, stamp: &Stamp) -> PathBuf {
    let mut path = Vec::new();
    text(&mut path, "insights-logs-");
    text(&mut path, &category.azure_name().to_ascii_lowercase());
    text(&mut path, "/resourceId=");
    text(&mut path, &gateway.resource_id);
    PathBuf::from(format!("{}/{}/PT1H.json", String::from_utf8_lossy(&path), stamp.folder()))
}

/// The path as the truth spells it.
pub(super) fn path_of(plan: &Plan, (index, slot, number): Key) -> String {
    let (Some(gateway), Some(category)) = (plan.gateways.get(index), Category::VPN.get(slot)) else {
        return String::new();
    };
    let stamp = Stamp::new(plan.start + i64::from(number / 24) * DAY + i64::from(number % 24) * HOUR);
    blob_path(gateway, *category, &stamp).to_string_lossy().replace('\\', "/")
}

fn add(total: &mut Outcome, deeds: Deeds, findings: Findings) {
    for (sum, more) in total.deeds.distinct.iter_mut().zip(deeds.distinct) {
        *sum += more;
    }
    total.deeds.duplicates += deeds.duplicates;
    total.deeds.late += deeds.late;
    let into = &mut total.findings;
    for (name, n) in findings.outcomes {
        *into.outcomes.entry(name).or_default() += n;
    }
    for (name, n) in findings.initiators {
        *into.initiators.entry(name).or_default() += n;
    }
    for (sum, more) in into.p2s.iter_mut().zip(findings.p2s) {
        *sum += more;
    }
    let room = LIST_LIMIT.saturating_sub(into.negotiations.len());
    into.negotiations.extend(findings.negotiations.into_iter().take(room));
    let room = LIST_LIMIT.saturating_sub(into.p2s_sessions.len());
    into.p2s_sessions.extend(findings.p2s_sessions.into_iter().take(room));
}

/// Lines on their way into a blob.
struct Into<'a, 'b, 'd> {
    blob: Blob<'b>,
    dirt: &'a mut DayDirt<'d>,
}

impl Lines for Into<'_, '_, '_> {
    #[inline]
    fn record(&mut self, at: Ticks, line: &[u8]) -> std::io::Result<()> {
        self.blob.record(self.dirt, at, line)
    }
}
