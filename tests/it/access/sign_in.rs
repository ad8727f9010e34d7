//! The ways to sign in, each against a server that takes nothing else.

use std::collections::BTreeMap;
use std::path::Path;

use super::{said, steps, with};
use crate::azurite::{Azurite, KEY};
use crate::http::{Answer, Request, Server, blobs};
use crate::support::{arg, command, finish, sample, temp};

const COUNT: &str = "SELECT count(*) AS n FROM tunnel_log";
const TOKEN: &str = "t0ken-S3CRET";

/// A container `logs` with one file of tunnels, for whoever has the token.
fn guarded() -> Server {
    let file = crate::azurite::files(&sample("blobs/insights-logs-tunneldiagnosticlog")).remove(0);
    let stored = BTreeMap::from([(("logs".to_owned(), "PT1H.json".to_owned()), std::fs::read(file).unwrap())]);
    Server::start(move |request| match request.header("authorization") == format!("Bearer {TOKEN}") {
        true => blobs(&stored, request),
        false => Answer::azure(401, "NoAuthenticationInformation", "Server failed to authenticate the request."),
    })
}

/// Gives the token to whoever fits.
fn tokens(fits: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Server {
    Server::start(move |request| match fits(request) {
        true => {
            let expires = chrono::Utc::now().timestamp() + 3600;
            let json = serde_json::json!({
                "access_token": TOKEN, "expires_in": 3600, "expires_on": expires.to_string(), "token_type": "Bearer"
            });
            Answer::new(200, json.to_string())
        }
        false => Answer::new(
            401,
            "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided.\\r\\nTrace ID: 1\"}",
        ),
    })
}

#[track_caller]
fn counts(variables: &[(&str, &str)], url: &str) {
    let out = finish(with(variables).args(["query", "--format", "csv", "-c", COUNT, "--data", url])).ok();
    assert!(out.lines().nth(1).unwrap().parse::<u64>().unwrap() > 0, "{out}");
}

#[test]
fn service_principals_and_managed_identities() {
    let storage = guarded();
    let url = storage.url("logs");
    counts(&[("AZURE_STORAGE_TOKEN", TOKEN)], &url);

    let entra = tokens(|r| r.path() == "/tenant/oauth2/v2.0/token" && r.body.contains("client_secret=right"));
    let authority = format!("http://{}", entra.address);
    let principal = |secret: &'static str| {
        [("AZURE_CLIENT_ID", "client"), ("AZURE_TENANT_ID", "tenant"), ("AZURE_CLIENT_SECRET", secret)]
    };
    let with_authority = |secret| {
        let mut all = principal(secret).to_vec();
        all.push(("AZURE_AUTHORITY_HOST", &authority));
        all
    };
    counts(&with_authority("right"), &url);
    let (refused, _) = steps(&mut with(&with_authority("wr0ng-S3CRET")), &url, &[]);
    let text = said(&refused, "sign-in");
    assert!(text.contains("AADSTS7000215: Invalid client secret provided") && !text.contains("S3CRET"), "{text}");
    assert_eq!(refused.last().unwrap()["step"], "sign-in");

    let dir = temp();
    let file = arg(dir.path().join("token"));
    std::fs::write(&file, "federated").unwrap();
    let entra = tokens(|r| r.body.contains("client_assertion=federated"));
    let authority = format!("http://{}", entra.address);
    let workload = [
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_FEDERATED_TOKEN_FILE", file.as_str()),
        ("AZURE_AUTHORITY_HOST", authority.as_str()),
    ];
    counts(&workload, &url);

    let machine = tokens(|r| r.header("metadata") == "true" && r.target.contains("resource=https"));
    let endpoint = format!("http://{}/metadata/identity/oauth2/token", machine.address);
    counts(&[("IDENTITY_ENDPOINT", &endpoint)], &url);
    let (signed, ok) = steps(&mut with(&[("AZURE_MSI_ENDPOINT", &endpoint)]), &url, &[]);
    assert!(ok && said(&signed, "sign-in").contains("managed identity, from $AZURE_MSI_ENDPOINT"), "{signed:?}");
    assert_eq!(machine.requests().len(), 2);
}

#[test]
fn places_of_one_account_sign_in_once() {
    let file = crate::azurite::files(&sample("blobs/insights-logs-tunneldiagnosticlog")).remove(0);
    let bytes = std::fs::read(file).unwrap();
    let names = ["logs-1", "logs-2", "logs-3", "logs-4", "logs-5"];
    let stored: BTreeMap<_, _> =
        names.iter().map(|name| (((*name).to_owned(), "PT1H.json".to_owned()), bytes.clone())).collect();
    let storage = Server::start(move |request| match request.header("authorization") == format!("Bearer {TOKEN}") {
        true => blobs(&stored, request),
        false => Answer::azure(401, "NoAuthenticationInformation", "Server failed to authenticate the request."),
    });
    let entra = tokens(|r| r.body.contains("client_secret=right"));
    let authority = format!("http://{}", entra.address);
    let variables = [
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_CLIENT_SECRET", "right"),
        ("AZURE_AUTHORITY_HOST", &authority),
    ];
    let places = names.map(|name| storage.url(name));
    let mut query = with(&variables);
    query.args(["query", "--format", "csv", "-c", COUNT]);
    places.iter().for_each(|place| _ = query.args(["--data", place]));
    finish(&mut query).ok();
    assert_eq!(entra.requests().len(), 1, "{:?}", entra.requests());
    let folder = temp();
    let mut import = with(&variables);
    finish(import.args(["import", "--archive"]).arg(folder.path().join("a")).args(&places)).ok();
    assert_eq!(entra.requests().len(), 2, "one more process");
}

/// An `az` that says this and ends so.
#[cfg(unix)]
fn fake_az(folder: &Path, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("az");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

#[cfg(unix)]
#[test]
fn whoever_is_signed_in_to_the_azure_cli() {
    let storage = guarded();
    let url = storage.url("logs");
    let dir = temp();
    let log = dir.path().join("calls");
    // Local time, as the CLI writes it.
    let expires = (chrono::Local::now() + chrono::TimeDelta::hours(1)).format("%Y-%m-%d %H:%M:%S.000000");
    let answer = format!(
        "echo \"$@\" >> {}; echo '{{\"accessToken\":\"{TOKEN}\",\"expiresOn\":\"{expires}\",\"tokenType\":\"Bearer\"}}'",
        log.display()
    );
    let path = fake_az(dir.path(), &answer);
    counts(&[("PATH", &path)], &url);
    let calls = std::fs::read_to_string(&log).unwrap();
    assert!(calls.contains("account get-access-token") && calls.lines().count() == 1, "{calls}");
    let (signed, ok) = steps(&mut with(&[("PATH", &path)]), &url, &[]);
    let text = said(&signed, "sign-in");
    assert!(ok && text.contains("Azure CLI (az login), from nothing else is configured"), "{text}");

    let path = fake_az(dir.path(), "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    let text = said(&steps(&mut with(&[("PATH", &path)]), &url, &[]).0, "sign-in");
    assert!(text.contains("run 'az login'"), "{text}");
    let out = finish(with(&[("PATH", &path)]).args(["query", "-c", COUNT, "--data", &url]));
    let text = out.fails(3);
    assert!(text.contains("cannot sign in with Azure CLI") && text.contains("run 'az login'"), "{text}");
    let nowhere = arg(dir.path().join("nowhere"));
    let none = [("PATH", nowhere.as_str()), ("AZURE_USE_AZURE_CLI", "true")];
    let text = said(&steps(&mut with(&none), &url, &[]).0, "sign-in");
    assert!(text.contains("no 'az' in PATH"), "{text}");
}

#[test]
fn connection_strings_against_azurite() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    azurite.upload_folder(&container, "", &sample("blobs/insights-logs-tunneldiagnosticlog"));
    let (blob, sas) = (azurite.account_url(), Azurite::sas(&container, "rl", 1));
    let account = crate::azurite::ACCOUNT;
    let key = format!("AccountName={account};AccountKey={KEY};BlobEndpoint={blob};");
    let lower = format!("defaultendpointsprotocol=http;accountname={account};accountkey={KEY};blobendpoint={blob}/");
    let signed = format!("BlobEndpoint={blob};SharedAccessSignature={sas}");
    for string in [key, lower, signed] {
        let variables = [("AZURE_STORAGE_CONNECTION_STRING", string.as_str())];
        for place in [format!("az://{container}"), format!("{blob}/{container}")] {
            counts(&variables, &place);
        }
    }
    for (variables, says) in [
        ([("AZURE_STORAGE_CONNECTION_STRING", "AccountName=x;S3CRET")], "its part 2 has no '='"),
        ([("AZURE_STORAGE_CONNECTION_STRING", "AccountName=acct;AccountKey=S3CRET!")], "it is not Base64"),
    ] {
        let out = finish(with(&variables).args(["query", "-c", COUNT, "--data", "az://logs/a"]));
        let text = out.fails(3);
        assert!(text.contains(says) && !text.contains("S3CRET"), "{text}");
    }
    let text = finish(command().args(["query", "-c", COUNT, "--data", "AccountName=a;AccountKey=S3CRET"])).fails(3);
    assert!(text.contains("AZURE_STORAGE_CONNECTION_STRING") && !text.contains("S3CRET"), "{text}");
}

#[test]
fn a_signature_in_the_url_comes_before_the_environment() {
    let Some(azurite) = Azurite::find() else { return };
    let container = azurite.container();
    azurite.upload_folder(&container, "", &sample("blobs/insights-logs-tunneldiagnosticlog"));
    let url = format!("{}/{container}?{}", azurite.account_url(), Azurite::sas(&container, "rl", 1));
    counts(&[("AZURE_STORAGE_ACCOUNT_KEY", "AAAA")], &url);
    let token = Azurite::sas(&container, "rl", 1);
    counts(&[("AZURE_STORAGE_SAS_TOKEN", &token)], &format!("{}/{container}", azurite.account_url()));
    let unquoted = url.split("&sp=").next().unwrap();
    let text = finish(command().args(["query", "-c", COUNT, "--data", unquoted])).fails(3);
    assert!(text.contains("put the URL in quotes"), "{text}");
}

#[test]
fn other_clouds_are_named() {
    // Of Google's only this wiring is tested: no server of its kind can be installed here.
    let mut google = command();
    google.env("GOOGLE_SERVICE_ACCOUNT_KEY", "{}");
    let text = finish(google.args(["query", "-c", COUNT, "--data", "gs://bucket/a"])).fails(3);
    assert!(text.contains("gs://bucket/a") && text.contains("private_key"), "{text}");
    let text = finish(command().args(["query", "-c", COUNT, "--data", "nonsense://x/y?sig=S3CRET"])).fails(3);
    assert!(text.contains("is no scheme of storage") && !text.contains("S3CRET"), "{text}");
}

/// The commands that the README gives a new user, with an account of the test's in place of ACCOUNT.
#[cfg(unix)]
#[test]
fn the_readme_s_first_commands_answer() {
    let mut stored = BTreeMap::new();
    for category in ["tunnel", "ike"] {
        let container = format!("insights-logs-{category}diagnosticlog");
        let folder = sample("blobs").join(&container);
        for file in crate::azurite::files(&folder) {
            let name = file.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            stored.insert((container.clone(), name), std::fs::read(&file).unwrap());
        }
    }
    let server = Server::start(move |request| {
        let signed = request.parameter("sig").as_deref() == Some("x");
        match signed || request.header("authorization") == format!("Bearer {TOKEN}") {
            true => blobs(&stored, request),
            false => Answer::azure(401, "NoAuthenticationInformation", "Server failed to authenticate the request."),
        }
    });
    let dir = temp();
    let expires = (chrono::Local::now() + chrono::TimeDelta::hours(1)).format("%Y-%m-%d %H:%M:%S.000000");
    let token = format!("{{\"accessToken\":\"{TOKEN}\",\"expiresOn\":\"{expires}\",\"tokenType\":\"Bearer\"}}");
    let path = fake_az(dir.path(), &format!("echo '{token}'"));
    let readme = std::fs::read_to_string(crate::support::root().join("README.md")).unwrap();
    let account = "https://ACCOUNT.blob.core.windows.net";
    let lines: Vec<&str> =
        readme.lines().filter(|l| l.starts_with("tunnelql query --data") && l.contains(account)).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        let line = line.replace(account, &format!("http://{}/acct", server.address)).replace("?SAS", "?sp=rl&sig=x");
        let line = line.replacen("tunnelql", env!("CARGO_BIN_EXE_tunnelql"), 1);
        let mut command = command();
        let variables: Vec<_> = command.get_envs().map(|(k, v)| (k.to_owned(), v.map(|v| v.to_owned()))).collect();
        command = std::process::Command::new("sh");
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // A SAS needs no az.
        if !line.contains("sig=") {
            command.env("PATH", &path);
        }
        let out = finish(command.args(["-c", &format!("{line} --format csv --now 2026-03-14")])).ok();
        assert!(out.lines().count() > 5, "{line}: {out}");
    }
}
