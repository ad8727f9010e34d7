//! Kusto's types, what Arrow holds for them, and expressions that know theirs.

use std::fmt;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::logical_expr::Expr;

/// A Kusto type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `bool`: Boolean.
    Bool,
    /// `int`: Int32.
    Int,
    /// `long`: Int64.
    Long,
    /// `real`: Float64.
    Real,
    /// `decimal`: Decimal128(38, 18).
    Decimal,
    /// `string`: Utf8View, never null.
    String,
    /// `datetime`: Timestamp(ns, UTC).
    Datetime,
    /// `timespan`: Duration(ns).
    Timespan,
    /// `guid`: Utf8View, lower case with hyphens, or null.
    Guid,
    /// `dynamic`: Utf8View that holds JSON text; SQL's null is the dynamic null.
    Dynamic,
}

/// Digits of a decimal.
pub const DECIMAL_PRECISION: u8 = 38;
/// Digits of a decimal behind the point.
pub const DECIMAL_SCALE: i8 = 18;

impl Kind {
    /// Kusto's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Decimal => "decimal",
            Self::String => "string",
            Self::Datetime => "datetime",
            Self::Timespan => "timespan",
            Self::Guid => "guid",
            Self::Dynamic => "dynamic",
        }
    }

    /// The type of that name, among Kusto's names and their synonyms.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "bool" | "boolean" => Self::Bool,
            "int" | "int32" => Self::Int,
            "long" | "int64" => Self::Long,
            "real" | "double" => Self::Real,
            "decimal" => Self::Decimal,
            "string" => Self::String,
            "datetime" | "date" => Self::Datetime,
            "timespan" | "time" => Self::Timespan,
            "guid" | "uuid" | "uniqueid" => Self::Guid,
            "dynamic" => Self::Dynamic,
            _ => return None,
        })
    }

    /// What Arrow holds.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Real => DataType::Float64,
            Self::Decimal => DataType::Decimal128(DECIMAL_PRECISION, DECIMAL_SCALE),
            Self::String | Self::Guid | Self::Dynamic => DataType::Utf8View,
            Self::Datetime => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Self::Timespan => DataType::Duration(TimeUnit::Nanosecond),
        }
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Long | Self::Real | Self::Decimal)
    }

    /// Whether it is a whole number.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::Int | Self::Long)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value known when the query is planned.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Null of any type.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int` and `long`.
    Long(i64),
    /// `real`.
    Real(f64),
    /// `decimal`, scaled by [`DECIMAL_SCALE`].
    Decimal(i128),
    /// `string` and `guid`.
    String(String),
    /// `datetime`: nanoseconds since 1970.
    Datetime(i64),
    /// `timespan`: nanoseconds.
    Timespan(i64),
    /// `dynamic`: JSON text.
    Dynamic(String),
}

/// An expression with its Kusto type.
#[derive(Debug, Clone)]
pub struct Typed {
    /// Gives the Arrow type of `kind`.
    pub expr: Expr,
    /// Its type.
    pub kind: Kind,
    /// Its value, when that is known while planning.
    pub literal: Option<Literal>,
}

impl Typed {
    /// An expression whose value is not known yet.
    pub fn new(expr: Expr, kind: Kind) -> Self {
        Self { expr, kind, literal: None }
    }

    /// A known value.
    pub fn of(literal: Literal, kind: Kind) -> Self {
        Self { expr: Expr::Literal(scalar(&literal, kind), None), kind, literal: Some(literal) }
    }

    /// The text of a string known while planning.
    pub fn text(&self) -> Option<&str> {
        match &self.literal {
            Some(Literal::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The whole number known while planning.
    pub fn whole(&self) -> Option<i64> {
        match self.literal {
            Some(Literal::Long(n)) => Some(n),
            _ => None,
        }
    }
}

/// A text constant. DataFusion's own `lit` makes one of another Arrow type.
pub fn text_lit(text: impl Into<String>) -> Expr {
    Expr::Literal(datafusion::scalar::ScalarValue::Utf8View(Some(text.into())), None)
}

/// The value that DataFusion computes with. A literal of another kind gives null.
pub fn scalar(literal: &Literal, kind: Kind) -> datafusion::scalar::ScalarValue {
    use datafusion::scalar::ScalarValue as S;
    match (kind, literal) {
        (Kind::Bool, Literal::Bool(v)) => S::Boolean(Some(*v)),
        (Kind::Bool, _) => S::Boolean(None),
        (Kind::Int, Literal::Long(v)) => S::Int32(i32::try_from(*v).ok()),
        (Kind::Int, _) => S::Int32(None),
        (Kind::Long, Literal::Long(v)) => S::Int64(Some(*v)),
        (Kind::Long, _) => S::Int64(None),
        (Kind::Real, Literal::Real(v)) => S::Float64(Some(*v)),
        #[allow(clippy::cast_precision_loss)]
        (Kind::Real, Literal::Long(v)) => S::Float64(Some(*v as f64)),
        (Kind::Real, _) => S::Float64(None),
        (Kind::Decimal, Literal::Decimal(v)) => S::Decimal128(Some(*v), DECIMAL_PRECISION, DECIMAL_SCALE),
        (Kind::Decimal, _) => S::Decimal128(None, DECIMAL_PRECISION, DECIMAL_SCALE),
        (Kind::String, Literal::String(v)) => S::Utf8View(Some(v.clone())),
        (Kind::String, _) => S::Utf8View(Some(String::new())),
        (Kind::Datetime, Literal::Datetime(v)) => S::TimestampNanosecond(Some(*v), Some("UTC".into())),
        (Kind::Datetime, _) => S::TimestampNanosecond(None, Some("UTC".into())),
        (Kind::Timespan, Literal::Timespan(v)) => S::DurationNanosecond(Some(*v)),
        (Kind::Timespan, _) => S::DurationNanosecond(None),
        (Kind::Guid, Literal::String(v)) => S::Utf8View(Some(v.clone())),
        (Kind::Guid, _) => S::Utf8View(None),
        (Kind::Dynamic, Literal::Dynamic(v)) => S::Utf8View(Some(v.clone())),
        (Kind::Dynamic, _) => S::Utf8View(None),
    }
}
