//! What fits a place of a statement in SQL.

use super::keywords::{self, is_reserved};
use super::scope::{Relation, Statement};
use super::vocabulary::{Argument, Table, TableFunction, Vocabulary};
use super::{Candidate, Kind, Pool};
use crate::engine::lex::{Dialect, Token, TokenKind, is_word, tokens};

/// Completes at `cursor`; the statement begins at `from` or behind a semicolon.
pub fn complete(text: &str, cursor: usize, from: usize, vocabulary: &Vocabulary) -> (usize, Vec<Candidate>) {
    let (before, after) = (text.get(from..cursor).unwrap_or_default(), text.get(cursor..).unwrap_or_default());
    let mut left = tokens(before, Dialect::Sql);
    let typed = match left.last() {
        Some(last) if last.kind == TokenKind::Comment && last.end() == before.len() => {
            let goes_on = !last.closed || last.text.starts_with("--");
            if goes_on {
                return (cursor, Vec::new());
            }
            None
        }
        Some(last) if last.end() == before.len() => match last.kind {
            TokenKind::Word | TokenKind::Number | TokenKind::Parameter => left.pop(),
            TokenKind::Text | TokenKind::Quoted if !last.closed => left.pop(),
            _ => None,
        },
        _ => None,
    };
    if let Some(semicolon) = left.iter().rposition(|t| t.is_symbol(";")) {
        left.drain(..=semicolon);
    }
    left.retain(|t| t.kind != TokenKind::Comment);
    let at = left.len();
    let rest = behind(after, typed.as_ref());
    let right = tokens(rest, Dialect::Sql).into_iter().take_while(|t| !t.is_symbol(";"));
    left.extend(right.filter(|t| t.kind != TokenKind::Comment));
    let start = typed.map_or(cursor, |t| from + t.start);
    let place =
        Place { statement: Statement::new(&left, vocabulary), at, typed, call: rest.starts_with('('), vocabulary };
    (start, place.candidates())
}

/// The text behind the word or the quotes that the cursor is in.
fn behind<'a>(after: &'a str, typed: Option<&Token<'_>>) -> &'a str {
    match typed {
        Some(t) if t.kind == TokenKind::Text || t.kind == TokenKind::Quoted => {
            let quote = t.text.chars().next().unwrap_or('\'');
            // An even number of quotes are those of other texts.
            let closing = after.matches(quote).count() % 2 == 1;
            let end = if closing { after.find(quote).map_or(0, |i| i + quote.len_utf8()) } else { 0 };
            after.get(end..).unwrap_or_default()
        }
        Some(_) => after.trim_start_matches(is_word),
        None => after,
    }
}

/// The cursor in its statement.
struct Place<'t, 'v> {
    statement: Statement<'t, 'v>,
    /// Tokens before the cursor.
    at: usize,
    /// What is being typed.
    typed: Option<Token<'t>>,
    /// A bracket follows.
    call: bool,
    vocabulary: &'v Vocabulary,
}

/// The call that the cursor is in.
struct Call<'v> {
    function: &'v TableFunction,
    open: usize,
}

impl Place<'_, '_> {
    fn candidates(&self) -> Vec<Candidate> {
        match self.typed.map(|t| t.kind) {
            Some(TokenKind::Text) => return self.values(true),
            Some(TokenKind::Number) => return Vec::new(),
            Some(TokenKind::Parameter) => {
                let mut pool = Pool::new(self.text());
                for name in &self.vocabulary.parameters {
                    pool.beginning(&format!("${name}"), format!("${name}"), format!("${name}"), Kind::Word);
                }
                return pool.sorted();
            }
            _ => {}
        }
        let last = self.statement.at(self.at.wrapping_sub(1));
        let Some(last) = last else { return self.words(keywords::STATEMENT) };
        if last.is_symbol(".") {
            return self.qualified();
        }
        if self.wants_relation() {
            return self.relations();
        }
        if let Some(call) = self.table_call() {
            return self.arguments(&call);
        }
        if last.is_symbol("::") || (last.is("AS") && self.in_cast()) {
            return self.words(keywords::TYPES);
        }
        let quoted = self.typed.is_some_and(|t| t.kind == TokenKind::Quoted);
        let clause = self.clause();
        if last.is("AS") {
            // A new name; behind `WITH x AS` and `CREATE VIEW x AS` a query.
            let query = ["WITH", "VIEW", "TABLE"].iter().any(|k| clause.is_some_and(|c| c.is(k)));
            return if query { self.words(&["SELECT", "WITH"]) } else { Vec::new() };
        }
        if !quoted && let Some(list) = keywords::follows(last.text).filter(|_| last.kind == TokenKind::Word) {
            return self.words(list);
        }
        let Some(clause) = clause else {
            let inside = last.is_symbol("(");
            return if inside { self.words(&["SELECT", "WITH", "VALUES"]) } else { self.words(keywords::STATEMENT) };
        };
        if clause.is("LIMIT") || clause.is("OFFSET") {
            return Vec::new();
        }
        let ends_operand = last.is_symbol(")")
            || last.is_symbol("]")
            || matches!(last.kind, TokenKind::Quoted | TokenKind::Text | TokenKind::Number | TokenKind::Parameter)
            || last.is_symbol("*") && self.star_is_all()
            || last.kind == TokenKind::Word
                && (!is_reserved(last.text) || ["NULL", "TRUE", "FALSE", "END"].iter().any(|k| last.is(k)));
        if clause.is("FROM") || clause.is("JOIN") {
            return if ends_operand { self.words(keywords::RELATION) } else { self.relations() };
        }
        if ends_operand && !quoted {
            let clause = clause.text.to_ascii_uppercase();
            let mut list = keywords::OPERATOR.to_vec();
            if clause == "ORDER" || clause == "SELECT" {
                list.splice(0..0, keywords::after_value(&clause).iter().copied());
            } else {
                list.extend(keywords::after_value(&clause));
            }
            if last.is("DESC") || last.is("ASC") {
                list = vec!["NULLS FIRST", "NULLS LAST", "LIMIT"];
            }
            return self.words(&list);
        }
        if last.is("ASC") || last.is("DESC") {
            return self.words(&["NULLS FIRST", "NULLS LAST", "LIMIT"]);
        }
        self.operands(last)
    }

    fn text(&self) -> &str {
        self.typed.map_or("", |t| t.text)
    }

    /// `SELECT *` and `t.*`, not a product.
    fn star_is_all(&self) -> bool {
        let before = self.at.checked_sub(2).and_then(|i| self.statement.at(i));
        before.is_none_or(|t| t.is_symbol(".") || t.is_symbol(",") || t.is("SELECT") || t.is("DISTINCT"))
    }

    /// The keyword that begins the clause of the cursor. Brackets of calls belong to the clause around them.
    fn clause(&self) -> Option<&Token<'_>> {
        const CLAUSES: &[&str] = &[
            "SELECT",
            "FROM",
            "JOIN",
            "ON",
            "USING",
            "WHERE",
            "GROUP",
            "ORDER",
            "PARTITION",
            "HAVING",
            "QUALIFY",
            "LIMIT",
            "OFFSET",
            "VALUES",
            "SET",
            "WITH",
            "VIEW",
            "TABLE",
        ];
        let scope = self.statement.scope(self.at);
        // `extract(hour FROM time)` begins no clause.
        let open = self.open().filter(|_| self.in_extract());
        let mut i = self.at;
        while let Some(before) = self.statement.before(i).filter(|b| *b >= scope.start) {
            let token = self.statement.at(before)?;
            if open.is_none_or(|open| before < open)
                && token.kind == TokenKind::Word
                && CLAUSES.iter().any(|c| token.is(c))
            {
                return Some(token);
            }
            i = before;
        }
        None
    }

    /// The bracket that is open at the cursor.
    fn open(&self) -> Option<usize> {
        let mut i = self.at;
        while let Some(before) = self.statement.before(i) {
            if self.statement.at(before).is_some_and(|t| t.is_symbol("(")) && before + 1 == i || self.is_open(before) {
                return Some(before);
            }
            i = before;
        }
        None
    }

    /// Whether a bracket is open at the cursor: `before` steps over those that are closed.
    fn is_open(&self, index: usize) -> bool {
        self.statement.at(index).is_some_and(|t| t.is_symbol("(")) && self.statement.scope_close(index) >= self.at
    }

    /// Whether the name of a table is expected.
    fn wants_relation(&self) -> bool {
        let Some(last) = self.at.checked_sub(1).and_then(|i| self.statement.at(i)) else { return false };
        if ["FROM", "JOIN", "INTO", "DESCRIBE", "LATERAL", "TABLE"].iter().any(|k| last.is(k)) {
            // `IS DISTINCT FROM` compares.
            let distinct = self.at.checked_sub(2).and_then(|i| self.statement.at(i)).is_some_and(|t| t.is("DISTINCT"));
            return !(self.in_extract() || distinct && last.is("FROM"));
        }
        if last.is("VIEW") {
            return self.statement.at(0).is_some_and(|t| t.is("DROP"));
        }
        last.is_symbol(",")
            && self.clause().is_some_and(|c| c.is("FROM") || c.is("JOIN"))
            && self.table_call().is_none()
            && !self.is_in_call()
    }

    /// Whether the cursor is in brackets behind a name.
    fn is_in_call(&self) -> bool {
        let scope = self.statement.scope(self.at);
        let open = self.open().filter(|o| *o >= scope.start);
        open.and_then(|o| o.checked_sub(1))
            .and_then(|i| self.statement.at(i))
            .is_some_and(|t| t.kind == TokenKind::Word && !is_reserved(t.text))
    }

    /// `extract(hour FROM time)`: no table follows.
    fn in_extract(&self) -> bool {
        let name = self.open().and_then(|o| o.checked_sub(1)).and_then(|i| self.statement.at(i));
        name.is_some_and(|t| ["EXTRACT", "SUBSTRING", "TRIM", "OVERLAY"].iter().any(|k| t.is(k)))
    }

    fn in_cast(&self) -> bool {
        let name = self.open().and_then(|o| o.checked_sub(1)).and_then(|i| self.statement.at(i));
        name.is_some_and(|t| t.is("CAST") || t.is("TRY_CAST"))
    }

    /// The call of a table function that the cursor is in.
    fn table_call(&self) -> Option<Call<'_>> {
        let open = self.open()?;
        let name = self.statement.at(open.checked_sub(1)?)?;
        let place = self.statement.at(open.checked_sub(2)?)?;
        let behind = place.is("FROM") || place.is("JOIN") || place.is("LATERAL") || place.is_symbol(",");
        let function = self.vocabulary.table_function(name.text).filter(|_| behind)?;
        Some(Call { function, open })
    }

    fn arguments(&self, call: &Call<'_>) -> Vec<Candidate> {
        let mut pool = Pool::new(self.text());
        let inside = self.statement.code.get(call.open + 1..self.at).unwrap_or_default();
        if let [.., name, arrow] = inside
            && arrow.is_symbol("=>")
        {
            if let Some(argument) = find_argument(call.function, name) {
                argument_values(argument, &mut pool);
            }
            return pool.sorted();
        }
        if inside.last().is_none_or(|t| t.is_symbol(",")) {
            let given = |a: &Argument| {
                inside.windows(2).any(|w| matches!(w, [n, arrow] if n.is(&a.name) && arrow.is_symbol("=>")))
            };
            for a in call.function.arguments.iter().filter(|a| !given(a)) {
                let display = format!("{} => {}", a.name, a.default);
                pool.add(&a.name, format!("{} => ", a.name), display, Kind::Argument);
            }
        }
        pool.sorted()
    }

    fn words(&self, list: &[&str]) -> Vec<Candidate> {
        let mut pool = Pool::new(self.text());
        self.add_words(list, &mut pool);
        pool.sorted()
    }

    fn add_words(&self, list: &[&str], pool: &mut Pool<'_>) {
        let lower = self.lower_case();
        for word in list {
            let word = if lower { word.to_ascii_lowercase() } else { (*word).to_owned() };
            pool.beginning(&word, word.clone(), word.clone(), Kind::Keyword);
        }
    }

    /// Whether keywords are written in lower case here: as what is typed, or as the keyword before.
    fn lower_case(&self) -> bool {
        let like = |text: &str| text.chars().any(char::is_alphabetic).then(|| !text.chars().any(char::is_uppercase));
        let before = || {
            let keywords = self
                .statement
                .code
                .iter()
                .take(self.at)
                .rev()
                .filter(|t| t.kind == TokenKind::Word && is_reserved(t.text));
            keywords.map(|t| t.text).find_map(like)
        };
        like(self.text()).or_else(before).unwrap_or(false)
    }

    /// What is typed of a name, without its quote.
    fn bare(&self) -> (&str, bool) {
        match self.text().strip_prefix(['"', '`']) {
            Some(rest) => (rest, true),
            None => (self.text(), false),
        }
    }

    fn relations(&self) -> Vec<Candidate> {
        let (typed, quoted) = self.bare();
        let mut pool = Pool::new(typed);
        for name in self.statement.named() {
            pool.add(name, spelled(name, quoted, true), name.to_owned(), Kind::Relation);
        }
        for table in &self.vocabulary.tables {
            let replacement = match &table.schema {
                Some(schema) => format!("{schema}.{}", spelled(&table.name, quoted, table.exact)),
                None => spelled(&table.name, quoted, table.exact),
            };
            pool.add(&table.full_name(), replacement, table.full_name(), Kind::Table);
        }
        if !quoted {
            for f in &self.vocabulary.table_functions {
                let open = if self.call { "" } else { "(" };
                pool.add(&f.name, format!("{}{open}", f.name), f.signature.clone(), Kind::TableFunction);
            }
        }
        pool.sorted()
    }

    /// Behind a dot: columns of a table, or tables of a schema.
    fn qualified(&self) -> Vec<Candidate> {
        let (typed, quoted) = self.bare();
        let mut pool = Pool::new(typed);
        let Some(name) = self.at.checked_sub(2).and_then(|i| self.statement.at(i)).and_then(Token::name) else {
            return Vec::new();
        };
        let relations = self.statement.relations(self.statement.scope(self.at));
        let outer = || self.statement.relations(0..self.statement.code.len());
        let own: Vec<Relation> = relations.into_iter().filter(|r| r.alias.eq_ignore_ascii_case(&name)).collect();
        let own = if own.is_empty() {
            outer().into_iter().filter(|r| r.alias.eq_ignore_ascii_case(&name)).collect()
        } else {
            own
        };
        for (column, type_name) in own.iter().flat_map(|r| &r.columns) {
            pool.add(column, spelled(column, quoted, false), shown(column, type_name), Kind::Column);
        }
        let in_schema = |t: &&Table| t.schema.as_ref().is_some_and(|s| s.eq_ignore_ascii_case(&name));
        for table in self.vocabulary.tables.iter().filter(in_schema) {
            pool.add(&table.name, spelled(&table.name, quoted, table.exact), table.full_name(), Kind::Table);
        }
        pool.sorted()
    }

    /// Where a value is expected: values of a column, columns, functions, keywords.
    fn operands(&self, last: &Token<'_>) -> Vec<Candidate> {
        let (typed, quoted) = self.bare();
        let mut found = if quoted { Vec::new() } else { self.values(false) };
        let mut pool = Pool::new(typed);
        let scope = self.statement.scope(self.at);
        let mut relations = self.statement.relations(scope.clone());
        if scope.start > 0 {
            relations.extend(self.statement.relations(0..self.statement.code.len()));
        }
        for relation in &relations {
            for (column, type_name) in &relation.columns {
                pool.add(column, spelled(column, quoted, false), shown(column, type_name), Kind::Column);
            }
        }
        // Nothing is said of tables yet: columns of the logs, once there is something to choose by.
        if relations.is_empty() && !typed.is_empty() {
            for column in self.vocabulary.tables.iter().filter(|t| t.schema.is_none()).flat_map(|t| &t.columns) {
                pool.add(
                    &column.name,
                    spelled(&column.name, quoted, false),
                    shown(&column.name, &column.type_name),
                    Kind::Column,
                );
            }
        }
        if relations.len() > 1 || !typed.is_empty() {
            for relation in &relations {
                let name = spelled(&relation.alias, quoted, true);
                pool.add(&relation.alias, format!("{name}."), format!("{}.", relation.alias), Kind::Relation);
            }
        }
        if !quoted {
            let open = if self.call { "" } else { "(" };
            // All of them would hide the columns.
            for f in self.vocabulary.functions.iter().filter(|f| f.own || !typed.is_empty()) {
                pool.add(&f.name, format!("{}{open}", f.name), f.signature.clone(), Kind::Function);
            }
            if last.is_symbol("(") {
                self.add_words(&["SELECT"], &mut pool);
            }
            if last.is("SELECT") {
                self.add_words(keywords::SELECTED, &mut pool);
            }
            self.add_words(keywords::OPERAND, &mut pool);
        }
        found.extend(pool.sorted());
        found
    }

    /// Values of the column that is compared with what is typed here.
    fn values(&self, in_quotes: bool) -> Vec<Candidate> {
        let typed = self.text().trim_start_matches(['e', 'E']);
        let typed =
            if in_quotes { typed.strip_prefix('\'').unwrap_or(typed).replace("''", "'") } else { typed.to_owned() };
        let mut pool = Pool::new(&typed);
        if let Some(call) = self.table_call() {
            let inside = self.statement.code.get(call.open + 1..self.at).unwrap_or_default();
            if let [.., name, arrow] = inside
                && arrow.is_symbol("=>")
                && let Some(argument) = find_argument(call.function, name)
            {
                argument_values(argument, &mut pool);
            }
            return pool.sorted();
        }
        let Some((table, column)) = self.compared() else { return Vec::new() };
        for value in self.vocabulary.values.get(table.as_deref(), &column).iter() {
            pool.add(value, format!("'{}'", value.replace('\'', "''")), value.clone(), Kind::Value);
        }
        pool.sorted()
    }

    /// The column before `=`, `LIKE` or `IN (`, with its table.
    fn compared(&self) -> Option<(Option<String>, String)> {
        const COMPARES: &[&str] = &["=", "==", "<>", "!=", "<", ">", "<=", ">="];
        let mut i = self.at.checked_sub(1)?;
        let last = self.statement.at(i)?;
        if last.is_symbol("(") || last.is_symbol(",") {
            let open = self.open()?;
            i = open.checked_sub(1)?;
            if !self.statement.at(i)?.is("IN") {
                return None;
            }
        } else if !(COMPARES.iter().any(|c| last.is_symbol(c)) || last.is("LIKE") || last.is("ILIKE")) {
            return None;
        }
        i = i.checked_sub(1)?;
        if self.statement.at(i)?.is("NOT") {
            i = i.checked_sub(1)?;
        }
        let column = self.statement.at(i)?.name()?;
        let qualifier = match i.checked_sub(1).and_then(|d| self.statement.at(d)) {
            Some(dot) if dot.is_symbol(".") => {
                i.checked_sub(2).and_then(|q| self.statement.at(q)).and_then(Token::name)
            }
            _ => None,
        };
        let relations = self.statement.relations(self.statement.scope(self.at));
        let has = |r: &&Relation| match &qualifier {
            Some(q) => r.alias.eq_ignore_ascii_case(q),
            None => r.columns.iter().any(|(c, _)| c.eq_ignore_ascii_case(&column)),
        };
        Some((relations.iter().find(has).and_then(|r| r.table.clone()), column))
    }
}

fn find_argument<'f>(function: &'f TableFunction, name: &Token<'_>) -> Option<&'f Argument> {
    function.arguments.iter().find(|a| name.is(&a.name))
}

fn argument_values(argument: &Argument, pool: &mut Pool<'_>) {
    for word in &argument.words {
        pool.add(word, format!("'{word}'"), word.clone(), Kind::Value);
    }
    if argument.words.is_empty() {
        pool.add(&argument.default, argument.default.clone(), argument.default.clone(), Kind::Value);
    }
}

/// A name as it has to be written: in quotes where it is no plain one.
fn spelled(name: &str, quoted: bool, exact: bool) -> String {
    let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let plain =
        begins && name.chars().all(is_word) && !is_reserved(name) && !(exact && name.chars().any(char::is_uppercase));
    if plain && !quoted { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn shown(column: &str, type_name: &str) -> String {
    if type_name.is_empty() { column.to_owned() } else { format!("{column} {type_name}") }
}
