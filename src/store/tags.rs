//! What listings said of the files of Delta logs: the only files of an archive whose names may come again.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::BoxStream;
use hashbrown::HashMap;
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, Result};
use parking_lot::RwLock;

/// Entity tags and lengths, as they were last listed.
#[derive(Debug, Default)]
pub struct Tags(RwLock<HashMap<Path, (String, u64)>>);

impl Tags {
    /// A listing of which every entry is taken notice of.
    pub fn noted(
        self: &Arc<Self>,
        listing: BoxStream<'static, Result<ObjectMeta>>,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let tags = Arc::clone(self);
        listing.inspect(move |meta| meta.iter().for_each(|meta| tags.note(meta))).boxed()
    }

    /// Takes notice of an entry of a listing.
    pub fn note(&self, meta: &ObjectMeta) {
        if let Some(etag) = &meta.e_tag
            && meta.location.as_ref().contains("_delta_log/")
        {
            self.0.write().insert(meta.location.clone(), (bare(etag).to_owned(), meta.size));
        }
    }

    /// Tag and length of a file.
    pub fn get(&self, path: &Path) -> Option<(String, u64)> {
        self.0.read().get(path).cloned()
    }

    /// A file is written to.
    pub fn forget(&self, path: &Path) {
        self.0.write().remove(path);
    }
}

/// Listings give tags without quotes, reads with them.
pub fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// A data file of an archive, whose name is made once.
pub fn is_written_once(path: &Path) -> bool {
    let name = path.filename().unwrap_or_default();
    name.starts_with("part-") && name.ends_with(".parquet") && path.as_ref().contains("category=")
}

/// Whether an answer depends on more than what is at the path.
pub fn is_conditional(options: &GetOptions) -> bool {
    options.head
        || options.if_match.is_some()
        || options.if_none_match.is_some()
        || options.if_modified_since.is_some()
        || options.if_unmodified_since.is_some()
        || options.version.is_some()
}
