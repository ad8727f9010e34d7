//! `.shell`.

use super::{Args, Argument, Command};
use crate::shell::{Exit, Failure, Shell};

pub const COMMAND: Command = Command {
    name: "shell",
    aliases: &[r"\!", ".system"],
    usage: "COMMAND",
    brief: "Run a command of the operating system",
    help: "Runs a command in the system's shell. Not in named queries: a file that is found by its name must not run programs.",
    arguments: &[Argument::Text],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    if !shell.programs {
        return Err(Failure::usage("named queries do not run programs; copy it to a script and run it with -f"));
    }
    if args.raw.is_empty() {
        return Err(args.usage());
    }
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let status = std::process::Command::new(program).arg(flag).arg(&args.raw).status();
    let status = status.map_err(|e| Failure::new(Exit::Storage, format!("cannot start {program}: {e}")))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new(Exit::Query, format!("the command failed: {status}"))),
    }
}
