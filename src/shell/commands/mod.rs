//! Dot commands: one file each, one line in [`ALL`].

macro_rules! commands {
    ($($file:ident,)*) => {
        $(mod $file;)*

        /// Every command, in the order of its name.
        pub const ALL: &[Command] = &[$($file::COMMAND,)*];
    };
}

commands! {
    chart,
    describe,
    edit,
    explain,
    format,
    functions,
    gateways,
    help,
    history,
    import,
    lang,
    last,
    last_result,
    maxbytes,
    maxrows,
    now,
    once,
    open,
    output,
    pager,
    param,
    quit,
    range,
    read,
    run,
    save,
    schema,
    shell,
    since,
    stats,
    status,
    tables,
    timing,
    tunnels,
    tz,
    until,
    version,
    watch,
    width,
}

use futures::future::LocalBoxFuture;

use super::{Failure, Shell};

/// What an argument is, for completion and for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A table or view.
    Table,
    /// A function.
    Function,
    /// An output format.
    Format,
    /// A file.
    File,
    /// A folder, file or URL with data.
    Place,
    /// A named query.
    Query,
    /// A command.
    Command,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A time.
    Time,
    /// A duration.
    Duration,
    /// A number.
    Number,
    /// A parameter with its value.
    Parameter,
    /// A time zone.
    Zone,
    /// A statement.
    Statement,
    /// Anything else.
    Text,
}

/// A command.
pub struct Command {
    /// Its name, after the dot.
    pub name: &'static str,
    /// Other ways to call it, with what stands before them: `\dt`.
    pub aliases: &'static [&'static str],
    /// What follows the name.
    pub usage: &'static str,
    /// What it does, in a line.
    pub brief: &'static str,
    /// All about it.
    pub help: &'static str,
    /// What its arguments are, in order; the last one may come several times.
    pub arguments: &'static [Argument],
    /// Runs it.
    run: for<'a> fn(&'a mut Shell, Args) -> LocalBoxFuture<'a, Result<(), Failure>>,
}

/// What a command was called with.
pub struct Args {
    command: &'static Command,
    /// The name or alias that was used.
    invoked: String,
    /// Everything after the name, as it stands.
    raw: String,
    /// The same as words; quotes hold words together.
    words: Vec<String>,
}

impl Args {
    /// An error that says how it goes.
    fn usage(&self) -> Failure {
        let Command { name, usage, .. } = self.command;
        let space = if usage.is_empty() { "" } else { " " };
        Failure::usage(format!("usage: .{name}{space}{usage}; .help {name} says more"))
    }

    /// No argument.
    fn none(&self) -> Result<(), Failure> {
        if self.words.is_empty() { Ok(()) } else { Err(self.usage()) }
    }

    /// One argument.
    fn one(&self) -> Result<&str, Failure> {
        match self.words.as_slice() {
            [one] => Ok(one),
            _ => Err(self.usage()),
        }
    }

    /// One argument or none.
    fn optional(&self) -> Result<Option<&str>, Failure> {
        match self.words.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(self.usage()),
        }
    }

    /// `on` or `off`; without a word the other of what is.
    fn switch(&self, now: bool) -> Result<bool, Failure> {
        match self.optional()?.map(str::to_ascii_lowercase).as_deref() {
            None => Ok(!now),
            Some("on" | "true" | "1") => Ok(true),
            Some("off" | "false" | "0") => Ok(false),
            Some(_) => Err(self.usage()),
        }
    }
}

/// The command of a name or alias, as it is typed: `.tables`, `\dt`. The beginning of a name is enough when no other
/// command begins so.
pub fn find(invoked: &str) -> Option<&'static Command> {
    let exact = |c: &&Command| {
        invoked.strip_prefix('.').is_some_and(|n| n.eq_ignore_ascii_case(c.name)) || c.aliases.contains(&invoked)
    };
    if let Some(found) = ALL.iter().find(exact) {
        return Some(found);
    }
    let start = invoked.strip_prefix('.')?.to_ascii_lowercase();
    let mut begin = ALL.iter().filter(|c| c.name.starts_with(&start));
    begin.next().filter(|_| begin.next().is_none())
}

/// The name that is spelled most alike, when one is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    crate::engine::nearest::nearest(name, known, 1).first().copied()
}

/// Commands that change more than the session.
const CHANGES: &[&str] = &["edit", "import", "shell"];

/// Runs a line that is a command.
pub async fn run(shell: &mut Shell, line: &str) -> Result<(), Failure> {
    let line = line.trim();
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (invoked, raw) = line.split_at(end);
    // Whoever ends a statement with a semicolon does so with a command too.
    let (mut invoked, mut raw) = (invoked, raw.trim());
    if raw.is_empty() {
        invoked = invoked.trim_end_matches(';');
    }
    let Some(command) = find(invoked) else {
        let names = ALL.iter().map(|c| c.name);
        let near = nearest(invoked.trim_start_matches(['.', '\\']), names);
        let hint = near.map(|n| format!("did you mean .{n}? ")).unwrap_or_default();
        return Err(Failure::usage(format!("there is no command {invoked}; {hint}.help lists them")));
    };
    let text = |a: &Argument| matches!(a, Argument::Text | Argument::Parameter | Argument::Statement);
    let takes_text = command.arguments.first().is_some_and(text);
    if !takes_text {
        raw = raw.trim_end_matches(';').trim_end();
    }
    let words = match takes_text {
        true => raw.split_whitespace().map(str::to_owned).collect(),
        false => words(raw)?,
    };
    let args = Args { command, invoked: invoked.to_owned(), raw: raw.to_owned(), words };
    if shell.explains && CHANGES.contains(&command.name) {
        // Whoever asks what it would take does not want it done.
        super::talk(&format!("not run: .{}", command.name));
        return Ok(());
    }
    (command.run)(shell, args).await
}

/// Words at spaces; single and double quotes hold a word together.
fn words(text: &str) -> Result<Vec<String>, Failure> {
    let (mut words, mut word, mut quote): (Vec<String>, Option<String>, Option<char>) = (Vec::new(), None, None);
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    if let Some(q) = quote {
        return Err(Failure::usage(format!("a {q} is not closed")));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_said_and_nothing_twice() {
        assert!(ALL.windows(2).all(|w| w[0].name < w[1].name), "sorted by name");
        let mut aliases: Vec<&str> = ALL.iter().flat_map(|c| c.aliases).copied().collect();
        let all = aliases.len();
        aliases.sort_unstable();
        aliases.dedup();
        assert_eq!(aliases.len(), all);
        for c in ALL {
            assert!(!c.brief.is_empty() && !c.brief.ends_with('.') && c.brief.len() < 80, "{}", c.name);
            assert!(c.help.ends_with('.') && c.help.len() > c.brief.len() / 2, "{}", c.name);
            assert_eq!(c.usage.is_empty(), c.arguments.is_empty(), "{}", c.name);
            assert!(c.aliases.iter().all(|a| a.starts_with(['\\', '.'])), "{}", c.name);
            assert_eq!(find(&format!(".{}", c.name.to_uppercase())).map(|f| f.name), Some(c.name));
        }
        for alias in [r"\d", r"\dt", r"\df", r"\x", r"\timing", r"\i", r"\o", r"\q", r"\?"] {
            assert!(find(alias).is_some(), "{alias}");
        }
    }

    #[test]
    fn names_are_found() {
        let name = |invoked: &str| find(invoked).map(|c| c.name);
        assert_eq!(name(".tab"), Some("tables"));
        assert_eq!(name(".last"), Some("last"));
        assert_eq!(name(".last_"), Some("last_result"));
        assert_eq!((name(".t"), name("tables"), name(r"\tables")), (None, None, None));
        assert_eq!(nearest("tabels", ALL.iter().map(|c| c.name)), Some("tables"));
        assert_eq!(nearest("zzz", ALL.iter().map(|c| c.name)), None);
    }

    #[test]
    fn words_and_quotes() {
        assert_eq!(words("a 'b c' d\"e f\"g '' ").unwrap(), ["a", "b c", "de fg", ""]);
        assert!(words("a 'b").is_err());
        assert_eq!(words("C:\\x\\y 日本").unwrap(), ["C:\\x\\y", "日本"]);
    }
}
