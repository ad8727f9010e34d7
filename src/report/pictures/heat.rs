//! Days by tunnels: how long each was down on each day.

use super::svg::{Px, Svg, fitted};
use super::time_axis::ticks;
use crate::report::say::{Say, Word};

/// The map.
#[derive(Debug)]
pub struct Heat {
    /// The first day, nanoseconds since 1970.
    pub from: i64,
    /// How many there are.
    pub days: usize,
    /// A peer each.
    pub rows: Vec<HeatRow>,
}

/// A peer.
#[derive(Debug)]
pub struct HeatRow {
    /// Its name.
    pub name: String,
    /// Seconds down by day; `None` where nothing is known.
    pub days: Vec<Option<i64>>,
}

const DAY: i64 = 86_400_000_000_000;
const WIDTH: f64 = 960.0;
const LEFT: f64 = 230.0;
const TOP: f64 = 28.0;
const ROW: f64 = 20.0;

/// The levels from which a cell is darker, in seconds, with their words.
const LEVELS: [(i64, &str, Word); 5] = [
    (0, "heat0", Word::HeatNone),
    (1, "heat1", Word::HeatSeconds),
    (60, "heat2", Word::HeatMinutes),
    (600, "heat3", Word::HeatTens),
    (3_600, "heat4", Word::HeatHours),
];

fn level(down: Option<i64>) -> &'static str {
    match down {
        None => "silent",
        Some(s) => LEVELS.iter().rev().find(|(from, ..)| s >= *from).map_or("heat0", |(_, class, _)| class),
    }
}

impl Heat {
    /// The drawing. Days without anything to tell are drawn as one, or a year of many tunnels would be a large file.
    pub fn svg(&self, say: &Say, label: &str) -> String {
        let cell = (WIDTH - LEFT - 10.0) / self.days.max(1) as f64;
        let cell = cell.min(44.0);
        let bottom = TOP + self.rows.len() as f64 * ROW;
        let mut svg = Svg::new("heat", WIDTH, bottom + 48.0, label);
        let x = |day: usize| LEFT + day as f64 * cell;
        let to = self.from.saturating_add(DAY.saturating_mul(self.days as i64));
        // Days are UTC days whatever zone the reader has.
        let utc = Say { lang: say.lang, ..Say::default() };
        let most = ((cell * self.days as f64) / 60.0).floor().clamp(2.0, 9.0) as i64;
        for (time, text) in ticks(self.from, to.saturating_sub(1), most, &utc) {
            let offset = (time - self.from) as f64 / DAY as f64;
            svg.text(LEFT + offset * cell, TOP - 10.0, "tick start", &text.replace(" 00:00", ""));
        }
        for (i, row) in self.rows.iter().enumerate() {
            let y = TOP + i as f64 * ROW;
            svg.text(0.0, y + 14.0, "lane", &fitted(&row.name, 34));
            let mut day = 0;
            while day < row.days.len() {
                let down = row.days[day];
                let class = level(down);
                let mut next = day + 1;
                let quiet = !matches!(down, Some(s) if s > 0);
                while quiet && row.days.get(next).is_some_and(|d| level(*d) == class) {
                    next += 1;
                }
                let at = |day: usize| say.day(self.from.saturating_add(DAY.saturating_mul(day as i64)));
                let days = if next - day == 1 { at(day) } else { format!("{} – {}", at(day), at(next - 1)) };
                let what = match down {
                    None => say.word(Word::NoData),
                    Some(0) => say.word(Word::HeatNone),
                    Some(s) => say.fill(Word::DownFor, &[&say.millis(s.saturating_mul(1000))]),
                };
                // In a long time the short ones are many, and too small to be pointed at.
                let told = self.days <= 120 || down.is_none_or(|s| s >= LEVELS[2].0);
                let tip = if told { format!("{days} · {}: {what}", row.name) } else { String::new() };
                let gap = if cell > 6.0 { 1.0 } else { 0.0 };
                svg.shape(
                    "rect",
                    &[
                        ("x", &Px(x(day))),
                        ("y", &Px(y + 1.0)),
                        ("width", &Px((x(next) - x(day) - gap).max(1.0))),
                        ("height", &Px(ROW - 2.0)),
                        ("class", &class),
                    ],
                    &tip,
                );
                day = next;
            }
        }
        let mut at = 10.0;
        for (class, word) in LEVELS.iter().map(|(_, c, w)| (*c, *w)).chain([("silent", Word::NoData)]) {
            let text = say.word(word);
            svg.shape(
                "rect",
                &[("x", &Px(at)), ("y", &Px(bottom + 14.0)), ("width", &"14"), ("height", &"14"), ("class", &class)],
                "",
            );
            svg.text(at + 20.0, bottom + 25.0, "legend", &text);
            at += 36.0 + 7.2 * unicode_width::UnicodeWidthStr::width(text.as_str()) as f64;
        }
        svg.text(WIDTH - 10.0, bottom + 42.0, "zone", &say.word(Word::DaysAreUtc));
        svg.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_days_are_one_shape_and_bad_ones_stand_out() {
        let mut days = vec![Some(0); 365];
        days[100] = Some(380);
        days[200] = None;
        days[201] = None;
        let heat =
            Heat { from: 1_767_225_600_000_000_000, days: 365, rows: vec![HeatRow { name: "gw <b>".into(), days }] };
        let svg = heat.svg(&Say::default(), "days");
        let shapes = svg.matches("<rect").count();
        // Good, bad, good, silent, good; and six of the legend.
        assert_eq!(shapes, 5 + 6, "{svg}");
        assert!(svg.contains("2026-04-11 · gw &lt;b&gt;: ") && !svg.contains("<b>"), "{svg}");
    }
}
