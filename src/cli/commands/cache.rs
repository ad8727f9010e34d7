//! `tunnelql cache`.

use std::io::Write;

use clap::{Args, Subcommand};

use super::super::CliError;
use super::super::data::cache;
use crate::store::{Cache as Store, Kept};

/// Say what the cache of blob storage holds, or empty it.
#[derive(Debug, Args)]
pub struct Cache {
    #[command(subcommand)]
    action: Action,
}

/// Which cache.
#[derive(Debug, Args)]
struct Which {
    /// The cache's folder [default: that of the settings, else the usual one]
    #[arg(long, value_name = "FOLDER")]
    cache: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Where it is, whether it is used, and how much it holds
    Status {
        /// Write it as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Delete everything in it
    Clear {
        #[command(flatten)]
        which: Which,
    },
}

impl Cache {
    pub fn run(&self) -> Result<(), CliError> {
        // Whether or not it is used without an argument, there may be one.
        let used = cache(None, None)?;
        let (Action::Status { which, .. } | Action::Clear { which }) = &self.action;
        let found = match (&which.cache, used.is_some()) {
            (Some(folder), _) => cache(Some(folder), None)?,
            (None, true) => cache(None, None)?,
            (None, false) => cache(Some("on"), None)?,
        };
        let Some(found) = found else { return Err(CliError::usage("off is no cache; name a folder with --cache")) };
        let text = match &self.action {
            Action::Status { json, .. } => status(&found, used.is_some(), *json)?,
            Action::Clear { .. } => {
                let Kept { entries, bytes } = found.clear()?;
                format!("deleted {entries} entries, {}", indicatif::HumanBytes(bytes))
            }
        };
        writeln!(std::io::stdout(), "{text}").map_err(|e| CliError::output("stdout", &e))
    }
}

fn status(cache: &Store, used: bool, json: bool) -> Result<String, CliError> {
    let Kept { entries, bytes } = cache.kept();
    let (folder, limit) = (cache.folder().display().to_string(), cache.limit());
    if json {
        return Ok(serde_json::json!({
            "folder": folder, "used": used, "entries": entries, "bytes": bytes, "limit": limit,
        })
        .to_string());
    }
    let used = if used { "by every query" } else { "by queries with --cache" };
    let (bytes, limit) = (indicatif::HumanBytes(bytes), indicatif::HumanBytes(limit));
    Ok(format!(
        "folder   {}\nused     {used}\nholds    {entries} {}, {bytes} of {limit}",
        crate::render::terminal_lines(&folder),
        if entries == 1 { "entry" } else { "entries" }
    ))
}
