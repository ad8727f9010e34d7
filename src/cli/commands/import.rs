//! `tunnelql import`.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::super::data::{LimitArgs, OnBlobErrorArg, places};
use super::super::{CliError, Exit};
use super::supervise;
use crate::import::ImportOptions;
use crate::shell::{import_into, talk, unread};
use crate::store::{Location, StoreOptions};
use crate::tables::OnBlobError;

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

    /// What a source that cannot be read means: fail, or go on, name it and end with exit code 3 [default: stop]
    #[arg(long, value_name = "WHAT")]
    on_blob_error: Option<OnBlobErrorArg>,

    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SummaryForm {
    Json,
}

impl Import {
    /// The archive to write to.
    fn place(&self, store: &StoreOptions) -> Result<Location, CliError> {
        let named: Vec<String> = self.archive.iter().cloned().collect();
        let mut all = places(&named, store)?;
        match (all.pop(), all.len()) {
            (Some(place), 0) if place.stdin || place.glob.is_some() => Err(CliError::usage(format!(
                "{place} is no place for an archive; --archive takes a folder or a URL, without * ? and ["
            ))),
            (Some(place), 0) => Ok(place),
            _ => Err(CliError::usage(
                "the settings name several places; say which archive to import into with --archive",
            )),
        }
    }

    pub fn run(self) -> Result<(), CliError> {
        let store = self.limits.store()?;
        let sources =
            self.sources.iter().map(|s| Ok(Location::parse_with(s, &store)?)).collect::<Result<Vec<_>, CliError>>()?;
        let place = self.place(&store)?;
        let defaults = ImportOptions::default();
        let options = ImportOptions {
            keep_unknown: self.keep_unknown,
            strict: self.strict,
            memory_limit: self.limits.memory(defaults.memory_limit)?,
            threads: self.limits.threads()?,
            skip_unreadable: OnBlobErrorArg::resolve(self.on_blob_error)? == OnBlobError::Skip,
        };
        let summary = supervise(None, import_into(place, sources, options))?;
        talk(summary.to_text().trim_end());
        if let Some(SummaryForm::Json) = self.summary {
            let json = serde_json::to_string(&summary).map_err(|e| CliError::new(Exit::Storage, e.to_string()))?;
            writeln!(std::io::stdout(), "{json}").map_err(|e| CliError::output("stdout", &e))?;
        }
        unread(&summary)
    }
}
