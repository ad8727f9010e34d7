//! Requests as they go over the wire: each list page, each block, each repetition after a fault. Counted below everything
//! that joins, splits or repeats requests, so that the count is what a bill would say.

use std::hash::{BuildHasher, RandomState};
use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hashbrown::HashMap;
use http_body_util::BodyExt;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use parking_lot::Mutex;
use serde::Serialize;

use super::tries::{TooMany, Tries};
use super::trouble::innermost;

/// Requests by what they cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Pages of listings.
    pub list: u64,
    /// Contents of blobs, or of parts of them.
    pub read: u64,
    /// Blobs and blocks written.
    pub write: u64,
    /// Properties, deletions and tokens.
    pub other: u64,
}

impl Requests {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.list + self.read + self.write + self.other
    }
}

/// What went over the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Requests, repetitions included.
    pub requests: Requests,
    /// Requests that were repeated after a fault: busy, reset, timeout, or a body that broke off.
    pub repeated: u64,
    /// Bytes of answers.
    pub received: u64,
    /// Those of them that are contents of blobs.
    pub contents: u64,
    /// Bytes that the cache had, and that were not asked for.
    pub cached: u64,
}

/// Combines two counts, number by number.
fn each(a: Sent, b: Sent, f: fn(u64, u64) -> u64) -> Sent {
    let (x, y) = (a.requests, b.requests);
    Sent {
        requests: Requests {
            list: f(x.list, y.list),
            read: f(x.read, y.read),
            write: f(x.write, y.write),
            other: f(x.other, y.other),
        },
        repeated: f(a.repeated, b.repeated),
        received: f(a.received, b.received),
        contents: f(a.contents, b.contents),
        cached: f(a.cached, b.cached),
    }
}

impl Add for Sent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        each(self, other, |a, b| a + b)
    }
}

impl Sub for Sent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        each(self, before, u64::saturating_sub)
    }
}

/// Counts of one store since it was opened.
#[derive(Debug, Default)]
pub struct Traffic {
    kinds: [AtomicU64; 4],
    repeated: AtomicU64,
    received: AtomicU64,
    contents: AtomicU64,
    cached: AtomicU64,
    /// Requests that failed in a way that is worth another try, and have not been tried again yet.
    failed: Mutex<HashMap<u64, u32>>,
    /// How many those are, to look without locking.
    waiting: AtomicUsize,
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Read,
    Write,
    Other,
}

impl Kind {
    /// By method, path and query, which in Azure's and in S3's interface say it all.
    fn of(method: &str, path: &str, query: &str) -> Self {
        let has = |name: &str| query.split('&').any(|pair| pair == name);
        // Tokens come from other servers, through the same client.
        let token = ["/oauth2/", "/metadata/identity/", "/msi/token"].iter().any(|p| path.contains(p));
        match method {
            _ if token => Self::Other,
            "GET" if has("comp=list") || has("list-type=2") => Self::List,
            "GET" => Self::Read,
            "PUT" => Self::Write,
            "POST" if !has("comp=batch") => Self::Write,
            _ => Self::Other,
        }
    }
}

impl Traffic {
    /// The counts now.
    pub fn sent(&self) -> Sent {
        let [list, read, write, other] = [0, 1, 2, 3].map(|k: usize| self.kinds[k].load(Ordering::Relaxed));
        Sent {
            requests: Requests { list, read, write, other },
            repeated: self.repeated.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            contents: self.contents.load(Ordering::Relaxed),
            cached: self.cached.load(Ordering::Relaxed),
        }
    }

    /// Faults of before are nobody's any more: what is asked for from now on is asked for the first time.
    pub fn begin(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.failed.lock().clear();
            self.waiting.store(0, Ordering::Relaxed);
        }
    }

    /// Bytes that the cache had.
    pub(super) fn add_cached(&self, bytes: u64) {
        self.cached.fetch_add(bytes, Ordering::Relaxed);
    }

    fn goes_out(&self, kind: Kind, request: u64) {
        self.kinds[kind as usize].fetch_add(1, Ordering::Relaxed);
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut failed = self.failed.lock();
        if let Some(times) = failed.get_mut(&request) {
            *times -= 1;
            if *times == 0 {
                failed.remove(&request);
            }
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn failed(&self, request: u64) {
        *self.failed.lock().entry(request).or_default() += 1;
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }
}

/// Connects as another does, and counts what goes through.
#[derive(Debug)]
pub struct Metered<C>(pub C, pub Arc<Traffic>);

impl<C: HttpConnector> HttpConnector for Metered<C> {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = self.0.connect(options)?;
        Ok(HttpClient::new(MeteredService { inner, traffic: Arc::clone(&self.1) }))
    }
}

#[derive(Debug)]
struct MeteredService {
    inner: HttpClient,
    traffic: Arc<Traffic>,
}

#[async_trait]
impl HttpService for MeteredService {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (method, uri) = (request.method().as_str(), request.uri());
        let kind = Kind::of(method, uri.path(), uri.query().unwrap_or_default());
        // A repetition has the same address; its range and date may differ.
        let id = self.traffic.hasher.hash_one((method, uri.path(), uri.query()));
        // Whoever repeats does not know of the others who do.
        let tries = request.extensions().get::<Tries>().cloned();
        tries.as_ref().map_or(Ok(()), Tries::check).map_err(|e| HttpError::new(HttpErrorKind::Unknown, e))?;
        self.traffic.goes_out(kind, id);
        let answer = self.inner.execute(request).await;
        if let Err(e) = answer {
            self.traffic.failed(id);
            return Err(match tries.is_some_and(|t| !t.failed(innermost(&e))) {
                true => HttpError::new(HttpErrorKind::Unknown, TooMany(innermost(&e).to_string())),
                false => e,
            });
        }
        let (parts, body) = answer?.into_parts();
        if parts.status.is_server_error() || matches!(parts.status.as_u16(), 408 | 429) {
            self.traffic.failed(id);
            if let Some(tries) = &tries
                && !tries.failed(parts.status)
            {
                // What the service says of it is the last that is heard.
                let text = body.collect().await.map(|b| String::from_utf8_lossy(&b.to_bytes()).into_owned());
                let text = format!("{}: {}", parts.status, text.unwrap_or_default());
                return Err(HttpError::new(HttpErrorKind::Unknown, TooMany(text)));
            }
        }
        let is_content = kind == Kind::Read && parts.status.is_success();
        let (counts, faults) = (Arc::clone(&self.traffic), Arc::clone(&self.traffic));
        let counted = body.map_frame(move |frame| {
            let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
            counts.received.fetch_add(bytes, Ordering::Relaxed);
            if is_content {
                counts.contents.fetch_add(bytes, Ordering::Relaxed);
            }
            frame
        });
        let watched = counted.map_err(move |e| {
            faults.failed(id);
            if let Some(tries) = &tries {
                tries.failed(innermost(&e));
            }
            e
        });
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(watched)))
    }
}

/// How often a request is repeated unless somebody says otherwise.
pub const RETRIES: usize = 10;

/// Repeats after 0.1 s, then after about twice as long each time up to 15 s, and never longer than three minutes in all:
/// a request keeps its signature, which Azure takes for fifteen minutes at most.
pub fn retry(retries: usize) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(15),
            base: 2.0,
        },
        max_retries: retries,
        retry_timeout: Duration::from_secs(180),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_requests() {
        for (method, path, query, want) in [
            ("GET", "/c", "restype=container&comp=list&prefix=a", Kind::List),
            ("GET", "/bucket", "list-type=2", Kind::List),
            ("GET", "/c/a.json", "", Kind::Read),
            ("GET", "/c/comp=list", "", Kind::Read),
            ("HEAD", "/c/a.json", "", Kind::Other),
            ("PUT", "/c/a.json", "comp=block&blockid=x", Kind::Write),
            ("POST", "/c", "comp=batch", Kind::Other),
            ("DELETE", "/c/a", "", Kind::Other),
            ("POST", "/tenant/oauth2/v2.0/token", "", Kind::Other),
            ("GET", "/metadata/identity/oauth2/token", "", Kind::Other),
        ] {
            assert_eq!(Kind::of(method, path, query), want, "{method} {path}?{query}");
        }
    }

    #[test]
    fn a_repetition_follows_a_fault() {
        let traffic = Traffic::default();
        traffic.goes_out(Kind::Read, 1);
        traffic.goes_out(Kind::Read, 1);
        assert_eq!(traffic.sent().repeated, 0, "the same blob twice is no repetition");
        traffic.failed(1);
        traffic.goes_out(Kind::Read, 2);
        traffic.goes_out(Kind::Read, 1);
        traffic.goes_out(Kind::Read, 1);
        assert_eq!((traffic.sent().repeated, traffic.sent().requests.read), (1, 5));
        traffic.failed(1);
        traffic.begin();
        traffic.goes_out(Kind::List, 1);
        assert_eq!((traffic.sent().repeated, traffic.sent().requests.total()), (1, 6));
        let before = traffic.sent();
        traffic.goes_out(Kind::Other, 9);
        assert_eq!((traffic.sent() - before).requests, Requests { other: 1, ..Requests::default() });
    }
}
