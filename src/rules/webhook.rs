//! News posted to somebody: one JSON document, signed when there is a secret.
//!
//! A URL may hold a secret of its own, as those of chat programs do: only its host is ever shown.

use std::fmt;
use std::time::Duration;

use reqwest::{Client, StatusCode, redirect};
use ring::hmac;
use url::Url;

use crate::model::hex;
use crate::store::innermost;

/// The variable of the environment that holds the secret.
pub const SECRET_VARIABLE: &str = "TUNNELQL_WEBHOOK_SECRET";

/// The header with the signature: `sha256=` and the HMAC of the body in hexadecimal digits.
pub const SIGNATURE_HEADER: &str = "X-Tunnelql-Signature";

/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Pauses between the attempts, of which there is one more.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// Why something could not be posted; names the host only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookError(pub String);

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where to post, and with which secret.
pub struct Webhook {
    url: Url,
    secret: Option<String>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.host())
    }
}

impl Webhook {
    /// Reads a URL. What is wrong with it is said without showing it.
    pub fn new(url: &str, secret: Option<String>) -> Result<Self, WebhookError> {
        let wrong = |what: &str| WebhookError(format!("--webhook: {what}; expected https://HOST/PATH"));
        let url = Url::parse(url.trim()).map_err(|_| wrong("that is no URL"))?;
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return Err(wrong("that is no URL of a web server"));
        }
        Ok(Self { url, secret: secret.filter(|s| !s.is_empty()) })
    }

    /// The host, which may be shown.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Posts a document. What may be better in a moment is tried again: no answer, 408, 429 and 5xx.
    pub async fn post(&self, body: String) -> Result<(), WebhookError> {
        let fails = |what: String| WebhookError(format!("the webhook at {} {what}", self.host()));
        let client = Client::builder()
            .timeout(TIMEOUT)
            // A signed document goes where it was sent, and nowhere else.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("tunnelql/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| fails(format!("cannot be asked: {}", cause(e))))?;
        let (mut pauses, mut attempts) = (PAUSES.into_iter(), 0);
        loop {
            attempts += 1;
            let mut request = client.post(self.url.clone()).header("Content-Type", "application/json");
            if let Some(secret) = &self.secret {
                request = request.header(SIGNATURE_HEADER, signature(secret, body.as_bytes()));
            }
            let (what, may_pass) = match request.body(body.clone()).send().await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => (format!("answered {}", answer.status()), passes(answer.status())),
                Err(e) => (format!("did not answer: {}", cause(e)), true),
            };
            match pauses.next() {
                Some(pause) if may_pass => tokio::time::sleep(pause).await,
                _ if attempts > 1 => return Err(fails(format!("{what}, in {attempts} attempts"))),
                _ => return Err(fails(what)),
            }
        }
    }
}

fn passes(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex(hmac::sign(&key, body).as_ref()))
}

/// What went wrong, without the URL.
fn cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("nothing came within {} s", TIMEOUT.as_secs());
    }
    innermost(&error.without_url()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_is_shown() {
        let hook = Webhook::new("https://hooks.example.com/services/SECRET?sig=SECRET", Some("SECRET".into())).unwrap();
        assert_eq!(format!("{hook:?}"), "Webhook(hooks.example.com)");
        for wrong in ["SECRET", "file:///SECRET", "mailto:SECRET@example.com"] {
            let error = Webhook::new(wrong, None).unwrap_err().0;
            assert!(!error.contains("SECRET") && error.contains("https://HOST/PATH"), "{error}");
        }
    }

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        let wanted = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", b"what do ya want for nothing?"), wanted);
    }
}
