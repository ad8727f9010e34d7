//! `.explain`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, script};

pub const COMMAND: Command = Command {
    name: "explain",
    aliases: &[],
    usage: "[STATEMENT]",
    brief: "Say what a statement would read",
    help: "Says in words and numbers what a statement, or the last one, would read: tables, files of how many, bytes, and which filters skip what. It is not run; EXPLAIN shows the plan.",
    arguments: &[Argument::Statement],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let text = match args.raw.as_str() {
        "" => shell.last_statement.clone(),
        text => Some(text.to_owned()),
    };
    let Some(text) = text else { return Err(Failure::usage("there is no statement to explain yet")) };
    for item in script::split(&text, shell.lang) {
        for statement in shell.lang.parse(&shell.engine, &text, &item)? {
            shell.results += 1;
            let stem = format!("explanation-{}", shell.results);
            shell.explain(statement, &text, shell.params.clone(), &stem).await?;
        }
    }
    Ok(())
}
