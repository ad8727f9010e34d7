//! Errors with the place in the statement that they speak of.

use crate::engine::EngineError;
use crate::render::pointer;

/// Columns shown of a statement's line where there is no terminal.
const COLUMNS: usize = 120;

/// What an error says, with the line of `text`, the text that was parsed, that it is in; as wide as the terminal.
pub fn pointed(error: &EngineError, text: &str) -> String {
    let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(COLUMNS, |(w, _)| usize::from(w.0));
    pointed_to(error, text, width)
}

/// The same for a known width.
pub fn pointed_to(error: &EngineError, text: &str, width: usize) -> String {
    let shown = error.place_in(text).and_then(|p| pointer(text, p.line, p.column, p.length, width));
    match shown {
        Some(shown) => format!("{error}\n{shown}"),
        None => error.to_string(),
    }
}
