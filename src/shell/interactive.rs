//! The loop: read a text, run it, until someone leaves.

use std::path::Path;
use std::time::Duration;

use rustyline::error::ReadlineError;

use super::batch::Source;
use super::complete::{Gatherer, Values};
use super::editor::{LineEditor, editor};
use super::failure::expired;
use super::output::colors;
use super::pager::interrupted;
use super::vocabulary::vocabulary;
use super::{Exit, Failure, Shell, folders, history, talk, times};
use crate::store::Location;

/// Talks with whoever sits at the terminal. A timeout is that of each text that is typed. Nothing is opened before the first prompt, unless the startup file does it.
pub fn interact(mut shell: Shell, startup: bool, timeout: Option<Duration>) -> Result<(), Failure> {
    let mut editor = editor()?;
    let history_file = history::file();
    if let Some(file) = &history_file {
        // A history that cannot be read is as good as none.
        let _ = editor.load_history(file);
    }
    shell.history = editor.history().iter().cloned().collect();
    // The terminal and Ctrl-C are served here; the engine computes on threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(Exit::Storage, format!("cannot start: {e}")))?;
    talk(&greeting(&shell));
    if startup {
        run_startup(&mut shell, &runtime, timeout);
    }
    let values = Values::default();
    let mut gatherer = Gatherer::new(values.clone());
    let mut gathered = None;
    while !shell.done {
        if let Some(helper) = editor.helper_mut() {
            helper.lang = shell.lang;
            helper.vocabulary = vocabulary(&shell, &values);
        }
        // Values for completion are gathered while someone thinks, of the data and times that are open.
        let opened = (places(&shell), shell.options.range);
        if gathered.as_ref() != Some(&opened) {
            gatherer.restart();
            gathered = Some(opened);
        }
        gatherer.start(&shell.options);
        let text = match read(&mut editor, &mut shell) {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(e) => return Err(Failure::new(Exit::Storage, format!("cannot read from the terminal: {e}"))),
        };
        if text.trim().is_empty() {
            continue;
        }
        if !history::is_secret(&text) {
            remember(&mut editor, &mut shell, &text, history_file.as_deref());
        }
        run(&mut shell, &runtime, &Source::argument(&text), timeout);
    }
    Ok(())
}

fn read(editor: &mut LineEditor, shell: &mut Shell) -> Result<String, ReadlineError> {
    let raw = prompt(shell);
    let styled = if colors() { format!("\x1b[1m{raw}\x1b[0m") } else { raw.clone() };
    match shell.next_input.take() {
        Some(text) => editor.readline_with_initial(&(raw, styled), (&text, "")),
        None => editor.readline(&(raw, styled)),
    }
}

fn remember(editor: &mut LineEditor, shell: &mut Shell, text: &str, file: Option<&Path>) {
    if let Ok(true) = editor.add_history_entry(text) {
        shell.history.push(text.to_owned());
    }
    if let Some(file) = file {
        // Appended at once, so that a shell that is killed loses nothing and two shells share. Failing that, the
        // history lasts as long as the shell.
        let _ = editor.append_history(file);
    }
}

/// Runs a text until it ends or Ctrl-C comes, and says what went wrong.
fn run(shell: &mut Shell, runtime: &tokio::runtime::Runtime, source: &Source, timeout: Option<Duration>) {
    let done = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted() => Err(Failure::new(Exit::Cancelled, "cancelled")),
            () = expired(timeout) => Err(Failure::timeout(timeout)),
            done = shell.run(source, &[]) => done,
        }
    });
    let Err(failure) = done else { return };
    if matches!(failure.exit, Exit::Cancelled | Exit::Timeout)
        && let Err(e) = shell.cancelled()
    {
        talk(&e.text);
    }
    if !failure.text.is_empty() {
        talk(&failure.text);
    }
}

fn run_startup(shell: &mut Shell, runtime: &tokio::runtime::Runtime, timeout: Option<Duration>) {
    let Some(file) = folders::config().map(|c| c.join("init.tql")).filter(|f| f.is_file()) else { return };
    match Source::read(&file.display().to_string()) {
        Ok(source) => run(shell, runtime, &source, timeout),
        Err(e) => talk(&e.text),
    }
}

fn greeting(shell: &Shell) -> String {
    let data = places(shell);
    format!(
        "tunnelql {} on {}\nStatements end with ; and .help lists the commands. Ctrl-D leaves.",
        env!("CARGO_PKG_VERSION"),
        data.join(", ")
    )
}

fn places(shell: &Shell) -> Vec<String> {
    shell.options.data.iter().map(ToString::to_string).collect()
}

/// The data's name and the range.
fn prompt(shell: &Shell) -> String {
    let name = match shell.options.data.as_slice() {
        [] => "tunnelql".to_owned(),
        [one] => short(one),
        [first, rest @ ..] => format!("{}+{}", short(first), rest.len()),
    };
    let range = match &shell.last_range {
        Some((_, text)) => format!(" [last {text}]"),
        None => match times::range_text(shell.options.range) {
            text if text.is_empty() => text,
            text => format!(" [{text}]"),
        },
    };
    format!("{}{range}> ", crate::render::terminal_lines(&name))
}

/// The last part of a place's name.
fn short(place: &Location) -> String {
    let text = place.to_string();
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let cut: String = last.chars().take(30).collect();
    if cut.is_empty() { "tunnelql".to_owned() } else { cut }
}
