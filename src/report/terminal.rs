//! A document as text for a terminal: escaped, in lines that fit.

use unicode_width::UnicodeWidthStr;

use super::document::{Block, Document, Drawn, Entry, Fact, Inline, Table, Tone};
use super::pictures::svg::fitted;
use super::plain;
use super::say::{Say, Word};
use crate::render::escape;

struct Page<'a> {
    out: String,
    say: &'a Say,
    width: usize,
}

/// The whole document.
pub fn render(document: &Document, width: usize) -> String {
    let mut page = Page { out: String::new(), say: &document.say, width: width.clamp(40, 400) };
    page.line("", &document.title);
    for about in &document.about {
        page.line("", about);
    }
    for section in &document.sections {
        if !section.title.is_empty() {
            page.out.push('\n');
            page.heading(&section.title, '=');
        }
        section.blocks.iter().for_each(|block| page.block(block));
    }
    page.out
}

fn joined(parts: &[Inline]) -> String {
    let text = |part: &Inline| match part {
        Inline::Url { text, url } => format!("{text}: {url}"),
        other => other.text().to_owned(),
    };
    parts.iter().map(text).collect()
}

impl Page<'_> {
    fn heading(&mut self, text: &str, under: char) {
        self.line("", text);
        let width = text.width().min(self.width);
        self.out.extend(std::iter::repeat_n(under, width));
        self.out.push('\n');
    }

    /// A text in lines that fit; words that do not are left whole, so that addresses can be copied.
    fn line(&mut self, indent: &str, text: &str) {
        let mut safe = String::new();
        escape::terminal(text, &mut safe);
        let (mut used, mut first) = (indent.width(), true);
        self.out.push_str(indent);
        for word in safe.split(' ') {
            if !first && used + 1 + word.width() > self.width {
                self.out.push('\n');
                let hang = " ".repeat(indent.width());
                self.out.push_str(&hang);
                used = hang.len();
            } else if !first {
                self.out.push(' ');
                used += 1;
            }
            self.out.push_str(word);
            used += word.width();
            first = false;
        }
        self.out.push('\n');
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => {
                self.out.push('\n');
                self.heading(text, '-');
            }
            Block::Text(text) => self.line("", text),
            Block::Paragraph(parts) => self.line("", &joined(parts)),
            Block::Verdict(tone, text) => {
                let sign = match tone {
                    Tone::Plain => "",
                    Tone::Good => "ok  ",
                    Tone::Warning => "!   ",
                    Tone::Bad => "x   ",
                };
                self.line(sign, text);
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Items(items) => items.iter().for_each(|item| self.line("- ", &joined(item))),
            Block::Table(table) => self.table(table),
            Block::Picture(picture) => self.line("", &picture.alternative),
            Block::Ladder(ladder) => {
                self.out.push('\n');
                escape::terminal_layout(&plain::ladder(ladder, self.say, self.width), &mut self.out);
                self.out.push('\n');
            }
            Block::Entries(entries) => entries.iter().for_each(|entry| self.entry(entry)),
            Block::Code(text) | Block::Source { text, .. } | Block::Chart(Drawn { text, .. }) => {
                for line in text.lines() {
                    self.out.push_str("  ");
                    escape::terminal(line, &mut self.out);
                    self.out.push('\n');
                }
            }
        }
    }

    fn facts(&mut self, facts: &[Fact]) {
        let widest = facts.iter().map(|f| f.label.width()).max().unwrap_or(0);
        for fact in facts {
            let pad = " ".repeat(widest.saturating_sub(fact.label.width()));
            self.line(&format!("{}{pad}  ", fact.label), &fact.text);
        }
    }

    /// Columns as wide as they need, the last with what is left.
    fn table(&mut self, table: &Table) {
        if !table.caption.is_empty() {
            self.out.push('\n');
            self.line("", &table.caption);
        }
        let rows: Vec<Vec<String>> = table
            .rows
            .iter()
            .map(|row| {
                let safe = |text: &str| {
                    let mut out = String::new();
                    escape::terminal(text, &mut out);
                    out
                };
                row.iter().map(|cell| safe(&cell.text)).collect()
            })
            .collect();
        let mut widths: Vec<usize> = table.columns.iter().map(|c| c.title.width()).collect();
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let taken: usize = widths.iter().rev().skip(1).map(|w| w + 2).sum();
        if let Some(last) = widths.last_mut() {
            *last = (*last).min(self.width.saturating_sub(taken).max(20));
        }
        let mut write = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(cells) {
                let cell = fitted(cell, width.saturating_sub(usize::from(cell.width() > *width)));
                let pad = width.saturating_sub(cell.width());
                line.push_str(&cell);
                line.extend(std::iter::repeat_n(' ', pad + 2));
            }
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        };
        write(&mut table.columns.iter().map(|c| c.title.as_str()));
        for row in &rows {
            write(&mut row.iter().map(String::as_str));
        }
        if let Some(more) = &table.more {
            let text = self.say.fill(Word::MoreRows, &[&more.rows.to_string()]);
            self.line("", &text);
            self.line("  ", &more.query);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.out.push('\n');
        self.heading(&entry.title, '-');
        entry.blocks.iter().for_each(|block| self.block(block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Cell, Column, Section};

    #[test]
    fn lines_fit_and_nothing_acts_on_the_terminal() {
        let table = Table {
            columns: vec![Column::text("a", "A"), Column::text("b", "B")],
            rows: vec![vec![Cell::text("日本"), Cell::text("long ".repeat(40) + "\u{1b}[2J")]],
            ..Table::default()
        };
        let blocks = vec![
            Block::Text("word ".repeat(40) + "\u{1b}]0;x\u{7}"),
            Block::Table(table),
            Block::Code("a\u{1b}b".into()),
        ];
        let sections = vec![Section { id: "s".into(), title: "T".into(), blocks }];
        let out = render(&Document { title: "t".into(), say: Say::default(), about: Vec::new(), sections }, 60);
        assert!(!out.contains('\u{1b}') && out.contains("\\x1b"), "{out}");
        assert!(out.lines().all(|l| l.width() <= 62), "{out}");
    }
}
