//! `.width`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk};

pub const COMMAND: Command = Command {
    name: "width",
    aliases: &[],
    usage: "[N|auto|columns N ...]",
    brief: "Fit tables to so many columns of the terminal",
    help: "Fits tables to N columns; auto is the width of the terminal. columns gives the columns of tables widths of their own, from the first on; 0 is fitted. Without a number, says what it is.",
    arguments: &[Argument::Number],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let look = &mut shell.output.look;
    match args.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            let columns: Vec<String> = look.column_widths.iter().map(|n| format!(" {n}")).collect();
            let width = look.width.map_or_else(|| "auto".to_owned(), |n| n.to_string());
            talk(&match columns.is_empty() {
                true => width,
                false => format!("{width}, columns{}", columns.concat()),
            });
        }
        ["auto"] => (look.width, look.column_widths) = (None, Vec::new()),
        ["columns", widths @ ..] => {
            let widths = widths.iter().map(|n| n.parse().ok().filter(|n| *n <= MOST));
            look.column_widths = widths.collect::<Option<_>>().ok_or_else(|| args.usage())?;
        }
        [n] => {
            let n = n.parse().map_err(|_| args.usage())?;
            if !(20..=MOST).contains(&n) {
                return Err(Failure::usage(format!("{n} is no width; expected 20 to {MOST}, or auto")));
            }
            look.width = Some(n);
        }
        _ => return Err(args.usage()),
    }
    Ok(())
}

/// No terminal is wider.
const MOST: usize = 10_000;
