//! The HTTP client below every store, with three things that the library's own does not do: it keeps the service's clock,
//! it hands out the code of an error that has no body (answers to HEAD), and it does not try again what cannot get
//! better: a host that does not exist, a certificate that nobody trusts.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use object_store::{BackoffConfig, Certificate, ClientOptions, Result, RetryConfig};
use parking_lot::Mutex;
use url::{Host, Url};

use super::trouble::innermost;

/// A file of certificates to trust besides the system's.
const CA_VARIABLE: &str = "TUNNELQL_CA_FILE";

/// What the service's last answer said of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The service's.
    pub service: DateTime<Utc>,
    /// Ours, when the answer came.
    pub ours: DateTime<Utc>,
}

/// Makes one client, for all containers of an account, that remembers the service's clock.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    clocks: Arc<Mutex<Option<Clocks>>>,
    client: Arc<Mutex<Option<HttpClient>>>,
}

impl Wire {
    /// The clocks at the last answer, if there was one.
    pub fn clocks(&self) -> Option<Clocks> {
        *self.clocks.lock()
    }
}

impl HttpConnector for Wire {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let mut client = self.client.lock();
        if let Some(made) = client.as_ref() {
            return Ok(made.clone());
        }
        let inner = ReqwestConnector::default().connect(options)?;
        let made = HttpClient::new(Wired { inner, clocks: Arc::clone(&self.clocks) });
        *client = Some(made.clone());
        Ok(made)
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
    let innermost = innermost(&error).to_string();
    let unknown_host = innermost.contains("failed to lookup address") && !innermost.contains("Temporary failure");
    if unknown_host || innermost.contains("certificate") || innermost.contains("URL scheme is not allowed") {
        return HttpError::new(HttpErrorKind::Unknown, Failed(innermost));
    }
    error
}

/// Options of a client that trusts what the environment names besides the system's authorities.
pub fn trusting() -> std::result::Result<ClientOptions, String> {
    let options = ClientOptions::default();
    let Some(file) = std::env::var_os(CA_VARIABLE).filter(|f| !f.is_empty()) else { return Ok(options) };
    let shown = file.to_string_lossy();
    let pem = std::fs::read(&file).map_err(|e| format!("${CA_VARIABLE}: cannot read {shown}: {e}"))?;
    let found = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    match found.is_empty() {
        false => Ok(found.into_iter().fold(options, ClientOptions::with_root_certificate)),
        true => {
            Err(format!("${CA_VARIABLE}: {shown} holds no certificate; expected PEM, '-----BEGIN CERTIFICATE-----'"))
        }
    }
}

/// Whether a URL is of this machine, so that nobody on the way can read what is not encrypted.
pub fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Who waits for a token waits at a prompt.
pub fn sign_in_retries() -> RetryConfig {
    let backoff = BackoffConfig { init_backoff: Duration::from_millis(100), ..BackoffConfig::default() };
    RetryConfig { backoff, max_retries: 3, retry_timeout: Duration::from_secs(10) }
}
