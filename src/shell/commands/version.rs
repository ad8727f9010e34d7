//! `.version`.

use super::{Args, Command};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "version",
    aliases: &[],
    usage: "",
    brief: "Say which tunnelql this is",
    help: "Says the version of tunnelql and of the engine in it.",
    arguments: &[],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    args.none()?;
    shell.print(&format!("tunnelql {}, DataFusion {}", env!("CARGO_PKG_VERSION"), datafusion::DATAFUSION_VERSION))
}
