//! `.maxrows`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk};

pub const COMMAND: Command = Command {
    name: "maxrows",
    aliases: &[],
    usage: "[N|all|auto]",
    brief: "Show at most so many rows",
    help: "Shows at most N rows of a result and counts the rest. auto is 40 for tables on a terminal and all elsewhere. Without a number, says what it is.",
    arguments: &[Argument::Number],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let look = &mut shell.output.look;
    match args.optional()? {
        None => match look.max_rows {
            None => talk("auto"),
            Some(0) => talk("all"),
            Some(n) => talk(&n.to_string()),
        },
        Some("auto") => look.max_rows = None,
        Some("all") => look.max_rows = Some(0),
        Some(n) => look.max_rows = Some(n.parse().map_err(|_| args.usage())?),
    }
    Ok(())
}
