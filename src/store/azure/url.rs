//! What a URL says of a storage account: account, container, path and where its blob service is.
//!
//! | form | names |
//! |---|---|
//! | `az://CONTAINER/PATH`, also `azure`, `adl`, `abfs`, `abfss` | a container of the configured account |
//! | `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH` | a container of that account |
//! | `https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH` | the same; `dfs` instead of `blob`, other clouds' suffixes |
//! | `http://127.0.0.1:10000/ACCOUNT/CONTAINER/PATH` | the emulator, or another address that has the account in its path |
//! | `https://HOST/CONTAINER/PATH` | below the configured endpoint, or any host with a shared access signature |
//! | any of them without a container | the account: its containers of VPN gateways |

use url::{Host, Url};

use super::environment::Environment;
use super::{EMULATOR_ACCOUNT, account_of};

/// An Azure URL, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureUrl {
    /// The storage account.
    pub account: String,
    /// Where its blob service is.
    pub endpoint: Url,
    /// The container; `None` for the account as a whole.
    pub container: Option<String>,
    /// The path below the container, or below the account, as it stands in the URL.
    pub path: String,
    /// The URL up to the path, as it is shown: what the user wrote, without secrets.
    pub base: Url,
}

impl AzureUrl {
    /// Understands a URL without user's password and query; `signed` says that it had a shared access signature.
    pub fn parse(url: &Url, signed: bool, around: &Environment) -> Result<Self, String> {
        let read = match url.scheme() {
            "az" | "azure" | "adl" | "abfs" | "abfss" => Self::short(url, around)?,
            "http" | "https" => Self::web(url, signed, around)?,
            other => {
                return Err(format!("'{other}' is no scheme of storage; expected az, abfss, https, file, s3 or gs"));
            }
        };
        if let Some(container) = &read.container {
            check_container(container)?;
        }
        Ok(read)
    }

    /// `az://` and its like.
    fn short(url: &Url, around: &Environment) -> Result<Self, String> {
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or("it names no container")?.to_owned();
        if url.port().is_some() {
            return Err(format!("a {}:// URL has no port; write http://HOST:PORT/ACCOUNT/CONTAINER", url.scheme()));
        }
        let path = url.path().trim_start_matches('/').to_owned();
        let user = decoded(url.username());
        if !user.is_empty() {
            let (account, endpoint) = match service_host(&host) {
                Some((account, service)) => (account, Some(https(&service)?)),
                None if !host.contains('.') => (host, None),
                None => {
                    return Err(format!(
                        "'{host}' is no storage account's host; expected ACCOUNT.dfs.core.windows.net"
                    ));
                }
            };
            let endpoint = around.endpoint(&account, endpoint)?;
            return Ok(Self { account, endpoint, container: Some(user), path, base: shown(url) });
        }
        if let Some((account, service)) = service_host(&host) {
            let endpoint = around.endpoint(&account, Some(https(&service)?))?;
            return Self::below(account, endpoint, &path);
        }
        let configured = around.account()?;
        let is_account = match &configured {
            Some(account) => *account == host,
            // Without an account there is nothing that this could be a container of.
            None => could_be_account(&host),
        };
        if path.is_empty() && is_account {
            let endpoint = around.endpoint(&host, None)?;
            return Self::below(host, endpoint, "");
        }
        let account = configured.ok_or(
            "it names a container, but no storage account; set AZURE_STORAGE_ACCOUNT_NAME, or write \
             abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
        )?;
        let endpoint = around.endpoint(&account, None)?;
        Ok(Self { account, endpoint, container: Some(host), path, base: shown(url) })
    }

    /// `https://` and, for the emulator, `http://`.
    fn web(url: &Url, signed: bool, around: &Environment) -> Result<Self, String> {
        let host = url.host_str().unwrap_or_default().to_owned();
        if !url.username().is_empty() {
            return Err(format!(
                "an {} URL has no user; write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
                url.scheme()
            ));
        }
        let path = url.path().trim_start_matches('/');
        if let Some((account, endpoint, rest)) = around.below_endpoint(url)? {
            return Self::below(account, endpoint, &rest);
        }
        let first = path.split('/').next().unwrap_or_default();
        let address = matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) || host == "localhost";
        if address || first == EMULATOR_ACCOUNT {
            if first.is_empty() {
                return Err(format!("it names no account; expected {}://HOST:PORT/ACCOUNT/CONTAINER", url.scheme()));
            }
            let mut endpoint = origin(url)?;
            endpoint.set_path(first);
            let rest = path[first.len()..].trim_start_matches('/');
            return Self::below(first.to_owned(), endpoint, rest);
        }
        let mut endpoint = origin(url)?;
        let account = match service_host(&host) {
            Some((account, service)) => {
                endpoint.set_host(Some(&service)).map_err(|e| e.to_string())?;
                endpoint = around.endpoint(&account, Some(endpoint))?;
                account
            }
            None if signed => account_of(&origin(url)?).unwrap_or(host),
            None => {
                return Err(format!(
                    "'{host}' is no storage account's host; expected ACCOUNT.blob.core.windows.net. For a domain of your own \
                     set AZURE_STORAGE_ENDPOINT and AZURE_STORAGE_ACCOUNT_NAME"
                ));
            }
        };
        let mut read = Self::below(account, endpoint, path)?;
        // As it was written, although the blob service is asked.
        let mut base = origin(url)?;
        base.set_path(read.container.as_deref().unwrap_or_default());
        read.base = base;
        Ok(read)
    }

    /// The container and the path in `rest`. A container with a wildcard is a choice among the account's.
    fn below(account: String, endpoint: Url, rest: &str) -> Result<Self, String> {
        let (container, path) = rest.split_once('/').unwrap_or((rest, ""));
        let container = decoded(container);
        let mut base = endpoint.clone();
        if container.is_empty() || container.contains('*') {
            return Ok(Self { account, endpoint, container: None, path: rest.to_owned(), base });
        }
        let below = base.path().trim_end_matches('/').to_owned();
        base.set_path(&format!("{below}/{container}"));
        Ok(Self { account, endpoint, container: Some(container), path: path.to_owned(), base })
    }
}

/// The account and the host of its blob service, when a host looks like a storage service's: `ACCOUNT.blob.SUFFIX`,
/// `ACCOUNT.dfs.SUFFIX`, or one with more labels between, as private endpoints have.
fn service_host(host: &str) -> Option<(String, String)> {
    let mut labels: Vec<&str> = host.split('.').collect();
    let at = labels.iter().skip(1).position(|l| matches!(*l, "blob" | "dfs"))? + 1;
    let account = labels[0].to_owned();
    if account.is_empty() || at + 1 >= labels.len() {
        return None;
    }
    labels[at] = "blob";
    Some((account, labels.join(".")))
}

/// 3 to 24 lower-case letters and digits, says Azure.
fn could_be_account(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn check_container(name: &str) -> Result<(), String> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$' | b'.' | b' '));
    match plain {
        true => Ok(()),
        false => Err("its container's name has characters that no container has".to_owned()),
    }
}

fn https(host: &str) -> Result<Url, String> {
    Url::parse(&format!("https://{host}")).map_err(|e| e.to_string())
}

fn origin(url: &Url) -> Result<Url, String> {
    Url::parse(&url[..url::Position::BeforePath]).map_err(|e| e.to_string())
}

/// The URL without its path.
fn shown(url: &Url) -> Url {
    let mut base = url.clone();
    base.set_path("");
    base
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
