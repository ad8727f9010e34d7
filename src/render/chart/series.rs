//! Numbers over time: one panel a series over one common time axis.

use std::collections::BTreeMap;

use super::axis::{Range, Span, note, short, time_axis};
use super::canvas::Canvas;
use super::data::Columns;
use super::{Frame, Spec};
use crate::render::layout::display_width;

pub(super) const SPEC: Spec = Spec {
    name: "series",
    needs: "a time column and a numeric column; texts, if any, split into series",
    fits: |columns| !columns.times.is_empty() && !columns.numbers.is_empty(),
    draw,
};

/// More panels than this are no overview.
pub(super) const MOST_PANELS: usize = 12;
/// Lines of a panel without its title.
const LEAST_ROWS: usize = 2;

type Points = Vec<(i64, Option<f64>)>;

/// How a point is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Joined with the one before.
    Line,
    /// Alone.
    Dot,
    /// Down to zero.
    Filled,
}

/// Where and how a panel is drawn, in cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) range: Range,
    pub(super) mark: Mark,
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) label_width: usize,
}

/// The values of each series by time. Series are named by the texts of their rows and by their column.
fn series(columns: &Columns, times: &[Option<i64>]) -> Vec<(String, Points)> {
    let mut all: BTreeMap<(usize, String), Points> = BTreeMap::new();
    // In the order of their first rows, not of their names.
    let mut order: Vec<(usize, String)> = Vec::new();
    for (row, time) in times.iter().enumerate() {
        let Some(time) = time else { continue };
        let label: Vec<&str> =
            columns.texts.iter().map(|t| t.values.get(row).and_then(Option::as_deref).unwrap_or("NULL")).collect();
        let label = label.join(" ");
        for (n, column) in columns.numbers.iter().enumerate() {
            let key = (n, label.clone());
            let points = all.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                Points::new()
            });
            points.push((*time, column.values.get(row).copied().flatten()));
        }
    }
    let name = |(n, label): &(usize, String)| {
        let column = columns.numbers.get(*n).map_or("", |c| c.name.as_str());
        if label.is_empty() { column.to_owned() } else { format!("{label}: {column}") }
    };
    order
        .into_iter()
        .map(|key| {
            let mut points = all.remove(&key).unwrap_or_default();
            points.sort_by_key(|(time, _)| *time);
            (name(&key), points)
        })
        .collect()
}

fn draw(columns: &Columns, frame: &Frame<'_>) -> String {
    let mut out = String::new();
    let times = columns.times.first().map(|c| c.values.as_slice()).unwrap_or_default();
    let Some(span) = Span::of(times.iter().flatten().copied()) else {
        note("no row has a time", frame, &mut out);
        return out;
    };
    let all = series(columns, times);
    let panels: Vec<_> = all.iter().take(MOST_PANELS).collect();
    // A title each; three lines for the axis.
    let rows = (frame.height.saturating_sub(3) / panels.len().max(1)).saturating_sub(1).max(LEAST_ROWS);
    let ranges: Vec<Option<Range>> = panels
        .iter()
        .map(|(_, points)| Range::of(points.iter().filter_map(|(_, v)| *v).filter(|v| v.is_finite()), rows.clamp(2, 5)))
        .collect();
    let label_width = ranges.iter().flatten().map(label_width).max().unwrap_or(1);
    let left = label_width + 2;
    let width = frame.width.saturating_sub(left).max(1);
    for ((name, points), range) in panels.iter().zip(&ranges) {
        note(name, frame, &mut out);
        let Some(range) = range else {
            note("  no values", frame, &mut out);
            continue;
        };
        let points: Vec<(f64, Option<f64>)> = points.iter().map(|(time, value)| (span.part(*time), *value)).collect();
        panel(&points, Plot { range: *range, mark: Mark::Line, width, rows, label_width }, frame, &mut out);
    }
    time_axis(span, left, width, frame, &mut out);
    if all.len() > panels.len() {
        note(&format!("{} more series left out", all.len() - panels.len()), frame, &mut out);
    }
    let odd = all.iter().flat_map(|(_, p)| p).filter(|(_, v)| v.is_some_and(|v| !v.is_finite())).count();
    let timeless = times.iter().filter(|t| t.is_none()).count();
    for (count, what) in [(odd, "not finite"), (timeless, "without a time")] {
        if count > 0 {
            note(&format!("{count} {} {what} left out", if count == 1 { "value" } else { "values" }), frame, &mut out);
        }
    }
    out
}

/// Columns that the labels beside a panel take.
pub(super) fn label_width(range: &Range) -> usize {
    let labels = [range.low, range.middle(), range.high];
    labels.iter().map(|value| display_width(&short(*value))).max().unwrap_or(1)
}

/// Points by their part of the width, and their values.
pub(super) fn panel(points: &[(f64, Option<f64>)], plot: Plot, frame: &Frame<'_>, out: &mut String) {
    let Plot { range, mark, width, rows, label_width } = plot;
    let mut canvas = Canvas::new(width, rows, frame.ascii);
    let mut before = None;
    for (place, value) in points {
        // A null is a gap in the line.
        let Some(value) = value.filter(|v| v.is_finite()) else {
            before = None;
            continue;
        };
        let at = canvas.place(*place, range.part(value));
        match mark {
            Mark::Line => canvas.line(before.unwrap_or(at), at),
            Mark::Dot => canvas.dot(at),
            Mark::Filled => canvas.line(canvas.place(*place, range.part(0.0)), at),
        }
        before = Some(at);
    }
    let middle = short(range.middle());
    for row in 0..rows {
        let label = match row {
            0 => short(range.high),
            r if r + 1 == rows => short(range.low),
            // Only where the label is exact for its line.
            r if rows >= 5 && rows % 2 == 1 && r == rows / 2 => middle.clone(),
            _ => String::new(),
        };
        out.extend(std::iter::repeat_n(' ', label_width.saturating_sub(display_width(&label))));
        out.push_str(&label);
        out.push(' ');
        out.push_str(match label.is_empty() {
            true => frame.pick("│", "|"),
            false => frame.pick("┤", "+"),
        });
        if frame.color {
            out.push_str("\x1b[34m");
        }
        canvas.row(row, out);
        if frame.color {
            out.push_str("\x1b[0m");
        }
        out.push('\n');
    }
}
