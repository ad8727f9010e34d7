//! Operators between texts: the `has` family by whole terms, `contains`, `startswith`, `endswith`, `=~`, `matches regex`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use regex::{Regex, RegexBuilder};

/// How the needle is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Search {
    /// As a whole term.
    Term,
    /// As the beginning of a term.
    TermPrefix,
    /// As the end of a term.
    TermSuffix,
    /// Anywhere.
    Contains,
    /// At the beginning.
    Starts,
    /// At the end.
    Ends,
    /// As the whole.
    Equals,
    /// As a regular expression.
    Matches,
}

/// An operator as it is written: how it searches, whether case matters, whether the answer is turned round.
pub fn operator(text: &str) -> Option<(Search, bool, bool)> {
    let (negated, text) = match text.strip_prefix('!') {
        Some("~") => (true, "=~"),
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (cased, text) = match text.strip_suffix("_cs") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let search = match text {
        "has" | ":" => Search::Term,
        "hasprefix" => Search::TermPrefix,
        "hassuffix" => Search::TermSuffix,
        "contains" => Search::Contains,
        "startswith" => Search::Starts,
        "endswith" => Search::Ends,
        "=~" => Search::Equals,
        "matches regex" => return Some((Search::Matches, true, negated)),
        _ => return None,
    };
    Some((search, cased, negated))
}

/// Compiles a needle once.
pub struct Needle {
    search: Search,
    regex: Regex,
    first_is_term: bool,
    last_is_term: bool,
    empty: bool,
}

impl Needle {
    /// The needle for one operator. The error says what is wrong with a regular expression.
    pub fn new(search: Search, cased: bool, text: &str) -> Result<Self, String> {
        let pattern = match search {
            Search::Matches => text.to_owned(),
            Search::Starts => format!(r"\A{}", regex::escape(text)),
            Search::Ends => format!(r"{}\z", regex::escape(text)),
            Search::Equals => format!(r"\A{}\z", regex::escape(text)),
            _ => regex::escape(text),
        };
        let regex = RegexBuilder::new(&pattern)
            .case_insensitive(!cased)
            .size_limit(4 << 20)
            .build()
            .map_err(|e| format!("'{text}' is no regular expression: {e}"))?;
        Ok(Self {
            search,
            regex,
            first_is_term: text.chars().next().is_some_and(is_term),
            last_is_term: text.chars().next_back().is_some_and(is_term),
            empty: text.is_empty(),
        })
    }

    /// Whether the needle is in the text.
    pub fn is_in(&self, text: &str) -> bool {
        let (before, after) = match self.search {
            Search::Term => (true, true),
            Search::TermPrefix => (true, false),
            Search::TermSuffix => (false, true),
            _ => return self.regex.is_match(text),
        };
        if self.empty {
            return true;
        }
        let mut from = 0;
        while let Some(found) = self.regex.find_at(text, from) {
            let joined_before = before
                && self.first_is_term
                && text.get(..found.start()).and_then(|t| t.chars().next_back()).is_some_and(is_term);
            let joined_after = after
                && self.last_is_term
                && text.get(found.end()..).and_then(|t| t.chars().next()).is_some_and(is_term);
            if !joined_before && !joined_after {
                return true;
            }
            // The next may begin inside this one.
            from = found.start() + text.get(found.start()..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8);
            if from > text.len() {
                return false;
            }
        }
        false
    }
}

/// Terms are runs of letters and digits.
fn is_term(c: char) -> bool {
    c.is_alphanumeric()
}

/// `text op needle`, without the negation.
pub fn call(search: Search, cased: bool, text: Expr, needle: Expr) -> Expr {
    ScalarUDF::from(Text { search, cased, signature: Signature::any(2, Volatility::Immutable) })
        .call(vec![text, needle])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Text {
    search: Search,
    cased: bool,
    signature: Signature,
}

impl ScalarUDFImpl for Text {
    fn name(&self) -> &'static str {
        match (self.search, self.cased) {
            (Search::Term, false) => "has",
            (Search::Term, true) => "has_cs",
            (Search::TermPrefix, false) => "hasprefix",
            (Search::TermPrefix, true) => "hasprefix_cs",
            (Search::TermSuffix, false) => "hassuffix",
            (Search::TermSuffix, true) => "hassuffix_cs",
            (Search::Contains, false) => "kql_contains",
            (Search::Contains, true) => "kql_contains_cs",
            (Search::Starts, false) => "kql_startswith",
            (Search::Starts, true) => "kql_startswith_cs",
            (Search::Ends, false) => "kql_endswith",
            (Search::Ends, true) => "kql_endswith_cs",
            (Search::Equals, _) => "kql_equals",
            (Search::Matches, _) => "kql_matches",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [text, needle] =
            <[ColumnarValue; 2]>::try_from(args.args).map_err(|_| exec_datafusion_err!("two texts expected"))?;
        let compile = |t: &str| Needle::new(self.search, self.cased, t).map_err(|e| exec_datafusion_err!("{e}"));
        let array = text.into_array(rows)?;
        let array = cast(&array, &DataType::Utf8View)?;
        let texts = array.as_string_view();
        let at = |row: usize| if texts.is_null(row) { "" } else { texts.value(row) };
        let mut out = BooleanBuilder::with_capacity(rows);
        if let ColumnarValue::Scalar(value) = &needle {
            let needle = compile(value.try_as_str().flatten().unwrap_or_default())?;
            (0..rows).for_each(|row| out.append_value(needle.is_in(at(row))));
        } else {
            let needles = cast(&needle.into_array(rows)?, &DataType::Utf8View)?;
            let needles = needles.as_string_view();
            let mut last: Option<(&str, Needle)> = None;
            for row in 0..rows {
                let wanted = if needles.is_null(row) { "" } else { needles.value(row) };
                if last.as_ref().is_none_or(|(text, _)| *text != wanted) {
                    last = Some((wanted, compile(wanted)?));
                }
                out.append_value(last.as_ref().is_some_and(|(_, needle)| needle.is_in(at(row))));
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_parts() {
        for (text, op, needle, is_in) in [
            ("hello-world", "has", "hello", true),
            ("helloworld", "has", "hello", false),
            ("HELLO", "has", "hello", true),
            ("HELLO", "has_cs", "hello", false),
            ("x", "has", "", true),
            ("un café ici", "has", "CAFÉ", true),
            ("aa a", "has", "a", true),
            ("error 500: Local", "has", "500: local", true),
            ("error 1500: Local", "has", "500: local", false),
            ("Username=xy", "has", "Username=x", false),
            ("Username=x", "has", "Username=x", true),
            ("a_b", "has", "a", true),
            ("hello world", "hasprefix", "wor", true),
            ("hello world", "hassuffix", "wor", false),
            ("Привет мир", "contains", "ПРИВ", true),
            ("abc", "startswith", "AB", true),
            ("abc", "endswith_cs", "BC", false),
            ("AbC", "=~", "aBc", true),
            ("a.c", "contains", ".", true),
            ("abc", "matches regex", "^a.c$", true),
        ] {
            let (search, cased, _) = operator(op).unwrap();
            assert_eq!(Needle::new(search, cased, needle).unwrap().is_in(text), is_in, "{text} {op} {needle}");
        }
        assert!(Needle::new(Search::Matches, true, "(").is_err());
    }
}
