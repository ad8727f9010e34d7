//! `.history`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "history",
    aliases: &[r"\s"],
    usage: "[N]",
    brief: "Show what was typed",
    help: "Shows the last N (20) statements and commands. The history is kept in the state folder without anything that looks like a secret.",
    arguments: &[Argument::Number],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let n: usize = args.optional()?.map_or(Ok(20), |n| n.parse().map_err(|_| args.usage()))?;
    let from = shell.history.len().saturating_sub(n);
    let lines: Vec<&str> = shell.history.iter().skip(from).map(String::as_str).collect();
    match lines.is_empty() {
        true => Ok(()),
        false => shell.print(&lines.join("\n")),
    }
}
