//! How often values or times fall into each bucket. Empty buckets are shown: a gap is a finding.

use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;

use super::axis::{Range, Span, note, short, time_label};
use super::bars::{Bar, draw_bars};
use super::data::Columns;
use super::{Chart, ChartError, ChartOptions, Frame, Line, Scale, Shape, Spec, Stacking};
use crate::render::zone::TimeZone;

pub(super) const SPEC: Spec = Spec {
    name: "histogram",
    needs: "a numeric column, or a time column",
    fits: |columns| !columns.numbers.is_empty() || !columns.times.is_empty(),
    draw,
};

fn draw(columns: &Columns, frame: &Frame<'_>) -> String {
    let mut out = String::new();
    // A title, and what is left out.
    let most = frame.height.saturating_sub(2).max(2);
    if let Some(column) = columns.numbers.first() {
        note(&column.name, frame, &mut out);
        let finite = || column.values.iter().flatten().copied().filter(|v| v.is_finite());
        match numbers(finite(), most) {
            Some(bars) => draw_bars(&bars, frame, &mut out),
            None => note("  no values", frame, &mut out),
        }
        let odd = column.values.iter().flatten().filter(|v| !v.is_finite()).count();
        left_out(odd, "not finite", frame, &mut out);
        left_out(column.values.iter().filter(|v| v.is_none()).count(), "null", frame, &mut out);
    } else if let Some(column) = columns.times.first() {
        note(&format!("{} ({})", column.name, frame.tz.name()), frame, &mut out);
        match times(column.values.iter().flatten().copied(), most, frame.tz) {
            Some(bars) => draw_bars(&bars, frame, &mut out),
            None => note("  no values", frame, &mut out),
        }
        left_out(column.values.iter().filter(|v| v.is_none()).count(), "null", frame, &mut out);
    }
    out
}

/// The buckets as a chart of bars.
pub(super) fn model(schema: &Schema, batches: &[RecordBatch], options: &ChartOptions) -> Result<Chart, ChartError> {
    const BUCKETS: usize = 24;
    let mut columns = Columns::new(schema);
    columns.read(batches, &options.tz)?;
    let (name, bars) = match (columns.numbers.first(), columns.times.first()) {
        (Some(c), _) => (&c.name, numbers(c.values.iter().flatten().copied().filter(|v| v.is_finite()), BUCKETS)),
        (None, Some(c)) => (&c.name, times(c.values.iter().flatten().copied(), BUCKETS, &options.tz)),
        (None, None) => return Err(ChartError::Empty),
    };
    let bars = bars.ok_or(ChartError::Empty)?;
    let points = bars.iter().enumerate().map(|(n, bar)| (n as f64, bar.value)).collect();
    Ok(Chart {
        shape: Shape::Bars,
        stacking: Stacking::None,
        title: String::new(),
        scale: Scale::Labels(bars.into_iter().map(|bar| bar.label).collect()),
        x_title: name.clone(),
        y_title: "rows".to_owned(),
        y_ends: (None, None),
        lines: vec![Line { name: "rows".to_owned(), points }],
        facts: Vec::new(),
        legend: false,
        notes: Vec::new(),
    })
}

fn left_out(count: usize, what: &str, frame: &Frame<'_>, out: &mut String) {
    if count > 0 {
        note(&format!("{count} {} {what}, left out", if count == 1 { "value" } else { "values" }), frame, out);
    }
}

fn bar(label: String, count: u64) -> Bar {
    Bar { label, value: Some(count as f64), text: count.to_string() }
}

fn numbers(values: impl Iterator<Item = f64> + Clone, most: usize) -> Option<Vec<Bar>> {
    let whole = values.clone().all(|v| v.fract() == 0.0 && v.abs() < 1e15);
    // Round ends can make two more buckets than asked for.
    let mut range = Range::of(values.clone(), most.saturating_sub(2).max(1))?;
    if whole && range.step < 1.0 {
        // Whole numbers have no buckets between them.
        range = Range { low: range.low.floor(), high: range.high.ceil(), step: 1.0 };
    }
    let buckets = ((range.high / 2.0 - range.low / 2.0) / (range.step / 2.0)).round().clamp(1.0, most as f64) as usize;
    // The last value is counted where it begins: a whole number gets a bucket of its own.
    let buckets = if whole && range.step == 1.0 { (buckets + 1).min(most) } else { buckets };
    let mut counts = vec![0_u64; buckets];
    for value in values {
        let at = ((value / 2.0 - range.low / 2.0) / (range.step / 2.0) + 1e-9).floor().max(0.0) as usize;
        if let Some(count) = counts.get_mut(at.min(buckets - 1)) {
            *count += 1;
        }
    }
    let single = whole && range.step == 1.0;
    let begin = |n: usize| range.low + range.step * n as f64;
    let label = |n: usize| match single {
        true => short(begin(n)),
        false => format!("{} to {}", short(begin(n)), short(begin(n + 1))),
    };
    // Nothing before the first value and after the last is a gap.
    let first = counts.iter().position(|c| *c > 0).unwrap_or(0);
    let last = counts.iter().rposition(|c| *c > 0).unwrap_or(0);
    let kept = counts.iter().enumerate().skip(first).take(last + 1 - first);
    Some(kept.map(|(n, count)| bar(label(n), *count)).collect())
}

fn times(values: impl Iterator<Item = i64> + Clone, most: usize, tz: &TimeZone) -> Option<Vec<Bar>> {
    let (first, last) = (values.clone().min()?, values.clone().max()?);
    let span = Span { start: first, end: last.max(first.saturating_add(1)) };
    let step = span.step(most.saturating_sub(1));
    // The bucket of the first value begins a whole step before the first tick.
    let mut begins = span.ticks(step, tz);
    if begins.first() != Some(&first) {
        begins.insert(0, begins.first().map_or(first, |t| t.saturating_sub(step)));
    }
    let mut counts = vec![0_u64; begins.len()];
    for value in values {
        let at = begins.partition_point(|b| *b <= value).saturating_sub(1);
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    Some(begins.iter().zip(counts).map(|(t, count)| bar(time_label(*t, step, tz), count)).collect())
}
