//! What is wrong with a statement: in words, with a hint, and where.

use std::fmt;
use std::ops::Range;

use datafusion::common::{Column, SchemaError, Span};
use datafusion::error::DataFusionError;

use super::lex::{Dialect, is_word, looks_like_kql, tokens};
use super::nearest::{did_you_mean, nearest};

/// A mistake in a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it is, in the text that was parsed.
    pub place: Option<Place>,
    /// A name that only the session can find the nearest of.
    pub(super) about: Option<About>,
}

/// A place in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
    /// Characters; may reach beyond the line's end.
    pub length: usize,
}

impl Place {
    /// The place of some bytes of a text; of several lines, what is on the first.
    pub fn of(text: &str, bytes: Range<usize>) -> Self {
        let before = text.get(..bytes.start).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let marked = text.get(bytes).and_then(|t| t.split('\n').next()).unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            length: marked.chars().count().max(1),
        }
    }
}

/// What a hint is to be found for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    Table(String),
    TableFunction(String),
    Function(String),
    /// A function that is called wrongly.
    Call(String),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            Some(hint) => write!(f, "{}; {hint}", self.text.trim_end_matches('.')),
            None => f.write_str(&self.text),
        }
    }
}

impl From<String> for Mistake {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl Mistake {
    /// With a hint.
    pub fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Where it is in the statement; when nobody has said it, where the one call of the function is that it speaks of.
    pub fn place_in(&self, sql: &str) -> Option<Place> {
        if self.place.is_some() {
            return self.place;
        }
        let name = match &self.about {
            Some(About::Table(name) | About::TableFunction(name) | About::Function(name) | About::Call(name)) => name,
            None => self.text.split(|c: char| !is_word(c)).next().unwrap_or_default(),
        };
        let all = tokens(sql, Dialect::Sql);
        let mut calls = all
            .windows(2)
            .filter(|pair| matches!(pair, [name_token, open] if name_token.is(name) && open.is_symbol("(")));
        match (calls.next(), calls.next()) {
            (Some([call, _]), None) => Some(Place::of(sql, call.start..call.end())),
            _ => None,
        }
    }

    pub(super) fn unknown_table_function(name: &str) -> Self {
        Self::from(format!("table function '{name}' not found")).about(About::TableFunction(name.to_owned()))
    }

    fn about(mut self, about: About) -> Self {
        self.about = Some(about);
        self
    }

    /// Reads what DataFusion says.
    pub(super) fn of(error: &DataFusionError) -> Self {
        let mut mistake = match schema_error(error) {
            Some(SchemaError::FieldNotFound { field, valid_fields }) => unknown_column(field, valid_fields),
            Some(SchemaError::AmbiguousReference { field }) => ambiguous(field, error),
            _ => read(&plain(&error.strip_backtrace())),
        };
        if let Some(span) = error.diagnostic().and_then(|d| d.span) {
            mistake.place = Some(span.into());
        }
        mistake
    }

    /// What the parser says about a text.
    pub(super) fn of_syntax(error: &DataFusionError, sql: &str) -> Self {
        let mut mistake = Self::of(error);
        let at_end = mistake.place.is_none() && mistake.text.ends_with("the end of the statement");
        if at_end {
            mistake.place = Some(end(sql));
        }
        if let Some(place) = &mut mistake.place {
            place.length = token_length(sql, *place);
        }
        if looks_like_kql(sql) {
            mistake.hint = Some("this looks like KQL: switch with .lang kql, or start with --lang kql".to_owned());
        }
        mistake
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let length = match span.start.line == span.end.line {
            true => number(span.end.column.saturating_sub(span.start.column)).max(1),
            false => usize::MAX,
        };
        Self { line: number(span.start.line), column: number(span.start.column), length }
    }
}

/// The end of what is written.
fn end(sql: &str) -> Place {
    let written = sql.trim_end();
    let written = written.strip_suffix(';').unwrap_or(written).trim_end();
    let last = written.rsplit('\n').next().unwrap_or_default();
    Place { line: written.matches('\n').count() + 1, column: last.chars().count() + 1, length: 1 }
}

/// How long the token at a place is, within its line.
fn token_length(sql: &str, place: Place) -> usize {
    let before: usize = sql.split_inclusive('\n').take(place.line.saturating_sub(1)).map(str::len).sum();
    let line = sql.get(before..).unwrap_or_default();
    let at = line.char_indices().nth(place.column.saturating_sub(1)).map_or(line.len(), |(i, _)| i) + before;
    let found = tokens(sql, Dialect::Sql).into_iter().find(|t| t.start == at);
    found.and_then(|t| t.text.split('\n').next().map(|l| l.chars().count())).unwrap_or(1).max(1)
}

fn schema_error(error: &DataFusionError) -> Option<&SchemaError> {
    match error {
        DataFusionError::SchemaError(e, _) => Some(e),
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => schema_error(inner),
        DataFusionError::Shared(inner) => schema_error(inner),
        DataFusionError::Collection(all) => all.first().and_then(schema_error),
        _ => None,
    }
}

/// Columns that are named when none is near.
const SOME: usize = 6;

fn unknown_column(field: &Column, valid: &[Column]) -> Mistake {
    let tables = distinct(valid.iter().filter_map(|c| Some(c.relation.as_ref()?.table())));
    let own = field.relation.as_ref().map(|r| r.table());
    if let Some(own) = own.filter(|own| !tables.is_empty() && tables.iter().all(|t| t != own)) {
        let near = nearest(own, tables.iter().copied(), 1);
        let hint = did_you_mean(&near).unwrap_or_else(|| format!("there is {}", tables.join(", ")));
        let text = format!("the statement has no table or alias '{own}' for column '{}'", field.name);
        return Mistake::from(text).hint(Some(hint));
    }
    let names = distinct(
        valid
            .iter()
            .filter(|c| own.is_none() || c.relation.as_ref().map(|r| r.table()) == own)
            .map(|c| c.name.as_str()),
    );
    let place = own.or(if let [one] = tables.as_slice() { Some(*one) } else { None });
    let text = match place {
        Some(table) => format!("column '{}' not found in {table}", field.name),
        None => format!("column '{}' not found", field.name),
    };
    let near: Vec<String> = nearest(&field.name, names.iter().copied(), 3).into_iter().map(spelled).collect();
    let hint = did_you_mean(&near).or_else(|| {
        // An unquoted name has been folded to lower case: this one stood in double quotes.
        let quoted = field.name.chars().any(|c| c.is_uppercase() || !(c.is_alphanumeric() || c == '_'));
        if quoted && own.is_none() {
            return Some(format!("a text stands in single quotes: '{}'", field.name.replace('\'', "''")));
        }
        let more = if names.len() > SOME { ", ..." } else { "" };
        let some: Vec<String> = names.iter().take(SOME).map(|n| spelled(n)).collect();
        (!some.is_empty()).then(|| format!("there are {}{more}", some.join(", ")))
    });
    Mistake::from(text).hint(hint)
}

/// A column as it can be written.
fn spelled(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut known = hashbrown::HashSet::new();
    names.filter(|name| known.insert(*name)).collect()
}

fn ambiguous(field: &Column, error: &DataFusionError) -> Mistake {
    let notes = error.diagnostic().map(|d| d.notes.as_slice()).unwrap_or_default();
    let possible: Vec<&str> = notes.iter().filter_map(|n| n.message.strip_prefix("possible column ")).collect();
    let hint = match possible.split_last() {
        Some((last, [])) => format!("write {last}"),
        Some((last, others)) => format!("write {} or {last}", others.join(", ")),
        None => format!("write the table before it: t.{}", field.name),
    };
    Mistake::from(format!("column '{}' is in several tables", field.name)).hint(Some(hint))
}

/// Reads a message without the layers' own names.
fn read(text: &str) -> Mistake {
    if let Some(parser) = text.strip_prefix("ParserError(\"").or_else(|| text.strip_prefix("TokenizerError(\"")) {
        return syntax(&parser.strip_suffix("\")").unwrap_or(parser).replace("\\\"", "\"").replace("\\'", "'"));
    }
    if let Some(name) = text.strip_prefix("Invalid function '").and_then(|t| t.split("'.\n").next()) {
        return Mistake::from(format!("function '{name}' not found")).about(About::Function(name.to_owned()));
    }
    // The catalog and the default schema are nothing that a user has named.
    let text = text.replace("tunnelql.logs.", "").replace("'tunnelql.system.", "'system.");
    if let Some(name) = between(&text, "table '", "' not found") {
        let name = name.to_owned();
        return Mistake::from(text).about(About::Table(name));
    }
    if let Some(name) = between(&text, "table function '", "' not found") {
        let name = name.to_owned();
        return Mistake::from(text).about(About::TableFunction(name));
    }
    if let Some(call) = wrong_call(&text) {
        return call;
    }
    if text.starts_with("Column in ")
        && let Some((_, rest)) = text.split_once(", column \"")
        && let Some((column, _)) = rest.split_once("\" must appear in the GROUP BY clause")
    {
        return Mistake::from(format!("column '{column}' is neither in GROUP BY nor in an aggregate function"));
    }
    Mistake::from(with_type_names(&text))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// `Expected: X, found: Y at Line: 1, Column: 2`.
fn syntax(text: &str) -> Mistake {
    let (said, place) = match text.rsplit_once(" at Line: ") {
        Some((said, at)) => {
            let numbers = at.split_once(", Column: ").and_then(|(line, column)| {
                let line = line.trim().parse().ok()?;
                let digits = column.find(|c: char| !c.is_ascii_digit()).unwrap_or(column.len());
                Some(Place { line, column: column.get(..digits)?.parse().ok()?, length: 1 })
            });
            (said, numbers)
        }
        None => (text, None),
    };
    let said = match said.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: ")) {
        Some((expected, "EOF")) => format!("expected {expected}, found the end of the statement"),
        Some((expected, found)) => format!("expected {expected}, found {found}"),
        None => said.strip_prefix("sql parser error: ").unwrap_or(said).to_owned(),
    };
    Mistake { place, ..Mistake::from(format!("syntax error: {said}")) }
}

/// A function that does not take what it is given. DataFusion lists every signature, and calls some of it a bug of its own.
fn wrong_call(text: &str) -> Option<Mistake> {
    let (said, call) = text.split_once("No function matches the given name and argument types '")?;
    let (call, candidates) = call.split_once("'. You might need to add explicit type casts.")?;
    let name = call.split('(').next().unwrap_or(call).to_owned();
    // The innermost message, when it says more than that there are many signatures.
    let own = said.rsplit("failed with: ").next().unwrap_or(said).trim().trim_end_matches('.');
    let own = own.strip_prefix("Error during planning: ").unwrap_or(own);
    let vague =
        own.is_empty() || own.contains("failed to match any signature") || own.contains("Error during planning");
    let text = match own.strip_prefix(&format!("Function '{name}' expects ")) {
        Some(counts) if !vague => format!("{name} expects {}", counts.replace("1 arguments", "1 argument")),
        _ if vague => format!("there is no {}", with_type_names(call)),
        _ => with_type_names(own),
    };
    let mut mistake = Mistake::from(text).about(About::Call(name));
    let signatures: Vec<String> =
        candidates.lines().map(str::trim).filter(|l| l.ends_with(')')).map(with_type_names).collect();
    // `\t` comes as two characters where an error was made of an error.
    let signatures: Vec<&str> = signatures.iter().map(|s| s.trim_start_matches("\\t")).collect();
    if !signatures.is_empty() && !signatures.iter().any(|s| s.contains("UserDefined")) {
        let more = if signatures.len() > 3 { ", ..." } else { "" };
        mistake.hint = Some(format!("it takes {}{more}", signatures.get(..3).unwrap_or(&signatures).join(", ")));
    }
    Some(mistake)
}

/// Arrow's names of types as SQL has them.
const TYPES: &[(&str, &str)] = &[
    ("Timestamp(ns, \"UTC\")", "timestamp"),
    ("Timestamp(ns)", "timestamp"),
    ("Timestamp(us, \"UTC\")", "timestamp"),
    ("Interval(MonthDayNano)", "interval"),
    ("LargeUtf8", "varchar"),
    ("Utf8View", "varchar"),
    ("Utf8", "varchar"),
    ("Int64", "bigint"),
    ("Int32", "integer"),
    ("Float64", "double"),
    ("Boolean", "boolean"),
    ("Date32", "date"),
];

/// The same text with types as SQL calls them; texts in quotes stay.
fn with_type_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut quoted, mut before) = (text, false, ' ');
    while let Some(c) = rest.chars().next() {
        let found = TYPES.iter().find(|(arrow, _)| {
            let after = rest.strip_prefix(arrow).map(|r| r.chars().next().unwrap_or(' '));
            !quoted && !before.is_alphanumeric() && after.is_some_and(|c| !c.is_alphanumeric())
        });
        match found {
            Some((arrow, sql)) => {
                out.push_str(sql);
                rest = rest.get(arrow.len()..).unwrap_or_default();
                before = ')';
            }
            None => {
                out.push(c);
                quoted ^= c == '\'';
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                before = c;
            }
        }
    }
    out
}

/// Without the layers' own names, which say nothing to a user.
fn plain(text: &str) -> String {
    let mut text = text.rsplit("\ncaused by\n").next().unwrap_or(text).trim();
    for prefix in ["Error during planning: ", "SQL error: ", "Schema error: ", "Execution error: ", "Arrow error: "] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    for prefix in ["Cast error: ", "Parser error: ", "This feature is not implemented: "] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        read(&plain(text)).to_string()
    }

    #[test]
    fn messages_in_words() {
        for (text, wanted) in [
            (
                "SQL error: ParserError(\"Expected: an expression, found: EOF\")",
                "syntax error: expected an expression, found the end of the statement",
            ),
            (
                "SQL error: ParserError(\"Expected: end of statement, found: | at Line: 1, Column: 26\")",
                "syntax error: expected end of statement, found |",
            ),
            (
                "SQL error: TokenizerError(\"Unterminated string literal at Line: 1, Column: 8\")",
                "syntax error: Unterminated string literal",
            ),
            ("Error during planning: table 'tunnelql.logs.tunels' not found", "table 'tunels' not found"),
            ("Error during planning: table 'tunnelql.system.x' not found", "table 'system.x' not found"),
            ("Error during planning: Invalid function 'cout'.\nDid you mean 'cot'?", "function 'cout' not found"),
            (
                "Error during planning: Function 'ike_error' user-defined coercion failed with: Error during planning: ike_error takes a text, not Float64. No function matches the given name and argument types 'ike_error(Float64)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tike_error(UserDefined)",
                "ike_error takes a text, not double",
            ),
            (
                "Error during planning: Function 'upper' expects 1 arguments but received 2. No function matches the given name and argument types 'upper(Int64, Int64)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tupper(String)",
                "upper expects 1 argument but received 2; it takes upper(String)",
            ),
            (
                "Error during planning: Internal error: Function 'sum' failed to match any signature, errors: Error during planning: x.\nThis issue was likely caused by a bug. No function matches the given name and argument types 'sum(Utf8, Int64)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tsum(Decimal)\n\tsum(UInt64)\n\tsum(Int64)\n\tsum(Float64)",
                "there is no sum(varchar, bigint); it takes sum(Decimal), sum(UInt64), sum(bigint), ...",
            ),
            (
                "Error during planning: Cannot coerce arithmetic expression Utf8View + Int64 to valid types",
                "Cannot coerce arithmetic expression varchar + bigint to valid types",
            ),
            (
                "Arrow error: Cast error: Cannot cast string 'Utf8' to value of Int32 type",
                "Cannot cast string 'Utf8' to value of integer type",
            ),
            (
                "Error during planning: Column in SELECT must be in GROUP BY or an aggregate function: While expanding wildcard, column \"t.a\" must appear in the GROUP BY clause or must be part of an aggregate function, currently only \"count(Int64(1))\" appears",
                "column 't.a' is neither in GROUP BY nor in an aggregate function",
            ),
            ("", ""),
        ] {
            assert_eq!(said(text), wanted);
        }
    }

    #[test]
    fn columns() {
        let valid: Vec<Column> =
            ["t.time", "t.gateway", "t.remote_ip", "t.a", "t.b", "t.c", "t.d", "u.time", "u.Resource"]
                .into_iter()
                .map(|c| c.split_once('.').map(|(t, c)| Column::new(Some(t), c)).unwrap())
                .collect();
        for (field, wanted) in [
            (Column::new_unqualified("remoteip"), "column 'remoteip' not found; did you mean remote_ip?"),
            (Column::new(Some("t"), "gatway"), "column 'gatway' not found in t; did you mean gateway?"),
            (
                Column::new(Some("x"), "time"),
                "the statement has no table or alias 'x' for column 'time'; there is t, u",
            ),
            (
                Column::new_unqualified("zzz"),
                "column 'zzz' not found; there are time, gateway, remote_ip, a, b, c, ...",
            ),
            (
                Column::new_unqualified("Not Here"),
                "column 'Not Here' not found; a text stands in single quotes: 'Not Here'",
            ),
            (Column::new(Some("u"), "zzz"), "column 'zzz' not found in u; there are time, Resource"),
        ] {
            assert_eq!(unknown_column(&field, &valid).to_string(), wanted);
        }
        assert_eq!(unknown_column(&Column::new_unqualified("nix"), &[]).to_string(), "column 'nix' not found");
    }

    #[test]
    fn places() {
        let place = |text: &str| syntax(text).place.map(|p| (p.line, p.column));
        assert_eq!(place("Unexpected end at Line: 3, Column: 14"), Some((3, 14)));
        assert_eq!(place("x at Line: 3"), None);
        let of = |text: &str, bytes| {
            let p = Place::of(text, bytes);
            (p.line, p.column, p.length)
        };
        assert_eq!((of("a\n日本 x", 9..10), of("ab\nc", 1..4), of("a", 5..9)), ((2, 4, 1), (1, 2, 1), (1, 2, 1)));
        let at = |sql: &str| (end(sql).line, end(sql).column);
        assert_eq!((at("SELECT\n 1 + ;\n"), at(""), at("日本")), ((2, 5), (1, 1), (1, 3)));
        let length = |sql: &str, line, column| token_length(sql, Place { line, column, length: 1 });
        assert_eq!((length("SELECT\n 日本語 x", 2, 2), length("a", 1, 2), length("a", 9, 9)), (3, 1, 1));
        assert_eq!(length("'open\nmore", 1, 1), 5);
        let call = |text: &str, sql: &str| read(text).place_in(sql).map(|p| (p.line, p.column, p.length));
        assert_eq!(call("failovers: within cannot be 5", "SELECT 1\nFROM failovers(5)"), Some((2, 6, 9)));
        assert_eq!(call("table function 'f' not found", "SELECT f FROM F(a)"), Some((1, 15, 1)));
        assert_eq!(call("upper expects 1", "SELECT upper(1), upper(2)"), None);
        assert_eq!(call("", "SELECT 1"), None);
    }
}
