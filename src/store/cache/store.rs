//! A store whose reads are answered from the cache where they can be.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    OBJECT_STORE_COALESCE_DEFAULT, ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, RenameOptions, Result, coalesce_ranges,
};

use super::Tag;
use super::disk::{Cache, Known};
use crate::store::tags::{Tags, bare, is_conditional, is_written_once};
use crate::store::wire::Traffic;

/// Longer answers are not kept: they pass through memory whole.
const ANSWER_MAX: u64 = 16 << 20;

/// A remote store with a cache before it.
#[derive(Debug)]
pub struct Cached {
    inner: Arc<dyn ObjectStore>,
    cache: Arc<Cache>,
    traffic: Arc<Traffic>,
    /// Account and container.
    name: String,
    /// Entity tags of the files of Delta logs, as they were last listed.
    log: Arc<Tags>,
}

impl Cached {
    /// A store before which the cache stands.
    pub fn new(inner: Arc<dyn ObjectStore>, cache: Arc<Cache>, traffic: Arc<Traffic>) -> Self {
        let name = inner.to_string();
        Self { inner, cache, traffic, name, log: Arc::default() }
    }

    /// The tag that the answer must have: that of the listing, or none for what never changes. `None` when it must come
    /// from the store.
    fn tag(&self, path: &Path, options: &GetOptions) -> Option<String> {
        if is_conditional(options) {
            return None;
        }
        if is_written_once(path) {
            return Some(String::new());
        }
        let listed = options.extensions.get::<Tag>().map(|tag| tag.0.clone());
        listed.or_else(|| self.log.get(path).map(|(tag, _)| tag))
    }
}

/// What a blob of a store is known by; the store by its name.
pub(in crate::store) fn key(store: &str, path: &Path, tag: &str) -> String {
    format!("{store}\0{path}\0{tag}")
}

pub(in crate::store) fn answer(meta: ObjectMeta, range: Range<u64>, attributes: Attributes, bytes: Bytes) -> GetResult {
    let payload = GetResultPayload::Stream(futures::stream::iter([Ok(bytes)]).boxed());
    GetResult { payload, meta, range, attributes }
}

impl fmt::Display for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Cached {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.log.forget(location);
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.log.forget(location);
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let wanted = match &options.range {
            None => None,
            Some(GetRange::Bounded(range)) => Some(range.clone()),
            Some(_) => return self.inner.get_opts(location, options).await,
        };
        let Some(tag) = self.tag(location, &options) else { return self.inner.get_opts(location, options).await };
        let key = key(&self.name, location, &tag);
        if let Some((known, range, bytes)) = self.cache.get(&key, wanted.as_ref()) {
            self.traffic.add_cached(bytes.len() as u64);
            let meta = ObjectMeta {
                location: location.clone(),
                last_modified: chrono::DateTime::from_timestamp_micros(known.modified_us).unwrap_or_default(),
                size: known.size,
                e_tag: known.etag,
                version: None,
            };
            return Ok(answer(meta, range, Attributes::default(), bytes));
        }
        let result = self.inner.get_opts(location, options).await?;
        let same = tag.is_empty() || result.meta.e_tag.as_deref().is_some_and(|etag| bare(etag) == tag);
        let (meta, range) = (result.meta.clone(), result.range.clone());
        if !same || range.end - range.start > ANSWER_MAX {
            return Ok(result);
        }
        let attributes = result.attributes.clone();
        let bytes = result.bytes().await?;
        if bytes.len() as u64 == range.end - range.start {
            let known =
                Known { size: meta.size, modified_us: meta.last_modified.timestamp_micros(), etag: meta.e_tag.clone() };
            self.cache.put(&key, known, &range, &bytes);
        }
        Ok(answer(meta, range, attributes, bytes))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        // Joined as the store itself would, and then one by one through the cache.
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
        self.log.forget(to);
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.log.forget(to);
        self.inner.rename_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    #[tokio::test]
    async fn a_blob_is_read_once_for_each_tag() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Arc::new(Cache::new(folder.path(), 1 << 20));
        let inner = Arc::new(InMemory::new());
        let (path, traffic) = (Path::from("y=2026/a.json"), Arc::new(Traffic::default()));
        let store = Cached::new(inner.clone(), cache, Arc::clone(&traffic));
        inner.put(&path, "one".into()).await.unwrap();
        let tag = |meta: ObjectMeta| bare(&meta.e_tag.unwrap()).to_owned();
        let get = async |tag: &str| {
            let mut options = GetOptions::default();
            options.extensions.insert(Tag(tag.to_owned()));
            store.get_opts(&path, options).await.unwrap().bytes().await.unwrap()
        };
        let first = tag(inner.head(&path).await.unwrap());
        assert_eq!((get(&first).await, traffic.sent().cached), ("one".into(), 0));
        assert_eq!((get(&first).await, traffic.sent().cached), ("one".into(), 3));
        inner.put(&path, "other".into()).await.unwrap();
        // What was listed before is still what it was; another tag is another blob.
        assert_eq!(get(&first).await, "one");
        let second = tag(inner.head(&path).await.unwrap());
        assert_eq!(get(&second).await, "other");
        // Without a tag nobody knows whether it is still the same.
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "other");
        let before = traffic.sent().cached;
        store.get(&path).await.unwrap();
        assert_eq!(traffic.sent().cached, before);
        // An answer of another blob than the listed one is not kept.
        assert_eq!(get("unknown").await, "other");
        inner.put(&path, "third".into()).await.unwrap();
        assert_eq!(get("unknown").await, "third");
    }

    #[tokio::test]
    async fn files_of_archives_are_known_by_name_and_logs_by_listing() {
        let folder = tempfile::tempdir().unwrap();
        let inner = Arc::new(InMemory::new());
        let traffic = Arc::new(Traffic::default());
        let store = Cached::new(inner.clone(), Arc::new(Cache::new(folder.path(), 1 << 20)), Arc::clone(&traffic));
        let (data, log) =
            (Path::from("a/category=ike/date=2026-03-01/part-1.parquet"), Path::from("a/_delta_log/0.json"));
        for path in [&data, &log] {
            inner.put(path, "0123456789".into()).await.unwrap();
        }
        for _ in 0..2 {
            assert_eq!(store.get_ranges(&data, &[1..3, 6..8]).await.unwrap(), ["12", "67"]);
        }
        assert_eq!(traffic.sent().cached, 7, "joined to one range");
        assert_eq!(store.get_range(&log, 0..2).await.unwrap(), "01");
        assert_eq!(store.get_range(&log, 0..2).await.unwrap(), "01");
        assert_eq!(traffic.sent().cached, 7, "not listed yet");
        let _: Vec<_> = store.list(Some(&"a/_delta_log".into())).collect().await;
        for _ in 0..2 {
            assert_eq!(store.get(&log).await.unwrap().bytes().await.unwrap(), "0123456789");
        }
        assert_eq!(traffic.sent().cached, 17);
    }
}
