//! What a user writes as `--data` or as a source: a path, a glob, a URL or `-`.

use std::fmt;
use std::path::{Component, PathBuf};
use std::sync::Arc;

use object_store::azure::MicrosoftAzureBuilder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, ObjectStoreScheme};
use url::Url;

use super::StoreOptions;
use super::cache::{Cache, Cached};
use super::synced::SyncedLocal;
use super::wire::{Metered, Traffic, retry};

/// Something that went wrong with storage, in words for the user: what was expected, what was found, where, a hint.
#[derive(Debug)]
pub struct StoreError(String);

impl StoreError {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What `action` met at `place`.
    pub fn at(action: &str, place: impl fmt::Display, error: &object_store::Error) -> Self {
        use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
        let cause = root_cause(error);
        let says = |word: &str| cause.contains(word);
        let hint = if matches!(error, NotFound { .. }) || says("NotFound") {
            "; check the path"
        } else if matches!(error, PermissionDenied { .. } | Unauthenticated { .. }) || says("Auth") {
            "; check the credentials: reading needs the role 'Storage Blob Data Reader', writing '... Contributor'"
        } else {
            ""
        };
        Self(format!("cannot {action} {place}: {cause}{hint}"))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// The innermost cause: the layers above it repeat the place, and a URL in them may carry a signature.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    let text = service_error(&text).unwrap_or(text);
    match text.find("sig=") {
        Some(at) => format!("{}sig=***", &text[..at]),
        None => text,
    }
}

/// Code and message of an answer of Azure's, which is a piece of XML.
fn service_error(text: &str) -> Option<String> {
    let element = |name: &str| {
        let (_, after) = text.split_once(&format!("<{name}>"))?;
        after.split_once(&format!("</{name}>")).map(|(inside, _)| inside.trim())
    };
    // From its second line on, the message has the request's number and time.
    let message = element("Message").and_then(|m| m.lines().next()).unwrap_or_default();
    element("Code").map(|code| format!("{code}: {message}"))
}

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
            Some(glob) => f.write_str(&self.display(&Path::from(glob.as_str()))),
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
        if text.contains("://") {
            return Self::from_url(text, options);
        }
        if text.is_empty() {
            return Err(StoreError::new("the data path is empty; expected a folder, a file, a glob or a URL"));
        }
        let absolute = absolute(text)?;
        // A file whose name has glob characters is still that file.
        if text.contains(['*', '?', '[']) && !absolute.exists() {
            let pattern = absolute.to_string_lossy().into_owned();
            let glob = glob::Pattern::new(pattern.trim_start_matches('/'))
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
            traffic: Arc::default(),
            retries: 0,
            cache: None,
        })
    }

    fn from_url(text: &str, how: &StoreOptions) -> Result<Self, StoreError> {
        let shown = text.split('?').next().unwrap_or_default();
        let bad = |e: String| StoreError::new(format!("cannot use the URL {shown}: {e}"));
        let mut url = Url::parse(text).map_err(|e| bad(e.to_string()))?;
        if url.scheme() == "file" {
            let path = url.to_file_path().map_err(|()| bad("it names no absolute path".into()))?;
            return Self::parse(&path.to_string_lossy());
        }
        let mut options: Vec<(String, String)> = std::env::vars()
            .filter(|(k, _)| k.starts_with("AZURE_"))
            .map(|(k, v)| (k.to_ascii_lowercase(), v))
            .collect();
        if let Some(sas) = url.query().filter(|q| q.contains("sig=")) {
            options.push(("azure_storage_sas_key".into(), sas.to_owned()));
        }
        url.set_query(None);
        url.set_fragment(None);
        let pattern = percent_encoding::percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
        let (scheme, full) = ObjectStoreScheme::parse(&url).map_err(|e| bad(root_cause(&e)))?;
        let traffic: Arc<Traffic> = Arc::default();
        let store = build(&scheme, &url, options, how, &traffic).map_err(|e| {
            let cause = root_cause(&e);
            let hint = if cause.contains("Account must be specified") {
                "; set AZURE_STORAGE_ACCOUNT_NAME, or write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH"
            } else {
                ""
            };
            bad(format!("{cause}{hint}"))
        })?;
        let (path, glob) = if pattern.contains('*') {
            let glob_text = percent_encoding::percent_decode_str(full.as_ref()).decode_utf8_lossy().into_owned();
            let fixed = glob_text.split('/').take_while(|p| !p.contains(['*', '?', '['])).collect::<Vec<_>>().join("/");
            let glob = glob::Pattern::new(&glob_text).map_err(|e| bad(e.to_string()))?;
            (Path::from(fixed), Some(glob))
        } else {
            (full, None)
        };
        // Whatever of the URL's path is not the object's path (the container in an https URL) belongs to the base.
        let mut base = url.clone();
        let trimmed = url.path().trim_end_matches('/').to_owned();
        base.set_path(trimmed.strip_suffix(path.as_ref()).unwrap_or(""));
        Ok(Self { store, path, base, glob, stdin: false, traffic, retries: how.retries, cache: how.cache.clone() })
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
        let name = parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
        Url::parse(&format!("az://{name}")).map_err(|e| StoreError::new(format!("cannot make a key of {self}: {e}")))
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

/// The store of a URL, with its requests counted and repeated after faults.
fn build(
    scheme: &ObjectStoreScheme,
    url: &Url,
    options: Vec<(String, String)>,
    how: &StoreOptions,
    traffic: &Arc<Traffic>,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    if *scheme != ObjectStoreScheme::MicrosoftAzure {
        return object_store::parse_url_opts(url, options).map(|(store, _)| Arc::from(store));
    }
    let builder = MicrosoftAzureBuilder::new().with_url(url.to_string());
    let builder = options.into_iter().fold(builder, |b, (key, value)| match key.parse() {
        Ok(key) => b.with_config(key, value),
        Err(_) => b,
    });
    let builder = builder.with_retry(retry(how.retries)).with_http_connector(Metered(Arc::clone(traffic)));
    let store: Arc<dyn ObjectStore> = Arc::new(builder.build()?);
    Ok(match &how.cache {
        Some(cache) => Arc::new(Cached::new(store, Arc::clone(cache), Arc::clone(traffic))),
        None => store,
    })
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
    fn each_container_has_a_key_of_its_own() {
        let urls = [
            "abfss://c1@acct.dfs.core.windows.net/a",
            "abfss://c2@acct.dfs.core.windows.net/a",
            "https://acct.blob.core.windows.net/c1/a",
            "https://acct.blob.core.windows.net/c2/a",
            "https://other.blob.core.windows.net/c2/a",
            "/tmp",
        ];
        let key = |u: &str| Location::parse(u).unwrap().store_key().unwrap();
        let hosts: std::collections::HashSet<String> =
            urls.iter().map(|u| key(u)[url::Position::BeforeHost..url::Position::AfterPort].to_owned()).collect();
        assert_eq!(hosts.len(), urls.len(), "{hosts:?}");
        assert_eq!(key(urls[0]), key("abfss://c1@acct.dfs.core.windows.net/b"));
    }

    #[test]
    fn azure_s_answers_are_one_line() {
        let xml = "404: <?xml?>\n<Error>\n  <Code>ContainerNotFound</Code>\n  <Message>It is not there.\nRequestId:1\n</Message>";
        assert_eq!(service_error(xml).unwrap(), "ContainerNotFound: It is not there.");
        for (text, expected) in [("<Code>X</Code>", Some("X: ")), ("<Code>X", None), ("Connection refused", None)] {
            assert_eq!(service_error(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn wrong_urls_say_so() {
        let error = Location::parse("nonsense://x/y?sig=SECRET").unwrap_err().to_string();
        assert!(error.contains("nonsense://x/y") && !error.contains("SECRET"), "{error}");
    }
}
