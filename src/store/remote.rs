//! Which blobs there are in a remote store: from a listing, or from one that was made a moment ago.

use chrono::{DateTime, Utc};
use object_store::ObjectMeta;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::listing::{Listed, blob, in_order, matches, nothing};
use super::nested::only_archives;
use super::paged::{Found, list_paged};
use super::{Blob, Location, PathInfo, StoreError, Wanted};
use crate::model::TICKS_PER_SECOND;

/// An hour's blobs are taken to be complete this long after its end. The hour of a path is that of arrival, and Azure writes
/// the last of an hour some minutes into the next one.
const SETTLED: i64 = 2 * 3600 * TICKS_PER_SECOND;

/// A kept listing.
#[derive(Serialize, Deserialize)]
struct KeptListing {
    blobs: Vec<Kept>,
    archives: Vec<String>,
}

/// A blob of a kept listing.
#[derive(Serialize, Deserialize)]
struct Kept {
    path: String,
    size: u64,
    etag: Option<String>,
    modified_us: i64,
}

/// Lists the wanted blobs below a place, sorted by arrival hour and name, without duplicates.
pub(super) async fn list(at: &Location, wanted: &Wanted) -> Result<Listed, StoreError> {
    // Of a container of another category there is nothing to look into.
    if !wanted.takes(&PathInfo::parse(&at.display(&at.path))) {
        return Ok(Listed::default());
    }
    // What has arrived in hours that are long over does not change any more.
    let now = Utc::now().timestamp().saturating_mul(TICKS_PER_SECOND);
    let settled = wanted.hours.is_some_and(|h| h.end < now - SETTLED);
    let cache = at.cache.as_ref().filter(|_| settled);
    let key = || format!("{}\0{at}\0{wanted:?}", at.store);
    if let Some(kept) = cache.and_then(|c| c.listing::<KeptListing>(&key())) {
        let found = kept.blobs.into_iter().filter_map(|k| Some(blob(at, meta(k)?)));
        return Ok(Listed { blobs: in_order(found.collect()), archives: kept.archives });
    }
    let Found { blobs, left_out, nested } = list_paged(at, wanted).await?;
    let archives = nested.places(at);
    let seen_any = !blobs.is_empty();
    let mut metas: Vec<ObjectMeta> = blobs.into_iter().filter(|m| matches(at, m)).collect();
    if metas.is_empty() && !left_out && !archives.is_empty() {
        return Err(only_archives(at, &archives));
    }
    if metas.is_empty() && !left_out && (at.glob.is_some() || !seen_any) {
        // Listings are of what lies below: the place may be a blob itself.
        match if at.glob.is_none() { at.is_blob().await? } else { None } {
            Some(meta) => metas.push(meta),
            None => return Err(nothing(at)),
        }
    }
    let found: Vec<Blob> = metas.into_iter().map(|m| blob(at, m)).filter(|b| wanted.takes(&b.info)).collect();
    let found = in_order(found);
    if let Some(cache) = cache {
        let kept = |b: &Blob| Kept {
            path: b.path.to_string(),
            size: b.size,
            etag: b.etag.clone(),
            modified_us: b.modified / 10,
        };
        let kept = KeptListing { blobs: found.iter().map(kept).collect(), archives: archives.clone() };
        cache.keep_listing(&key(), &kept);
    }
    Ok(Listed { blobs: found, archives })
}

fn meta(kept: Kept) -> Option<ObjectMeta> {
    Some(ObjectMeta {
        location: Path::parse(&kept.path).ok()?,
        last_modified: DateTime::from_timestamp_micros(kept.modified_us)?,
        size: kept.size,
        e_tag: kept.etag,
        version: None,
    })
}
