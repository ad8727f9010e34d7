//! What must never be shown: signatures, keys and passwords, wherever in a text they stand.

/// What stands before a secret value, in any case. The value ends at the first character that cannot be part of one.
const BEFORE_SECRETS: &[&str] = &[
    "sig=",
    "accountkey=",
    "sharedaccesssignature=",
    "client_secret=",
    "client_assertion=",
    "access_token\":\"",
    "access_token\": \"",
    "sharedkey ",
    "bearer ",
];

/// What stands in place of a secret.
pub const HIDDEN: &str = "***";

/// A URL as it may be shown, whether it can be parsed or not: without query, fragment, user and password. The container
/// before the `@` of `abfss://container@account` stays.
pub fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return redact(url) };
    // Something else that has a URL in it, such as a connection string.
    if !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) {
        return redact(url);
    }
    let query = rest.find(['?', '#']).unwrap_or(rest.len());
    let (place, after) = rest.split_at(query);
    let authority = &place[..place.find('/').unwrap_or(place.len())];
    let password = |user: &str| user.contains(':');
    // A password may have slashes and question marks in it, so that the host is not where a parser looks for it.
    match (place.rsplit_once('@'), authority.split_once(':')) {
        (Some((user, host)), _) if password(user) => format!("{scheme}://{HIDDEN}@{host}"),
        (_, Some((host, port))) if !port.bytes().all(|b| b.is_ascii_digit()) || after.contains('@') => {
            format!("{scheme}://{}", if after.contains('@') || host.is_empty() { HIDDEN } else { host })
        }
        _ => format!("{scheme}://{place}"),
    }
}

/// A text without the secrets that can be recognised in it.
pub fn redact(text: &str) -> String {
    let mut out = text.to_owned();
    for before in BEFORE_SECRETS {
        out = hide_after(&out, before);
    }
    hide_passwords(&out)
}

fn hide_after(text: &str, before: &str) -> String {
    // As many bytes as the text: only ASCII changes.
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(at) = lower[done..].find(before) {
        let begin = done + at + before.len();
        let value = &text[begin..];
        // A signature in a URL ends before the next parameter; one of a connection string has parameters of its own.
        let stops: &[char] = match before {
            "sharedaccesssignature=" => &[';', '"', '\'', ' ', '\n', '\t', '<', '>', ')'],
            _ => &['&', ';', '"', '\'', ' ', '\n', '\t', '<', '>', ')', '`', '#'],
        };
        let end = begin + value.find(stops).unwrap_or(value.len());
        out.push_str(&text[done..begin]);
        out.push_str(if end > begin { HIDDEN } else { "" });
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

/// Hides what stands between the colon and the `@` of a URL's user.
fn hide_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(after.len());
        let (url, next) = after.split_at(end);
        // Another URL may follow without a space.
        let url_end = url.find("://").map_or(url.len(), |_| url.find(',').unwrap_or(url.len()));
        let (url, more) = url.split_at(url_end);
        match url.rsplit_once('@') {
            Some((user, host)) if user.contains(':') => {
                out.push_str(HIDDEN);
                out.push('@');
                out.push_str(host);
            }
            _ => out.push_str(url),
        }
        rest = &rest[at + 3 + url_end..];
        debug_assert_eq!(rest.len(), more.len() + next.len());
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_what_lets_one_in() {
        for (url, shown) in [
            ("https://a.blob.core.windows.net/c/d?sv=1&sig=SECRET", "https://a.blob.core.windows.net/c/d"),
            ("https://a.blob.core.windows.net/c?x=a@b&sig=SECRET", "https://a.blob.core.windows.net/c"),
            ("https://127.0.0.1:10000/c?x=a@b&sig=SECRET", "https://***"),
            ("http://127.0.0.1:10000/acct/c?sig=SECRET", "http://127.0.0.1:10000/acct/c"),
            ("https://user:SECRET@host/c", "https://***@host/c"),
            ("https://user:SEC/RET@host/c", "https://***@host/c"),
            ("https://user:SEC?RET@host/c", "https://***"),
            ("https://user:SEC#RET@host/c", "https://***"),
            ("https://user:1?SECRET@host/c", "https://***"),
            ("https://user:SEC@RET@host/c", "https://***@host/c"),
            ("az://x:SECRET@host/c", "az://***@host/c"),
            ("https://:SECRET@host", "https://***@host"),
            ("abfss://container@account.dfs.core.windows.net/x", "abfss://container@account.dfs.core.windows.net/x"),
            ("az://container", "az://container"),
            ("./archive?x", "./archive?x"),
            ("AccountKey=SECRET;BlobEndpoint=https://x", "AccountKey=***;BlobEndpoint=https://x"),
        ] {
            assert_eq!(without_secrets(url), shown, "{url}");
            assert!(!without_secrets(url).contains("SEC"), "{url}");
        }
    }

    #[test]
    fn texts_lose_their_secrets_and_nothing_else() {
        for (text, shown) in [
            ("GET https://a/c?se=1&sig=SECRET&sp=r failed", "GET https://a/c?se=1&sig=***&sp=r failed"),
            ("(https://a/c?Sig=SECRET)", "(https://a/c?Sig=***)"),
            ("AccountName=a;AccountKey=SECRET==;EndpointSuffix=x", "AccountName=a;AccountKey=***;EndpointSuffix=x"),
            ("SharedAccessSignature=sv=1&sig=SECRET;X=1", "SharedAccessSignature=***;X=1"),
            ("proxy http://user:SECRET@proxy:80/ refused", "proxy http://***@proxy:80/ refused"),
            ("Authorization: Bearer SECRET", "Authorization: Bearer ***"),
            ("ü sig=SECRET ü sig=SECRET", "ü sig=*** ü sig=***"),
            ("abfss://c@a.dfs.core.windows.net/x: not there", "abfss://c@a.dfs.core.windows.net/x: not there"),
            ("a://b:SECRET@c,d://e:SECRET@f", "a://***@c,d://***@f"),
            ("12:30:01 a@b", "12:30:01 a@b"),
            ("", ""),
        ] {
            assert_eq!(redact(text), shown, "{text}");
        }
    }
}
