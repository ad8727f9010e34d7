//! What is new? Compares the sources with the ledger; unchanged blobs are not opened.

use futures::StreamExt;
use hashbrown::{HashMap, HashSet};

use super::{ImportOptions, ImportSummary};
use crate::archive::{ArchiveError, LedgerEntry};
use crate::model::Fingerprint;
use crate::parse::Format;
use crate::source::Resume;
use crate::store::{Blob, Listed, Location, StoreError, Wanted, list};

/// A blob of which something is to be read.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The blob as it was listed.
    pub blob: Blob,
    /// Its place among all sources of this import, by name: orders rows of one time.
    pub rank: u32,
    /// Where to go on; `None` starts at the beginning.
    pub resume: Option<Resume>,
    /// The newest ledger entry of a source that is continued.
    pub before: Option<LedgerEntry>,
    /// The source had other contents before.
    pub rewritten: bool,
}

impl Planned {
    /// Bytes that will be fetched.
    pub fn bytes_to_read(&self) -> u64 {
        match &self.resume {
            Some(r) if r.resumable => self.blob.size.saturating_sub(r.offset),
            _ => self.blob.size,
        }
    }
}

/// Blobs whose beginnings are compared at the same time; each costs two small reads.
const CHECKS_AT_ONCE: usize = 16;

/// What lies at each of the sources.
pub async fn listed(sources: impl IntoIterator<Item = &Location>) -> Result<Vec<Listed>, ArchiveError> {
    let mut all = Vec::new();
    for source in sources {
        if source.is_archive().await? {
            return Err(ArchiveError::Storage(format!("{source} is an archive, not an export; query it as it is")));
        }
        all.push(list(source, &Wanted::default()).await?);
    }
    Ok(all)
}

/// Decides for each blob that was listed. `ledger` has what the archive at `place` knows of each source.
pub async fn plan(
    place: &Location,
    ledger: HashMap<String, LedgerEntry>,
    sources: Vec<Listed>,
    options: &ImportOptions,
    summary: &mut ImportSummary,
) -> Result<Vec<Planned>, ArchiveError> {
    let mut blobs = Vec::new();
    let mut names = HashSet::new();
    for listed in sources {
        // Whoever keeps the archive beside its sources knows where it is.
        let own = place.to_string();
        summary.archives.extend(listed.archives.into_iter().filter(|a| *a != own));
        blobs.extend(listed.blobs.into_iter().filter(|b| names.insert(b.name.clone())));
    }
    summary.archives.sort();
    summary.archives.dedup();
    summary.sources.listed += blobs.len() as u64;
    let mut by_name: Vec<usize> = (0..blobs.len()).collect();
    by_name.sort_by(|&a, &b| blobs[a].name.cmp(&blobs[b].name));
    let mut rank = vec![0u32; blobs.len()];
    for (r, &i) in by_name.iter().enumerate() {
        rank[i] = u32::try_from(r).unwrap_or(u32::MAX);
    }
    let decisions: Vec<Result<Option<Planned>, StoreError>> =
        futures::stream::iter(blobs.into_iter().zip(rank).map(|(blob, rank)| {
            let known = if blob.stdin { None } else { ledger.get(&blob.name).cloned() };
            decide(blob, rank, known)
        }))
        .buffered(CHECKS_AT_ONCE)
        .collect()
        .await;
    let mut planned = Vec::new();
    for decision in decisions {
        let decision = match decision {
            Err(e) if options.skip_unreadable => {
                summary.failed.push(e.to_string());
                continue;
            }
            decision => decision?,
        };
        match decision {
            None => summary.sources.unchanged += 1,
            Some(p) => {
                let counter = match (&p.before, p.rewritten) {
                    (_, true) => &mut summary.sources.rewritten,
                    (Some(_), _) => &mut summary.sources.grown,
                    (None, _) => &mut summary.sources.new,
                };
                *counter += 1;
                planned.push(p);
            }
        }
    }
    Ok(planned)
}

/// `None` when there is nothing new.
async fn decide(blob: Blob, rank: u32, known: Option<LedgerEntry>) -> Result<Option<Planned>, StoreError> {
    let Some(entry) = known else {
        return Ok(Some(Planned { blob, rank, resume: None, before: None, rewritten: false }));
    };
    let same = entry.size == blob.size && entry.etag == blob.etag;
    if same && entry.complete {
        return Ok(None);
    }
    let format = entry.format.as_deref().and_then(Format::from_name);
    let resume = |format: Format, tail: Vec<u8>| Resume {
        format,
        offset: entry.end,
        lines: entry.end_line,
        open_end: entry.open_end,
        last_ticks: entry.last_ticks,
        resumable: entry.resumable,
        tail,
    };
    let resumed = match format {
        // An import that was stopped within a source goes on in it.
        Some(format) if same && !entry.resumable => Some(resume(format, Vec::new())),
        // As long as nothing is done, the format was only a guess.
        Some(format)
            if entry.resumable && entry.end > 0 && blob.size >= entry.end && (same || blob.size > entry.size) =>
        {
            grown_tail(&blob, &entry).await?.map(|tail| resume(format, tail))
        }
        _ => None,
    };
    Ok(Some(match resumed {
        Some(resume) => Planned { blob, rank, resume: Some(resume), before: Some(entry), rewritten: false },
        // An empty source that has got contents is no rewrite.
        None => {
            let rewritten = entry.end > 0;
            Planned { blob, rank, resume: None, before: None, rewritten }
        }
    }))
}

/// The bytes before the known end, if they and the beginning are what they were.
async fn grown_tail(blob: &Blob, entry: &LedgerEntry) -> Result<Option<Vec<u8>>, StoreError> {
    let (Some(head), Some(tail)) = (entry.head, entry.tail) else { return Ok(None) };
    if head.length > blob.size || entry.end > blob.size || tail.length > entry.end {
        return Ok(None);
    }
    if tail.length == 0 {
        return Ok(Some(Vec::new()));
    }
    let ranges = [0..head.length.max(1), entry.end - tail.length..entry.end];
    let parts = blob.store.get_ranges(&blob.path, &ranges).await.map_err(|e| StoreError::at("read", &blob.name, &e))?;
    let [start, end] = parts.as_slice() else { return Ok(None) };
    let same_head = head.length == 0 || Fingerprint::of(start) == head;
    Ok((same_head && Fingerprint::of(end) == tail).then(|| end.to_vec()))
}
