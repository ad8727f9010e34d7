//! `.tables`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "tables",
    aliases: &[r"\dt"],
    usage: "[PATTERN]",
    brief: "List tables and views",
    help: "Lists tables and views, tunnelql's own and the session's. PATTERN is a part of the name, or a pattern of LIKE with %.",
    arguments: &[Argument::Table],
    run: |shell, args| Box::pin(run(shell, args)),
};

const TABLES: &str = "SELECT table_schema AS schema, table_name AS name, table_type AS kind FROM information_schema.tables \
                      WHERE table_schema <> 'information_schema' AND table_name ILIKE $pattern ORDER BY 1, 2";

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    list(shell, args.optional()?).await
}

/// Lists the tables whose names match.
pub(super) async fn list(shell: &mut Shell, pattern: Option<&str>) -> Result<(), Failure> {
    shell.show(TABLES, vec![("pattern".to_owned(), like(pattern).as_str().into())]).await
}

/// A part of a name as a pattern for LIKE.
pub(super) fn like(pattern: Option<&str>) -> String {
    match pattern {
        None => "%".to_owned(),
        Some(p) if p.contains('%') => p.to_owned(),
        Some(p) => format!("%{p}%"),
    }
}
