//! `tunnelql repl`, and `tunnelql` alone.

use std::io::IsTerminal;

use clap::Args;

use super::super::{CliError, settings};
use super::query::{Mode, SessionArgs, run_sources};
use crate::shell::{Shell, ShellOptions, Source, Stats, interact};

/// Open the shell: statements and dot commands, line by line.
#[derive(Debug, Args)]
pub struct Repl {
    #[command(flatten)]
    session: SessionArgs,
    /// Do not read the startup file (init.tql in the configuration folder)
    #[arg(long)]
    no_init: bool,
}

impl Repl {
    /// Whether someone sits at a terminal.
    pub fn is_possible() -> bool {
        std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
    }

    pub fn run(&self) -> Result<(), CliError> {
        if !Self::is_possible() {
            // A pipe into the shell is a script.
            let source = Source::read("-")?;
            return run_sources(&[source], &self.session, Mode { programs: true, ..Mode::default() });
        }
        let SessionArgs { script, data, output, limits } = &self.session;
        let shell = Shell::new(ShellOptions {
            engine: data.engine_options(limits)?,
            output: output.output()?,
            params: script.params()?,
            stats: if script.has_stats() { Stats::Text } else { Stats::Off },
            on_error: script.on_error(),
            interactive: true,
            explains: false,
            programs: true,
            editor: settings::get("editor").map(|v| v.text().to_owned()),
        })?;
        interact(shell, !self.no_init, script.timeout()?)
    }
}
