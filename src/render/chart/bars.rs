//! A number for each text, as a bar each.

use super::axis::note;
use super::data::Columns;
use super::{Frame, Spec};
use crate::render::layout::{display_width, push_cut};

pub(super) const SPEC: Spec = Spec {
    name: "bars",
    needs: "a text column and a numeric column",
    fits: |columns| !columns.texts.is_empty() && !columns.numbers.is_empty(),
    draw,
};

/// What stands before and after a bar.
pub(super) struct Bar {
    pub(super) label: String,
    /// `None` draws no bar.
    pub(super) value: Option<f64>,
    /// The value in words.
    pub(super) text: String,
}

fn draw(columns: &Columns, frame: &Frame<'_>) -> String {
    let mut out = String::new();
    let Some(numbers) = columns.numbers.first() else { return out };
    let names: Vec<&str> = columns.texts.iter().map(|t| t.name.as_str()).collect();
    note(&format!("{} by {}", numbers.name, names.join(", ")), frame, &mut out);
    let bar = |row: usize| {
        let label: Vec<&str> =
            columns.texts.iter().map(|t| t.values.get(row).and_then(Option::as_deref).unwrap_or("NULL")).collect();
        let value = numbers.values.get(row).copied().flatten();
        let text = match value {
            Some(_) => columns.exact.get(row).cloned().unwrap_or_default(),
            None => "NULL".to_owned(),
        };
        Bar { label: label.join(" "), value: value.filter(|v| v.is_finite()), text }
    };
    // One line for the title and one for what is left out.
    let shown = if columns.rows < frame.height { columns.rows } else { frame.height.saturating_sub(2) };
    draw_bars(&(0..shown).map(bar).collect::<Vec<_>>(), frame, &mut out);
    if shown < columns.rows {
        note(&format!("{} more rows left out", columns.rows - shown), frame, &mut out);
    }
    out
}

/// Bars from one zero line, to the left for what is below zero.
pub(super) fn draw_bars(bars: &[Bar], frame: &Frame<'_>, out: &mut String) {
    let widest = |width: fn(&Bar) -> usize| bars.iter().map(width).max().unwrap_or(0);
    let label_width = widest(|b| display_width(&b.label)).min(frame.width / 3);
    let text_width = widest(|b| display_width(&b.text)).min(frame.width / 4);
    let room = frame.width.saturating_sub(label_width + text_width + 3).max(1);
    let values = bars.iter().filter_map(|b| b.value);
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
    // Halves, since the whole of the largest numbers overflows.
    let (below, above) = (-low / 2.0, high / 2.0);
    let whole = (below / 2.0 + above / 2.0) * 2.0;
    let left = if whole > 0.0 { ((below / whole) * room as f64).round() as usize } else { 0 };
    // Neither side is without room for its smallest bar.
    let left = left.clamp(usize::from(low < 0.0), room.saturating_sub(usize::from(high > 0.0)));
    let right = room - left;
    for bar in bars {
        let used = push_cut(&bar.label, display_width(&bar.label), label_width, frame.ellipsis(), out);
        out.extend(std::iter::repeat_n(' ', label_width - used));
        out.push(' ');
        let value = bar.value.unwrap_or(0.0);
        let mut line = String::new();
        if value < 0.0 {
            let cells = ((value / low) * left as f64).round().max(1.0) as usize;
            let cells = cells.min(left);
            line.extend(std::iter::repeat_n(' ', left - cells));
            line.extend(std::iter::repeat_n(frame.pick("█", "#"), cells));
        } else {
            line.extend(std::iter::repeat_n(' ', left));
        }
        line.push_str(frame.pick("▏", "|"));
        if value > 0.0 {
            push_bar(value / high, right.saturating_sub(1).max(1), frame, &mut line);
        }
        if frame.color {
            out.push_str("\x1b[34m");
        }
        out.push_str(&line);
        if frame.color {
            out.push_str("\x1b[0m");
        }
        out.push(' ');
        push_cut(&bar.text, display_width(&bar.text), text_width.max(4), frame.ellipsis(), out);
        out.push('\n');
    }
}

/// Appends a bar that takes `part` of `room` cells, exact to an eighth of one. What is not nothing
/// is seen.
fn push_bar(part: f64, room: usize, frame: &Frame<'_>, out: &mut String) {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let part = part.clamp(0.0, 1.0);
    if frame.ascii {
        let cells = ((part * room as f64).round() as usize).max(1);
        return out.extend(std::iter::repeat_n('#', cells));
    }
    let eighths = ((part * room as f64 * 8.0).round() as usize).max(1);
    out.extend(std::iter::repeat_n('█', eighths / 8));
    out.push_str(EIGHTHS.get(eighths % 8).copied().unwrap_or_default());
}
