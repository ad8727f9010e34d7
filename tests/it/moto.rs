//! moto, a server that speaks S3: finding or starting one, and what only a test asks of it. It takes any signature.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::azurite::files;
use crate::support;

/// Where a running one is, for example `http://127.0.0.1:5000`.
pub const VARIABLE: &str = "TUNNELQL_TEST_S3";

/// What no output may show.
pub const SECRET: &str = "S3CRET/of+the+test";

/// A server that speaks S3. One that the test started ends with it.
pub struct Moto {
    host: String,
    child: Option<Child>,
}

impl Drop for Moto {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Moto {
    /// The one that the environment names, else one of the test's own; `None`, and says so, where there is none.
    pub fn find() -> Option<Self> {
        if let Ok(url) = std::env::var(VARIABLE) {
            let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
            assert!(host.contains(':'), "{VARIABLE} is '{url}'; expected http://HOST:PORT");
            return Some(Self { host, child: None });
        }
        let Some(program) = program() else {
            eprintln!("SKIPPED: no moto; set {VARIABLE} or put moto_server into PATH");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let quiet = Stdio::null;
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &port]).stdin(quiet()).stdout(quiet()).stderr(quiet());
        let moto = Self { host: format!("127.0.0.1:{port}"), child: Some(command.spawn().unwrap()) };
        let started = Instant::now();
        while TcpStream::connect(&moto.host).is_err() {
            assert!(started.elapsed() < Duration::from_secs(120), "moto does not answer at {}", moto.host);
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(moto)
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The binary under test with an environment that leads it to a server.
    pub fn command_at(host: &str) -> Command {
        let mut command = support::command();
        command.env("AWS_ENDPOINT", format!("http://{host}"));
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", SECRET);
        command
    }

    /// The same, of this server.
    pub fn command(&self) -> Command {
        Self::command_at(&self.host)
    }

    /// Makes a bucket that no other test has, and returns its name.
    pub fn bucket(&self) -> String {
        let name = format!("it-{}", uuid::Uuid::new_v4().simple());
        assert_eq!(self.request("PUT", &name, b""), 200, "bucket {name}");
        name
    }

    /// Writes an object, in place of one that was there.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        const ESCAPE: &percent_encoding::AsciiSet =
            &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-');
        let key = percent_encoding::utf8_percent_encode(key, ESCAPE);
        assert_eq!(self.request("PUT", &format!("{bucket}/{key}"), bytes), 200, "{bucket}/{key}");
    }

    /// Writes every file below `folder`, under `prefix`. Returns how many.
    pub fn put_folder(&self, bucket: &str, prefix: &str, folder: &Path) -> usize {
        let files = files(folder);
        for file in &files {
            let below = file.strip_prefix(folder).unwrap().to_str().unwrap();
            self.put(bucket, &format!("{prefix}{below}"), &std::fs::read(file).unwrap());
        }
        files.len()
    }

    fn request(&self, method: &str, path: &str, body: &[u8]) -> u16 {
        let signed =
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let head = format!(
            "{method} /{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {signed}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.host,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let head = String::from_utf8_lossy(&answer).into_owned();
        head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("no HTTP: {head}"))
    }
}

/// `moto_server` where `.ci/run` installs it, or in PATH.
fn program() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let installed = support::root().join("target/venv/bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(installed).chain(std::env::split_paths(&path));
        folders.map(|folder| folder.join("moto_server")).find(|program| program.is_file())
    };
    FOUND.get_or_init(find).clone()
}
