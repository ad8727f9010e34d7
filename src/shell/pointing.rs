//! Errors with the place in the statement that they speak of.

use super::Failure;
use crate::engine::EngineError;
use crate::render::pointer;

/// Columns shown of a statement's line where there is no terminal.
const COLUMNS: usize = 120;

/// The error with the line of `text` that it is in, where it tells a place.
pub fn pointed(error: EngineError, text: &str) -> Failure {
    let width = || terminal_size::terminal_size_of(std::io::stderr()).map_or(COLUMNS, |(w, _)| usize::from(w.0));
    let shown = error.place_in(text).and_then(|p| pointer(text, p.line, p.column, p.length, width()));
    let error = Failure::from(error);
    match shown {
        Some(shown) => Failure { text: format!("{}\n{shown}", error.text), ..error },
        None => error,
    }
}
