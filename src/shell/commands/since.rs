//! `.since`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk, times};
use crate::tables::TimeRange;

pub const COMMAND: Command = Command {
    name: "since",
    aliases: &[],
    usage: "[TIME|off]",
    brief: "Show only records from a time on",
    help: "Restricts every later statement. TIME is an ISO date or time in UTC, or how long ago: 12h, 7d. 'off' lifts it; without an argument, says what the range is.",
    arguments: &[Argument::Time],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let start = match args.optional()? {
        None => {
            talk(&super::last::describe(shell));
            return Ok(());
        }
        Some("off") => None,
        Some(text) => Some(times::time(".since", text, shell.now())?),
    };
    let range = TimeRange { start, ..shell.options.range };
    shell.set_range(range).await?;
    shell.last_range = None;
    super::last::tell(shell);
    Ok(())
}
