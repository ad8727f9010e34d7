//! A proxy between the binary and Azurite that sees each request and can do harm: refuse, hang up, cut or slow a body.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came by.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub range: Option<String>,
    /// How often the same method and target came by before.
    pub before: usize,
    /// Harm was done to it.
    pub harmed: bool,
}

impl Seen {
    pub fn is_list(&self) -> bool {
        self.method == "GET" && self.target.contains("comp=list")
    }

    pub fn is_read(&self) -> bool {
        self.method == "GET" && !self.is_list()
    }
}

/// What is done to a request.
#[derive(Debug, Clone, Copy)]
pub enum Harm {
    None,
    /// Answered with this status, unseen by the server.
    Status(u16),
    /// The connection ends without an answer.
    HangUp,
    /// The body ends after so many bytes, and the connection with it.
    Cut(usize),
    /// The body comes in pieces of so many bytes with pauses.
    Slow(usize, Duration),
}

/// Decides on the harm; may do something itself before the request goes on.
pub type Decide = dyn Fn(&Seen) -> Harm + Send + Sync;

pub struct Proxy {
    pub host: String,
    log: Arc<Mutex<Vec<Seen>>>,
}

impl Proxy {
    /// A proxy before a server, for as long as the test runs.
    pub fn before(server: &str, decide: impl Fn(&Seen) -> Harm + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let log: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (kept, server, decide) = (Arc::clone(&log), server.to_owned(), Arc::new(decide) as Arc<Decide>);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (log, server, decide) = (Arc::clone(&kept), server.clone(), Arc::clone(&decide));
                std::thread::spawn(move || {
                    // A client that hangs up is no matter.
                    let _ = serve(client, &server, &log, decide.as_ref());
                });
            }
        });
        Self { host, log }
    }

    /// All that came by so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().clone()
    }

    /// Forgets what came by.
    pub fn forget(&self) {
        self.log.lock().unwrap().clear();
    }

    /// How many requests of a kind came by.
    pub fn count(&self, of: impl Fn(&Seen) -> bool) -> usize {
        self.seen().iter().filter(|s| of(s)).count()
    }
}

/// One request a connection.
fn serve(mut client: TcpStream, server: &str, log: &Mutex<Vec<Seen>>, decide: &Decide) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut piece = [0; 4096];
        let n = client.read(&mut piece)?;
        if n == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&piece[..n]);
        if let Some(at) = find(&bytes) {
            break at;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|l| l.split_once(':'));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned())
    };
    let length: usize = header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        let mut piece = [0; 65536];
        let n = client.read(&mut piece)?;
        if n == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&piece[..n]);
    }
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut seen = Seen {
        method: method.to_owned(),
        target: target.to_owned(),
        range: header("range").or_else(|| header("x-ms-range")),
        before: 0,
        harmed: false,
    };
    let at = {
        let mut log = log.lock().unwrap();
        seen.before = log.iter().filter(|s| s.method == seen.method && s.target == seen.target).count();
        log.push(seen.clone());
        log.len() - 1
    };
    let harm = decide(&seen);
    if !matches!(harm, Harm::None)
        && let Some(entry) = log.lock().unwrap().get_mut(at)
    {
        entry.harmed = true;
    }
    match harm {
        Harm::HangUp => return Ok(()),
        Harm::Status(status) => {
            let body = "<?xml version=\"1.0\"?><Error><Code>ServerBusy</Code><Message>Try again.</Message></Error>";
            let head = format!("HTTP/1.1 {status} Harm\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            return client.write_all((head + body).as_bytes());
        }
        _ => {}
    }
    let mut upstream = TcpStream::connect(server)?;
    let kept = head.lines().filter(|l| !l.to_ascii_lowercase().starts_with("connection:"));
    let head = kept.collect::<Vec<_>>().join("\r\n") + "\r\nConnection: close\r\n\r\n";
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&bytes[end + 4..])?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let body = find(&answer).map_or(answer.len(), |at| at + 4);
    match harm {
        Harm::Cut(after) => client.write_all(&answer[..answer.len().min(body + after)]),
        Harm::Slow(piece, pause) => {
            client.write_all(&answer[..body])?;
            for part in answer[body..].chunks(piece) {
                std::thread::sleep(pause);
                client.write_all(part)?;
            }
            Ok(())
        }
        _ => client.write_all(&answer),
    }
}

/// Where a head ends.
fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|w| w == b"\r\n\r\n")
}
