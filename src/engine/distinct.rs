//! `a IS DISTINCT FROM b AND c` means `(a IS DISTINCT FROM b) AND c`, as in PostgreSQL and the SQL standard.
//!
//! The parser takes all that follows `FROM` for the right side, `b AND c`. What stands in parentheses is a node of its own
//! to it, so that an AND or OR directly below an operator that binds tighter can only have come there this way.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value, VisitMut, VisitorMut};

use super::statements::explained;

/// Binds every `IS [NOT] DISTINCT FROM` of a statement as tightly as it is meant.
pub fn bind_tightly(statement: &mut Statement) {
    let _ = match explained(statement) {
        Statement::Statement(sql) => sql.visit(&mut Binding),
        Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => query.visit(&mut Binding),
        _ => ControlFlow::Continue(()),
    };
}

struct Binding;

impl VisitorMut for Binding {
    type Break = ();

    /// Parts come before what they are part of.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let or = |op: &BinaryOperator| matches!(op, BinaryOperator::Or);
        let and_or = |op: &BinaryOperator| matches!(op, BinaryOperator::And | BinaryOperator::Or);
        match expr {
            Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) if is(right, and_or) => {
                lift(expr, and_or);
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } if is(inner, and_or) => lift(expr, and_or),
            Expr::BinaryOp { op: BinaryOperator::And, right, .. } if is(right, or) => lift(expr, or),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn is(expr: &Expr, looser: impl Fn(&BinaryOperator) -> bool) -> bool {
    matches!(expr, Expr::BinaryOp { op, .. } if looser(op))
}

/// The last operand of an operator.
fn operand(expr: &mut Expr) -> Option<&mut Expr> {
    match expr {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) | Expr::BinaryOp { right, .. } => {
            Some(right)
        }
        Expr::UnaryOp { expr, .. } => Some(expr),
        _ => None,
    }
}

fn taken(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Value(Value::Null.into()))
}

/// Puts an operator below the looser ones of its last operand: around the first of theirs.
fn lift(expr: &mut Expr, looser: impl Fn(&BinaryOperator) -> bool) {
    let Some(mut whole) = operand(expr).map(taken) else { return };
    let mut operator = taken(expr);
    let mut first = &mut whole;
    while is(first, &looser) {
        let Expr::BinaryOp { left, .. } = first else { return };
        first = left;
    }
    if let Some(last) = operand(&mut operator) {
        *last = taken(first);
    }
    *first = operator;
    *expr = whole;
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

    use super::super::statements::parse;
    use super::*;

    /// Every operator in parentheses.
    fn explicit(expr: &Expr) -> String {
        match expr {
            Expr::IsDistinctFrom(a, b) => format!("({} <> {})", explicit(a), explicit(b)),
            Expr::IsNotDistinctFrom(a, b) => format!("({} == {})", explicit(a), explicit(b)),
            Expr::BinaryOp { left, op, right } => format!("({} {op} {})", explicit(left), explicit(right)),
            Expr::UnaryOp { op, expr } => format!("({op} {})", explicit(expr)),
            Expr::Nested(inner) => explicit(inner),
            other => other.to_string(),
        }
    }

    #[test]
    fn in_every_statement_with_a_query() {
        for statement in ["EXPLAIN {}", "EXPLAIN ANALYZE {}", "CREATE VIEW v AS {}", "COPY ({}) TO 'x.parquet'"] {
            let parsed = parse(&statement.replace("{}", "SELECT a IS DISTINCT FROM b AND c")).unwrap().remove(0);
            assert!(format!("{parsed:?}").contains("BinaryOp { left: IsDistinctFrom("), "{statement}: {parsed:?}");
        }
    }

    #[test]
    fn distinct_binds_tighter_than_and() {
        for (written, meant) in [
            ("a IS DISTINCT FROM b", "(a <> b)"),
            ("a IS DISTINCT FROM b AND c", "((a <> b) AND c)"),
            ("a IS NOT DISTINCT FROM b AND c OR d", "(((a == b) AND c) OR d)"),
            ("a IS DISTINCT FROM b OR c AND d", "((a <> b) OR (c AND d))"),
            ("p AND a IS DISTINCT FROM b OR c", "((p AND (a <> b)) OR c)"),
            ("p AND a IS DISTINCT FROM b AND c OR d AND e", "((p AND ((a <> b) AND c)) OR (d AND e))"),
            ("NOT a IS DISTINCT FROM b AND c", "((NOT (a <> b)) AND c)"),
            ("p AND NOT a IS DISTINCT FROM b OR c", "((p AND (NOT (a <> b))) OR c)"),
            ("a IS DISTINCT FROM b AND c IS NOT DISTINCT FROM d OR e", "(((a <> b) AND (c == d)) OR e)"),
            ("a IS DISTINCT FROM b = c AND d", "((a <> (b = c)) AND d)"),
            // As it is written.
            ("a IS DISTINCT FROM (b AND c)", "(a <> (b AND c))"),
            ("NOT (a OR b) AND (c OR d)", "((NOT (a OR b)) AND (c OR d))"),
        ] {
            let statement = parse(&format!("SELECT {written}")).unwrap().remove(0);
            let Statement::Statement(sql) = statement else { panic!("{written}") };
            let SqlStatement::Query(query) = *sql else { panic!("{written}") };
            let select = query.body.as_select().unwrap();
            let found = match &select.projection[..] {
                [datafusion::sql::sqlparser::ast::SelectItem::UnnamedExpr(expr)] => explicit(expr),
                other => panic!("{other:?}"),
            };
            assert_eq!(found, meant, "{written}");
        }
    }
}
