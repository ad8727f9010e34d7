//! `.schema`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "schema",
    aliases: &[],
    usage: "[PATTERN]",
    brief: "Show tables as the statements that would make them",
    help: "Shows tables as CREATE statements: columns with their types, and the definitions of views that this session made. PATTERN is a part of the name.",
    arguments: &[Argument::Table],
    run: |shell, args| Box::pin(run(shell, args)),
};

const COLUMNS: &str = "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns \
                       WHERE table_name ILIKE $pattern ORDER BY table_schema, table_name, ordinal_position";
const VIEWS: &str = "SELECT table_name, definition FROM information_schema.views WHERE definition IS NOT NULL";

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let pattern = super::tables::like(args.optional()?);
    let columns = shell.texts(COLUMNS, vec![("pattern".to_owned(), pattern.as_str().into())]).await?;
    let views = shell.texts(VIEWS, Vec::new()).await?;
    let mut out = String::new();
    for table in columns.chunk_by(|a, b| a.get(..2) == b.get(..2)) {
        let [schema, name, ..] = table.first().map_or(&[][..], Vec::as_slice) else { continue };
        if let Some([_, definition]) = views.iter().map(Vec::as_slice).find(|v| v.first() == Some(name)) {
            out.push_str(&format!("{definition};\n\n"));
            continue;
        }
        let qualified = if schema == "logs" { name.clone() } else { format!("{schema}.{name}") };
        let columns: Vec<String> = table
            .iter()
            .filter_map(|row| match row.as_slice() {
                [_, _, column, kind] => Some(format!("  {column} {kind}")),
                _ => None,
            })
            .collect();
        out.push_str(&format!("CREATE TABLE {qualified} (\n{}\n);\n\n", columns.join(",\n")));
    }
    if out.is_empty() {
        return Err(Failure::usage("no table has such a name; .tables lists them"));
    }
    shell.print(out.trim_end())
}
