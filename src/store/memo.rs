//! Small files of archives, held in memory for as long as an archive is open: readers of Delta logs and of Parquet come
//! back to the same file for its end, its index and its parts, and over a network each time is a round trip.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hashbrown::HashMap;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload,
    OBJECT_STORE_COALESCE_DEFAULT, ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, RenameOptions, Result, coalesce_ranges,
};
use parking_lot::Mutex;

use super::cache::answer;
use super::tags::{Tags, bare, is_conditional, is_written_once};

/// Data files up to this are fetched whole.
pub const SMALL_FILE: u64 = 256 << 10;
/// Files of the log up to this are fetched whole: commits, and checkpoints of some ten thousand files.
const LOG_FILE: u64 = 8 << 20;
/// Bytes held. When they are full, all go: what comes back is fetched again.
const HELD: usize = 32 << 20;

/// A remote store with small files held.
#[derive(Debug)]
pub struct Memo {
    inner: Arc<dyn ObjectStore>,
    held: Mutex<Held>,
    log: Arc<Tags>,
}

#[derive(Debug, Default)]
struct Held {
    /// By path, with the tag that it was listed with; data files have none.
    files: HashMap<Path, (String, ObjectMeta, Bytes)>,
    bytes: usize,
}

impl Held {
    fn keep(&mut self, tag: &str, meta: &ObjectMeta, bytes: &Bytes) {
        if self.bytes + bytes.len() > HELD {
            *self = Self::default();
        }
        let before = self.files.insert(meta.location.clone(), (tag.to_owned(), meta.clone(), bytes.clone()));
        self.bytes += bytes.len();
        self.bytes -= before.map_or(0, |(_, _, bytes)| bytes.len());
    }
}

impl Memo {
    /// Holds small files of `inner`.
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, held: Mutex::default(), log: Arc::default() }
    }

    fn forget(&self, path: &Path) {
        self.log.forget(path);
        self.held.lock().files.remove(path);
    }
}

/// The wanted part of a whole file.
fn part(meta: ObjectMeta, wanted: Option<Range<u64>>, bytes: &Bytes) -> GetResult {
    let length = bytes.len() as u64;
    let range = wanted.map_or(0..length, |w| w.start.min(length)..w.end.min(length));
    let bytes = bytes.slice(range.start as usize..range.end as usize);
    answer(meta, range, Attributes::default(), bytes)
}

impl fmt::Display for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Memo {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.forget(location);
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.forget(location);
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let wanted = match &options.range {
            None => None,
            Some(GetRange::Bounded(range)) => Some(range.clone()),
            Some(_) => return self.inner.get_opts(location, options).await,
        };
        let listed = if is_written_once(location) { Some((String::new(), u64::MAX)) } else { self.log.get(location) };
        let Some((tag, size)) = listed.filter(|_| !is_conditional(&options)) else {
            return self.inner.get_opts(location, options).await;
        };
        let held = self.held.lock().files.get(location).cloned();
        if let Some((_, meta, bytes)) = held.filter(|(of, ..)| *of == tag) {
            return Ok(part(meta, wanted, &bytes));
        }
        let options = if size <= LOG_FILE { GetOptions { range: None, ..options } } else { options };
        let whole = options.range.is_none();
        let result = self.inner.get_opts(location, options).await?;
        let is_all = result.range == (0..result.meta.size);
        let is_small = result.meta.size <= if tag.is_empty() { SMALL_FILE } else { LOG_FILE };
        if !is_all || !is_small {
            return Ok(result);
        }
        let meta = result.meta.clone();
        let bytes = result.bytes().await?;
        if tag.is_empty() || meta.e_tag.as_deref().is_some_and(|etag| bare(etag) == tag) {
            self.held.lock().keep(&tag, &meta, &bytes);
        }
        Ok(part(meta, wanted.filter(|_| whole), &bytes))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let one = |range| self.get_range(location, range);
        coalesce_ranges(ranges, one, OBJECT_STORE_COALESCE_DEFAULT).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.log.noted(self.inner.list(prefix))
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.log.noted(self.inner.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let listed = self.inner.list_with_delimiter(prefix).await?;
        listed.objects.iter().for_each(|meta| self.log.note(meta));
        Ok(listed)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.forget(to);
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.forget(to);
        self.inner.rename_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use object_store::memory::InMemory;

    use super::super::{Counted, Reads};
    use super::*;

    #[tokio::test]
    async fn a_small_file_is_fetched_once() {
        let (inner, reads) = (Arc::new(InMemory::new()), Arc::new(Reads::default()));
        let memo = Memo::new(Arc::new(Counted::new(inner.clone(), Arc::clone(&reads))));
        let requests = || reads.requests.load(std::sync::atomic::Ordering::Relaxed);
        let (data, log) =
            (Path::from("a/category=ike/date=2026-03-01/part-1.parquet"), Path::from("a/_delta_log/0.json"));
        for path in [&data, &log] {
            inner.put(path, "0123456789".into()).await.unwrap();
        }
        // All of a data file at first, as a reader does that is told its length; then its parts.
        for (range, want) in [(0..10, "0123456789"), (2..5, "234"), (8..10, "89")] {
            assert_eq!(memo.get_range(&data, range).await.unwrap(), want);
        }
        assert_eq!(requests(), 1);
        // A file of the log is another one when it is listed with another tag.
        assert_eq!(memo.get_range(&log, 1..3).await.unwrap(), "12");
        assert_eq!(memo.get_range(&log, 1..3).await.unwrap(), "12");
        assert_eq!(requests(), 3, "not listed yet");
        let list = async || memo.list(Some(&"a/_delta_log".into())).collect::<Vec<_>>().await;
        list().await;
        assert_eq!(memo.get_range(&log, 1..3).await.unwrap(), "12");
        assert_eq!(memo.get(&log).await.unwrap().bytes().await.unwrap(), "0123456789");
        assert_eq!(requests(), 4);
        inner.put(&log, "abcdefghij".into()).await.unwrap();
        list().await;
        assert_eq!(memo.get_range(&log, 1..3).await.unwrap(), "bc");
        assert_eq!(requests(), 5);
        let large = Path::from("a/category=ike/date=2026-03-01/part-2.parquet");
        inner.put(&large, vec![1; SMALL_FILE as usize + 1].into()).await.unwrap();
        for _ in 0..2 {
            memo.get(&large).await.unwrap().bytes().await.unwrap();
        }
        assert_eq!(requests(), 7);
    }
}
