//! Proxies and certificates of one's own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{said, steps, with};
use crate::azurite::{ACCOUNT, ARGUMENTS, KEY};
use crate::http::{Server, blobs};
use crate::service::Service;
use crate::support::{arg, finish, sample, temp};

const COUNT: &str = "SELECT count(*) AS n FROM tunnel_log";

#[test]
fn plain_http_goes_through_the_proxy() {
    let file = crate::azurite::files(&sample("blobs/insights-logs-tunneldiagnosticlog")).remove(0);
    let stored = BTreeMap::from([(("logs".to_owned(), "PT1H.json".to_owned()), std::fs::read(file).unwrap())]);
    // A proxy is asked for the whole URL; this one answers itself.
    let proxy = Server::start(move |request| {
        let mut request = request.clone();
        request.target = request.target.replace("http://storage.test.invalid/", "/");
        blobs(&stored, &request)
    });
    let address = format!("http://user:S3CRET@{}", proxy.address);
    let url = "http://storage.test.invalid/logs";
    let mut variables = vec![
        ("AZURE_STORAGE_ACCOUNT_NAME", "acct"),
        ("AZURE_STORAGE_ENDPOINT", "http://storage.test.invalid/acct"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "czNjcmV0LWtleQ=="),
        ("AZURE_ALLOW_HTTP", "true"),
    ];
    for name in ["HTTP_PROXY", "ALL_PROXY", "AZURE_PROXY_URL"] {
        let before = proxy.requests().len();
        let mut command = with(&variables);
        let url = url.replace("/logs", "/acct/logs");
        let out =
            finish(command.env(name, &address).args(["query", "--format", "csv", "-c", COUNT, "--data", &url])).ok();
        assert!(out.lines().nth(1).unwrap().parse::<u64>().unwrap() > 0, "{out}");
        let asked = &proxy.requests()[before..];
        assert!(asked.iter().all(|r| r.target.starts_with("http://storage.test.invalid/acct/logs")), "{asked:?}");
        assert!(asked.iter().all(|r| r.header("proxy-authorization").starts_with("Basic ")), "{asked:?}");
        let (tested, ok) = steps(with(&variables).env(name, &address), &url, &[]);
        let connection = said(&tested, "connection");
        assert!(ok && connection.starts_with(&format!("skipped: through the proxy of ${name}")), "{tested:?}");
        assert!(!format!("{tested:?}").contains("S3CRET"));
    }
    // Without leave, nothing is sent in the open.
    variables.pop();
    let text = finish(with(&variables).args(["query", "-c", COUNT, "--data", "az://logs/a"])).fails(3);
    assert!(text.contains("is not encrypted"), "{text}");
}

/// Makes an authority and a certificate for 127.0.0.1 signed by it; false where there is no openssl.
fn certificates(folder: &Path) -> bool {
    let openssl = |args: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|s| s.success())
    };
    std::fs::write(folder.join("extensions"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    let new = ["-newkey", "rsa:2048", "-nodes"];
    openssl(
        &[
            &["req", "-x509", "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem"],
            &new[..],
        ]
        .concat(),
    ) && openssl(&[&["req", "-subj", "/CN=127.0.0.1", "-keyout", "host.key", "-out", "host.csr"], &new[..]].concat())
        && openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            "host.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "extensions",
            "-out",
            "host.pem",
        ])
}

/// A proxy that opens tunnels; counts them.
fn tunnels() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || tunnel(client, &counted));
        }
    });
    (address, count)
}

fn tunnel(mut client: TcpStream, counted: &AtomicU32) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let target = first.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    let mut server = TcpStream::connect(target).ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    counted.fetch_add(1, Ordering::Relaxed);
    let (mut from_server, mut to_client) = (server.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
    std::io::copy(&mut client, &mut server).ok()?;
    Some(())
}

#[test]
fn a_private_authority_is_trusted_when_it_is_named() {
    let Some(program) = crate::azurite::program() else {
        eprintln!("SKIPPED: no azurite-blob to start with a certificate");
        return;
    };
    let dir = temp();
    if !certificates(dir.path()) {
        eprintln!("SKIPPED: no openssl to make certificates with");
        return;
    }
    let file = |name: &str| arg(dir.path().join(name));
    let (certificate, key) = (file("host.pem"), file("host.key"));
    let args = [&ARGUMENTS[..], &["--cert", &certificate, "--key", &key]].concat();
    let azurite = Service::start(&program, &args);
    let url = format!("https://{}/{ACCOUNT}/logs", azurite.host());
    let key = ("AZURE_STORAGE_ACCOUNT_KEY", KEY);
    let refused = said(&steps(&mut with(&[key]), &url, &[]).0, "list");
    assert!(refused.contains("TUNNELQL_CA_FILE"), "{refused}");
    let before = Instant::now();
    let text = finish(with(&[key]).args(["query", "-c", COUNT, "--data", &url])).fails(3);
    assert!(text.contains("certificate") && text.contains("TUNNELQL_CA_FILE"), "{text}");
    assert!(before.elapsed() < Duration::from_secs(10), "what cannot get better is not tried again");

    // The service answers, so that the certificate was taken. SSL_CERT_FILE is what the system's own store is replaced by.
    let ca = file("ca.pem");
    for name in ["TUNNELQL_CA_FILE", "SSL_CERT_FILE"] {
        let reached = said(&steps(&mut with(&[key, (name, &ca)]), &url, &[]).0, "list");
        assert!(reached.contains("ContainerNotFound"), "{name}: {reached}");
    }
    let (proxy, count) = tunnels();
    let reached = steps(&mut with(&[key, ("TUNNELQL_CA_FILE", &ca), ("HTTPS_PROXY", &proxy)]), &url, &[]).0;
    assert!(said(&reached, "list").contains("ContainerNotFound"), "{reached:?}");
    assert!(count.load(Ordering::Relaxed) > 0, "nothing went through the proxy");
    let excepted = [key, ("TUNNELQL_CA_FILE", &ca), ("HTTPS_PROXY", &proxy), ("NO_PROXY", "127.0.0.1")];
    let before = count.load(Ordering::Relaxed);
    assert!(said(&steps(&mut with(&excepted), &url, &[]).0, "connection").starts_with("ok"));
    assert_eq!(count.load(Ordering::Relaxed), before);

    for (file, says) in [(file("host.key"), "holds no certificate"), (file("nothing"), "cannot read")] {
        let text =
            finish(with(&[key, ("TUNNELQL_CA_FILE", &file)]).args(["query", "-c", COUNT, "--data", &url])).fails(3);
        assert!(text.contains("$TUNNELQL_CA_FILE") && text.contains(says), "{text}");
    }
}
