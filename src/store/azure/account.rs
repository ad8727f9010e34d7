//! A whole account as one store: the containers of VPN gateways' categories, each a folder of the root.
//!
//! Object stores cannot list containers. Their names are known, so each is asked for; what is not there counts as
//! empty, unless none is there.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryFutureExt, TryStreamExt};
use object_store::path::{Path, PathPart};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, RetryConfig,
};
use tokio::sync::OnceCell;

use super::{Azure, Container};
use crate::model::Category;
use crate::store::trouble::innermost;

/// The containers of one account. Read only.
#[derive(Debug)]
pub struct Account {
    inner: Arc<Containers>,
}

struct Containers {
    /// Name of the account, for messages.
    name: String,
    stores: BTreeMap<String, Container>,
    /// Those that are there, once somebody had to know.
    found: OnceCell<Vec<String>>,
}

impl fmt::Debug for Containers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Containers of {}", self.name)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {}", self.inner.name)
    }
}

/// The containers that diagnostic settings of VPN gateways write to.
pub fn container_names() -> Vec<String> {
    Category::VPN.iter().map(|c| format!("insights-logs-{}", c.azure_name().to_ascii_lowercase())).collect()
}

fn generic(text: String) -> Error {
    Error::Generic { store: "account", source: text.into() }
}

/// Whether the container itself is missing.
fn no_container(error: &Error) -> bool {
    // The library calls every failure of a listing generic; what it was stands in the service's answer.
    innermost(error).to_string().contains("<Code>ContainerNotFound</Code>")
}

impl Containers {
    /// The container that a path begins with, and the path in it.
    fn at(&self, path: &Path) -> Option<(&str, &Container, Path)> {
        let mut parts = path.parts();
        let first = parts.next()?;
        let (name, store) = self.stores.get_key_value(first.as_ref())?;
        Some((name, store, parts.collect()))
    }

    /// The containers that are there.
    async fn found(&self) -> Result<&Vec<String>> {
        self.found
            .get_or_try_init(|| async {
                let asked = self.stores.iter().map(|(name, store)| async move {
                    match store.list(None).try_next().await {
                        Ok(_) => Ok(Some(name.clone())),
                        Err(e) if no_container(&e) => Ok(None),
                        Err(e) => Err(e),
                    }
                });
                let found: Vec<Option<String>> = futures::future::try_join_all(asked).await?;
                let found: Vec<String> = found.into_iter().flatten().collect();
                match found.is_empty() {
                    false => Ok(found),
                    true => Err(generic(format!(
                        "the account {} has none of the containers that diagnostic settings write VPN gateways' logs to: {}; \
                         if they are named otherwise, name the containers",
                        self.name,
                        self.stores.keys().cloned().collect::<Vec<_>>().join(", ")
                    ))),
                }
            })
            .await
    }
}

fn outside(path: &Path) -> Error {
    Error::NotFound { path: path.to_string(), source: "it is in none of the account's containers of logs".into() }
}

fn read_only() -> Error {
    Error::NotSupported {
        source: "a whole account can only be read; name a container to write to, such as az://CONTAINER/PATH".into(),
    }
}

/// A path of a container as one of the account.
fn prefixed(container: &str, path: &Path) -> Path {
    std::iter::once(PathPart::from(container)).chain(path.parts()).collect()
}

impl Account {
    /// The account's containers.
    pub fn new(azure: &Azure, retries: &RetryConfig) -> std::result::Result<Self, String> {
        let stores = container_names()
            .into_iter()
            .map(|name| azure.container(&name, retries.clone()).map(|store| (name, store)))
            .collect::<std::result::Result<_, _>>()?;
        let inner = Containers { name: azure.url.account.clone(), stores, found: OnceCell::new() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The containers that are there, by name.
    pub async fn found(&self) -> Result<Vec<String>> {
        self.inner.found().await.cloned()
    }
}

/// Everything below `prefix` of one container; nothing when the container is missing and another is there.
fn below(containers: Arc<Containers>, container: String, prefix: Path) -> BoxStream<'static, Result<ObjectMeta>> {
    let Some(store) = containers.stores.get(&container) else { return futures::stream::empty().boxed() };
    store
        .list((!prefix.is_root()).then_some(&prefix))
        .filter_map(move |meta| {
            let (containers, container) = (Arc::clone(&containers), container.clone());
            async move {
                match meta {
                    Ok(meta) => Some(Ok(ObjectMeta { location: prefixed(&container, &meta.location), ..meta })),
                    Err(e) if no_container(&e) => containers.found().await.err().map(Err),
                    Err(e) => Some(Err(e)),
                }
            }
        })
        .boxed()
}

#[async_trait]
impl ObjectStore for Account {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (container, store, path) = self.inner.at(location).ok_or_else(|| outside(location))?;
        if path.is_root() {
            return Err(outside(location));
        }
        let mut result = store.get_opts(&path, options).await?;
        result.meta.location = prefixed(container, &result.meta.location);
        Ok(result)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let (_, store, path) = self.inner.at(location).ok_or_else(|| outside(location))?;
        store.get_ranges(&path, ranges).await
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        futures::stream::once(async { Err(read_only()) }).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let inner = Arc::clone(&self.inner);
        let prefix = prefix.cloned().unwrap_or_default();
        if let Some((container, _, path)) = inner.at(&prefix) {
            return below(Arc::clone(&inner), container.to_owned(), path);
        }
        if !prefix.is_root() {
            return futures::stream::empty().boxed();
        }
        // Containers in the order of their names, as a listing of one store would have them.
        let found = async move { inner.found().await.cloned().map(|names| (inner, names)) };
        found
            .map_ok(|(inner, names)| {
                futures::stream::iter(names).flat_map(move |name| below(Arc::clone(&inner), name, Path::ROOT))
            })
            .try_flatten_stream()
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let prefix = prefix.cloned().unwrap_or_default();
        if prefix.is_root() {
            let names = self.inner.stores.keys().map(|name| Path::from(name.as_str())).collect();
            return Ok(ListResult { common_prefixes: names, objects: Vec::new() });
        }
        let nothing = ListResult { common_prefixes: Vec::new(), objects: Vec::new() };
        let Some((container, store, path)) = self.inner.at(&prefix) else { return Ok(nothing) };
        match store.list_with_delimiter((!path.is_root()).then_some(&path)).await {
            Ok(listed) => Ok(ListResult {
                common_prefixes: listed.common_prefixes.iter().map(|p| prefixed(container, p)).collect(),
                objects: listed
                    .objects
                    .into_iter()
                    .map(|m| ObjectMeta { location: prefixed(container, &m.location), ..m })
                    .collect(),
            }),
            Err(e) if no_container(&e) => self.inner.found().await.map(|_| nothing),
            Err(e) => Err(e),
        }
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only())
    }
}
