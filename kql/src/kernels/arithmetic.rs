//! Arithmetic where Kusto's differs from DataFusion's: division by zero is null, `%` is never negative, times do not
//! wrap around, timespans are whole ticks.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, i256};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::types::{DECIMAL_PRECISION, DECIMAL_SCALE, Kind};

const TICK: i64 = 100;
const DECIMAL_ONE: i128 = 1_000_000_000_000_000_000;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Whole numbers, and times as nanoseconds: null beyond 64 bits.
    AddTime,
    /// The same.
    SubtractTime,
    /// Null by zero.
    Divide,
    /// Null by zero, never negative.
    Modulo,
    /// A timespan by a real.
    Scale,
    /// A timespan over a real.
    Unscale,
    /// A timespan over a timespan.
    Ratio,
    /// Of reals, never negative.
    RealModulo,
    /// Of decimals.
    DecimalMultiply,
    /// Of decimals.
    DecimalDivide,
    /// Of decimals.
    DecimalModulo,
}

/// A value of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Whole.
    Whole(i64),
    /// Real.
    Real(f64),
    /// Decimal, scaled.
    Decimal(i128),
}

impl Op {
    fn left(self) -> DataType {
        match self {
            Self::Ratio
            | Self::AddTime
            | Self::SubtractTime
            | Self::Divide
            | Self::Modulo
            | Self::Scale
            | Self::Unscale => DataType::Int64,
            Self::RealModulo => DataType::Float64,
            _ => Kind::Decimal.data_type(),
        }
    }

    fn right(self) -> DataType {
        match self {
            Self::Scale | Self::Unscale => DataType::Float64,
            other => other.left(),
        }
    }
}

/// The result for one row; `None` is null.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
pub fn compute(op: Op, a: Number, b: Number) -> Option<Number> {
    use Number::{Decimal, Real, Whole};
    let ticks = |nanos: f64| {
        let ticks = (nanos / TICK as f64).round();
        (ticks.abs() < 9.2e16).then(|| Whole(ticks as i64 * TICK))
    };
    match (op, a, b) {
        (Op::AddTime, Whole(a), Whole(b)) => a.checked_add(b).map(Whole),
        (Op::SubtractTime, Whole(a), Whole(b)) => a.checked_sub(b).map(Whole),
        (Op::Divide, Whole(a), Whole(b)) => (b != 0).then(|| Whole(a.wrapping_div(b))),
        (Op::Modulo, Whole(a), Whole(b)) => (b != 0).then(|| Whole(a.wrapping_rem_euclid(b))),
        (Op::Scale, Whole(a), Real(b)) => ticks(a as f64 * b),
        (Op::Unscale, Whole(a), Real(b)) => ticks(a as f64 / b),
        (Op::Ratio, Whole(a), Whole(b)) => Some(Real(a as f64 / b as f64)),
        (Op::RealModulo, Real(a), Real(b)) => Some(Real(a.rem_euclid(b))),
        (Op::DecimalMultiply, Decimal(a), Decimal(b)) => {
            wide(a).checked_mul(wide(b))?.checked_div(wide(DECIMAL_ONE))?.to_i128().filter(fits).map(Decimal)
        }
        (Op::DecimalDivide, Decimal(a), Decimal(b)) => {
            if b == 0 {
                return None;
            }
            wide(a).checked_mul(wide(DECIMAL_ONE))?.checked_div(wide(b))?.to_i128().filter(fits).map(Decimal)
        }
        (Op::DecimalModulo, Decimal(a), Decimal(b)) => (b != 0).then(|| Decimal(a.wrapping_rem_euclid(b))),
        _ => None,
    }
}

fn wide(value: i128) -> i256 {
    i256::from_i128(value)
}

fn fits(value: &i128) -> bool {
    value.unsigned_abs() < 10u128.pow(38)
}

/// Whether two reals are equal: a null equals a null only, NaN nothing.
pub fn equal(a: Expr, b: Expr) -> Expr {
    ScalarUDF::from(Equal { signature: Signature::any(2, Volatility::Immutable) }).call(vec![a, b])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Equal {
    signature: Signature,
}

impl ScalarUDFImpl for Equal {
    fn name(&self) -> &'static str {
        "kql_equal"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [a, b] =
            <[ColumnarValue; 2]>::try_from(args.args).map_err(|_| exec_datafusion_err!("two values expected"))?;
        let a = cast(&a.into_array(rows)?, &DataType::Float64)?;
        let b = cast(&b.into_array(rows)?, &DataType::Float64)?;
        let (a, b) = (a.as_primitive::<Float64Type>(), b.as_primitive::<Float64Type>());
        #[allow(clippy::float_cmp)]
        let same: BooleanArray = a.iter().zip(b).map(|(a, b)| Some(a == b)).collect();
        Ok(ColumnarValue::Array(Arc::new(same)))
    }
}

/// `a op b` as an expression of the result's type.
pub fn call(op: Op, a: Expr, b: Expr, kind: Kind) -> Expr {
    ScalarUDF::from(Arithmetic { op, kind, signature: Signature::any(2, Volatility::Immutable) }).call(vec![a, b])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Arithmetic {
    op: Op,
    kind: Kind,
    signature: Signature,
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &'static str {
        match self.op {
            Op::AddTime => "kql_add",
            Op::SubtractTime => "kql_subtract",
            Op::Divide => "kql_divide",
            Op::Modulo | Op::RealModulo => "kql_modulo",
            Op::Scale => "kql_scale",
            Op::Unscale => "kql_unscale",
            Op::Ratio => "kql_ratio",
            Op::DecimalMultiply => "kql_decimal_multiply",
            Op::DecimalDivide => "kql_decimal_divide",
            Op::DecimalModulo => "kql_decimal_modulo",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.kind.data_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_constant = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if all_constant { 1 } else { args.number_rows };
        let [a, b] =
            <[ColumnarValue; 2]>::try_from(args.args).map_err(|_| exec_datafusion_err!("two values expected"))?;
        let a = cast(&a.into_array(rows)?, &self.op.left())?;
        let b = cast(&b.into_array(rows)?, &self.op.right())?;
        let results = (0..rows).map(|row| compute(self.op, number(&a, row)?, number(&b, row)?));
        let array: ArrayRef = match self.kind {
            Kind::Real => Arc::new(results.map(|r| r.and_then(real)).collect::<Float64Array>()),
            Kind::Decimal => Arc::new(
                results
                    .map(|r| match r {
                        Some(Number::Decimal(v)) => Some(v),
                        _ => None,
                    })
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(DECIMAL_PRECISION, DECIMAL_SCALE)?,
            ),
            _ => {
                let whole: Int64Array = results
                    .map(|r| match r {
                        Some(Number::Whole(v)) => Some(v),
                        _ => None,
                    })
                    .collect();
                cast(&whole, &self.kind.data_type())?
            }
        };
        if all_constant {
            return Ok(ColumnarValue::Scalar(datafusion::scalar::ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}

fn real(number: Number) -> Option<f64> {
    match number {
        Number::Real(v) => Some(v),
        _ => None,
    }
}

fn number(array: &ArrayRef, row: usize) -> Option<Number> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int64 => Number::Whole(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Number::Real(array.as_primitive::<Float64Type>().value(row)),
        _ => Number::Decimal(array.as_primitive::<Decimal128Type>().value(row)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_kusto_does() {
        use Number::{Real, Whole};
        for (op, a, b, result) in [
            (Op::Divide, Whole(-7), Whole(2), Some(Whole(-3))),
            (Op::Divide, Whole(1), Whole(0), None),
            (Op::Divide, Whole(i64::MIN), Whole(-1), Some(Whole(i64::MIN))),
            (Op::Modulo, Whole(-7), Whole(3), Some(Whole(2))),
            (Op::Modulo, Whole(7), Whole(-3), Some(Whole(1))),
            (Op::AddTime, Whole(i64::MAX), Whole(1), None),
            (Op::Scale, Whole(1000), Real(0.25), Some(Whole(300))),
            (Op::Ratio, Whole(3), Whole(2), Some(Real(1.5))),
        ] {
            assert_eq!(compute(op, a, b), result, "{op:?} {a:?} {b:?}");
        }
    }
}
