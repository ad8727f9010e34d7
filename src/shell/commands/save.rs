//! `.save`.

use std::io::Write;

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, history, queries, talk};

pub const COMMAND: Command = Command {
    name: "save",
    aliases: &[],
    usage: "NAME",
    brief: "Save the last statement as a named query",
    help: "Saves the last statement in the configuration folder, where .run and tunnelql run find it under its name.",
    arguments: &[Argument::Query],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let name = args.one()?;
    let file = queries::file_for(name)?;
    let Some(text) = &shell.last_statement else { return Err(Failure::usage("there is no statement to save yet")) };
    if history::is_secret(text) {
        return Err(Failure::usage("the statement holds what looks like a secret, and is not saved"));
    }
    let failed = |e| Failure::output(&file.display().to_string(), &e);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut open = std::fs::File::options();
    let mut out = open.write(true).create_new(true).open(&file).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{} is there already; choose another name or delete it", file.display()))
        }
        _ => failed(e),
    })?;
    out.write_all(format!("{};\n", text.trim_end()).as_bytes()).map_err(failed)?;
    talk(&format!("saved in {}", file.display()));
    Ok(())
}
