//! Axes of a plot: where its ticks stand and what they say.

use super::super::axis::{Range, Span, short, time_label, time_text};
use super::super::hint::Shape;
use super::super::model::{Chart, Scale};
use super::page::{Page, cut, wide};
use crate::render::zone::TimeZone;

/// The field in which points stand, and how values become places in it.
pub struct Field {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub range: Range,
    /// Units of width that a place has.
    pub band: f64,
    horizontal: Horizontal,
}

/// A bar on an axis of time is no wider.
const WIDEST_BAND: f64 = 60.0;

enum Horizontal {
    Time(Span),
    Number(Range),
    /// So many places beside each other.
    Labels(usize),
}

impl Field {
    /// The field of a chart, with its axes drawn.
    pub fn new(chart: &Chart, range: Range, tz: &TimeZone, page: &mut Page) -> Self {
        let ticks = range.ticks();
        let widest = ticks.iter().map(|t| wide(&short(*t))).fold(0.0, f64::max);
        let xs = || chart.lines.iter().flat_map(|l| &l.points).map(|(x, _)| *x);
        let title_room = if chart.y_title.is_empty() { 0.0 } else { 16.0 };
        let horizontal = match &chart.scale {
            Scale::Labels(labels) => Horizontal::Labels(labels.len().max(1)),
            Scale::Time => match Span::of(xs().map(|x| x as i64).collect::<Vec<_>>().into_iter()) {
                Some(span) => Horizontal::Time(span),
                None => Horizontal::Labels(1),
            },
            Scale::Number => match Range::of(xs().collect::<Vec<_>>().into_iter(), 8) {
                Some(range) => Horizontal::Number(range),
                None => Horizontal::Labels(1),
            },
        };
        let (left, right) = (widest + 14.0, page.width() - 12.0);
        let mut field = Self {
            left,
            right,
            top: page.top + title_room + 6.0,
            bottom: page.height() - 40.0,
            range,
            band: right - left,
            horizontal,
        };
        match field.horizontal {
            Horizontal::Labels(count) => field.band = (right - left) / count as f64,
            // The nearest two say how wide a bar may be; those at the ends need half of it beside them.
            _ if chart.shape == Shape::Columns => {
                let mut places: Vec<f64> = xs().map(|x| field.part(x)).collect();
                places.sort_by(f64::total_cmp);
                let gaps = places.windows(2).filter_map(|w| Some(*w.get(1)? - *w.first()?)).filter(|g| *g > 1e-9);
                let nearest = gaps.fold(1.0, f64::min);
                field.band = (nearest * (right - left) / (1.0 + nearest)).min(WIDEST_BAND);
                field.left += field.band / 2.0;
                field.right -= field.band / 2.0;
            }
            _ => {}
        }
        if !chart.y_title.is_empty() {
            page.text(0.0, page.top + 8.0, &cut(&chart.y_title, 80), "n", "start");
        }
        for tick in ticks {
            let y = field.y(tick);
            page.line((left, y), (right, y), "g");
            page.text(left - 8.0, y + 4.0, &short(tick), "", "end");
        }
        page.line((left, field.bottom), (right, field.bottom), "x");
        field.below(chart, tz, page);
        field
    }

    /// Where a place stands, from 0 to 1.
    fn part(&self, place: f64) -> f64 {
        match &self.horizontal {
            Horizontal::Time(span) => span.part(place as i64),
            Horizontal::Number(range) => range.part(place),
            Horizontal::Labels(count) => (place + 0.5) / *count as f64,
        }
    }

    pub fn x(&self, place: f64) -> f64 {
        self.left + self.part(place) * (self.right - self.left)
    }

    pub fn y(&self, value: f64) -> f64 {
        self.bottom - self.range.part(value) * (self.bottom - self.top)
    }

    fn below(&self, chart: &Chart, tz: &TimeZone, page: &mut Page) {
        let line = self.bottom + 16.0;
        let mut free = 0.0;
        let mut label = |at: f64, text: &str, page: &mut Page| {
            let half = wide(text) / 2.0;
            let at = at.clamp(half, (page.width() - half).max(half));
            if at - half >= free {
                page.text(at, line, text, "", "middle");
                free = at + half + 8.0;
            }
        };
        let mut title = chart.x_title.clone();
        match (&self.horizontal, &chart.scale) {
            (Horizontal::Time(span), _) => {
                let step = span.step(((self.right - self.left) / 95.0) as usize);
                for tick in span.ticks(step, tz) {
                    let at = self.x(tick as f64);
                    page.line((at, self.bottom), (at, self.bottom + 4.0), "x");
                    label(at, &time_label(tick, step, tz), page);
                }
                let text = |t: i64| time_text(t, "%Y-%m-%d %H:%M:%S", tz);
                title = format!("{title}: {} to {} {}", text(span.start), text(span.end), tz.name());
            }
            (Horizontal::Number(range), _) => {
                for tick in range.ticks() {
                    let at = self.x(tick);
                    page.line((at, self.bottom), (at, self.bottom + 4.0), "x");
                    label(at, &short(tick), page);
                }
            }
            (Horizontal::Labels(_), Scale::Labels(labels)) => {
                let chars = ((self.band / 7.2) as usize).clamp(6, 24);
                for (n, text) in labels.iter().enumerate() {
                    label(self.x(n as f64), &cut(text, chars), page);
                }
            }
            _ => {}
        }
        page.text(self.left, self.bottom + 34.0, &title, "n", "start");
    }
}
