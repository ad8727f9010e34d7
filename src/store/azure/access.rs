//! How one gets in: which of the ways that are configured is taken, and from where it came.
//!
//! The first of these that there is. `tunnelql help storage` lists them for people.

use std::fmt;

use object_store::azure::AzureConfigKey;

use super::environment::{Environment, Set};
use super::sas::Sas;
use super::{AzureUrl, EMULATOR_ACCOUNT, EMULATOR_KEY, connection_string};

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// No signature at all: public containers.
    Anonymous,
    /// A shared access signature.
    Sas,
    /// The account's key.
    AccountKey,
    /// A token that somebody else got.
    BearerToken,
    /// A token of Microsoft Fabric.
    Fabric,
    /// A service principal with the token of another identity provider.
    WorkloadIdentity,
    /// A service principal with a secret.
    ClientSecret,
    /// Whoever is signed in to the Azure CLI.
    AzureCli,
    /// The identity of the machine.
    ManagedIdentity,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "anonymous",
            Self::Sas => "shared access signature",
            Self::AccountKey => "account key",
            Self::BearerToken => "access token",
            Self::Fabric => "Fabric session token",
            Self::WorkloadIdentity => "workload identity",
            Self::ClientSecret => "service principal with a secret",
            Self::AzureCli => "Azure CLI (az login)",
            Self::ManagedIdentity => "managed identity",
        })
    }
}

/// The chosen way. It holds secrets: its debug form shows none.
#[derive(Clone)]
pub struct Access {
    /// How.
    pub method: Method,
    /// Where it was found, for people: a variable, the URL.
    pub origin: String,
    /// What a shared access signature says of itself.
    pub sas: Option<Sas>,
    /// What the store's builder is given.
    pub given: Vec<(AzureConfigKey, String)>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access({} from {})", self.method, self.origin)
    }
}

impl Access {
    fn new(method: Method, origin: impl Into<String>, given: Vec<(AzureConfigKey, String)>) -> Self {
        let signature = given.iter().find(|(key, _)| *key == AzureConfigKey::SasKey).map(|(_, value)| value);
        let sas = signature.map(|text| Sas::read(text));
        Self { method, origin: origin.into(), sas, given }
    }

    /// Chooses for a place. `sas` is the query of its URL; `has_az` says whether the Azure CLI is there.
    pub fn choose(
        place: &AzureUrl,
        sas: Option<&str>,
        around: &Environment,
        has_az: impl Fn() -> bool,
    ) -> Result<Self, String> {
        use AzureConfigKey as Key;
        if let Some(sas) = sas {
            return Ok(Self::new(Method::Sas, "the URL", vec![(Key::SasKey, sas.to_owned())]));
        }
        if around.switch(Key::SkipSignature)? == Some(true) {
            let origin = around.get(Key::SkipSignature).map(|set| format!("${}", set.variable)).unwrap_or_default();
            return Ok(Self::new(Method::Anonymous, origin, vec![(Key::SkipSignature, "true".into())]));
        }
        if let Some(found) = Self::of_connection(place, around)? {
            return Ok(found);
        }
        // What belongs to one account is of no use at another.
        let own = around.is_of(&place.account)?;
        let get = |key: Key| around.get(key);
        let value = |key: Key, set: &Set| (key, set.value.clone());
        let from = |set: &Set| format!("${}", set.variable);
        if let Some(found) = Self::of_fabric(around) {
            return Ok(found);
        }
        if let Some(token) = get(Key::Token) {
            // The library panics on what cannot stand in a header.
            if !token.value.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(format!(
                    "${} holds no token: there are blanks or line breaks in it; 'az account get-access-token --resource \
                     https://storage.azure.com --query accessToken -o tsv' prints one",
                    token.variable
                ));
            }
            return Ok(Self::new(Method::BearerToken, from(token), vec![value(Key::Token, token)]));
        }
        if let Some(key) = get(Key::AccessKey).filter(|_| own) {
            return Ok(Self::new(Method::AccountKey, from(key), vec![value(Key::AccessKey, key)]));
        }
        if let (Some(client), Some(tenant)) = (get(Key::ClientId), get(Key::AuthorityId)) {
            let mut given = vec![value(Key::ClientId, client), value(Key::AuthorityId, tenant)];
            given.push((Key::AuthorityHost, authority(place, around)));
            if let Some(file) = get(Key::FederatedTokenFile) {
                given.push(value(Key::FederatedTokenFile, file));
                return Ok(Self::new(Method::WorkloadIdentity, from(file), given));
            }
            if let Some(secret) = get(Key::ClientSecret) {
                given.push(value(Key::ClientSecret, secret));
                return Ok(Self::new(Method::ClientSecret, from(secret), given));
            }
        }
        if let Some(sas) = get(Key::SasKey).filter(|_| own) {
            return Ok(Self::new(Method::Sas, from(sas), vec![value(Key::SasKey, sas)]));
        }
        if place.account == EMULATOR_ACCOUNT && own {
            let given = vec![(Key::AccessKey, EMULATOR_KEY.to_owned())];
            return Ok(Self::new(Method::AccountKey, "the emulator's published key", given));
        }
        Self::of_surroundings(around, has_az)
    }

    /// What is there without being configured for storage: the machine's identity, whoever is signed in.
    fn of_surroundings(around: &Environment, has_az: impl Fn() -> bool) -> Result<Self, String> {
        use AzureConfigKey as Key;
        let cli = around.switch(Key::UseAzureCli)?;
        let from = |key: Key| around.get(key).map(|set| format!("${}", set.variable));
        if cli == Some(true) {
            let origin = from(Key::UseAzureCli).unwrap_or_default();
            return Ok(Self::new(Method::AzureCli, origin, vec![(Key::UseAzureCli, "true".into())]));
        }
        let identity = [Key::MsiEndpoint, Key::ClientId, Key::ObjectId, Key::MsiResourceId];
        let named = identity.iter().find_map(|key| from(*key));
        if named.is_none() && cli.is_none() && has_az() {
            let origin = "nothing else is configured";
            return Ok(Self::new(Method::AzureCli, origin, vec![(Key::UseAzureCli, "true".into())]));
        }
        let given = identity.iter().filter_map(|key| Some((*key, around.get(*key)?.value.clone()))).collect();
        let origin = named.or_else(|| from(Key::UseAzureCli));
        let origin = origin.unwrap_or_else(|| "nothing else is configured and there is no 'az' in PATH".to_owned());
        Ok(Self::new(Method::ManagedIdentity, origin, given))
    }

    fn of_connection(place: &AzureUrl, around: &Environment) -> Result<Option<Self>, String> {
        use AzureConfigKey as Key;
        let Some(connection) = around.connection()?.filter(|c| c.account == place.account) else { return Ok(None) };
        let origin = format!("${}", connection_string::VARIABLE);
        Ok(match (connection.key, connection.sas) {
            (Some(key), _) => Some(Self::new(Method::AccountKey, origin, vec![(Key::AccessKey, key)])),
            (None, Some(sas)) => Some(Self::new(Method::Sas, origin, vec![(Key::SasKey, sas)])),
            (None, None) => None,
        })
    }

    fn of_fabric(around: &Environment) -> Option<Self> {
        use AzureConfigKey as Key;
        let all = [
            Key::FabricTokenServiceUrl,
            Key::FabricWorkloadHost,
            Key::FabricSessionToken,
            Key::FabricClusterIdentifier,
        ];
        let mut given =
            all.iter().map(|key| Some((*key, around.get(*key)?.value.clone()))).collect::<Option<Vec<_>>>()?;
        given.extend(around.get(Key::Token).map(|set| (Key::Token, set.value.clone())));
        Some(Self::new(Method::Fabric, "$AZURE_FABRIC_SESSION_TOKEN", given))
    }
}

/// Where service principals of the account's cloud sign in.
fn authority(place: &AzureUrl, around: &Environment) -> String {
    if let Some(set) = around.get(AzureConfigKey::AuthorityHost) {
        return set.value.trim_end_matches('/').to_owned();
    }
    let host = place.endpoint.host_str().unwrap_or_default();
    let of_cloud = match host {
        h if h.ends_with(".chinacloudapi.cn") => object_store::azure::authority_hosts::AZURE_CHINA,
        h if h.ends_with(".usgovcloudapi.net") => object_store::azure::authority_hosts::AZURE_GOVERNMENT,
        _ => object_store::azure::authority_hosts::AZURE_PUBLIC_CLOUD,
    };
    of_cloud.to_owned()
}
