//! Tries a place step by step and says what each step met: `tunnelql storage test`.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, RetryConfig,
};

use super::azure::{Account, Azure, Method};
use super::listing::matches;
use super::nested::Nested;
use super::others;
use super::{Location, PathInfo, Trouble};

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It went well.
    Ok,
    /// It did not.
    Failed,
    /// It was not tried.
    Skipped,
}

impl Outcome {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A step that was taken. Its texts hold no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was tried.
    pub name: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was met.
    pub detail: String,
    /// What to do, when it failed and somebody knows.
    pub remedy: Option<String>,
}

impl Step {
    fn new(name: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { name, outcome, detail: detail.into(), remedy: None }
    }

    /// A step that failed.
    pub fn failed(name: &'static str, trouble: &Trouble) -> Self {
        Self { remedy: trouble.remedy.map(str::to_owned), ..Self::new(name, Outcome::Failed, trouble.cause.clone()) }
    }
}

/// Nobody waits for a second try.
fn once() -> RetryConfig {
    RetryConfig { max_retries: 0, ..RetryConfig::default() }
}

/// Further apart than this, Azure refuses what is signed with a key or a token.
const SKEW_REFUSED_S: i64 = 15 * 60;
/// From here on it is worth saying.
const SKEW_TOLD_S: i64 = 2 * 60;

/// Tries a place. `each` is told of every step at once; writing is tried only when asked for. Ends early when nothing further
/// can succeed.
pub async fn probe(place: &Location, write: bool, each: &mut dyn FnMut(Step)) {
    each(Step::new("url", Outcome::Ok, understood(place)));
    let mut store = Arc::clone(&place.store);
    if let Some(azure) = &place.azure {
        if !sign_in(azure, each).await || !connect(azure, each).await {
            return;
        }
        match azure.store(&once()) {
            Ok(s) => store = s,
            Err(e) => return each(Step::failed("list", &Trouble::of_text(&e))),
        }
    } else if others::is_other(&place.base) {
        match others::open(&place.base, &once()) {
            Ok(other) => store = other.store,
            Err(e) => return each(Step::failed("list", &Trouble::of_text(&e))),
        }
    }
    let first = list(place, store.as_ref(), write, each).await;
    if let Ok(first) = &first {
        read(store.as_ref(), first.as_ref(), each).await;
    }
    match write {
        true => try_writing(place, store.as_ref(), each).await,
        false => each(Step::new("write", Outcome::Skipped, "only with --write")),
    }
    if let Ok(first) = first {
        contents(place, store.as_ref(), first.as_ref(), each).await;
    }
}

fn understood(place: &Location) -> String {
    let Some(azure) = &place.azure else {
        return match place.is_local() {
            true => format!("local path {place}"),
            false => others::described(place),
        };
    };
    let container = match &azure.url.container {
        Some(container) => format!("container {container}"),
        None => "all containers of VPN gateways' logs".to_owned(),
    };
    let path = if place.path.is_root() { String::new() } else { format!(", path {}", place.path) };
    let endpoint = azure.url.endpoint.as_str().trim_end_matches('/');
    format!("account {}, {container}{path}, at {endpoint}", azure.url.account)
}

async fn sign_in(azure: &Azure, each: &mut dyn FnMut(Step)) -> bool {
    let access = &azure.access;
    let mut said = format!("{}, from {}", access.method, access.origin);
    if let Some(sas) = &access.sas {
        said = format!("{said}: {sas}");
        if let Some(trouble) = sas.trouble(chrono::Utc::now()) {
            let (what, remedy) = trouble.split_once("; ").unwrap_or((&trouble, ""));
            let step = Step::new("sign-in", Outcome::Failed, format!("{said}: {what}"));
            each(Step { remedy: (!remedy.is_empty()).then(|| remedy.to_owned()), ..step });
            // What the service says of it is worth hearing as well.
            return true;
        }
    }
    match azure.sign_in().await {
        Ok(()) => {
            if matches!(access.method, Method::Anonymous | Method::AccountKey | Method::Sas | Method::BearerToken) {
                said.push_str(" (not checked yet)");
            }
            each(Step::new("sign-in", Outcome::Ok, said));
            true
        }
        Err(e) => {
            each(Step::failed("sign-in", &Trouble::of(&e)));
            false
        }
    }
}

/// Resolves the name and opens a connection, unless a proxy does that.
async fn connect(azure: &Azure, each: &mut dyn FnMut(Step)) -> bool {
    let endpoint = azure.url.endpoint.clone();
    let host = endpoint.host_str().unwrap_or_default().to_owned();
    let port = endpoint.port_or_known_default().unwrap_or(443);
    if let Some(variable) = azure.proxy() {
        each(Step::new("connection", Outcome::Skipped, format!("through the proxy of ${variable}")));
        return true;
    }
    let to = (host.trim_matches(['[', ']']).to_owned(), port);
    let tried = tokio::task::spawn_blocking(move || {
        let mut last = None;
        for address in to.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
                Ok(_) => return Ok(address),
                Err(e) => last = Some(e),
            }
        }
        Err(last.unwrap_or_else(|| std::io::Error::other("failed to lookup address information")))
    });
    let trouble = match tried.await {
        Ok(Ok(address)) => {
            each(Step::new("connection", Outcome::Ok, format!("{host} answers at {address}")));
            return true;
        }
        Ok(Err(e)) => Trouble::of(&e),
        Err(e) => Trouble::of(&e),
    };
    let trouble = Trouble { cause: format!("{host} port {port}: {}", trouble.cause), ..trouble };
    each(Step::failed("connection", &trouble));
    false
}

/// The first blob at a place, if there is one. Whoever wants to write may begin with nothing.
async fn list(
    place: &Location,
    store: &dyn ObjectStore,
    write: bool,
    each: &mut dyn FnMut(Step),
) -> Result<Option<ObjectMeta>, ()> {
    let one = match place.path.is_root() || place.glob.is_some() {
        true => None,
        false => store.head(&place.path).await.ok(),
    };
    let listed = match &one {
        Some(_) => Ok(None),
        None => {
            let all = store.list((!place.path.is_root()).then_some(&place.path));
            let mut taken = all.try_filter(|meta| std::future::ready(matches(place, meta))).boxed();
            taken.try_next().await
        }
    };
    if let Some(azure) = &place.azure {
        clock(azure, each);
    }
    match (one, listed) {
        (Some(blob), _) => {
            each(Step::new("list", Outcome::Skipped, "the URL names one blob"));
            Ok(Some(blob))
        }
        (None, Ok(Some(blob))) => {
            each(Step::new("list", Outcome::Ok, format!("the first blob is {}", place.display(&blob.location))));
            Ok(Some(blob))
        }
        (None, Ok(None)) => {
            each(nothing(place, store, write).await);
            Ok(None)
        }
        (None, Err(e)) => {
            let mut step = Step::failed("list", &Trouble::of(&e));
            if step.detail.starts_with("ContainerNotFound")
                && let Some(names) = containers(place).await
            {
                step.remedy = Some(names + &step.remedy.map(|r| format!("; {r}")).unwrap_or_default());
            }
            each(step);
            Err(())
        }
    }
}

/// What the account has, where one may know.
async fn containers(place: &Location) -> Option<String> {
    let names = place.azure.as_ref()?.container_names().await.ok()?;
    Some(match names.is_empty() {
        true => "the account has no containers".to_owned(),
        false => format!("the account has {}", some(&names)),
    })
}

/// Names that one may choose from.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = names.iter().take(SHOWN).map(|name| super::redact(name)).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}

/// Nothing is under a path: the nearest folder above that is there tells what was meant. An empty container is what it is.
async fn nothing(place: &Location, store: &dyn ObjectStore, write: bool) -> Step {
    if write {
        return Step::new("list", Outcome::Ok, "there is nothing under this path yet");
    }
    let what = if place.glob.is_some() { "no blob matches" } else { "there is nothing under this path" };
    let step = Step::new("list", Outcome::Failed, what);
    let mut parts: Vec<_> = place.path.parts().collect();
    if place.glob.is_none() {
        parts.pop();
    }
    loop {
        let above: Path = parts.iter().cloned().collect();
        let listed = match store.list_with_delimiter((!above.is_root()).then_some(&above)).await {
            Ok(listed) => listed,
            Err(e) => return Step { remedy: Some(format!("cannot look above it: {}", Trouble::of(&e))), ..step },
        };
        let folders = listed.common_prefixes.iter().filter_map(|p| Some(format!("{}/", p.filename()?)));
        let blobs = listed.objects.iter().filter_map(|m| m.location.filename().map(str::to_owned));
        let names: Vec<String> = folders.chain(blobs).collect();
        if !names.is_empty() {
            let shown = if above.is_root() { place.display(&above) } else { format!("{}/", place.display(&above)) };
            let remedy =
                format!("the nearest folder is {shown}, which holds {}; --write tries a new place", some(&names));
            return Step { remedy: Some(remedy), ..step };
        }
        if parts.pop().is_none() {
            let remedy = match place.is_local() || place.azure.as_ref().is_some_and(|a| a.url.container.is_none()) {
                true => "check the path; --write tries a new place",
                false => "the container is there and empty; --write tries whether an archive can be made in it",
            };
            return Step { remedy: Some(remedy.to_owned()), ..step };
        }
    }
}

fn clock(azure: &Azure, each: &mut dyn FnMut(Step)) {
    let Some(clocks) = azure.wire.clocks() else {
        return each(Step::new("clock", Outcome::Skipped, "no answer told the service's time"));
    };
    let ahead = (clocks.ours - clocks.service).num_seconds();
    let (size, side) = (ahead.abs(), if ahead < 0 { "behind" } else { "ahead of" });
    let span = humantime::format_duration(Duration::from_secs(size.unsigned_abs()));
    each(match size {
        s if s > SKEW_REFUSED_S => Step {
            remedy: Some("set this machine's clock: Azure refuses requests that are more than 15 minutes off".into()),
            ..Step::new("clock", Outcome::Failed, format!("this machine is {span} {side} the service"))
        },
        s if s > SKEW_TOLD_S => Step::new("clock", Outcome::Ok, format!("this machine is {span} {side} the service")),
        _ => Step::new("clock", Outcome::Ok, "this machine's is the service's, to 2 minutes"),
    });
}

async fn read(store: &dyn ObjectStore, blob: Option<&ObjectMeta>, each: &mut dyn FnMut(Step)) {
    let Some(blob) = blob else { return each(Step::new("read", Outcome::Skipped, "there is no blob to read")) };
    // An empty blob has no first byte to ask for.
    let range = (blob.size > 0).then_some(GetRange::Bounded(0..1));
    let got = match store.get_opts(&blob.location, GetOptions { range, ..GetOptions::default() }).await {
        Ok(result) => result.bytes().await,
        Err(e) => Err(e),
    };
    each(match got {
        Ok(bytes) => Step::new("read", Outcome::Ok, format!("{} byte of it", bytes.len())),
        Err(e) => Step::failed("read", &Trouble::of(&e)),
    });
}

/// Writes a small object that was not there, sees that it cannot be written twice, and deletes it.
async fn try_writing(place: &Location, store: &dyn ObjectStore, each: &mut dyn FnMut(Step)) {
    let path = place.path.clone().join(format!(".tunnelql-storage-test-{}", uuid::Uuid::new_v4().simple()));
    let new = || PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    let body = || "tunnelql storage test\n".into();
    if let Err(e) = store.put_opts(&path, body(), new()).await {
        return each(Step::failed("write", &Trouble::of(&e)));
    }
    let again = store.put_opts(&path, body(), new()).await;
    let shown = place.display(&path);
    if let Err(e) = store.delete(&path).await {
        let trouble = Trouble::of(&e);
        let cause = format!("wrote {shown} and cannot delete it: {}", trouble.cause);
        return each(Step::failed("write", &Trouble { cause, ..trouble }));
    }
    each(match again {
        Err(Error::AlreadyExists { .. }) => {
            Step::new("write", Outcome::Ok, "wrote a blob, was refused to write it twice, deleted it")
        }
        Err(e) => Step::failed("write", &Trouble::of(&e)),
        Ok(_) => Step {
            remedy: Some("keep archives elsewhere: two imports at once could both commit".into()),
            ..Step::new("write", Outcome::Failed, "the storage overwrites what must be written once only")
        },
    });
}

/// What is there: an archive, logs, something else.
async fn contents(place: &Location, store: &dyn ObjectStore, first: Option<&ObjectMeta>, each: &mut dyn FnMut(Step)) {
    each(match said_of_contents(place, store, first).await {
        Ok(said) => Step::new("contents", Outcome::Ok, said),
        Err(e) => Step::failed("contents", &Trouble::of(&e)),
    });
}

async fn said_of_contents(
    place: &Location,
    store: &dyn ObjectStore,
    first: Option<&ObjectMeta>,
) -> Result<String, Error> {
    let Some(first) = first else {
        return Ok(format!("nothing yet; 'tunnelql import SOURCE --archive {place}' would make an archive"));
    };
    let log: Path = place.path.clone().join("_delta_log");
    if place.glob.is_none() && store.list(Some(&log)).try_next().await?.is_some() {
        return Ok("an archive".to_owned());
    }
    let found = categories(place, store, first).await?;
    let mut nested = Nested::of_data_file(&first.location);
    nested.note(&first.location);
    Ok(match (found.as_slice(), nested.places(place).as_slice()) {
        ([], [below, ..]) => format!("no archive itself, but one is below it: {below}"),
        ([], []) => {
            "neither an archive nor a container of VPN gateways' logs; its files are read as what they are".into()
        }
        (some, _) => format!("exported logs: {}", some.join(", ")),
    })
}

/// Azure's names of the categories whose containers are there.
async fn categories(place: &Location, store: &dyn ObjectStore, first: &ObjectMeta) -> Result<Vec<&'static str>, Error> {
    let category = |path: &str| PathInfo::parse(path).category.map(|c| c.azure_name());
    let account = place.azure.as_ref().filter(|a| a.url.container.is_none());
    let mut found: Vec<&'static str> = match account.map(|azure| Account::new(azure, &once())) {
        Some(Ok(account)) => account.found().await?.iter().filter_map(|name| category(name)).collect(),
        _ => {
            let listed = store.list_with_delimiter((!place.path.is_root()).then_some(&place.path)).await?;
            listed.common_prefixes.iter().filter_map(|folder| category(&place.display(folder))).collect()
        }
    };
    found.extend(category(&place.display(&first.location)));
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
