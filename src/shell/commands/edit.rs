//! `.edit`.

use super::{Args, Argument, Command};
use crate::shell::{Exit, Failure, Shell};

pub const COMMAND: Command = Command {
    name: "edit",
    aliases: &[r"\e"],
    usage: "[FILE]",
    brief: "Edit the last statement in $EDITOR",
    help: "Opens the last statement, or a file, in the editor of the settings, $VISUAL or $EDITOR. What is saved stands in the prompt afterwards, to be changed further or run with Enter.",
    arguments: &[Argument::File],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    if !shell.interactive || !shell.programs {
        return Err(Failure::usage(".edit needs a terminal"));
    }
    let file = args.optional()?;
    let text = match file {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|e| Failure::new(Exit::Storage, format!("cannot read {file}: {e}")))?,
        None => shell.last_statement.clone().map(|s| s + ";").unwrap_or_default(),
    };
    let failed = |e: std::io::Error| Failure::new(Exit::Storage, format!("cannot edit: {e}"));
    // Of no one else's to read, and gone afterwards.
    let scratch = tempfile::Builder::new().prefix("tunnelql-").suffix(".sql").tempfile().map_err(failed)?;
    std::fs::write(scratch.path(), text).map_err(failed)?;
    let variable = |name: &&str| std::env::var(name).ok().filter(|e| !e.trim().is_empty());
    let editor = shell.editor.clone().or_else(|| ["VISUAL", "EDITOR"].iter().find_map(variable));
    let editor = editor.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned());
    // The editor may come with arguments: code --wait.
    let mut words = super::words(&editor)?.into_iter();
    let program = words.next().unwrap_or_default();
    let status = std::process::Command::new(&program).args(words).arg(scratch.path()).status();
    let status = status.map_err(|e| Failure::new(Exit::Storage, format!("cannot start the editor '{program}': {e}")))?;
    if !status.success() {
        return Err(Failure::new(Exit::Query, format!("the editor '{program}' failed, so nothing was taken over")));
    }
    let text = std::fs::read_to_string(scratch.path()).map_err(failed)?;
    shell.next_input = Some(text.trim_end().to_owned()).filter(|t| !t.is_empty());
    Ok(())
}
