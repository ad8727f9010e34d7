//! A small HTTP server that answers what a test wants, and a blob service of a few blobs made of it.
#![allow(dead_code, reason = "each module uses what it needs")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query, or the whole URL when the server is a proxy.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// A parameter of the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        let pair = query.split('&').find_map(|p| p.split_once('=').filter(|(n, _)| *n == name));
        pair.map(|(_, value)| percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned())
    }
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error as Azure words it; answers to HEAD have the code in a header only.
    pub fn azure(status: u16, code: &str, message: &str) -> Self {
        let xml = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\n\
             RequestId:1\nTime:2026-03-10T00:00:00Z</Message></Error>"
        );
        Self::new(status, xml).with("x-ms-error-code", code).with("Content-Type", "application/xml")
    }
}

/// A server until it is dropped.
pub struct Server {
    /// Host and port.
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The listener waits for one more connection.
        let _ = TcpStream::connect(&self.address);
    }
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (requests, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stopped, answer) = (Arc::clone(&requests), Arc::clone(&stop), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Ok(stream) = stream else { return };
                    let Some(request) = read(&stream) else { return };
                    seen.lock().push(request.clone());
                    let _ = write(&stream, &request, &answer(&request));
                });
            }
        });
        Self { address, requests, stop }
    }

    /// All that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().clone()
    }

    /// The URL of a container of the account `acct`.
    pub fn url(&self, container: &str) -> String {
        format!("http://{}/acct/{container}", self.address)
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => _ = headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        }
    }
    let length = headers.get("content-length").and_then(|l: &String| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn write(mut stream: &TcpStream, request: &Request, answer: &Answer) -> std::io::Result<()> {
    let mut head =
        format!("HTTP/1.1 {} x\r\nContent-Length: {}\r\nConnection: close\r\n", answer.status, answer.body.len());
    if !answer.headers.iter().any(|(name, _)| *name == "Date") {
        head.push_str(&format!("Date: {}\r\n", chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT")));
    }
    answer.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        stream.write_all(&answer.body)?;
    }
    stream.flush()
}

/// Answers as a blob service of the account `acct` that holds these blobs, by container and name.
pub fn blobs(blobs: &BTreeMap<(String, String), Vec<u8>>, request: &Request) -> Answer {
    const WHEN: &str = "Tue, 10 Mar 2026 00:00:00 GMT";
    let path = percent_encoding::percent_decode_str(request.path()).decode_utf8().unwrap().into_owned();
    let Some(rest) = path.strip_prefix("/acct/") else { return Answer::azure(400, "InvalidUri", "no account") };
    let (container, name) = rest.split_once('/').unwrap_or((rest, ""));
    if !blobs.keys().any(|(c, _)| c == container) {
        return Answer::azure(404, "ContainerNotFound", "The specified container does not exist.");
    }
    if request.parameter("comp").as_deref() == Some("list") {
        let prefix = request.parameter("prefix").unwrap_or_default();
        let (mut listed, mut folders) = (String::new(), Vec::new());
        for ((c, n), bytes) in blobs {
            let Some(below) = n.strip_prefix(&prefix).filter(|_| c == container) else { continue };
            match below.split_once('/').filter(|_| request.parameter("delimiter").is_some()) {
                Some((folder, _)) => folders.push(format!("{prefix}{folder}/")),
                None => listed.push_str(&format!(
                    "<Blob><Name>{n}</Name><Properties><Last-Modified>{WHEN}</Last-Modified><Content-Length>{}</Content-Length>\
                     <Content-Type>x</Content-Type><Etag>0x1</Etag><BlobType>AppendBlob</BlobType></Properties></Blob>",
                    bytes.len()
                )),
            }
        }
        folders.dedup();
        folders.iter().for_each(|f| listed.push_str(&format!("<BlobPrefix><Name>{f}</Name></BlobPrefix>")));
        let xml = format!(
            "<?xml version=\"1.0\"?><EnumerationResults><Blobs>{listed}</Blobs><NextMarker /></EnumerationResults>"
        );
        return Answer::new(200, xml);
    }
    let Some(bytes) = blobs.get(&(container.to_owned(), name.to_owned())) else {
        return Answer::azure(404, "BlobNotFound", "The specified blob does not exist.");
    };
    let range = request.header("range").strip_prefix("bytes=").and_then(|r| r.split_once('-'));
    let answer =
        match range.map(|(from, to)| (from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap_or(usize::MAX - 1))) {
            Some((from, to)) => {
                let to = (to + 1).min(bytes.len());
                let range = format!("bytes {from}-{}/{}", to - 1, bytes.len());
                Answer::new(206, &bytes[from..to]).with("Content-Range", range)
            }
            None => Answer::new(200, bytes.as_slice()),
        };
    answer.with("Last-Modified", WHEN).with("ETag", "\"0x1\"")
}
