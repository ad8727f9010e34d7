//! A place in a statement: its line with marks under what is meant.

use unicode_width::UnicodeWidthChar;

use super::escape;
use super::layout::display_width;

/// The line of `text` with `^^^` under `length` characters from `column` on, both counted from 1:
///
/// ```text
/// LINE 2: FROM tunel_log
///              ^^^^^^^^^
/// ```
///
/// Of a line longer than `width` columns the surroundings of the place are shown. `None` when the place is not in the
/// text. Control characters are made visible.
pub fn pointer(text: &str, line: usize, column: usize, length: usize, width: usize) -> Option<String> {
    let source = text.split('\n').nth(line.checked_sub(1)?)?;
    let source = source.strip_suffix('\r').unwrap_or(source);
    let characters = source.chars().count();
    let from = column.checked_sub(1).filter(|c| *c <= characters)?;
    let until = from.saturating_add(length.max(1)).min(characters.max(from + 1));
    let head = format!("LINE {line}: ");
    let room = width.saturating_sub(head.len()).max(20);

    // Each character as it is shown, with its width.
    let cells: Vec<(String, usize)> = source.chars().map(cell).collect();
    let columns =
        |range: std::ops::Range<usize>| -> usize { cells.iter().take(range.end).skip(range.start).map(|c| c.1).sum() };
    let (mut start, mut end) = (0, cells.len());
    if columns(0..end) > room {
        // A third before the place, the rest from it on; then whatever is left before it.
        let inner = room.saturating_sub(2 * MARK.len());
        start = from.min(cells.len());
        while start > 0 && columns(start - 1..from) <= inner / 3 {
            start -= 1;
        }
        end = start;
        while end < cells.len() && columns(start..end + 1) <= inner {
            end += 1;
        }
        while end == cells.len() && start > 0 && columns(start - 1..end) <= inner {
            start -= 1;
        }
    }
    let (before, after) = (if start > 0 { MARK } else { "" }, if end < cells.len() { MARK } else { "" });
    let mut out = format!("{head}{before}");
    cells.iter().take(end).skip(start).for_each(|c| out.push_str(&c.0));
    out.push_str(after);
    out.push('\n');
    let indent = head.len() + before.len() + columns(start..from);
    out.push_str(&" ".repeat(indent));
    out.push_str(&"^".repeat(columns(from..until.min(end)).max(1)));
    Some(out)
}

/// Stands for what is left out.
const MARK: &str = "...";

fn cell(c: char) -> (String, usize) {
    // A tab is as wide as a space here: the marks below must stand where it does.
    if c == '\t' {
        return (" ".to_owned(), 1);
    }
    let mut shown = String::new();
    escape::terminal(c.encode_utf8(&mut [0; 4]), &mut shown);
    let width = if shown.chars().eq([c]) { c.width().unwrap_or(0) } else { display_width(&shown) };
    (shown, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (text, place, wanted) in [
            ("SELECT nix", (1, 8, 3), "LINE 1: SELECT nix\n               ^^^"),
            ("SELECT\r\n\tnix\r\n", (2, 2, 3), "LINE 2:  nix\n         ^^^"),
            ("SELECT '日本', nix", (1, 14, 3), "LINE 1: SELECT '日本', nix\n                       ^^^"),
            ("SELECT 日本", (1, 8, 2), "LINE 1: SELECT 日本\n               ^^^^"),
            ("a\u{1b}[2J b", (1, 7, 1), "LINE 1: a\\x1b[2J b\n                 ^"),
            // The end of the text, and a length beyond it.
            ("SELECT 1 +", (1, 11, 1), "LINE 1: SELECT 1 +\n                  ^"),
            ("ab", (1, 1, usize::MAX), "LINE 1: ab\n        ^^"),
            ("", (1, 1, 1), "LINE 1: \n        ^"),
        ] {
            let (line, column, length) = place;
            assert_eq!(pointer(text, line, column, length, 80).as_deref(), Some(wanted), "{text}");
        }
        for (line, column) in [(0, 1), (1, 0), (2, 1), (1, 5)] {
            assert_eq!(pointer("abc", line, column, 1, 80), None);
        }
    }

    #[test]
    fn long_lines_are_windowed() {
        let text = format!("{}nix{}", "a".repeat(300), "日".repeat(300));
        for width in [0, 20, 40, 41, 80, 200] {
            for (column, length) in [(1, 3), (301, 3), (302, 400), (600, 4), (603, 1), (604, 1)] {
                let shown = pointer(&text, 1, column, length, width).unwrap();
                let (line, marks) = shown.split_once('\n').unwrap();
                let most = width.max(28);
                assert!(display_width(line) <= most && display_width(marks) <= most + 1, "{width} {column}:\n{shown}");
                assert!(marks.ends_with('^'), "{shown}");
            }
            let shown = pointer(&text, 1, 301, 3, width).unwrap();
            let (line, marks) = shown.split_once('\n').unwrap();
            let at = marks.find('^').unwrap();
            assert_eq!((&line[at..at + 3], marks.trim()), ("nix", "^^^"), "{shown}");
        }
    }
}
