//! `tunnelql bundle`.

use std::path::PathBuf;

use clap::Args;

use super::super::CliError;
use super::super::data::{DataArgs, LimitArgs};
use super::report::{ReportArgs, complete};
use super::{supervise, write_file};
use crate::engine::Engine;
use crate::report::{self, Context, Redaction};
use crate::shell::talk;

/// Write a slice of the logs around one incident into a folder, to send to somebody: an export that can be read again, Parquet, the report on it, hashes.
#[derive(Debug, Args)]
pub struct Bundle {
    /// The incident's id, from a report or from disconnects.incident_id
    #[arg(long, value_name = "ID")]
    incident: String,

    /// Folder to write to; made when there is none. Addresses, users and subscriptions are replaced unless --redact says otherwise
    #[arg(short, long, value_name = "FOLDER", help_heading = "Output")]
    output: PathBuf,

    #[command(flatten)]
    look: ReportArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Bundle {
    pub fn run(&self) -> Result<(), CliError> {
        let mut options = self.look.options()?;
        if !self.look.says_what_to_redact() {
            options.redact = Redaction { ips: true, users: true, subscriptions: true };
        }
        let engine = Engine::new(&self.data.engine_options(&self.limits)?)?;
        let bundle = supervise(None, async {
            let context = Context::new(&engine, &options).await?;
            Ok(report::bundle(&context, &self.incident).await?)
        })?;
        let name = self.output.display().to_string();
        std::fs::create_dir_all(&self.output).map_err(|e| CliError::output(&name, &e))?;
        for file in &bundle.files {
            let path = self.output.join(&file.name);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|e| CliError::output(&folder.display().to_string(), &e))?;
            }
            write_file(&path, &file.bytes)?;
        }
        let what = match options.redact.names().as_slice() {
            [] => "nothing".to_owned(),
            kinds => kinds.join(", "),
        };
        talk(&format!("tunnelql: {} files in {name}; replaced by pseudonyms: {what}", bundle.files.len()));
        let logs = self.output.join(report::BUNDLE_LOGS);
        talk(&format!("tunnelql: its logs are read with --data {}", logs.display()));
        complete(&engine)
    }
}
