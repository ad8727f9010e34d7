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

/// Widest call that has its brief beside it; a longer one has it in the line below.
const CALL: usize = 28;

fn list() -> String {
    let call = |c: &Command| format!(".{} {}", c.name, c.usage).trim_end().to_owned();
    let width = ALL.iter().map(|c| call(c).chars().count()).filter(|w| *w <= CALL).max().unwrap_or_default();
    let line = |c: &Command| {
        let (call, brief) = (call(c), wrapped(c.brief, width + 2));
        let gap = if call.chars().count() > width { "\n" } else { "" };
        let filled = if gap.is_empty() { width + 2 - call.chars().count() } else { width + 2 };
        format!("{call}{gap}{:filled$}{brief}\n", "")
    };
    let lines: String = ALL.iter().map(line).collect();
    let end = "Statements end with a semicolon. .help COMMAND says more; the beginning of a name is enough.";
    format!("{lines}\n{}", wrapped(end, 0))
}

fn one(command: &Command) -> String {
    let mut text = format!(".{} {}", command.name, command.usage).trim_end().to_owned();
    if !command.aliases.is_empty() {
        text.push_str(&format!("\nalso {}", command.aliases.join(", ")));
    }
    format!("{text}\n\n{}", wrapped(command.help, 0))
}

/// Lines of at most 80 columns, those after the first with some space before them.
fn wrapped(text: &str, indent: usize) -> String {
    let (mut out, mut column) = (String::new(), indent);
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > indent && column + 1 + width > 80 {
            out.push_str(&format!("\n{:indent$}", ""));
            column = indent;
        }
        if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_fits_eighty_columns_and_leaves_nothing_out() {
        let list = list();
        for line in list.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let words: Vec<&str> = list.split_whitespace().collect();
        for command in ALL {
            let brief: Vec<&str> = command.brief.split_whitespace().collect();
            assert!(words.windows(brief.len()).any(|w| w == brief), "{}", command.name);
        }
    }
}
