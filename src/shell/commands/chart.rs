//! `.chart`.

use super::{Args, Argument, Command};
use crate::render::chart::{ChartKind, draw};
use crate::shell::{Failure, Shell, talk};

pub const COMMAND: Command = Command {
    name: "chart",
    aliases: &[],
    usage: "[timeline|series|bars|histogram] [ascii]",
    brief: "Draw the last result",
    help: "Draws the rows of the last statement in the width of the terminal: when each tunnel was up (timeline), numbers \
           over time (series), a number for each text (bars), or how often values fall where (histogram). Without a kind, \
           the first that fits the columns. ascii draws without other characters.",
    arguments: &[Argument::Word(&["timeline", "series", "bars", "histogram", "ascii"])],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let mut options = shell.output.chart_options(None, shell.output.to_terminal());
    for word in &args.words {
        match ChartKind::from_name(word) {
            Some(kind) => options.kind = Some(kind),
            None if word.eq_ignore_ascii_case("ascii") => options.ascii = true,
            None => return Err(args.usage()),
        }
    }
    let Some(last) = &shell.last else { return Err(Failure::usage("there is no result to draw yet")) };
    let text = draw(&last.schema, &last.batches, &options).map_err(|e| Failure::usage(e.to_string()))?;
    let note = last.note();
    shell.print_drawn(&text)?;
    if let Some(note) = note {
        talk(&note);
    }
    Ok(())
}
