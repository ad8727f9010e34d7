//! A whole account as one export: the containers that are there, and none that is not.

use std::collections::BTreeMap;

use super::{said, steps, with};
use crate::http::{Answer, Server, blobs};
use crate::support::{finish, rows, sample};

const KEY: (&str, &str) = ("AZURE_STORAGE_ACCOUNT_KEY", "czNjcmV0LWtleQ==");
const COUNTS: &str = "SELECT (SELECT count(*) FROM tunnel_log) AS t, (SELECT count(*) FROM ike_log) AS i, \
                      (SELECT count(*) FROM p2s_log) AS p";

type Stored = BTreeMap<(String, String), Vec<u8>>;

/// The sample's containers of these categories.
fn stored(categories: &[&str]) -> Stored {
    let mut stored = Stored::new();
    for category in categories {
        let container = format!("insights-logs-{category}diagnosticlog");
        let folder = sample("blobs").join(&container);
        for file in crate::azurite::files(&folder) {
            let name = file.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            stored.insert((container.clone(), name), std::fs::read(&file).unwrap());
        }
    }
    stored
}

fn serve(stored: Stored) -> Server {
    Server::start(move |request| blobs(&stored, request))
}

#[test]
fn containers_that_are_missing_are_empty() {
    let server = serve(stored(&["tunnel", "ike"]));
    let query = |place: &str, more: &[&str]| {
        let mut command = with(&[KEY]);
        command.args(["query", "--format", "ndjson", "-c", COUNTS, "--data", place]).args(more);
        finish(&mut command).ok()
    };
    let local =
        |table: &str| rows(&[&sample("blobs")], &format!("SELECT count(*) AS n FROM {table}"), &[])[0]["n"].clone();
    let expected = format!("{{\"t\":{},\"i\":{},\"p\":0}}\n", local("tunnel_log"), local("ike_log"));
    let account = format!("http://{}/acct/", server.address);
    assert_eq!(query(&account, &[]), expected);
    assert_eq!(query(account.trim_end_matches('/'), &[]), expected);
    assert_eq!(query(&format!("{account}insights-logs-*/**/PT1H.json"), &[]), expected);
    // The name of the configured account means the same.
    let mut named = with(&[KEY, ("AZURE_STORAGE_ACCOUNT_NAME", "acct"), ("AZURE_STORAGE_ENDPOINT", &account)]);
    named.args(["query", "--format", "ndjson", "-c", COUNTS, "--data", "az://acct/"]);
    assert_eq!(finish(&mut named).ok(), expected);
    // A table's own container is all that is listed for it.
    let before = server.requests().len();
    let mut one = with(&[KEY]);
    finish(one.args(["query", "-c", "SELECT count(*) FROM ike_log", "--data", &account])).ok();
    let asked = &server.requests()[before..];
    assert!(!asked.is_empty() && asked.iter().all(|r| r.path().contains("ikediagnosticlog")), "{asked:?}");

    let (tested, ok) = steps(&mut with(&[KEY]), &account, &[]);
    let contents = said(&tested, "contents");
    assert!(ok && contents.contains("exported logs: IKEDiagnosticLog, TunnelDiagnosticLog"), "{tested:?}");
}

#[test]
fn an_import_takes_the_account_and_cannot_write_to_it() {
    let server = serve(stored(&["tunnel"]));
    let account = format!("http://{}/acct", server.address);
    let dir = crate::support::temp();
    let archive = dir.path().join("a");
    let mut import = with(&[KEY]);
    import.args(["import", "--summary", "json", &account, "--archive"]).arg(&archive);
    let summary = finish(&mut import).json();
    let expected = rows(&[&sample("blobs")], "SELECT count(*) AS n FROM tunnel_log", &[]);
    assert_eq!(summary["rows"], expected[0]["n"], "{summary}");
    let source = rows(&[&archive], "SELECT min(source) AS s FROM tunnel_log", &[]).remove(0);
    assert!(
        source["s"].as_str().unwrap().starts_with(&format!("{account}/insights-logs-tunneldiagnosticlog/")),
        "{source}"
    );
    let mut import = with(&[KEY]);
    import.args(["import", "--archive", &account]).arg(sample("blobs"));
    let text = finish(&mut import).fails(3);
    assert!(text.contains("name a container to write to"), "{text}");
}

#[test]
fn an_account_without_any_and_one_that_is_closed() {
    let empty = serve(Stored::new());
    let query = |server: &Server, sql: &str| {
        let place = format!("http://{}/acct/", server.address);
        finish(with(&[KEY]).args(["query", "-c", sql, "--data", &place])).fails(3)
    };
    for sql in ["SELECT count(*) FROM ike_log", "SELECT count(*) FROM AzureDiagnostics"] {
        let text = query(&empty, sql);
        for name in ["gateway", "tunnel", "route", "ike", "p2s"] {
            assert!(text.contains(&format!("insights-logs-{name}diagnosticlog")), "{text}");
        }
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    let stored = stored(&["tunnel"]);
    let closed = Server::start(move |request| match request.path().contains("ikediagnosticlog") {
        true => Answer::azure(403, "AuthorizationPermissionMismatch", "This request is not authorized."),
        false => blobs(&stored, request),
    });
    let text = query(&closed, "SELECT count(*) FROM ike_log");
    assert!(text.contains("AuthorizationPermissionMismatch") && text.contains("Storage Blob Data Reader"), "{text}");
}
