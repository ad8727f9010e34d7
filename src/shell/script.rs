//! A text to its items: statements, which end at a semicolon, and commands, which are a line of their own.
//!
//! Nothing is parsed here. It is known where strings, quoted names and comments end, so that a semicolon or a dot inside one
//! divides nothing; everything else is the language's matter. The same scan says whether what someone types is complete.

use std::ops::Range;

use super::language::Lang;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A statement of the session's language.
    Statement,
    /// A command: `.tables`, `\dt`.
    Command,
}

/// One item of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// Statement or command.
    pub kind: Kind,
    /// Its text, from its first to its last character, without a semicolon after it.
    pub text: &'a str,
    /// What stands between the item before and this: comments and space.
    pub head: &'a str,
    /// Where it lies in the text, in bytes.
    pub span: Range<usize>,
    /// The line that it begins in, from 1.
    pub line: usize,
    /// Characters before it in that line.
    pub column: usize,
    /// A semicolon, or for a command its line's end, was there.
    pub ended: bool,
    /// KQL: what `let` bound before in the text, which holds for this statement as well.
    pub lets: Vec<Range<usize>>,
}

impl Item<'_> {
    /// A text in which the item stands at its place, and before it nothing but space and what `let` bound, so that
    /// errors point at places of the whole text. `text` is what was divided.
    pub fn in_place(&self, text: &str) -> String {
        let mut out = String::with_capacity(self.span.end);
        let mut at = 0;
        let blank =
            |piece: &str, out: &mut String| out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        for bound in &self.lets {
            blank(text_between(text, at, bound.start), &mut out);
            out.push_str(text_between(text, bound.start, bound.end));
            at = bound.end;
        }
        blank(text_between(text, at, self.span.start), &mut out);
        out + self.text
    }

    /// The item with what `let` bound before it.
    pub fn alone(&self, text: &str) -> String {
        let lets = self.lets.iter().map(|bound| format!("{}\n", text_between(text, bound.start, bound.end)));
        lets.chain(std::iter::once(self.text.to_owned())).collect()
    }
}

/// Divides a text. Every byte that is neither space nor comment nor an ending semicolon is in one item. A text may change
/// its language in between (`.lang kql`), so that whoever runs the items asks for one at a time.
pub struct Items<'a> {
    text: &'a str,
    at: usize,
    lets: Vec<Range<usize>>,
}

impl<'a> Items<'a> {
    /// Begins at the beginning.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, lets: Vec::new() }
    }

    /// The next item in a language.
    pub fn next(&mut self, lang: Lang) -> Option<Item<'a>> {
        let bytes = self.text.as_bytes();
        let head = self.at;
        let mut at = head;
        // To the first character of the item.
        let start = loop {
            let next = skip(self.text, at, lang);
            match (&next, bytes.get(at)) {
                (_, None) => return None,
                (Some(Skipped { comment: true, end, .. }), _) => at = *end,
                (_, Some(b';')) => at += 1,
                (_, Some(b)) if b.is_ascii_whitespace() => at += 1,
                (None, Some(_)) if bom_or_space(self.text, at) > 0 => at += bom_or_space(self.text, at),
                _ => break at,
            }
        };
        let mut bound: Vec<Range<usize>> = Vec::new();
        let command = is_command(bytes.get(start..).unwrap_or_default());
        let (end, ended) = if command {
            let rest = bytes.get(start..).unwrap_or_default();
            let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            (start + line, true)
        } else {
            let (mut at, mut piece) = (start, start);
            loop {
                match (skip(self.text, at, lang), bytes.get(at)) {
                    (_, None) => break (at, false),
                    (Some(skipped), _) => at = skipped.end,
                    // What `let` binds is for the query behind it.
                    (None, Some(b';')) if lang == Lang::Kql && is_binding(text_between(self.text, piece, at)) => {
                        at += 1;
                        if is_let(text_between(self.text, piece, at)) {
                            bound.push(piece..at);
                        }
                        piece = at;
                    }
                    (None, Some(b';')) => break (at, true),
                    (None, Some(_)) => at += 1,
                }
            }
        };
        self.at = if ended && !command { end + 1 } else { end };
        let text = self.text.get(start..end)?.trim_end();
        let before = self.text.get(..start)?;
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let lets = self.lets.clone();
        self.lets.extend(bound);
        Some(Item {
            kind: if command { Kind::Command } else { Kind::Statement },
            text,
            head: self.text.get(head..start)?,
            span: start..start + text.len(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..)?.chars().count(),
            ended,
            lets,
        })
    }
}

/// Every item of a text in one language.
pub fn split(text: &str, lang: Lang) -> Vec<Item<'_>> {
    let mut items = Items::new(text);
    std::iter::from_fn(|| items.next(lang)).collect()
}

/// Whether Enter runs what someone has typed: every string is closed and the last statement has its semicolon.
pub fn is_complete(text: &str, lang: Lang) -> bool {
    // An open comment after the last item belongs to what is still to come.
    let mut items = Items::new(text);
    let mut ended = true;
    while let Some(item) = items.next(lang) {
        ended = item.ended;
    }
    let rest = text.get(items.at..).unwrap_or_default();
    ended && !opens_a_comment(rest, lang)
}

/// Whether a rest without items ends inside a block comment.
fn opens_a_comment(text: &str, lang: Lang) -> bool {
    let mut at = 0;
    while at < text.len() {
        match skip(text, at, lang) {
            Some(skipped) if !skipped.closed => return true,
            Some(skipped) => at = skipped.end,
            None => at += 1,
        }
    }
    false
}

/// A dot or a backslash with a letter, or psql's `\?` and `\!`.
fn is_command(rest: &[u8]) -> bool {
    match rest {
        [b'.', c, ..] => c.is_ascii_alphabetic(),
        [b'\\', c, ..] => c.is_ascii_alphabetic() || matches!(c, b'?' | b'!'),
        _ => false,
    }
}

fn text_between(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// Whether a KQL statement gives no rows of its own: `let`, `set` and the like.
fn is_binding(statement: &str) -> bool {
    matches!(first_word(statement), "let" | "set" | "declare" | "alias" | "restrict")
}

fn is_let(statement: &str) -> bool {
    first_word(statement) == "let"
}

/// The first word of a KQL statement.
fn first_word(statement: &str) -> &str {
    let mut rest = statement.trim_start();
    while let Some(comment) = rest.strip_prefix("//") {
        rest = comment.split_once('\n').map_or("", |(_, after)| after).trim_start();
    }
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// Bytes of a space that is no ASCII, or of a byte order mark.
fn bom_or_space(text: &str, at: usize) -> usize {
    let c = text.get(at..).and_then(|rest| rest.chars().next());
    c.filter(|c| c.is_whitespace() || *c == '\u{feff}').map_or(0, char::len_utf8)
}

/// Something in which nothing divides.
struct Skipped {
    end: usize,
    comment: bool,
    closed: bool,
}

/// The string, quoted name or comment that begins at a byte.
fn skip(text: &str, at: usize, lang: Lang) -> Option<Skipped> {
    let bytes = text.as_bytes();
    let rest = bytes.get(at..)?;
    let to_line_end = || {
        let end = memchr::memchr(b'\n', rest).map_or(bytes.len(), |n| at + n);
        Some(Skipped { end, comment: true, closed: true })
    };
    let quoted = |from: usize, quote: u8, escapes: bool| {
        let (end, closed) = close(bytes, from, quote, escapes);
        Some(Skipped { end, comment: false, closed })
    };
    match (lang, rest) {
        (Lang::Sql, [b'-', b'-', ..]) | (Lang::Kql, [b'/', b'/', ..]) => to_line_end(),
        (Lang::Sql, [b'/', b'*', ..]) => {
            let (end, closed) = close_comment(bytes, at + 2);
            Some(Skipped { end, comment: true, closed })
        }
        // E'..' alone has backslashes.
        (Lang::Sql, [b'\'', ..]) => quoted(at + 1, b'\'', has_escapes(bytes, at)),
        (Lang::Sql, [q @ (b'"' | b'`'), ..]) => quoted(at + 1, *q, false),
        (Lang::Sql, [b'$', ..]) => {
            let tag = dollar_tag(bytes, at)?;
            let from = at + tag.len();
            let found = memchr::memmem::find(bytes.get(from..)?, tag);
            let end = found.map_or(bytes.len(), |n| from + n + tag.len());
            Some(Skipped { end, comment: false, closed: found.is_some() })
        }
        (Lang::Kql, [b'`', b'`', b'`', ..]) => {
            let from = at + 3;
            let found = memchr::memmem::find(bytes.get(from..)?, b"```");
            let end = found.map_or(bytes.len(), |n| from + n + 3);
            Some(Skipped { end, comment: false, closed: found.is_some() })
        }
        (Lang::Kql, [b'@', q @ (b'"' | b'\''), ..]) => quoted(at + 2, *q, false),
        (Lang::Kql, [q @ (b'"' | b'\''), ..]) => quoted(at + 1, *q, true),
        _ => None,
    }
}

/// The byte after the closing quote; a doubled quote closes nothing.
fn close(bytes: &[u8], from: usize, quote: u8, escapes: bool) -> (usize, bool) {
    let mut at = from;
    loop {
        match bytes.get(at) {
            None => return (bytes.len(), false),
            Some(b'\\') if escapes => at += 2,
            Some(b) if *b == quote => {
                if !escapes && bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                } else {
                    return (at + 1, true);
                }
            }
            Some(_) => at += 1,
        }
        if at > bytes.len() {
            return (bytes.len(), false);
        }
    }
}

/// The byte after the end of a comment, which may hold others.
fn close_comment(bytes: &[u8], from: usize) -> (usize, bool) {
    let (mut at, mut depth) = (from, 1usize);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => {
                (at, depth) = (at + 2, depth - 1);
                if depth == 0 {
                    return (at, true);
                }
            }
            _ => at += 1,
        }
    }
    (bytes.len(), false)
}

/// Whether the quote at a byte belongs to `E'..'`.
fn has_escapes(bytes: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|i| bytes.get(i)).copied();
    matches!(before(1), Some(b'e' | b'E')) && !before(2).is_some_and(is_word)
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

/// `$$` or `$tag$` at a byte. `$1` and `$name` are parameters.
fn dollar_tag(bytes: &[u8], at: usize) -> Option<&[u8]> {
    if at.checked_sub(1).and_then(|i| bytes.get(i)).copied().is_some_and(is_word) {
        return None;
    }
    let rest = bytes.get(at + 1..)?;
    let length = rest.iter().position(|b| !is_word(*b))?;
    let first = rest.first()?;
    (rest.get(length) == Some(&b'$') && !first.is_ascii_digit()).then(|| bytes.get(at..at + length + 2)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text, Lang::Sql).into_iter().map(|i| i.text).collect()
    }

    #[test]
    fn sql() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (" ;; \n;", &[]),
            ("-- only; a comment", &[]),
            ("/* a; /* nested; */ b */", &[]),
            ("SELECT 1", &["SELECT 1"]),
            ("\u{feff}SELECT 1;", &["SELECT 1"]),
            ("SELECT 1; SELECT 2 ;", &["SELECT 1", "SELECT 2"]),
            ("SELECT ';'; SELECT 'it''s;'", &["SELECT ';'", "SELECT 'it''s;'"]),
            (r"SELECT 'a\'; SELECT 1", &[r"SELECT 'a\'", "SELECT 1"]),
            (r"SELECT E'a\';b'; SELECT 1", &[r"SELECT E'a\';b'", "SELECT 1"]),
            (r"SELECT name'a\'; SELECT 1", &[r"SELECT name'a\'", "SELECT 1"]),
            ("SELECT \"a;b\", `c;d`; x", &["SELECT \"a;b\", `c;d`", "x"]),
            ("SELECT $$a;'b$$; x", &["SELECT $$a;'b$$", "x"]),
            ("SELECT $t$a;$$;$t$; x", &["SELECT $t$a;$$;$t$", "x"]),
            ("SELECT $a, $1; x", &["SELECT $a, $1", "x"]),
            ("SELECT 1 -- a; b\n, 2; x", &["SELECT 1 -- a; b\n, 2", "x"]),
            ("SELECT /* ; */ 1; x", &["SELECT /* ; */ 1", "x"]),
            ("SELECT 'open; x", &["SELECT 'open; x"]),
            (".tables\nSELECT 1;\n  .schema x\n", &[".tables", "SELECT 1", ".schema x"]),
            ("SELECT t\n.a FROM t;", &["SELECT t\n.a FROM t"]),
            ("SELECT 1; .tables", &["SELECT 1", ".tables"]),
            ("-- first\n\\dt\n\\?\n\\! ls; ls", &["\\dt", "\\?", "\\! ls; ls"]),
            (".5", &[".5"]),
            ("SELECT '日本;語'; 日本", &["SELECT '日本;語'", "日本"]),
            ("\u{3000}SELECT 1;\u{3000}", &["SELECT 1"]),
        ];
        for (text, wanted) in cases {
            assert_eq!(texts(text), *wanted, "{text}");
        }
    }

    #[test]
    fn places() {
        let items = split("-- name: a\nSELECT 1;\n\n  .tables\n;日 本;  SELECT\n2", Lang::Sql);
        let found: Vec<_> = items.iter().map(|i| (i.text, i.line, i.column, i.ended)).collect();
        assert_eq!(
            found,
            [("SELECT 1", 2, 0, true), (".tables", 4, 2, true), ("日 本", 5, 1, true), ("SELECT\n2", 5, 7, false)]
        );
        assert_eq!(items[0].head, "-- name: a\n");
        assert_eq!(items[0].span, 11..19);
    }

    #[test]
    fn kql() {
        let text = "T | where a == @\"c:\\;\" // x; y\n| take 1; print ```a;\n\"b``` ; print 'a\\';b'; print h\"x;\"";
        let found: Vec<_> = split(text, Lang::Kql).into_iter().map(|i| i.text).collect();
        assert_eq!(
            found,
            ["T | where a == @\"c:\\;\" // x; y\n| take 1", "print ```a;\n\"b```", "print 'a\\';b'", "print h\"x;\""]
        );
    }

    #[test]
    fn what_let_binds_holds_for_the_rest_of_the_text() {
        let text = "let a = 1; // one\nprint a; set x = 2;\n  let ü = 'b;'; print ü; print a";
        let items = split(text, Lang::Kql);
        let found: Vec<_> = items.iter().map(|i| (i.text, i.lets.len())).collect();
        let wanted = [("let a = 1; // one\nprint a", 0), ("set x = 2;\n  let ü = 'b;'; print ü", 1), ("print a", 2)];
        assert_eq!(found, wanted);
        let last = items[2].in_place(text);
        assert_eq!(last, "let a = 1;       \n                   \n  let ü = 'b;';          print a");
        assert_eq!(items[2].alone(text), "let a = 1;\n\n  let ü = 'b;';\nprint a");
    }

    #[test]
    fn completeness() {
        for complete in ["", "  ", "SELECT 1;", "SELECT 1; -- done", ".tables", "\\dt", "-- a", "SELECT 1; .tables"] {
            assert!(is_complete(complete, Lang::Sql), "{complete}");
        }
        for open in
            ["SELECT 1", "SELECT ';", "SELECT $$;", "/* a", "SELECT 1; SELECT", "SELECT 1; /* ", "SELECT \"a;", "S --;"]
        {
            assert!(!is_complete(open, Lang::Sql), "{open}");
        }
    }

    #[test]
    fn every_text_is_divided_without_loss() {
        let pieces =
            ["'", "\"", ";", "\n", "--", "/*", "*/", "$$", "$a$", "\\", "a", "日", ".x", "`", " ", "E'", "@\"", "```"];
        let mut state = 1u64;
        for _ in 0..3000 {
            let mut text = String::new();
            for _ in 0..(state % 13) {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            state = state.wrapping_add(1);
            for lang in [Lang::Sql, Lang::Kql] {
                let mut end = 0;
                for item in split(&text, lang) {
                    assert_eq!(&text[item.span.clone()], item.text);
                    assert!(item.span.start >= end && !item.text.is_empty(), "{text:?}");
                    end = item.span.end;
                }
                is_complete(&text, lang);
            }
        }
    }
}
