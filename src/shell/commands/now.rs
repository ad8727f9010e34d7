//! `.now`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, newest, talk, times};

pub const COMMAND: Command = Command {
    name: "now",
    aliases: &[],
    usage: "[TIME|newest|off]",
    brief: "Say or set what now() and .last count from",
    help: "Sets the session's clock: what now() says and .last counts from. 'newest' is the end of the newest data, for exports of long ago; 'off' is the real clock.",
    arguments: &[Argument::Time],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let now = match args.optional()? {
        None => {
            talk(&times::text(shell.now()));
            return Ok(());
        }
        Some("off") => None,
        Some("newest" | "data") => Some(newest(&shell.engine).await?),
        Some(text) => Some(times::time(".now", text, times::clock())?),
    };
    shell.options.now = now;
    shell.engine.set_now(now);
    if let Some((ago, _)) = shell.last_range {
        shell.set_range(shell.range_of_last(ago)).await?;
    }
    if shell.interactive {
        talk(&times::text(shell.now()));
    }
    Ok(())
}
