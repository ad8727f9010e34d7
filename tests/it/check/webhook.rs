//! What is posted, to whom, and what happens when nobody takes it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::DOWN;
use crate::support::{Output, arg, command, finish, sample, temp};

/// What came with a request.
struct Request {
    line: String,
    headers: Vec<String>,
    body: String,
}

/// A server that gives these answers, one a request, and says what it was asked. It ends with the test's process.
fn server(answers: &'static [&'static str]) -> (u16, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                match line.trim_end() {
                    "" => break,
                    line => lines.push(line.to_owned()),
                }
            }
            let length = |line: &String| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok();
            let mut body = vec![0; lines.iter().find_map(length).unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            let _ =
                sender.send(Request { line: lines.remove(0), headers: lines, body: String::from_utf8(body).unwrap() });
            let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (port, requests)
}

fn check(url: &str, state: Option<&str>, secret: Option<&str>) -> Output {
    let mut run = command();
    run.args(["check", "--data", &arg(sample("blobs")), "--now", DOWN, "--only", "tunnel-down", "--webhook", url]);
    state.into_iter().for_each(|state| _ = run.args(["--state", state]));
    secret.into_iter().for_each(|secret| _ = run.env("TUNNELQL_WEBHOOK_SECRET", secret));
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        run.env_remove(proxy);
    }
    finish(&mut run)
}

#[test]
fn news_are_posted_signed_and_once() {
    let folder = temp();
    let state = arg(folder.path().join("state.json"));
    // The first answer is one that may pass.
    let (port, requests) = server(&["503 Busy", "204 No Content"]);
    let url = format!("http://127.0.0.1:{port}/hooks/T0KEN?code=C0DE");
    let out = check(&url, Some(&state), Some("geheim"));
    assert_eq!(out.code, 5, "{}", out.stderr);
    let (first, second) = (requests.recv().unwrap(), requests.recv().unwrap());
    assert_eq!(first.body, second.body);
    assert_eq!(second.line, "POST /hooks/T0KEN?code=C0DE HTTP/1.1");
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"geheim");
    let digits: String =
        ring::hmac::sign(&key, second.body.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let signed = format!("x-tunnelql-signature: sha256={digits}");
    assert!(second.headers.iter().any(|h| h.to_ascii_lowercase() == signed), "{:?}", second.headers);
    let document: Value = serde_json::from_str(&second.body).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["new"][0]["rule"], "tunnel-down");
    assert_eq!(document["resolved"], serde_json::json!([]));
    assert!(document["text"].as_str().unwrap().starts_with("CRITICAL tunnel-down: VPNGW-TOKYO"));
    // Nothing is new: nothing is posted, and that the server is gone does not matter.
    let again = check(&url, Some(&state), None);
    assert_eq!((again.code, again.stdout.as_str(), again.stderr.as_str()), (0, "", ""));
    assert!(requests.recv().is_err());
}

#[test]
fn nobody_takes_it() {
    let folder = temp();
    let state = folder.path().join("state.json");
    // Tried once: a redirect or a refusal does not pass.
    let (port, requests) = server(&["302 Found", "403 Forbidden"]);
    let url = format!("http://user:PASSW0RD@127.0.0.1:{port}/T0KEN");
    for answer in ["302", "403"] {
        let out = check(&url, Some(&arg(&state)), Some("geheim"));
        assert!(out.stdout.starts_with("CRITICAL tunnel-down"), "{}", out.stdout);
        let error = out.fails(3);
        assert!(error.contains(&format!("the webhook at 127.0.0.1 answered {answer}")), "{error}");
        assert!(!["T0KEN", "PASSW0RD", "geheim"].iter().any(|secret| error.contains(secret)), "{error}");
        assert!(requests.recv().is_ok());
        // It was told to nobody, so that the next check tells it.
        assert!(!state.exists());
    }
    let error = check("T0KEN", None, None).fails(2);
    assert!(error.contains("no URL") && !error.contains("T0KEN"), "{error}");
}

/// Three attempts at nothing take five seconds.
#[test]
fn nobody_is_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started = std::time::Instant::now();
    let error = check(&format!("http://127.0.0.1:{port}/T0KEN"), None, None).fails(3);
    assert!(error.contains("the webhook at 127.0.0.1 did not answer") && !error.contains("T0KEN"), "{error}");
    assert!(started.elapsed() >= std::time::Duration::from_secs(5), "it was not tried again");
}
