//! Arguments to options to commands. One file a command, one line in [`Command`].

mod commands;
mod data;
mod help;
mod output;
pub mod settings;

pub use crate::shell::{Exit, Failure as CliError};

use crate::shell::progress;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// Query exported Azure VPN Gateway diagnostic logs.
#[derive(Debug, Parser)]
#[command(
    name = "tunnelql",
    version,
    about,
    subcommand_precedence_over_arg = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
#[command(
    after_help = "Exit codes: 0 success, 1 query error, 2 wrong usage, 3 storage, 4 timeout, 6 damaged data or rejects \
                        with --strict, 130 cancelled.\n\
                        'tunnelql help' lists topics: data, time, formats, config and more.\n\
                        Without a command the shell opens; its options: 'tunnelql repl --help'."
)]
pub struct Arguments {
    /// Profile of the settings files to use [env: TUNNELQL_PROFILE]
    #[arg(long, value_name = "NAME", global = true, help_heading = "Settings")]
    profile: Option<String>,

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
    /// Try a storage account step by step: sign-in, listing, reading, writing
    Storage(commands::storage::Storage),
    /// Say what is set, and where
    Config(commands::config::Config),
    /// Explain a topic or a command at length
    Help(commands::help::Help),
    /// Write a script that completes arguments in a shell
    Completions(commands::completions::Completions),
    /// Write the manual page
    Man(commands::man::Man),
    /// Write synthetic exports in Azure's layout, with the truth beside them
    Simulate(commands::simulate::Simulate),
}

impl Command {
    /// Whether a mistake in a settings file is this command's matter.
    fn uses_settings(&self) -> bool {
        !matches!(self, Command::Functions(_) | Command::Simulate(_))
            && !matches!(self, Command::Help(_) | Command::Completions(_) | Command::Man(_))
    }
}

/// The command line as it is described: the shell's options, which work without a command too, are told with `repl`.
pub fn command() -> clap::Command {
    Arguments::command().mut_args(|arg| {
        let own = matches!(arg.get_id().as_str(), "profile" | "help" | "version");
        arg.hide(!own)
    })
}

/// Reads the command line. `--help` and `--version` are errors here, as clap has it.
pub fn arguments() -> Result<Arguments, clap::Error> {
    let mut command = command();
    let given = command.try_get_matches_from_mut(std::env::args_os())?;
    let stray = command.get_arguments().find(|arg| {
        let id = arg.get_id().as_str();
        id != "profile" && given.value_source(id) == Some(ValueSource::CommandLine)
    });
    if let (Some(name), Some(stray)) = (given.subcommand_name(), stray.map(ToString::to_string)) {
        return Err(command.error(ErrorKind::ArgumentConflict, format!("{stray} belongs after '{name}'")));
    }
    Arguments::from_arg_matches(&given)
}

/// Runs the command that the arguments name.
pub fn run(arguments: Arguments) -> Result<(), CliError> {
    if arguments.command.as_ref().is_none_or(Command::uses_settings) {
        settings::load(arguments.profile.as_deref())?;
    }
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
        Command::Storage(c) => c.run(),
        Command::Config(c) => c.run(),
        Command::Help(c) => c.run(),
        Command::Completions(c) => c.run(),
        Command::Man(c) => c.run(),
        Command::Simulate(c) => c.run(),
    }
}
