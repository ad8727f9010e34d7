//! What is usually meant where the parser stops: habits of SQL and of other languages, and small slips. Each says what to
//! write instead.

use super::Place;
use super::expression::{TEXT_OPERATORS, is_operator_word};
use super::operators::OPERATORS;
use crate::error::{KqlError, Span, nearest};
use crate::lex::Token;
use crate::types::{Kind, Literal};

/// Words that begin a statement of SQL.
const SQL: &[&str] =
    &["select", "with", "insert", "update", "delete", "create", "drop", "alter", "describe", "explain"];

/// The tokens round the place where the parser stopped.
struct Around<'a> {
    text: &'a str,
    tokens: &'a [(Token, Place)],
    at: usize,
}

/// What to say of an error of the parser that stopped at byte `stopped`, when it is a usual one.
pub fn slip(text: &str, tokens: &[(Token, Place)], stopped: usize) -> Option<KqlError> {
    let at = tokens.iter().position(|(_, span)| span.start >= stopped).unwrap_or(tokens.len());
    let around = Around { text, tokens, at };
    // The first that knows the slip says it; what is wrong with the whole comes before what is wrong with a word.
    [Around::statement, Around::missing, Around::mark, Around::word, Around::separator]
        .iter()
        .find_map(|rule| rule(&around))
}

/// The spelling in KQL of an operator that another language writes so.
pub fn known_operator(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "select" | "fields" | "table" => "project chooses columns",
        "from" => "a query begins with its table: T | where ...",
        "group" | "groupby" | "stats" | "aggregate" => "groups are made by summarize: summarize count() by a",
        "having" => "write where behind summarize",
        "head" | "first" => "take gives some rows, and top the first by an order: top 10 by a",
        "tail" | "last" => "top gives the first rows by an order: top 10 by a desc",
        "eval" | "let" => "extend adds a column: extend a = ...; a let stands before the query, and ends with ';'",
        "rename" => "write project-rename new = old",
        "drop" => "project-away leaves columns out",
        "uniq" | "unique" | "dedup" => "write distinct, or summarize arg_max(TimeGenerated, *) by a",
        "print" | "range" | "datatable" => "a query begins with it; no '|' stands before it",
        "chart" | "plot" => "write render timechart",
        _ => return None,
    })
}

impl<'a> Around<'a> {
    fn token(&self, back: usize) -> Option<&'a Token> {
        self.tokens.get(self.at.checked_sub(back)?).map(|(token, _)| token)
    }

    fn span(&self, back: usize) -> Span {
        let end = self.text.len()..self.text.len();
        self.at.checked_sub(back).and_then(|i| self.tokens.get(i)).map_or(end, |(_, span)| span.into_range())
    }

    fn word_at(&self, back: usize) -> Option<&'a str> {
        match self.token(back) {
            Some(Token::Word(word) | Token::Source(word)) => Some(word),
            _ => None,
        }
    }

    fn is(&self, back: usize, mark: &str) -> bool {
        matches!(self.token(back), Some(Token::Punctuation(p)) if *p == mark)
    }

    fn told(&self, back: usize, text: impl Into<String>) -> Option<KqlError> {
        Some(KqlError::syntax(&self.span(back), text))
    }

    /// Where the statement begins.
    fn first(&self) -> usize {
        let before = self.tokens.get(..self.at).unwrap_or_default();
        before.iter().rposition(|(t, _)| *t == Token::Punctuation(";")).map_or(0, |i| i + 1)
    }

    /// The word of the operator, when the parser stopped in it outside brackets.
    fn operator(&self) -> Option<&'a str> {
        let mut depth = 0usize;
        for back in 1..=self.at {
            match self.token(back)? {
                Token::Punctuation(")" | "]" | "}") => depth += 1,
                Token::Punctuation("(" | "[" | "{") => depth = depth.checked_sub(1)?,
                Token::Punctuation("|") if depth == 0 => return self.word_at(back - 1),
                Token::Punctuation(";") if depth == 0 => return None,
                _ => {}
            }
        }
        None
    }

    /// The word before the innermost bracket that is open.
    fn call(&self) -> Option<&'a str> {
        let mut depth = 0usize;
        for back in 1..=self.at {
            match self.token(back)? {
                Token::Punctuation(")" | "]" | "}") => depth += 1,
                Token::Punctuation("(" | "[" | "{") if depth == 0 => return self.word_at(back + 1),
                Token::Punctuation("(" | "[" | "{") => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// A statement that is none.
    fn statement(&self) -> Option<KqlError> {
        let first = self.first();
        let (token, span) = self.tokens.get(first)?;
        let follows_name = |word: &str| match self.tokens.get(first + 1) {
            Some((Token::Word(next), _)) => !OPERATORS.contains(&next.as_str()) && !is_operator_word(next),
            Some((Token::Punctuation(mark), _)) => *mark == "*" && word == "select",
            Some((Token::Value(..) | Token::Source(_), _)) => true,
            None => false,
        };
        match token {
            Token::Punctuation("|") if self.at == first => {
                Some(KqlError::syntax(&span.into_range(), "a table stands before the first '|': T | count"))
            }
            Token::Word(word) => {
                let word = word.to_lowercase();
                if SQL.contains(&word.as_str()) && self.at > first && follows_name(&word) {
                    let text = "this is SQL; a query in KQL begins with its table: T | where ... | project ...";
                    return Some(KqlError::syntax(&span.into_range(), text));
                }
                // What stands on a line of its own behind a `let` is the next statement.
                let between = self.text.get(self.span(1).end..self.span(0).start).unwrap_or_default();
                let goes_on = word == "let" && self.at > first + 3 && between.contains('\n');
                if goes_on && matches!(self.token(0), Some(Token::Word(_) | Token::Source(_))) {
                    return self.told(1, "a ';' is missing behind this let");
                }
                None
            }
            _ => None,
        }
    }

    /// Something that is not there.
    fn missing(&self) -> Option<KqlError> {
        let ends = matches!(self.token(0), None | Some(Token::Punctuation("|" | ";" | ")" | "]" | "}" | ",")));
        if !ends {
            return None;
        }
        if self.is(1, "|") {
            if self.is(0, "|") {
                let joined = self.span(1).end == self.span(0).start;
                return self.told(
                    0,
                    if joined {
                        "conditions are joined by the word or"
                    } else {
                        "an operator is missing between two '|'"
                    },
                );
            }
            return self.told(1, "nothing stands behind this '|'");
        }
        if self.is(1, ",") && !self.is(0, ",") {
            return self.told(1, "nothing stands behind this ','");
        }
        let wanted = match self.word_at(1) {
            _ if !self.is(2, "|") => return self.join_without_on(),
            None => return None,
            Some(word) => word,
        };
        let wanted = match wanted {
            word @ ("take" | "limit" | "sample") => format!("{word} needs a number of rows: {word} 10"),
            "top" => "top needs a number of rows and an order: top 10 by a desc".to_owned(),
            word @ ("where" | "filter") => format!("{word} needs a condition: {word} a == 'x'"),
            word @ ("sort" | "order") => format!("{word} needs an order: {word} by a desc"),
            word @ ("distinct" | "mv-expand" | "project-away" | "project-keep" | "project-reorder") => {
                format!("{word} needs a column: {word} a")
            }
            word @ "extend" => format!("{word} needs a column: {word} a = b"),
            "project-rename" => "project-rename needs a column: project-rename new = old".to_owned(),
            "render" => "render needs a chart: render timechart".to_owned(),
            word @ ("join" | "lookup") => format!("{word} needs a table and a column: {word} (T) on a"),
            _ => return None,
        };
        self.told(1, wanted)
    }

    /// `join (T)` and no more.
    fn join_without_on(&self) -> Option<KqlError> {
        let word = self.operator().filter(|o| matches!(*o, "join" | "lookup"))?;
        let begins = self.tokens.get(..self.at)?.iter().rposition(|(t, _)| *t == Token::Word(word.to_owned()))?;
        let has_on = self.tokens.get(begins..self.at)?.iter().any(|(t, _)| *t == Token::Word("on".to_owned()));
        if has_on || self.at < begins + 2 {
            None
        } else {
            self.told(0, format!("the column is missing: {word} (T) on a"))
        }
    }

    /// A mark that means something else, or stands at the wrong place.
    fn mark(&self) -> Option<KqlError> {
        match self.token(0)? {
            Token::Punctuation("=") if self.is(1, "==") => self.told(0, "two '=' compare: =="),
            Token::Punctuation("=") => self.told(0, "'==' compares; a single '=' gives a name to what is behind it"),
            Token::Punctuation("(") if self.word_at(1) == Some("count") && self.is(2, "|") => self.told(
                1,
                "the operator count has no brackets; the function stands in summarize: summarize count() by a",
            ),
            // `cluster('x').database('y')`: the first is told by its name.
            Token::Punctuation("(") if self.is(2, ".") => match self.word_at(6) {
                Some(place @ ("cluster" | "workspace" | "adx" | "arg")) => {
                    Some(KqlError::unsupported(&self.span(6), format!("{place}()")))
                }
                _ => None,
            },
            Token::Punctuation(",") if matches!(self.operator(), Some("where" | "filter")) => {
                self.told(0, "conditions are joined by the word and")
            }
            Token::Punctuation(",") if matches!(self.call(), Some("between" | "!between")) => {
                self.told(0, "the ends of between are joined by two dots: between (a .. b)")
            }
            _ => None,
        }
    }

    /// A word that KQL has not, or writes otherwise.
    fn word(&self) -> Option<KqlError> {
        match self.word_at(1) {
            Some("between" | "!between") if !self.is(0, "(") => {
                return self.told(0, "the ends of between stand in brackets: between (a .. b)");
            }
            Some(list @ ("in" | "!in" | "in~" | "!in~" | "has_any" | "has_all")) if !self.is(0, "(") => {
                return self.told(0, format!("the list of {list} stands in brackets: {list} ('a', 'b')"));
            }
            Some("sort" | "order") if self.is(2, "|") => return self.told(0, "by is missing: sort by a desc"),
            _ => {}
        }
        let word = self.word_at(0)?;
        if self.word_at(2) == Some("top") && self.is(3, "|") {
            return self.told(0, "by is missing: top 10 by a desc");
        }
        if self.word_at(1) == Some("not") {
            return self.told(1, "not is a function: not(a == 'x')");
        }
        let small = word.to_lowercase();
        let next = self.tokens.get(self.at + 1).map(|(token, _)| token);
        match small.as_str() {
            "like" | "ilike" | "rlike" => {
                return self.told(0, "texts are compared by contains, has, startswith, endswith and matches regex");
            }
            "is" => {
                return self.told(
                    0,
                    "nulls are found by isnull(a) and isnotnull(a); texts are never null: isempty(a), isnotempty(a)",
                );
            }
            "not" => {
                let text = match next {
                    Some(Token::Word(next)) if is_operator_word(&next.to_lowercase()) => {
                        format!("the negation is written !{}", next.to_lowercase())
                    }
                    _ => "not is a function: not(a == 'x')".to_owned(),
                };
                return self.told(0, text);
            }
            "as" => return self.told(0, "the name stands first: name = value"),
            "group" => return self.told(0, "groups are named by the word by: summarize count() by a"),
            "when" => return self.told(0, "case is a function: case(condition, value, otherwise)"),
            _ => {}
        }
        if small != word && is_operator_word(&small) {
            return self.told(0, format!("write {small}: upper and lower case differ in KQL"));
        }
        if let (Some(Token::Value(Kind::Int | Kind::Long | Kind::Real, value)), Some(unit)) =
            (self.token(1), unit(&small))
        {
            let number = match value {
                Literal::Long(n) => n.to_string(),
                Literal::Real(n) => n.to_string(),
                _ => return None,
            };
            return self.told(0, format!("a timespan is written without a space: {number}{unit}"));
        }
        // `a where b`: the mark before an operator is missing.
        if OPERATORS.contains(&small.as_str()) && self.at > self.first() {
            return self.told(0, format!("an operator begins with '|': | {small} ..."));
        }
        let compares = matches!(next, Some(Token::Value(Kind::String, _)));
        if compares && let Some(near) = nearest(word, TEXT_OPERATORS.iter().copied()) {
            return Some(KqlError::Unknown {
                what: "operator",
                name: word.to_owned(),
                span: self.span(0),
                hint: Some(format!("did you mean '{near}'?")),
            });
        }
        None
    }

    /// A `,` too few or too many.
    fn separator(&self) -> Option<KqlError> {
        if self.word_at(1) == Some("by") && self.is(2, ",") && self.operator() == Some("summarize") {
            return self.told(2, "no ',' stands before by");
        }
        let listed = matches!(self.operator(), Some("project" | "extend" | "summarize" | "distinct"));
        let begins = matches!(self.token(0), Some(Token::Word(_) | Token::Value(..)));
        let ended = match self.token(1) {
            Some(Token::Word(word)) => !OPERATORS.contains(&word.as_str()) && !is_operator_word(word) && word != "by",
            Some(Token::Value(..) | Token::Punctuation(")" | "]")) => true,
            _ => false,
        };
        if listed && begins && ended { self.told(0, "a ',' is missing before this") } else { None }
    }
}

/// The letter of a unit of time.
fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "d" | "day" | "days" => "d",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        _ => return None,
    })
}
