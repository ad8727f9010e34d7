//! `tunnelql import`.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::super::data::{DEFAULT_ARCHIVE, LimitArgs};
use super::super::{CliError, Exit};
use super::supervise;
use crate::import::ImportOptions;
use crate::shell::{import_into, talk};
use crate::store::Location;

/// Import exported logs into an archive. Importing again reads only what is new.
#[derive(Debug, Args)]
pub struct Import {
    /// Folders, files, globs, URLs, or - for standard input
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<String>,

    /// The archive; it is made when there is none
    #[arg(long, value_name = "PATH", env = "TUNNELQL_DATA", hide_env_values = true, default_value = DEFAULT_ARCHIVE)]
    archive: String,

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

impl Import {
    pub fn run(self) -> Result<(), CliError> {
        let sources = self.sources.iter().map(|s| Ok(Location::parse(s)?)).collect::<Result<Vec<_>, CliError>>()?;
        let place = Location::parse(&self.archive)?;
        let defaults = ImportOptions::default();
        let options = ImportOptions {
            keep_unknown: self.keep_unknown,
            strict: self.strict,
            memory_limit: self.limits.memory(defaults.memory_limit)?,
            threads: self.limits.threads()?,
        };
        let summary = supervise(None, import_into(place, sources, options))?;
        talk(summary.to_text().trim_end());
        if let Some(SummaryForm::Json) = self.summary {
            let json = serde_json::to_string(&summary).map_err(|e| CliError::new(Exit::Storage, e.to_string()))?;
            writeln!(std::io::stdout(), "{json}").map_err(|e| CliError::output("stdout", &e))?;
        }
        Ok(())
    }
}
