//! Azurite, Azure's own storage emulator: finding or starting one, and writing blobs the way Azure writes them.
//!
//! The engine reads and writes through its own code; what only a test does (containers, append blobs) is spoken here as
//! plain HTTP with a shared key.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::service::Service;
use crate::support;

/// Where a running Azurite's blob service is, for example `http://127.0.0.1:10000/devstoreaccount1`.
pub const VARIABLE: &str = "TUNNELQL_TEST_AZURITE";

pub const ACCOUNT: &str = "devstoreaccount1";
/// The key that Azurite's documentation publishes.
pub const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A blob service.
pub struct Azurite(Service);

/// How it is started.
pub const ARGUMENTS: [&str; 7] =
    ["--inMemoryPersistence", "--disableTelemetry", "--silent", "--blobHost", "127.0.0.1", "--blobPort", "PORT"];

impl Azurite {
    /// The one that the environment names, else one of the test's own; `None`, and says so, where there is none.
    pub fn find() -> Option<Self> {
        Service::find(VARIABLE, program(), "azurite-blob", &ARGUMENTS).map(Self)
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// The same service for another thread; it does not end with this value.
    pub fn neighbour(&self) -> Self {
        Self(self.0.neighbour())
    }

    /// The binary under test with an environment that leads it here.
    pub fn command(&self) -> Command {
        let mut command = support::command();
        command.env("AZURE_STORAGE_USE_EMULATOR", "true");
        command.env("AZURITE_BLOB_STORAGE_URL", format!("http://{}", self.host()));
        command
    }

    /// The same with an account, its key and an endpoint, as for an account of Azure.
    pub fn command_with_key(&self, key: &str) -> Command {
        let mut command = support::command();
        command.env("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT).env("AZURE_STORAGE_ACCOUNT_KEY", key);
        command.env("AZURE_STORAGE_ENDPOINT", format!("http://{}/{ACCOUNT}", self.host()));
        command.env("AZURE_ALLOW_HTTP", "true");
        command
    }

    /// The account's URL.
    pub fn account_url(&self) -> String {
        format!("http://{}/{ACCOUNT}", self.host())
    }

    /// A shared access signature for a container, as a query without its question mark.
    pub fn sas(container: &str, permissions: &str, hours: i64) -> String {
        let time = |t: chrono::DateTime<chrono::Utc>| t.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let now = chrono::Utc::now();
        let (start, expiry) = (now - chrono::TimeDelta::hours(48), now + chrono::TimeDelta::hours(hours));
        let (start, expiry) = (time(start), time(expiry));
        let version = "2021-12-02";
        let text =
            format!("{permissions}\n{start}\n{expiry}\n/blob/{ACCOUNT}/{container}\n\n\n\n{version}\nc\n\n\n\n\n\n\n");
        let signature = sign(&text);
        let encoded = percent_encoding::utf8_percent_encode(&signature, percent_encoding::NON_ALPHANUMERIC);
        format!("sv={version}&sp={permissions}&st={start}&se={expiry}&sr=c&sig={encoded}")
    }

    /// Every blob of a container: name and bytes.
    pub fn download(&self, container: &str) -> Vec<(String, Vec<u8>)> {
        let query = [("comp", "list"), ("restype", "container")];
        let (status, listed) = self.ask("GET", container, &query, &[], b"");
        assert_eq!(status, 200);
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let names = listed.split("<Name>").skip(1).map(|after| after.split("</Name>").next().unwrap().to_owned());
        names.map(|name| (name.clone(), self.ask("GET", &format!("{container}/{name}"), &[], &[], b"").1)).collect()
    }

    /// Makes a container that no other test has, and returns its name.
    pub fn container(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("it-{}-{}", &unique[..12], COUNT.fetch_add(1, Ordering::Relaxed));
        self.make_container(&name);
        name
    }

    /// Makes a container; one that is there already is as good.
    pub fn make_container(&self, name: &str) {
        let status = self.request("PUT", name, &[("restype", "container")], &[], b"");
        assert!([201, 409].contains(&status), "container {name}: {status}");
    }

    /// Begins an append blob, empty, in place of one that was there.
    pub fn create(&self, container: &str, blob: &str) {
        let path = format!("{container}/{blob}");
        assert_eq!(self.request("PUT", &path, &[], &[("x-ms-blob-type", "AppendBlob")], b""), 201, "{path}");
    }

    /// Appends one block.
    pub fn append(&self, container: &str, blob: &str, block: &[u8]) {
        let path = format!("{container}/{blob}");
        assert_eq!(self.request("PUT", &path, &[("comp", "appendblock")], &[], block), 201, "{path}");
    }

    /// Writes an append blob as Azure does: in blocks that end anywhere.
    pub fn upload(&self, container: &str, blob: &str, bytes: &[u8]) {
        self.create(container, blob);
        bytes.chunks(60_000).for_each(|block| self.append(container, blob, block));
    }

    /// Uploads every file below `folder`, under `prefix`. Returns how many.
    pub fn upload_folder(&self, container: &str, prefix: &str, folder: &Path) -> usize {
        let files = files(folder);
        for file in &files {
            let below = file.strip_prefix(folder).unwrap().to_str().unwrap();
            self.upload(container, &format!("{prefix}{below}"), &std::fs::read(file).unwrap());
        }
        files.len()
    }

    fn request(&self, method: &str, path: &str, query: &[(&str, &str)], headers: &[(&str, &str)], body: &[u8]) -> u16 {
        self.ask(method, path, query, headers, body).0
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, Vec<u8>) {
        let mut ms: Vec<(&str, String)> = headers.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        ms.push(("x-ms-date", chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string()));
        ms.push(("x-ms-version", "2021-12-02".to_owned()));
        ms.sort();
        let length = if body.is_empty() { String::new() } else { body.len().to_string() };
        let mut text = format!("{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n");
        ms.iter().for_each(|(name, value)| text.push_str(&format!("{name}:{value}\n")));
        // The account stands twice: as the account, and as the first part of the emulator's paths.
        text.push_str(&format!("/{ACCOUNT}/{ACCOUNT}/{path}"));
        query.iter().for_each(|(name, value)| text.push_str(&format!("\n{name}:{value}")));
        ms.push(("Authorization", format!("SharedKey {ACCOUNT}:{}", sign(&text))));
        let query: Vec<String> = query.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let headers: Vec<(&str, &str)> = ms.iter().map(|(n, v)| (*n, v.as_str())).collect();
        self.0.ask(method, &format!("/{ACCOUNT}/{path}{mark}{}", query.join("&")), &headers, body)
    }
}

/// Signs with the account's key.
fn sign(text: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &BASE64_STANDARD.decode(KEY).unwrap());
    BASE64_STANDARD.encode(ring::hmac::sign(&key, text.as_bytes()))
}

/// Every file below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// `azurite-blob`, where there is one.
pub fn program() -> Option<PathBuf> {
    crate::service::program("target/azurite/node_modules/.bin", "azurite-blob")
}
