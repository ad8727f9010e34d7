//! Draws the lines and rows of a box.

use super::cells::Cell;
use super::layout::{COLUMN_EXTRA, Layout, display_width, push_cut};

/// How each column's cells stand.
pub(crate) struct Looks {
    /// Aligned to the right.
    pub(crate) right: Vec<bool>,
    /// Cut to the column's width; otherwise a longer text pushes its line out.
    pub(crate) cut: Vec<bool>,
}

/// Which horizontal line.
pub(crate) enum Rule {
    Top,
    Middle,
    Bottom,
}

/// Draws lines and rows.
pub(crate) struct Brush {
    pub(crate) unicode: bool,
    pub(crate) color: bool,
}

impl Brush {
    pub(crate) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    pub(crate) fn rule(&self, layout: &Layout, rule: Rule, out: &mut String) {
        let [left, cross, right, line] = match (self.unicode, rule) {
            (true, Rule::Top) => ["┌", "┬", "┐", "─"],
            (true, Rule::Middle) => ["├", "┼", "┤", "─"],
            (true, Rule::Bottom) => ["└", "┴", "┘", "─"],
            (false, _) => ["+", "+", "+", "-"],
        };
        let mut start = left;
        self.each(layout, |width, _| {
            out.push_str(start);
            out.extend(std::iter::repeat_n(line, width + 2));
            start = cross;
        });
        out.push_str(right);
        out.push('\n');
    }

    /// Calls `draw` with the width and the schema index of each shown column, and `None` for the left-out middle.
    fn each(&self, layout: &Layout, mut draw: impl FnMut(usize, Option<usize>)) {
        let ellipsis_width = display_width(self.ellipsis());
        for (n, (column, width)) in layout.columns.iter().enumerate() {
            if layout.gap == Some(n) {
                draw(ellipsis_width, None);
            }
            draw(*width, Some(*column));
        }
        if layout.gap == Some(layout.columns.len()) {
            draw(ellipsis_width, None);
        }
    }

    /// One line of cells. A cell wider than its column is cut, or when nothing may be cut pushes its line out.
    pub(crate) fn row(&self, layout: &Layout, cells: &[Cell], looks: &Looks, color: &str, out: &mut String) {
        let bar = if self.unicode { "│" } else { "|" };
        self.each(layout, |width, column| {
            let cell = column.and_then(|i| cells.get(i));
            let right = column.and_then(|i| looks.right.get(i)).is_some_and(|r| *r);
            let cut = column.is_none_or(|i| looks.cut.get(i).is_none_or(|c| *c));
            let (text, text_width) = cell.map_or((self.ellipsis(), width), |c| (&c.text, c.width));
            let null = cell.is_some_and(|c| c.null);
            let color = if !self.color {
                ""
            } else if null {
                "\x1b[2m"
            } else {
                color
            };
            let pad = width.saturating_sub(text_width);
            out.push_str(bar);
            out.push(' ');
            if right {
                out.extend(std::iter::repeat_n(' ', pad));
            }
            out.push_str(color);
            let limit = if cut { width } else { usize::MAX };
            let used = push_cut(text, text_width, limit, self.ellipsis(), out);
            if !color.is_empty() {
                out.push_str("\x1b[0m");
            }
            // A cut before a wide character can leave one column free.
            let free = width.saturating_sub(used);
            out.extend(std::iter::repeat_n(' ', if right { free - pad.min(free) } else { free }));
            out.push(' ');
        });
        out.push_str(bar);
        out.push('\n');
    }

    /// The line that stands for rows not shown: one cell across all columns.
    pub(crate) fn gap(&self, layout: &Layout, rows: u64, out: &mut String) {
        if layout.columns.is_empty() {
            return;
        }
        let mut inner = 0;
        self.each(layout, |width, _| inner += width + COLUMN_EXTRA);
        let inner = inner.saturating_sub(COLUMN_EXTRA);
        let (bar, text) = (if self.unicode { "│" } else { "|" }, self.left_out(rows));
        let (dim, reset) = if self.color { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        out.push_str(bar);
        out.push(' ');
        out.push_str(dim);
        let used = push_cut(&text, display_width(&text), inner, self.ellipsis(), out);
        out.push_str(reset);
        out.extend(std::iter::repeat_n(' ', inner.saturating_sub(used)));
        out.push(' ');
        out.push_str(bar);
        out.push('\n');
    }

    /// What is said of rows not shown.
    pub(crate) fn left_out(&self, rows: u64) -> String {
        let noun = if rows == 1 { "row" } else { "rows" };
        format!("{0} {rows} {noun} left out {0}", self.ellipsis())
    }

    pub(crate) fn line(&self, text: &str, color: &str, out: &mut String) {
        if self.color {
            out.push_str(color);
        }
        out.push_str(text);
        if self.color {
            out.push_str("\x1b[0m");
        }
        out.push('\n');
    }
}
