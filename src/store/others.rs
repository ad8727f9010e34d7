//! S3 and Google Cloud Storage: buckets, with what the environment says of their cloud.

use std::str::FromStr;
use std::sync::Arc;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::gcp::{GoogleCloudStorage, GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{ObjectStore, RetryConfig};
use url::Url;

use super::Location;
use super::client::{Wire, is_here, sign_in_retries, trusting};
use super::secrets::redact;
use super::signin::SignIn;
use super::trouble::innermost;
use super::wire::{Metered, Traffic};

/// A bucket of another cloud.
pub struct Other {
    /// The bucket.
    pub store: Arc<dyn ObjectStore>,
    /// Scheme and bucket.
    pub base: Url,
    /// What goes over the wire to and from it.
    pub traffic: Arc<Traffic>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cloud {
    S3,
    Google,
}

impl Cloud {
    fn of(url: &Url) -> Option<Self> {
        match url.scheme() {
            "s3" | "s3a" => Some(Self::S3),
            "gs" => Some(Self::Google),
            _ => None,
        }
    }

    /// What the names of its variables begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::S3 => "AWS_",
            Self::Google => "GOOGLE_",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::Google => "Google Cloud Storage",
        }
    }

    /// The settings of the environment that the library knows, as it takes them.
    fn settings<K: FromStr>(self) -> Vec<(K, String)> {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, value)| name.starts_with(self.prefix()) && !value.is_empty())
            .filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value)))
            .collect()
    }

    /// How the library will sign in, in its own order.
    fn method(self) -> &'static str {
        self.method_with(|name| std::env::var(name).unwrap_or_default())
    }

    /// The same where `variable` gives the environment's values, empty for those that are not set.
    fn method_with(self, variable: impl Fn(&str) -> String) -> &'static str {
        // The library takes these for no; where a path or a key is asked for, they are one.
        let is_no = |value: &str| ["0", "false", "off", "no", "n"].iter().any(|no| value.eq_ignore_ascii_case(no));
        let is_set = |name: &str| {
            let value = variable(name);
            let refused = name.ends_with("_SKIP_SIGNATURE") && is_no(&value);
            !value.is_empty() && !refused
        };
        let ways: &[(&str, &str)] = match self {
            Self::S3 => &[
                ("AWS_SKIP_SIGNATURE", "nothing (AWS_SKIP_SIGNATURE)"),
                ("AWS_ACCESS_KEY_ID", "the key of AWS_ACCESS_KEY_ID"),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "the token of AWS_WEB_IDENTITY_TOKEN_FILE"),
                ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "the container's role"),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "the container's role"),
            ],
            Self::Google => &[
                ("GOOGLE_SKIP_SIGNATURE", "nothing (GOOGLE_SKIP_SIGNATURE)"),
                ("GOOGLE_SERVICE_ACCOUNT_KEY", "the key of GOOGLE_SERVICE_ACCOUNT_KEY"),
                ("GOOGLE_SERVICE_ACCOUNT", "the key of GOOGLE_SERVICE_ACCOUNT"),
                ("GOOGLE_APPLICATION_CREDENTIALS", "the file of GOOGLE_APPLICATION_CREDENTIALS"),
            ],
        };
        let machine = match self {
            Self::S3 => "this machine's role",
            Self::Google => "application default credentials",
        };
        ways.iter().find(|(name, _)| is_set(name)).map_or(machine, |(_, way)| way)
    }

    /// What one does who has not signed in.
    fn remedy(self) -> &'static str {
        match self {
            Self::S3 => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; of a profile: eval \"$(aws configure export-credentials \
                 --format env)\""
            }
            Self::Google => "run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS",
        }
    }

    /// What is said after 'cannot sign in'.
    fn refused(self) -> impl Fn(&object_store::Error) -> String + Send + Sync + 'static {
        let method = self.method();
        move |e| format!("with {method}: {}; {}", said(e), self.remedy())
    }
}

/// Whether a URL is another cloud's.
pub fn is_other(url: &Url) -> bool {
    Cloud::of(url).is_some()
}

/// What is known of a bucket's place before anything is asked.
pub fn described(place: &Location) -> String {
    let Some(cloud) = Cloud::of(&place.base) else { return place.to_string() };
    let bucket = place.base.host_str().unwrap_or_default();
    let path = if place.path.is_root() { String::new() } else { format!(", path {}", place.path) };
    let at = match cloud {
        Cloud::S3 => {
            let settings = cloud.settings::<AmazonS3ConfigKey>();
            let of = |wanted| settings.iter().find(|(key, _)| *key == wanted).map(|(_, value)| redact(value));
            let region = of(AmazonS3ConfigKey::Region).or_else(|| of(AmazonS3ConfigKey::DefaultRegion));
            match of(AmazonS3ConfigKey::S3Endpoint).or_else(|| of(AmazonS3ConfigKey::Endpoint)) {
                Some(endpoint) => format!(" at {endpoint}"),
                None => format!(" in {}", region.as_deref().unwrap_or("us-east-1 (AWS_REGION is not set)")),
            }
        }
        Cloud::Google => String::new(),
    };
    format!("bucket {bucket}{path}, {}{at}; signs with {}", cloud.name(), cloud.method())
}

/// Opens a bucket with what the environment says of its cloud.
pub fn open(url: &Url, retries: &RetryConfig) -> Result<Other, String> {
    let Some(cloud) = Cloud::of(url) else { return Err("it is no bucket of S3 or Google Cloud Storage".into()) };
    let Some(bucket) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err(format!("it names no bucket; expected {}://BUCKET/PATH", url.scheme()));
    };
    if !url.username().is_empty() {
        return Err(format!("it has a user; credentials come from {}* in the environment", cloud.prefix()));
    }
    if let Some(port) = url.port() {
        return Err(format!("a bucket has no port, and this one has {port}; a server is named by AWS_ENDPOINT"));
    }
    let traffic = Arc::default();
    let store: Arc<dyn ObjectStore> = match cloud {
        Cloud::S3 => Arc::new(s3(bucket, retries, &traffic)?),
        Cloud::Google => Arc::new(google(bucket, retries, &traffic)?),
    };
    let mut base = url.clone();
    base.set_path("");
    Ok(Other { store, base, traffic })
}

/// What went wrong, in a line.
fn said(error: &object_store::Error) -> String {
    redact(&innermost(error).to_string())
}

fn s3(bucket: &str, retries: &RetryConfig, traffic: &Arc<Traffic>) -> Result<AmazonS3, String> {
    let settings = Cloud::S3.settings::<AmazonS3ConfigKey>();
    let has = |wanted| settings.iter().any(|(key, _)| *key == wanted);
    if has(AmazonS3ConfigKey::AccessKeyId) != has(AmazonS3ConfigKey::SecretAccessKey) {
        return Err("of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is set without the other".into());
    }
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
    let is_local = settings.iter().any(|(k, v)| endpoint.contains(k) && Url::parse(v).is_ok_and(|u| is_here(&u)));
    let builder = |retries: RetryConfig, traffic: &Arc<Traffic>| -> Result<AmazonS3Builder, String> {
        let builder = AmazonS3Builder::new().with_client_options(trusting()?);
        let builder = settings.iter().fold(builder, |b, (key, value)| b.with_config(*key, value));
        let builder = if is_local { builder.with_allow_http(true) } else { builder };
        let wire = Metered(Wire::default(), Arc::clone(traffic));
        Ok(builder.with_bucket_name(bucket).with_retry(retries).with_http_connector(wire))
    };
    // A machine without a role is no storage that is busy.
    let first = builder(sign_in_retries(), &Arc::default())?.build().map_err(|e| said(&e))?;
    let credentials = SignIn::new(Arc::clone(first.credentials()), Cloud::S3.refused());
    builder(retries.clone(), traffic)?.with_credentials(Arc::new(credentials)).build().map_err(|e| said(&e))
}

fn google(bucket: &str, retries: &RetryConfig, traffic: &Arc<Traffic>) -> Result<GoogleCloudStorage, String> {
    let settings = Cloud::Google.settings::<GoogleConfigKey>();
    let builder = |retries: RetryConfig, traffic: &Arc<Traffic>| -> Result<GoogleCloudStorageBuilder, String> {
        let builder = GoogleCloudStorageBuilder::new().with_client_options(trusting()?);
        let builder = settings.iter().fold(builder, |b, (key, value)| b.with_config(*key, value));
        let wire = Metered(Wire::default(), Arc::clone(traffic));
        Ok(builder.with_bucket_name(bucket).with_retry(retries).with_http_connector(wire))
    };
    // A machine without a role is no storage that is busy.
    let first = builder(sign_in_retries(), &Arc::default())?.build().map_err(|e| said(&e))?;
    let credentials = SignIn::new(Arc::clone(first.credentials()), Cloud::Google.refused());
    builder(retries.clone(), traffic)?.with_credentials(Arc::new(credentials)).build().map_err(|e| said(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_sign_in_is_the_library_s() {
        let key = ("AWS_ACCESS_KEY_ID", "false");
        for (set, says) in [
            (&[][..], "this machine's role"),
            (&[key], "the key of AWS_ACCESS_KEY_ID"),
            (&[key, ("AWS_SKIP_SIGNATURE", "true")], "nothing (AWS_SKIP_SIGNATURE)"),
            (&[key, ("AWS_SKIP_SIGNATURE", "False")], "the key of AWS_ACCESS_KEY_ID"),
        ] {
            let variable = |name: &str| set.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v).to_owned();
            assert_eq!(Cloud::S3.method_with(variable), says);
        }
    }

    #[test]
    fn buckets_are_named_by_their_host_alone() {
        for (url, says) in [
            ("s3://user@bucket/a", "AWS_* in the environment"),
            ("s3:///a", "names no bucket"),
            ("gs://bucket:80/a", "has no port"),
            ("az://container", "no bucket"),
        ] {
            let error = open(&Url::parse(url).unwrap(), &RetryConfig::default()).err().unwrap();
            assert!(error.contains(says), "{url}: {error}");
        }
        for url in ["s3://bucket/a/b", "s3a://bucket"] {
            let other = open(&Url::parse(url).unwrap(), &RetryConfig::default()).unwrap();
            assert_eq!(other.base.host_str(), Some("bucket"));
            assert_eq!(other.base.path(), "");
        }
    }

    #[test]
    fn a_bucket_is_no_container_of_its_name() {
        let key = |url: &str| Location::parse(url).unwrap().store_key().unwrap();
        assert_ne!(key("s3://logs/a"), key("gs://logs/a"));
        assert_eq!(key("s3://logs/a").as_str(), "s3://logs");
    }
}
