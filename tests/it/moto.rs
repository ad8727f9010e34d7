//! moto, a server that speaks S3: finding or starting one, and what only a test asks of it. It takes any signature.

use std::path::Path;
use std::process::Command;

use crate::azurite::files;
use crate::service::{Service, program};
use crate::support;

/// Where a running one is, for example `http://127.0.0.1:5000`.
pub const VARIABLE: &str = "TUNNELQL_TEST_S3";

/// What no output may show.
pub const SECRET: &str = "S3CRET/of+the+test";

/// A server that speaks S3.
pub struct Moto(Service);

impl Moto {
    /// The one that the environment names, else one of the test's own; `None`, and says so, where there is none.
    pub fn find() -> Option<Self> {
        let name = "moto_server";
        Service::find(VARIABLE, program("target/venv/bin", name), name, &["-H", "127.0.0.1", "-p", "PORT"]).map(Self)
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        self.0.host()
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
        Self::command_at(self.host())
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
        self.0.ask(method, &format!("/{path}"), &[("Authorization", signed)], body).0
    }
}
