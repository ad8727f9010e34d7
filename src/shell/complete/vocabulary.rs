//! Everything that can be written, as completion, colours and hints need it.

use std::sync::OnceLock;

use arrow::datatypes::{DataType, Field};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Documentation;
use futures::FutureExt;

use super::pipeline;
use super::values::Values;
use crate::engine::Engine;
use crate::engine::lex::Dialect;
use crate::shell::commands;
use crate::tables::known_tables;

/// What there is to write.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// The language that is typed.
    pub dialect: Dialect,
    /// Tables and views.
    pub tables: Vec<Table>,
    /// Scalar, aggregate and window functions.
    pub functions: Vec<Function>,
    /// Functions that give tables.
    pub table_functions: Vec<TableFunction>,
    /// Dot commands.
    pub commands: Vec<Command>,
    /// Names of output formats.
    pub formats: Vec<String>,
    /// Names of queries.
    pub queries: Vec<String>,
    /// Parameters that have a value, without the dollar sign.
    pub parameters: Vec<String>,
    /// Values of columns, as far as they are known by now.
    pub values: Values,
    /// The tables without rows, for planning; made when first asked for.
    pub empty: OnceLock<SessionState>,
}

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema, where that is not the default one.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// A user made it: its name is exact, and has to be quoted when it has capitals.
    pub exact: bool,
}

impl Table {
    /// The name with its schema where it needs one.
    pub fn full_name(&self) -> String {
        self.schema.as_ref().map_or_else(|| self.name.clone(), |schema| format!("{schema}.{}", self.name))
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What SQL calls its type; empty where it is not known.
    pub type_name: String,
    /// What it holds; empty where nobody has said it.
    pub meaning: String,
    /// What Arrow calls its type, where it is known.
    pub data_type: Option<DataType>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// How it is called.
    pub signature: String,
    /// It is about gateways, not one that every engine has.
    pub own: bool,
}

/// A function that gives a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFunction {
    /// Its name.
    pub name: String,
    /// How it is called.
    pub signature: String,
    /// Its named arguments.
    pub arguments: Vec<Argument>,
}

/// A named argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its default in SQL.
    pub default: String,
    /// What it can be, where that is one of some words.
    pub words: Vec<String>,
}

/// A dot command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// Its name without the dot.
    pub name: String,
    /// Other ways to call it, with what stands before them: `\dt`.
    pub aliases: Vec<String>,
    /// What it does, in a line.
    pub brief: String,
    /// What its arguments are, in order; the last may come several times.
    pub arguments: Vec<commands::Argument>,
}

impl Vocabulary {
    /// What a session knows: its tables and views, and its functions. Opens no data. Commands, formats, queries, parameters
    /// and values are the caller's to fill in.
    pub fn of(engine: &Engine) -> Self {
        let mut out = Self::default();
        for known in known_tables() {
            if !known.parameters.is_empty() {
                let list: Vec<_> = known.parameters.iter().map(|p| format!("{} => {}", p.name, p.default)).collect();
                out.table_functions.push(TableFunction {
                    name: known.name.to_owned(),
                    signature: format!("{}({})", known.name, list.join(", ")),
                    arguments: known.parameters.iter().map(argument).collect(),
                });
            }
            let columns = known.columns.into_iter().map(|c| Column {
                name: c.name.to_owned(),
                type_name: c.type_name,
                meaning: c.meaning.to_owned(),
                data_type: Some(c.data_type),
            });
            out.tables.push(Table {
                schema: known.schema.map(str::to_owned),
                name: known.name.to_owned(),
                columns: columns.collect(),
                exact: false,
            });
        }
        out.add_functions(engine);
        out.add_own(engine);
        out
    }

    fn add_functions(&mut self, engine: &Engine) {
        let state = engine.context().state();
        let own = tunnelql_udfs::documentation();
        let mut add = |name: &str, doc: Option<&Documentation>| {
            let known = own.iter().find(|d| d.name == name);
            let written = known.map(|d| d.syntax).or_else(|| doc.map(|d| d.syntax_example.as_str()));
            self.functions.push(Function {
                name: name.to_owned(),
                signature: written.map_or_else(|| format!("{name}()"), str::to_owned),
                own: known.is_some(),
            });
        };
        state.scalar_functions().iter().for_each(|(name, f)| add(name, f.documentation()));
        state.aggregate_functions().iter().for_each(|(name, f)| add(name, f.documentation()));
        state.window_functions().iter().for_each(|(name, f)| add(name, f.documentation()));
        self.functions.sort_by(|a, b| a.name.cmp(&b.name));
        self.functions.dedup_by(|a, b| a.name == b.name);
        for name in state.table_functions().keys() {
            if !self.tables.iter().any(|t| t.name == *name) {
                let signature =
                    own.iter().find(|d| d.name == name).map_or_else(|| format!("{name}()"), |d| d.syntax.to_owned());
                self.table_functions.push(TableFunction { name: name.clone(), signature, arguments: Vec::new() });
            }
        }
        self.table_functions.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Views and tables that the session has made, and the tables about tables.
    fn add_own(&mut self, engine: &Engine) {
        let state = engine.context().state();
        let options = &state.config_options().catalog;
        let Some(catalog) = state.catalog_list().catalog(&options.default_catalog) else { return };
        for schema_name in catalog.schema_names() {
            let Some(schema) = catalog.schema(&schema_name) else { continue };
            let shown = (schema_name != options.default_schema).then(|| schema_name.clone());
            for name in schema.table_names() {
                if self.tables.iter().any(|t| t.schema == shown && t.name == name) {
                    continue;
                }
                // The session's own tables are in memory: whoever has to wait for one does without its columns.
                // The tables about tables open all others, and are not asked.
                let own = shown.is_none().then(|| schema.table(&name).now_or_never());
                let provider = own.flatten().and_then(Result::ok).flatten();
                let columns = provider.map(|p| {
                    let fields = p.schema();
                    let column = |f: &Field| Column {
                        name: f.name().clone(),
                        type_name: String::new(),
                        meaning: String::new(),
                        data_type: Some(f.data_type().clone()),
                    };
                    fields.fields().iter().map(|f| column(f)).collect()
                });
                let exact = shown.is_none();
                self.tables.push(Table { schema: shown.clone(), name, columns: columns.unwrap_or_default(), exact });
            }
        }
    }

    /// A session in which queries can be planned and nothing is read.
    pub fn empty_session(&self) -> SessionState {
        self.empty.get_or_init(|| pipeline::empty_session(self)).clone()
    }

    /// The table of that name, in any case.
    pub fn table(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        let same = |a: Option<&str>, b: Option<&str>| match (a, b) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            // `logs` is what the default schema is called.
            (None, Some(b)) => b.eq_ignore_ascii_case("logs"),
            (a, None) => a.is_none(),
        };
        self.tables.iter().find(|t| same(t.schema.as_deref(), schema) && t.name.eq_ignore_ascii_case(name))
    }

    /// The table function of that name, in any case.
    pub fn table_function(&self, name: &str) -> Option<&TableFunction> {
        self.table_functions.iter().find(|f| f.name.eq_ignore_ascii_case(name))
    }
}

fn argument(known: &crate::tables::KnownParameter) -> Argument {
    Argument {
        name: known.name.to_owned(),
        default: known.default.to_owned(),
        words: known.words.iter().map(|w| (*w).to_owned()).collect(),
    }
}
