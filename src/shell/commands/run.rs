//! `.run`.

use std::path::PathBuf;

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, Source, queries};

pub const COMMAND: Command = Command {
    name: "run",
    aliases: &[],
    usage: "[NAME [PARAM=VALUE ...]]",
    brief: "Run a named query, or list them",
    help: "Runs a query by its name, or by the end of it when only one query has it: those of the configuration folder, of ./queries, and the built-in gallery. Values of its parameters may follow. Without a name, lists them.",
    arguments: &[Argument::Query, Argument::Text],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let [name, given @ ..] = args.words.as_slice() else { return shell.print(&queries::table()) };
    let query = queries::find(name.trim_end_matches(';'))?;
    let source = Source { stem: query.name.clone(), ..Source::named(&query.name, &query.text) };
    if shell.reading.len() >= MOST {
        return Err(Failure::usage("queries run each other too deeply"));
    }
    shell.reading.push(PathBuf::from(&query.name));
    // Queries ask; a file found by its name runs no programs.
    let programs = std::mem::replace(&mut shell.programs, false);
    let before = shell.params.clone();
    let done = shell.run(&source, given).await;
    shell.params = before;
    shell.programs = programs;
    shell.reading.pop();
    done
}

const MOST: usize = 16;
