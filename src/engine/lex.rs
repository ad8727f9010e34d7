//! Tokens of a statement that may be unfinished: what completion, highlighting and hints look at.
//!
//! Total and lossless: every byte that is no white space is in exactly one token, and what is not closed ends with the text.

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// SQL.
    #[default]
    Sql,
    /// The Kusto Query Language.
    Kql,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or a name.
    Word,
    /// A name in quotes.
    Quoted,
    /// A text.
    Text,
    /// A number, or a number with its unit.
    Number,
    /// A comment.
    Comment,
    /// `$name`.
    Parameter,
    /// An operator or a bracket.
    Symbol,
}

/// A piece of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text, quotes and all.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Whether its quote or comment is closed.
    pub closed: bool,
}

impl Token<'_> {
    /// Where it ends, in bytes.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this keyword, in any case.
    pub fn is(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether it is this operator or bracket.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }

    /// The name that a word or a quoted name stands for.
    pub fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text.to_owned()),
            TokenKind::Quoted => {
                let quote = self.text.chars().next()?;
                let inner = self.text.get(1..)?;
                let inner = if self.closed { inner.strip_suffix(quote)? } else { inner };
                Some(inner.replace(&String::from_iter([quote, quote]), &quote.to_string()))
            }
            _ => None,
        }
    }
}

/// The tokens of a text, comments among them.
pub fn tokens(text: &str, dialect: Dialect) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = rest(text, at).chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (kind, length, closed) = one(rest(text, at), c, dialect);
        // A token has at least its first character.
        let length = length.max(c.len_utf8()).min(text.len() - at);
        let piece = text.get(at..at + length).unwrap_or_else(|| rest(text, at));
        out.push(Token { kind, text: piece, start: at, closed });
        at += piece.len();
    }
    out
}

fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// Kind, length in bytes and whether it is closed, of the token that begins a text.
fn one(text: &str, first: char, dialect: Dialect) -> (TokenKind, usize, bool) {
    let second = text.chars().nth(1);
    let comment = |end: Option<usize>| (TokenKind::Comment, end.unwrap_or(text.len()), true);
    match (dialect, first, second) {
        (Dialect::Sql, '-', Some('-')) | (Dialect::Kql, '/', Some('/')) => comment(text.find('\n')),
        (Dialect::Sql, '/', Some('*')) => block_comment(text),
        (Dialect::Sql, '\'', _) => quoted(text, 0, '\'', false, TokenKind::Text),
        (Dialect::Sql, 'e' | 'E', Some('\'')) => quoted(text, 1, '\'', true, TokenKind::Text),
        (Dialect::Sql, '"' | '`', _) => quoted(text, 0, first, false, TokenKind::Quoted),
        (Dialect::Sql, '$', _) => dollar(text),
        (Dialect::Kql, '`', Some('`')) if text.starts_with("```") => {
            let end = rest(text, 3).find("```").map(|i| i + 6);
            (TokenKind::Text, end.unwrap_or(text.len()), end.is_some())
        }
        (Dialect::Kql, '\'' | '"', _) => quoted(text, 0, first, true, TokenKind::Text),
        (Dialect::Kql, '@' | 'h' | 'H', Some(quote @ ('\'' | '"'))) => {
            quoted(text, 1, quote, first != '@', TokenKind::Text)
        }
        _ if first.is_ascii_digit() || first == '.' && second.is_some_and(|c| c.is_ascii_digit()) => {
            number(text, dialect)
        }
        _ if is_word_start(first) => (TokenKind::Word, word(text, dialect), true),
        _ => (TokenKind::Symbol, symbol(text, first), true),
    }
}

/// Whether a name may begin with it.
pub fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Whether it may stand in a name.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(text: &str) -> (TokenKind, usize, bool) {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return (TokenKind::Comment, at, true);
        }
    }
    (TokenKind::Comment, text.len(), false)
}

/// A quote that begins after `skip` bytes; a doubled one stands for itself, and with `escapes` a backslash does as well.
fn quoted(text: &str, skip: usize, quote: char, escapes: bool, kind: TokenKind) -> (TokenKind, usize, bool) {
    let mut chars = rest(text, skip + 1).char_indices().map(|(i, c)| (i + skip + 1, c)).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
        } else if c == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => {
                    chars.next();
                }
                _ => return (kind, at + 1, true),
            }
        }
    }
    (kind, text.len(), false)
}

/// `$name`, or a text between two `$tag$`.
fn dollar(text: &str) -> (TokenKind, usize, bool) {
    let name = rest(text, 1).find(|c: char| !is_word(c)).map_or(text.len(), |i| i + 1);
    if rest(text, name).starts_with('$') {
        let tag = text.get(..=name).unwrap_or(text);
        let end = rest(text, tag.len()).find(tag).map(|i| i + 2 * tag.len());
        return (TokenKind::Text, end.unwrap_or(text.len()), end.is_some());
    }
    (TokenKind::Parameter, name, true)
}

fn number(text: &str, dialect: Dialect) -> (TokenKind, usize, bool) {
    let mut before = ' ';
    let end = text.find(|c: char| {
        let exponent = matches!(before, 'e' | 'E') && matches!(c, '+' | '-');
        // In KQL two dots are a range.
        let dot = c == '.' && !(dialect == Dialect::Kql && before == '.');
        before = c;
        !(is_word(c) || dot || exponent)
    });
    let end = end.unwrap_or(text.len());
    let piece = text.get(..end).unwrap_or(text);
    let range = (dialect == Dialect::Kql).then(|| piece.find("..")).flatten();
    (TokenKind::Number, range.or(piece.ends_with('.').then_some(end - 1).filter(|e| *e > 0)).unwrap_or(end), true)
}

/// KQL's operators that have a hyphen begin with one of these.
const HYPHENATED: &[&str] = &["project", "mv", "make", "top", "sample", "parse", "partition", "getschema", "graph"];

fn word(text: &str, dialect: Dialect) -> usize {
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let head = text.get(..end).unwrap_or(text);
    if dialect == Dialect::Kql
        && HYPHENATED.iter().any(|h| head.eq_ignore_ascii_case(h))
        && let Some(tail) = rest(text, end).strip_prefix('-').filter(|t| t.starts_with(is_word_start))
    {
        return end + 1 + word(tail, dialect);
    }
    end
}

fn symbol(text: &str, first: char) -> usize {
    const LONG: &[&str] = &[
        "->>", "#>>", "!~*", "=>", "->", "<=", ">=", "<>", "!=", "||", "::", "==", "=~", "!~", "~*", "..", "#>", "@>",
        "<@",
    ];
    LONG.iter().find(|s| text.starts_with(**s)).map_or(first.len_utf8(), |s| s.len())
}

/// What follows a bar in KQL.
const KQL_OPERATORS: &[&str] = &[
    "where",
    "filter",
    "project",
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "extend",
    "summarize",
    "take",
    "limit",
    "top",
    "sort",
    "order",
    "count",
    "distinct",
    "join",
    "union",
    "parse",
    "mv-expand",
    "make-series",
    "render",
    "serialize",
    "sample",
    "lookup",
    "as",
    "evaluate",
    "getschema",
    "search",
    "find",
];

/// Whether a text that is no SQL looks like KQL: a bar with an operator behind it, or `let name =`.
pub fn looks_like_kql(text: &str) -> bool {
    // What stands in a comment of SQL says nothing.
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("--")).flat_map(|l| [l, "\n"]).collect();
    let all = tokens(&code, Dialect::Kql);
    let mut code = all.iter().filter(|t| t.kind != TokenKind::Comment).peekable();
    if let (Some(first), Some(third)) = (code.peek(), all.get(2))
        && first.is("let")
        && third.is_symbol("=")
    {
        return true;
    }
    let mut before: Option<&Token<'_>> = None;
    for token in code {
        let operator = before.is_some_and(|b| b.is_symbol("|"));
        if operator && KQL_OPERATORS.iter().any(|o| token.is(o)) {
            return true;
        }
        before = Some(token);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, dialect: Dialect) -> String {
        let one = |t: &Token<'_>| {
            let kind = match t.kind {
                TokenKind::Word => 'w',
                TokenKind::Quoted => 'q',
                TokenKind::Text => 't',
                TokenKind::Number => 'n',
                TokenKind::Comment => 'c',
                TokenKind::Parameter => 'p',
                TokenKind::Symbol => 's',
            };
            format!("{kind}:{}{}", t.text, if t.closed { "" } else { "…" })
        };
        tokens(text, dialect).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn sql() {
        for (text, wanted) in [
            ("", ""),
            ("SELECT a.b,1.5e-3", "w:SELECT w:a s:. w:b s:, n:1.5e-3"),
            ("x='it''s' -- c\ny", "w:x s:= t:'it''s' c:-- c w:y"),
            ("'open", "t:'open…"),
            ("\"a\"\"b\" `c", "q:\"a\"\"b\" q:`c…"),
            ("/* a /* b */ c */ d /* e", "c:/* a /* b */ c */ w:d c:/* e…"),
            ("$p + $$a'b$$ $t$ x $t", "p:$p s:+ t:$$a'b$$ t:$t$ x $t…"),
            ("E'a\\'b' e", "t:E'a\\'b' w:e"),
            ("f(a=>1)::int", "w:f s:( w:a s:=> n:1 s:) s::: w:int"),
            ("表 = 'ü'", "w:表 s:= t:'ü'"),
            ("1. 2", "n:1 s:. n:2"),
        ] {
            assert_eq!(shown(text, Dialect::Sql), wanted, "{text}");
        }
    }

    #[test]
    fn kql() {
        for (text, wanted) in [
            ("T | where a == \"x\\\"y\" // c", "w:T s:| w:where w:a s:== t:\"x\\\"y\" c:// c"),
            ("project-away a-b", "w:project-away w:a s:- w:b"),
            ("@'a\\' h\"x\"", "t:@'a\\' t:h\"x\""),
            ("ago(7d) 1..5", "w:ago s:( n:7d s:) n:1 s:.. n:5"),
            ("```a\nb``` ```c", "t:```a\nb``` t:```c…"),
        ] {
            assert_eq!(shown(text, Dialect::Kql), wanted, "{text}");
        }
    }

    #[test]
    fn nothing_is_lost_whatever_the_text() {
        let pieces = [
            "'", "\"", "`", "``", "-", "/", "*", "$", "$a$", "\\", "@", "h", "ü", "表", "1", ".", "e", "\n", " ",
            "\u{1b}", "(", "=>",
        ];
        let mut random = 1u64;
        for _ in 0..3_000 {
            let mut text = String::new();
            for _ in 0..12 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(random >> 33) as usize % pieces.len()]);
            }
            for dialect in [Dialect::Sql, Dialect::Kql] {
                let mut end = 0;
                for token in tokens(&text, dialect) {
                    assert!(text[end..token.start].chars().all(char::is_whitespace), "{text:?}");
                    assert_eq!(&text[token.start..token.end()], token.text);
                    let _ = token.name();
                    end = token.end();
                }
                assert!(text[end..].chars().all(char::is_whitespace), "{text:?}");
            }
        }
    }

    #[test]
    fn names() {
        let name = |text: &str| tokens(text, Dialect::Sql).first().and_then(Token::name);
        assert_eq!(name("\"a\"\"b\""), Some("a\"b".to_owned()));
        assert_eq!(name("\"open"), Some("open".to_owned()));
        assert_eq!(name("Plain"), Some("Plain".to_owned()));
        assert_eq!(name("5"), None);
    }

    #[test]
    fn what_looks_like_kql() {
        for yes in [
            "tunnel_log | where status == 'x' | take 5",
            "AzureDiagnostics\n| summarize count() by Resource",
            "let n = 5; T",
            "// comment\nT | project-away x",
        ] {
            assert!(looks_like_kql(yes), "{yes}");
        }
        for no in ["SELECT 1", "SELECT a | b FROM t", "SELECT '| where'", "", "-- | where", "SELECT 1 |"] {
            assert!(!looks_like_kql(no), "{no}");
        }
    }
}
