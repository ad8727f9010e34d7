//! No secret in any output, whatever is done with it and whatever goes wrong. Each is one that would be found again.

use std::process::Command;

use super::with;
use crate::azurite::{ACCOUNT, Azurite, KEY};
use crate::http::{Answer, Server};
use crate::support::{Output, arg, command, finish, sample, temp};

const SQL: &str = "SELECT count(*) AS n FROM tunnel_log";

/// Asserts that none of the secrets stands in what a process said, in any spelling.
#[track_caller]
fn assert_hidden(out: &Output, secrets: &[&str], what: &str) {
    for secret in secrets {
        for text in [&out.stdout, &out.stderr] {
            assert!(!text.contains(secret), "{what} shows {secret}: {text}");
        }
    }
}

/// Every command that takes a place, over one.
fn commands(place: &str) -> Vec<Vec<String>> {
    let source = arg(sample("blobs/insights-logs-tunneldiagnosticlog"));
    let all: &[&[&str]] = &[
        &["import", "--archive", place, &source],
        &["import", "--archive", place, place],
        &["query", "--stats", "--data", place, "-c", SQL],
        &["query", "--explain", "--data", place, "-c", SQL],
        &["query", "--data", place, "-c", "EXPLAIN ANALYZE SELECT * FROM tunnel_log"],
        &[
            "query",
            "--data",
            place,
            "-c",
            "SELECT * FROM system.imports; SELECT * FROM system.files; SELECT no FROM tunnel_log",
        ],
        &["query", "--data", place, "-c", ".status"],
        &["query", "-c", &format!(".open {place}"), "-c", ".tables"],
        &["query", "-c", &format!("SELECT '{place}' +"), "--data", &source],
        &["repl", "--data", place],
        &["status", "--data", place],
        &["verify", "--data", place],
        &["verify", "--json", "--data", place],
        &["compact", "--data", place],
        &["storage", "test", "--write", place],
        &["storage", "test", "--format", "json", place],
        &["query", "--data", place, "--nonsense", place],
        &[place],
        &["import", place],
    ];
    all.iter().map(|args| args.iter().map(|a| (*a).to_owned()).collect()).collect()
}

#[track_caller]
fn assert_all_hidden(prepare: impl Fn() -> Command, place: &str, secrets: &[&str]) -> Vec<i32> {
    let home = temp();
    let run = |args: Vec<String>| {
        let mut command = prepare();
        command.env("HOME", home.path()).env("XDG_STATE_HOME", home.path()).current_dir(home.path()).args(&args);
        let out = finish(&mut command);
        assert!(!out.stderr.contains("panicked"), "{args:?}: {}", out.stderr);
        assert_hidden(&out, secrets, &args.join(" "));
        out.code
    };
    let codes = commands(place).into_iter().map(run).collect();
    let mut config = prepare();
    config.env("TUNNELQL_DATA", place).args(["config", "show", "--format", "csv"]);
    assert_hidden(&finish(&mut config), secrets, "config show");
    for file in crate::azurite::files(home.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(secrets.iter().all(|s| !text.contains(s)), "{} holds a secret: {text}", file.display());
    }
    codes
}

/// Asserts that an archive in a container holds none of the secrets: in names, in its log, in its rows.
#[track_caller]
fn assert_archive_is_clean(azurite: &Azurite, container: &str, path: &str, secrets: &[&str]) {
    let blobs = azurite.download(container);
    assert!(blobs.iter().any(|(name, _)| name.contains("_delta_log/")), "{container}");
    for (name, bytes) in &blobs {
        let text = String::from_utf8_lossy(bytes);
        assert!(secrets.iter().all(|s| !name.contains(s) && !text.contains(s)), "{name} holds a secret");
    }
    let mut everything = azurite.command();
    everything.args(["query", "--format", "ndjson", "--data", &format!("az://{container}{path}")]);
    everything
        .args(["-c", "SELECT * FROM system.imports; SELECT source FROM tunnel_log; SELECT * FROM system.rejects"]);
    let out = finish(&mut everything);
    assert_hidden(&out, secrets, "the archive's rows");
    assert!(out.ok().contains("PT1H.json"));
}

#[test]
fn of_an_account_key_and_a_connection_string() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    let place = format!("az://{container}/a");
    let codes = assert_all_hidden(|| azurite.command_with_key(KEY), &place, &[KEY]);
    assert!(codes.iter().filter(|c| **c == 0).count() >= 11, "{codes:?}");
    assert_archive_is_clean(&azurite, &container, "/a", &[KEY]);
    let string = format!("AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={}", azurite.account_url());
    let variables = [("AZURE_STORAGE_CONNECTION_STRING", string.as_str())];
    assert_all_hidden(|| with(&variables), &place, &[KEY]);
    // A string that is a place by mistake.
    assert_all_hidden(command, &string, &[KEY]);
}

#[test]
fn of_a_signature_in_the_url() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    let query = Azurite::sas(&container, "rlcwd", 1);
    let encoded = query.rsplit_once("sig=").unwrap().1.to_owned();
    let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap().into_owned();
    let secrets = [encoded.as_str(), decoded.as_str()];
    let place = format!("{}/{container}/a?{query}", azurite.account_url());
    let codes = assert_all_hidden(command, &place, &secrets);
    assert!(codes.iter().filter(|c| **c == 0).count() >= 11, "{codes:?}");
    // From a URL with a signature into a folder: its files as well.
    let dir = temp();
    azurite.upload_folder(&container, "raw/", &sample("blobs/insights-logs-tunneldiagnosticlog"));
    let source = format!("{}/{container}/raw?{query}", azurite.account_url());
    finish(command().args(["import", &source, "--archive", &arg(dir.path())])).ok();
    for file in crate::azurite::files(dir.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(secrets.iter().all(|s| !text.contains(s)), "{}", file.display());
    }
    let mut rows = command();
    rows.args(["query", "--format", "ndjson", "-c", "SELECT source FROM system.imports", "--data", &arg(dir.path())]);
    let out = finish(&mut rows);
    assert_hidden(&out, &secrets, "the ledger");
    assert!(out.ok().contains("/raw/"));
    assert_archive_is_clean(&azurite, &container, "/a", &secrets);
    // Without its scheme it looks like a path.
    assert_all_hidden(command, place.trim_start_matches("http://"), &secrets);
}

#[test]
fn of_whatever_goes_wrong() {
    const SECRET: &str = "S3CRET";
    let sas = format!("sv=2021-12-02&sp=rl&se=2099-01-01&sr=c&sig={SECRET}%3D");
    // Servers that repeat what they were given, as gateways do.
    let echo = Server::start(|request| {
        let whole = format!("<html>no: {} {}</html>", request.target, request.header("authorization"));
        Answer::new(403, whole)
    });
    let broken = Server::start(|request| Answer::new(200, format!("<not xml {}", request.target)));
    let key = ("AZURE_STORAGE_ACCOUNT_KEY", "UzNDUkVUUzNDUkVU");
    let secrets = [SECRET, "S3CR", key.1];
    let with_key = || with(&[key]);
    for place in [
        format!("http://{}/acct/logs/a?{sas}", echo.address),
        format!("http://{}/acct/logs/a?{sas}", broken.address),
        format!("https://acct.blob.core.invalid/logs/a?{sas}"),
        format!("https://example.org:9999999/logs?{sas}"),
        format!("https://user:{SECRET}@acct.blob.core.windows.net/logs"),
        format!("az://user:{SECRET}@logs/a"),
        format!("abfss://logs:{SECRET}@acct.dfs.core.windows.net/a"),
        format!("https://user:S3CR?ET@acct.blob.core.windows.net/logs"),
        format!("https://user:S3CR/ET@acct.blob.core.windows.net/logs"),
    ] {
        let codes = assert_all_hidden(with_key, &place, &secrets);
        assert!(codes.iter().all(|c| *c != 0), "{place}: {codes:?}");
    }
    // A token that is refused, and a secret that gets none.
    let token = [("AZURE_STORAGE_TOKEN", SECRET)];
    assert_all_hidden(|| with(&token), &echo.url("logs/a"), &secrets);
    let authority = format!("http://{}", echo.address);
    let principal = [
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_CLIENT_SECRET", SECRET),
        ("AZURE_AUTHORITY_HOST", authority.as_str()),
    ];
    assert_all_hidden(|| with(&principal), &echo.url("logs/a"), &secrets);
}
