//! A statement in colours, as one types it. Whether there are colours at all is the caller's matter.

use super::complete::Vocabulary;
use super::complete::keywords::{begins_kql, is_inside_kql, is_keyword};
use crate::engine::lex::{Dialect, Token, TokenKind, tokens};

const KEYWORD: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[33m";
const COMMENT: &str = "\x1b[90m";
const FUNCTION: &str = "\x1b[36m";
const TABLE: &str = "\x1b[35m";
const COMMAND: &str = "\x1b[1;36m";
const BRACKET: &str = "\x1b[1;7m";
const ALONE: &str = "\x1b[1;31m";
const END: &str = "\x1b[0m";

/// The text with colours, as wide as it was: without them it is the same text. `cursor` is a byte of it, and the bracket
/// there, or just before, is shown together with its other half.
pub fn highlight(text: &str, cursor: usize, vocabulary: &Vocabulary) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut paint = |piece: &str, style: &str| match style {
        "" => out.push_str(piece),
        style => {
            out.push_str(style);
            out.push_str(piece);
            out.push_str(END);
        }
    };
    let start = text.len() - text.trim_start().len();
    let mut from = 0;
    if text.get(start..).is_some_and(|t| t.starts_with(['.', '\\'])) {
        from = text.get(start..).and_then(|t| t.find(char::is_whitespace)).map_or(text.len(), |i| i + start);
        paint(text.get(..start).unwrap_or_default(), "");
        paint(text.get(start..from).unwrap_or_default(), COMMAND);
    }
    let all: Vec<Token<'_>> = tokens(text, vocabulary.dialect).into_iter().filter(|t| t.start >= from).collect();
    let (bracket, other) = brackets(&all, cursor);
    let mut done = from;
    for (i, token) in all.iter().enumerate() {
        paint(text.get(done..token.start).unwrap_or_default(), "");
        let style = match other {
            Some(other) if bracket == Some(i) || other == i => BRACKET,
            None if bracket == Some(i) => ALONE,
            _ => style(token, i.checked_sub(1).and_then(|i| all.get(i)), all.get(i + 1), vocabulary),
        };
        paint(token.text, style);
        done = token.end();
    }
    paint(text.get(done..).unwrap_or_default(), "");
    out
}

fn style(
    token: &Token<'_>,
    previous: Option<&Token<'_>>,
    next: Option<&Token<'_>>,
    vocabulary: &Vocabulary,
) -> &'static str {
    if vocabulary.dialect == Dialect::Kql && token.kind == TokenKind::Word {
        return kql_word(token, previous, next, vocabulary);
    }
    match token.kind {
        TokenKind::Text => TEXT,
        TokenKind::Number | TokenKind::Parameter => NUMBER,
        TokenKind::Comment => COMMENT,
        TokenKind::Symbol => "",
        TokenKind::Quoted | TokenKind::Word => {
            let call = next.is_some_and(|n| n.is_symbol("("));
            let name = token.text.trim_matches(['"', '`']);
            let known = || vocabulary.tables.iter().any(|t| t.name.eq_ignore_ascii_case(name));
            match token.kind {
                TokenKind::Quoted if known() => TABLE,
                TokenKind::Quoted => "",
                _ if call && vocabulary.table_function(name).is_some() => TABLE,
                _ if is_keyword(token.text, vocabulary.dialect) => KEYWORD,
                _ if call => FUNCTION,
                _ if known() => TABLE,
                _ => "",
            }
        }
    }
}

/// A word of KQL: what it is depends on its place, since operators' words are names as well.
fn kql_word(
    token: &Token<'_>,
    previous: Option<&Token<'_>>,
    next: Option<&Token<'_>>,
    vocabulary: &Vocabulary,
) -> &'static str {
    let begins = previous.is_none_or(|p| ["|", ";", "(", "{", "="].iter().any(|s| p.is_symbol(s)));
    let piped = previous.is_some_and(|p| p.is_symbol("|"));
    let call = next.is_some_and(|n| n.is_symbol("("));
    let member = previous.is_some_and(|p| p.is_symbol("."));
    // A comparison or a name in a list: `count` in `count == 1`.
    let named = next.is_some_and(|n| ["=", "==", ",", ")", "."].iter().any(|s| n.is_symbol(s)));
    match token.text {
        _ if member => "",
        word if piped && begins_kql(word) => KEYWORD,
        "union" | "search" | "find" | "print" | "datatable" if begins && !named => KEYWORD,
        word if begins && !named && !call && begins_kql(word) => KEYWORD,
        "in" | "between" | "has_any" | "has_all" => KEYWORD,
        word if !call && !named && is_inside_kql(word) => KEYWORD,
        "kind" if named && previous.is_some_and(|p| p.kind == TokenKind::Word) => KEYWORD,
        "true" | "false" | "null" => NUMBER,
        _ if call => FUNCTION,
        name if vocabulary.tables.iter().any(|t| t.name == name) => TABLE,
        _ => "",
    }
}

/// The bracket at the cursor and its other half.
fn brackets(all: &[Token<'_>], cursor: usize) -> (Option<usize>, Option<usize>) {
    let is_bracket = |t: &Token<'_>| t.kind == TokenKind::Symbol && matches!(t.text, "(" | ")" | "[" | "]" | "{" | "}");
    let at = |byte: usize| all.iter().position(|t| t.start == byte && is_bracket(t));
    let Some(own) = at(cursor).or_else(|| at(cursor.checked_sub(1)?)) else { return (None, None) };
    let Some(token) = all.get(own) else { return (None, None) };
    let opens = |t: &Token<'_>| matches!(t.text, "(" | "[" | "{");
    let mut depth = 0i32;
    let mut found = None;
    let mut visit = |i: usize, t: &Token<'_>| {
        if is_bracket(t) {
            depth += if opens(t) == opens(token) { 1 } else { -1 };
            if depth == 0 {
                found = Some(i);
            }
        }
        found.is_some()
    };
    let tokens = all.iter().enumerate();
    match opens(token) {
        true => tokens.skip(own).any(|(i, t)| visit(i, t)),
        false => tokens.take(own + 1).rev().any(|(i, t)| visit(i, t)),
    };
    let pair = |a: &str, b: &str| {
        matches!((a, b), ("(", ")") | (")", "(") | ("[", "]") | ("]", "[") | ("{", "}") | ("}", "{"))
    };
    let fits = |i: &usize| all.get(*i).is_some_and(|other| pair(token.text, other.text));
    (Some(own), found.filter(fits))
}

/// The dialect that a name stands for: `sql` or `kql`.
pub fn dialect(name: &str) -> Option<Dialect> {
    [("sql", Dialect::Sql), ("kql", Dialect::Kql)]
        .into_iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, d)| d)
}

#[cfg(test)]
mod tests {
    use super::super::complete::tests::vocabulary;
    use super::*;

    /// Without the colours.
    fn stripped(text: &str) -> String {
        let styles = [KEYWORD, TEXT, NUMBER, COMMENT, FUNCTION, TABLE, COMMAND, BRACKET, ALONE, END];
        styles.iter().fold(text.to_owned(), |text, style| text.replace(style, ""))
    }

    /// Each coloured piece with a letter for its colour.
    fn shown(text: &str, cursor: usize) -> String {
        shown_in(&vocabulary(), text, cursor)
    }

    fn shown_in(vocabulary: &Vocabulary, text: &str, cursor: usize) -> String {
        let mut text = highlight(text, cursor, vocabulary);
        let letters = [
            (KEYWORD, "K"),
            (TEXT, "T"),
            (NUMBER, "N"),
            (COMMENT, "C"),
            (FUNCTION, "F"),
            (TABLE, "B"),
            (COMMAND, "D"),
            (BRACKET, "M"),
            (ALONE, "A"),
        ];
        for (style, letter) in letters {
            text = text.replace(style, &format!("{letter}<"));
        }
        text.replace(END, ">")
    }

    #[test]
    fn colours() {
        const FAR: usize = 1_000;
        for (text, cursor, wanted) in [
            ("SELECT a, 'x' FROM tunnel_log -- c", FAR, "K<SELECT> a, T<'x'> K<FROM> B<tunnel_log> C<-- c>"),
            ("select count(*)+1.5 from \"ike_log\" t", FAR, "K<select> F<count>(*)+N<1.5> K<from> B<\"ike_log\"> t"),
            ("  .format csv", FAR, "  D<.format> csv"),
            ("\\dt", FAR, "D<\\dt>"),
            ("SELECT $p, 'open", FAR, "K<SELECT> N<$p>, T<'open>"),
            ("(a(b)c)", 0, "M<(>F<a>(b)cM<)>"),
            ("(a(b)c)", 5, "(F<a>M<(>bM<)>c)"),
            ("(a(b)c", 0, "A<(>F<a>(b)c"),
            ("(a]", 3, "(aA<]>"),
            ("FROM failovers(within => 1)", FAR, "K<FROM> B<failovers>(within => N<1>)"),
            ("", 0, ""),
            ("日本 '語'", FAR, "日本 T<'語'>"),
        ] {
            assert_eq!(shown(text, cursor), wanted, "{text}");
        }
    }

    #[test]
    fn colours_of_kql() {
        let kql = Vocabulary { dialect: Dialect::Kql, ..vocabulary() };
        for (text, wanted) in [
            ("tunnel_log | where status == \"x\" // c", "B<tunnel_log> | K<where> status == T<\"x\"> C<// c>"),
            (
                "let n = 5m; ike_log | summarize count(), d = dcount(peer) by bin(time, 1h)",
                "K<let> n = N<5m>; B<ike_log> | K<summarize> F<count>(), d = F<dcount>(peer) K<by> F<bin>(time, N<1h>)",
            ),
            ("T | count | where Count > 1", "T | K<count> | K<where> Count > N<1>"),
            ("T | where count == 1 and take in (1, 2)", "T | K<where> count == N<1> K<and> take K<in> (N<1>, N<2>)"),
            ("T | project-away a | sort by b desc", "T | K<project-away> a | K<sort> K<by> b K<desc>"),
            ("union (ike_log | take 1)", "K<union> (B<ike_log> | K<take> N<1>)"),
        ] {
            assert_eq!(shown_in(&kql, text, 1_000), wanted, "{text}");
        }
    }

    #[test]
    fn without_colours_it_is_the_same_text() {
        let pieces = [
            "SELECT",
            "'",
            "\"",
            " ",
            "\n",
            "(",
            ")",
            "[",
            "]",
            "}",
            "--",
            "/*",
            "*/",
            "ü",
            "表",
            ".",
            "\\",
            "$p",
            "1",
            "tunnel_log",
            "count",
            "\t",
            "`",
            "@",
            "|",
        ];
        let (mut random, sql) = (3u64, vocabulary());
        let kql = Vocabulary { dialect: Dialect::Kql, ..vocabulary() };
        for _ in 0..2_000 {
            let mut next = |n: usize| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (random >> 33) as usize % n
            };
            let text: String = (0..12).map(|_| pieces[next(pieces.len())]).collect();
            let cursor = next(text.len() + 3);
            for vocabulary in [&sql, &kql] {
                assert_eq!(stripped(&highlight(&text, cursor, vocabulary)), text);
            }
        }
    }
}
