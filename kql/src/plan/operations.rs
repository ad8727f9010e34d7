//! Operators between two values: types, null rules, folding of constants.

use datafusion::logical_expr::{BinaryExpr, Expr, Operator, cast, lit};

use super::Planner;
use crate::ast::BinaryOp;
use crate::error::{KqlError, Span};
use crate::kernels::arithmetic::{self, Number, Op};
use crate::kernels::text;
use crate::types::{Kind, Literal, Typed};

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Int => 0,
        Kind::Long => 1,
        Kind::Real => 2,
        _ => 3,
    }
}

impl Planner<'_> {
    /// Both values as one type.
    pub(super) fn unified(&self, a: Typed, b: Typed, op: &str, span: &Span) -> Result<(Typed, Typed), KqlError> {
        if a.kind == b.kind {
            return Ok((a, b));
        }
        let is_null = |t: &Typed| t.literal == Some(Literal::Null);
        let kind = match (a.kind, b.kind) {
            (x, y) if x.is_number() && y.is_number() => {
                if rank(x) > rank(y) {
                    x
                } else {
                    y
                }
            }
            (x, _) if is_null(&b) => x,
            (_, y) if is_null(&a) => y,
            // A dynamic value is compared as what the other side is.
            (Kind::Dynamic, y) => y,
            (x, Kind::Dynamic) => x,
            (Kind::Bool, y) if y.is_integer() => y,
            (x, Kind::Bool) if x.is_integer() => x,
            (x, y) => {
                let text = format!("'{op}' is not defined between {x} and {y}; {}", remedy(&a, &b));
                return Err(KqlError::typed(span, text));
            }
        };
        Ok((self.widened(a, kind, span)?, self.widened(b, kind, span)?))
    }

    /// Numbers by a plain cast, which the optimizer sees through; all else by conversion.
    pub(super) fn widened(&self, value: Typed, kind: Kind, span: &Span) -> Result<Typed, KqlError> {
        if value.kind == kind {
            return Ok(value);
        }
        #[allow(clippy::cast_precision_loss)]
        match (&value.literal, kind) {
            (Some(Literal::Null), _) => return Ok(Typed::of(Literal::Null, kind)),
            (Some(Literal::Long(n)), Kind::Long | Kind::Int) => return Ok(Typed::of(Literal::Long(*n), kind)),
            (Some(Literal::Long(n)), Kind::Real) => return Ok(Typed::of(Literal::Real(*n as f64), kind)),
            _ => {}
        }
        if value.kind.is_number() && kind.is_number() && rank(value.kind) < rank(kind) && value.kind != Kind::Real {
            return Ok(Typed::new(cast(value.expr, kind.data_type()), kind));
        }
        self.convert(value, kind, span)
    }

    /// `-x`.
    pub(super) fn negated(&self, value: Typed, span: &Span) -> Result<Typed, KqlError> {
        match (value.kind, &value.literal) {
            (Kind::Int | Kind::Long, Some(Literal::Long(n))) => {
                Ok(Typed::of(Literal::Long(n.wrapping_neg()), Kind::Long))
            }
            (Kind::Real, Some(Literal::Real(n))) => Ok(Typed::of(Literal::Real(-n), Kind::Real)),
            (Kind::Timespan, Some(Literal::Timespan(n))) => {
                Ok(Typed::of(Literal::Timespan(n.saturating_neg()), Kind::Timespan))
            }
            (Kind::Int, _) => {
                Ok(Typed::new(Expr::Negative(Box::new(cast(value.expr, Kind::Long.data_type()))), Kind::Long))
            }
            (Kind::Long | Kind::Real | Kind::Decimal, _) => {
                // Overflow wraps, as everywhere with whole numbers.
                let expr = match value.kind {
                    Kind::Long => lit(0i64) - value.expr,
                    _ => Expr::Negative(Box::new(value.expr)),
                };
                Ok(Typed::new(expr, value.kind))
            }
            (Kind::Timespan, _) => {
                let zero = Typed::of(Literal::Timespan(0), Kind::Timespan);
                self.operation(BinaryOp::Subtract, zero, value, span)
            }
            (other, _) => Err(KqlError::typed(span, format!("'-' is not defined for a {other}"))),
        }
    }

    /// `a op b` for everything but `and`, `or` and operators on texts.
    pub(super) fn operation(&self, op: BinaryOp, a: Typed, b: Typed, span: &Span) -> Result<Typed, KqlError> {
        match op {
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let (a, b) = self.unified(a, b, op.text(), span)?;
                if a.kind == Kind::Real && !is_plain(&a) && !is_plain(&b) {
                    // By the rules of reals: NaN equals nothing, and there is one zero.
                    let same = arithmetic::equal(a.expr, b.expr);
                    let expr = if op == BinaryOp::Equal { same } else { Expr::Not(Box::new(same)) };
                    return Ok(Typed::new(expr, Kind::Bool));
                }
                let known =
                    |t: &Typed| t.kind == Kind::String || t.literal.as_ref().is_some_and(|l| *l != Literal::Null);
                // Equality is never null: two nulls are equal, a null and a value are not.
                let operator = match (op, known(&a) && known(&b)) {
                    (BinaryOp::Equal, true) => Operator::Eq,
                    (BinaryOp::Equal, false) => Operator::IsNotDistinctFrom,
                    (_, true) => Operator::NotEq,
                    (_, false) => Operator::IsDistinctFrom,
                };
                Ok(Typed::new(binary(a.expr, operator, b.expr), Kind::Bool))
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                let (a, b) = self.unified(a, b, op.text(), span)?;
                if matches!(a.kind, Kind::Dynamic | Kind::Guid) {
                    let text = format!("'{}' is not defined for {} values; convert them first", op.text(), a.kind);
                    return Err(KqlError::typed(span, text));
                }
                let operator = match op {
                    BinaryOp::Less => Operator::Lt,
                    BinaryOp::LessEqual => Operator::LtEq,
                    BinaryOp::Greater => Operator::Gt,
                    _ => Operator::GtEq,
                };
                // DataFusion has NaN above all reals; in KQL a comparison with it is false.
                let upper = match operator {
                    Operator::Gt | Operator::GtEq => &a,
                    _ => &b,
                };
                let guard = (a.kind == Kind::Real && !is_plain(upper))
                    .then(|| Expr::Not(Box::new(datafusion::functions::math::expr_fn::isnan(upper.expr.clone()))));
                let compared = binary(a.expr.clone(), operator, b.expr.clone());
                Ok(Typed::new(guard.map_or(compared.clone(), |g| compared.and(g)), Kind::Bool))
            }
            BinaryOp::And | BinaryOp::Or | BinaryOp::Text(_) => {
                Err(KqlError::syntax(span, format!("'{}' cannot stand here", op.text())))
            }
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
                self.arithmetic(op, a, b, span)
            }
        }
    }

    fn arithmetic(&self, op: BinaryOp, a: Typed, b: Typed, span: &Span) -> Result<Typed, KqlError> {
        use Kind::{Datetime, Decimal, Dynamic, Long, Real, Timespan};
        let undefined = |a: Kind, b: Kind| {
            let hint = match (a, b) {
                (Kind::String, Kind::String) if op == BinaryOp::Add => "; strcat() joins texts",
                (Dynamic, _) | (_, Dynamic) => "; convert the dynamic value, for example with tolong() or todouble()",
                _ => "",
            };
            KqlError::typed(span, format!("'{}' is not defined between {a} and {b}{hint}", op.text()))
        };
        let call = |op: Op, a: Typed, b: Typed, kind: Kind| {
            folded(op, &a, &b, kind).unwrap_or_else(|| Typed::new(arithmetic::call(op, a.expr, b.expr, kind), kind))
        };
        // A null of no particular type takes the other's.
        let (a, b) = match (&a.literal, &b.literal) {
            (Some(Literal::Null), _) if a.kind == Dynamic => (Typed::of(Literal::Null, b.kind), b),
            (_, Some(Literal::Null)) if b.kind == Dynamic => {
                let kind = a.kind;
                (a, Typed::of(Literal::Null, kind))
            }
            _ => (a, b),
        };
        let real = |t: Typed| self.widened(t, Real, span);
        match (a.kind, op, b.kind) {
            (x, _, y) if x.is_number() && y.is_number() => {
                let kind = if rank(x) > rank(y) { x } else { y };
                let kind = if kind == Kind::Int { Long } else { kind };
                let (a, b) = (self.widened(a, kind, span)?, self.widened(b, kind, span)?);
                Ok(match (kind, op) {
                    (Long, BinaryOp::Divide) => call(Op::Divide, a, b, Long),
                    (Long, BinaryOp::Modulo) => call(Op::Modulo, a, b, Long),
                    (Real, BinaryOp::Modulo) => call(Op::RealModulo, a, b, Real),
                    (Decimal, BinaryOp::Multiply) => call(Op::DecimalMultiply, a, b, Decimal),
                    (Decimal, BinaryOp::Divide) => call(Op::DecimalDivide, a, b, Decimal),
                    (Decimal, BinaryOp::Modulo) => call(Op::DecimalModulo, a, b, Decimal),
                    _ => native(op, a, b, kind),
                })
            }
            (Datetime, BinaryOp::Subtract, Datetime) => Ok(call(Op::SubtractTime, a, b, Timespan)),
            (Datetime, BinaryOp::Add, Timespan) | (Timespan, BinaryOp::Add, Datetime) => {
                Ok(call(Op::AddTime, a, b, Datetime))
            }
            (Datetime, BinaryOp::Subtract, Timespan) => Ok(call(Op::SubtractTime, a, b, Datetime)),
            (Timespan, BinaryOp::Add, Timespan) => Ok(call(Op::AddTime, a, b, Timespan)),
            (Timespan, BinaryOp::Subtract, Timespan) => Ok(call(Op::SubtractTime, a, b, Timespan)),
            (Timespan, BinaryOp::Multiply, y) if y.is_number() => Ok(call(Op::Scale, a, real(b)?, Timespan)),
            (x, BinaryOp::Multiply, Timespan) if x.is_number() => Ok(call(Op::Scale, b, real(a)?, Timespan)),
            (Timespan, BinaryOp::Divide, y) if y.is_number() => Ok(call(Op::Unscale, a, real(b)?, Timespan)),
            (Timespan, BinaryOp::Divide, Timespan) => Ok(call(Op::Ratio, a, b, Real)),
            (Timespan | Datetime, BinaryOp::Modulo, Timespan) => Ok(call(Op::Modulo, a, b, Timespan)),
            (x, _, y) => Err(undefined(x, y)),
        }
    }

    /// An operator on texts.
    pub(super) fn text_operator(&self, op: &str, a: Typed, b: Typed, span: &Span) -> Result<Typed, KqlError> {
        let Some((search, cased, negated)) = text::operator(op) else {
            let text = format!("the operator '{op}'; write contains, has, startswith, endswith or matches regex");
            return Err(KqlError::unsupported(span, text));
        };
        let as_text = |t: Typed| match t.kind {
            Kind::String => Ok(t),
            Kind::Dynamic | Kind::Guid => self.convert(t, Kind::String, span),
            other if t.literal == Some(Literal::Null) => {
                self.convert(Typed::of(Literal::Null, other), Kind::String, span)
            }
            other => {
                Err(KqlError::typed(span, format!("'{op}' compares texts, found a {other}; tostring() makes one")))
            }
        };
        let (a, b) = (as_text(a)?, as_text(b)?);
        if let Some(needle) = b.text() {
            let checked = text::Needle::new(search, cased, needle).map_err(|e| KqlError::typed(span, e))?;
            if let Some(text) = a.text() {
                return Ok(Typed::of(Literal::Bool(checked.is_in(text) != negated), Kind::Bool));
            }
        }
        let found = text::call(search, cased, a.expr, b.expr);
        Ok(Typed::new(if negated { Expr::Not(Box::new(found)) } else { found }, Kind::Bool))
    }
}

/// What makes two values comparable: where one is a constant, how that is written.
fn remedy(a: &Typed, b: &Typed) -> String {
    let (constant, other) = if a.literal.is_some() { (a, b.kind) } else { (b, a.kind) };
    match (&constant.literal, other) {
        (Some(Literal::String(text)), Kind::Datetime) => format!("write datetime({text})"),
        (Some(Literal::Long(_)), Kind::Datetime) => "write a time as datetime(2026-03-10)".to_owned(),
        (Some(Literal::String(text)), Kind::Timespan) => format!("write timespan({text})"),
        (Some(Literal::Long(_)), Kind::Timespan) => "write a timespan with its unit, such as 1h".to_owned(),
        (Some(Literal::String(text)), Kind::Int | Kind::Long | Kind::Real) if text.parse::<f64>().is_ok() => {
            format!("write {text} without quotes")
        }
        (Some(Literal::Long(n)), Kind::String) => format!("write '{n}' in quotes"),
        _ => "convert one of them".to_owned(),
    }
}

/// A real constant that is an ordinary number and not zero, which has two signs.
fn is_plain(value: &Typed) -> bool {
    matches!(value.literal, Some(Literal::Real(n)) if !n.is_nan() && n != 0.0)
}

fn binary(a: Expr, op: Operator, b: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(a), op, Box::new(b)))
}

/// By DataFusion's own operators.
fn native(op: BinaryOp, a: Typed, b: Typed, kind: Kind) -> Typed {
    let fold = match (&a.literal, &b.literal) {
        (Some(Literal::Long(a)), Some(Literal::Long(b))) => match op {
            BinaryOp::Add => Some(Literal::Long(a.wrapping_add(*b))),
            BinaryOp::Subtract => Some(Literal::Long(a.wrapping_sub(*b))),
            BinaryOp::Multiply => Some(Literal::Long(a.wrapping_mul(*b))),
            _ => None,
        },
        (Some(Literal::Real(a)), Some(Literal::Real(b))) => match op {
            BinaryOp::Add => Some(Literal::Real(a + b)),
            BinaryOp::Subtract => Some(Literal::Real(a - b)),
            BinaryOp::Multiply => Some(Literal::Real(a * b)),
            BinaryOp::Divide => Some(Literal::Real(a / b)),
            _ => None,
        },
        _ => None,
    };
    if let Some(literal) = fold {
        return Typed::of(literal, kind);
    }
    let operator = match op {
        BinaryOp::Add => Operator::Plus,
        BinaryOp::Subtract => Operator::Minus,
        BinaryOp::Multiply => Operator::Multiply,
        _ => Operator::Divide,
    };
    let expr = binary(a.expr, operator, b.expr);
    // DataFusion gives a sum of decimals one digit more.
    Typed::new(if kind == Kind::Decimal { cast(expr, kind.data_type()) } else { expr }, kind)
}

/// The result when both values are known.
fn folded(op: Op, a: &Typed, b: &Typed, kind: Kind) -> Option<Typed> {
    let number = |t: &Typed| match t.literal.as_ref()? {
        Literal::Long(n) | Literal::Datetime(n) | Literal::Timespan(n) => Some(Number::Whole(*n)),
        Literal::Real(n) => Some(Number::Real(*n)),
        Literal::Decimal(n) => Some(Number::Decimal(*n)),
        _ => None,
    };
    let literal = match (arithmetic::compute(op, number(a)?, number(b)?), kind) {
        (Some(Number::Whole(n)), Kind::Datetime) => Literal::Datetime(n),
        (Some(Number::Whole(n)), Kind::Timespan) => Literal::Timespan(n),
        (Some(Number::Whole(n)), _) => Literal::Long(n),
        (Some(Number::Real(n)), _) => Literal::Real(n),
        (Some(Number::Decimal(n)), _) => Literal::Decimal(n),
        (None, _) => Literal::Null,
    };
    Some(Typed::of(literal, kind))
}
