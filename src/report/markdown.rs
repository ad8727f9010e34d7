//! The report as GitHub's Markdown: pictures become their words, ladders become texts.

use std::collections::HashSet;

use super::document::{Block, Document, Entry, Inline, Table, Tone};
use super::plain;
use super::say::{Say, Word};
use crate::render::escape;

struct Page<'a> {
    out: String,
    say: &'a Say,
    anchors: HashSet<&'a str>,
}

/// The whole report.
pub fn render(document: &Document) -> String {
    let entries = document.sections.iter().flat_map(|s| &s.blocks).filter_map(|b| match b {
        Block::Entries(entries) => Some(entries.iter().map(|e| e.id.as_str())),
        _ => None,
    });
    let mut page = Page { out: String::new(), say: &document.say, anchors: entries.flatten().collect() };
    page.heading(1, &document.title);
    for line in &document.about {
        page.out.push_str("- ");
        page.line(line);
    }
    page.out.push('\n');
    for section in &document.sections {
        if !section.title.is_empty() {
            page.heading(2, &section.title);
        }
        section.blocks.iter().for_each(|block| page.block(block));
    }
    page.out
}

impl<'a> Page<'a> {
    fn text(&mut self, text: &str) {
        escape::markdown(text, &mut self.out);
    }

    fn line(&mut self, text: &str) {
        escape::markdown_line(text, &mut self.out);
        self.out.push('\n');
    }

    fn heading(&mut self, level: usize, text: &str) {
        self.out.push_str(&"#".repeat(level));
        self.out.push(' ');
        self.text(text);
        self.out.push_str("\n\n");
    }

    fn block(&mut self, block: &'a Block) {
        match block {
            Block::Heading(text) => self.heading(3, text),
            Block::Text(text) => {
                self.line(text);
                self.out.push('\n');
            }
            Block::Paragraph(parts) => {
                parts.iter().for_each(|part| self.inline(part));
                self.out.push_str("\n\n");
            }
            Block::Verdict(tone, text) => {
                self.out.push_str(match tone {
                    Tone::Plain => "> ",
                    Tone::Good => "> ✓ ",
                    Tone::Warning => "> **!** ",
                    Tone::Bad => "> ✕ ",
                });
                self.line(text);
                self.out.push('\n');
            }
            Block::Facts(facts) => {
                for fact in facts {
                    self.out.push_str("- ");
                    self.text(&fact.label);
                    self.out.push_str(": **");
                    // Emphasis around nothing would be two stars.
                    self.text(if fact.text.is_empty() { "–" } else { &fact.text });
                    self.out.push_str("**\n");
                }
                self.out.push('\n');
            }
            Block::Items(items) => {
                for item in items {
                    self.out.push_str("- ");
                    item.iter().for_each(|part| self.inline(part));
                    self.out.push('\n');
                }
                self.out.push('\n');
            }
            Block::Table(table) => self.table(table),
            Block::Picture(picture) => {
                self.line(&picture.alternative);
                self.out.push('\n');
            }
            Block::Ladder(ladder) => self.fenced("text", &plain::ladder(ladder, self.say, 100)),
            Block::Entries(entries) => entries.iter().for_each(|entry| self.entry(entry)),
            Block::Code(text) => self.fenced("sql", text),
            Block::Source { language, text } => self.fenced(language, text),
            Block::Chart(drawn) => self.fenced("text", &drawn.text),
        }
    }

    /// A block as it is. The fence is longer than any in it.
    fn fenced(&mut self, language: &str, text: &str) {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        self.out.push_str(&format!("{fence}{language}\n"));
        escape::terminal_layout(text.trim_end(), &mut self.out);
        self.out.push_str(&format!("\n{fence}\n\n"));
    }

    fn link(&mut self, anchor: &str, text: &str) {
        if !self.anchors.contains(anchor) {
            return self.text(text);
        }
        self.out.push('[');
        self.text(text);
        // Anchors are of the program's own making.
        self.out.push_str(&format!("](#{anchor})"));
    }

    fn inline(&mut self, part: &Inline) {
        match part {
            Inline::Text(text) => self.text(text),
            Inline::Strong(text) => {
                self.out.push_str("**");
                self.text(text);
                self.out.push_str("**");
            }
            // Backticks cannot be escaped inside of backticks.
            Inline::Code(text) => self.text(text),
            Inline::Link { text, anchor } => self.link(anchor, text),
            Inline::Url { text, url } if escape::is_web_address(url) => {
                self.out.push('[');
                self.text(text);
                self.out.push_str(&format!("]({url})"));
            }
            Inline::Url { text, url } => {
                self.text(text);
                self.out.push(' ');
                self.text(url);
            }
        }
    }

    fn table(&mut self, table: &Table) {
        if !table.caption.is_empty() {
            self.out.push_str("**");
            self.text(&table.caption);
            self.out.push_str("**\n\n");
        }
        self.out.push('|');
        for column in &table.columns {
            self.out.push(' ');
            self.text(&column.title);
            self.out.push_str(" |");
        }
        self.out.push_str("\n|");
        for column in &table.columns {
            self.out.push_str(if column.number { "---:|" } else { "---|" });
        }
        self.out.push('\n');
        for row in &table.rows {
            self.out.push('|');
            for cell in row {
                self.out.push(' ');
                match &cell.anchor {
                    Some(anchor) => self.link(anchor, &cell.text),
                    None => self.text(&cell.text),
                }
                self.out.push_str(" |");
            }
            self.out.push('\n');
        }
        self.out.push('\n');
        if let Some(more) = &table.more {
            let text = self.say.fill(Word::MoreRows, &[&more.rows.to_string()]);
            self.line(&text);
            self.out.push('\n');
            self.fenced("sql", &more.query);
        }
    }

    fn entry(&mut self, entry: &'a Entry) {
        self.out.push_str(&format!("### <a id=\"{}\"></a>", entry.id));
        self.text(&entry.title);
        self.out.push_str("\n\n");
        entry.blocks.iter().for_each(|block| self.block(block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Cell, Column, Section};

    #[test]
    fn nothing_of_a_log_becomes_markup() {
        let evil = "<script>x</script>|`*[a](javascript:x)\n# b";
        let table =
            Table { columns: vec![Column::text("a", evil)], rows: vec![vec![Cell::text(evil)]], ..Table::default() };
        let blocks = vec![Block::Text(format!("# {evil}")), Block::Table(table), Block::Code("```\n```` x".into())];
        let sections = vec![Section { id: "s".into(), title: evil.into(), blocks }];
        let out = render(&Document { title: evil.into(), say: Say::default(), about: vec![evil.into()], sections });
        // An escaped bracket is no end of a link's text.
        let links = out.replace("\\](", "");
        assert!(!out.contains("<script") && !links.contains("](javascript") && !out.contains("\n# b"), "{out}");
        assert!(out.contains("`````sql\n```\n```` x\n`````"), "{out}");
    }
}
