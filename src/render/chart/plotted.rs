//! A chart of the common model in characters.

use super::axis::{Range, Span, note, number_axis, short, time_axis};
use super::bars::{Bar, draw_bars};
use super::hint::{Shape, Stacking};
use super::model::{Chart, Line, Scale};
use super::series::{MOST_PANELS, Mark, Plot, label_width, panel};
use super::{ChartOptions, Frame, LEAST, MOST};

/// Lines of a panel without its title.
const LEAST_ROWS: usize = 2;

/// Draws a chart. Every line fits the width and ends with a line break.
pub fn draw_chart(chart: &Chart, options: &ChartOptions) -> String {
    let frame = Frame {
        width: options.width.clamp(LEAST.0, MOST.0),
        height: options.height.clamp(LEAST.1, MOST.1),
        ascii: options.ascii,
        color: options.color,
        tz: &options.tz,
    };
    let mut out = String::new();
    if !chart.title.is_empty() {
        note(&chart.title, &frame, &mut out);
    }
    let mut notes = chart.notes.clone();
    match (&chart.scale, chart.shape) {
        (_, Shape::Card) => card(chart, &frame, &mut out),
        (Scale::Labels(labels), _) => bars(chart, labels, &frame, &mut out, &mut notes),
        _ => panels(chart, &frame, &mut out, &mut notes),
    }
    notes.iter().for_each(|text| note(text, &frame, &mut out));
    out
}

fn card(chart: &Chart, frame: &Frame<'_>, out: &mut String) {
    for (name, value) in &chart.facts {
        note(&format!("{value}  {name}"), frame, out);
    }
}

fn panels(chart: &Chart, frame: &Frame<'_>, out: &mut String, notes: &mut Vec<String>) {
    let xs = || chart.lines.iter().flat_map(|l| &l.points).map(|(x, _)| *x);
    let lines: Vec<&Line> = chart.lines.iter().take(MOST_PANELS).collect();
    if chart.lines.len() > lines.len() {
        notes.push(format!("{} more series left out", chart.lines.len() - lines.len()));
    }
    // A title each; three lines for the axis.
    let rows = (frame.height.saturating_sub(3) / lines.len().max(1)).saturating_sub(1).max(LEAST_ROWS);
    let based = matches!(chart.shape, Shape::Columns | Shape::Areas);
    let ranges: Vec<Option<Range>> = lines
        .iter()
        .map(|line| {
            let values = line.points.iter().filter_map(|(_, v)| *v).chain(based.then_some(0.0));
            let ends = [chart.y_ends.0, chart.y_ends.1].into_iter().flatten();
            Range::of(values.chain(ends).collect::<Vec<_>>().into_iter(), rows.clamp(2, 5))
        })
        .collect();
    let label_width = ranges.iter().flatten().map(label_width).max().unwrap_or(1);
    let left = label_width + 2;
    let width = frame.width.saturating_sub(left).max(1);
    let time = Span::of(xs().map(|x| x as i64).collect::<Vec<_>>().into_iter());
    let numbers = Range::of(xs().collect::<Vec<_>>().into_iter(), width / 12);
    let is_time = chart.scale == Scale::Time;
    let part = |x: f64| match (is_time, time, numbers) {
        (true, Some(span), _) => span.part(x as i64),
        (false, _, Some(range)) => range.part(x),
        _ => 0.5,
    };
    let mark = match chart.shape {
        Shape::Points => Mark::Dot,
        Shape::Columns | Shape::Areas => Mark::Filled,
        _ => Mark::Line,
    };
    for (line, range) in lines.iter().zip(&ranges) {
        note(&line.name, frame, out);
        let Some(range) = range else {
            note("  no values", frame, out);
            continue;
        };
        let points: Vec<(f64, Option<f64>)> = line.points.iter().map(|(x, y)| (part(*x), *y)).collect();
        panel(&points, Plot { range: *range, mark, width, rows, label_width }, frame, out);
    }
    match (is_time, time, numbers) {
        (true, Some(span), _) => time_axis(span, left, width, frame, out),
        (false, _, Some(range)) => number_axis(range, left, width, &chart.x_title, frame, out),
        _ => {}
    }
}

fn bars(chart: &Chart, labels: &[String], frame: &Frame<'_>, out: &mut String, notes: &mut Vec<String>) {
    let several = chart.lines.len() > 1;
    let value_at = |line: &Line, place: usize| {
        line.points.iter().find(|(x, _)| *x as usize == place).and_then(|(_, value)| *value)
    };
    let whole_of = |place: usize| chart.lines.iter().filter_map(|l| value_at(l, place)).sum::<f64>();
    let whole: f64 = chart.lines.iter().flat_map(|l| &l.points).filter_map(|(_, v)| *v).sum();
    let mut all: Vec<Bar> = Vec::new();
    for (place, label) in labels.iter().enumerate() {
        for line in &chart.lines {
            let value = value_at(line, place);
            if several && value.is_none() {
                continue;
            }
            let share_of = match (chart.shape, chart.stacking) {
                (Shape::Shares, _) => Some(whole),
                (_, Stacking::Hundred) => Some(whole_of(place)),
                _ => None,
            };
            let text = match (value, share_of) {
                (None, _) => "NULL".to_owned(),
                (Some(value), Some(whole)) if whole != 0.0 => {
                    format!("{} ({:.1} %)", exact(value), value / whole * 100.0)
                }
                (Some(value), _) => exact(value),
            };
            let label = if several { format!("{label} {}", line.name) } else { label.clone() };
            all.push(Bar { label, value, text });
        }
    }
    if let ([line], false) = (chart.lines.as_slice(), several) {
        note(&format!("{} by {}", line.name, chart.x_title), frame, out);
    }
    // Lines for the title and for what is left out.
    let room = frame.height.saturating_sub(2).max(1);
    if all.len() > room {
        notes.push(format!("{} more bars left out", all.len() - room));
        all.truncate(room);
    }
    draw_bars(&all, frame, out);
}

/// A number with all the digits that it has, whole numbers without a fraction.
pub(super) fn exact(value: f64) -> String {
    match value.abs() < 1e15 {
        true => format!("{value}"),
        false => short(value),
    }
}
