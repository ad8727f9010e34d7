//! `.quit`.

use super::{Args, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "quit",
    aliases: &[r"\q", ".exit"],
    usage: "",
    brief: "Leave",
    help: "Leaves the shell, as Ctrl-D does. In a script, nothing after it runs.",
    arguments: &[],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    args.none()?;
    shell.done = true;
    Ok(())
}
