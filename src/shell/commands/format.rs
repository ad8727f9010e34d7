//! `.format`.

use super::{Args, Argument, Command};
use crate::render::Format;
use crate::shell::{Failure, Shell, talk};

pub const COMMAND: Command = Command {
    name: "format",
    aliases: &[r"\x", ".mode"],
    usage: "[FORMAT]",
    brief: "Choose how results are written",
    help: "Chooses the format of results: table, vertical, csv, tsv, json, ndjson, markdown or html; parquet and arrow into files. Without one, says which it is. \\x changes between table and vertical.",
    arguments: &[Argument::Format],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let now = shell.output.format();
    let format = match args.optional()? {
        None if args.invoked == r"\x" => match now {
            Format::Vertical => Format::Table,
            _ => Format::Vertical,
        },
        None => {
            talk(now.name());
            return Ok(());
        }
        Some(switch @ ("on" | "off")) if args.invoked == r"\x" => match switch {
            "on" => Format::Vertical,
            _ => Format::Table,
        },
        Some(name) => parse(name)?,
    };
    shell.output.set_format(format)
}

/// The format of a name.
pub(super) fn parse(name: &str) -> Result<Format, Failure> {
    Format::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.iter().map(|f| f.name()).collect();
        Failure::usage(format!("'{name}' is no format; expected one of {}", names.join(", ")))
    })
}
