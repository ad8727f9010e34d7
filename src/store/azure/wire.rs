//! The HTTP client below the store, with three things that the library's own does not do: it keeps the service's clock,
//! it hands out the code of an error that has no body (answers to HEAD), and it does not try again what cannot get
//! better: a host that does not exist, a certificate that nobody trusts.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use object_store::{ClientOptions, Result};
use parking_lot::Mutex;

/// What the service's last answer said of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The service's.
    pub service: DateTime<Utc>,
    /// Ours, when the answer came.
    pub ours: DateTime<Utc>,
}

/// Makes clients that remember the service's clock.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    clocks: Arc<Mutex<Option<Clocks>>>,
}

impl Wire {
    /// The clocks at the last answer, if there was one.
    pub fn clocks(&self) -> Option<Clocks> {
        *self.clocks.lock()
    }
}

impl HttpConnector for Wire {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Wired { inner, clocks: Arc::clone(&self.clocks) }))
    }
}

struct Wired {
    inner: HttpClient,
    clocks: Arc<Mutex<Option<Clocks>>>,
}

impl fmt::Debug for Wired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wired")
    }
}

#[async_trait]
impl HttpService for Wired {
    async fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let bodiless = request.method().as_str() == "HEAD";
        let mut response = self.inner.execute(request).await.map_err(final_when_hopeless)?;
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        if let Some(service) = header("date").and_then(|d| DateTime::parse_from_rfc2822(&d).ok()) {
            *self.clocks.lock() = Some(Clocks { service: service.to_utc(), ours: Utc::now() });
        }
        let failed = response.status().is_client_error() || response.status().is_server_error();
        if bodiless
            && failed
            && let Some(code) = header("x-ms-error-code")
        {
            *response.body_mut() = format!("<Error><Code>{code}</Code><Message></Message></Error>").into();
        }
        Ok(response)
    }
}

/// A failure in words, so that the kinds of errors below it do not matter.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failed {}

fn final_when_hopeless(error: HttpError) -> HttpError {
    let innermost = {
        let mut cause: &dyn Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        cause.to_string()
    };
    let unknown_host = innermost.contains("failed to lookup address") && !innermost.contains("Temporary failure");
    if unknown_host || innermost.contains("certificate") || innermost.contains("URL scheme is not allowed") {
        return HttpError::new(HttpErrorKind::Unknown, Failed(innermost));
    }
    error
}
