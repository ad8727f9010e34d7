//! `.help`.

use super::{ALL, Args, Argument, Command, find, nearest};
use crate::shell::{Failure, Shell};

pub const COMMAND: Command = Command {
    name: "help",
    aliases: &[r"\?", r"\h"],
    usage: "[COMMAND]",
    brief: "List the commands, or explain one",
    help: "Lists the commands in a line each. With the name of one, says all about it.",
    arguments: &[Argument::Command],
    run: |shell, args| Box::pin(run(shell, args)),
};

async fn run(shell: &mut Shell, args: Args) -> Result<(), Failure> {
    let text = match args.optional()? {
        None => list(),
        Some(name) => {
            let dotted = if name.starts_with(['.', '\\']) { name.to_owned() } else { format!(".{name}") };
            let Some(command) = find(&dotted) else {
                let near = nearest(name, ALL.iter().map(|c| c.name));
                let hint = near.map(|n| format!("; did you mean .{n}?")).unwrap_or_default();
                return Err(Failure::usage(format!("there is no command {dotted}{hint}")));
            };
            one(command)
        }
    };
    shell.print(&text)
}

fn list() -> String {
    let call = |c: &Command| format!(".{} {}", c.name, c.usage).trim_end().to_owned();
    let width = ALL.iter().map(|c| call(c).chars().count()).filter(|w| *w <= 30).max().unwrap_or_default();
    let line = |c: &Command| format!("{:width$}  {}\n", call(c), c.brief);
    let lines: String = ALL.iter().map(line).collect();
    format!("{lines}\nStatements end with a semicolon. .help COMMAND says more; the beginning of a name is enough.")
}

fn one(command: &Command) -> String {
    let mut text = format!(".{} {}", command.name, command.usage).trim_end().to_owned();
    if !command.aliases.is_empty() {
        text.push_str(&format!("\nalso {}", command.aliases.join(", ")));
    }
    format!("{text}\n\n{}", wrapped(command.help))
}

/// Lines of at most 80 columns.
fn wrapped(text: &str) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > 80 {
            out.push('\n');
            column = 0;
        }
        if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}
