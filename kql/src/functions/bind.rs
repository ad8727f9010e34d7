//! Checking and converting the arguments of a call.

use datafusion::logical_expr::{Expr, cast};
use datafusion::scalar::ScalarValue;

use super::kernel::{self, Kernel};
use crate::call::Call;
use crate::error::KqlError;
use crate::lex::with_unit;
use crate::types::{Kind, Literal, Typed, scalar};

/// What an argument has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Whatever it is.
    Any,
    /// A string, or a dynamic as its text.
    Text,
    /// A string that is known while planning.
    Constant,
    /// An int or long.
    Whole,
    /// Any number.
    Number,
    /// A bool.
    Bool,
    /// A datetime.
    Datetime,
    /// A timespan.
    Timespan,
    /// A dynamic.
    Dynamic,
}

impl Want {
    fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Any => true,
            Self::Text | Self::Constant => matches!(kind, Kind::String | Kind::Dynamic | Kind::Guid),
            Self::Whole => kind.is_integer(),
            Self::Number => kind.is_number(),
            Self::Bool => kind == Kind::Bool,
            Self::Datetime => kind == Kind::Datetime,
            Self::Timespan => kind == Kind::Timespan,
            Self::Dynamic => kind == Kind::Dynamic,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "value",
            Self::Text => "string",
            Self::Constant => "constant string",
            Self::Whole => "whole number",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Datetime => "datetime",
            Self::Timespan => "timespan",
            Self::Dynamic => "dynamic",
        }
    }

    /// The conversion that makes one of a value of another type.
    fn conversion(self) -> Option<&'static str> {
        match self {
            Self::Text => Some("tostring"),
            Self::Whole => Some("tolong"),
            Self::Number => Some("todouble"),
            Self::Bool => Some("tobool"),
            Self::Datetime => Some("todatetime"),
            Self::Timespan => Some("totimespan"),
            Self::Dynamic => Some("todynamic"),
            Self::Any | Self::Constant => None,
        }
    }
}

/// Refuses a call with fewer or more arguments.
pub fn count(call: &Call<'_>, least: usize, most: usize) -> Result<(), KqlError> {
    let found = call.args.len();
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let expected = match (least, most) {
        (a, b) if a == b => format!("{a}"),
        (a, usize::MAX) => format!("at least {a}"),
        (a, b) => format!("{a} to {b}"),
    };
    let noun = if expected == "1" { "argument" } else { "arguments" };
    Err(KqlError::typed(&call.span, format!("{}() takes {expected} {noun}, found {found}", call.name)))
}

/// An argument that must be there.
pub fn argument<'a>(call: &'a Call<'_>, index: usize) -> Result<&'a Typed, KqlError> {
    match call.args.get(index) {
        Some(argument) => Ok(&argument.value),
        None => Err(KqlError::typed(&call.span, format!("{}() misses argument {}", call.name, index + 1))),
    }
}

fn place(call: &Call<'_>, index: usize) -> crate::error::Span {
    call.args.get(index).map_or_else(|| call.span.clone(), |a| a.span.clone())
}

/// An error at an argument.
pub fn wrong(call: &Call<'_>, index: usize, text: impl std::fmt::Display) -> KqlError {
    KqlError::typed(&place(call, index), format!("argument {} of {}(): {text}", index + 1, call.name))
}

/// A form of the function that is not supported.
pub fn unsupported(call: &Call<'_>, what: impl std::fmt::Display) -> KqlError {
    KqlError::unsupported(&call.span, format!("{}() {what}", call.name))
}

/// Refuses an argument of the wrong type.
pub fn check(call: &Call<'_>, index: usize, want: Want) -> Result<(), KqlError> {
    let value = argument(call, index)?;
    if want == Want::Constant && value.text().is_none() {
        return Err(wrong(call, index, "expected a string that is known before the rows are read"));
    }
    // A null without a type is one of every type.
    if want.takes(value.kind) || value.literal == Some(Literal::Null) {
        return Ok(());
    }
    let hint = match (want, &value.literal) {
        (Want::Timespan, Some(Literal::String(text))) if with_unit(text).is_some() => {
            format!("; write {text} without quotes")
        }
        (Want::Datetime, Some(Literal::String(text))) => format!("; write datetime({text})"),
        _ => want.conversion().map(|c| format!("; convert it with {c}()")).unwrap_or_default(),
    };
    Err(wrong(call, index, format!("expected a {}, found a {}{hint}", want.name(), value.kind)))
}

/// A string known while planning.
pub fn constant<'a>(call: &'a Call<'_>, index: usize) -> Result<&'a str, KqlError> {
    match argument(call, index)?.text() {
        Some(text) => Ok(text),
        None => Err(wrong(call, index, "expected a string that is known before the rows are read")),
    }
}

/// A whole number known while planning.
pub fn whole(call: &Call<'_>, index: usize) -> Result<i64, KqlError> {
    match argument(call, index)?.whole() {
        Some(number) => Ok(number),
        None => Err(wrong(call, index, "expected a whole number that is known before the rows are read")),
    }
}

/// Back from DataFusion's value.
pub fn literal(value: &ScalarValue) -> Literal {
    use ScalarValue as S;
    match value {
        S::Boolean(Some(v)) => Literal::Bool(*v),
        S::Int32(Some(v)) => Literal::Long(i64::from(*v)),
        S::Int64(Some(v)) => Literal::Long(*v),
        S::Float64(Some(v)) => Literal::Real(*v),
        S::Decimal128(Some(v), ..) => Literal::Decimal(*v),
        S::Utf8View(Some(v)) | S::Utf8(Some(v)) => Literal::String(v.clone()),
        S::TimestampNanosecond(Some(v), _) => Literal::Datetime(*v),
        S::DurationNanosecond(Some(v)) => Literal::Timespan(*v),
        _ => Literal::Null,
    }
}

/// Applies a kernel: at once when every argument is known.
pub fn apply(name: &'static str, kernel: Kernel, output: Kind, args: &[Typed]) -> Result<Typed, KqlError> {
    let known: Option<Vec<_>> = args.iter().map(|a| a.literal.as_ref().map(|l| (scalar(l, a.kind), a.kind))).collect();
    if let Some(known) = known {
        let value = kernel::evaluate(kernel, output, known)?;
        let literal = match (literal(&value), output) {
            (Literal::String(text), Kind::Dynamic) => Literal::Dynamic(text),
            (literal, _) => literal,
        };
        return Ok(Typed::of(literal, output));
    }
    let args = args.iter().map(|a| (a.expr.clone(), a.kind)).collect();
    Ok(Typed::new(kernel::call(name, kernel, output, args), output))
}

/// An argument as text.
pub fn as_text(value: &Typed) -> Result<Typed, KqlError> {
    match value.kind {
        Kind::String => Ok(value.clone()),
        // The unknown null as text is empty.
        _ if value.literal == Some(Literal::Null) => Ok(Typed::of(Literal::String(String::new()), Kind::String)),
        _ => apply("kql_tostring", super::convert::tostring_kernel, Kind::String, std::slice::from_ref(value)),
    }
}

/// A value of another kind of number.
pub fn as_kind(value: &Typed, kind: Kind) -> Result<Typed, KqlError> {
    if value.kind == kind {
        return Ok(value.clone());
    }
    match &value.literal {
        Some(Literal::Null) => return Ok(Typed::of(Literal::Null, kind)),
        Some(Literal::Long(n)) if kind.is_integer() => return Ok(Typed::of(Literal::Long(*n), kind)),
        #[allow(clippy::cast_precision_loss)]
        Some(Literal::Long(n)) if kind == Kind::Real => return Ok(Typed::of(Literal::Real(*n as f64), kind)),
        _ => {}
    }
    match kind {
        Kind::String => as_text(value),
        Kind::Dynamic => {
            apply("kql_todynamic", super::convert::dynamic_kernel, Kind::Dynamic, std::slice::from_ref(value))
        }
        Kind::Long | Kind::Real if value.kind.is_number() => {
            Ok(Typed::new(cast(value.expr.clone(), kind.data_type()), kind))
        }
        Kind::Decimal if value.kind.is_number() => {
            apply("kql_todecimal", super::convert::todecimal_kernel, Kind::Decimal, std::slice::from_ref(value))
        }
        _ => Err(KqlError::Engine(format!("a {} is no {kind}", value.kind))),
    }
}

/// The usual function: arguments of fixed types, of which the first `least` must be there.
pub fn simple(
    call: &Call<'_>,
    name: &'static str,
    wants: &[Want],
    least: usize,
    output: Kind,
    kernel: Kernel,
) -> Result<Typed, KqlError> {
    count(call, least, wants.len())?;
    let mut args = Vec::with_capacity(call.args.len());
    for (index, want) in wants.iter().enumerate().take(call.args.len()) {
        check(call, index, *want)?;
        let value = argument(call, index)?;
        args.push(if matches!(want, Want::Text | Want::Constant) { as_text(value)? } else { value.clone() });
    }
    apply(name, kernel, output, &args)
}

/// A function of any number of arguments of one type.
pub fn variadic(
    call: &Call<'_>,
    name: &'static str,
    want: Want,
    least: usize,
    output: Kind,
    kernel: Kernel,
) -> Result<Typed, KqlError> {
    count(call, least, usize::MAX)?;
    let wants = vec![want; call.args.len()];
    simple(call, name, &wants, least, output, kernel)
}

/// The kind that several values have in common: the widest number, or the only kind.
pub fn common(call: &Call<'_>, indexes: impl IntoIterator<Item = usize>) -> Result<Kind, KqlError> {
    let mut common: Option<Kind> = None;
    for index in indexes {
        let value = argument(call, index)?;
        if value.literal == Some(Literal::Null) && value.kind == Kind::Dynamic {
            continue;
        }
        common = Some(match common {
            None => value.kind,
            Some(kind) if kind == value.kind => kind,
            Some(a) if a.is_number() && value.kind.is_number() => wider(a, value.kind),
            Some(Kind::Dynamic) => Kind::Dynamic,
            Some(_) if value.kind == Kind::Dynamic => Kind::Dynamic,
            Some(kind) => {
                return Err(wrong(call, index, format!("expected a {kind} as before, found a {}", value.kind)));
            }
        });
    }
    Ok(common.unwrap_or(Kind::Dynamic))
}

/// The wider of two numbers.
pub fn wider(a: Kind, b: Kind) -> Kind {
    let rank = |k| match k {
        Kind::Int => 0,
        Kind::Long => 1,
        Kind::Real => 2,
        _ => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// The plain expression of an argument.
pub fn expr(call: &Call<'_>, index: usize) -> Result<Expr, KqlError> {
    Ok(argument(call, index)?.expr.clone())
}
