//! Which blobs there are: only the containers, gateways and hours that are wanted are listed.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};

use super::cache::Cache;
use super::nested::{Nested, only_archives};
use super::{HourRange, Location, PathInfo, StoreError};
use crate::model::Category;

/// One blob or file of a source.
#[derive(Debug, Clone)]
pub struct Blob {
    /// The store that holds it.
    pub store: Arc<dyn ObjectStore>,
    /// Its path in the store.
    pub path: Path,
    /// Its name to people and in archives.
    pub name: String,
    /// Length in bytes when it was listed.
    pub size: u64,
    /// Entity tag without quotes, when the store has them.
    pub etag: Option<String>,
    /// Last modification, in 100 ns ticks.
    pub modified: crate::model::Ticks,
    /// What its path says.
    pub info: PathInfo,
    /// Standard input.
    pub stdin: bool,
    /// How often a request for it is repeated after a fault that may pass.
    pub retries: usize,
    /// Where what is read of it is kept.
    pub cache: Option<Arc<Cache>>,
}

impl Blob {
    /// Whether it is a file of this machine: reading it never waits for a network.
    pub fn is_local(&self) -> bool {
        self.name.starts_with('/')
    }
}

/// What a listing found.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// The wanted blobs, sorted by arrival hour and name, without duplicates.
    pub blobs: Vec<Blob>,
    /// Archives that lie between them, by their places: they are not read as exports.
    pub archives: Vec<String>,
}

/// What a listing may leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only these categories' containers; empty means all. Paths that name no category are always listed.
    pub categories: Vec<Category>,
    /// Only hours that overlap; paths without hours are always listed.
    pub hours: Option<HourRange>,
    /// Only these gateways' folders, compared without case; empty means all.
    pub gateways: Vec<String>,
}

impl Wanted {
    /// Whether a blob or folder of this path may hold what is wanted.
    pub fn takes(&self, info: &PathInfo) -> bool {
        let category = self.categories.is_empty()
            || info.category.map_or(!info.diagnostic_container, |c| self.categories.contains(&c));
        let hours = match (&self.hours, &info.hours) {
            (Some(wanted), Some(has)) => wanted.overlaps(has),
            _ => true,
        };
        let gateway = self.gateways.is_empty() || {
            let name = crate::model::ResourceId::parse(&info.resource_id).name;
            name.is_empty() || self.gateways.iter().any(|g| g.eq_ignore_ascii_case(name))
        };
        category && hours && gateway
    }

    /// Whether everything below a path with this info is wanted, so that one flat listing does.
    pub(super) fn takes_all_below(&self, info: &PathInfo) -> bool {
        // Below the year there is neither a category nor a gateway any more.
        let in_time = info.hours.is_some();
        let category = self.categories.is_empty() || info.category.is_some() || in_time;
        let gateway =
            self.gateways.is_empty() || in_time || !crate::model::ResourceId::parse(&info.resource_id).name.is_empty();
        let hours = match (&self.hours, &info.hours) {
            (None, _) => true,
            (Some(wanted), Some(has)) => wanted.start <= has.start && has.end <= wanted.end,
            (Some(_), None) => false,
        };
        category && gateway && hours
    }
}

/// Folders that hold no logs: archives' own and editors' files.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("_delta_log")
}

/// Lists the wanted blobs.
pub async fn list(at: &Location, wanted: &Wanted) -> Result<Listed, StoreError> {
    let mut found = Vec::new();
    let done = |blobs| Ok(Listed { blobs, archives: Vec::new() });
    if at.stdin {
        found.push(Blob {
            store: Arc::clone(&at.store),
            path: at.path.clone(),
            name: "-".into(),
            size: 0,
            etag: None,
            modified: 0,
            info: PathInfo::default(),
            stdin: true,
            retries: 0,
            cache: None,
        });
        return done(found);
    }
    if !at.is_local() {
        return super::remote::list(at, wanted).await;
    }
    // Before anything opens it, which waits for a writer.
    refuse_pipe(at)?;
    if at.glob.is_none()
        && let Some(meta) = at.is_blob().await?
    {
        found.push(blob(at, meta));
        return done(found);
    }
    // Of a container of another category there is nothing to look into.
    if !wanted.takes(&PathInfo::parse(&at.display(&at.path))) {
        return done(found);
    }
    let mut nested = Nested::default();
    let matches = |meta: &ObjectMeta| matches(at, meta);
    let mut folders = vec![at.path.clone()];
    // Whether there is anything at all, wanted or not.
    let mut seen_any = false;
    while !folders.is_empty() {
        // Breadth first, some folders at a time: on blob storage each costs a round trip.
        let level = std::mem::take(&mut folders);
        let mut results =
            futures::stream::iter(level.into_iter().map(|folder| one_folder(at, folder, wanted))).buffered(16);
        while let Some(result) = results.next().await {
            let folder = result?;
            nested.extend(folder.nested);
            let blobs: Vec<Blob> = folder.blobs.into_iter().filter(matches).map(|m| blob(at, m)).collect();
            seen_any |= !blobs.is_empty() || folder.left_out || (at.glob.is_none() && folder.holds_something);
            found.extend(blobs.into_iter().filter(|b| wanted.takes(&b.info)));
            folders.extend(folder.below);
        }
    }
    let archives = nested.places(at);
    if !seen_any && !archives.is_empty() {
        return Err(only_archives(at, &archives));
    }
    if !seen_any && (at.glob.is_some() || !exists(at)) {
        return Err(nothing(at));
    }
    Ok(Listed { blobs: in_order(found), archives })
}

/// Whether the place's glob, if it has one, takes a blob.
pub(super) fn matches(at: &Location, meta: &ObjectMeta) -> bool {
    at.glob.as_ref().is_none_or(|glob| {
        let require_literal_separator = !glob.as_str().contains("**");
        let options = glob::MatchOptions { require_literal_separator, ..Default::default() };
        // A folder that matches stands for all below it, as where a shell resolves the glob.
        let path = meta.location.as_ref();
        let parts = glob.as_str().split('/').count();
        let folder = path.match_indices('/').nth(parts - 1).map(|(at, _)| &path[..at]);
        glob.matches_with(path, options) || folder.is_some_and(|folder| glob.matches_with(folder, options))
    })
}

/// By arrival hour and name, without duplicates.
pub(super) fn in_order(mut found: Vec<Blob>) -> Vec<Blob> {
    found.sort_by(|a, b| arrival(a).cmp(&arrival(b)).then_with(|| a.name.cmp(&b.name)));
    found.dedup_by(|a, b| a.name == b.name);
    found
}

/// There is nothing, wanted or not.
pub(super) fn nothing(at: &Location) -> StoreError {
    match &at.glob {
        Some(glob) => {
            // As it was written: the location would show it encoded.
            let shown = if at.is_local() { format!("/{glob}") } else { at.to_string() };
            StoreError::new(format!("no file matches {shown}"))
        }
        None => StoreError::new(format!(
            "there is nothing at {at}; expected a folder or file of exported logs, or an archive made by \
             'tunnelql import'"
        )),
    }
}

/// A pipe has no length, and would be read as an empty file.
fn refuse_pipe(at: &Location) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let pipe = |m: std::fs::Metadata| m.file_type().is_fifo() || m.file_type().is_socket();
        if at.is_local() && std::fs::metadata(format!("/{}", at.path)).is_ok_and(pipe) {
            return Err(StoreError::new(format!("{at} is a pipe; give - to read from standard input")));
        }
    }
    Ok(())
}

fn exists(at: &Location) -> bool {
    at.is_local() && std::path::Path::new(&format!("/{}", at.path)).exists()
}

fn arrival(blob: &Blob) -> i64 {
    blob.info.hours.map_or(i64::MIN, |h| h.start)
}

/// What one listing brought.
struct Folder {
    blobs: Vec<ObjectMeta>,
    /// Folders below that are to be looked into.
    below: Vec<Path>,
    /// Something is there, wanted or not.
    holds_something: bool,
    /// There are folders that are not wanted.
    left_out: bool,
    /// Archives, of which nothing is taken.
    nested: Nested,
}

async fn one_folder(at: &Location, folder: Path, wanted: &Wanted) -> Result<Folder, StoreError> {
    let name = at.display(&folder);
    let failed = |e: object_store::Error| StoreError::at("list", &name, &e);
    let prefix = (!folder.is_root()).then_some(&folder);
    let info = PathInfo::parse(&name);
    let mut nested = Nested::default();
    if wanted.takes_all_below(&info) {
        let mut blobs: Vec<_> = at
            .store
            .list(prefix)
            .try_filter(|m| {
                nested.note(&m.location);
                let below = m.location.as_ref().get(folder.as_ref().len()..).unwrap_or_default();
                std::future::ready(!below.split('/').any(is_hidden))
            })
            .try_collect()
            .await
            .map_err(failed)?;
        blobs.retain(|m| !nested.holds(&m.location));
        return Ok(Folder { holds_something: !blobs.is_empty(), blobs, below: Vec::new(), left_out: false, nested });
    }
    let listed = at.store.list_with_delimiter(prefix).await.map_err(failed)?;
    listed.common_prefixes.iter().for_each(|p| nested.note(p));
    if !nested.is_empty() {
        return Ok(Folder { blobs: Vec::new(), below: Vec::new(), holds_something: false, left_out: false, nested });
    }
    // What is in the folders below is seen there.
    let holds_something = !listed.objects.is_empty();
    let blobs = listed.objects.into_iter().filter(|m| !m.location.filename().is_some_and(is_hidden)).collect();
    let folders: Vec<Path> =
        listed.common_prefixes.into_iter().filter(|p| !p.filename().is_some_and(is_hidden)).collect();
    let all = folders.len();
    let below: Vec<Path> = folders.into_iter().filter(|p| wanted.takes(&PathInfo::parse(&at.display(p)))).collect();
    Ok(Folder { blobs, left_out: below.len() < all, below, holds_something, nested })
}

pub(super) fn blob(at: &Location, meta: ObjectMeta) -> Blob {
    let name = at.display(&meta.location);
    Blob {
        store: Arc::clone(&at.store),
        info: PathInfo::parse(&name),
        path: meta.location,
        name,
        size: meta.size,
        // Listing gives the tag without quotes, reading with them.
        etag: meta.e_tag.map(|t| t.trim_matches('"').to_owned()),
        modified: meta.last_modified.timestamp_micros().saturating_mul(10),
        stdin: false,
        retries: at.retries,
        cache: at.cache.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_iso;

    fn export(root: &std::path::Path) {
        for (category, gateway, hour) in [
            ("tunneldiagnosticlog", "GW1", "y=2026/m=03/d=01/h=22"),
            ("tunneldiagnosticlog", "GW1", "y=2026/m=03/d=01/h=23"),
            ("tunneldiagnosticlog", "GW2", "y=2026/m=03/d=02/h=00"),
            ("ikediagnosticlog", "GW1", "y=2026/m=03/d=02/h=00"),
            ("azurefirewall", "FW", "y=2026/m=03/d=02/h=00"),
        ] {
            let folder = root.join(format!(
                "insights-logs-{category}/resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/\
                 VIRTUALNETWORKGATEWAYS/{gateway}/{hour}/m=00"
            ));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("PT1H.json"), "{}\n").unwrap();
        }
        std::fs::write(root.join("notes #1 ü.json"), "x").unwrap();
        std::fs::write(root.join(".hidden"), "x").unwrap();
    }

    #[tokio::test]
    async fn lists_only_what_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        export(folder.path());
        let at = Location::parse(&folder.path().to_string_lossy()).unwrap();
        let all = list(&at, &Wanted::default()).await.unwrap().blobs;
        assert_eq!(all.len(), 6);
        assert!(all.windows(2).all(|w| arrival(&w[0]) <= arrival(&w[1])));
        let cases = [
            (Wanted { categories: vec![Category::Tunnel], ..Wanted::default() }, 4),
            (Wanted { gateways: vec!["gw2".into()], ..Wanted::default() }, 2),
            (
                Wanted {
                    categories: vec![Category::Tunnel],
                    hours: Some(HourRange {
                        start: parse_iso("2026-03-01T23:00:00Z").unwrap(),
                        end: parse_iso("2026-03-03").unwrap(),
                    }),
                    ..Wanted::default()
                },
                3,
            ),
        ];
        for (wanted, count) in cases {
            assert_eq!(list(&at, &wanted).await.unwrap().blobs.len(), count, "{wanted:?}");
        }
    }

    #[tokio::test]
    async fn one_file_a_glob_and_nothing() {
        let folder = tempfile::tempdir().unwrap();
        export(folder.path());
        let at = |p: &str| Location::parse(&folder.path().join(p).to_string_lossy()).unwrap();
        assert_eq!(list(&at("notes #1 ü.json"), &Wanted::default()).await.unwrap().blobs.len(), 1);
        assert_eq!(list(&at("**/PT1H.json"), &Wanted::default()).await.unwrap().blobs.len(), 5);
        // A folder stands for what is below it.
        for folders in ["insights-logs-tunnel*", "insights-logs-tunnel*/"] {
            assert_eq!(list(&at(folders), &Wanted::default()).await.unwrap().blobs.len(), 3, "{folders}");
        }
        assert!(list(&at("*.csv"), &Wanted::default()).await.unwrap_err().to_string().contains("no file matches"));
        assert!(
            list(&at("missing"), &Wanted::default()).await.unwrap_err().to_string().contains("there is nothing at")
        );
    }
}
