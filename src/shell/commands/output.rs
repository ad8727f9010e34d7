//! `.output`.

use std::path::Path;

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "output",
    aliases: &[r"\o", ".out"],
    usage: "[FILE|FOLDER/] [FORMAT]",
    brief: "Send results to a file, a folder or back to stdout",
    help: "Sends all later results to a file, one after the other, or into a folder, a file for each statement. The format is the file's ending unless it is said. Without an argument, results go to stdout again.",
    arguments: &[Argument::File, Argument::Format],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.words.as_slice() {
        [] => shell.output.redirect(None, None),
        [out] if matches!(out.as_str(), "stdout" | "-") => shell.output.redirect(None, None),
        [path] => shell.output.redirect(Some(Path::new(path)), None),
        [path, format] => shell.output.redirect(Some(Path::new(path)), Some(super::format::parse(format)?)),
        _ => Err(args.usage()),
    }
}
