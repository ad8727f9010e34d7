//! `tunnelql compact`.

use std::io::Write;

use clap::Args;

use super::super::data::{LimitArgs, archive_options, duration, parse_size};
use super::super::{CliError, Exit, progress};
use super::supervise_blocking;
use crate::archive::{Archive, CompactOptions, compact};
use crate::engine::Engine;
use crate::shell::talk;

/// Merge an archive's many small files into about one a category and day. Safe beside imports and queries.
#[derive(Debug, Args)]
pub struct Compact {
    /// The archive [default: $TUNNELQL_DATA, else ./tunnelql-archive]
    #[arg(long, value_name = "PATH")]
    data: Option<String>,

    /// About how large files may become
    #[arg(long, value_name = "SIZE", default_value = "256MB")]
    target_size: String,

    /// Delete replaced files that are older than this; queries that are still running may need younger ones
    #[arg(long, value_name = "DURATION", default_value = "7d")]
    keep: String,

    /// Write the account to stdout as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    limits: LimitArgs,
}

impl Compact {
    pub fn run(self) -> Result<(), CliError> {
        let json = self.json;
        let what = CompactOptions {
            target_bytes: parse_size(&self.target_size)? as u64,
            keep: Some(duration("--keep", &self.keep)?),
        };
        let (place, options) = archive_options(self.data.as_ref(), &self.limits)?;
        let bar = progress::steps_bar();
        let shown = bar.clone();
        let summary = supervise_blocking(move || {
            let engine = Engine::new(&options)?;
            let handle = engine.handle();
            let mut archive = handle.block_on(Archive::open(&place))?;
            let context = engine.task_context();
            let mut on_progress = |done, total| {
                shown.set_length(total);
                shown.set_position(done);
            };
            Ok(handle.block_on(compact(&mut archive, &what, &context, &mut on_progress))?)
        });
        bar.finish_and_clear();
        let s = summary?;
        talk(&format!(
            "compacted {} partitions: {} files ({}) into {} ({}); {} old files deleted",
            s.partitions,
            s.files_before,
            indicatif::HumanBytes(s.bytes_before),
            s.files_after,
            indicatif::HumanBytes(s.bytes_after),
            s.deleted
        ));
        if json {
            let text = serde_json::to_string(&s).map_err(|e| CliError::new(Exit::Storage, e.to_string()))?;
            writeln!(std::io::stdout(), "{text}").map_err(|e| CliError::output("stdout", &e))?;
        }
        Ok(())
    }
}
