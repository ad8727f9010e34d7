//! `.explain`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "explain",
    aliases: &[],
    usage: "[STATEMENT]",
    brief: "Say how a statement would run",
    help: "Shows the plan of a statement, or of the last one, without running it.",
    arguments: &[Argument::Statement],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let text = match args.raw.as_str() {
        "" => shell.last_statement.clone(),
        text => Some(text.to_owned()),
    };
    let Some(text) = text else { return Err(Failure::usage("there is no statement to explain yet")) };
    shell.show(&format!("EXPLAIN {text}"), shell.params.clone()).await
}
