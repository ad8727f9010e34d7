//! Running a text: its items one after the other, and what a failure of one means for the rest.

use std::path::Path;

use super::script::{Item, Items, Kind, split};
use super::{Exit, Failure, Lang, Shell, commands, header, talk};

/// What a failure means for what comes after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnError {
    /// Nothing runs any more.
    #[default]
    Stop,
    /// It is said, and the next statement runs. The first failure decides the exit code.
    Continue,
}

/// A text with where it comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Names it in errors; empty for what was typed or given as an argument.
    pub label: String,
    /// Names the files of its results.
    pub stem: String,
    /// The text.
    pub text: String,
}

impl Source {
    /// What was given as an argument.
    pub fn argument(text: &str) -> Self {
        Self { label: String::new(), stem: "query".to_owned(), text: text.to_owned() }
    }

    /// A text of a name. Editors on Windows begin a file with a byte order mark, which is no part of a statement.
    pub fn named(label: &str, text: &str) -> Self {
        let stem = Path::new(label).file_stem().and_then(|s| s.to_str()).filter(|s| *s != "-").unwrap_or("stdin");
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { label: label.to_owned(), stem: stem.to_owned(), text: text.to_owned() }
    }

    /// A file, or standard input for `-`.
    pub fn read(file: &str) -> Result<Self, Failure> {
        use std::io::Read;
        let mut text = String::new();
        let read = match file {
            "-" => std::io::stdin().read_to_string(&mut text).map(|_| ()),
            _ => std::fs::read_to_string(file).map(|t| text = t),
        };
        read.map_err(|e| Failure::new(Exit::Storage, format!("cannot read {file}: {e}")))?;
        Ok(Self::named(file, &text))
    }

    /// What errors in one of its lines begin with.
    fn at(&self, line: usize) -> String {
        match self.label.is_empty() {
            true => String::new(),
            false => format!("{}:{line}: ", self.label),
        }
    }

    /// Whether there is anything in it to run.
    pub fn is_blank(&self) -> bool {
        Items::new(&self.text).next(Lang::Sql).is_none()
    }

    /// Whether it may use the parameter: a statement does, or a command runs what is not known yet.
    pub fn may_use(&self, param: &str) -> bool {
        let names = |text: &str| text.split('$').skip(1).any(|rest| is_word(rest, param));
        split(&self.text, Lang::Sql).iter().any(|item| item.kind == Kind::Command || names(item.text))
    }
}

/// Whether `text` begins with `word` as a whole.
fn is_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

impl Shell {
    /// Parses every statement, so that a text with a mistake in it does not run in part. What runs in spite of failures
    /// is not looked through, nor what comes after a change of language.
    pub fn check(&self, source: &Source) -> Result<(), Failure> {
        if self.on_error == OnError::Continue {
            return Ok(());
        }
        let mut items = Items::new(&source.text);
        let lang = self.lang.of_file(&source.label);
        while let Some(item) = items.next(lang) {
            if item.kind == Kind::Command {
                if item.text.trim_start_matches(['.', '\\']).starts_with("lang") {
                    break;
                }
                continue;
            }
            let parsed = lang.parse(&self.engine, &source.text, &item);
            parsed.map_err(|e| e.at(&source.at(item.line)))?;
        }
        Ok(())
    }

    /// Runs a text to its end, to `.quit`, or to its first failure. `given` are the parameters as they were given, for
    /// those that the text declares.
    pub async fn run(&mut self, source: &Source, given: &[String]) -> Result<(), Failure> {
        if !self.keeps_results {
            self.keeps_results = split(&source.text, self.lang).iter().any(|item| item.kind == Kind::Command);
        }
        let before = self.params.clone();
        let head = Items::new(&source.text).next(self.lang).map_or("", |item| item.head);
        let declared = header::declared(head).map_err(|e| e.at(&source.at(1)))?;
        for (name, value) in header::resolve(&declared, given).map_err(|e| e.at(&source.at(1)))? {
            let is_given = given.iter().any(|g| g.split(['=', ':']).next() == Some(name.as_str()));
            if is_given || !before.iter().any(|(n, _)| *n == name) {
                header::set(&mut self.params, (name, value));
            }
        }
        // A file's name may say its language, which holds for the file.
        let outside = self.lang;
        let file = outside.of_file(&source.label);
        self.lang = file;
        let done = self.items(source).await;
        if self.lang == file {
            self.lang = outside;
        }
        // Defaults are the text's own.
        self.params.retain(|(n, _)| {
            let default = declared.iter().any(|d| d.name == *n) && !before.iter().any(|(b, _)| b == n);
            !default
        });
        done
    }

    async fn items(&mut self, source: &Source) -> Result<(), Failure> {
        let mut items = Items::new(&source.text);
        let mut number = 0;
        while let Some(item) = items.next(self.lang) {
            if item.kind == Kind::Statement {
                number += 1;
            }
            let Err(failure) = self.item(&item, source, number).await else {
                match self.done {
                    true => break,
                    false => continue,
                }
            };
            let failure = failure.at(&source.at(item.line));
            if failure.is_quiet() || self.on_error == OnError::Stop {
                return Err(failure);
            }
            talk(&format!("tunnelql: {}", failure.text));
            let (exit, n) = self.failed.unwrap_or((failure.exit, 0));
            self.failed = Some((exit, n + 1));
        }
        Ok(())
    }

    async fn item(&mut self, item: &Item<'_>, source: &Source, number: usize) -> Result<(), Failure> {
        if item.kind == Kind::Command {
            return commands::run(self, item.text).await;
        }
        let statements = self.lang.parse(&self.engine, &source.text, item)?;
        self.last_statement = Some(item.alone(&source.text));
        let name = header::name(item.head)?.unwrap_or_else(|| format!("{}-{number}", source.stem));
        for statement in statements {
            self.statement(statement, &source.text, self.params.clone(), &name).await?;
        }
        Ok(())
    }

    /// How it all went, when failures did not stop it.
    pub fn outcome(&self) -> Result<(), Failure> {
        match self.failed {
            None if !self.unread.is_empty() => Err(Failure::new(
                Exit::Storage,
                format!("{} could not be read; the results are without what they hold", blobs(self.unread.len())),
            )),
            None => Ok(()),
            Some((exit, 1)) => Err(Failure::new(exit, "one statement failed")),
            Some((exit, n)) => Err(Failure::new(exit, format!("{n} statements failed"))),
        }
    }
}

fn blobs(count: usize) -> String {
    format!("{count} {}", if count == 1 { "blob" } else { "blobs" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_looked_for_as_whole_words() {
        let uses = |text: &str, param: &str| Source::argument(text).may_use(param);
        assert!(uses("SELECT $a", "a") && uses("SELECT 1; SELECT f($month_2)", "month_2") && uses(".run x", "a"));
        assert!(!uses("SELECT $ab", "a") && !uses("SELECT a", "a"));
        assert_eq!(Source::named("x/monthly.sql", "\u{feff}S").stem, "monthly");
        assert!(Source::argument("-- nothing\n;").is_blank());
    }
}
