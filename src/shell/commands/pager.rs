//! `.pager`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk, usual_pager};

pub const COMMAND: Command = Command {
    name: "pager",
    aliases: &[],
    usage: "[on|off|PROGRAM]",
    brief: "Say or choose what shows results longer than the screen",
    help: "Chooses the program that shows results longer than the screen: on is $TUNNELQL_PAGER, $PAGER or less; off shows \
           them as they are. Without a word, says which it is.",
    arguments: &[Argument::Text],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    shell.output.look.pager = match args.raw.as_str() {
        "" => {
            talk(shell.output.look.pager.as_deref().unwrap_or("off"));
            return Ok(());
        }
        "on" => usual_pager(std::env::var("TUNNELQL_PAGER").ok().as_deref()),
        "off" => None,
        _ if !shell.programs => return Err(Failure::usage("named queries do not choose programs")),
        program => usual_pager(Some(program)),
    };
    Ok(())
}
