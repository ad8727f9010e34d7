//! Azure's connection strings: `Key=Value` pairs between semicolons, keys in any case.
//!
//! Azure's own description: "Configure Azure Storage connection strings" on learn.microsoft.com. No error shows a value.

use url::Url;

use super::{EMULATOR_ACCOUNT, EMULATOR_KEY};

/// The variable that holds one.
pub const VARIABLE: &str = "AZURE_STORAGE_CONNECTION_STRING";

/// What a connection string says of blob storage.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionString {
    /// The account.
    pub account: String,
    /// Where its blob service is.
    pub endpoint: Url,
    /// The account's key.
    pub key: Option<String>,
    /// A shared access signature, without a question mark.
    pub sas: Option<String>,
}

/// Whether a text is one, so that it is not taken for a path.
pub fn is_connection_string(text: &str) -> bool {
    let lower: String = text.to_ascii_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    ["accountkey=", "sharedaccesssignature=", "usedevelopmentstorage=true"].iter().any(|key| lower.contains(key))
}

impl ConnectionString {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pairs: Vec<(String, &str)> = Vec::new();
        for (i, part) in text.split(';').enumerate().filter(|(_, part)| !part.trim().is_empty()) {
            // Only the first equals sign divides: keys and signatures have more of them.
            match part.split_once('=') {
                Some((key, value)) => pairs.push((key.trim().to_ascii_lowercase(), value.trim())),
                None => return Err(wrong(&format!("its part {} has no '='", i + 1))),
            }
        }
        let get = |key: &str| pairs.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, value)| *value);
        if get("usedevelopmentstorage").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
            return Self::emulator(get("developmentstorageproxyuri"));
        }
        let endpoint = match (get("blobendpoint"), get("accountname")) {
            (Some(endpoint), _) => url(endpoint, "BlobEndpoint")?,
            (None, Some(account)) => {
                let scheme = get("defaultendpointsprotocol").unwrap_or("https");
                let suffix = get("endpointsuffix").unwrap_or("core.windows.net");
                url(&format!("{scheme}://{account}.blob.{suffix}"), "AccountName or EndpointSuffix")?
            }
            (None, None) => return Err(wrong("it has neither AccountName nor BlobEndpoint")),
        };
        let account = match get("accountname") {
            Some(account) => account.to_owned(),
            None => account_of(&endpoint).ok_or_else(|| wrong("its BlobEndpoint names no account"))?,
        };
        let (key, sas) = (get("accountkey"), get("sharedaccesssignature"));
        if key.is_none() && sas.is_none() {
            return Err(wrong("it has neither AccountKey nor SharedAccessSignature"));
        }
        Ok(Self {
            account,
            endpoint,
            key: key.map(str::to_owned),
            sas: sas.map(|s| s.trim_start_matches('?').to_owned()),
        })
    }

    fn emulator(proxy: Option<&str>) -> Result<Self, String> {
        let mut endpoint = url(proxy.unwrap_or("http://127.0.0.1"), "DevelopmentStorageProxyUri")?;
        if endpoint.port().is_none() {
            endpoint.set_port(Some(10000)).map_err(|()| wrong("its DevelopmentStorageProxyUri is no address"))?;
        }
        endpoint.set_path(EMULATOR_ACCOUNT);
        Ok(Self { account: EMULATOR_ACCOUNT.to_owned(), endpoint, key: Some(EMULATOR_KEY.to_owned()), sas: None })
    }
}

/// The account in a blob service's URL: the host's first label, or of an address the path's first part.
pub fn account_of(endpoint: &Url) -> Option<String> {
    let in_path = endpoint.path_segments().and_then(|mut parts| parts.next()).filter(|p| !p.is_empty());
    match (endpoint.host()?, in_path) {
        (url::Host::Domain(host), None) => host.split('.').next().map(str::to_owned),
        (_, Some(account)) => Some(account.to_owned()),
        (_, None) => None,
    }
}

fn url(text: &str, what: &str) -> Result<Url, String> {
    let url =
        Url::parse(text.trim_end_matches('/')).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    // The text may be a key that slipped into the wrong place.
    url.ok_or_else(|| wrong(&format!("its {what} gives no http or https address")))
}

fn wrong(what: &str) -> String {
    format!(
        "${VARIABLE} is no connection string of a storage account: {what}; copy it whole from the portal, Access keys"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let cases = [
            (
                "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=S3CRET==;EndpointSuffix=core.windows.net",
                ("acct", "https://acct.blob.core.windows.net/", Some("S3CRET=="), None),
            ),
            (
                "accountname=acct ; ACCOUNTKEY = S3CRET== ;endpointsuffix=core.chinacloudapi.cn;",
                ("acct", "https://acct.blob.core.chinacloudapi.cn/", Some("S3CRET=="), None),
            ),
            (
                "BlobEndpoint=https://acct.blob.core.windows.net/;QueueEndpoint=https://acct.queue.core.windows.net/;\
                 SharedAccessSignature=?sv=2024&se=2026&sig=S3CRET%3D",
                ("acct", "https://acct.blob.core.windows.net/", None, Some("sv=2024&se=2026&sig=S3CRET%3D")),
            ),
            (
                "AccountName=devstoreaccount1;AccountKey=S3CRET;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;",
                ("devstoreaccount1", "http://127.0.0.1:10000/devstoreaccount1", Some("S3CRET"), None),
            ),
            (
                "BlobEndpoint=http://10.0.0.1:1/acct;SharedAccessSignature=sig=S3CRET",
                ("acct", "http://10.0.0.1:1/acct", None, Some("sig=S3CRET")),
            ),
            (
                "UseDevelopmentStorage=true",
                ("devstoreaccount1", "http://127.0.0.1:10000/devstoreaccount1", Some(EMULATOR_KEY), None),
            ),
            (
                "UseDevelopmentStorage=TRUE;DevelopmentStorageProxyUri=http://azurite:11000",
                ("devstoreaccount1", "http://azurite:11000/devstoreaccount1", Some(EMULATOR_KEY), None),
            ),
        ];
        for (text, (account, endpoint, key, sas)) in cases {
            let read = ConnectionString::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let found = (read.account.as_str(), read.endpoint.as_str(), read.key.as_deref(), read.sas.as_deref());
            assert_eq!(found, (account, endpoint, key, sas), "{text}");
            assert!(!text.contains("S3CRET") || is_connection_string(text), "{text}");
        }
    }

    #[test]
    fn errors_show_no_value() {
        for (text, says) in [
            ("", "neither AccountName nor BlobEndpoint"),
            ("S3CRET", "its part 1 has no '='"),
            ("AccountName=acct;S3CRET", "its part 2 has no '='"),
            ("AccountKey=S3CRET", "neither AccountName nor BlobEndpoint"),
            ("AccountName=acct", "neither AccountKey nor SharedAccessSignature"),
            ("AccountName=a;AccountKey=", "neither AccountKey nor SharedAccessSignature"),
            ("BlobEndpoint=S3CRET;AccountKey=S3CRET", "BlobEndpoint gives no http or https address"),
            ("AccountName=S3CRET /;AccountKey=S3CRET", "gives no http or https address"),
            ("AccountName=a;DefaultEndpointsProtocol=S3CRET;AccountKey=x", "gives no http or https address"),
        ] {
            let error = ConnectionString::parse(text).err().unwrap_or_else(|| panic!("{text} was taken"));
            assert!(error.contains(says) && !error.contains("S3CRET"), "{text}: {error}");
        }
    }
}
