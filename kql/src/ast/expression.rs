//! Expressions.

use super::{Name, Pipeline};
use crate::error::Span;
use crate::types::{Kind, Literal};

/// An expression and its place.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
    /// Levels below it.
    pub depth: u32,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A literal.
    Literal(Kind, Literal),
    /// A column, a variable or a table.
    Name(String),
    /// `*`.
    Star,
    /// `-x`.
    Negate(Box<Expr>),
    /// `+x`.
    Plus(Box<Expr>),
    /// `a op b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x in (a, b)` and its kin.
    In(InKind, Box<Expr>, Vec<Expr>),
    /// `x between (a .. b)`.
    Between {
        /// `!between`.
        negated: bool,
        /// The value.
        value: Box<Expr>,
        /// First.
        low: Box<Expr>,
        /// Last.
        high: Box<Expr>,
    },
    /// `f(a, b)`.
    Call(Name, Vec<Expr>),
    /// `a.b`.
    Member(Box<Expr>, Name),
    /// `a[b]`.
    Index(Box<Expr>, Box<Expr>),
    /// `typeof(long)`.
    TypeOf(Kind),
    /// `name = x`: in lists of columns and arguments.
    Named(Name, Box<Expr>),
    /// `(a, b) = x`.
    NamedList(Vec<Name>, Box<Expr>),
    /// A query where a value or table is expected.
    Query(Box<Pipeline>),
    /// Nested too deeply to be kept.
    TooDeep,
}

/// Operators between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// An operator on texts: `has`, `!contains_cs`, `=~`, `matches regex` ...
    Text(&'static str),
}

impl BinaryOp {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Text(text) => text,
        }
    }
}

/// Operators between a value and a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InKind {
    /// `in`, `!in`, `in~`, `!in~`.
    In {
        /// With `!`.
        negated: bool,
        /// With `~`.
        fold: bool,
    },
    /// `has_any`.
    HasAny,
    /// `has_all`.
    HasAll,
}

/// Levels that an expression may have.
const DEPTH_LIMIT: u32 = 1500;

impl Expr {
    /// An expression; one that is nested too deeply is dropped here, level by level of its operands.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        let below = match &kind {
            ExprKind::Negate(a)
            | ExprKind::Plus(a)
            | ExprKind::Member(a, _)
            | ExprKind::Named(_, a)
            | ExprKind::NamedList(_, a) => a.depth,
            ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => a.depth.max(b.depth),
            ExprKind::In(_, a, list) => list.iter().map(|e| e.depth).fold(a.depth, u32::max),
            ExprKind::Between { value, low, high, .. } => value.depth.max(low.depth).max(high.depth),
            ExprKind::Call(_, list) => list.iter().map(|e| e.depth).max().unwrap_or(0),
            _ => 0,
        };
        if below >= DEPTH_LIMIT {
            return Self { kind: ExprKind::TooDeep, span, depth: 0 };
        }
        Self { kind, span, depth: below + 1 }
    }
}
