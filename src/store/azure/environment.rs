//! What the environment says of Azure: settings under the names that object stores and Azure's own tools use.

use std::collections::BTreeMap;

use object_store::azure::AzureConfigKey;
use url::Url;

use super::connection_string::{self, ConnectionString};
use super::{EMULATOR_ACCOUNT, account_of};

/// Where the emulator is, unless this says otherwise.
const EMULATOR_VARIABLE: &str = "AZURITE_BLOB_STORAGE_URL";
const EMULATOR_ADDRESS: &str = "http://127.0.0.1:10000";

/// A value with the variable that it stands in.
#[derive(Clone, PartialEq, Eq)]
pub struct Set {
    /// The variable.
    pub variable: String,
    /// What it holds; perhaps a secret.
    pub value: String,
}

/// Variables that concern Azure. It holds secrets and has no debug form.
#[derive(Clone, Default)]
pub struct Environment {
    set: Vec<(AzureConfigKey, Set)>,
    connection: Option<String>,
    emulator: Option<String>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))))
    }

    /// Takes what concerns Azure; empty values are none.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        // In an order of its own, so that of two names for one thing always the same one counts.
        let variables: BTreeMap<String, String> = variables.into_iter().filter(|(_, v)| !v.trim().is_empty()).collect();
        let mut found = Self::default();
        for (variable, value) in variables {
            match variable.as_str() {
                connection_string::VARIABLE => found.connection = Some(value),
                EMULATOR_VARIABLE => found.emulator = Some(value),
                // What Azure's hosts set beside a managed identity has no prefix.
                name if name.starts_with("AZURE_") || name == "IDENTITY_ENDPOINT" => {
                    let Ok(key) = variable.to_ascii_lowercase().parse::<AzureConfigKey>() else { continue };
                    if found.get(key).is_none() {
                        found.set.push((key, Set { variable, value: value.trim().to_owned() }));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// What is set for a key.
    pub fn get(&self, key: AzureConfigKey) -> Option<&Set> {
        self.set.iter().find(|(k, _)| *k == key).map(|(_, set)| set)
    }

    /// Whether a switch is on; `None` when it is not set.
    pub fn switch(&self, key: AzureConfigKey) -> Result<Option<bool>, String> {
        let Some(Set { variable, value }) = self.get(key) else { return Ok(None) };
        match value.to_ascii_lowercase().as_str() {
            "1" | "true" | "on" | "yes" | "y" => Ok(Some(true)),
            "0" | "false" | "off" | "no" | "n" => Ok(Some(false)),
            _ => Err(format!("${variable} is neither true nor false")),
        }
    }

    /// Settings of the HTTP client: proxies, time limits.
    pub fn client(&self) -> impl Iterator<Item = (AzureConfigKey, &str)> {
        let client = |key: &AzureConfigKey| matches!(key, AzureConfigKey::Client(_) | AzureConfigKey::DisableTagging);
        self.set.iter().filter(move |(key, _)| client(key)).map(|(key, set)| (*key, set.value.as_str()))
    }

    /// The connection string, read.
    pub fn connection(&self) -> Result<Option<ConnectionString>, String> {
        self.connection.as_deref().map(ConnectionString::parse).transpose()
    }

    /// Whether the emulator stands for Azure.
    pub fn emulated(&self) -> Result<bool, String> {
        Ok(self.switch(AzureConfigKey::UseEmulator)? == Some(true))
    }

    /// The account that is meant when a URL names none.
    pub fn account(&self) -> Result<Option<String>, String> {
        if let Some(set) = self.get(AzureConfigKey::AccountName) {
            return Ok(Some(set.value.clone()));
        }
        if let Some(connection) = self.connection()? {
            return Ok(Some(connection.account));
        }
        if self.emulated()? {
            return Ok(Some(EMULATOR_ACCOUNT.to_owned()));
        }
        // An endpoint alone has the account in it.
        Ok(self.configured_endpoint()?.and_then(|endpoint| account_of(&endpoint)))
    }

    /// Whether what is configured for an account is this account's: the configured one's, or there is none.
    pub fn is_of(&self, account: &str) -> Result<bool, String> {
        Ok(self.account()?.is_none_or(|configured| configured == account))
    }

    /// Where the blob service of an account is: as configured, else as its URL says, else at Azure's usual place.
    pub fn endpoint(&self, account: &str, in_url: Option<Url>) -> Result<Url, String> {
        if self.emulated()? {
            let address = self.emulator.as_deref().unwrap_or(EMULATOR_ADDRESS);
            let mut url = address_of(address, EMULATOR_VARIABLE)?;
            url.set_path(account);
            return Ok(url);
        }
        if self.is_of(account)? {
            if let Some(endpoint) = self.configured_endpoint()? {
                return Ok(endpoint);
            }
            let connection = self.connection()?.filter(|c| c.account == account);
            if let (Some(connection), None) = (connection, &in_url) {
                return Ok(connection.endpoint);
            }
        }
        match in_url {
            Some(url) => Ok(url),
            None => {
                let fabric = self.switch(AzureConfigKey::UseFabricEndpoint)? == Some(true);
                let suffix = if fabric { "blob.fabric.microsoft.com" } else { "blob.core.windows.net" };
                Url::parse(&format!("https://{account}.{suffix}")).map_err(|_| {
                    format!("'{account}' is no storage account's name: 3 to 24 lower-case letters and digits")
                })
            }
        }
    }

    /// When a URL lies below the configured endpoint: its account, the endpoint and what follows.
    pub fn below_endpoint(&self, url: &Url) -> Result<Option<(String, Url, String)>, String> {
        let mut endpoints = Vec::new();
        if let Some(endpoint) = self.configured_endpoint()? {
            let account = self.get(AzureConfigKey::AccountName).map(|set| set.value.clone());
            endpoints.push((account.or_else(|| account_of(&endpoint)).unwrap_or_default(), endpoint));
        }
        if let Some(connection) = self.connection()? {
            endpoints.push((connection.account, connection.endpoint));
        }
        Ok(endpoints.into_iter().find_map(|(account, endpoint)| {
            let same = (endpoint.scheme(), endpoint.host(), endpoint.port_or_known_default())
                == (url.scheme(), url.host(), url.port_or_known_default());
            let rest = url.path().strip_prefix(endpoint.path().trim_end_matches('/'))?;
            let whole = rest.is_empty() || rest.starts_with('/');
            (same && whole).then(|| (account, endpoint, rest.trim_start_matches('/').to_owned()))
        }))
    }

    fn configured_endpoint(&self) -> Result<Option<Url>, String> {
        self.get(AzureConfigKey::Endpoint).map(|set| address_of(&set.value, &set.variable)).transpose()
    }
}

fn address_of(text: &str, variable: &str) -> Result<Url, String> {
    let url =
        Url::parse(text.trim_end_matches('/')).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    let url = url.ok_or_else(|| format!("${variable} is no http or https address"))?;
    match url.username().is_empty() && url.password().is_none() && url.query().is_none() {
        true => Ok(url),
        false => Err(format!("${variable} has a user, a password or a query; expected only the address")),
    }
}
