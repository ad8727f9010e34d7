//! S3 and Google Cloud Storage: only wired, and only in builds that asked for them.

use std::sync::Arc;

use object_store::ObjectStore;
use url::Url;

/// A store of another cloud.
pub struct Other {
    /// The bucket.
    pub store: Arc<dyn ObjectStore>,
    /// The path in it, as it stands in the URL.
    pub path: String,
    /// Scheme and bucket.
    pub base: Url,
}

/// What a scheme needs: its feature and the prefix of its variables.
const SCHEMES: &[(&str, &str, &str)] = &[("s3", "s3", "AWS_"), ("s3a", "s3", "AWS_"), ("gs", "gcs", "GOOGLE_")];

fn of(url: &Url) -> Option<(&'static str, &'static str)> {
    SCHEMES.iter().find(|(scheme, ..)| *scheme == url.scheme()).map(|(_, feature, prefix)| (*feature, *prefix))
}

/// Whether a URL is another cloud's.
pub fn is_other(url: &Url) -> bool {
    of(url).is_some()
}

/// Opens a bucket with what the environment says of its cloud.
pub fn open(url: &Url) -> Result<Other, String> {
    let Some((feature, prefix)) = of(url) else { return Err("it is no bucket of S3 or Google Cloud Storage".into()) };
    let compiled = match feature {
        "s3" => cfg!(feature = "s3"),
        _ => cfg!(feature = "gcs"),
    };
    if !compiled {
        return Err(format!(
            "this build cannot read {}:// URLs; build one that can with 'cargo install --path . --features {feature}'",
            url.scheme()
        ));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no bucket".into());
    }
    if !url.username().is_empty() {
        return Err(format!("it has a user; credentials come from {prefix}* in the environment"));
    }
    let options: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
        .filter(|(k, _)| k.starts_with(prefix))
        .map(|(k, v)| (k.to_ascii_lowercase(), v))
        .collect();
    let mut base = url.clone();
    base.set_path("");
    let (store, _) = object_store::parse_url_opts(url, options).map_err(|e| e.to_string())?;
    Ok(Other { store: Arc::from(store), path: url.path().trim_start_matches('/').to_owned(), base })
}
