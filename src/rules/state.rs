//! What was told before, in a small JSON file: a standing alarm is told once, and its end once.
//!
//! The file is replaced as a whole, so that a reader finds the old or the new one. Two checks at once take turns by a lock
//! beside it (`FILE.lock`) from reading the state to writing it, so that one of them tells and the other knows.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::finding::identity;
use super::outcome::{Outcome, Resolved};
use super::rule::{Kind, Severity};
use crate::model::{TICKS_PER_SECOND, Ticks, format_ticks, parse_iso};

/// The version of the file's form.
const VERSION: u32 = 1;

/// An event that is no longer found is remembered so long: it may only have left the range that was asked for.
const REMEMBERED: Ticks = 30 * 86_400 * TICKS_PER_SECOND;

/// What is wrong with a state file.
#[derive(Debug)]
pub enum StateError {
    /// It cannot be read, written or locked.
    Storage(String),
    /// It is not what this program writes.
    Damaged(String),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Storage(text) | Self::Damaged(text)) = self;
        f.write_str(text)
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    told: Vec<Entry>,
}

/// Something that was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    key: Map<String, Value>,
    kind: String,
    severity: String,
    title: String,
    message: String,
    since: String,
    last_seen: String,
}

impl Entry {
    fn identity(&self) -> String {
        let names: Vec<String> = self.key.keys().cloned().collect();
        identity(&self.rule, &names, &self.key)
    }

    fn time(text: &str) -> Ticks {
        parse_iso(text).unwrap_or_default()
    }

    fn check(&self) -> Result<(), String> {
        let good = parse_iso(&self.since).is_some() && parse_iso(&self.last_seen).is_some();
        let known = Severity::from_name(&self.severity).is_some() && Kind::ALL.iter().any(|k| k.name() == self.kind);
        if good && known { Ok(()) } else { Err(format!("an entry of {} makes no sense", self.rule)) }
    }
}

/// What was told so far.
#[derive(Debug, Default)]
pub struct State {
    told: BTreeMap<String, Entry>,
}

impl State {
    /// Reads a state file; nothing was told when there is none.
    pub fn read(path: &Path) -> Result<Self, StateError> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(StateError::Storage(format!("cannot read the state file {}: {e}", path.display()))),
        };
        let damaged = |what: String| {
            StateError::Damaged(format!(
                "the state file {} is damaged: {what}; remove it to begin anew, and every standing alarm is told again",
                path.display()
            ))
        };
        let stored: Stored = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
        if stored.version != VERSION {
            return Err(damaged(format!("it has version {}, expected {VERSION}", stored.version)));
        }
        stored.told.iter().try_for_each(Entry::check).map_err(damaged)?;
        Ok(Self { told: stored.told.into_iter().map(|entry| (entry.identity(), entry)).collect() })
    }

    /// Marks what is news in an outcome, tells what has ended, and remembers both.
    pub fn compare(&mut self, outcome: &mut Outcome) {
        let now = outcome.now;
        let mut found = Vec::new();
        for told in &mut outcome.findings {
            let finding = &told.finding;
            let name = finding.identity();
            let before = self.told.get(&name);
            told.new = before.is_none();
            told.since = before.map_or(now, |entry| Entry::time(&entry.since));
            let entry = Entry {
                rule: finding.rule.clone(),
                key: finding.key.clone(),
                kind: finding.kind.name().to_owned(),
                severity: finding.severity.name().to_owned(),
                title: finding.title.clone(),
                message: finding.message.clone(),
                since: format_ticks(told.since),
                last_seen: format_ticks(now),
            };
            self.told.insert(name.clone(), entry);
            found.push(name);
        }
        found.sort_unstable();
        let mut resolved = Vec::new();
        self.told.retain(|name, entry| {
            // Of rules that were not run, or could not tell, nothing is known.
            if found.binary_search(name).is_ok() || !outcome.is_complete(&entry.rule) {
                return true;
            }
            if entry.kind == Kind::Event.name() {
                return now.saturating_sub(Entry::time(&entry.last_seen)) <= REMEMBERED;
            }
            resolved.push(Resolved {
                rule: entry.rule.clone(),
                title: entry.title.clone(),
                severity: Severity::from_name(&entry.severity).unwrap_or(Severity::Warning),
                message: entry.message.clone(),
                key: entry.key.clone(),
                since: Entry::time(&entry.since),
            });
            false
        });
        resolved.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.since.cmp(&b.since)));
        outcome.resolved = resolved;
        outcome.remembers = true;
    }

    /// Replaces the file.
    pub fn write(self, path: &Path) -> Result<(), StateError> {
        let fails =
            |e: &dyn fmt::Display| StateError::Storage(format!("cannot write the state file {}: {e}", path.display()));
        let stored = Stored { version: VERSION, told: self.told.into_values().collect() };
        let mut text = serde_json::to_vec_pretty(&stored).map_err(|e| fails(&e))?;
        text.push(b'\n');
        // A link stays one: what it points to is replaced.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = folder(&path);
        let mut file = tempfile::Builder::new().prefix(".check-state-").tempfile_in(folder).map_err(|e| fails(&e))?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(|e| fails(&e))?;
        file.persist(&path).map_err(|e| fails(&e.error))?;
        // The new name is on the disk when its folder is; not every system can say so.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whose turn it is; given back when dropped.
#[derive(Debug)]
pub struct StateLock(#[expect(dead_code, reason = "held for its lock")] File);

impl StateLock {
    /// Waits for the turn.
    pub async fn wait(path: &Path) -> Result<Self, StateError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let name = PathBuf::from(name);
        let fails = |e: std::io::Error| StateError::Storage(format!("cannot lock {}: {e}", name.display()));
        let file = File::options().create(true).truncate(false).write(true).open(&name).map_err(fails)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(TryLockError::Error(e)) => return Err(fails(e)),
            }
        }
    }
}
