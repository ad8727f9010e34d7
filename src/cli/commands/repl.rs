//! `tunnelql repl`, and `tunnelql` alone.

use std::io::IsTerminal;

use clap::Args;

use super::super::CliError;
use super::super::data::{DataArgs, LimitArgs};
use super::super::output::OutputArgs;
use super::query::{Mode, ScriptArgs, run_sources};
use crate::shell::{Shell, ShellOptions, Source, Stats, interact};

/// Open the shell: statements and dot commands, line by line.
#[derive(Debug, Args)]
pub struct Repl {
    #[command(flatten)]
    script: ScriptArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    limits: LimitArgs,
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
            return run_sources(
                &[source],
                &self.script,
                &self.data,
                &self.output,
                &self.limits,
                Mode { programs: true, ..Mode::default() },
            );
        }
        let shell = Shell::new(ShellOptions {
            engine: self.data.engine_options(&self.limits)?,
            output: self.output.output()?,
            params: self.script.params()?,
            stats: if self.script.has_stats() { Stats::Text } else { Stats::Off },
            on_error: self.script.on_error(),
            interactive: true,
            explains: false,
            programs: true,
        })?;
        interact(shell, !self.no_init, self.script.timeout()?)
    }
}
