//! Drawings as data, and as SVG.
//!
//! They stand still without a script: the page's script only moves what is there. Colours are classes of the page's style, from
//! the palette of Okabe and Ito, which readers with a colour vision deficiency can tell apart; what a colour says is also told
//! by a height, a shape or a word.

pub mod heat;
pub mod ladder;
pub mod svg;
pub mod time_axis;
pub mod timeline;

use super::say::Say;

/// A drawing.
#[derive(Debug)]
pub struct Picture {
    /// What is drawn.
    pub kind: Kind,
    /// What stands below it.
    pub caption: String,
    /// What it says, for who does not see it.
    pub alternative: String,
}

/// What is drawn.
#[derive(Debug)]
pub enum Kind {
    /// Lanes of tunnels over time.
    Timeline(timeline::Timeline),
    /// Days by tunnels.
    Heat(heat::Heat),
}

impl Picture {
    /// The drawing as SVG.
    pub fn svg(&self, say: &Say) -> String {
        match &self.kind {
            Kind::Timeline(timeline) => timeline.svg(say, &self.alternative),
            Kind::Heat(heat) => heat.svg(say, &self.alternative),
        }
    }
}
