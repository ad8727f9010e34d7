//! Rows that wait for their turn, as texts: what sizes columns must be held back until all that is shown is known.

use super::escape;
use super::layout::{display_width, prefix};
use super::value::ColumnText;

/// A text ready to be put into a cell.
pub(crate) struct Cell {
    pub(crate) text: Box<str>,
    pub(crate) width: usize,
    pub(crate) null: bool,
}

pub(crate) type Row = Box<[Cell]>;

impl Cell {
    /// A text that is not escaped yet, such as a column's name.
    pub(crate) fn new(text: &str) -> Self {
        let mut escaped = String::new();
        escape::terminal(text, &mut escaped);
        Cell { width: display_width(&escaped), text: escaped.into(), null: false }
    }

    /// Keeps no more of the text than a cut to `most` columns can show.
    pub(crate) fn limit(&mut self, most: usize, ellipsis: &str) {
        let first = first_chars(&self.text, most);
        let mut kept = first.to_owned();
        // Marks without width could fill it all and leave nothing for the cut to see.
        if first.len() < self.text.len() {
            kept.push_str(ellipsis);
        }
        let kept = prefix(&kept, most);
        if kept.len() != self.text.len() {
            self.width = display_width(kept);
            self.text = kept.into();
        }
    }
}

/// Makes cells of values.
pub(crate) struct Reader {
    null: Box<str>,
    null_width: usize,
    /// No more columns of a text than this will be shown.
    most: usize,
    ellipsis: &'static str,
    text: String,
    scratch: String,
}

impl Reader {
    /// A reader that writes nulls as `null`, which is escaped already.
    pub(crate) fn new(null: &str, most: usize, ellipsis: &'static str) -> Self {
        Reader {
            null: null.into(),
            null_width: display_width(null),
            most,
            ellipsis,
            text: String::new(),
            scratch: String::new(),
        }
    }

    pub(crate) fn row(&mut self, columns: &[ColumnText<'_>], row: usize) -> Row {
        columns.iter().map(|column| self.cell(column, row)).collect()
    }

    fn cell(&mut self, column: &ColumnText<'_>, row: usize) -> Cell {
        if column.is_null(row) {
            return Cell { text: self.null.clone(), width: self.null_width, null: true };
        }
        self.text.clear();
        let (most, ellipsis) = (self.most, self.ellipsis);
        column.write_escaped(row, &mut self.text, &mut self.scratch, |raw, out| {
            let first = first_chars(raw, most);
            escape::terminal(first, out);
            // Marks without width could fill it all and leave nothing for the cut to see.
            if first.len() < raw.len() {
                out.push_str(ellipsis);
            }
        });
        let kept = prefix(&self.text, most);
        Cell { width: display_width(kept), text: kept.into(), null: false }
    }
}

/// The first `most` columns' worth of characters and more: several a column, since marks take none.
fn first_chars(text: &str, most: usize) -> &str {
    const CHARS_PER_COLUMN: usize = 4;
    let limit = most.saturating_mul(CHARS_PER_COLUMN);
    if text.len() <= limit {
        return text;
    }
    text.char_indices().nth(limit).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}
