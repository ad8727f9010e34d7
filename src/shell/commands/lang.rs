//! `.lang`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Lang, Shell, talk};

pub const COMMAND: Command = Command {
    name: "lang",
    aliases: &[],
    usage: "[sql|kql]",
    brief: "Say or choose the language of statements",
    help: "Chooses the language of later statements. Without a word, says which it is.",
    arguments: &[Argument::Word(&["sql", "kql"])],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.optional()? {
        None => talk(shell.lang.name()),
        Some(name) => shell.lang = Lang::from_name(name)?,
    }
    Ok(())
}
