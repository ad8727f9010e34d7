//! `.stats`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, Stats};

pub const COMMAND: Command = Command {
    name: "stats",
    aliases: &[],
    usage: "[on|off|json]",
    brief: "Say what statements read",
    help: "Says after each result how many files and bytes were read, of how many. json writes a line for programs. Without a word, changes it.",
    arguments: &[Argument::Word(&["on", "off", "json"])],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    shell.stats = match args.optional()? {
        Some("json") => Stats::Json,
        _ => match args.switch(shell.stats != Stats::Off)? {
            true => Stats::Text,
            false => Stats::Off,
        },
    };
    Ok(())
}
