//! `.last`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk, times};
use crate::tables::TimeRange;

pub const COMMAND: Command = Command {
    name: "last",
    aliases: &[],
    usage: "[DURATION|off]",
    brief: "Show only records of the last so long: 7d, 12h",
    help: "Restricts every later statement to records of the last so long before now, or before what .now says; the prompt shows it. It counts from when it is given; .watch lets it move. 'off' lifts the whole range; without an argument, says what the range is.",
    arguments: &[Argument::Duration],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.optional()? {
        None => {
            talk(&describe(shell));
            return Ok(());
        }
        Some("off") => {
            shell.set_range(TimeRange::default()).await?;
            shell.last_range = None;
        }
        Some(text) => {
            let ago = times::duration(".last", text)?;
            shell.set_range(shell.range_of_last(ago)).await?;
            shell.last_range = Some((ago, text.to_owned()));
        }
    }
    tell(shell);
    Ok(())
}

/// The range in words.
pub(super) fn describe(shell: &Shell) -> String {
    match times::range_text(shell.options.range) {
        text if text.is_empty() => "all times".to_owned(),
        text => text,
    }
}

/// Says the new range to whoever sits there.
pub(super) fn tell(shell: &Shell) {
    if shell.interactive {
        talk(&describe(shell));
    }
}
