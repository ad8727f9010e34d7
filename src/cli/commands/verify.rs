//! `tunnelql verify`.

use std::io::Write;

use clap::Args;

use super::super::data::{LimitArgs, archive_options};
use super::super::{CliError, Exit, progress};
use super::supervise_blocking;
use crate::archive::{Archive, verify};
use crate::engine::Engine;
use crate::shell::talk;

/// Check an archive: files against its log and their digests, rows against its ledger, order, days and doubled rows.
#[derive(Debug, Args)]
pub struct Verify {
    /// The archive [default: $TUNNELQL_DATA, else ./tunnelql-archive]
    #[arg(long, value_name = "PATH")]
    data: Option<String>,

    /// Write the findings to stdout as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    limits: LimitArgs,
}

impl Verify {
    pub fn run(self) -> Result<(), CliError> {
        let json = self.json;
        let (place, options) = archive_options(self.data.as_ref(), &self.limits)?;
        // A place, not the argument: a URL may carry a signature.
        let named = self.data.as_ref().map(|given| match given.contains("://") {
            true => place.to_string(),
            false => given.clone(),
        });
        let bar = progress::steps_bar();
        let shown = bar.clone();
        let summary = supervise_blocking(move || {
            let engine = Engine::new(&options)?;
            let handle = engine.handle();
            let archive = handle.block_on(Archive::open(&place))?;
            let context = engine.task_context();
            let mut on_progress = |done, total| {
                shown.set_length(total);
                shown.set_position(done);
            };
            Ok(handle.block_on(verify(&archive, &context, &mut on_progress))?)
        });
        bar.finish_and_clear();
        let summary = summary?;
        if json {
            let text = serde_json::to_string(&summary).map_err(|e| CliError::new(Exit::Storage, e.to_string()))?;
            writeln!(std::io::stdout(), "{text}").map_err(|e| CliError::output("stdout", &e))?;
        }
        let name = named.unwrap_or_else(|| "the archive".to_owned());
        let looked = format!("{} rows in {} files from {} sources", summary.rows, summary.files, summary.sources);
        if summary.findings.is_empty() {
            talk(&format!("{name} is sound: {looked}"));
            return Ok(());
        }
        let mut text = format!("{name} is damaged ({looked}):");
        for finding in summary.findings.iter().take(20) {
            text.push_str(&format!("\n  {}: {}", finding.place, finding.what));
        }
        if summary.findings.len() > 20 {
            text.push_str(&format!("\n  and {} more; --json lists all", summary.findings.len() - 20));
        }
        Err(CliError::new(Exit::Damaged, text))
    }
}
