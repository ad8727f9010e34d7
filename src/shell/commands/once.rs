//! `.once`.

use std::path::Path;

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "once",
    aliases: &[],
    usage: "FILE [FORMAT]",
    brief: "Send the next result to a file",
    help: "Sends the next result to a file, and later ones where they went before. The format is the file's ending unless it is said.",
    arguments: &[Argument::File, Argument::Format],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.words.as_slice() {
        [path] => shell.output.redirect_once(Path::new(path), None),
        [path, format] => shell.output.redirect_once(Path::new(path), Some(super::format::parse(format)?)),
        _ => Err(args.usage()),
    }
}
