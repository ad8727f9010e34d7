//! Bytes of one blob, in order, from an offset to the length it had when it was listed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::{GetOptions, GetRange, GetResultPayload};

use super::ranges::Ranges;
use super::{Blob, StoreError};

/// What was really read, for progress and statistics.
#[derive(Debug, Default)]
pub struct Counters {
    /// Blobs opened.
    pub blobs: AtomicU64,
    /// Bytes fetched, before decompression.
    pub bytes: AtomicU64,
}

impl Counters {
    /// Begins to count anew.
    pub fn reset(&self) {
        self.blobs.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    fn add_bytes(&self, n: usize) {
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
    }
}

/// Reads a blob piece by piece. Dropping it stops the transfer.
pub struct BlobReader {
    bytes: Source,
    name: String,
    /// Bytes still to come; a blob that grew meanwhile is read to its listed length only.
    left: u64,
    counters: Arc<Counters>,
}

enum Source {
    File(File),
    Stream(BoxStream<'static, object_store::Result<Bytes>>),
    Remote(Ranges),
    Stdin,
}

/// How much is read at a time: large enough to keep system calls rare, small enough to stay in the cache.
const PIECE: usize = 1 << 20;

impl BlobReader {
    /// Opens a blob at an offset. Of a remote blob the transfer begins, and nothing is waited for.
    pub async fn open(blob: &Blob, offset: u64, counters: Arc<Counters>) -> Result<Self, StoreError> {
        counters.blobs.fetch_add(1, Ordering::Relaxed);
        let name = blob.name.clone();
        if blob.stdin {
            return Ok(Self { bytes: Source::Stdin, name, left: u64::MAX, counters });
        }
        let left = blob.size.saturating_sub(offset);
        if left == 0 {
            let bytes = Source::Stream(futures::stream::empty().boxed());
            return Ok(Self { bytes, name, left, counters });
        }
        if !blob.is_local() {
            return Ok(Self { bytes: Source::Remote(Ranges::start(blob, offset)), name, left, counters });
        }
        let options = GetOptions { range: Some(GetRange::Bounded(offset..blob.size)), ..GetOptions::default() };
        let failed = |e| StoreError::at("read", &blob.name, &e);
        let result = blob.store.get_opts(&blob.path, options).await.map_err(failed)?;
        let bytes = match result.payload {
            GetResultPayload::File(mut file, _) => {
                file.seek(SeekFrom::Start(offset)).map_err(|e| io_error(&name, &e))?;
                Source::File(file)
            }
            GetResultPayload::Stream(stream) => Source::Stream(stream),
        };
        Ok(Self { bytes, name, left, counters })
    }

    /// Appends the next bytes to `buffer`; 0 at the end.
    pub async fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, StoreError> {
        let want = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        if want == 0 {
            return Ok(0);
        }
        let start = buffer.len();
        // At once and not piece by piece: whoever keeps the buffer from blob to blob never pays for it again.
        buffer.reserve(want);
        match &mut self.bytes {
            Source::File(file) => {
                file.take(want as u64).read_to_end(buffer).map_err(|e| io_error(&self.name, &e))?;
            }
            Source::Stdin => {
                std::io::stdin().lock().take(want as u64).read_to_end(buffer).map_err(|e| io_error(&self.name, &e))?;
            }
            Source::Remote(ranges) => ranges.read(buffer, want).await?,
            Source::Stream(stream) => {
                while buffer.len() - start < want {
                    let Some(next) = stream.next().await else { break };
                    buffer.extend_from_slice(&next.map_err(|e| StoreError::at("read", &self.name, &e))?);
                }
            }
        }
        let got = buffer.len() - start;
        self.left = self.left.saturating_sub(got as u64);
        self.counters.add_bytes(got);
        Ok(got)
    }
}

fn io_error(name: &str, error: &std::io::Error) -> StoreError {
    StoreError::new(format!("cannot read {name}: {error}"))
}
