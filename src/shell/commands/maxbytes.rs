//! `.maxbytes`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, size, talk};

pub const COMMAND: Command = Command {
    name: "maxbytes",
    aliases: &[],
    usage: "[SIZE|off]",
    brief: "Refuse statements that would read more",
    help: "Refuses, before it starts, a statement that would read more than SIZE, such as 500MB. off refuses none. Without a size, says what it is.",
    arguments: &[Argument::Text],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let most = match args.optional()? {
        None => {
            match shell.options.max_bytes {
                Some(bytes) => talk(&indicatif::HumanBytes(bytes).to_string()),
                None => talk("off"),
            }
            return Ok(());
        }
        Some("off") => None,
        Some(text) => Some(size(text)? as u64),
    };
    shell.options.max_bytes = most;
    shell.engine.set_max_bytes(most);
    Ok(())
}
