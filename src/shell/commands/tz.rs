//! `.tz`.

use super::{Args, Argument, Command};
use crate::render::TimeZone;
use crate::shell::{Failure, Shell, talk};

pub const COMMAND: Command = Command {
    name: "tz",
    aliases: &[],
    usage: "[ZONE]",
    brief: "Say or choose the time zone that people are shown",
    help: "Shows times in another zone: UTC, local, +09:00 or a name such as Europe/Berlin. It holds for table, vertical, \
           markdown, html and charts; other formats and what you type are always UTC. Without a zone, says which it is.",
    arguments: &[Argument::Zone],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.optional()? {
        None => talk(shell.output.look.tz.name()),
        Some(zone) => shell.output.look.tz = TimeZone::parse(zone).map_err(Failure::usage)?,
    }
    Ok(())
}
