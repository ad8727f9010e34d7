//! `.timing`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "timing",
    aliases: &[r"\timing"],
    usage: "[on|off]",
    brief: "Say how long statements take",
    help: "Says after each result how long it took. Without a word, changes it.",
    arguments: &[Argument::Word(&["on", "off"])],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    shell.timing = args.switch(shell.timing)?;
    Ok(())
}
