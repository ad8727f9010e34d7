//! `.import`.

use super::{Args, Argument, Command};
use crate::import::ImportOptions;
use crate::shell::{Failure, Shell, import_into, talk, unread};
use crate::store::{Location, StoreOptions};
use crate::tables::OnBlobError;

pub const COMMAND: Command = Command {
    name: "import",
    aliases: &[],
    usage: "SOURCE ...",
    brief: "Import exported logs into the archive",
    help: "Imports folders, files, globs or URLs into the archive that is open, and looks at it anew. Importing again reads only what is new. Ctrl-C ends it without harm: what was committed is complete.",
    arguments: &[Argument::Place],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    if args.words.is_empty() {
        return Err(args.usage());
    }
    let [place] = shell.options.data.as_slice() else {
        return Err(Failure::usage("several places are open; .open the archive to import into first"));
    };
    let store = StoreOptions { cache: None, ..shell.options.store.clone() };
    let sources = args.words.iter().map(|w| Ok(Location::parse_with(w, &store)?)).collect::<Result<Vec<_>, Failure>>()?;
    let options = ImportOptions {
        keep_unknown: shell.options.raw.keep_unknown,
        threads: shell.options.threads,
        skip_unreadable: shell.options.raw.on_blob_error == OnBlobError::Skip,
        ..ImportOptions::default()
    };
    let summary = import_into(place.clone(), sources, options).await?;
    talk(summary.to_text().trim_end());
    shell.refresh().await?;
    unread(&summary)
}
