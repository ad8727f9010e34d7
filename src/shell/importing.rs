//! An import with a bar, for the command line and for `.import`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::progress;
use super::{Exit, Failure};
use crate::engine::{Engine, EngineOptions};
use crate::import::{ImportOptions, ImportSummary, Progress, import};
use crate::store::Location;

/// Of an import's memory, what is for reading keys back to find duplicates.
const KEYS_SHARE: usize = 4;

/// Asks an import to end when nobody waits for it any more. It ends between two commits, so that nothing is harmed.
struct CancelOnDrop(Arc<Progress>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel.store(true, Ordering::Relaxed);
    }
}

/// Imports into an archive on threads of its own; the archive is made where there is none. Dropping the future cancels.
pub async fn import_into(
    place: Location,
    sources: Vec<Location>,
    options: ImportOptions,
) -> Result<ImportSummary, Failure> {
    let progress = Arc::new(Progress::default());
    let _cancel = CancelOnDrop(Arc::clone(&progress));
    let _shown = show(Arc::clone(&progress));
    let traffic: Vec<_> = sources.iter().chain([&place]).map(|p| (Arc::clone(&p.traffic), p.traffic.sent())).collect();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Nobody listens any more after Ctrl-C.
        let _ = sender.send(run(&place, &sources, &options, &progress));
    });
    let done = receiver.await;
    super::busy(traffic.iter().map(|(traffic, before)| (traffic.sent() - *before).repeated).sum());
    done.unwrap_or_else(|_| Err(Failure::new(Exit::Damaged, "a worker failed; please report this")))
}

fn run(
    place: &Location,
    sources: &[Location],
    options: &ImportOptions,
    progress: &Progress,
) -> Result<ImportSummary, Failure> {
    let engine = Engine::new(&EngineOptions {
        data: vec![place.clone()],
        memory_limit: (options.memory_limit / KEYS_SHARE).max(64 << 20),
        threads: options.threads,
        ..EngineOptions::default()
    })?;
    let handle = engine.handle();
    let context = engine.task_context();
    Ok(import(place, sources, options, &context, progress, &handle)?)
}

/// What an import with sources that could not be read means.
pub fn unread(summary: &ImportSummary) -> Result<(), Failure> {
    summary.archives.iter().for_each(|place| super::tell_archive(place));
    let (count, are) = match summary.failed.len() {
        0 => return Ok(()),
        1 => ("one source".to_owned(), "is"),
        n => (format!("{n} sources"), "are"),
    };
    Err(Failure::new(Exit::Storage, format!("{count} could not be read and {are} left to the next import")))
}

/// A bar fed from the import's counters until it is dropped.
struct Shown {
    bar: progress::Bar,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

fn show(progress: Arc<Progress>) -> Shown {
    let bar = progress::Bar(progress::bytes_bar(0));
    let stop = Arc::new(AtomicBool::new(false));
    let thread = (!bar.0.is_hidden()).then(|| {
        let (bar, stop) = (bar.0.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                bar.set_length(progress.total_bytes.load(Ordering::Relaxed));
                bar.set_position(progress.read.bytes.load(Ordering::Relaxed));
                let writing = if progress.writing.load(Ordering::Relaxed) { ", writing" } else { "" };
                bar.set_message(format!(
                    "{}/{} files, {} rows{writing}",
                    progress.read.blobs.load(Ordering::Relaxed),
                    progress.total_blobs.load(Ordering::Relaxed),
                    progress.rows.load(Ordering::Relaxed)
                ));
                // Short, since whoever drops the bar waits for this thread.
                std::thread::sleep(Duration::from_millis(30));
            }
        })
    });
    Shown { bar, stop, thread }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.bar.0.finish_and_clear();
    }
}
