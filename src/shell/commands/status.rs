//! `.status`.

use super::{Args, Command};
use crate::shell::{Failure, STATUS, Shell};

pub const COMMAND: Command = Command {
    name: "status",
    aliases: &[],
    usage: "",
    brief: "Say what the data is: tables, rows, files, bytes, times",
    help: "Shows for each log how many rows, files and bytes there are and from when to when, from the archive's log or the list of blobs alone.",
    arguments: &[],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    args.none()?;
    shell.show(STATUS, Vec::new()).await
}
