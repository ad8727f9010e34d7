//! `.open`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};
use crate::store::Location;

pub const COMMAND: Command = Command {
    name: "open",
    aliases: &[],
    usage: "[PLACE ...]",
    brief: "Go on with other data",
    help: "Opens an archive, an export folder, a file or a URL in place of the data; several are one data set. Views and tables of the session stay where they fit. Without a place, looks at the present data anew.",
    arguments: &[Argument::Place],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    if args.words.is_empty() {
        return shell.refresh().await;
    }
    let places = args.words.iter().map(|w| Ok(Location::parse_with(w, &shell.options.store)?)).collect::<Result<Vec<_>, Failure>>()?;
    shell.open(places).await
}
