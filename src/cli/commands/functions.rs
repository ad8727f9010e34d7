//! `tunnelql functions`.

use std::io::Write;

use clap::Args;

use super::super::CliError;
use crate::render::terminal_lines;
use crate::shell::functions;

/// Say what SQL functions there are, or all about one.
#[derive(Debug, Args)]
pub struct Functions {
    /// Name of a function; those that every DataFusion program has are known as well
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Functions {
    pub fn run(&self) -> Result<(), CliError> {
        let text = match &self.name {
            Some(name) => functions::one(name)?,
            None => functions::list(),
        };
        let mut text = terminal_lines(&text);
        text.push('\n');
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::output("stdout", &e))
    }
}
