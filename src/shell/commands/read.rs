//! `.read`.

use std::path::PathBuf;

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, Source};

pub const COMMAND: Command = Command {
    name: "read",
    aliases: &[r"\i"],
    usage: "FILE",
    brief: "Run a script",
    help: "Runs the statements and commands of a file. What it changes stays changed; defaults of its parameters ('-- param: month = 2026-03' at its head) are its own.",
    arguments: &[Argument::File],
    run: |shell, args| Box::pin(run(shell, args)),
};

/// Scripts may read scripts, but not without end.
const MOST: usize = 16;

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let file = args.one()?;
    let path = PathBuf::from(file);
    let same = |p: &PathBuf| std::fs::canonicalize(p).ok() == std::fs::canonicalize(&path).ok();
    if file == "-" || shell.reading.len() >= MOST || shell.reading.iter().any(same) {
        return Err(Failure::usage(format!("{file} is being read already, or scripts read each other too deeply")));
    }
    let source = Source::read(file)?;
    shell.reading.push(path);
    let done = shell.run(&source, &[]).await;
    shell.reading.pop();
    done
}
