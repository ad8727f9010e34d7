//! The element around a picture: its size, words, colours, and what is written into it.

use std::fmt::Write;

use super::super::hint::{Shape, Stacking};
use super::super::model::Chart;
use super::SvgOptions;
use crate::render::escape;

/// Colours of series that colour-blind people tell apart as well, after Okabe and Ito, for light and for dark.
const LIGHT: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#b0578d", "#a37200", "#3a8fc0", "#6b5b95", "#5f6b76"];
const DARK: [&str; 8] = ["#56b4e9", "#ff8f4a", "#2fcfa0", "#e39cc6", "#f0b429", "#9fd3f2", "#b3a2e0", "#aab4bf"];

/// Dashes of lines: a second sign beside the colour.
const DASHES: [&str; 4] = ["", "6 3", "2 3", "9 3 2 3"];

/// A character's width, as far as one can say without a font.
const CHAR: f64 = 7.2;

/// What an SVG text is made of, with its words and what stands under the picture.
pub struct Page {
    body: String,
    width: f64,
    height: f64,
    id: String,
    styled: bool,
    title: String,
    description: String,
    notes: Vec<String>,
    /// How far down the title and the legend reach.
    pub top: f64,
}

impl Page {
    /// A page with its title and legend.
    pub fn new(chart: &Chart, options: &SvgOptions) -> Self {
        let id: String = options.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let (title, description) = words(chart);
        let mut page = Self {
            body: String::new(),
            width: options.width.clamp(200.0, 4000.0),
            height: options.height.clamp(120.0, 4000.0),
            id: if id.is_empty() { "chart".to_owned() } else { id },
            styled: options.styled,
            title,
            description,
            notes: chart.notes.clone(),
            top: 12.0,
        };
        if !chart.title.is_empty() {
            page.text(0.0, page.top + 8.0, &chart.title, "t", "start");
            page.top += 22.0;
        }
        if chart.legend && chart.lines.len() > 1 {
            page.legend(chart);
        }
        page
    }

    pub fn width(&self) -> f64 {
        self.width
    }

    pub fn height(&self) -> f64 {
        self.height
    }

    /// Sets how high the picture is.
    pub fn fit(&mut self, height: f64) {
        self.height = height;
    }

    /// A line of words under the picture.
    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Names of series with their signs, in as many lines as they need.
    fn legend(&mut self, chart: &Chart) {
        let mut at = 0.0;
        let mut line = self.top + 6.0;
        for (n, series) in chart.lines.iter().enumerate() {
            let name = cut(&series.name, 40);
            let wide = 30.0 + wide(&name);
            if at > 0.0 && at + wide > self.width {
                (at, line) = (0.0, line + 18.0);
            }
            match chart.shape {
                Shape::Lines | Shape::Areas => self.path(&[(at, line), (at + 18.0, line)], n, false),
                Shape::Points => self.dot((at + 9.0, line), n, &name),
                _ => self.bar((at + 4.0, line - 5.0), (10.0, 10.0), n, &name),
            }
            self.text(at + 23.0, line + 4.0, &name, "", "start");
            at += wide + 14.0;
        }
        self.top = line + 14.0;
    }

    /// A text at a place; `anchor` is start, middle or end.
    pub fn text(&mut self, x: f64, y: f64, text: &str, class: &str, anchor: &str) {
        let _ = write!(self.body, r#"<text x="{}" y="{}""#, num(x), num(y));
        if !class.is_empty() {
            let _ = write!(self.body, r#" class="{class}""#);
        }
        if anchor != "start" {
            let _ = write!(self.body, r#" text-anchor="{anchor}""#);
        }
        self.body.push('>');
        escape::html(text, &mut self.body);
        self.body.push_str("</text>");
    }

    /// A straight line of a class.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let _ = write!(
            self.body,
            r#"<line class="{class}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
            num(x1),
            num(y1),
            num(x2),
            num(y2)
        );
    }

    /// A bar of a series, with what it says when one points at it.
    pub fn bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), series: usize, tip: &str) {
        let _ = write!(
            self.body,
            r#"<rect class="f c{}" x="{}" y="{}" width="{}" height="{}"><title>"#,
            series % LIGHT.len() + 1,
            num(x),
            num(y),
            num(width.max(0.0)),
            num(height.max(0.0))
        );
        escape::html(tip, &mut self.body);
        self.body.push_str("</title></rect>");
    }

    /// A dot of a series.
    pub fn dot(&mut self, (x, y): (f64, f64), series: usize, tip: &str) {
        let class = series % LIGHT.len() + 1;
        // A sign of its own beside the colour.
        let tag = if series.is_multiple_of(2) { "circle" } else { "rect" };
        let _ = match series % 2 {
            0 => write!(self.body, r#"<circle class="f c{class}" cx="{}" cy="{}" r="3">"#, num(x), num(y)),
            _ => write!(
                self.body,
                r#"<rect class="f c{class}" x="{}" y="{}" width="5" height="5">"#,
                num(x - 2.5),
                num(y - 2.5)
            ),
        };
        self.body.push_str("<title>");
        escape::html(tip, &mut self.body);
        let _ = write!(self.body, "</title></{tag}>");
    }

    /// A line of a series, or with `closed` the area that it surrounds.
    pub fn path(&mut self, points: &[(f64, f64)], series: usize, closed: bool) {
        let Some(((x, y), rest)) = points.split_first() else { return };
        let mut data = format!("M{} {}", num(*x), num(*y));
        for (x, y) in rest {
            let _ = write!(data, "L{} {}", num(*x), num(*y));
        }
        let class = series % LIGHT.len() + 1;
        let _ = match closed {
            true => write!(self.body, r#"<path class="a c{class}" d="{data}Z"/>"#),
            false => write!(self.body, r#"<path class="l c{class}" d="{data}"{}/>"#, dash(series)),
        };
    }

    /// The whole element.
    pub fn finish(mut self) -> String {
        let mut bottom = self.height;
        let notes = std::mem::take(&mut self.notes);
        for note in &notes {
            bottom += 16.0;
            self.text(0.0, bottom - 4.0, note, "n", "start");
        }
        let Self { body, width, id, styled, title, description, .. } = self;
        let mut out = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{id}-title {id}-desc" viewBox="0 0 {w} {h}" width="{w}" height="{h}" class="chart" id="{id}">"#,
            w = num(width),
            h = num(bottom),
        );
        let mut word = |tag: &str, suffix: &str, text: &str| {
            let _ = write!(out, r#"<{tag} id="{id}-{suffix}">"#);
            escape::html(text, &mut out);
            let _ = write!(out, "</{tag}>");
        };
        word("title", "title", &title);
        word("desc", "desc", &description);
        if styled {
            let _ = write!(out, "<style>{}</style>", style(&format!("#{id}")));
        }
        out.push_str(&body);
        out.push_str("</svg>");
        out
    }
}

/// The rules of the pictures that a selector chooses; they hold for them alone.
pub fn style(of: &str) -> String {
    let set = |colors: &[&str; 8]| {
        let mut all = String::new();
        for (n, color) in colors.iter().enumerate() {
            let _ = write!(all, "--own-{}:{color};", n + 1);
        }
        all
    };
    let mut out = format!(
        "{of}{{--own-text:#1b1f24;--own-faint:#68707a;--own-grid:#e1e5ea;{}font:12px system-ui,sans-serif}}\
         @media (prefers-color-scheme:dark){{{of}{{--own-text:#e4e8ec;--own-faint:#98a1ab;--own-grid:#2d333a;{}}}}}\
         {of} text{{fill:var(--chart-text,var(--own-text))}}{of} .t{{font-size:15px;font-weight:600}}\
         {of} .n,{of} .k{{fill:var(--chart-faint,var(--own-faint))}}{of} .v{{font-size:28px;font-weight:600}}\
         {of} .g{{stroke:var(--chart-grid,var(--own-grid))}}{of} .x{{stroke:var(--chart-faint,var(--own-faint))}}\
         {of} .l{{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}}{of} .f{{fill:var(--c)}}\
         {of} .a{{fill:var(--c);fill-opacity:.35;stroke:none}}",
        set(&LIGHT),
        set(&DARK)
    );
    for n in 1..=LIGHT.len() {
        let _ = write!(out, "{of} .c{n}{{--c:var(--chart-{n},var(--own-{n}))}}");
    }
    out
}

/// Title and description for whoever does not see the picture.
fn words(chart: &Chart) -> (String, String) {
    let names: Vec<&str> = chart.lines.iter().take(8).map(|l| l.name.as_str()).collect();
    let more = chart.lines.len().saturating_sub(names.len());
    let list = match more {
        0 => names.join(", "),
        n => format!("{} and {n} more", names.join(", ")),
    };
    let title = match (chart.title.is_empty(), chart.facts.is_empty()) {
        (false, _) => chart.title.clone(),
        (true, false) => chart.facts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
        (true, true) => format!("{list} by {}", chart.x_title),
    };
    if !chart.facts.is_empty() {
        let facts: Vec<String> = chart.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        return (title, facts.join("; "));
    }
    let values = || chart.lines.iter().flat_map(|l| &l.points).filter_map(|(_, v)| *v);
    let ends = match (values().min_by(f64::total_cmp), values().max_by(f64::total_cmp)) {
        (Some(low), Some(high)) => {
            format!(" Values from {} to {}.", super::super::axis::short(low), super::super::axis::short(high))
        }
        _ => String::new(),
    };
    let stacked = match chart.stacking {
        Stacking::None => "",
        Stacking::Stacked => ", stacked",
        Stacking::Hundred => ", as shares of 100",
    };
    let points: usize = chart.lines.iter().map(|l| l.points.len()).sum();
    (title, format!("{list} over {}{stacked}: {points} points.{ends}", chart.x_title))
}

fn dash(series: usize) -> String {
    // The next dash with each round of colours and beside a neighbour of a like colour.
    match DASHES.get(series % DASHES.len()).copied().unwrap_or_default() {
        "" => String::new(),
        dash => format!(r#" stroke-dasharray="{dash}""#),
    }
}

/// A number with at most two digits behind the point.
pub fn num(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// About how wide a text is.
pub fn wide(text: &str) -> f64 {
    crate::render::layout::display_width(text) as f64 * CHAR
}

/// The beginning of a text that is too long.
pub fn cut(text: &str, chars: usize) -> String {
    match text.chars().count() > chars {
        true => text.chars().take(chars.saturating_sub(1)).collect::<String>() + "…",
        false => text.to_owned(),
    }
}
