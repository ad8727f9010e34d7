//! What was typed, kept for the next time: without secrets, and never in the working folder.

use std::path::PathBuf;

use super::folders;

/// The history's file. Its folder is made for the user alone.
pub fn file() -> Option<PathBuf> {
    let folder = folders::state()?;
    if !folder.is_dir() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).ok()?;
    }
    Some(folder.join("history"))
}

/// What gives access to something, wherever it stands.
const SECRETS: &[&str] = &[
    "sig=",
    "accountkey",
    "account_key",
    "access_key",
    "accesskey",
    "sharedaccess",
    "password",
    "passwd",
    "pwd=",
    "secret",
    "token=",
    "sas_token",
    "bearer ",
    "presharedkey",
    "pre_shared_key",
    "psk=",
    "private key",
];

/// Parts of a parameter's name that say so of its value.
const SECRET_NAMES: &[&str] = &["key", "token", "pass", "pwd", "sig", "sas", "psk", "cred", "auth"];

/// Whether a text holds something that must not be kept. Rather too careful than not careful enough: a statement that is
/// not kept can be typed again.
pub fn is_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    let squeezed: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    if SECRETS.iter().any(|s| lower.contains(s) || squeezed.contains(s)) {
        return true;
    }
    // Passwords in URLs, and whatever else messages do not show.
    if crate::store::redact(text) != text {
        return true;
    }
    lower.lines().any(|line| {
        let name = line.trim_start().strip_prefix(".param").and_then(|rest| rest.split('=').next());
        name.is_some_and(|name| SECRET_NAMES.iter().any(|s| name.contains(s)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_kept() {
        for secret in [
            ".open https://a.blob.core.windows.net/logs?sp=rl&sig=abc",
            "SET x = 'AccountKey=abc'",
            "SELECT 'Password = x'",
            "SELECT 'pwd = x'",
            ".open az://user:abc@logs",
            "SELECT 'SharedAccessSignature=abc'",
            "SELECT 'DefaultEndpointsProtocol=https;AccountName=a;accountkey=abc'",
            ".param api_key=abc",
            "  .param set token:text = abc",
            ".shell curl -H 'Authorization: Bearer abc'",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for plain in [
            "SELECT * FROM ike_log WHERE message LIKE '%SA_INIT%';",
            ".param month=2026-03",
            "SELECT signature_algorithm FROM ike_log;",
            ".open abfss://logs@acct.dfs.core.windows.net/a",
            ".tables",
        ] {
            assert!(!is_secret(plain), "{plain}");
        }
    }
}
