//! `.functions`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "functions",
    aliases: &[r"\df"],
    usage: "[NAME]",
    brief: "List functions, or explain one",
    help: "Lists the functions about tunnels, IKE and Azure, and the table functions. With the name of any function, also of those that every SQL has, says all about it.",
    arguments: &[Argument::Function],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let text = match args.optional()? {
        None => crate::shell::functions::list().replace("tunnelql functions NAME", ".functions NAME"),
        Some(name) => crate::shell::functions::one(name)?,
    };
    shell.print(&text)
}
