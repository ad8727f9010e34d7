//! A blob of a remote store, read by ranges: a small one at once, a large one in pieces of which some are on their way at
//! the same time. Opening starts the transfer, so that whoever opens the next blobs early has them overlap.
//!
//! What is read is a prefix of the blob as it was listed. A log that is appended to meanwhile keeps its beginning; whether
//! that is so is seen where ranges meet, since each brings the last bytes of the one before. A blob that became shorter, or
//! whose bytes do not go on, was replaced, which is an error: half of it would be another text.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore};
use tokio::task::JoinHandle;

use super::cache::Tag;
use super::tries::Tries;
use super::{Blob, Location, StoreError};

/// Bytes up to which a blob is fetched with one request.
const ONE_GET: u64 = 8 << 20;
/// Bytes of a range of a larger one.
const RANGE: u64 = 4 << 20;
/// Ranges of a blob on their way at the same time.
const AT_ONCE: usize = 4;
/// Bytes that a range brings of the one before.
const OVERLAP: u64 = 64;

/// Requests that reading so many bytes of a blob takes.
pub fn gets(length: u64) -> u64 {
    if length > ONE_GET { length.div_ceil(RANGE) } else { u64::from(length > 0) }
}

/// The ranges that a blob of a length is asked for in.
fn pieces(length: u64) -> impl Iterator<Item = Range<u64>> {
    let step = if length > ONE_GET { RANGE } else { ONE_GET };
    let starts = (0..length).step_by(usize::try_from(step).unwrap_or(usize::MAX));
    starts.map(move |start| start.saturating_sub(OVERLAP)..length.min(start + step))
}

/// Requests and bytes of a whole blob that its cache would answer.
pub fn cached(blob: &Blob) -> (u64, u64) {
    let (Some(cache), Some(etag)) = (&blob.cache, &blob.etag) else { return (0, 0) };
    let kept = cache.ranges(&super::cache::key(&blob.store.to_string(), &blob.path, etag));
    let is_kept = |piece: &Range<u64>| kept.iter().any(|k| k.start <= piece.start && piece.end <= k.end);
    let found: Vec<u64> = pieces(blob.size).filter(is_kept).map(|piece| piece.end - piece.start).collect();
    (found.len() as u64, found.iter().sum::<u64>().min(blob.size))
}

/// Requests and bytes of a data file of an archive that its cache would answer, of so many requests.
pub fn cached_file(at: &Location, path: &Path, size: u64, reads: u64) -> (u64, u64) {
    let Some(cache) = &at.cache else { return (0, 0) };
    let mut kept = cache.ranges(&super::cache::key(&at.store.to_string(), path, ""));
    if kept.contains(&(0..size)) {
        return (reads, size);
    }
    let requests = reads.min(kept.len() as u64);
    kept.sort_by_key(|k| k.start);
    let (bytes, _) =
        kept.iter().fold((0, 0), |(bytes, end), k| (bytes + k.end.saturating_sub(k.start.max(end)), k.end.max(end)));
    (requests, bytes.min(size))
}

/// Where a blob lies and what it was when it was listed.
struct Origin {
    store: Arc<dyn ObjectStore>,
    path: Path,
    name: String,
    size: u64,
    etag: Option<String>,
    retries: usize,
}

/// A transfer that ends when nobody waits for it any more.
struct Transfer(JoinHandle<Result<Vec<u8>, StoreError>>);

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The bytes of a blob in order.
pub struct Ranges {
    origin: Arc<Origin>,
    /// What is still to be asked for.
    rest: Range<u64>,
    step: u64,
    running: VecDeque<Transfer>,
    /// The range that is being handed out, and how much of it was.
    current: (Vec<u8>, usize),
    /// The last bytes of the range before.
    tail: Vec<u8>,
}

impl Ranges {
    /// Starts to fetch a blob from an offset to its listed length. Must be called on a runtime.
    pub fn start(blob: &Blob, offset: u64) -> Self {
        let origin = Arc::new(Origin {
            store: Arc::clone(&blob.store),
            path: blob.path.clone(),
            name: blob.name.clone(),
            size: blob.size,
            etag: blob.etag.clone(),
            retries: blob.retries,
        });
        let rest = offset..blob.size;
        let step = if blob.size.saturating_sub(offset) > ONE_GET { RANGE } else { ONE_GET };
        let mut ranges =
            Self { origin, rest, step, running: VecDeque::new(), current: (Vec::new(), 0), tail: Vec::new() };
        ranges.go_on(offset);
        ranges
    }

    /// Keeps some ranges on their way. Those after the first bring the end of the one before.
    fn go_on(&mut self, first: u64) {
        while self.running.len() < AT_ONCE && self.rest.start < self.rest.end {
            let start = self.rest.start;
            let end = self.rest.end.min(start + self.step);
            self.rest.start = end;
            let from = if start == first { start } else { start - OVERLAP };
            let fetched = tokio::spawn(fetch(Arc::clone(&self.origin), from..end));
            self.running.push_back(Transfer(fetched));
        }
    }

    /// Appends up to `want` bytes; fewer at the end.
    pub async fn read(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<(), StoreError> {
        let until = buffer.len() + want;
        while buffer.len() < until {
            let (bytes, done) = &mut self.current;
            if *done < bytes.len() {
                let take = (bytes.len() - *done).min(until - buffer.len());
                buffer.extend_from_slice(&bytes[*done..*done + take]);
                *done += take;
                continue;
            }
            let Some(next) = self.running.front_mut() else { return Ok(()) };
            let fetched = (&mut next.0).await.unwrap_or_else(|e| {
                Err(StoreError::new(format!("cannot read {}: the transfer was stopped: {e}", self.origin.name)))
            })?;
            self.running.pop_front();
            if !fetched.starts_with(&self.tail) {
                return Err(self.origin.replaced());
            }
            let done = self.tail.len();
            self.tail = fetched[fetched.len().saturating_sub(OVERLAP as usize)..].to_vec();
            self.current = (fetched, done);
            self.go_on(u64::MAX);
        }
        Ok(())
    }
}

impl Origin {
    fn replaced(&self) -> StoreError {
        StoreError::new(format!("{} was replaced while it was read; ask again to read what is there now", self.name))
    }

    fn failed(&self, error: &object_store::Error) -> StoreError {
        // It ends before the range begins.
        let text = error.to_string();
        if text.contains("InvalidRange") || text.contains("Wanted range starting at") {
            return self.replaced();
        }
        StoreError::at("read", &self.name, error)
    }
}

/// The longest pause before a body is asked for again.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// Fetches a range. A body that breaks off is asked for again from a little before where it broke.
async fn fetch(from: Arc<Origin>, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
    let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let mut bytes: Vec<u8> = Vec::with_capacity(length);
    let tries = Tries::new(from.retries);
    let mut idle = 0;
    loop {
        let again = bytes.len().saturating_sub(OVERLAP as usize);
        let mut options = GetOptions {
            range: Some(GetRange::Bounded(range.start + again as u64..range.end)),
            ..GetOptions::default()
        };
        options.extensions.insert(tries.clone());
        if let Some(etag) = &from.etag {
            options.extensions.insert(Tag(etag.clone()));
        }
        let met = tries.met();
        let answer = from.store.get_opts(&from.path, options).await.map_err(|e| from.failed(&e))?;
        if answer.meta.size < from.size {
            return Err(from.replaced());
        }
        let before = bytes.len();
        // What comes twice is compared and not kept twice.
        let mut twice = bytes.split_off(again);
        bytes.extend_from_slice(&twice);
        let mut stream = answer.into_stream();
        let mut broken = None;
        while let Some(part) = stream.next().await {
            match part {
                Ok(part) => {
                    let same = part.len().min(twice.len());
                    if part[..same] != twice[..same] {
                        return Err(from.replaced());
                    }
                    twice.drain(..same);
                    bytes.extend_from_slice(&part[same..]);
                }
                Err(e) => {
                    broken = Some(e);
                    break;
                }
            }
        }
        bytes.truncate(length);
        if bytes.len() == length {
            return Ok(bytes);
        }
        idle = if bytes.len() > before { 0 } else { idle + 1 };
        if tries.met() == met {
            // A store that does not tell, or a body that ended early without an error.
            tries.failed("its bytes end before they should");
        }
        if tries.check().is_err() {
            return Err(match broken {
                Some(e) => from.failed(&e),
                None => StoreError::new(format!(
                    "cannot read {}: its bytes end {} before they should",
                    from.name,
                    length - bytes.len()
                )),
            });
        }
        tokio::time::sleep(Duration::from_millis(100 << idle.min(10)).min(PAUSE_MAX)).await;
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;

    use super::*;
    use crate::store::PathInfo;

    async fn blob(bytes: &[u8]) -> Blob {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        store.put(&"a".into(), bytes.to_vec().into()).await.unwrap();
        Blob {
            store,
            path: "a".into(),
            name: "az://c/a".into(),
            size: bytes.len() as u64,
            etag: None,
            modified: 0,
            info: PathInfo::default(),
            stdin: false,
            retries: 2,
            cache: None,
        }
    }

    fn bytes(n: usize) -> Vec<u8> {
        (0..n).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    async fn all(ranges: &mut Ranges) -> Result<Vec<u8>, StoreError> {
        let mut out = Vec::new();
        loop {
            let before = out.len();
            ranges.read(&mut out, 1 << 20).await?;
            if out.len() == before {
                return Ok(out);
            }
        }
    }

    #[tokio::test]
    async fn every_byte_once_and_in_order() {
        for size in [0, 1, 63, ONE_GET as usize, ONE_GET as usize + 1, 6 * RANGE as usize + 5] {
            let whole = bytes(size);
            let blob = blob(&whole).await;
            for offset in [0, 1, size / 2, size] {
                let offset = offset.min(size);
                let found = all(&mut Ranges::start(&blob, offset as u64)).await.unwrap();
                assert!(found == whole[offset..], "{size} from {offset}");
            }
        }
    }

    #[tokio::test]
    async fn growth_is_no_matter_and_replacement_is_an_error() {
        let whole = bytes(6 * RANGE as usize);
        let grown = blob(&whole).await;
        let mut ranges = Ranges::start(&grown, 0);
        let mut out = Vec::new();
        ranges.read(&mut out, 10).await.unwrap();
        grown.store.put(&"a".into(), [whole.clone(), vec![1; 100]].concat().into()).await.unwrap();
        out.extend(all(&mut ranges).await.unwrap());
        assert!(out == whole);
        for other in [whole[..RANGE as usize].to_vec(), vec![7; whole.len() + 5]] {
            let replaced = blob(&whole).await;
            let mut ranges = Ranges::start(&replaced, 0);
            ranges.read(&mut Vec::new(), 10).await.unwrap();
            replaced.store.put(&"a".into(), other.into()).await.unwrap();
            let error = all(&mut ranges).await.unwrap_err().to_string();
            assert!(error.contains("az://c/a was replaced"), "{error}");
        }
    }

    #[test]
    fn requests_for_lengths() {
        for (length, want) in [(0, 0), (1, 1), (ONE_GET, 1), (ONE_GET + 1, 3), (10 * RANGE, 10)] {
            assert_eq!(gets(length), want);
        }
    }
}
