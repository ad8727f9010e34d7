//! The session's tables that a query may mean, and their columns as Kusto's.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::catalog::information_schema::INFORMATION_SCHEMA;
use datafusion::common::{Column as Named, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast};

use super::Options;
use super::relation::{Column, Relation};
use crate::ast::{Expr as Ast, ExprKind, Join, LetValue, Operator, Pipeline, Script, Source, Statement};
use crate::error::KqlError;
use crate::json_text::to_json;
use crate::types::Kind;

/// Every table that a name in the query may be, by that name; and the names of all tables.
pub async fn resolve(
    state: &SessionState,
    script: &Script,
    options: &Options,
) -> Result<(HashMap<String, Relation>, Arc<[String]>), KqlError> {
    let mut wanted = Wanted::default();
    script.statements.iter().for_each(|s| wanted.statement(s));
    let defaults = &state.config_options().catalog;
    let mut found = HashMap::new();
    let Some(catalog) = state.catalog_list().catalog(&defaults.default_catalog) else {
        return Ok((found, Arc::default()));
    };
    let known = catalog.schema(&defaults.default_schema).map(|s| s.table_names()).unwrap_or_default();
    for pattern in std::mem::take(&mut wanted.patterns) {
        let all = if pattern == "*" { options.searched.clone() } else { known.clone() };
        wanted.names.extend(all.into_iter().filter(|name| matches(&pattern, name)));
    }
    for name in wanted.names {
        let (schema, table) = name.split_once('.').unwrap_or((&defaults.default_schema, &name));
        let Some(provider) = catalog.schema(schema) else { continue };
        // Kusto's names are exact, and opening a table costs more than looking for its name.
        if !provider.table_names().iter().any(|t| t == table) {
            continue;
        }
        if let Some(table_provider) = provider.table(table).await? {
            let reference = TableReference::full(defaults.default_catalog.clone(), schema, table);
            found.insert(name.clone(), scan(reference, table_provider)?);
        }
    }
    let others =
        catalog.schema_names().into_iter().filter(|s| *s != defaults.default_schema && s != INFORMATION_SCHEMA);
    let others: Vec<String> = others
        .flat_map(|s| {
            let tables = catalog.schema(&s).map(|p| p.table_names()).unwrap_or_default();
            tables.into_iter().map(move |t| format!("{s}.{t}"))
        })
        .collect();
    Ok((found, known.into_iter().chain(others).collect()))
}

/// Whether a name fits a pattern with `*`.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// Names that may be tables: everywhere but in conditions and computed columns.
#[derive(Default)]
struct Wanted {
    names: BTreeSet<String>,
    patterns: BTreeSet<String>,
}

impl Wanted {
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let { value: LetValue::Expr(expr), .. } => self.table(expr),
            Statement::Let { value: LetValue::Function(lambda), .. } => {
                lambda.lets.iter().for_each(|s| self.statement(s));
                self.table(&lambda.body);
            }
            Statement::Query(query) => self.pipeline(query),
            Statement::Set { .. } | Statement::Unsupported(_) => {}
        }
    }

    /// An expression that may be a table itself.
    fn table(&mut self, expr: &Ast) {
        match &expr.kind {
            ExprKind::Name(name) => {
                self.names.insert(name.clone());
            }
            ExprKind::Member(base, name) => {
                if let ExprKind::Name(schema) = &base.kind {
                    self.names.insert(format!("{schema}.{}", name.text));
                }
            }
            ExprKind::Call(name, arguments) => {
                for argument in arguments {
                    match &argument.kind {
                        ExprKind::Literal(_, crate::types::Literal::String(text)) if name.text == "table" => {
                            self.names.insert(text.clone());
                        }
                        _ => self.table(argument),
                    }
                }
            }
            _ => self.value(expr),
        }
    }

    /// An expression that may hold tables: arguments and lists.
    fn value(&mut self, expr: &Ast) {
        match &expr.kind {
            ExprKind::Query(query) => self.pipeline(query),
            ExprKind::Call(..) => self.table(expr),
            ExprKind::Negate(a) | ExprKind::Plus(a) | ExprKind::Member(a, _) => self.value(a),
            ExprKind::Named(_, a) | ExprKind::NamedList(_, a) => self.table(a),
            ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => {
                self.value(a);
                self.value(b);
            }
            ExprKind::In(_, value, list) => {
                self.value(value);
                list.iter().for_each(|e| self.table(e));
            }
            ExprKind::Between { value, low, high, .. } => [value, low, high].into_iter().for_each(|e| self.value(e)),
            ExprKind::Literal(..) | ExprKind::Name(_) | ExprKind::Star | ExprKind::TypeOf(_) | ExprKind::TooDeep => {}
        }
    }

    fn values<'a>(&mut self, all: impl IntoIterator<Item = &'a Ast>) {
        all.into_iter().for_each(|e| self.value(e));
    }

    fn pipeline(&mut self, query: &Pipeline) {
        match &query.source {
            Source::Expr(expr) => self.table(expr),
            Source::Pattern(name) => {
                self.patterns.insert(name.text.clone());
            }
            Source::Print(all) => self.values(all),
            Source::Range { from, to, step, .. } => self.values([&**from, &**to, &**step]),
            Source::Union(union) => union.tables.iter().for_each(|t| self.pipeline(t)),
            Source::Search(search) => {
                match &search.tables {
                    Some(tables) => tables.iter().for_each(|t| self.pipeline(t)),
                    None => {
                        self.patterns.insert("*".to_owned());
                    }
                }
                self.value(&search.predicate);
            }
            Source::Find(find) => {
                match &find.tables {
                    Some(tables) => tables.iter().for_each(|t| self.pipeline(t)),
                    None => {
                        self.patterns.insert("*".to_owned());
                    }
                }
                self.value(&find.predicate);
            }
            Source::Datatable { .. } | Source::Input => {}
        }
        query.operators.iter().for_each(|(o, _)| self.operator(o));
    }

    fn operator(&mut self, operator: &Operator) {
        match operator {
            Operator::Where(e) | Operator::Take(e) | Operator::Sample(e) => self.value(e),
            Operator::Invoke(e) => self.table(e),
            Operator::Project(all) | Operator::Extend(all) | Operator::Distinct(all) | Operator::Serialize(all) => {
                self.values(all);
            }
            Operator::Sort(keys) => keys.iter().for_each(|k| self.value(&k.expr)),
            Operator::Top(n, key) => self.values([n, &key.expr]),
            Operator::Summarize { aggregates, by } => {
                self.values(aggregates);
                self.values(by.iter().flatten());
            }
            Operator::Join(join) | Operator::Lookup(join) => {
                let Join { right, .. } = join.as_ref();
                self.pipeline(right);
            }
            Operator::Union(union) => union.tables.iter().for_each(|t| self.pipeline(t)),
            Operator::Parse(parse) => self.value(&parse.value),
            Operator::MvExpand(expand) => self.values(expand.columns.iter().map(|c| &c.expr)),
            Operator::MvApply(expand, query) => {
                self.values(expand.columns.iter().map(|c| &c.expr));
                self.pipeline(query);
            }
            Operator::MakeSeries(series) => {
                self.values(series.series.iter().map(|s| &s.aggregate));
                self.values(series.from.iter().chain(&series.to).chain([&series.step]));
                self.values(&series.by);
            }
            Operator::Search(search) => self.value(&search.predicate),
            Operator::Partition(partition) => self.pipeline(&partition.query),
            _ => {}
        }
    }
}

/// A table's columns brought to Kusto's types. The optimizer drops what nobody reads.
pub fn scan(name: TableReference, provider: Arc<dyn TableProvider>) -> Result<Relation, KqlError> {
    let schema = provider.schema();
    let builder = LogicalPlanBuilder::scan(name.clone(), provider_as_source(provider), None)?;
    let mut expressions = Vec::new();
    let mut columns = Vec::new();
    for field in schema.fields() {
        let column = Expr::Column(Named::new(Some(name.clone()), field.name()));
        let (kind, expr) = converted(field, column);
        let raw = kind == Kind::String && field.is_nullable();
        columns.push(Column { name: field.name().clone(), kind, raw });
        expressions.push(expr.alias(field.name()));
    }
    Ok(Relation::new(builder.project(expressions)?.build()?, columns))
}

/// A column of any Arrow type as one of Kusto's.
fn converted(field: &Field, column: Expr) -> (Kind, Expr) {
    let kind = match field.data_type() {
        DataType::Boolean => Kind::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => Kind::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Kind::Long,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Kind::Real,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            Kind::Decimal
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::String,
        DataType::Dictionary(_, values) if values.is_string() => Kind::String,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Kind::Datetime,
        DataType::Duration(_) | DataType::Time32(_) | DataType::Time64(_) => Kind::Timespan,
        _ => return (Kind::Dynamic, to_json(column)),
    };
    let wanted = kind.data_type();
    let expr = match field.data_type() {
        same if *same == wanted => column,
        DataType::Time32(_) | DataType::Time64(_) => {
            let nanos = cast(cast(column, DataType::Time64(TimeUnit::Nanosecond)), DataType::Int64);
            cast(nanos, wanted)
        }
        _ => cast(column, wanted),
    };
    (kind, expr)
}
