//! `.now`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk, times};
use crate::tables::TimeRange;

pub const COMMAND: Command = Command {
    name: "now",
    aliases: &[],
    usage: "[TIME|newest|off]",
    brief: "Say or set what now() and .last count from",
    help: "Sets the session's clock: what now() says and .last counts from. 'newest' is the end of the newest data, for exports of long ago; 'off' is the real clock.",
    arguments: &[Argument::Time],
    run: |shell, args| Box::pin(run(shell, args)),
};

/// Not of the archive's own files, whose times are those of imports.
const NEWEST: &str = "SELECT max(max_time) AS newest FROM system.files \
                      WHERE kind <> 'archive' OR table_name IS NOT NULL";

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let now = match args.optional()? {
        None => {
            talk(&times::text(shell.now()));
            return Ok(());
        }
        Some("off") => None,
        Some("newest") => {
            let rows = shell.texts(NEWEST, Vec::new()).await?;
            let text = rows.first().and_then(|r| r.first()).filter(|t| !t.is_empty());
            let newest = text.and_then(|t| crate::model::parse_iso(&t.replace(' ', "T")));
            let Some(newest) = newest else { return Err(Failure::usage("there is no data to count from")) };
            // The next moment, so that the newest record is before it.
            Some(newest.saturating_add(10))
        }
        Some(text) => Some(times::time(".now", text, times::clock())?),
    };
    shell.options.now = now;
    shell.engine.set_now(now);
    if let Some((ago, _)) = shell.last_range {
        shell.set_range(TimeRange { start: Some(times::before(shell.now(), ago)), end: None }).await?;
    }
    if shell.interactive {
        talk(&times::text(shell.now()));
    }
    Ok(())
}
