//! Dot commands and their arguments.

use super::paths::paths;
use super::{Candidate, Command, Kind, Pool, Vocabulary, sql};
use crate::shell::commands::Argument;

/// Whether a text is a dot command.
pub fn is_command(text: &str) -> bool {
    text.trim_start().starts_with(['.', '\\'])
}

/// Completes in a line that is a command; `cursor` is a byte of it.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary) -> (usize, Vec<Candidate>) {
    let before = text.get(..cursor).unwrap_or(text);
    let start = before.len() - before.trim_start().len();
    let line = before.get(start..).unwrap_or_default();
    let Some(space) = line.find(char::is_whitespace) else {
        return (start, names(line, vocabulary));
    };
    let name = line.get(..space).unwrap_or_default();
    let Some(command) = find(name, vocabulary) else { return (cursor, Vec::new()) };
    let (word, index) = last_word(line.get(space..).unwrap_or_default());
    let Some(kind) = command.arguments.get(index).or(command.arguments.last()) else { return (cursor, Vec::new()) };
    if command
        .arguments
        .get(..=index.min(command.arguments.len().saturating_sub(1)))
        .is_some_and(|k| k.contains(&Argument::Statement))
    {
        return sql::complete(text, cursor, start + space, vocabulary);
    }
    let found = argument(*kind, word, vocabulary);
    (cursor - word.len(), found)
}

/// The command of that name or alias.
fn find<'v>(name: &str, vocabulary: &'v Vocabulary) -> Option<&'v Command> {
    let named = |c: &&Command| {
        name.strip_prefix('.').is_some_and(|n| c.name.eq_ignore_ascii_case(n)) || c.aliases.iter().any(|a| a == name)
    };
    vocabulary.commands.iter().find(named)
}

fn names(typed: &str, vocabulary: &Vocabulary) -> Vec<Candidate> {
    let mut pool = Pool::new(typed);
    for command in &vocabulary.commands {
        let name = format!(".{}", command.name);
        let display = if command.brief.is_empty() { name.clone() } else { format!("{name}  {}", command.brief) };
        if typed.starts_with('.') {
            pool.beginning(&name, name.clone(), display, Kind::Command);
        } else {
            for alias in command.aliases.iter().filter(|a| a.starts_with('\\')) {
                pool.beginning(alias, alias.clone(), format!("{alias}  {}", command.brief), Kind::Command);
            }
        }
    }
    pool.sorted()
}

/// The word that is being typed, and how many stand before it.
fn last_word(text: &str) -> (&str, usize) {
    let (mut start, mut count, mut quote) = (0, 0usize, None);
    let mut inside = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c.is_whitespace() => {
                count += usize::from(inside);
                (inside, start) = (false, at + c.len_utf8());
            }
            None => {
                inside = true;
                if matches!(c, '\'' | '"') {
                    quote = Some(c);
                }
            }
        }
    }
    (text.get(start..).unwrap_or_default(), count)
}

fn argument(kind: Argument, typed: &str, vocabulary: &Vocabulary) -> Vec<Candidate> {
    let mut pool = Pool::new(typed);
    let mut add = |name: String, display: String, kind: Kind| pool.add(&name.clone(), name, display, kind);
    let mut plain = |names: &[String], kind: Kind| names.iter().for_each(|n| add(n.clone(), n.clone(), kind));
    let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    match kind {
        Argument::File | Argument::Place => return quoted_paths(typed),
        Argument::Table => {
            let names: Vec<String> = vocabulary.tables.iter().map(|t| t.full_name()).collect();
            plain(&names, Kind::Table);
        }
        Argument::Function => {
            for f in &vocabulary.functions {
                add(f.name.clone(), f.signature.clone(), Kind::Function);
            }
            for f in &vocabulary.table_functions {
                add(f.name.clone(), f.signature.clone(), Kind::TableFunction);
            }
        }
        Argument::Format => plain(&vocabulary.formats, Kind::Word),
        Argument::Query => plain(&vocabulary.queries, Kind::Word),
        Argument::Word(words) => plain(&owned(words), Kind::Word),
        Argument::Time => plain(&owned(&["off", "newest", "1h", "24h", "7d"]), Kind::Word),
        Argument::Duration => plain(&owned(&["1h", "24h", "7d", "30d", "off"]), Kind::Word),
        Argument::Zone => plain(&owned(&["UTC", "local"]), Kind::Word),
        Argument::Parameter => plain(&vocabulary.parameters, Kind::Word),
        Argument::Command => {
            for c in &vocabulary.commands {
                add(c.name.clone(), format!("{}  {}", c.name, c.brief), Kind::Command);
            }
        }
        Argument::Statement | Argument::Number | Argument::Text => {}
    }
    pool.sorted()
}

/// Paths, in quotes where they have spaces.
fn quoted_paths(typed: &str) -> Vec<Candidate> {
    let bare = typed.trim_start_matches(['\'', '"']);
    let mut found = paths(bare);
    for candidate in &mut found {
        if candidate.replacement.contains(char::is_whitespace) || typed.len() > bare.len() {
            let quote = typed.chars().next().filter(|c| matches!(c, '\'' | '"')).unwrap_or('"');
            // A folder goes on.
            let end = if candidate.replacement.ends_with('/') { String::new() } else { quote.to_string() };
            candidate.replacement = format!("{quote}{}{end}", candidate.replacement);
        }
    }
    found
}
