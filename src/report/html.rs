//! The report as one HTML page: style and script inside, nothing fetched, and a policy that would not allow it.

use std::collections::HashSet;
use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::document::{Block, Cell, Document, Drawn, Entry, Fact, Inline, More, Table, Tone};
use super::pictures;
use super::say::{Say, Word};
use super::value::{Value, iso};
use crate::render::chart::{SvgOptions, svg, svg_style};
use crate::render::escape;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A source in the content-security policy: only a text with this hash is applied.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes())))
}

/// The page's style, with that of charts where there are any: the policy would not apply their own.
fn style(document: &Document) -> String {
    let mut blocks = document.sections.iter().flat_map(|s| &s.blocks);
    match blocks.any(|block| matches!(block, Block::Chart(Drawn { chart: Some(_), .. }))) {
        true => STYLE.to_owned() + &svg_style("svg.chart"),
        false => STYLE.to_owned(),
    }
}

/// What the page may do: nothing but its own style and script.
fn policy(style: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(SCRIPT)
    )
}

struct Page<'a> {
    out: String,
    say: &'a Say,
    /// Anchors that there are: a link to what was left out is a text.
    anchors: HashSet<&'a str>,
    /// The table at hand has few columns.
    few_columns: bool,
    /// Charts so far: their ids differ.
    charts: usize,
}

/// The whole page.
pub fn render(document: &Document) -> String {
    let mut anchors = HashSet::new();
    for section in &document.sections {
        anchors.insert(section.id.as_str());
        for block in &section.blocks {
            if let Block::Entries(entries) = block {
                anchors.extend(entries.iter().map(|e| e.id.as_str()));
            }
        }
    }
    let mut page = Page { out: String::new(), say: &document.say, anchors, few_columns: true, charts: 0 };
    page.head(document);
    page.raw("<main>");
    for section in &document.sections {
        page.raw("<section id=\"");
        page.text(&section.id);
        page.raw("\">");
        if !section.title.is_empty() {
            page.element("h2", &section.title);
        }
        section.blocks.iter().for_each(|block| page.block(block));
        page.raw("</section>");
    }
    page.raw("</main><script>");
    page.raw(SCRIPT);
    page.raw("</script></body></html>\n");
    page.out
}

impl<'a> Page<'a> {
    fn raw(&mut self, html: &str) {
        self.out.push_str(html);
    }

    fn text(&mut self, text: &str) {
        escape::html(text, &mut self.out);
    }

    fn element(&mut self, name: &str, text: &str) {
        let _ = write!(self.out, "<{name}>");
        self.text(text);
        let _ = write!(self.out, "</{name}>");
    }

    fn head(&mut self, document: &Document) {
        let (lang, style) = (self.say.lang.code(), style(document));
        let _ = write!(
            self.out,
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light dark\">",
            policy(&style)
        );
        self.element("title", &document.title);
        self.raw("<style>");
        self.raw(&style);
        self.raw("</style></head><body");
        // The script's own words: it has no language.
        for (name, word) in [
            ("filter", Word::FilterHint),
            ("sort", Word::SortHint),
            ("in", Word::ZoomIn),
            ("out", Word::ZoomOut),
            ("all", Word::ZoomAll),
            ("earlier", Word::MoveEarlier),
            ("later", Word::MoveLater),
            ("none", Word::NothingFound),
        ] {
            let _ = write!(self.out, " data-{name}=\"");
            let text = self.say.word(word);
            self.text(&text);
            self.raw("\"");
        }
        self.raw("><header>");
        self.element("h1", &document.title);
        self.raw("<p class=\"about\">");
        for line in &document.about {
            self.element("span", line);
            self.raw(" ");
        }
        self.raw("</p>");
        if document.sections.len() > 1 {
            self.raw("<nav aria-label=\"");
            let label = self.say.word(Word::Contents);
            self.text(&label);
            self.raw("\">");
            for section in &document.sections {
                self.link(&section.id, &section.title);
                self.raw(" ");
            }
            self.raw("</nav>");
        }
        self.raw("</header>");
    }

    fn link(&mut self, anchor: &str, text: &str) {
        if !self.anchors.contains(anchor) {
            return self.text(text);
        }
        self.raw("<a href=\"#");
        self.text(anchor);
        self.raw("\">");
        self.text(text);
        self.raw("</a>");
    }

    fn block(&mut self, block: &'a Block) {
        match block {
            Block::Heading(text) => self.element("h3", text),
            Block::Text(text) => self.element("p", text),
            Block::Paragraph(parts) => {
                self.raw("<p>");
                parts.iter().for_each(|part| self.inline(part));
                self.raw("</p>");
            }
            Block::Verdict(tone, text) => {
                let _ = write!(self.out, "<p class=\"verdict {}\">", tone.name());
                self.sign(*tone);
                self.text(text);
                self.raw("</p>");
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Items(items) => {
                self.raw("<ul>");
                for item in items {
                    self.raw("<li>");
                    item.iter().for_each(|part| self.inline(part));
                    self.raw("</li>");
                }
                self.raw("</ul>");
            }
            Block::Table(table) => self.table(table),
            Block::Picture(picture) => {
                self.raw("<figure><div class=\"scroll\">");
                let svg = picture.svg(self.say);
                self.raw(&svg);
                self.raw("</div>");
                self.element("figcaption", &picture.caption);
                self.raw("</figure>");
            }
            Block::Ladder(ladder) => {
                self.raw("<figure><div class=\"scroll\">");
                let svg = pictures::ladder::svg(ladder, self.say);
                self.raw(&svg);
                self.raw("</div>");
                if ladder.more > 0 {
                    let text = self.say.fill(Word::LadderMore, &[&ladder.more.to_string()]);
                    self.element("figcaption", &text);
                }
                self.raw("</figure>");
            }
            Block::Entries(entries) => entries.iter().for_each(|entry| self.entry(entry)),
            Block::Chart(Drawn { chart: Some(chart), .. }) => {
                self.charts += 1;
                let id = format!("chart-{}", self.charts);
                let options = SvgOptions { tz: self.say.zone.clone(), id, styled: false, ..SvgOptions::default() };
                self.raw("<figure><div class=\"scroll\">");
                // It escapes what comes from data.
                let svg = svg(chart, &options);
                self.raw(&svg);
                self.raw("</div></figure>");
            }
            Block::Code(text) | Block::Source { text, .. } | Block::Chart(Drawn { text, .. }) => {
                self.raw("<pre><code>");
                self.text(text);
                self.raw("</code></pre>");
            }
        }
    }

    /// What the colour says, for who does not see it.
    fn sign(&mut self, tone: Tone) {
        let sign = match tone {
            Tone::Plain => return,
            Tone::Good => "✓",
            Tone::Warning => "!",
            Tone::Bad => "✕",
        };
        let _ = write!(self.out, "<span class=\"sign\" aria-hidden=\"true\">{sign}</span> ");
    }

    fn inline(&mut self, part: &Inline) {
        match part {
            Inline::Text(text) => self.text(text),
            Inline::Strong(text) => self.element("strong", text),
            Inline::Code(text) => self.element("code", text),
            Inline::Link { text, anchor } => self.link(anchor, text),
            Inline::Url { text, url } if escape::is_web_address(url) => {
                self.raw("<a rel=\"noopener noreferrer\" href=\"");
                self.text(url);
                self.raw("\">");
                self.text(text);
                self.raw("</a>");
            }
            Inline::Url { text, url } => {
                self.text(text);
                self.raw(" ");
                self.element("code", url);
            }
        }
    }

    fn facts(&mut self, facts: &[Fact]) {
        self.raw("<dl class=\"facts\">");
        for fact in facts {
            let _ = write!(self.out, "<div class=\"{}\" data-key=\"", fact.tone.name());
            self.text(fact.key);
            self.raw("\"><dt>");
            self.text(&fact.label);
            self.raw("</dt><dd>");
            self.sign(fact.tone);
            self.text(&fact.text);
            self.raw("</dd></div>");
        }
        self.raw("</dl>");
    }

    fn table(&mut self, table: &Table) {
        self.raw("<div class=\"scroll\"><table");
        if table.columns.len() > 9 {
            self.raw(" class=\"w\"");
        }
        if table.rows.len() > 1 {
            self.raw(" data-sort");
        }
        if table.filter {
            self.raw(" data-filter");
        }
        self.raw(">");
        if !table.caption.is_empty() {
            self.element("caption", &table.caption);
        }
        self.few_columns = table.columns.len() <= 12;
        self.raw("<thead><tr>");
        for column in &table.columns {
            self.raw(if column.number { "<th scope=\"col\" class=\"n\">" } else { "<th scope=\"col\">" });
            self.text(&column.title);
            self.raw("</th>");
        }
        self.raw("</tr></thead><tbody>");
        for row in &table.rows {
            self.raw("<tr>");
            for (i, cell) in row.iter().enumerate() {
                self.cell(cell, table.columns.get(i).is_some_and(|c| c.number));
            }
            self.raw("</tr>");
        }
        self.raw("</tbody></table></div>");
        if let Some(more) = &table.more {
            self.more(more);
        }
    }

    fn more(&mut self, more: &More) {
        self.raw("<p class=\"more\">");
        let text = self.say.fill(Word::MoreRows, &[&super::say::grouped(i64::try_from(more.rows).unwrap_or(i64::MAX))]);
        self.text(&text);
        self.raw("</p><pre><code>");
        self.text(&more.query);
        self.raw("</code></pre>");
    }

    fn cell(&mut self, cell: &Cell, number: bool) {
        self.raw("<td");
        let class = match (number, cell.tone) {
            (true, Tone::Plain) => "n",
            (true, Tone::Good) => "n good",
            (true, Tone::Warning) => "n warning",
            (true, Tone::Bad) => "n bad",
            (false, Tone::Plain) if matches!(cell.value, Value::Time(_)) || cell.anchor.is_some() => "t",
            // What is short is not broken on paper, unless there are so many columns that they would not fit.
            (false, Tone::Plain) if self.few_columns && cell.text.len() <= 24 => "s",
            (false, Tone::Plain) => "",
            (false, tone) => tone.name(),
        };
        if !class.is_empty() {
            let _ = write!(self.out, " class=\"{class}\"");
        }
        // Sorting needs the number where people read words.
        if number {
            match &cell.value {
                Value::Int(n) => {
                    let _ = write!(self.out, " data-v=\"{n}\"");
                }
                Value::Float(n) if n.is_finite() => {
                    let _ = write!(self.out, " data-v=\"{n}\"");
                }
                _ => {}
            }
        } else if let Value::Time(nanos) = &cell.value
            && !self.say.zone.is_utc()
        {
            let _ = write!(self.out, " title=\"{}\"", iso(*nanos));
        }
        self.raw(">");
        match &cell.anchor {
            Some(anchor) => self.link(anchor, &cell.text),
            None => self.text(&cell.text),
        }
        self.raw("</td>");
    }

    fn entry(&mut self, entry: &'a Entry) {
        let _ = write!(self.out, "<details class=\"{}\" id=\"", entry.tone.name());
        self.text(&entry.id);
        self.raw("\"><summary>");
        self.sign(entry.tone);
        self.text(&entry.title);
        self.raw("</summary>");
        entry.blocks.iter().for_each(|block| self.block(block));
        self.raw("</details>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Column, Section};

    const EVIL: &str = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{202e}";

    fn page() -> String {
        let table = Table {
            caption: EVIL.into(),
            columns: vec![Column::text("a", EVIL)],
            rows: vec![vec![Cell::text(EVIL).to(EVIL)], vec![Cell::text("x").to("there")]],
            more: Some(More { rows: 3, query: EVIL.into() }),
            filter: true,
        };
        let url = |url: &str| Inline::Url { text: EVIL.into(), url: url.into() };
        let blocks = vec![
            Block::Heading(EVIL.into()),
            Block::Verdict(Tone::Bad, EVIL.into()),
            Block::Table(table),
            Block::Items(vec![vec![url("javascript:alert(1)"), url("https://example.com/")]]),
            Block::Code(EVIL.into()),
            Block::Entries(vec![Entry {
                id: "there".into(),
                title: EVIL.into(),
                tone: Tone::Plain,
                blocks: Vec::new(),
            }]),
        ];
        let sections = vec![Section { id: "s".into(), title: EVIL.into(), blocks }];
        render(&Document { title: EVIL.into(), say: Say::default(), about: vec![EVIL.into()], sections })
    }

    #[test]
    fn nothing_of_a_log_becomes_markup() {
        let page = page();
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains("href=\"javascript"), "{page}");
        // A link leads only where there is something.
        assert_eq!(page.matches("<a ").count(), 2, "{page}");
        assert!(page.contains("href=\"#there\"") && page.contains("href=\"https://example.com/\""));
    }

    #[test]
    fn the_policy_names_what_is_in_the_page() {
        let page = page();
        for (open, close, source) in
            [("<style>", "</style>", "style-src "), ("<script>", "</script></body>", "script-src ")]
        {
            let inside = page.split(open).nth(1).and_then(|rest| rest.split(close).next()).unwrap();
            assert!(page.contains(&format!("{source}{}", hash(inside))), "{source}");
        }
        assert!(page.contains("default-src 'none'"));
        // Neither style attributes nor handlers would pass the policy, and nothing is fetched.
        for word in [" style=\"", " onclick=\"", " src=\"", "@import", "url("] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
