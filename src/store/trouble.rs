//! What to do about the usual failures of storage: one table, for every message and for `tunnelql storage test`.

use std::error::Error;

use super::secrets::redact;

/// A failure with what helps.
struct Remedy {
    /// What the service's answer or the system's error contains.
    sign: &'static str,
    /// What to do.
    remedy: &'static str,
}

const fn remedy(sign: &'static str, remedy: &'static str) -> Remedy {
    Remedy { sign, remedy }
}

/// The first that fits counts: what is more special stands before what is more general.
const REMEDIES: &[Remedy] = &[
    remedy(
        "Signature not valid in the specified time frame",
        "the shared access signature has expired or is not valid yet; make a new one, or set this machine's clock",
    ),
    remedy("Signature did not match", WRONG_SIGNATURE),
    remedy(
        "Request date header too old",
        "this machine's clock is wrong; Azure takes requests of the last 15 minutes only. Set the clock",
    ),
    remedy("not the same as any computed signature", WRONG_SIGNATURE),
    remedy(
        "AuthorizationPermissionMismatch",
        "signed in, but without permission: reading needs the role 'Storage Blob Data Reader', an archive 'Storage Blob Data \
         Contributor', on the container or the account (Owner and Contributor do not include them; a new role takes up to 10 \
         minutes); of a shared access signature, the permissions Read and List, for an archive also Create, Write and Delete",
    ),
    remedy(
        "AuthorizationResourceTypeMismatch",
        "the shared access signature is not for this kind of access; make one for the container, or one for the account with \
         Service, Container and Object",
    ),
    remedy(
        "AuthorizationServiceMismatch",
        "the shared access signature is not for blobs; make one for the service Blob",
    ),
    remedy(
        "AuthorizationSourceIPMismatch",
        "the shared access signature is for other addresses than this machine's; make one without, or for this address",
    ),
    remedy("AuthorizationProtocolMismatch", "the shared access signature is for https only; write the URL with https"),
    remedy(
        "KeyBasedAuthenticationNotPermitted",
        "the account takes no keys and no signatures made with them; sign in with 'az login' and without \
         AZURE_STORAGE_ACCOUNT_KEY",
    ),
    remedy(
        "InvalidAuthenticationInfo",
        "the token is not for this account: signed in to another tenant ('az login --tenant TENANT'), or the token has expired",
    ),
    remedy(
        "NoAuthenticationInformation",
        "the container is not public; sign in with 'az login', or give a key or a shared access signature",
    ),
    remedy("Server failed to authenticate the request", WRONG_CREDENTIAL),
    remedy(
        "AuthorizationFailure",
        "the account's firewall or private endpoint does not let this machine in: under Networking allow its address, or run \
         where the private endpoint is reached",
    ),
    remedy("AuthenticationFailed", WRONG_CREDENTIAL),
    remedy(
        "PublicAccessNotPermitted",
        "the account permits no anonymous access; sign in with 'az login', or give a key or a shared access signature",
    ),
    remedy(
        "ContainerNotFound",
        "check the name, or create the container for an archive; diagnostic settings write to \
         insights-logs-gatewaydiagnosticlog, -tunneldiagnosticlog, -routediagnosticlog, -ikediagnosticlog and -p2sdiagnosticlog, \
         and Azure makes each of these with its first record",
    ),
    remedy("ContainerBeingDeleted", "somebody is deleting the container; wait until it is gone, or name another"),
    remedy("AccountIsDisabled", "the account is disabled; ask who pays for the subscription"),
    remedy("BlobNotFound", "check the path"),
    remedy("ResourceNotFound", "the account or the path does not exist; check both names"),
    remedy("BlobArchived", "the blob is in the archive tier and must be rehydrated before it can be read"),
    remedy("FilesystemNotFound", "check the container's name"),
    remedy("InvalidResourceName", "containers' names have 3 to 63 lower-case letters, digits and hyphens"),
    remedy("InvalidUri", "check the URL"),
    remedy("InsufficientAccountPermissions", "the key or the signature does not permit this; use another"),
    remedy("NoSuchBucket", "check the bucket's name"),
    remedy("NoSuchKey", "check the path"),
    remedy("InvalidAccessKeyId", WRONG_KEY),
    remedy("SignatureDoesNotMatch", WRONG_KEY),
    remedy("ExpiredToken", "the session has expired; sign in again, and take over its new variables AWS_*"),
    remedy("RequestTimeTooSkewed", "this machine's clock is wrong; set it"),
    remedy("AuthorizationHeaderMalformed", WRONG_REGION),
    remedy("PermanentRedirect", WRONG_REGION),
    remedy("incorrectly configured region", WRONG_REGION),
    remedy(
        "AccessDenied",
        "not permitted: reading a bucket needs s3:ListBucket and s3:GetObject, an archive also s3:PutObject and s3:DeleteObject",
    ),
    remedy("cannot sign in", "'tunnelql help storage' lists the ways to sign in"),
    remedy(
        "failed to lookup address",
        "there is no host of that name: check the storage account's name, its cloud's suffix and this machine's DNS",
    ),
    remedy("No such host is known", "check the storage account's name and this machine's DNS"),
    remedy(
        "certificate",
        "the host's certificate is not trusted: behind a proxy that opens connections name its certificate with \
         TUNNELQL_CA_FILE=FILE.pem",
    ),
    remedy(
        "URL scheme is not allowed",
        "the address is http; use https, or set AZURE_ALLOW_HTTP=true (AWS_ALLOW_HTTP for S3)",
    ),
    remedy("Connection refused", "nothing listens there: check host and port, and the proxy (HTTPS_PROXY)"),
    remedy("unsuccessful tunnel", "the proxy (HTTPS_PROXY) refused; check its address and its password"),
    remedy("tunnel error", "the proxy (HTTPS_PROXY) refused; check its address and its password"),
    remedy("timed out", "no answer: a firewall, a private endpoint or a proxy (HTTPS_PROXY) may be in the way"),
    remedy("403", "not permitted: reading needs the role 'Storage Blob Data Reader', an archive '... Contributor'"),
    remedy("401", WRONG_CREDENTIAL),
    remedy("404", "check the path"),
    remedy("NotFound", "check the path"),
];

const WRONG_SIGNATURE: &str = "the key or the signature is wrong: copied in part, renewed since, of another account, or changed by the shell (put a SAS \
     URL in quotes)";
const WRONG_CREDENTIAL: &str = "check the credentials: a wrong or renewed key, an expired or damaged shared access signature, or this machine's clock";

const WRONG_KEY: &str = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const WRONG_REGION: &str = "the bucket is in another region; set AWS_REGION to it";

/// What an error is in a line, without secrets, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What was met.
    pub cause: String,
    /// What to do.
    pub remedy: Option<&'static str>,
}

/// What an error comes down to: the layers above say where it was met.
pub fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    std::iter::successors(Some(error), |&e| e.source()).last().unwrap_or(error)
}

impl Trouble {
    /// Understands an error by its innermost cause: the layers above repeat the place.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        Self::of_text(&innermost(error).to_string())
    }

    /// Understands a text.
    pub fn of_text(text: &str) -> Self {
        let remedy = REMEDIES.iter().find(|r| text.contains(r.sign)).map(|r| r.remedy);
        let cause = service_error(text).unwrap_or_else(|| one_line(text));
        Self { cause: redact(&cause), remedy }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.cause)?;
        self.remedy.map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

/// Of a page of HTML, which proxies like to send, only the beginning.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ").trim_start_matches("Server returned non-2xx status code: ").to_owned();
    let short: String = line.chars().take(300).collect();
    if short.len() < line.len() { format!("{short}...") } else { short.trim_end_matches([':', ' ']).to_owned() }
}

/// Code and message of an answer of Azure's, which is a piece of XML.
fn service_error(text: &str) -> Option<String> {
    let element = |name: &str| {
        let (_, after) = text.split_once(&format!("<{name}>"))?;
        after.split_once(&format!("</{name}>")).map(|(inside, _)| inside.trim())
    };
    // From its second line on, the message has the request's number and time.
    let message = element("Message").and_then(|m| m.lines().next()).unwrap_or_default().trim_end_matches('.');
    // Times are worth showing; another detail is the text to sign, with the signature.
    let times = element("AuthenticationErrorDetail").filter(|d| d.contains("time frame") || d.contains("date header"));
    let parts = [Some(message), times.and_then(|t| t.lines().next())];
    let said: Vec<&str> = parts.into_iter().flatten().filter(|p| !p.is_empty()).collect();
    let code = element("Code")?;
    Some(if said.is_empty() { code.to_owned() } else { format!("{code}: {}", said.join(": ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn azure_s_answers_are_one_line() {
        let xml = "404: <?xml?>\n<Error>\n  <Code>ContainerNotFound</Code>\n  <Message>It is not there.\nRequestId:1\n</Message>";
        assert_eq!(service_error(xml).unwrap(), "ContainerNotFound: It is not there");
        for (text, expected) in [("<Code>X</Code>", Some("X")), ("<Code>X", None), ("Connection refused", None)] {
            assert_eq!(service_error(text).as_deref(), expected, "{text}");
        }
        let detailed = "<Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.</Message>\
                        <AuthenticationErrorDetail>The MAC signature found in the HTTP request 'S3CRET' is not the same as any \
                        computed signature. Server used following string to sign: 'GET</AuthenticationErrorDetail>";
        let trouble = Trouble::of_text(detailed);
        assert_eq!(trouble.cause, "AuthenticationFailed: Server failed to authenticate the request");
        assert_eq!(trouble.remedy, Some(WRONG_SIGNATURE));
    }

    #[test]
    fn special_signs_come_before_general_ones() {
        for (i, remedy) in REMEDIES.iter().enumerate() {
            let earlier = REMEDIES[..i].iter().find(|r| remedy.sign.contains(r.sign));
            assert!(earlier.is_none(), "'{}' is never reached", remedy.sign);
            assert!(!remedy.remedy.ends_with('.') && !remedy.remedy.contains("  "), "{}", remedy.sign);
        }
    }

    #[test]
    fn pages_of_proxies_are_cut() {
        let page = format!("Server returned non-2xx status code: 407 Proxy: <html>\n{}</html>", "x ".repeat(1000));
        let trouble = Trouble::of_text(&page);
        assert!(trouble.cause.starts_with("407 Proxy: <html> x") && trouble.cause.len() < 320, "{}", trouble.cause);
    }
}
