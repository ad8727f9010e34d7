//! Lanes of tunnels over time: up, down and why, failovers, maintenance, changes of configuration.

use super::svg::{Px, Svg, fitted};
use super::time_axis::ticks;
use crate::report::causes::Group;
use crate::report::say::{Say, Word};

/// All lanes.
#[derive(Debug)]
pub struct Timeline {
    /// Nanoseconds since 1970 of its left end.
    pub from: i64,
    /// Of its right end.
    pub to: i64,
    /// A gateway each.
    pub gateways: Vec<Gateway>,
}

/// A gateway with its lanes.
#[derive(Debug)]
pub struct Gateway {
    /// Its name.
    pub name: String,
    /// What happened to all of it.
    pub marks: Vec<Mark>,
    /// Its tunnels.
    pub lanes: Vec<Lane>,
    /// Times of which the logs say nothing.
    pub silent: Vec<(i64, i64)>,
}

impl Gateway {
    /// Lanes without anything else.
    pub fn of(name: String, lanes: Vec<Lane>) -> Self {
        Self { name, marks: Vec::new(), lanes, silent: Vec::new() }
    }
}

/// A tunnel.
#[derive(Debug, Default)]
pub struct Lane {
    /// Its peer and instance.
    pub name: String,
    /// When it stood.
    pub up: Vec<(i64, i64)>,
    /// When it did not.
    pub down: Vec<Down>,
    /// When it moved to the other instance.
    pub failovers: Vec<i64>,
}

/// An interruption.
#[derive(Debug)]
pub struct Down {
    /// From.
    pub from: i64,
    /// Until.
    pub to: i64,
    /// Why.
    pub group: Group,
    /// What is shown when it is pointed at.
    pub tip: String,
    /// Where more is said; empty for nowhere.
    pub anchor: String,
}

/// An event of a gateway.
#[derive(Debug)]
pub struct Mark {
    /// When.
    pub at: i64,
    /// Whether it is a maintenance; else a change of configuration.
    pub maintenance: bool,
    /// What is shown when it is pointed at.
    pub tip: String,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 30.0;
const LANE: f64 = 22.0;
const LETTERS: usize = 28;

struct Scale {
    from: i64,
    to: i64,
}

impl Scale {
    fn x(&self, time: i64) -> f64 {
        let share = (time.clamp(self.from, self.to) - self.from) as f64 / (self.to - self.from).max(1) as f64;
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    /// Milliseconds from the left end: what the page's script reckons with.
    fn ms(&self, time: i64) -> i64 {
        (time.clamp(self.from, self.to) - self.from) / 1_000_000
    }
}

impl Timeline {
    /// The drawing.
    pub fn svg(&self, say: &Say, label: &str) -> String {
        let scale = Scale { from: self.from, to: self.to };
        let lanes: usize = self.gateways.iter().map(|g| g.lanes.len() + 1).sum();
        let bottom = TOP + lanes as f64 * LANE;
        let mut svg = Svg::new("timeline", WIDTH, bottom + 58.0, label);
        svg.open(
            "g",
            &[
                ("class", &"plot"),
                ("data-from", &(self.from / 1_000_000)),
                ("data-span", &scale.ms(self.to)),
                ("data-left", &LEFT),
                ("data-right", &(WIDTH - RIGHT)),
                ("data-bottom", &bottom),
            ],
        );
        svg.open("g", &[("class", &"ticks")]);
        for (time, text) in ticks(self.from, self.to, 7, say) {
            let x = Px(scale.x(time));
            svg.shape("line", &[("x1", &x), ("x2", &x), ("y1", &(TOP - 6.0)), ("y2", &bottom), ("class", &"grid")], "");
            svg.text(x.0, TOP - 12.0, "tick", &text);
        }
        svg.close();
        let mut y = TOP;
        for gateway in &self.gateways {
            svg.text(0.0, y + 15.0, "gateway", &fitted(&gateway.name, LETTERS));
            let height = (gateway.lanes.len() + 1) as f64 * LANE;
            for (from, to) in &gateway.silent {
                let tip = say.fill(Word::SilentTip, &[&say.time(*from), &say.time(*to)]);
                bar(&mut svg, &scale, (*from, *to), y + 1.0, height - 2.0, "silent", &tip);
            }
            gateway.marks.iter().for_each(|m| mark(&mut svg, &scale, m, y + LANE / 2.0));
            y += LANE;
            for lane in &gateway.lanes {
                svg.text(10.0, y + 15.0, "lane", &fitted(&lane.name, LETTERS));
                lane.draw(&mut svg, &scale, y);
                y += LANE;
            }
        }
        svg.close();
        legend(&mut svg, say, bottom + 18.0);
        svg.text(WIDTH - RIGHT, bottom + 50.0, "zone", &say.fill(Word::TimesIn, &[say.zone.name()]));
        svg.finish()
    }
}

fn bar(svg: &mut Svg, scale: &Scale, (from, to): (i64, i64), y: f64, height: f64, class: &str, tip: &str) {
    let (a, b) = (scale.x(from), scale.x(to));
    svg.shape(
        "rect",
        &[
            ("x", &Px(a)),
            ("y", &Px(y)),
            ("width", &Px((b - a).max(if class == "up" { 0.2 } else { 2.0 }))),
            ("height", &Px(height)),
            ("class", &class),
            ("data-a", &scale.ms(from)),
            ("data-b", &scale.ms(to)),
        ],
        tip,
    );
}

fn mark(svg: &mut Svg, scale: &Scale, mark: &Mark, y: f64) {
    let (class, path) = match mark.maintenance {
        true => ("mark maintenance", "M0-6L6 5H-6Z"),
        false => ("mark config", "M-5-5H5V5H-5Z"),
    };
    point(svg, scale, mark.at, y, class, path, &mark.tip);
}

fn point(svg: &mut Svg, scale: &Scale, at: i64, y: f64, class: &str, path: &str, tip: &str) {
    let place = format!("translate({} {})", Px(scale.x(at)), Px(y));
    svg.shape("path", &[("d", &path), ("transform", &place), ("class", &class), ("data-a", &scale.ms(at))], tip);
}

impl Lane {
    fn draw(&self, svg: &mut Svg, scale: &Scale, y: f64) {
        for span in &self.up {
            bar(svg, scale, *span, y + 8.0, 6.0, "up", "");
        }
        for down in &self.down {
            if !down.anchor.is_empty() {
                svg.link(&down.anchor);
            }
            bar(svg, scale, (down.from, down.to), y + 3.0, 16.0, down.group.class(), &down.tip);
            if !down.anchor.is_empty() {
                svg.close();
            }
        }
        for at in &self.failovers {
            point(svg, scale, *at, y + LANE / 2.0, "mark failover", "M0-5L5 0L0 5L-5 0Z", "");
        }
    }
}

fn legend(svg: &mut Svg, say: &Say, y: f64) {
    let mut x = 10.0;
    let mut entry = |svg: &mut Svg, text: &str, draw: &dyn Fn(&mut Svg, f64)| {
        draw(svg, x);
        svg.text(x + 18.0, y + 4.0, "legend", text);
        x += 34.0 + 7.2 * unicode_width::UnicodeWidthStr::width(text) as f64;
    };
    let block = |class: &'static str, height: f64| {
        move |svg: &mut Svg, x: f64| {
            svg.shape(
                "rect",
                &[
                    ("x", &Px(x)),
                    ("y", &Px(y - height / 2.0)),
                    ("width", &"12"),
                    ("height", &Px(height)),
                    ("class", &class),
                ],
                "",
            );
        }
    };
    let shape = |class: &'static str, path: &'static str| {
        move |svg: &mut Svg, x: f64| {
            let place = format!("translate({} {})", Px(x + 6.0), Px(y));
            svg.shape("path", &[("d", &path), ("transform", &place), ("class", &class)], "");
        }
    };
    entry(svg, &say.word(Word::LegendUp), &block("up", 6.0));
    for group in Group::ALL {
        entry(svg, &say.word(group.word()), &block(group.class(), 14.0));
    }
    x = 10.0;
    let y = y + 20.0;
    let mut entry = |svg: &mut Svg, text: &str, draw: &dyn Fn(&mut Svg, f64)| {
        svg.open("g", &[("transform", &"translate(0 20)")]);
        draw(svg, x);
        svg.close();
        svg.text(x + 18.0, y + 4.0, "legend", text);
        x += 34.0 + 7.2 * unicode_width::UnicodeWidthStr::width(text) as f64;
    };
    entry(svg, &say.word(Word::LegendFailover), &shape("mark failover", "M0-5L5 0L0 5L-5 0Z"));
    entry(svg, &say.word(Word::LegendMaintenance), &shape("mark maintenance", "M0-6L6 5H-6Z"));
    entry(svg, &say.word(Word::LegendConfig), &shape("mark config", "M-5-5H5V5H-5Z"));
    entry(svg, &say.word(Word::LegendSilent), &block("silent", 14.0));
}
