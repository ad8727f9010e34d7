//! A chart of the common model as SVG: a text that stands in an HTML page or in a file of its own.
//!
//! Colours are CSS variables with a light and a dark set; a page may set its own (`--chart-text`, `--chart-1` ...). Lines differ in
//! their dashes and bars are named, so that colour only repeats what signs say. `title` and `desc` say in words what is
//! drawn. Everything that comes from data is escaped.

mod axes;
mod bars;
mod page;
mod plot;

use super::hint::Shape;
use super::model::{Chart, Scale};
use crate::render::zone::TimeZone;

/// How a picture is made.
#[derive(Debug, Clone, PartialEq)]
pub struct SvgOptions {
    /// Units across; a page may show it in any size.
    pub width: f64,
    /// Units down; charts of many bars take more.
    pub height: f64,
    /// Time zone of labels.
    pub tz: TimeZone,
    /// Tells the ids of pictures on one page apart: letters, digits and hyphens.
    pub id: String,
    /// Whether the picture brings its own rules of style; else they are those of [`style`], which the page has.
    pub styled: bool,
}

impl Default for SvgOptions {
    fn default() -> Self {
        Self { width: 960.0, height: 360.0, tz: TimeZone::utc(), id: "chart".to_owned(), styled: true }
    }
}

/// The rules of style for pictures that a selector chooses, for pages whose policy allows no others.
pub fn style(selector: &str) -> String {
    page::style(selector)
}

/// Draws a chart. The text is one `svg` element without a declaration.
pub fn svg(chart: &Chart, options: &SvgOptions) -> String {
    let mut page = page::Page::new(chart, options);
    match (&chart.scale, chart.shape) {
        (_, Shape::Card) => bars::card(chart, &mut page),
        (Scale::Labels(labels), Shape::Bars | Shape::Shares) => bars::lying(chart, labels, &mut page),
        _ => plot::draw(chart, options, &mut page),
    }
    page.finish()
}

#[cfg(test)]
mod tests;
