//! `.param`.

use super::{Args, Argument, Command};
use crate::engine::parse_param;
use crate::shell::{Failure, Shell, header, history, talk};

pub const COMMAND: Command = Command {
    name: "param",
    aliases: &[],
    usage: "[NAME=VALUE|unset NAME]",
    brief: "Say or set the values of $name",
    help: "Gives $NAME in later statements a value, typed by what it looks like, or as NAME:TYPE=VALUE with text, integer, double, boolean, timestamp or interval. Without an argument, lists them; unset forgets one.",
    arguments: &[Argument::Parameter],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => {
            let lines = shell.params.iter().map(|(name, value)| match history::is_secret(&format!(".param {name}=")) {
                true => format!("${name} = (not shown)\n"),
                false => format!("${name} = {value}\n"),
            });
            let text: String = lines.collect();
            match text.is_empty() {
                true => talk("no parameter has a value"),
                false => return shell.print(&text),
            }
        }
        ["unset", name] => {
            let name = name.trim_start_matches('$');
            let before = shell.params.len();
            shell.params.retain(|(n, _)| n != name);
            if shell.params.len() == before {
                return Err(Failure::usage(format!("${name} has no value")));
            }
        }
        _ => {
            let raw = args.raw.strip_prefix("set ").unwrap_or(&args.raw).trim_start_matches('$');
            let Some((name, value)) = raw.split_once('=') else { return Err(args.usage()) };
            let param = parse_param(&format!("{}={}", name.trim(), value.trim())).map_err(Failure::usage)?;
            header::set(&mut shell.params, param);
        }
    }
    Ok(())
}
