//! A server of storage that tests talk to: one that runs, or one of their own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support;

/// A server on this machine. One that the test started ends with it.
pub struct Service {
    host: String,
    child: Option<Child>,
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Service {
    /// The one that a variable of the environment names, else one that is started; `None`, and says so, where there is
    /// neither. `PORT` among the arguments becomes its port.
    pub fn find(variable: &str, program: Option<PathBuf>, name: &str, args: &[&str]) -> Option<Self> {
        if let Ok(url) = std::env::var(variable) {
            let host = url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
            assert!(host.contains(':'), "{variable} is '{url}'; expected http://HOST:PORT");
            return Some(Self { host, child: None });
        }
        let Some(program) = program else {
            eprintln!("SKIPPED: set {variable} or put {name} into PATH");
            return None;
        };
        Some(Self::start(&program, args))
    }

    /// Starts one, and waits until it answers.
    pub fn start(program: &Path, args: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let quiet = Stdio::null;
        let mut command = Command::new(program);
        command.args(args.iter().map(|arg| if *arg == "PORT" { &port } else { *arg }));
        let child = command.stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().unwrap();
        let service = Self { host: format!("127.0.0.1:{port}"), child: Some(child) };
        let started = Instant::now();
        while TcpStream::connect(&service.host).is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "{program:?} does not answer at {}", service.host);
            std::thread::sleep(Duration::from_millis(50));
        }
        service
    }

    /// The same server for another thread; it does not end with this value.
    pub fn neighbour(&self) -> Self {
        Self { host: self.host.clone(), child: None }
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Asks as plain HTTP; the status and the body of the answer.
    pub fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.host);
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let head = String::from_utf8_lossy(&answer).into_owned();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("no HTTP: {head}"));
        let body = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(0, |at| at + 4);
        (status, answer.split_off(body))
    }
}

/// A program where `.ci/run` installs it, below `target/`, or in PATH.
pub fn program(installed: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(support::root().join(installed)).chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}
