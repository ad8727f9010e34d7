//! The syntax tree. Every node knows its place in the query.

mod expression;
mod operators;

pub use expression::{BinaryOp, Expr, ExprKind, InKind};
pub use operators::{
    Evaluate, Find, Join, JoinKind, MakeSeries, MvColumn, MvExpand, NestedLevel, Operator, OutputSchema, Parse,
    ParseKind, ParseKv, ParsePart, Partition, Render, Search, Series, SortKey, Union,
};

use crate::error::Span;
use crate::types::Kind;

/// A name and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A whole text: statements separated by semicolons.
#[derive(Debug, Clone)]
pub struct Script {
    /// The statements.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone)]
pub enum Statement {
    /// `let name = value`.
    Let {
        /// What is bound.
        name: Name,
        /// To what.
        value: LetValue,
    },
    /// `set option = value`.
    Set {
        /// The option.
        name: Name,
    },
    /// A query.
    Query(Pipeline),
    /// A statement that is KQL but not supported.
    Unsupported(Name),
}

/// What `let` binds.
#[derive(Debug, Clone)]
pub enum LetValue {
    /// A scalar or a table; only the binder knows.
    Expr(Expr),
    /// A function.
    Function(Lambda),
}

/// A function that the query defines.
#[derive(Debug, Clone)]
pub struct Lambda {
    /// Whether it is a view: `view () { ... }`.
    pub view: bool,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Statements before the result.
    pub lets: Vec<Statement>,
    /// The result.
    pub body: Box<Expr>,
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type: a scalar's, or a table's columns (empty means any).
    pub kind: ParameterKind,
    /// Its value when none is given.
    pub default: Option<Expr>,
}

/// What a parameter accepts.
#[derive(Debug, Clone)]
pub enum ParameterKind {
    /// A scalar.
    Scalar(Kind),
    /// A table with at least these columns.
    Table(Vec<(Name, Kind)>),
}

/// A source and the operators behind it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Where rows come from.
    pub source: Source,
    /// What is done to them.
    pub operators: Vec<(Operator, Span)>,
    /// The whole.
    pub span: Span,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A table, a call of a tabular function, or anything that the binder finds to be a table.
    Expr(Box<Expr>),
    /// Names with `*`: all tables that match.
    Pattern(Name),
    /// `datatable(a:long)[...]`.
    Datatable {
        /// The columns.
        columns: Vec<(Name, Kind)>,
        /// The values, row by row.
        values: Vec<Expr>,
        /// Where.
        span: Span,
    },
    /// `print ...`.
    Print(Vec<Expr>),
    /// `range x from a to b step c`.
    Range {
        /// The column.
        name: Name,
        /// First value.
        from: Box<Expr>,
        /// Last value.
        to: Box<Expr>,
        /// Difference.
        step: Box<Expr>,
    },
    /// `union ...` as a source.
    Union(Union),
    /// `search ...` as a source.
    Search(Search),
    /// `find ...`.
    Find(Box<Find>),
    /// The input of a sub-query of `mv-apply` and `partition`.
    Input,
}
