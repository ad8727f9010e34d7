//! The files of the cache.

use std::fs;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use crate::store::StoreError;

/// Everything lies below a folder of this name, and nothing else is ever deleted.
const FOLDER: &str = "tunnelql-cache-1";
/// Listings, below that.
const LISTINGS: &str = "listings";
/// How long a listing of hours that are over is taken for true: what is deleted meanwhile is seen after that.
const LISTING_LIFE: Duration = Duration::from_secs(900);
/// An entry's time of use is kept to this.
const USE_STEP: Duration = Duration::from_secs(60);
/// The longest first line of an entry.
const HEAD_MAX: usize = 4096;

/// What is known of the blob that a range is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The blob's length.
    pub size: u64,
    /// Its last modification, in microseconds since 1970.
    pub modified_us: i64,
    /// Its entity tag.
    pub etag: Option<String>,
}

/// The first line of an entry.
#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(flatten)]
    blob: Known,
    length: u64,
    checksum: u64,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Ranges of blobs, and listings.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A cache in a folder.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
    /// Bytes kept, as far as this process knows; `u64::MAX` as long as nobody looked.
    bytes: AtomicU64,
    trouble: Mutex<Option<String>>,
}

impl Cache {
    /// A cache below a folder, which is made when something is kept, of at most so many bytes.
    pub fn new(below: &Path, limit: u64) -> Self {
        let folder = below.join(FOLDER);
        Self { folder, limit, bytes: AtomicU64::new(u64::MAX), trouble: Mutex::default() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bytes that it may have.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Why something could not be kept, once.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().take()
    }

    /// How much there is.
    pub fn kept(&self) -> Kept {
        let mut kept = Kept::default();
        for (_, bytes, _) in entries(&self.folder) {
            kept.entries += 1;
            kept.bytes += bytes;
        }
        kept
    }

    /// Deletes everything.
    pub fn clear(&self) -> Result<Kept, StoreError> {
        let kept = self.kept();
        match fs::remove_dir_all(&self.folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::new(format!("cannot clear the cache {}: {e}", self.folder.display())))
            }
            _ => Ok(kept),
        }
    }

    /// The folder of what is of one blob. Names are hashes: they tell nobody what was read.
    fn place(&self, key: &str) -> PathBuf {
        let half = |seed| XxHash3_64::oneshot_with_seed(seed, key.as_bytes());
        let hash = format!("{:016x}{:016x}", half(0), half(1));
        let (first, rest) = hash.split_at(2);
        self.folder.join(first).join(rest)
    }

    /// A range of a blob, or all of it, if it is there and sound.
    pub(super) fn get(&self, key: &str, wanted: Option<&Range<u64>>) -> Option<(Known, Range<u64>, Bytes)> {
        let place = self.place(key);
        for entry in fs::read_dir(&place).ok()?.flatten() {
            let name = entry.file_name();
            let Some(Range { start, end }) = name.to_str().and_then(range) else { continue };
            if wanted.is_some_and(|w| w.start < start || w.end > end) || (wanted.is_none() && start > 0) {
                continue;
            }
            let Some((known, bytes)) = self.read(&entry.path()) else { continue };
            if bytes.len() as u64 != end - start || (wanted.is_none() && end != known.size) {
                continue;
            }
            let wanted = wanted.cloned().unwrap_or(start..end);
            let part = (wanted.start - start) as usize..(wanted.end - start) as usize;
            return Some((known, wanted, bytes.slice(part)));
        }
        None
    }

    /// The ranges of a blob that are there, without a look into them.
    pub(in crate::store) fn ranges(&self, key: &str) -> Vec<Range<u64>> {
        let entries = fs::read_dir(self.place(key)).into_iter().flatten().flatten();
        entries.filter_map(|entry| range(entry.file_name().to_str()?)).collect()
    }

    /// An entry that is what it was when it was written; one that is not is deleted.
    fn read(&self, path: &Path) -> Option<(Known, Bytes)> {
        let mut file = fs::File::open(path).ok()?;
        let mut all = Vec::new();
        file.read_to_end(&mut all).ok()?;
        let sound = || {
            let end = all.iter().take(HEAD_MAX).position(|b| *b == b'\n')?;
            let head: Head = serde_json::from_slice(&all[..end]).ok()?;
            let bytes = &all[end + 1..];
            let same = bytes.len() as u64 == head.length && XxHash3_64::oneshot(bytes) == head.checksum;
            same.then_some((head.blob, end + 1))
        };
        let Some((known, start)) = sound() else {
            let _ = fs::remove_file(path);
            return None;
        };
        let old = file.metadata().and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
        if old.is_some_and(|age| age > USE_STEP) {
            // What was used last goes last. Whether that could be noted is no matter.
            let _ = file.set_modified(SystemTime::now());
        }
        Some((known, Bytes::from(all).slice(start..)))
    }

    /// Keeps a range of a blob. A cache that cannot be written is as good as none, and is said once.
    pub(super) fn put(&self, key: &str, blob: Known, range: &Range<u64>, bytes: &[u8]) {
        let place = self.place(key);
        let head = Head { blob, length: bytes.len() as u64, checksum: XxHash3_64::oneshot(bytes) };
        let Ok(head) = serde_json::to_string(&head) else { return };
        self.write(&place, &format!("{}-{}", range.start, range.end), &[head.as_bytes(), b"\n", bytes]);
    }

    fn write(&self, place: &Path, name: &str, parts: &[&[u8]]) {
        let length: u64 = parts.iter().map(|p| p.len() as u64).sum();
        if length > self.limit {
            return;
        }
        let written = || -> std::io::Result<()> {
            make_private(&self.folder)?;
            fs::create_dir_all(place)?;
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.folder)?;
            parts.iter().try_for_each(|part| file.write_all(part))?;
            file.persist(place.join(name)).map_err(|e| e.error)?;
            Ok(())
        };
        match written() {
            Ok(()) => self.grew(length),
            Err(e) => {
                self.trouble
                    .lock()
                    .get_or_insert(format!("the cache {} cannot be written: {e}", self.folder.display()));
            }
        }
    }

    /// Counts what came in, and makes room when it is too much. What other processes add is seen when room is made.
    fn grew(&self, by: u64) {
        let before = self.bytes.load(Ordering::Relaxed);
        let now = if before == u64::MAX { self.kept().bytes } else { before + by };
        self.bytes.store(now, Ordering::Relaxed);
        if now <= self.limit {
            return;
        }
        let mut all = entries(&self.folder);
        all.sort_by_key(|(used, ..)| *used);
        let mut left: u64 = all.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in all {
            if left <= self.limit / 10 * 9 {
                break;
            }
            // Another process may have been faster.
            let _ = fs::remove_file(&path);
            let _ = path.parent().map(fs::remove_dir);
            left -= bytes;
        }
        self.bytes.store(left, Ordering::Relaxed);
    }

    /// A listing that is not too old.
    pub(in crate::store) fn listing<T: for<'a> Deserialize<'a>>(&self, key: &str) -> Option<T> {
        let path = self.listing_path(key);
        let age = fs::metadata(&path).and_then(|m| m.modified()).ok()?.elapsed().ok()?;
        if age > LISTING_LIFE {
            return None;
        }
        let text = fs::read(&path).ok()?;
        let (checksum, text) = text.split_at_checked(8)?;
        (XxHash3_64::oneshot(text).to_le_bytes() == checksum).then(|| serde_json::from_slice(text).ok())?
    }

    /// Keeps a listing.
    pub(in crate::store) fn keep_listing<T: Serialize>(&self, key: &str, listing: &T) {
        let path = self.listing_path(key);
        let (Ok(text), Some(place), Some(name)) =
            (serde_json::to_vec(listing), path.parent(), path.file_name().and_then(|n| n.to_str()))
        else {
            return;
        };
        self.write(place, name, &[&XxHash3_64::oneshot(&text).to_le_bytes(), &text]);
    }

    fn listing_path(&self, key: &str) -> PathBuf {
        let place = self.place(key);
        let name = place.file_name().unwrap_or_default().to_owned();
        let first = place.parent().and_then(Path::file_name).unwrap_or_default().to_owned();
        self.folder.join(LISTINGS).join(first).join(name)
    }
}

/// The range that an entry's name says.
fn range(name: &str) -> Option<Range<u64>> {
    let (start, end) = name.split_once('-')?;
    let (start, end) = (start.parse().ok()?, end.parse().ok()?);
    (start <= end).then_some(start..end)
}

/// Logs hold addresses and names: the folder is its owner's alone.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Every file with its last use and length.
fn entries(folder: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(m) if m.is_dir() => folders.push(entry.path()),
                Ok(m) => found.push((m.modified().unwrap_or(SystemTime::UNIX_EPOCH), m.len(), entry.path())),
                Err(_) => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(size: u64) -> Known {
        Known { size, modified_us: 1, etag: Some("t".into()) }
    }

    fn files(cache: &Cache) -> Vec<PathBuf> {
        entries(cache.folder()).into_iter().map(|(_, _, path)| path).collect()
    }

    #[test]
    fn ranges_come_back_as_they_went_in() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), 1 << 20);
        assert!(cache.get("k", Some(&(0..3))).is_none());
        cache.put("k", known(10), &(2..8), b"cdefgh");
        let found = |range: Range<u64>| cache.get("k", Some(&range)).map(|(_, _, bytes)| bytes.to_vec());
        assert_eq!(found(2..8).unwrap(), b"cdefgh");
        assert_eq!(found(3..5).unwrap(), b"de");
        assert!(found(1..5).is_none() && found(7..9).is_none());
        assert!(cache.get("k", None).is_none(), "not all of the blob is there");
        cache.put("k", known(10), &(0..10), b"abcdefghij");
        assert_eq!(cache.get("k", None).unwrap(), (known(10), 0..10, Bytes::from_static(b"abcdefghij")));
        assert!(cache.get("other", Some(&(0..3))).is_none());
        assert_eq!(cache.kept().entries, 2);
        let names: String = files(&cache).iter().map(|p| p.display().to_string()).collect();
        assert!(!names.contains('k') || !names.contains("/k/"));
        assert_eq!(cache.clear().unwrap().entries, 2);
        assert_eq!(cache.kept(), Kept::default());
    }

    #[test]
    fn a_damaged_entry_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), 1 << 20);
        for cut in [0, 5, 70, 120] {
            cache.put("k", known(100), &(0..100), &[7; 100]);
            let path = files(&cache).remove(0);
            let mut bytes = fs::read(&path).unwrap();
            bytes.truncate(cut);
            fs::write(&path, &bytes).unwrap();
            assert!(cache.get("k", Some(&(0..100))).is_none(), "{cut}");
            assert!(files(&cache).is_empty(), "{cut}");
        }
        cache.put("k", known(100), &(0..100), &[7; 100]);
        let path = files(&cache).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() = 8;
        fs::write(&path, &bytes).unwrap();
        assert!(cache.get("k", Some(&(0..100))).is_none());
    }

    #[test]
    fn what_was_used_last_goes_last() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), 5_000);
        let age = |name: &str, seconds| {
            let path = files(&cache).into_iter().find(|p| p.ends_with(name)).unwrap();
            fs::File::open(path).unwrap().set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
        };
        for (i, seconds) in [(0, 500), (1, 900), (2, 400)] {
            cache.put(&format!("k{i}"), known(2_000), &(0..1_000 + i), &vec![1; 1_000 + i as usize]);
            age(&format!("0-{}", 1_000 + i), seconds);
        }
        // Used now.
        assert!(cache.get("k1", Some(&(0..1_001))).is_some());
        cache.put("k3", known(2_000), &(0..2_000), &[2; 2_000]);
        assert!(cache.kept().bytes <= 5_000);
        assert!(cache.get("k0", Some(&(0..1_000))).is_none());
        assert!(cache.get("k1", Some(&(0..1_001))).is_some() && cache.get("k3", Some(&(0..2_000))).is_some());
        cache.put("huge", known(9_000), &(0..9_000), &[3; 9_000]);
        assert!(cache.get("huge", Some(&(0..9_000))).is_none(), "what is larger than the cache is not kept");
    }

    #[test]
    fn listings_come_back_until_they_are_old() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), 1 << 20);
        assert!(cache.listing::<Vec<u32>>("l").is_none());
        cache.keep_listing("l", &vec![1u32, 2]);
        assert_eq!(cache.listing::<Vec<u32>>("l").unwrap(), [1, 2]);
        let path = files(&cache).remove(0);
        fs::File::open(&path).unwrap().set_modified(SystemTime::now() - LISTING_LIFE * 2).unwrap();
        assert!(cache.listing::<Vec<u32>>("l").is_none());
        cache.keep_listing("l", &vec![1u32]);
        fs::write(&path, b"12345678[1]").unwrap();
        assert!(cache.listing::<Vec<u32>>("l").is_none(), "damaged");
    }
}
