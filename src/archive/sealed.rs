//! The digest of each file, taken while it is written and kept in the log: a byte that changed later is found, also where
//! what it belongs to can still be read.

use std::collections::HashMap;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use object_store::ObjectStoreExt;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use parquet::arrow::async_writer::AsyncFileWriter;
use ring::digest::{Context, SHA256};

use super::{Archive, ArchiveError};
use crate::model::hex;
use crate::store::StoreError;

/// Under which name the log keeps a file's SHA-256, in hexadecimal digits: a tag of the file.
pub const TAG: &str = "tunnelql.sha256";

/// A file that is being written.
pub struct Sealing {
    sink: BufWriter,
    digest: Context,
}

impl Sealing {
    /// Writes to `sink`.
    pub fn new(sink: BufWriter) -> Self {
        Self { sink, digest: Context::new(&SHA256) }
    }

    /// The digest of all that was written.
    pub fn seal(self) -> String {
        hex(self.digest.finish().as_ref())
    }
}

impl AsyncFileWriter for Sealing {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, parquet::errors::Result<()>> {
        self.digest.update(&bytes);
        self.sink.write(bytes)
    }

    fn complete(&mut self) -> BoxFuture<'_, parquet::errors::Result<()>> {
        self.sink.complete()
    }
}

impl Archive {
    /// The digests of the files that have one, by path: files of the first versions have none.
    pub(super) fn seals(&self) -> Result<HashMap<Path, String>, ArchiveError> {
        let state = self.table.snapshot().map_err(|e| ArchiveError::delta(&self.location, &e))?;
        let mut seals = HashMap::new();
        for view in state.log_data().iter() {
            // No other way shows a file's tags.
            #[allow(deprecated)]
            let tags = view.add_action().tags.unwrap_or_default();
            if let Some(seal) = tags.get(TAG).cloned().flatten() {
                seals.insert(view.object_store_path(), seal);
            }
        }
        Ok(seals)
    }

    /// Whether a file still has the bytes that were written.
    pub(super) async fn is_sealed(&self, file: &Path, seal: &str) -> Result<bool, ArchiveError> {
        let path = self.full(file);
        let failed = |e: object_store::Error| ArchiveError::from(StoreError::at("read", file, &e));
        let mut bytes = self.location.store.get(&path).await.map_err(failed)?.into_stream();
        let mut digest = Context::new(&SHA256);
        while let Some(piece) = bytes.try_next().await.map_err(failed)? {
            digest.update(&piece);
        }
        Ok(hex(digest.finish().as_ref()) == seal)
    }
}
