//! What goes wrong, and the exit code that it means: one place for the command line and for scripts.

use std::fmt;
use std::time::Duration;

use crate::archive::ArchiveError;
use crate::engine::EngineError;
use crate::import::ImportError;
use crate::render::RenderError;
use crate::store::StoreError;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything went well; a reader that went away (`| head`) counts as well.
    Success,
    /// The query is wrong or failed.
    Query,
    /// The arguments are wrong.
    Usage,
    /// Storage: disk, network, credentials, paths.
    Storage,
    /// `--timeout` ran out.
    Timeout,
    /// A check found something.
    Findings,
    /// Data that cannot be trusted, or rejects with `--strict`.
    Damaged,
    /// Ctrl-C.
    Cancelled,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Query => 1,
            Self::Usage => 2,
            Self::Storage => 3,
            Self::Timeout => 4,
            Self::Findings => 5,
            Self::Damaged => 6,
            Self::Cancelled => 130,
        }
    }
}

/// An error with its exit code. An empty text says nothing.
#[derive(Debug)]
pub struct Failure {
    /// How to end.
    pub exit: Exit,
    /// What to say on stderr.
    pub text: String,
}

impl Failure {
    /// An error.
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    /// Wrong arguments.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// Time is up.
    pub fn timeout(timeout: Option<Duration>) -> Self {
        let text = format!("no result within {}", humantime::format_duration(timeout.unwrap_or_default()));
        Self::new(Exit::Timeout, text)
    }

    /// An error of a statement, with the line of `text`, what was parsed, that it is in.
    pub fn pointed(error: EngineError, text: &str) -> Self {
        // Errors end up in logs, and a line of the statement would take a credential there.
        let text = if super::history::is_secret(text) { "" } else { text };
        Self { text: super::pointed(&error, text), ..error.into() }
    }

    /// Whether the reader of our output went away: nothing that comes after is wanted.
    pub fn is_quiet(&self) -> bool {
        self.exit == Exit::Success
    }

    /// The same failure with what stands before its text.
    pub fn at(self, place: &str) -> Self {
        match self.text.is_empty() {
            true => self,
            false => Self { text: format!("{place}{}", self.text), ..self },
        }
    }

    /// The reader of our output went away, which is its right.
    pub fn quiet() -> Self {
        Self::new(Exit::Success, "")
    }

    /// An error of writing output.
    pub fn output(name: &str, error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::quiet();
        }
        Self::new(Exit::Storage, format!("cannot write {name}: {error}"))
    }

    /// An error of rendering.
    pub fn render(name: &str, error: &RenderError) -> Self {
        if error.is_broken_pipe() {
            return Self::quiet();
        }
        if let RenderError::Chart(e) = error {
            return Self::new(Exit::Query, e.to_string());
        }
        let exit = if matches!(error, RenderError::Unsupported(_)) { Exit::Query } else { Exit::Storage };
        Self::new(exit, format!("cannot write {name}: {error}"))
    }
}

/// Waits until time is up; for ever without a limit.
pub async fn expired(timeout: Option<Duration>) {
    match timeout {
        Some(t) => tokio::time::sleep(t).await,
        None => std::future::pending().await,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<EngineError> for Failure {
    fn from(e: EngineError) -> Self {
        let exit = match e {
            EngineError::Query(_) => Exit::Query,
            EngineError::Storage(_) => Exit::Storage,
            EngineError::Damaged(_) => Exit::Damaged,
        };
        Self::new(exit, e.to_string())
    }
}

impl From<ArchiveError> for Failure {
    fn from(e: ArchiveError) -> Self {
        EngineError::from(e).into()
    }
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        EngineError::from(e).into()
    }
}

impl From<ImportError> for Failure {
    fn from(e: ImportError) -> Self {
        match e {
            ImportError::Archive(e) => e.into(),
            ImportError::Cancelled => Self::new(Exit::Cancelled, e.to_string()),
            ImportError::StrictInput => Self::usage(e.to_string()),
            strict @ ImportError::Strict { .. } => Self::new(Exit::Damaged, strict.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_ones() {
        let codes = [
            (Exit::Success, 0),
            (Exit::Query, 1),
            (Exit::Usage, 2),
            (Exit::Storage, 3),
            (Exit::Timeout, 4),
            (Exit::Findings, 5),
            (Exit::Damaged, 6),
            (Exit::Cancelled, 130),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code);
        }
    }
}
