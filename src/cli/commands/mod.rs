//! The commands.

pub mod compact;
pub mod completions;
pub mod config;
pub mod functions;
pub mod help;
pub mod import;
pub mod man;
pub mod query;
pub mod repl;
pub mod run;
pub mod simulate;
pub mod status;
pub mod storage;
pub mod verify;

use std::future::Future;
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
