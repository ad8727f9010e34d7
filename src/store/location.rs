//! What a user writes as `--data` or as a source: a path, a glob, a URL or `-`.

use std::fmt;
use std::path::{Component, PathBuf};
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use url::Url;

use super::azure::{Azure, Environment, is_connection_string};
use super::cache::{Cache, Cached};
use super::secrets::{redact, without_secrets};
use super::synced::SyncedLocal;
use super::wire::{Traffic, retry};
use super::{StoreError, StoreOptions, others};

/// A place that holds blobs.
#[derive(Clone)]
pub struct Location {
    /// The store; its root is the file system's or the container's.
    pub store: Arc<dyn ObjectStore>,
    /// Folder, blob or the fixed beginning of a glob.
    pub path: Path,
    /// Scheme and authority, for example `az://logs` or `file://`.
    pub base: Url,
    /// Only blobs whose whole path matches.
    pub glob: Option<glob::Pattern>,
    /// Standard input instead of a store.
    pub stdin: bool,
    /// The storage account, when it is one.
    pub azure: Option<Arc<Azure>>,
    /// What goes over the wire to and from the store.
    pub traffic: Arc<Traffic>,
    /// How often a request is repeated after a fault that may pass.
    pub retries: usize,
    /// Where what is read is kept.
    pub cache: Option<Arc<Cache>>,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stdin {
            return f.write_str("-");
        }
        match &self.glob {
            Some(glob) if self.is_local() => write!(f, "/{glob}"),
            Some(glob) => write!(f, "{}/{glob}", self.base.as_str().trim_end_matches('/')),
            None => f.write_str(&self.display(&self.path)),
        }
    }
}

impl Location {
    /// Understands a path, a glob, a URL or `-`. Does not touch the network or the disk.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        Self::parse_with(text, &StoreOptions::default())
    }

    /// The same, of a store that is used in a certain way.
    pub fn parse_with(text: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        if text == "-" {
            let mut here = Self::local(PathBuf::from("-"), None)?;
            here.stdin = true;
            return Ok(here);
        }
        // What was meant as a URL must not become a path, which is shown as it is.
        if is_connection_string(text) {
            return Err(StoreError::new(
                "a connection string is no place; put it into AZURE_STORAGE_CONNECTION_STRING and name az://CONTAINER/PATH",
            ));
        }
        if text.contains("://") {
            return Self::from_url_with(text, &Environment::of_process(), options);
        }
        if text.contains('?') && text.contains("sig=") {
            let shown = without_secrets(&format!("https://{text}"));
            return Err(StoreError::new(format!("a URL with a signature begins with https://, such as {shown}")));
        }
        if text.is_empty() {
            return Err(StoreError::new("the path is empty; expected a folder, a file, a glob or a URL"));
        }
        let absolute = absolute(text)?;
        // A file whose name has glob characters is still that file.
        if text.contains(['*', '?', '[']) && !absolute.exists() {
            let pattern = absolute.to_string_lossy().into_owned();
            let glob = glob::Pattern::new(pattern.trim_matches('/'))
                .map_err(|e| StoreError::new(format!("'{text}' is no valid glob: {e}")))?;
            let fixed: PathBuf = absolute
                .components()
                .take_while(|c| !c.as_os_str().to_string_lossy().contains(['*', '?', '[']))
                .collect();
            return Self::local(fixed, Some(glob));
        }
        Self::local(absolute, None)
    }

    fn local(path: PathBuf, glob: Option<glob::Pattern>) -> Result<Self, StoreError> {
        let bad = |e: String| StoreError::new(format!("cannot use the path {}: {e}", path.display()));
        let object_path = if path.as_os_str() == "-" {
            Path::from("-")
        } else {
            Path::from_absolute_path(&path).map_err(|e| bad(e.to_string()))?
        };
        let base = Url::parse("file:///").map_err(|e| bad(e.to_string()))?;
        Ok(Self {
            store: Arc::new(SyncedLocal::default()),
            path: object_path,
            base,
            glob,
            stdin: false,
            azure: None,
            traffic: Arc::default(),
            retries: 0,
            cache: None,
        })
    }

    /// Understands a URL in surroundings that a test may make up.
    pub(super) fn from_url_with(text: &str, around: &Environment, how: &StoreOptions) -> Result<Self, StoreError> {
        let shown = without_secrets(text);
        let bad = |e: String| StoreError::new(format!("cannot use the URL {shown}: {}", redact(&e)));
        let mut url = Url::parse(text).map_err(|e| bad(e.to_string()))?;
        if url.password().is_some() {
            return Err(bad("storage takes no password in a URL; 'tunnelql help storage' says what it takes".into()));
        }
        if url.scheme() == "file" {
            let path = url.to_file_path().map_err(|()| bad("it names no absolute path".into()))?;
            return Self::parse(&path.to_string_lossy());
        }
        let sas = url.query().filter(|q| q.contains("sig=")).map(str::to_owned);
        if sas.is_none() && url.query().is_some_and(|q| ["sv=", "se=", "sp="].iter().any(|p| q.starts_with(p))) {
            let cut = "its query is a shared access signature without its signature (sig=); put the URL in quotes, since the shell \
                       cuts it at '&'";
            return Err(bad(cut.into()));
        }
        url.set_query(None);
        url.set_fragment(None);
        if others::is_other(&url) {
            let other = others::open(&url, &retry(how.retries)).map_err(bad)?;
            return Self::remote(other.store, other.traffic, url.path(), other.base, None, how).map_err(bad);
        }
        let azure = Azure::new(&url, sas.as_deref(), around, &how.accounts).map_err(bad)?;
        let store = azure.store(&retry(how.retries)).map_err(bad)?;
        let (path, base) = (azure.url.path.clone(), azure.url.base.clone());
        Self::remote(store, Arc::clone(&azure.traffic), &path, base, Some(Arc::new(azure)), how).map_err(bad)
    }

    /// A place in a store. `path` is as it stands in the URL; a star makes it a glob.
    fn remote(
        store: Arc<dyn ObjectStore>,
        traffic: Arc<Traffic>,
        path: &str,
        base: Url,
        azure: Option<Arc<Azure>>,
        how: &StoreOptions,
    ) -> Result<Self, String> {
        let path = path.trim_start_matches('/');
        let (path, glob) = if path.contains('*') {
            let text = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
            let fixed = text.split('/').take_while(|p| !p.contains(['*', '?', '['])).collect::<Vec<_>>().join("/");
            (Path::from(fixed), Some(glob::Pattern::new(text.trim_end_matches('/')).map_err(|e| e.to_string())?))
        } else {
            (Path::from_url_path(path).map_err(|e| e.to_string())?, None)
        };
        let store: Arc<dyn ObjectStore> = match &how.cache {
            Some(cache) => Arc::new(Cached::new(store, Arc::clone(cache), Arc::clone(&traffic))),
            None => store,
        };
        Ok(Self {
            store,
            path,
            base,
            glob,
            stdin: false,
            azure,
            traffic,
            retries: how.retries,
            cache: how.cache.clone(),
        })
    }

    /// How a blob of this store is named to people and in archives: a local path, or a URL without secrets.
    pub fn display(&self, path: &Path) -> String {
        if self.is_local() {
            format!("/{path}")
        } else {
            format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
        }
    }

    /// Whether this is the local file system.
    pub fn is_local(&self) -> bool {
        self.base.scheme() == "file"
    }

    /// The URL of the place itself, with a trailing slash.
    pub fn url(&self) -> Result<Url, StoreError> {
        let text = if self.is_local() {
            return Url::from_directory_path(format!("/{}", self.path))
                .map_err(|()| StoreError::new(format!("cannot make a URL of {self}")));
        } else {
            format!("{}/", self.display(&self.path))
        };
        Url::parse(&text).map_err(|e| StoreError::new(format!("cannot make a URL of {self}: {e}")))
    }

    /// The key under which a session knows the store: one a container. Sessions look at scheme and host alone, which in
    /// `abfss` and `https` URLs name the account, so that two containers of it would be taken for one.
    pub fn store_key(&self) -> Result<Url, StoreError> {
        if self.is_local() {
            return Ok(self.base.clone());
        }
        let host = self.base.host_str().unwrap_or_default();
        let port = self.base.port().map(|p| p.to_string()).unwrap_or_default();
        let parts = [self.base.username(), host, &port].into_iter().chain(self.base.path().split('/'));
        // An address in brackets cannot stand within a name.
        let name = parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".").replace(['[', ']', ':'], "-");
        // A bucket of another cloud may have a container's name.
        let scheme = if self.azure.is_some() { "az" } else { self.base.scheme() };
        Url::parse(&format!("{scheme}://{name}"))
            .map_err(|e| StoreError::new(format!("cannot make a key of {self}: {e}")))
    }

    /// A place below this one.
    pub fn child(&self, name: &str) -> Self {
        let mut child = self.clone();
        child.path = self.path.clone().join(name);
        child
    }

    /// Whether there is an archive: a Delta log below the path.
    pub async fn is_archive(&self) -> Result<bool, StoreError> {
        use futures::{StreamExt, TryStreamExt};
        if self.stdin || self.glob.is_some() {
            return Ok(false);
        }
        if self.is_local() {
            return Ok(std::path::Path::new(&format!("/{}", self.path)).join("_delta_log").is_dir());
        }
        let log = self.path.clone().join("_delta_log");
        // What a page of the listing says is not asked for again where there is a cache, which knows it then.
        let most = if self.cache.is_some() { super::paged::page(self) - 1 } else { 1 };
        let found: Result<Vec<_>, _> = self.store.list(Some(&log)).take(most).try_collect().await;
        found.map(|all| !all.is_empty()).map_err(|e| StoreError::at("list", self, &e))
    }

    /// Whether the path itself is a blob.
    pub async fn is_blob(&self) -> Result<Option<object_store::ObjectMeta>, StoreError> {
        if self.path.is_root() {
            return Ok(None);
        }
        match self.store.head(&self.path).await {
            Ok(meta) => Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            // A local folder is "not a file", which is no failure here.
            Err(_) if self.is_local() && std::path::Path::new(&format!("/{}", self.path)).is_dir() => Ok(None),
            Err(e) => Err(StoreError::at("read", self, &e)),
        }
    }
}

/// The absolute form of a path, without following links and without needing it to exist.
fn absolute(text: &str) -> Result<PathBuf, StoreError> {
    let path = std::path::absolute(text).map_err(|e| StoreError::new(format!("cannot use the path '{text}': {e}")))?;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute() {
        let here = std::env::current_dir().unwrap();
        let at = Location::parse("a/../b").unwrap();
        assert_eq!(at.to_string(), here.join("b").to_string_lossy());
        assert!(Location::parse("-").unwrap().stdin);
        assert!(Location::parse("").is_err());
    }

    #[test]
    fn globs_keep_their_fixed_beginning() {
        let at = Location::parse("/data/logs/*/PT1H.json").unwrap();
        assert_eq!(at.path.as_ref(), "data/logs");
        assert!(at.glob.unwrap().matches("data/logs/x/PT1H.json"));
    }

    #[test]
    fn a_signature_is_never_shown() {
        let at = Location::parse("https://acct.blob.core.windows.net/logs/a/b?sv=2024&sig=SECRET").unwrap();
        assert_eq!(at.path.as_ref(), "a/b");
        let text = format!("{at} {at:?} {}", at.url().unwrap());
        assert!(!text.contains("SECRET"), "{text}");
        assert!(text.contains("https://acct.blob.core.windows.net/logs/a/b"), "{text}");
    }

    #[test]
    fn a_password_is_refused_and_never_shown() {
        for url in [
            "https://user:SECRET@acct.blob.core.windows.net/logs/a",
            "az://user:SECRET@logs/a",
            "abfss://logs:SECRET@acct.dfs.core.windows.net/a",
            "https://user:SEC/RET@acct.blob.core.windows.net/logs",
            "https://user:SEC?RET@acct.blob.core.windows.net/logs",
        ] {
            let error = Location::parse(url).unwrap_err().to_string();
            assert!(!error.contains("SEC") && !error.contains("RET"), "{url}: {error}");
        }
    }

    #[test]
    fn each_container_has_a_key_of_its_own() {
        let urls = [
            "abfss://c1@acct.dfs.core.windows.net/a",
            "abfss://c2@acct.dfs.core.windows.net/a",
            "https://acct.blob.core.windows.net/c1/a",
            "https://acct.blob.core.windows.net/c2/a",
            "https://other.blob.core.windows.net/c2/a",
            "https://other.blob.core.windows.net/",
            "http://[::1]:10000/devstoreaccount1/c1",
            "/tmp",
        ];
        let key = |u: &str| Location::parse(u).unwrap().store_key().unwrap();
        let hosts: std::collections::HashSet<String> =
            urls.iter().map(|u| key(u)[url::Position::BeforeHost..url::Position::AfterPort].to_owned()).collect();
        assert_eq!(hosts.len(), urls.len(), "{hosts:?}");
        assert_eq!(key(urls[0]), key("abfss://c1@acct.dfs.core.windows.net/b"));
    }

    #[test]
    fn wrong_urls_say_so() {
        let error = Location::parse("nonsense://x/y?sig=SECRET").unwrap_err().to_string();
        assert!(error.contains("nonsense://x/y") && !error.contains("SECRET"), "{error}");
    }
}
