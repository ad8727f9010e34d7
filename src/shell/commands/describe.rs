//! `.describe`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "describe",
    aliases: &[r"\d"],
    usage: "[TABLE]",
    brief: "Explain the columns of a table",
    help: "Shows each column of a table with its type and what it means. Without a table, lists the tables.",
    arguments: &[Argument::Table],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    match args.optional()? {
        None => super::tables::list(shell, None).await,
        Some(table) => shell.show(&format!("DESCRIBE {}", name(table)), shell.params.clone()).await,
    }
}

/// A name as SQL takes it. What is quoted or qualified is left as it is.
pub(super) fn name(table: &str) -> String {
    let plain = table.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '"'));
    match plain {
        true => table.to_owned(),
        false => format!("\"{}\"", table.replace('"', "\"\"")),
    }
}
