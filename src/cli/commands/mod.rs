//! The commands.

pub mod bundle;
pub mod cache;
pub mod check;
pub mod compact;
pub mod completions;
pub mod config;
pub mod explain_incident;
pub mod functions;
pub mod help;
pub mod import;
pub mod man;
pub mod query;
pub mod repl;
pub mod report;
pub mod run;
pub mod simulate;
pub mod status;
pub mod storage;
pub mod verify;

use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::{CliError, Exit};
use crate::shell::{expired, interrupted};

/// Runs a future on a small runtime of this thread, which nothing else keeps busy, until it ends, Ctrl-C comes or time is
/// up. Work goes on elsewhere: on the engine's threads.
fn supervise<T>(timeout: Option<Duration>, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| CliError::new(Exit::Storage, format!("cannot start: {e}")))?;
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted() => Err(CliError::new(Exit::Cancelled, "cancelled")),
            () = expired(timeout) => Err(CliError::timeout(timeout)),
            done = work => done,
        }
    })
}

/// Runs blocking work on a thread of its own under the same supervision. Whatever it does is safe to be killed.
fn supervise_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CliError> + Send + 'static,
) -> Result<T, CliError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Nobody listens any more after Ctrl-C.
        let _ = sender.send(work());
    });
    supervise(None, async move {
        receiver.await.unwrap_or_else(|_| Err(CliError::new(Exit::Damaged, "a worker failed; please report this")))
    })
}

/// Writes a file beside its place and then puts it there, so that a reader never sees half of it.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let name = path.display().to_string();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file's own name is nobody's business: only what is wrong is said.
    let failed = |e: &std::io::Error| CliError::output(&name, &plain(e));
    // A device or a pipe is written to as it is.
    if path.exists() && !path.is_file() {
        return std::fs::write(path, bytes).map_err(|e| failed(&e));
    }
    // What is wrong with the folder is said as the system says it.
    std::fs::metadata(folder).map_err(|e| CliError::output(&name, &e))?;
    let mut file = tempfile::Builder::new().prefix(".tunnelql-").tempfile_in(folder).map_err(|e| failed(&e))?;
    file.write_all(bytes).and_then(|()| file.flush()).map_err(|e| failed(&e))?;
    readable(file.as_file()).map_err(|e| failed(&e))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// An error without the path that a library has added.
fn plain(error: &std::io::Error) -> std::io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error)
}

/// Temporary files are for their owner alone; a report is for whoever may read files like it.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
