//! The line editor: rustyline with what it asks of us. One helper, in which completion, hints, colours and the question
//! whether a text is complete meet.

use std::borrow::Cow;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, CompletionType, Config, Context, Editor, Helper};

use super::complete::{self, Candidate, Vocabulary};
use super::highlight::highlight;
use super::language::Lang;
use super::output::colors;
use super::{Exit, Failure, script};

/// Statements that are kept.
const MOST_HISTORY: usize = 10_000;

/// The editor of the shell.
pub type LineEditor = Editor<Assist, FileHistory>;

/// What rustyline asks while someone types.
pub struct Assist {
    /// The language that is typed.
    pub lang: Lang,
    /// What there is to write.
    pub vocabulary: Vocabulary,
    colors: bool,
    history: HistoryHinter,
}

/// Makes the editor. It opens no file.
pub fn editor() -> Result<LineEditor, Failure> {
    let failed =
        |e: rustyline::error::ReadlineError| Failure::new(Exit::Storage, format!("cannot use the terminal: {e}"));
    let config = Config::builder()
        .max_history_size(MOST_HISTORY)
        .and_then(|c| c.history_ignore_dups(true))
        .map_err(failed)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .auto_add_history(false)
        .behavior(Behavior::Stdio)
        .bracketed_paste(true)
        .build();
    let mut editor = Editor::with_history(config.clone(), FileHistory::with_config(&config)).map_err(failed)?;
    editor.set_helper(Some(Assist {
        lang: Lang::default(),
        vocabulary: Vocabulary::default(),
        colors: colors(),
        history: HistoryHinter::new(),
    }));
    Ok(editor)
}

impl Helper for Assist {}

impl Completer for Assist {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = complete::complete(line, pos, &self.vocabulary);
        // Values come from logs.
        let visible = |text: String| crate::render::terminal_lines(&text);
        let pair = |c: Candidate| Pair { display: visible(c.display), replacement: c.replacement };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

impl Hinter for Assist {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        // A hint in the middle of a text would look like a part of it.
        if line.is_empty() || pos < line.len() || line.contains('\n') {
            return None;
        }
        let hint = self.history.hint(line, pos, context)?;
        // Only as much as fits on a line.
        hint.lines().next().filter(|h| !h.is_empty()).map(str::to_owned)
    }
}

impl Highlighter for Assist {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        match self.colors {
            true => Cow::Owned(highlight(line, pos, &self.vocabulary)),
            false => Cow::Borrowed(line),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colors
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        match self.colors {
            true => Cow::Owned(format!("\x1b[2m{hint}\x1b[0m")),
            false => Cow::Borrowed(hint),
        }
    }
}

impl Validator for Assist {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match script::is_complete(context.input(), self.lang) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}
