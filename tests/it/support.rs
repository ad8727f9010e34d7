//! Running the built binary, and the small tools every module of these tests shares.
#![allow(dead_code, reason = "each module uses what it needs")]

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

/// What a finished process left behind.
#[derive(Debug, Clone)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    /// The exit code; -1 when a signal ended the process.
    pub code: i32,
}

impl Output {
    /// Asserts exit code 0 and returns stdout.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self.stdout
    }

    /// Asserts the exit code and returns stderr.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self.stderr
    }

    /// Asserts exit code 0 and reads each line of stdout as JSON.
    #[track_caller]
    pub fn rows(self) -> Vec<Value> {
        self.ok().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asserts exit code 0 and reads stdout as one JSON value.
    #[track_caller]
    pub fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }
}

/// The binary with an environment that holds nothing of the caller's settings, in the crate's root folder.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tunnelql"));
    command.current_dir(root()).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_uppercase();
        let foreign = [
            "TUNNELQL",
            "AZUR",
            "IDENTITY_",
            "AWS_",
            "GOOGLE_",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "NO_PROXY",
            "NO_COLOR",
            "CLICOLOR",
            "FORCE_COLOR",
            "COLUMNS",
            "LINES",
            "TERM",
            "RUST_",
        ];
        if foreign.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    // Nor of the settings of whoever runs the tests.
    command.env("XDG_CONFIG_HOME", root().join("target/no-settings"));
    command
}

/// Runs the binary to its end.
pub fn tunnelql<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    finish(command().args(args))
}

/// Runs the binary to its end with `input` on its standard input.
pub fn tunnelql_with_stdin<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>, input: &[u8]) -> Output {
    let mut child =
        command().args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A thread, because a process that fails early closes the pipe, and one that writes much fills the other.
    let feeder = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output.into()
}

/// Runs a prepared command to its end.
pub fn finish(command: &mut Command) -> Output {
    command.output().unwrap().into()
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Output {
        Output {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }
}

/// The crate's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A path under `sample_data`.
pub fn sample(relative: &str) -> PathBuf {
    root().join("sample_data").join(relative)
}

/// A new folder that goes when the value is dropped.
pub fn temp() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("tunnelql-it-").tempdir().unwrap()
}

/// A path as an argument.
pub fn arg(path: impl AsRef<Path>) -> String {
    path.as_ref().to_str().unwrap().to_owned()
}

/// Reads a JSON file.
pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What every log holds, in an order that does not depend on where it was read from.
pub const EVERYTHING: &str = "SELECT \"Category\", \"TimeGenerated\", \"ResourceId\", \"OperationName\", \"Message\" \
                              FROM \"AzureDiagnostics\" ORDER BY 1, 2, 3, 4, 5";

/// Runs one statement over `data` and returns its ndjson lines; `more` are further arguments.
#[track_caller]
pub fn ndjson(data: &[&Path], sql: &str, more: &[&str]) -> Vec<String> {
    finish(&mut asked(command(), data, sql, more)).ok().lines().map(str::to_owned).collect()
}

/// A command that is to run one statement over `data` and to answer in ndjson.
pub fn asked(mut command: Command, data: &[impl AsRef<OsStr>], sql: &str, more: &[&str]) -> Command {
    command.args(["query", "--format", "ndjson", "-c", sql]);
    for path in data {
        command.arg("--data").arg(path);
    }
    command.args(more);
    command
}

/// Runs one statement over `data` and returns its rows as JSON objects.
#[track_caller]
pub fn rows(data: &[&Path], sql: &str, more: &[&str]) -> Vec<Value> {
    finish(&mut asked(command(), data, sql, more)).rows()
}

/// Imports `source` into `archive` and returns the account of `--summary json`.
#[track_caller]
pub fn import(archive: &Path, source: &Path, more: &[&str]) -> Value {
    finish(command().args(["import", "--summary", "json", "--archive"]).arg(archive).args(more).arg(source)).json()
}

/// Runs several statements over `data` in one process and returns each one's rows as JSON objects.
#[track_caller]
pub fn statements(data: &[&Path], sql: &[impl AsRef<str>], more: &[&str]) -> Vec<Vec<Value>> {
    let mut command = command();
    command.args(["query", "--format", "json"]).args(more);
    for path in data {
        command.arg("--data").arg(path);
    }
    for one in sql {
        command.args(["-c", one.as_ref()]);
    }
    let out = finish(&mut command).ok();
    let results: Vec<Vec<Value>> = serde_json::Deserializer::from_str(&out).into_iter().map(Result::unwrap).collect();
    assert_eq!(results.len(), sql.len(), "a result is missing: {out}");
    results
}
