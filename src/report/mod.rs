//! Reports: months of logs on one page.
//!
//! A [`Document`] is built once, of sections of blocks, and drawn as HTML, Markdown, JSON or text for a terminal. Sections ask the
//! engine's analysis tables and reckon with plain values; no section knows what the page looks like, and no drawing knows what a
//! gateway is.
//!
//! | module | holds |
//! |---|---|
//! | `own` | reports that users write: Markdown with statements in it |
//! | `explain`, `bundle` | one incident, and a slice of the logs around it |
//! | `sections` | the chapters, one file each, and the list of them |
//! | `context`, `value` | statements and their rows; what is kept back is replaced here |
//! | `redact` | pseudonyms |
//! | `document`, `ladder`, `pictures` | what a report is made of |
//! | `say`, `words`, `causes` | languages, times, numbers |
//! | `html`, `markdown`, `json`, `terminal` | what it looks like |

mod bundle;
mod causes;
mod context;
mod document;
mod explain;
mod html;
mod incident;
mod json;
mod ladder;
mod markdown;
mod own;
mod pictures;
mod plain;
mod proposals;
mod redact;
mod say;
mod sections;
mod stories;
mod terminal;
mod value;
mod words;

use std::fmt;

pub use bundle::{BUNDLE_LOGS, Bundle, BundleFile, bundle};
pub use context::Context;
pub use document::Document;
pub use explain::{Asked, explain};
pub use own::own_report;
pub use redact::{KINDS as REDACTIONS, Redaction};
pub use say::{Say, Word};
pub use words::Lang;

use crate::engine::nearest::{did_you_mean, nearest};
use crate::engine::{Engine, EngineError};

/// How a report is to be.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// The title instead of the usual one.
    pub title: Option<String>,
    /// Names of sections; empty for all.
    pub sections: Vec<String>,
    /// Words and times.
    pub say: Say,
    /// What is kept back.
    pub redact: Redaction,
    /// A page in HTML has at most about so many bytes; what is left out for it is counted.
    pub most_bytes: usize,
}

/// A page is no longer than this unless somebody says otherwise: it is sent by mail, and opened on phones.
pub const MOST_BYTES: usize = 2_000_000;

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            title: None,
            sections: Vec::new(),
            say: Say::default(),
            redact: Redaction::default(),
            most_bytes: MOST_BYTES,
        }
    }
}

impl ReportOptions {
    /// Whether a section is to be there.
    pub fn has(&self, name: &str) -> bool {
        self.sections.is_empty() || self.sections.iter().any(|s| s.eq_ignore_ascii_case(name))
    }
}

/// Names of the sections, in order.
pub fn section_names() -> Vec<&'static str> {
    sections::ALL.iter().map(|s| s.name).collect()
}

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// One page with everything in it.
    Html,
    /// GitHub's Markdown.
    Markdown,
    /// One JSON object.
    Json,
    /// Text for a terminal of so many columns.
    Terminal(usize),
}

impl ReportFormat {
    /// Every format of files.
    pub const ALL: [Self; 3] = [Self::Html, Self::Markdown, Self::Json];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Terminal(_) => "text",
        }
    }

    /// The format of a name or of a file's ending.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Markdown),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The whole text.
    pub fn render(self, document: &Document) -> String {
        match self {
            Self::Html => html::render(document),
            Self::Markdown => markdown::render(document),
            Self::Json => json::render(document),
            Self::Terminal(width) => terminal::render(document, width),
        }
    }
}

/// Why there is no report.
#[derive(Debug)]
pub enum ReportError {
    /// What was asked for cannot be: names, files, parameters.
    Usage(String),
    /// A statement, storage or data.
    Engine(EngineError),
}

impl ReportError {
    /// What was asked for cannot be.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => f.write_str(text),
            Self::Engine(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for ReportError {}

impl From<EngineError> for ReportError {
    fn from(e: EngineError) -> Self {
        Self::Engine(e)
    }
}

/// Builds the report.
pub async fn build(engine: &Engine, options: &ReportOptions) -> Result<Document, ReportError> {
    for name in &options.sections {
        if sections::find(name).is_none() {
            let names = section_names();
            let hint =
                did_you_mean(&nearest(name, names.iter().copied(), 1)).map_or_else(String::new, |h| format!("; {h}"));
            let known = names.join(", ");
            return Err(ReportError::usage(format!("there is no section '{name}'; expected one of {known}{hint}")));
        }
    }
    let context = Context::new(engine, options).await?;
    let mut document = whole(&context).await?;
    // What was asked is known by now: only the lists are made anew.
    for times in SHORTER {
        if html::render(&document).len() <= options.most_bytes {
            break;
        }
        context.shorten(times);
        document = whole(&context).await?;
    }
    Ok(document)
}

/// How many times shorter lists become, until the page is short enough.
const SHORTER: [usize; 7] = [2, 4, 8, 16, 32, 64, 128];

/// All sections with lists of the length that the context says.
async fn whole(context: &Context<'_>) -> Result<Document, ReportError> {
    let options = context.options;
    let mut sections = Vec::new();
    for spec in sections::ALL.iter().filter(|s| options.has(s.name)) {
        sections.push(spec.section(context).await?);
    }
    let about = about(context).await?;
    let title = options
        .title
        .as_deref()
        .map(|title| context.hidden(title))
        .unwrap_or_else(|| context.say.word(Word::ReportTitle));
    Ok(Document { title, say: context.say.clone(), about, sections })
}

/// The lines below a report's title.
async fn about(context: &Context<'_>) -> Result<Vec<String>, ReportError> {
    let say = &context.say;
    let mut about = Vec::new();
    let (data, asked) = (context.data_span().await?, context.asked());
    match data {
        Some((first, last)) => {
            // What was asked for without an end reaches until now.
            let now = || last.max(context.engine().now().saturating_mul(100));
            let until = asked.1.unwrap_or_else(|| if asked.0.is_some() { now() } else { last });
            let (from, to) = (asked.0.unwrap_or(first), until);
            about.push(say.fill(Word::RangeIs, &[&say.time(from), &say.time(to)]));
            if asked != (None, None) {
                about.push(say.fill(Word::DataIs, &[&say.time(first), &say.time(last)]));
            }
        }
        None => {
            about.push(context.no_data());
            if let Some((first, last)) = context.whole_span().await? {
                about.push(say.fill(Word::DataReaches, &[&say.time(first), &say.time(last)]));
            }
        }
    }
    about.push(say.fill(Word::TimesIn, &[say.zone.name()]));
    let made = say.time(context.engine().now().saturating_mul(100));
    about.push(say.fill(Word::MadeAt, &[&made, env!("CARGO_PKG_VERSION")]));
    if context.options.redact.is_any() {
        about.push(say.fill(Word::RedactedIs, &[&context.options.redact.words(say).join(&say.word(Word::ListComma))]));
    }
    let unread = context.engine().unread().len();
    if unread > 0 {
        about.push(say.fill(Word::Unread, &[&unread.to_string()]));
    }
    Ok(about)
}
