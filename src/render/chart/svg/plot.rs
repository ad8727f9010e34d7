//! Lines, areas, dots and upright bars over a common axis.

use super::super::axis::{Range, short, time_text};
use super::super::hint::{Shape, Stacking};
use super::super::model::{Chart, Line, Scale};
use super::SvgOptions;
use super::axes::Field;
use super::page::Page;

/// Dots of one series at most; more would only cover each other.
const MOST_DOTS: usize = 5_000;

/// Points of a series, from where to where each reaches.
type Reach = Vec<(f64, Option<(f64, f64)>)>;

pub fn draw(chart: &Chart, options: &SvgOptions, page: &mut Page) {
    let reaches = reaches(chart);
    let based = matches!(chart.shape, Shape::Areas | Shape::Columns) || chart.stacking != Stacking::None;
    let tops = reaches.iter().flatten().filter_map(|(_, r)| *r).flat_map(|(low, high)| match based {
        true => [low, high],
        false => [high, high],
    });
    let ends = [chart.y_ends.0, chart.y_ends.1].into_iter().flatten();
    let all: Vec<f64> = tops.chain(based.then_some(0.0)).chain(ends).collect();
    let Some(mut range) = Range::of(all.into_iter(), 5) else {
        page.note("no row has a value".to_owned());
        return;
    };
    // Ends that are said hold, whatever steps they are.
    range.low = chart.y_ends.0.filter(|low| *low < range.high).unwrap_or(range.low);
    range.high = chart.y_ends.1.filter(|high| *high > range.low).unwrap_or(range.high);
    let field = Field::new(chart, range, &options.tz, page);
    let tip = |line: &Line, place: f64, value: f64| {
        let at = match &chart.scale {
            Scale::Time => time_text(place as i64, "%Y-%m-%d %H:%M:%S", &options.tz) + " " + options.tz.name(),
            Scale::Number => short(place),
            Scale::Labels(labels) => labels.get(place as usize).cloned().unwrap_or_default(),
        };
        format!("{at}, {}: {}", line.name, super::super::plotted::exact(value))
    };
    match chart.shape {
        Shape::Columns => columns(chart, &reaches, &field, &tip, page),
        Shape::Points => {
            for (n, line) in chart.lines.iter().enumerate() {
                for (x, value) in line.points.iter().filter_map(|(x, v)| Some((*x, (*v)?))).take(MOST_DOTS) {
                    page.dot((field.x(x), field.y(value)), n, &tip(line, x, value));
                }
                if line.points.len() > MOST_DOTS {
                    page.note(format!("{}: only the first {MOST_DOTS} points are drawn", line.name));
                }
            }
        }
        _ => {
            for (n, (line, reach)) in chart.lines.iter().zip(&reaches).enumerate() {
                curve(chart, n, line, reach, &field, &tip, page);
            }
        }
    }
}

/// From where to where each value reaches: from zero, or on top of those before it.
fn reaches(chart: &Chart) -> Vec<Reach> {
    let mut below: Vec<(f64, f64)> = Vec::new();
    let mut wholes: Vec<(f64, f64)> = Vec::new();
    let add =
        |all: &mut Vec<(f64, f64)>, place: f64, value: f64| match all.binary_search_by(|(p, _)| p.total_cmp(&place)) {
            Ok(at) => {
                let before = all.get(at).map_or(0.0, |(_, sum)| *sum);
                if let Some(entry) = all.get_mut(at) {
                    entry.1 += value;
                }
                before
            }
            Err(at) => {
                all.insert(at, (place, value));
                0.0
            }
        };
    if chart.stacking == Stacking::Hundred {
        for (place, value) in chart.lines.iter().flat_map(|l| &l.points) {
            add(&mut wholes, *place, value.unwrap_or(0.0).abs());
        }
    }
    let whole = |place: f64| {
        wholes
            .binary_search_by(|(p, _)| p.total_cmp(&place))
            .ok()
            .and_then(|at| wholes.get(at))
            .map_or(0.0, |(_, w)| *w)
    };
    chart
        .lines
        .iter()
        .map(|line| {
            let reach = |(place, value): &(f64, Option<f64>)| {
                let reach = value.map(|value| match chart.stacking {
                    Stacking::None => (0.0, value),
                    Stacking::Stacked => {
                        let from = add(&mut below, *place, value);
                        (from, from + value)
                    }
                    Stacking::Hundred => {
                        let share = if whole(*place) > 0.0 { value.abs() / whole(*place) * 100.0 } else { 0.0 };
                        let from = add(&mut below, *place, share);
                        (from, from + share)
                    }
                });
                (*place, reach)
            };
            line.points.iter().map(reach).collect()
        })
        .collect()
}

/// A line, with what is below it for areas. A gap ends a piece, and a point between two gaps is a dot.
fn curve(
    chart: &Chart,
    n: usize,
    line: &Line,
    reach: &Reach,
    field: &Field,
    tip: &dyn Fn(&Line, f64, f64) -> String,
    page: &mut Page,
) {
    for piece in reach.split(|(_, r)| r.is_none()) {
        let points: Vec<(f64, f64, f64)> =
            piece.iter().filter_map(|(x, r)| r.map(|(low, high)| (field.x(*x), field.y(low), field.y(high)))).collect();
        match points.as_slice() {
            [] => {}
            [(x, _, y)] => {
                if let Some((place, Some((low, high)))) = piece.first() {
                    page.dot((*x, *y), n, &tip(line, *place, high - low));
                }
            }
            points => {
                let points = thinned(points);
                if chart.shape == Shape::Areas {
                    let up = points.iter().map(|(x, _, y)| (*x, *y));
                    let back = points.iter().rev().map(|(x, low, _)| (*x, *low));
                    page.path(&up.chain(back).collect::<Vec<_>>(), n, true);
                }
                let tops: Vec<(f64, f64)> = points.iter().map(|(x, _, y)| (*x, *y)).collect();
                page.path(&tops, n, false);
            }
        }
    }
}

/// The same line with at most four points for each unit across: first, highest, lowest and last.
fn thinned(points: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    if points.len() < 2_000 {
        return points.to_vec();
    }
    let mut out: Vec<(f64, f64, f64)> = Vec::new();
    for same in points.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let ends = [
            same.first(),
            same.iter().min_by(|a, b| a.2.total_cmp(&b.2)),
            same.iter().max_by(|a, b| a.2.total_cmp(&b.2)),
            same.last(),
        ];
        let mut ends: Vec<(f64, f64, f64)> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        ends.dedup();
        out.extend(ends);
    }
    out
}

/// Upright bars: beside each other, or on each other when they are stacked.
fn columns(chart: &Chart, reaches: &[Reach], field: &Field, tip: &dyn Fn(&Line, f64, f64) -> String, page: &mut Page) {
    let beside = if chart.stacking == Stacking::None { chart.lines.len().max(1) } else { 1 };
    let wide = (field.band * 0.82 / beside as f64).max(0.5);
    for (n, (line, reach)) in chart.lines.iter().zip(reaches).enumerate() {
        let shift = match beside {
            1 => -wide / 2.0,
            _ => wide * (n as f64 - beside as f64 / 2.0),
        };
        for ((x, value), (_, reach)) in line.points.iter().zip(reach) {
            let (Some(value), Some((low, high))) = (value, reach) else { continue };
            let (a, b) = (field.y(*low), field.y(*high));
            page.bar((field.x(*x) + shift, a.min(b)), (wide, (a - b).abs()), n, &tip(line, *x, *value));
        }
    }
}
