//! Arguments to options to commands. One file a command, one line in [`Command`].

mod commands;
mod data;
mod output;

pub use crate::shell::{Exit, Failure as CliError};

use crate::shell::progress;

use clap::{Parser, Subcommand};

/// Query exported Azure VPN Gateway diagnostic logs.
#[derive(Debug, Parser)]
#[command(name = "tunnelql", version, about, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 success, 1 query error, 2 wrong usage, 3 storage, 4 timeout, 6 damaged data or rejects \
                        with --strict, 130 cancelled."
)]
pub struct Arguments {
    /// What to do; without it, the shell opens.
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    repl: commands::repl::Repl,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the shell; the same as no command on a terminal
    Repl(commands::repl::Repl),
    /// Run SQL over archives and raw exports
    Query(commands::query::Query),
    /// Run a query that has a name, or list them
    Run(commands::run::Run),
    /// Say what SQL functions there are, or all about one
    Functions(commands::functions::Functions),
    /// Import exported logs into an archive
    Import(commands::import::Import),
    /// Say what an archive or an export holds
    Status(commands::status::Status),
    /// Check an archive against its ledger
    Verify(commands::verify::Verify),
    /// Merge an archive's many small files into few
    Compact(commands::compact::Compact),
    /// Write synthetic exports in Azure's layout, with the truth beside them
    Simulate(commands::simulate::Simulate),
}

/// Runs the command that the arguments name.
pub fn run(arguments: Arguments) -> Result<(), CliError> {
    let Some(command) = arguments.command else {
        // Without a terminal there is nobody to talk to: most likely a command was forgotten.
        return match commands::repl::Repl::is_possible() {
            true => arguments.repl.run(),
            false => Err(CliError::usage(
                "no command; 'tunnelql --help' lists them. 'tunnelql repl' runs a script from standard input",
            )),
        };
    };
    match command {
        Command::Repl(c) => c.run(),
        Command::Run(c) => c.run(),
        Command::Query(c) => c.run(),
        Command::Functions(c) => c.run(),
        Command::Import(c) => c.run(),
        Command::Status(c) => c.run(),
        Command::Verify(c) => c.run(),
        Command::Compact(c) => c.run(),
        Command::Simulate(c) => c.run(),
    }
}
