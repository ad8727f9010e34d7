//! Conditions as tables understand them.

use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::scalar::ScalarValue;

use crate::kernels::never_null::unwrapped;

/// The condition with the same rows passing, in the form by which tables skip files: in a filter a null is as good as
/// false, so that what only guards against nulls can go.
pub fn simplified(expr: Expr) -> Expr {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            Expr::BinaryExpr(BinaryExpr::new(Box::new(simplified(*left)), op, Box::new(simplified(*right))))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::IsNotDistinctFrom, right })
            if is_value(&left) || is_value(&right) =>
        {
            Expr::BinaryExpr(BinaryExpr::new(left, Operator::Eq, right))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let (left, right) = match (is_text(&left), is_text(&right)) {
                (_, true) => (Box::new(unwrapped(*left)), right),
                (true, _) => (left, Box::new(unwrapped(*right))),
                _ => (left, right),
            };
            Expr::BinaryExpr(BinaryExpr::new(left, Operator::Eq, right))
        }
        Expr::InList(InList { expr, list, negated: false }) if list.iter().all(is_text) => {
            Expr::InList(InList::new(Box::new(unwrapped(*expr)), list, false))
        }
        Expr::ScalarFunction(ScalarFunction { func, mut args })
            if func.name() == "coalesce"
                && args.len() == 2
                && matches!(args.last(), Some(Expr::Literal(ScalarValue::Boolean(Some(false)), _))) =>
        {
            args.truncate(1);
            match args.pop() {
                Some(inner) => simplified(inner),
                None => Expr::ScalarFunction(ScalarFunction { func, args }),
            }
        }
        other => other,
    }
}

/// A constant that is not null.
fn is_value(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(value, _) if !value.is_null())
}

/// A text constant that is not empty.
fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(value, _) if value.try_as_str().flatten().is_some_and(|t| !t.is_empty()))
}
