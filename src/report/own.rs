//! Reports that users write: a Markdown file with statements in fenced blocks.
//!
//! A block ```` ```sql ```` or ```` ```kql ```` is run and its rows stand in its place; `chart=KIND` and KQL's `render` draw them, `rows=N`
//! shows so many, `title="..."` names them. Everything else is text: HTML in it is shown, not used.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::context::Context;
use super::document::{Block, Cell, Column, Document, Drawn, Inline, More, Section, Table};
use super::incident::tunnel_name;
use super::pictures::timeline::{Gateway, Lane, Timeline};
use super::pictures::{Kind, Picture};
use super::redact::Redactor;
use super::say::{Say, Word};
use super::value::{Rows, Value, redacted};
use super::{ReportError, about};
use crate::engine::nearest::{did_you_mean, nearest};
use crate::engine::{AnyStatement, EngineError, Gathered, Params, Render};
use crate::render::chart::{Chart, ChartError, ChartKind, ChartOptions, Hint, draw, draw_chart, model};

/// Builds the document of a file's text. `name` is what errors call it.
pub async fn own_report(
    context: &Context<'_>,
    name: &str,
    text: &str,
    params: &Params,
) -> Result<Document, ReportError> {
    let mut reader = Reader { sections: Vec::new(), title: None };
    let mut events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let mut number = 0;
    while let Some((event, range)) = events.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let words = hidden(inlines(&mut events, TagEnd::Heading(level)), context);
                reader.heading(level, words.iter().map(Inline::text).collect());
            }
            Event::Start(Tag::Paragraph) => {
                let words = hidden(inlines(&mut events, TagEnd::Paragraph), context);
                reader.add(Block::Paragraph(words));
            }
            Event::Start(Tag::List(first)) => {
                let items = list(&mut events, TagEnd::List(first.is_some()));
                reader.add(Block::Items(items.into_iter().map(|words| hidden(words, context)).collect()));
            }
            Event::Start(Tag::HtmlBlock) => {
                let words = hidden(inlines(&mut events, TagEnd::HtmlBlock), context);
                let text: String = words.iter().map(Inline::text).collect();
                reader.add(Block::Source { language: "html".to_owned(), text: text.trim_end().to_owned() });
            }
            Event::Start(Tag::Table(alignments)) => {
                reader.add(Block::Table(written(&mut events, &alignments, context)))
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let code: String = inlines(&mut events, TagEnd::CodeBlock).iter().map(Inline::text).collect();
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => info.trim(),
                    CodeBlockKind::Indented => "",
                };
                let word = info.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
                if word != "sql" && word != "kql" {
                    reader.add(Block::Source { language: label(&word), text: context.hidden(code.trim_end()) });
                    continue;
                }
                number += 1;
                let line = text.get(..range.start).unwrap_or_default().matches('\n').count() + 1;
                let place = Place { file: name, block: number, line };
                let hints = Hints::parse(info.get(word.len()..).unwrap_or_default()).map_err(|e| place.usage(&e))?;
                for block in run(context, &code, word == "kql", &hints, params, &place).await? {
                    reader.add(block);
                }
            }
            _ => {}
        }
    }
    let title = context.options.title.as_deref().map(|title| context.hidden(title)).or(reader.title);
    let title = title.unwrap_or_else(|| name.to_owned());
    Ok(Document { title, say: context.say.clone(), about: about(context).await?, sections: reader.sections })
}

/// The user's own words with pseudonyms as well.
fn hidden(words: Vec<Inline>, context: &Context<'_>) -> Vec<Inline> {
    let hide = |text: String| context.hidden(&text);
    words
        .into_iter()
        .map(|word| match word {
            Inline::Text(text) => Inline::Text(hide(text)),
            Inline::Strong(text) => Inline::Strong(hide(text)),
            Inline::Code(text) => Inline::Code(hide(text)),
            Inline::Link { text, anchor } => Inline::Link { text: hide(text), anchor },
            Inline::Url { text, url } => Inline::Url { text: hide(text), url: hide(url) },
        })
        .collect()
}

struct Reader {
    sections: Vec<Section>,
    title: Option<String>,
}

impl Reader {
    fn heading(&mut self, level: HeadingLevel, text: String) {
        match level {
            HeadingLevel::H1 if self.title.is_none() && self.sections.is_empty() => self.title = Some(text),
            HeadingLevel::H1 | HeadingLevel::H2 => self.begin(text),
            _ => self.add(Block::Heading(text)),
        }
    }

    fn begin(&mut self, title: String) {
        let id = format!("section-{}", self.sections.len() + 1);
        self.sections.push(Section { id, title, blocks: Vec::new() });
    }

    fn add(&mut self, block: Block) {
        if self.sections.is_empty() {
            self.begin(String::new());
        }
        if let Some(section) = self.sections.last_mut() {
            section.blocks.push(block);
        }
    }
}

type Events<'a, 'b> = &'a mut dyn Iterator<Item = (Event<'b>, std::ops::Range<usize>)>;

/// Text until an element ends, with what emphasises it.
fn inlines(events: Events<'_, '_>, end: TagEnd) -> Vec<Inline> {
    let (mut out, mut strong, mut url): (Vec<Inline>, u32, Option<String>) = (Vec::new(), 0, None);
    for (event, _) in events {
        match event {
            Event::End(tag) if tag == end => break,
            Event::Start(Tag::Strong) => strong += 1,
            Event::End(TagEnd::Strong) => strong = strong.saturating_sub(1),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                url = Some(dest_url.into_string())
            }
            Event::End(TagEnd::Link | TagEnd::Image) => url = None,
            Event::Code(text) => out.push(Inline::Code(text.into_string())),
            Event::SoftBreak | Event::HardBreak => out.push(Inline::Text(" ".to_owned())),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                let text = text.into_string();
                out.push(match (&url, strong) {
                    (Some(url), _) => Inline::Url { text, url: url.clone() },
                    (None, 0) => Inline::Text(text),
                    (None, _) => Inline::Strong(text),
                });
            }
            _ => {}
        }
    }
    out
}

/// The points of a list; what is nested stands in the point that it belongs to.
fn list(events: Events<'_, '_>, end: TagEnd) -> Vec<Vec<Inline>> {
    let mut items = Vec::new();
    while let Some((event, _)) = events.next() {
        match event {
            Event::Start(Tag::Item) => items.push(inlines(events, TagEnd::Item)),
            Event::End(tag) if tag == end => break,
            _ => {}
        }
    }
    items
}

/// The label of a code block, as far as it is one: it stands in a fence again.
fn label(word: &str) -> String {
    const MOST: usize = 32;
    let plain = |c: char| c.is_ascii_alphanumeric() || "+#._-".contains(c);
    if word.len() <= MOST && word.chars().all(plain) { word.to_owned() } else { String::new() }
}

/// A table of the file's own.
fn written(events: Events<'_, '_>, alignments: &[Alignment], context: &Context<'_>) -> Table {
    let (mut rows, mut head): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some((event, _)) = events.next() {
        match event {
            Event::Start(Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                let cell: String = inlines(events, TagEnd::TableCell).iter().map(Inline::text).collect();
                rows.last_mut().unwrap_or(&mut head).push(context.hidden(&cell));
            }
            Event::End(TagEnd::Table) => break,
            _ => {}
        }
    }
    let columns = head.into_iter().enumerate().map(|(at, name)| Column {
        key: name.clone(),
        title: name,
        number: alignments.get(at) == Some(&Alignment::Right),
    });
    let rows = rows.into_iter().map(|row| row.into_iter().map(Cell::text).collect());
    Table { columns: columns.collect(), rows: rows.collect(), ..Table::default() }
}

/// Where a statement stands.
struct Place<'a> {
    file: &'a str,
    block: usize,
    /// Of the fence.
    line: usize,
}

impl Place<'_> {
    fn usage(&self, what: &str) -> ReportError {
        ReportError::usage(format!("{}:{}: block {}: {what}", self.file, self.line, self.block))
    }

    fn engine(&self, error: EngineError, code: &str) -> ReportError {
        // The code begins on the line after the fence.
        let line = self.line + error.place_in(code).map_or(0, |p| p.line);
        let at = format!("{}:{line}: block {}: ", self.file, self.block);
        match error {
            EngineError::Query(mistake) => EngineError::query(format!("{at}{mistake}")).into(),
            EngineError::Storage(text) => EngineError::Storage(format!("{at}{text}")).into(),
            EngineError::Damaged(text) => EngineError::Damaged(format!("{at}{text}")).into(),
        }
    }
}

/// What a block's info string asks for.
#[derive(Debug, PartialEq, Eq)]
struct Hints {
    /// Draw it; `None` within is whatever fits.
    chart: Option<Option<ChartKind>>,
    rows: usize,
    title: String,
}

const HINTS: [&str; 3] = ["chart", "rows", "title"];

impl Hints {
    fn parse(text: &str) -> Result<Self, String> {
        let mut hints = Self { chart: None, rows: 200, title: String::new() };
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (key, after) =
                rest.split_once('=').ok_or_else(|| format!("'{rest}' is no hint; expected for example chart=bars"))?;
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            match key.trim() {
                "chart" if value.eq_ignore_ascii_case("auto") => hints.chart = Some(None),
                "chart" => {
                    let names: Vec<_> = ChartKind::ALL.iter().map(|k| k.name()).collect();
                    let kind = ChartKind::from_name(value)
                        .ok_or_else(|| format!("there is no chart '{value}'; expected auto, {}", names.join(", ")))?;
                    hints.chart = Some(Some(kind));
                }
                "rows" => hints.rows = value.parse().map_err(|_| format!("rows={value} is no number"))?,
                "title" => hints.title = value.to_owned(),
                other => {
                    let near = did_you_mean(&nearest(other, HINTS, 1)).map_or_else(String::new, |h| format!("; {h}"));
                    return Err(format!("there is no hint '{other}'; expected {}{near}", HINTS.join(", ")));
                }
            }
            rest = after.trim_start();
        }
        Ok(hints)
    }
}

/// What a statement of a report may begin with: it asks, and changes nothing.
const ASKING: [&str; 7] = ["SELECT", "WITH", "SHOW", "DESCRIBE", "EXPLAIN", "VALUES", "("];

async fn run(
    context: &Context<'_>,
    code: &str,
    kql: bool,
    hints: &Hints,
    params: &Params,
    place: &Place<'_>,
) -> Result<Vec<Block>, ReportError> {
    let engine = context.engine();
    let statements: Vec<AnyStatement> = match kql {
        true => vec![engine.parse_kql(code).map_err(|e| place.engine(e, code))?],
        false => {
            let parsed = engine.parse(code).map_err(|e| place.engine(e, code))?;
            for statement in &parsed {
                let text = statement.to_string();
                if !ASKING.iter().any(|word| text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word))) {
                    let first = text.split_whitespace().next().unwrap_or_default();
                    return Err(place.usage(&format!("a report's statements only ask; {first} would change something")));
                }
            }
            parsed.into_iter().map(AnyStatement::from).collect()
        }
    };
    let mut out = Vec::new();
    let mut results = Vec::new();
    for statement in statements {
        results.extend(engine.gather_all(statement, params.clone()).await.map_err(|e| place.engine(e, code))?);
    }
    for Gathered { schema, batches, render } in results {
        let broken = |e: &dyn std::fmt::Display| place.engine(EngineError::query(e.to_string()), "");
        if hints.chart.is_some() || render.is_some() {
            let mut safe = Vec::with_capacity(batches.len());
            for batch in &batches {
                safe.push(redacted(batch, context.redactor()).map_err(|e| broken(&e))?);
            }
            let drawn = match (hints.chart, &render) {
                (Some(kind), _) => charted(&schema, &safe, kind, context).map_err(|e| broken(&e))?,
                (None, Some(render)) => rendered(&schema, &safe, render, context).map_err(|e| broken(&e))?,
                (None, None) => Vec::new(),
            };
            if !drawn.is_empty() {
                if !hints.title.is_empty() {
                    out.push(Block::Heading(context.hidden(&hints.title)));
                }
                out.extend(drawn);
                continue;
            }
        }
        let rows = Rows::new(&schema, &batches, context.redactor()).map_err(|e| broken(&e))?;
        out.push(Block::Table(table(&rows, hints, code, context)));
    }
    Ok(out)
}

/// Columns of a chart of characters.
const WIDTH: usize = 96;

/// The chart that the hints ask for.
fn charted(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    kind: Option<ChartKind>,
    context: &Context<'_>,
) -> Result<Vec<Block>, ChartError> {
    let options = ChartOptions { kind, width: WIDTH, tz: context.say.zone.clone(), ..ChartOptions::default() };
    let text = match draw(schema, batches, &options) {
        Ok(text) => text,
        // A quiet week is no mistake of the report.
        Err(ChartError::Empty) => return Ok(vec![Block::Text(context.say.word(Word::NothingFound))]),
        Err(e) => return Err(e),
    };
    let chart = model(schema, batches, &options);
    let lanes =
        || if matches!(kind, None | Some(ChartKind::Timeline)) { lanes(schema, batches, context) } else { None };
    Ok(vec![match (chart, lanes()) {
        (None, Some(picture)) => Block::Picture(picture),
        (chart, _) => Block::Chart(Drawn { chart, text }),
    }])
}

/// The chart that KQL's `render` asks for. Where it asks for none or cannot have it, the rows are shown.
fn rendered(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    render: &Render,
    context: &Context<'_>,
) -> Result<Vec<Block>, ChartError> {
    let hint = match Hint::of_render(&render.chart, &render.properties) {
        Ok(Some((hint, _))) => hint,
        Ok(None) | Err(_) => return Ok(Vec::new()),
    };
    let options = ChartOptions { width: WIDTH, tz: context.say.zone.clone(), ..ChartOptions::default() };
    match Chart::of(schema, batches, &hint, &options.tz) {
        Ok(mut chart) => {
            chart.title = context.hidden(&chart.title);
            let text = draw_chart(&chart, &options);
            Ok(vec![Block::Chart(Drawn { chart: Some(chart), text })])
        }
        Err(ChartError::Render(e)) => Err(ChartError::Render(e)),
        Err(ChartError::Empty | ChartError::Columns(_)) => Ok(Vec::new()),
    }
}

/// Rows with the columns of `tunnel_sessions` as lanes.
fn lanes(schema: &SchemaRef, batches: &[RecordBatch], context: &Context<'_>) -> Option<Picture> {
    let columns = ["connected_at", "disconnected_at", "remote_ip"];
    if columns.iter().any(|name| schema.index_of(name).is_err()) {
        return None;
    }
    // Pseudonyms are in the batches already.
    let rows = Rows::new(schema, batches, &Redactor::default()).ok()?;
    let times = || rows.iter().flat_map(|r| [r.time("connected_at"), r.time("disconnected_at")]).flatten();
    let (asked, say) = (context.asked(), &context.say);
    let from = asked.0.or_else(|| times().min())?;
    let to = asked.1.or_else(|| times().max())?.max(from.saturating_add(1));
    let mut gateways: BTreeMap<String, BTreeMap<(String, Option<i64>), Lane>> = BTreeMap::new();
    for row in rows.iter() {
        let (peer, instance) = (row.text("remote_ip").to_owned(), row.int("instance"));
        let name = tunnel_name(&peer, instance, say);
        let lane = gateways.entry(row.text("gateway").to_owned()).or_default().entry((peer, instance));
        let lane = lane.or_insert_with(|| Lane { name, ..Lane::default() });
        lane.up.push((row.time("connected_at").unwrap_or(from), row.time("disconnected_at").unwrap_or(to)));
    }
    let lanes: usize = gateways.values().map(BTreeMap::len).sum();
    let timeline = Timeline {
        from,
        to,
        gateways: gateways.into_iter().map(|(name, lanes)| Gateway::of(name, lanes.into_values().collect())).collect(),
    };
    let alternative = say.fill(Word::LanesAlternative, &[&say.time(from), &say.time(to), &lanes.to_string()]);
    Some(Picture { kind: Kind::Timeline(timeline), caption: say.word(Word::LanesCaption), alternative })
}

fn table(rows: &Rows, hints: &Hints, code: &str, context: &Context<'_>) -> Table {
    let numbers = |at: usize| {
        let mut values = rows.iter().filter_map(|r| r.values().get(at)).filter(|v| **v != Value::Null).peekable();
        values.peek().is_some() && values.all(|v| matches!(v, Value::Int(_) | Value::Float(_)))
    };
    let column = |(at, name): (usize, &String)| {
        let name = context.hidden(name);
        Column { key: name.clone(), title: name, number: numbers(at) }
    };
    let cells =
        rows.iter().take(hints.rows).map(|row| row.values().iter().map(|value| cell(value, &context.say)).collect());
    let more = rows.len().saturating_sub(hints.rows);
    Table {
        caption: context.hidden(&hints.title),
        columns: rows.names().iter().enumerate().map(column).collect(),
        rows: cells.collect(),
        more: (more > 0).then(|| More { rows: more, query: context.hidden(code.trim()) }),
        filter: rows.len() > 20,
    }
}

fn cell(value: &Value, say: &Say) -> Cell {
    let text = match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        // Of a user's statement nobody knows whether it is a code or a number.
        Value::Int(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Time(nanos) => say.time(*nanos),
        Value::List(_) | Value::Struct(_) => value.json().to_string(),
    };
    Cell::shown(text, value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_read_or_named() {
        let hints = Hints::parse(" chart=timeline rows=5 title=\"Two words\"").unwrap();
        assert_eq!(hints, Hints { chart: Some(Some(ChartKind::Timeline)), rows: 5, title: "Two words".into() });
        assert_eq!(Hints::parse("chart=auto").unwrap().chart, Some(None));
        for (text, says) in [
            ("chrat=bars", "did you mean chart?"),
            ("chart=pie", "there is no chart 'pie'"),
            ("rows=many", "rows=many is no number"),
            ("title=\"open", "not closed"),
            ("bars", "'bars' is no hint"),
        ] {
            let error = Hints::parse(text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
