//! Each usual failure has its remedy: answers as Azure words them, and Azurite's own.

use super::{said, steps, with};
use crate::azurite::{ACCOUNT, Azurite, KEY};
use crate::http::{Answer, Server};
use crate::support::{finish, temp};

const KEY_VARIABLE: (&str, &str) = ("AZURE_STORAGE_ACCOUNT_KEY", "czNjcmV0LWtleQ==");

/// Status, code, message of an answer; what is said of it.
const CASES: &[(u16, &str, &str, &str)] = &[
    (
        403,
        "AuthorizationPermissionMismatch",
        "This request is not authorized to perform this operation using this permission.",
        "Storage Blob Data Reader",
    ),
    (
        403,
        "AuthorizationFailure",
        "This request is not authorized to perform this operation.",
        "firewall or private endpoint",
    ),
    (
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly.",
        "a wrong or renewed key",
    ),
    (
        403,
        "KeyBasedAuthenticationNotPermitted",
        "Key based authentication is not permitted on this storage account.",
        "az login",
    ),
    (404, "ContainerNotFound", "The specified container does not exist.", "insights-logs-gatewaydiagnosticlog"),
    (404, "ResourceNotFound", "The specified resource does not exist.", "the account or the path does not exist"),
    (
        409,
        "PublicAccessNotPermitted",
        "Public access is not permitted on this storage account.",
        "permits no anonymous access",
    ),
    (401, "NoAuthenticationInformation", "Server failed to authenticate the request.", "not public"),
    (401, "InvalidAuthenticationInfo", "Issuer validation failed. Issuer did not match.", "another tenant"),
    (403, "AuthorizationSourceIPMismatch", "This request is not authorized by source IP.", "other addresses"),
    (403, "AuthorizationResourceTypeMismatch", "This request is not authorized by resource type.", "kind of access"),
    (403, "AccountIsDisabled", "The specified account is disabled.", "disabled"),
];

#[test]
fn what_is_not_there_is_a_finding_with_what_is() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    azurite.upload(&container, "vpn/logs/a.json", b"{}\n");
    azurite.upload(&container, "vpn/logs/b.json", b"{}\n");
    let place = |path: &str| format!("az://{container}/{path}");
    let nearest = format!("the nearest folder is az://{container}/vpn/, which holds logs/; ");
    for (path, says) in [
        ("vpn/logz", nearest.as_str()),
        ("vpn/logz/y=2026/m=03", nearest.as_str()),
        ("vpn/logs/*.csv", "vpn/logs/, which holds a.json, b.json; "),
        ("other", "/, which holds vpn/; "),
    ] {
        let (steps, ok) = steps(&mut azurite.command(), &place(path), &[]);
        let list = said(&steps, "list");
        assert!(!ok && list.starts_with("failed: ") && list.contains(says), "{path}: {list}");
        assert!(said(&steps, "read").starts_with("skipped"), "{steps:?}");
    }
    for path in ["vpn/logs", "vpn", "", "vpn/*/a.json", "vpn/logs/a.json"] {
        let (steps, ok) = steps(&mut azurite.command(), &place(path), &[]);
        assert!(ok, "{path}: {steps:?}");
    }
    // A new archive begins with nothing.
    let (written, ok) = steps(&mut azurite.command(), &place("new/archive"), &["--write"]);
    assert!(ok && said(&written, "list").contains("nothing under this path yet"), "{written:?}");
    let empty = azurite.container();
    let (tested, ok) = steps(&mut azurite.command(), &format!("az://{empty}"), &[]);
    assert!(!ok && said(&tested, "list").contains("is there and empty"), "{tested:?}");
    // Of a container that is not there, the names of the others.
    let (tested, ok) = steps(&mut azurite.command(), "az://it-not-there/x", &[]);
    let list = said(&tested, "list");
    assert!(!ok && list.contains("-> the account has ") && list.contains("diagnostic settings write to"), "{list}");

    let folder = temp();
    std::fs::write(folder.path().join("x.json"), "{}\n").unwrap();
    let missing = folder.path().join("y/z");
    let (tested, ok) = steps(&mut with(&[]), missing.to_str().unwrap(), &[]);
    let list = said(&tested, "list");
    assert!(!ok && list.contains(&format!("{}/, which holds x.json", folder.path().display())), "{list}");
}

/// Who may list and read may still not look further.
#[test]
fn a_failure_to_look_at_the_contents_is_one() {
    let stored = std::collections::BTreeMap::from([(("logs".to_owned(), "a/b.json".to_owned()), b"{}\n".to_vec())]);
    for harmed in ["_delta_log", "delimiter"] {
        let stored = stored.clone();
        let server = Server::start(move |request| match request.target.contains(harmed) {
            true => Answer::azure(403, "AuthorizationPermissionMismatch", "This request is not authorized."),
            false => crate::http::blobs(&stored, request),
        });
        let (steps, ok) = steps(&mut with(&[KEY_VARIABLE]), &server.url("logs/a"), &[]);
        let contents = said(&steps, "contents");
        assert!(said(&steps, "list").starts_with("ok") && said(&steps, "read").starts_with("ok"), "{steps:?}");
        assert!(!ok && contents.starts_with("failed: AuthorizationPermissionMismatch"), "{contents}");
        assert!(contents.contains("Storage Blob Data Reader"), "{contents}");
    }
}

/// The code decides where the message is the same for several.
#[test]
fn each_failure_of_azure_has_its_remedy() {
    for (status, code, message, remedy) in CASES {
        let server = Server::start(move |_| Answer::azure(*status, code, message));
        let url = server.url("logs/a");
        let (steps, ok) = steps(&mut with(&[KEY_VARIABLE]), &url, &[]);
        assert!(!ok, "{code}");
        let list = said(&steps, "list");
        assert!(list.starts_with(&format!("failed: {code}: ")), "{list}");
        assert!(list.split(" -> ").nth(1).unwrap().contains(remedy), "{code}: {list}");
        assert!(said(&steps, "connection").starts_with("ok"), "{steps:?}");
        assert!(said(&steps, "sign-in").contains("account key, from $AZURE_STORAGE_ACCOUNT_KEY"), "{steps:?}");
        // Queries say the same, in a line. The first thing that is asked has an answer without a body.
        let out =
            finish(with(&[KEY_VARIABLE]).args(["query", "-c", "SELECT count(*) FROM tunnel_log", "--data", &url]));
        let text = out.fails(3);
        assert!(text.contains(code) && text.contains(remedy) && text.lines().count() == 1, "{code}: {text}");
    }
}

#[test]
fn times_in_azure_s_details_are_shown_and_strings_to_sign_are_not() {
    let detailed = |detail: &'static str| {
        Server::start(move |_| {
            let xml = format!(
                "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.\n\
                 Time:x</Message><AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
            );
            Answer::new(403, xml)
        })
    };
    let server = detailed("Signature not valid in the specified time frame: Start [a] - Expiry [b] - Current [c]");
    let list = said(&steps(&mut with(&[KEY_VARIABLE]), &server.url("logs"), &[]).0, "list");
    assert!(list.contains("Expiry [b]") && list.contains("has expired"), "{list}");
    let server = detailed(
        "The MAC signature found in the HTTP request 'S3CRET' is not the same as any computed signature. Server used following \
         string to sign: 'GET",
    );
    let list = said(&steps(&mut with(&[KEY_VARIABLE]), &server.url("logs"), &[]).0, "list");
    assert!(list.contains("the key or the signature is wrong") && !list.contains("S3CRET"), "{list}");
    let server = detailed("Request date header too old: 'Tue, 10 Mar 2026 00:00:00 GMT'");
    let list = said(&steps(&mut with(&[KEY_VARIABLE]), &server.url("logs"), &[]).0, "list");
    assert!(list.contains("clock is wrong"), "{list}");
}

#[test]
fn a_clock_that_is_wrong_is_seen_from_any_answer() {
    let clock = |hours: i64| {
        let server = Server::start(move |_| {
            let date = chrono::Utc::now() + chrono::TimeDelta::hours(hours);
            let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            Answer::azure(403, "AuthenticationFailed", "Server failed").with("Date", date)
        });
        said(&steps(&mut with(&[KEY_VARIABLE]), &server.url("logs"), &[]).0, "clock")
    };
    let behind = clock(1);
    assert!(behind.starts_with("failed: this machine is ") && behind.contains("behind the service"), "{behind}");
    assert!(clock(-1).contains("ahead of the service"));
    assert!(clock(0).starts_with("ok"));
}

#[test]
fn hosts_that_do_not_answer() {
    let (unknown, ok) = steps(&mut with(&[KEY_VARIABLE]), "https://acct.blob.core.invalid/logs", &[]);
    let connection = said(&unknown, "connection");
    assert!(!ok && connection.starts_with("failed: acct.blob.core.invalid port 443"), "{connection}");
    assert!(connection.contains("storage account's name"), "{connection}");
    // A port that nobody listens at any more.
    let address = Server::start(|_| Answer::default()).address.clone();
    let (refused, _) = steps(&mut with(&[KEY_VARIABLE]), &format!("http://{address}/acct/logs"), &[]);
    let connection = said(&refused, "connection");
    assert!(connection.contains("Connection refused") && connection.contains("nothing listens there"), "{connection}");
    // Nothing further is tried.
    assert_eq!(refused.last().unwrap()["step"], "connection");
    let (wrong, _) = steps(&mut with(&[]), "https://example.org/logs", &[]);
    assert!(said(&wrong, "url").contains("is no storage account's host"), "{wrong:?}");
}

#[test]
fn azurite_s_failures() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    azurite.upload(&container, "a/b.json", b"{}\n");
    let url = |query: &str| format!("{}/{container}/a?{query}", azurite.account_url());
    let test = |place: &str, variables: &[(&str, &str)]| steps(&mut with(variables), place, &[]);

    let (wrong, _) = test(&url(""), &[KEY_VARIABLE, ("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)]);
    assert!(said(&wrong, "list").contains("check the credentials"), "{wrong:?}");
    let (expired, _) = test(&url(&Azurite::sas(&container, "rl", -1)), &[]);
    let signed = said(&expired, "sign-in");
    assert!(signed.starts_with("failed: shared access signature, from the URL: permits rl, for c"), "{signed}");
    assert!(signed.contains("it expired at") && signed.contains("make a new one"), "{signed}");
    assert!(said(&expired, "list").starts_with("failed: Auth"), "{expired:?}");
    let (no_list, _) = test(&url(&Azurite::sas(&container, "r", 1)), &[]);
    assert!(said(&no_list, "sign-in").contains("does not permit listing"), "{no_list:?}");
    assert!(said(&no_list, "list").contains("Read and List"), "{no_list:?}");
    let missing = format!("{}/not-there/a?{}", azurite.account_url(), Azurite::sas("not-there", "rl", 1));
    let (missing, _) = test(&missing, &[]);
    assert!(said(&missing, "list").contains("insights-logs-gatewaydiagnosticlog"), "{missing:?}");

    // A signature that suffices for reading does not suffice for an archive.
    let read_only = url(&Azurite::sas(&container, "rl", 1));
    let (good, ok) = test(&read_only, &[]);
    assert!(ok, "{good:?}");
    assert!(said(&good, "list").contains("a/b.json") && said(&good, "read").starts_with("ok: 1 byte"), "{good:?}");
    let (refused, ok) = steps(&mut with(&[]), &read_only, &["--write"]);
    assert!(!ok && said(&refused, "write").contains("Storage Blob Data Contributor"), "{refused:?}");
    // And with what is needed, an archive's promises hold.
    let (written, ok) = steps(&mut with(&[]), &url(&Azurite::sas(&container, "rlcwd", 1)), &["--write"]);
    assert!(ok && said(&written, "write").contains("refused to write it twice"), "{written:?}");
    assert_eq!(azurite.download(&container).len(), 1, "the written blob is gone");
    let with_key = &mut azurite.command_with_key(KEY);
    let (_, ok) = steps(with_key, &format!("az://{container}"), &["--write"]);
    assert!(ok);
}

#[test]
fn steps_for_people_are_a_line_each() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    azurite.upload(&container, "insights-logs-ikediagnosticlog/x", b"{}\n");
    let out = finish(azurite.command().args(["storage", "test", &format!("az://{container}")])).ok();
    let words: Vec<Vec<&str>> = out.lines().map(|l| l.split_whitespace().take(2).collect()).collect();
    let expected = [
        ["ok", "url"],
        ["ok", "sign-in"],
        ["ok", "connection"],
        ["ok", "clock"],
        ["ok", "list"],
        ["ok", "read"],
        ["skipped", "write"],
        ["ok", "contents"],
    ];
    assert_eq!(words, expected, "{out}");
    assert!(out.contains("exported logs: IKEDiagnosticLog"), "{out}");
    // A folder is storage, too.
    let folder = temp();
    let out = finish(crate::support::command().args(["storage", "test", "--write"]).arg(folder.path())).ok();
    assert!(out.contains("ok       write"), "{out}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
