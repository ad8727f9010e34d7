//! Results drawn with characters: what a glance tells sooner than rows.
//!
//! | module | draws |
//! |---|---|
//! | `series` | numbers over time, one panel a series |
//! | `bars` | a number for each text |
//! | `histogram` | how often values or times fall into each bucket, empty ones too |
//! | `timeline` | when each tunnel was up, one lane a tunnel and instance |
//! | `data`, `axis`, `canvas` | columns read, ticks and labels, dots |
//! | `hint`, `model`, `unroll` | what a query asks for, the chart made of it, rows of arrays |
//! | `plotted`, `svg`, `hinted` | that chart in characters, as a picture, with the rows of its result |
//!
//! Series are told apart by their places, states by their signs; colour only repeats what signs say.

mod axis;
mod bars;
mod canvas;
mod data;
mod hint;
mod hinted;
mod histogram;
mod model;
mod plotted;
mod renderer;
mod series;
mod svg;
mod timeline;
mod unroll;

#[cfg(test)]
mod tests;

pub use hint::{Hint, Shape, Stacking};
pub use hinted::HintedRenderer;
pub use model::{Chart, Line, Scale};
pub use plotted::draw_chart;
pub use renderer::ChartRenderer;
pub use svg::{SvgOptions, style as svg_style, svg};

use std::fmt;

use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;

use super::RenderError;
use super::zone::TimeZone;
use data::Columns;

/// What a kind's file says about it.
struct Spec {
    /// The name in options and commands.
    name: &'static str,
    /// The columns that it needs, in words.
    needs: &'static str,
    /// Whether the columns are such.
    fits: fn(&Columns) -> bool,
    draw: fn(&Columns, &Frame) -> String,
}

/// Makes the enum and the way from a kind to its file out of the one list.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident => $file:ident,)*) => {
        /// What is drawn.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ChartKind { $($(#[$doc])* $variant,)* }

        impl ChartKind {
            /// Every kind; of those that fit, the first is chosen.
            pub const ALL: &'static [ChartKind] = &[$(ChartKind::$variant,)*];

            fn spec(self) -> &'static Spec {
                match self { $(ChartKind::$variant => &$file::SPEC,)* }
            }
        }
    };
}

kinds! {
    /// When each tunnel was up, one lane a tunnel and instance.
    Timeline => timeline,
    /// Numbers over time.
    Series => series,
    /// A number for each text.
    Bars => bars,
    /// How often values fall into each bucket.
    Histogram => histogram,
}

impl ChartKind {
    /// The name used in options and commands.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The columns that it needs, in words.
    pub fn needs(self) -> &'static str {
        self.spec().needs
    }

    /// The kind of a name, in any case. `None` for an unknown one.
    pub fn from_name(name: &str) -> Option<ChartKind> {
        ChartKind::ALL.iter().copied().find(|k| k.name().eq_ignore_ascii_case(name))
    }
}

/// How to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// Lines to draw in; what needs more, such as many lanes, takes more up to a limit and says what it left out.
    pub height: usize,
    /// What to draw; chosen from the columns when `None`.
    pub kind: Option<ChartKind>,
    /// Only ASCII characters, apart from labels of the data.
    pub ascii: bool,
    /// ANSI colours, which are told apart by colour-blind people as well.
    pub color: bool,
    /// Time zone of labels.
    pub tz: TimeZone,
}

impl Default for ChartOptions {
    fn default() -> Self {
        ChartOptions { width: 80, height: 20, kind: None, ascii: false, color: false, tz: TimeZone::utc() }
    }
}

/// Why nothing can be drawn.
#[derive(Debug)]
pub enum ChartError {
    /// The columns are not what the kind, or any kind, needs.
    Columns(String),
    /// There is no row.
    Empty,
    /// A value cannot be read.
    Render(RenderError),
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChartError::Columns(what) => f.write_str(what),
            ChartError::Empty => f.write_str("there is nothing to draw: the result has no rows"),
            ChartError::Render(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for ChartError {}

/// The same as a model that can be drawn as a picture; `None` where there is none of the kind, such as of lanes.
pub fn model(schema: &Schema, batches: &[RecordBatch], options: &ChartOptions) -> Option<Chart> {
    let columns = Columns::new(schema);
    let kind = options.kind.or_else(|| ChartKind::ALL.iter().copied().find(|kind| (kind.spec().fits)(&columns)))?;
    match kind {
        ChartKind::Series => Chart::of(schema, batches, &Hint::new(Shape::Lines), &options.tz).ok(),
        ChartKind::Bars => Chart::of(schema, batches, &Hint::new(Shape::Bars), &options.tz).ok(),
        ChartKind::Histogram => histogram::model(schema, batches, options).ok(),
        ChartKind::Timeline => None,
    }
}

/// What every kind draws with.
struct Frame<'a> {
    width: usize,
    height: usize,
    ascii: bool,
    color: bool,
    tz: &'a TimeZone,
}

impl Frame<'_> {
    /// One of two texts: with drawing characters or without.
    fn pick<'t>(&self, unicode: &'t str, ascii: &'t str) -> &'t str {
        if self.ascii { ascii } else { unicode }
    }

    fn ellipsis(&self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }
}

/// Narrower or lower than this nothing can be seen.
const LEAST: (usize, usize) = (24, 5);
/// No terminal is larger; what is drawn stays small.
const MOST: (usize, usize) = (2_000, 500);

/// Draws rows of one schema. Every line fits the width and ends with a line break.
pub fn draw(schema: &Schema, batches: &[RecordBatch], options: &ChartOptions) -> Result<String, ChartError> {
    let mut columns = Columns::new(schema);
    let kind = match options.kind {
        Some(kind) if (kind.spec().fits)(&columns) => kind,
        Some(kind) => {
            let (name, needs, found) = (kind.name(), kind.needs(), columns.found());
            return Err(ChartError::Columns(format!("a {name} chart needs {needs}; found {found}")));
        }
        None => ChartKind::ALL.iter().copied().find(|kind| (kind.spec().fits)(&columns)).ok_or_else(|| {
            let all: Vec<String> =
                ChartKind::ALL.iter().map(|kind| format!("\n  {}: {}", kind.name(), kind.needs())).collect();
            ChartError::Columns(format!(
                "no chart fits these columns: {}; charts need{}",
                columns.found(),
                all.concat()
            ))
        })?,
    };
    columns.read(batches, &options.tz)?;
    if columns.rows == 0 {
        return Err(ChartError::Empty);
    }
    let frame = Frame {
        width: options.width.clamp(LEAST.0, MOST.0),
        height: options.height.clamp(LEAST.1, MOST.1),
        ascii: options.ascii,
        color: options.color,
        tz: &options.tz,
    };
    Ok((kind.spec().draw)(&columns, &frame))
}
