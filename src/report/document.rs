//! What a report is before it looks like anything: sections of blocks. Built once; HTML, Markdown, JSON and the terminal
//! each draw it.

use super::ladder::Ladder;
use super::pictures::Picture;
use super::say::Say;
use super::value::Value;
use crate::render::chart::Chart;

/// A whole report.
#[derive(Debug)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// Words and times in the reader's language and zone.
    pub say: Say,
    /// Lines below the title: the time range, when it was made, what is kept back.
    pub about: Vec<String>,
    /// The sections, in order.
    pub sections: Vec<Section>,
}

/// A chapter.
#[derive(Debug)]
pub struct Section {
    /// Its anchor, the same in every language.
    pub id: String,
    /// Its heading; empty for none.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// How good or bad something is. Never told by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Something is broken.
    Bad,
}

impl Tone {
    /// The name in JSON and in classes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A piece of a section.
#[derive(Debug)]
pub enum Block {
    /// A heading below the section's.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph with emphasis and links in it.
    Paragraph(Vec<Inline>),
    /// A paragraph that says how things stand.
    Verdict(Tone, String),
    /// Numbers with their names.
    Facts(Vec<Fact>),
    /// Points.
    Items(Vec<Vec<Inline>>),
    /// Rows.
    Table(Table),
    /// A drawing.
    Picture(Picture),
    /// A negotiation.
    Ladder(Ladder),
    /// Things with a story each, and an anchor.
    Entries(Vec<Entry>),
    /// A text as it is, such as a query.
    Code(String),
    /// A text in some language, as its writer labelled it.
    Source {
        /// The label; empty for none.
        language: String,
        /// The text.
        text: String,
    },
    /// A chart.
    Chart(Drawn),
}

/// A chart as a picture, where there is one of its kind, and of characters where no picture can be.
#[derive(Debug)]
pub struct Drawn {
    /// What is drawn.
    pub chart: Option<Chart>,
    /// The same of characters.
    pub text: String,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Text.
    Text(String),
    /// Text that stands out.
    Strong(String),
    /// Text as in code.
    Code(String),
    /// Text that leads to an anchor of the page.
    Link {
        /// What is read.
        text: String,
        /// Where it leads.
        anchor: String,
    },
    /// Text that leads to a page; shown with its address where nothing can be followed.
    Url {
        /// What is read.
        text: String,
        /// Where it leads.
        url: String,
    },
}

impl Inline {
    /// The text alone.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(t) | Self::Strong(t) | Self::Code(t) => t,
            Self::Link { text, .. } | Self::Url { text, .. } => text,
        }
    }
}

/// A number with its name.
#[derive(Debug)]
pub struct Fact {
    /// The stable name, for machines.
    pub key: &'static str,
    /// The name for people.
    pub label: String,
    /// The value for people.
    pub text: String,
    /// The value.
    pub value: Value,
    /// How good that is.
    pub tone: Tone,
}

/// A table.
#[derive(Debug, Default)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; each has a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// What was left out.
    pub more: Option<More>,
    /// Whether it is long enough to be searched.
    pub filter: bool,
}

/// Rows that a report leaves out.
#[derive(Debug)]
pub struct More {
    /// How many.
    pub rows: usize,
    /// The statement that shows all.
    pub query: String,
}

/// A column.
#[derive(Debug)]
pub struct Column {
    /// The stable name, for machines.
    pub key: String,
    /// The name for people.
    pub title: String,
    /// Whether it is a number: set to the right.
    pub number: bool,
}

impl Column {
    /// Of texts and times.
    pub fn text(key: &str, title: impl Into<String>) -> Self {
        Self { key: key.to_owned(), title: title.into(), number: false }
    }

    /// Of numbers.
    pub fn number(key: &str, title: impl Into<String>) -> Self {
        Self { key: key.to_owned(), title: title.into(), number: true }
    }
}

/// A cell.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What people read.
    pub text: String,
    /// What it is, for sorting and for machines.
    pub value: Value,
    /// Where it leads.
    pub anchor: Option<String>,
    /// How good that is.
    pub tone: Tone,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            value: if text.is_empty() { Value::Null } else { Value::Text(text.clone()) },
            text,
            anchor: None,
            tone: Tone::Plain,
        }
    }

    /// A value that people read otherwise.
    pub fn shown(text: impl Into<String>, value: Value) -> Self {
        Self { text: text.into(), value, anchor: None, tone: Tone::Plain }
    }

    /// A number.
    pub fn int(n: i64) -> Self {
        Self::shown(super::say::grouped(n), Value::Int(n))
    }

    /// The same, good or bad.
    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// The same, leading somewhere.
    pub fn to(mut self, anchor: impl Into<String>) -> Self {
        self.anchor = Some(anchor.into());
        self
    }
}

/// Something with a story, such as an incident.
#[derive(Debug)]
pub struct Entry {
    /// Its anchor.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What it is told by at a glance.
    pub tone: Tone,
    /// Its story.
    pub blocks: Vec<Block>,
}
