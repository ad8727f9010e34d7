//! `tunnelql import`.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::super::data::{LimitArgs, places};
use super::super::{CliError, Exit, progress};
use super::query::talk;
use super::supervise_blocking;
use crate::archive::Archive;
use crate::engine::{Engine, EngineOptions};
use crate::import::{ImportOptions, Progress, import};
use crate::store::Location;

/// Import exported logs into an archive. Importing again reads only what is new.
#[derive(Debug, Args)]
pub struct Import {
    /// Folders, files, globs, URLs, or - for standard input
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<String>,

    /// The archive, made when there is none [default: $TUNNELQL_DATA, the settings, ./tunnelql-archive]
    #[arg(long, value_name = "PATH")]
    archive: Option<String>,

    /// Keep records of other categories and resources in other_log instead of rejecting them
    #[arg(long)]
    keep_unknown: bool,

    /// Fail on any reject, and then import nothing
    #[arg(long)]
    strict: bool,

    /// Write the account to stdout in this form
    #[arg(long, value_name = "FORM")]
    summary: Option<SummaryForm>,

    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SummaryForm {
    Json,
}

/// Of an import's memory, what is for reading keys back to find duplicates.
const KEYS_SHARE: usize = 4;

impl Import {
    /// The archive to write to.
    fn place(&self) -> Result<Location, CliError> {
        let named: Vec<String> = self.archive.iter().cloned().collect();
        let mut all = places(&named)?;
        match (all.pop(), all.len()) {
            (Some(place), 0) => Ok(place),
            _ => Err(CliError::usage(
                "the settings name several places; say which archive to import into with --archive",
            )),
        }
    }

    pub fn run(self) -> Result<(), CliError> {
        let sources = self.sources.iter().map(|s| Ok(Location::parse(s)?)).collect::<Result<Vec<_>, CliError>>()?;
        let place = self.place()?;
        let defaults = ImportOptions::default();
        let memory = self.limits.memory(defaults.memory_limit)?;
        let options = ImportOptions {
            keep_unknown: self.keep_unknown,
            strict: self.strict,
            memory_limit: memory,
            threads: self.limits.threads()?,
        };
        let progress = Arc::new(Progress::default());
        let shown = Arc::clone(&progress);
        let bar_thread = show(shown);
        let done = supervise_blocking(move || {
            let engine = Engine::new(&EngineOptions {
                data: vec![place.clone()],
                memory_limit: (memory / KEYS_SHARE).max(64 << 20),
                threads: options.threads,
                ..EngineOptions::default()
            })?;
            let handle = engine.handle();
            let existed = handle.block_on(place.is_archive())?;
            if !existed {
                // A wrong source must not leave an empty archive behind.
                handle.block_on(async {
                    for source in &sources {
                        crate::store::list(source, &crate::store::Wanted::default()).await?;
                    }
                    Ok::<_, CliError>(())
                })?;
            }
            let mut archive = handle.block_on(Archive::open_or_create(&place))?;
            let context = engine.task_context();
            let summary = import(&mut archive, &sources, &options, &context, &progress, &handle)?;
            Ok(summary)
        });
        bar_thread.finish();
        let summary = done?;
        talk(summary.to_text().trim_end());
        if let Some(SummaryForm::Json) = self.summary {
            let json = serde_json::to_string(&summary).map_err(|e| CliError::new(Exit::Storage, e.to_string()))?;
            writeln!(std::io::stdout(), "{json}").map_err(|e| CliError::output("stdout", &e))?;
        }
        Ok(())
    }
}

/// A bar fed from the import's counters.
struct Shown {
    bar: indicatif::ProgressBar,
    stop: Arc<std::sync::atomic::AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

fn show(progress: Arc<Progress>) -> Shown {
    let bar = progress::bytes_bar(0);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let thread = (!bar.is_hidden()).then(|| {
        let (bar, stop) = (bar.clone(), Arc::clone(&stop));
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
                std::thread::sleep(Duration::from_millis(100));
            }
        })
    });
    Shown { bar, stop, thread }
}

impl Shown {
    fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
