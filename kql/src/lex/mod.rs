//! Text to tokens. Comments and white space are dropped; a literal with a raw body (`datetime(2020-09-18 15:43)`) is one
//! token.

mod literals;
mod strings;
mod token;

pub use literals::{decimal, guid, with_unit};
pub use token::Token;

use crate::error::{KqlError, Span};
use crate::types::{Kind, Literal};

/// Brackets that may be open at once; deeper input is refused, so that no text can exhaust the stack.
const NESTING_LIMIT: usize = 128;
/// Signs that may stand in a row.
const SIGN_LIMIT: usize = 16;
/// Bytes of a query.
const LENGTH_LIMIT: usize = 4 << 20;

/// A token and its place.
pub type Spanned = (Token, Span);

/// Operator words with a hyphen; elsewhere a hyphen is a minus.
const HYPHENATED: &[&str] = &[
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "project-smart",
    "project-by-names",
    "mv-expand",
    "mv-apply",
    "make-series",
    "make-graph",
    "top-nested",
    "top-hitters",
    "sample-distinct",
    "parse-where",
    "parse-kv",
    "graph-match",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-mark-components",
    "graph-where-nodes",
    "graph-where-edges",
    "macro-expand",
    "partition-by",
    "execute-and-cache",
    "assert-schema",
];

/// Longest first.
const PUNCTUATION: &[&str] = &[
    "==", "=~", "=>", "!=", "!~", "<=", ">=", "<>", "..", "(", ")", "[", "]", "{", "}", ",", ";", ":", "|", "=", "<",
    ">", "+", "-", "*", "/", "%", ".", "@", "~",
];

/// Tokens of a query.
pub fn lex(text: &str) -> Result<Vec<Spanned>, KqlError> {
    if text.len() > LENGTH_LIMIT {
        return Err(KqlError::syntax(
            &(0..0),
            format!("the query has {} bytes; at most {LENGTH_LIMIT} are read", text.len()),
        ));
    }
    Lexer { text, at: 0, tokens: Vec::new(), open: Vec::new() }.run()
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Spanned>,
    open: Vec<(char, usize)>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(mut self) -> Result<Vec<Spanned>, KqlError> {
        loop {
            self.skip();
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { break };
            let start = self.at;
            if let Some(token) = self.string()? {
                self.push(token, start);
            } else if first.is_ascii_digit() {
                self.number()?;
            } else if first.is_alphabetic() || first == '_' || first == '$' {
                self.word()?;
            } else if first == '!' && rest.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphabetic())) {
                let length = 1 + word_length(rest.get(1..).unwrap_or_default());
                let length = length + usize::from(rest.get(..length) == Some("!in") && rest[length..].starts_with('~'));
                self.at += length;
                self.push(Token::Word(rest[..length].to_owned()), start);
            } else {
                self.punctuation(first)?;
            }
        }
        match self.open.last() {
            Some((bracket, at)) => Err(KqlError::syntax(&(*at..at + 1), format!("'{bracket}' is never closed"))),
            None => Ok(self.tokens),
        }
    }

    fn push(&mut self, token: Token, start: usize) {
        self.tokens.push((token, start..self.at));
    }

    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            if blank > 0 {
                self.at += blank;
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    fn string(&mut self) -> Result<Option<Token>, KqlError> {
        let Some((value, length)) = strings::string(self.rest(), self.at)? else { return Ok(None) };
        self.at += length;
        Ok(Some(Token::Value(Kind::String, Literal::String(value))))
    }

    fn number(&mut self) -> Result<(), KqlError> {
        let (start, rest) = (self.at, self.rest());
        // The least long has no positive counterpart.
        if rest.starts_with("9223372036854775808")
            && word_length(rest) == 19
            && matches!(self.tokens.last(), Some((Token::Punctuation("-"), _)))
        {
            self.at += 19;
            self.push(Token::Value(Kind::Long, Literal::Long(i64::MIN)), start);
            return Ok(());
        }
        let (token, length) = literals::number(rest)
            .map_err(|text| KqlError::syntax(&(start..start + word_length(rest).max(1)), text))?;
        self.at += length;
        self.push(token, start);
        Ok(())
    }

    fn word(&mut self) -> Result<(), KqlError> {
        let (start, rest) = (self.at, self.rest());
        let mut length = word_length(rest);
        let begins = match self.tokens.last() {
            None => true,
            Some((Token::Punctuation(p), _)) => matches!(*p, "|" | "(" | "{" | ";") || rest.starts_with("top-nested"),
            _ => false,
        };
        if begins && let Some(long) = HYPHENATED.iter().filter(|h| rest.starts_with(**h)).max_by_key(|h| h.len()) {
            let ends = !rest[long.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            if ends {
                length = long.len();
            }
        }
        let word = &rest[..length];
        if word == "in" && rest[length..].starts_with('~') {
            length += 1;
        }
        let after_dot = matches!(self.tokens.last(), Some((Token::Punctuation("."), _)));
        if !after_dot && let Some(kind) = literals::typed(word) {
            let gap = rest[length..].len() - rest[length..].trim_start().len();
            if rest[length + gap..].starts_with('(') {
                let body_at = length + gap + 1;
                let body = &rest[body_at..];
                let Some(end) = literals::body_length(body, kind == Kind::Dynamic) else {
                    let place = start + body_at - 1;
                    return Err(KqlError::syntax(
                        &(place..place + 1),
                        format!("the '(' of this {word} is never closed"),
                    ));
                };
                self.at += body_at + end + 1;
                let value =
                    literals::value(kind, &body[..end]).map_err(|text| KqlError::syntax(&(start..self.at), text))?;
                self.push(Token::Value(kind, value), start);
                return Ok(());
            }
        }
        self.at += length;
        let token = match (&rest[..length], after_dot) {
            ("true", false) => Token::Value(Kind::Bool, Literal::Bool(true)),
            ("false", false) => Token::Value(Kind::Bool, Literal::Bool(false)),
            (word, _) => Token::Word(word.to_owned()),
        };
        self.push(token, start);
        Ok(())
    }

    fn punctuation(&mut self, first: char) -> Result<(), KqlError> {
        let (start, rest) = (self.at, self.rest());
        let Some(mark) = PUNCTUATION.iter().find(|p| rest.starts_with(**p)) else {
            let end = start + first.len_utf8();
            let (length, text) = match first {
                '&' => (
                    rest.len() - rest.trim_start_matches('&').len(),
                    "conditions are joined by the word and".to_owned(),
                ),
                '!' => {
                    (1, "the negation is a function, not(...), or part of an operator, such as != and !has".to_owned())
                }
                '“' | '”' | '„' | '«' | '»' => (end - start, format!("'{first}' is no quote of KQL; write \"")),
                '‘' | '’' | '‚' | '`' | '´' => (end - start, format!("'{first}' is no quote of KQL; write '")),
                '–' | '—' | '−' => (end - start, format!("'{first}' is no minus; write -")),
                _ => (end - start, format!("{first:?} is no part of KQL")),
            };
            return Err(KqlError::syntax(&(start..start + length), text));
        };
        // No value begins with `*`, so that nothing else can be meant.
        if rest.starts_with("/*") {
            return Err(KqlError::syntax(
                &(start..start + 2),
                "a comment begins with //, and reaches to the end of its line",
            ));
        }
        self.at += mark.len();
        match first {
            '(' | '[' | '{' => {
                self.open.push((first, start));
                if self.open.len() > NESTING_LIMIT {
                    return Err(KqlError::syntax(
                        &(start..self.at),
                        format!("brackets nest deeper than {NESTING_LIMIT}"),
                    ));
                }
            }
            ')' | ']' | '}' => {
                let wanted = match first {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                match self.open.pop() {
                    Some((open, _)) if open == wanted => {}
                    Some((open, at)) => {
                        let text = format!("'{first}' does not close the '{open}' at {}", place(self.text, at));
                        return Err(KqlError::syntax(&(start..self.at), text));
                    }
                    None => return Err(KqlError::syntax(&(start..self.at), format!("'{first}' closes nothing"))),
                }
            }
            '-' | '+' => {
                let is_sign = |t: &Spanned| matches!(t.0, Token::Punctuation("-" | "+"));
                if self.tokens.iter().rev().take_while(|t| is_sign(t)).count() >= SIGN_LIMIT {
                    return Err(KqlError::syntax(&(start..self.at), "too many signs in a row"));
                }
            }
            _ => {}
        }
        self.push(Token::Punctuation(mark), start);
        Ok(())
    }
}

fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    format!("line {}, column {column}", before.matches('\n').count() + 1)
}

fn word_length(text: &str) -> usize {
    text.char_indices()
        .find(|(i, c)| !(c.is_alphanumeric() || *c == '_' || (*c == '$' && *i == 0)))
        .map_or(text.len(), |(i, _)| i)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        lex(text).unwrap().into_iter().map(|(t, _)| t.to_string()).collect()
    }

    #[test]
    fn words_and_operators() {
        assert_eq!(
            tokens("T | project-away a-b // x\n| where c !in~ (1)").join(" "),
            "T | project-away a - b | where c !in~ ( 1 )"
        );
        assert_eq!(tokens("1..5").join(" "), "1 .. 5");
        assert_eq!(tokens("1.5h 2d 30min").len(), 3);
    }

    #[test]
    fn literals_are_one_token() {
        assert_eq!(lex("datetime(2020-09-18 15:43)").unwrap().len(), 1);
        assert_eq!(lex(r#"dynamic({"a)":[1,2]})"#).unwrap().len(), 1);
        assert_eq!(lex(r#"@"\d+" h'x' "a\"b""#).unwrap().len(), 3);
        assert_eq!(lex("x:long, y:datetime)").map_err(|e| e.to_string()), Err("')' closes nothing".to_owned()));
    }

    #[test]
    fn wrong_text_is_told() {
        for wrong in ["(", "\"abc", "datetime(1", "(]", "1mins", "#", &"(".repeat(1000)] {
            assert!(lex(wrong).is_err(), "{wrong}");
        }
    }
}
