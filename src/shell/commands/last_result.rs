//! `.last_result`.

use super::{Args, Argument, Command};
use crate::shell::{Failure, Shell, talk};

pub const COMMAND: Command = Command {
    name: "last_result",
    aliases: &[],
    usage: "[FORMAT]",
    brief: "Show the last result again without running it",
    help: "Shows the rows of the last statement again, perhaps in another format or, after .once, in a file. Of a large result the first rows are kept, and it says so.",
    arguments: &[Argument::Format],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let format = args.optional()?.map(super::format::parse).transpose()?;
    let Some(last) = &shell.last else { return Err(Failure::usage("there is no last result yet")) };
    shell.results += 1;
    let stem = format!("result-{}", shell.results);
    let mut begun = shell.output.begin_as(last.schema.clone(), &stem, format)?;
    for batch in &last.batches {
        begun.write(batch)?;
    }
    let (_, note) = begun.finish()?;
    note.into_iter().chain(last.note()).for_each(|note| talk(&note));
    Ok(())
}
