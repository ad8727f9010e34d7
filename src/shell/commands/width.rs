//! `.width`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk};

pub const COMMAND: Command = Command {
    name: "width",
    aliases: &[],
    usage: "[N|auto]",
    brief: "Fit tables to so many columns of the terminal",
    help: "Fits tables to N columns; auto is the width of the terminal. Without a number, says what it is.",
    arguments: &[Argument::Number],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.optional()? {
        None => talk(&shell.output.look.width.map_or_else(|| "auto".to_owned(), |n| n.to_string())),
        Some("auto" | "0") => shell.output.look.width = None,
        Some(n) => {
            let n: usize = n.parse().map_err(|_| args.usage())?;
            if !(20..=10_000).contains(&n) {
                return Err(Failure::usage(format!("{n} is no width; expected 20 to 10000, or auto")));
            }
            shell.output.look.width = Some(n);
        }
    }
    Ok(())
}
