//! Calls of functions and aggregates: what the planner hands to them and what they are.

use crate::error::{KqlError, Span};
use crate::types::Typed;

/// One argument of a call.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its value. `typeof(long)` comes as the constant string `long`, with the name `typeof`.
    pub value: Typed,
    /// Where it stands.
    pub span: Span,
    /// The name that Kusto would give a column of it: that of the column it is, `bin(t, 1h)` has `t`, `d.a.b` has `d_a_b`.
    pub name: Option<String>,
}

/// A call to be bound.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The name as written.
    pub name: &'a str,
    /// Where the call stands.
    pub span: Span,
    /// The arguments.
    pub args: &'a [Argument],
    /// The query's own now, in nanoseconds since 1970.
    pub now: i64,
}

/// What a function is for people.
#[derive(Debug, Clone, Copy)]
pub struct Doc {
    /// `name(argument, [optional])`.
    pub syntax: &'static str,
    /// One sentence.
    pub meaning: &'static str,
    /// An expression and its value as text, when it can be shown alone.
    pub example: Option<(&'static str, &'static str)>,
}

/// A scalar function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Checks the arguments and makes the expression. Window functions give a DataFusion window function without
    /// order: the planner adds the order of the serialized rows.
    pub bind: fn(&Call<'_>) -> Result<Typed, KqlError>,
    /// For people.
    pub doc: Doc,
}

/// An aggregate function.
pub struct Aggregate {
    /// Its name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Makes an expression that contains one or more of DataFusion's aggregate calls, possibly wrapped
    /// (`coalesce(sum(x), 0)`). Several columns (`arg_max(x, a, b)`, `percentiles(x, 5, 50)`) come in order.
    pub bind: fn(&Call<'_>) -> Result<Vec<Column>, KqlError>,
    /// For people.
    pub doc: Doc,
}

/// One column that an aggregate gives.
#[derive(Debug, Clone)]
pub struct Column {
    /// Kusto's name of it (`count_`, `sum_x`, `max_x`, `list_x`); `None` when the planner shall take `Column1`.
    pub name: Option<String>,
    /// Its value.
    pub value: Typed,
}
