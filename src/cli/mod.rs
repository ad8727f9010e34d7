//! Arguments to options to commands. One file a command, one line in [`Command`].

mod commands;
mod data;
mod exit;
mod output;
mod progress;

pub use exit::{CliError, Exit};

use clap::{Parser, Subcommand};

/// Query exported Azure VPN Gateway diagnostic logs.
#[derive(Debug, Parser)]
#[command(name = "tunnelql", version, about, arg_required_else_help = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 success, 1 query error, 2 wrong usage, 3 storage, 4 timeout, 6 damaged data or rejects \
                        with --strict, 130 cancelled."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run SQL over archives and raw exports
    Query(commands::query::Query),
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
    match arguments.command {
        Command::Query(c) => c.run(),
        Command::Functions(c) => c.run(),
        Command::Import(c) => c.run(),
        Command::Status(c) => c.run(),
        Command::Verify(c) => c.run(),
        Command::Compact(c) => c.run(),
        Command::Simulate(c) => c.run(),
    }
}
