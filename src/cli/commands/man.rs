//! `tunnelql man`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::super::{CliError, command};

/// Write the manual page, or with a folder one for each command.
#[derive(Debug, Args)]
pub struct Man {
    /// Folder to write tunnelql.1, tunnelql-query.1 ... into, instead of one page to stdout
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Man {
    pub fn run(&self) -> Result<(), CliError> {
        let mut command = command();
        command.build();
        match &self.folder {
            None => {
                let mut page = Vec::new();
                let made = clap_mangen::Man::new(command).render(&mut page);
                let mut out = std::io::stdout();
                made.and_then(|()| out.write_all(&page))
                    .and_then(|()| out.flush())
                    .map_err(|e| CliError::output("stdout", &e))
            }
            Some(folder) => std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(command, folder))
                .map_err(|e| CliError::output(&folder.display().to_string(), &e)),
        }
    }
}
