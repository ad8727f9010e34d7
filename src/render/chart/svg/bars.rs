//! Lying bars with their values beside them, and cards.

use super::super::hint::{Shape, Stacking};
use super::super::model::{Chart, Line};
use super::super::plotted::exact;
use super::page::{Page, cut, wide};

/// Units down that a bar takes.
const BAR: f64 = 18.0;

pub fn lying(chart: &Chart, labels: &[String], page: &mut Page) {
    let value_at = |line: &Line, place: usize| {
        line.points.iter().find(|(x, _)| *x as usize == place).and_then(|(_, value)| *value)
    };
    let whole: f64 = chart.lines.iter().flat_map(|l| &l.points).filter_map(|(_, v)| *v).sum();
    let whole_of = |place: usize| chart.lines.iter().filter_map(|l| value_at(l, place)).map(f64::abs).sum::<f64>();
    let stacked = chart.stacking != Stacking::None && chart.shape == Shape::Bars;
    let text = |value: f64, place: usize| {
        let of = match (chart.shape, chart.stacking) {
            (Shape::Shares, _) => whole,
            (_, Stacking::Hundred) => whole_of(place),
            _ => 0.0,
        };
        match of != 0.0 {
            true => format!("{} ({:.1} %)", exact(value), value / of * 100.0),
            false => exact(value),
        }
    };
    let lengths = |place: usize| -> Vec<(usize, f64, f64)> {
        let values = chart.lines.iter().enumerate().filter_map(|(n, l)| Some((n, value_at(l, place)?)));
        let of = whole_of(place);
        values
            .map(|(n, value)| match chart.stacking {
                Stacking::Hundred if stacked && of > 0.0 => (n, value, value.abs() / of * 100.0),
                _ => (n, value, value),
            })
            .collect()
    };
    let mut ends = (0.0_f64, 0.0_f64);
    for place in 0..labels.len() {
        let all = lengths(place);
        let reach = |sign: f64| -> f64 {
            let same = all.iter().map(|(_, _, l)| *l).filter(|l| l * sign > 0.0);
            if stacked { same.sum() } else { same.fold(0.0, |a: f64, b| if b * sign > a * sign { b } else { a }) }
        };
        ends = (ends.0.min(reach(-1.0)), ends.1.max(reach(1.0)));
    }
    let left = labels.iter().map(|l| wide(&cut(l, 36))).fold(0.0, f64::max) + 10.0;
    let room = labels.iter().enumerate().flat_map(|(p, _)| lengths(p).into_iter().map(move |(_, v, _)| (v, p)));
    let right = if stacked { 10.0 } else { room.map(|(v, p)| wide(&text(v, p))).fold(0.0, f64::max) + 12.0 };
    let span = (page.width() - left - right).max(20.0);
    let whole_span = (ends.1 - ends.0).max(f64::MIN_POSITIVE);
    let x = |value: f64| left + (value - ends.0) / whole_span * span;
    let mut y = page.top + 4.0;
    for (place, label) in labels.iter().enumerate() {
        let bars = lengths(place);
        let lines = if stacked { 1 } else { bars.len().max(1) };
        let middle = y + BAR * lines as f64 / 2.0;
        page.text(left - 8.0, middle + 4.0, &cut(label, 36), "", "end");
        let (mut above, mut below) = (0.0, 0.0);
        for (n, value, length) in bars {
            let from = match (stacked, length < 0.0) {
                (false, _) => 0.0,
                (true, false) => above,
                (true, true) => below,
            };
            let to = from + length;
            let (a, b) = (x(from.min(to)), x(from.max(to)));
            let name = chart.lines.get(n).map_or("", |l| l.name.as_str());
            page.bar((a, y + 2.0), (b - a, BAR - 4.0), n, &format!("{label}, {name}: {}", text(value, place)));
            if stacked {
                (above, below) = (above.max(to), below.min(to));
            } else {
                page.text(b.max(x(0.0)) + 6.0, y + BAR / 2.0 + 4.0, &text(value, place), "", "start");
                y += BAR;
            }
        }
        if stacked || lines == 1 && chart.lines.iter().all(|l| value_at(l, place).is_none()) {
            y += BAR;
        }
        y += if chart.lines.len() > 1 && !stacked { 6.0 } else { 2.0 };
    }
    page.line((x(0.0), page.top + 2.0), (x(0.0), y), "x");
    let title = match chart.lines.as_slice() {
        [line] => format!("{} by {}", line.name, chart.x_title),
        _ => format!("by {}", chart.x_title),
    };
    page.text(left, y + 16.0, &title, "n", "start");
    page.fit(y + 24.0);
}

/// The values of a row, large, with their names.
pub fn card(chart: &Chart, page: &mut Page) {
    let mut x = 0.0;
    let mut y = page.top + 30.0;
    for (name, value) in &chart.facts {
        let value = cut(value, 40);
        // The large letters are more than twice as wide.
        let width = (wide(&value) * 2.4).max(wide(name)) + 32.0;
        if x > 0.0 && x + width > page.width() {
            (x, y) = (0.0, y + 70.0);
        }
        page.text(x, y, &value, "v", "start");
        page.text(x, y + 18.0, &cut(name, 40), "n", "start");
        x += width;
    }
    page.fit(y + 30.0);
}
