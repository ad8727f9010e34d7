//! Azure: URLs, the environment's settings, ways to sign in, and the stores made of them.

mod access;
mod account;
mod connection_string;
mod container;
mod environment;
mod sas;
mod shared;
mod signin;
#[cfg(test)]
mod tests;
mod url;

pub use access::{Access, Method};
pub use account::Account;
pub use connection_string::{account_of, is_connection_string};
pub use container::Container;
pub use environment::Environment;
pub use shared::Accounts;
pub use url::AzureUrl;

use std::fmt;
use std::sync::Arc;

use ::url::Url;
use object_store::azure::{
    AzureAuthorizer, AzureConfigKey, AzureCredentialProvider, MicrosoftAzure, MicrosoftAzureBuilder,
};
use object_store::client::{HttpConnector, HttpRequest};
use object_store::{ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};

use http_body_util::BodyExt;
use shared::Shared;

use super::client::{Wire, is_here, sign_in_retries, trusting};
use super::signin::SignIn;
use super::wire::{Metered, Traffic};

/// The account of the emulators.
pub const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
/// Its key, which Azurite's documentation publishes: no secret.
pub const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A place in Azure and how one gets in. One object for all containers of an account, so that one token serves them.
pub struct Azure {
    /// What the URL says.
    pub url: AzureUrl,
    /// How one signs in.
    pub access: Access,
    /// The service's clock.
    pub wire: Wire,
    /// What goes over it.
    pub traffic: Arc<Traffic>,
    client: Vec<(AzureConfigKey, String)>,
    allow_http: bool,
    options: ClientOptions,
    credentials: AzureCredentialProvider,
}

impl fmt::Debug for Azure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Azure({}, {:?})", self.url.base, self.access)
    }
}

impl Azure {
    /// Understands a URL. `sas` is the query that was taken from it. Nothing is asked yet.
    pub fn new(url: &Url, sas: Option<&str>, around: &Environment, accounts: &Accounts) -> Result<Self, String> {
        let place = AzureUrl::parse(url, sas.is_some(), around)?;
        let access = Access::choose(&place, sas, around, || in_path("az"))?;
        let allow_http = allows_http(&place, around)?;
        let client: Vec<_> = around.client().map(|(key, value)| (key, value.to_owned())).collect();
        let options = trusting()?;
        let mut azure = Self {
            url: place,
            access,
            wire: Wire::default(),
            traffic: Arc::default(),
            client,
            allow_http,
            options,
            // Replaced at once: the store that is built without it knows the real one.
            credentials: Arc::new(object_store::StaticCredentialProvider::new(
                object_store::azure::AzureCredential::SASToken(Vec::new()),
            )),
        };
        let shared = accounts.shared(&azure.url, &azure.access, || {
            let store = azure.build("credentials", sign_in_retries(), None)?;
            let method = azure.access.method;
            let why = move |e: &_| format!("with {method}: {}", signin::reason(method, e));
            let credentials = Arc::new(SignIn::new(Arc::clone(store.credentials()), why));
            Ok(Shared { wire: Wire::default(), credentials })
        })?;
        (azure.wire, azure.credentials) = (shared.wire, shared.credentials);
        Ok(azure)
    }

    /// The store of one container.
    pub fn container(&self, name: &str, retries: RetryConfig) -> Result<Container, String> {
        self.build(name, retries, Some(Arc::clone(&self.credentials))).map(Container)
    }

    /// The store that the URL means: its container, or the account's containers of VPN gateways.
    pub fn store(&self, retries: &RetryConfig) -> Result<Arc<dyn ObjectStore>, String> {
        Ok(match &self.url.container {
            Some(name) => Arc::new(self.container(name, retries.clone())?),
            None => Arc::new(Account::new(self, retries)?),
        })
    }

    /// The variable that names a proxy for this place, if one does.
    pub fn proxy(&self) -> Option<String> {
        let ours = |key: &AzureConfigKey| *key == AzureConfigKey::Client(ClientConfigKey::ProxyUrl);
        if self.client.iter().any(|(key, _)| ours(key)) {
            return Some("AZURE_PROXY_URL".to_owned());
        }
        let of_scheme = if self.url.endpoint.scheme() == "http" { "HTTP_PROXY" } else { "HTTPS_PROXY" };
        let is_set = |name: &String| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let either = |name: &str| [name.to_owned(), name.to_lowercase()].into_iter().find(is_set);
        let host = self.url.endpoint.host_str().unwrap_or_default();
        let excepted = either("NO_PROXY").and_then(|name| std::env::var(name).ok()).is_some_and(|list| {
            let ends =
                |name: &str| host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'));
            list.split(',').map(|n| n.trim().trim_start_matches('.')).any(|n| n == "*" || (!n.is_empty() && ends(n)))
        });
        if excepted { None } else { either(of_scheme).or_else(|| either("ALL_PROXY")) }
    }

    /// Names of the containers that the account has, the first of them; who may only read blobs may not know. The library
    /// has no such request.
    pub async fn container_names(&self) -> Result<Vec<String>, String> {
        if self.access.method == Method::Anonymous {
            return Err("without signing in nobody is told".to_owned());
        }
        let credential = self.credentials.get_credential().await.map_err(|e| e.to_string())?;
        // The client that the stores have, as they were built with it.
        let client = self.wire.connect(&ClientOptions::default()).map_err(|e| e.to_string())?;
        let mut request = HttpRequest::new(String::new().into());
        let address = format!("{}/?comp=list&maxresults=100", self.url.endpoint.as_str().trim_end_matches('/'));
        *request.uri_mut() = address.parse().map_err(|_| format!("{} is no address", self.url.endpoint))?;
        AzureAuthorizer::new(&credential, &self.url.account).authorize(&mut request);
        let answer = client.execute(request).await.map_err(|e| e.to_string())?;
        if !answer.status().is_success() {
            return Err(answer.status().to_string());
        }
        let body = answer.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
        let xml = String::from_utf8_lossy(&body).into_owned();
        let named = |part: &str| part.split_once("</Name>").map(|(name, _)| name.to_owned());
        // Names of containers are letters, digits and hyphens: nothing in them is written otherwise.
        Ok(xml.split("<Name>").skip(1).filter_map(named).collect())
    }

    /// Gets a token, where the method needs one.
    pub async fn sign_in(&self) -> object_store::Result<()> {
        match self.access.method {
            Method::Anonymous => Ok(()),
            _ => self.credentials.get_credential().await.map(|_| ()),
        }
    }

    fn build(
        &self,
        container: &str,
        retries: RetryConfig,
        credentials: Option<AzureCredentialProvider>,
    ) -> Result<MicrosoftAzure, String> {
        let mut builder = MicrosoftAzureBuilder::new()
            .with_client_options(self.options.clone())
            .with_account(&self.url.account)
            .with_container_name(container)
            .with_endpoint(self.url.endpoint.as_str().trim_end_matches('/').to_owned())
            .with_retry(retries);
        // A token comes from elsewhere: its client and its clock are others.
        let wire = if credentials.is_some() { self.wire.clone() } else { Wire::default() };
        builder = builder.with_http_connector(Metered(wire, Arc::clone(&self.traffic)));
        for (key, value) in self.client.iter().chain(&self.access.given) {
            builder = builder.with_config(*key, value);
        }
        builder = builder.with_allow_http(self.allow_http);
        if let Some(credentials) = credentials {
            builder = builder.with_credentials(credentials);
        }
        builder.build().map_err(|e| {
            let (text, origin) = (e.to_string(), &self.access.origin);
            match self.access.method {
                // The library's words may repeat a part of the value.
                Method::AccountKey if text.contains("Access Key") => {
                    format!("{origin} holds no account key: it is not Base64")
                }
                Method::Sas if text.contains("SAS") => format!("{origin} holds no shared access signature"),
                _ => crate::store::redact(&text),
            }
        })
    }
}

/// Plain HTTP shows credentials to everybody on the way: only to this machine, or where it was allowed.
fn allows_http(place: &AzureUrl, around: &Environment) -> Result<bool, String> {
    let key = AzureConfigKey::Client(ClientConfigKey::AllowHttp);
    if around.emulated()? || around.switch(key)? == Some(true) {
        return Ok(true);
    }
    if place.endpoint.scheme() != "http" {
        return Ok(false);
    }
    match is_here(&place.endpoint) {
        true => Ok(true),
        false => Err(format!(
            "{} is not encrypted, and credentials could be read on the way; use https, or set AZURE_ALLOW_HTTP=true where the \
             network is trusted",
            place.endpoint
        )),
    }
}

/// Whether a program is in PATH.
fn in_path(program: &str) -> bool {
    let name = if cfg!(windows) { format!("{program}.cmd") } else { program.to_owned() };
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(&name).is_file()))
}
