//! A negotiation as a ladder of arrows between two sides.

use super::svg::{Px, Svg, fitted};
use crate::report::ladder::{Ladder, Way};
use crate::report::say::{Say, Word};

const WIDTH: f64 = 900.0;
const AZURE: f64 = 210.0;
const PEER: f64 = 690.0;
const TOP: f64 = 56.0;
const STEP: f64 = 44.0;

/// The drawing.
pub fn svg(ladder: &Ladder, say: &Say) -> String {
    let bottom = TOP + ladder.steps.len() as f64 * STEP + 6.0;
    let label = say.fill(Word::LadderAlternative, &[&ladder.azure, &ladder.peer, &ladder.steps.len().to_string()]);
    let mut svg = Svg::new("ladder", WIDTH, bottom + 12.0, &label);
    for (x, side, name) in [(AZURE, Word::SideAzure, &ladder.azure), (PEER, Word::SidePeer, &ladder.peer)] {
        svg.text(x, 16.0, "side", &say.word(side));
        svg.text(x, 34.0, "side-name", &fitted(name, 44));
        svg.shape("line", &[("x1", &x), ("x2", &x), ("y1", &"42"), ("y2", &Px(bottom)), ("class", &"life")], "");
    }
    for (i, step) in ladder.steps.iter().enumerate() {
        let y = TOP + i as f64 * STEP + 22.0;
        let class = if step.fails { "fails" } else { "step" };
        svg.open("g", &[("class", &class)]);
        svg.text(0.0, y + 4.0, "clock", &say.clock(step.time));
        let middle = (AZURE + PEER) / 2.0;
        match step.way {
            Way::Local => {
                svg.shape(
                    "rect",
                    &[
                        ("x", &Px(AZURE - 62.0)),
                        ("y", &Px(y - 13.0)),
                        ("width", &"124"),
                        ("height", &"26"),
                        ("rx", &"4"),
                        ("class", &"note"),
                    ],
                    &step.message,
                );
                let cross = if step.fails { "✕ " } else { "" };
                svg.text(AZURE, y + 4.0, "label", &format!("{cross}{}", step.label));
                svg.text(AZURE + 74.0, y + 4.0, "detail start", &fitted(&step.detail, 84));
            }
            Way::Sent | Way::Received => {
                let (from, to) = if step.way == Way::Sent { (AZURE, PEER) } else { (PEER, AZURE) };
                let inward = if to > from { -9.0 } else { 9.0 };
                let head = format!(
                    "M{} {}L{} {}L{} {}Z",
                    Px(to),
                    Px(y),
                    Px(to + inward),
                    Px(y - 5.0),
                    Px(to + inward),
                    Px(y + 5.0)
                );
                svg.shape(
                    "line",
                    &[("x1", &from), ("x2", &to), ("y1", &Px(y)), ("y2", &Px(y)), ("class", &"arrow")],
                    &step.message,
                );
                svg.shape("path", &[("d", &head), ("class", &"head")], "");
                svg.text(middle, y - 6.0, "label", &step.label);
                svg.text(middle, y + 14.0, "detail", &fitted(&step.detail, 72));
            }
        }
        svg.close();
    }
    svg.finish()
}
